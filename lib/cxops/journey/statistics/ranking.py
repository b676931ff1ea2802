"""Which comes first, and how sure that is: ranks over resamples."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def resample_counts(size: int, resamples: int, rng: np.random.Generator) -> Counts:
    """How often each of `size` things is drawn in each resample, with replacement: resamples by things (bootstrap).

    >>> resample_counts(4, 3, np.random.default_rng(1)).sum(axis=1).tolist()
    [4, 4, 4]
    """
    drawn = rng.integers(0, size, (resamples, size)) + size * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size)


def ranks(values: Reals, ties: Reals) -> Counts:
    """Ranks within each row, 1 for the largest value; equals by the larger of `ties`, then by their place.

    >>> ranks(np.array([[0.0, 5.0, 0.0]]), np.array([[1.0, 1.0, 2.0]])).tolist()
    [[3, 1, 2]]
    """
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    order = np.lexsort((place, -ties, -values), axis=1)
    found = np.empty_like(order)
    np.put_along_axis(found, order, place + 1, axis=1)
    return found


def rank_probabilities(drawn: Counts, keys: pd.DataFrame, *, resamples: int) -> pd.DataFrame:
    """One row per thing and rank that it takes in some resample: the share of all resamples in which it does.

    Parameters
    ----------
    drawn : ranks by resample and thing; only resamples in which there is something to rank.
    keys : one row per thing, with the columns that name it.
    resamples : how many were made; probabilities of a thing add up to 1 only if all had something to rank.

    Returns
    -------
    The keys, rank (from 1), probability (0–1), in the order of keys and ranks.

    >>> rank_probabilities(np.array([[1, 2], [2, 1], [1, 2]]), pd.DataFrame({"team": ["A", "B"]}), resamples=4)
      team  rank  probability
    0    A     1         0.50
    1    A     2         0.25
    2    B     1         0.25
    3    B     2         0.50
    """
    things = np.broadcast_to(np.arange(len(keys)), drawn.shape)
    cells, counts = np.unique(np.column_stack([things.ravel(), drawn.ravel()]), axis=0, return_counts=True)
    found = keys.iloc[cells[:, 0]].reset_index(drop=True)
    return found.assign(rank=cells[:, 1], probability=counts / resamples)


def rank_intervals(drawn: Counts) -> Reals:
    """Per thing the mean rank and the ranks between which 95 % of the resamples lie: things by three.

    >>> rank_intervals(np.array([[1, 2], [2, 1], [1, 2], [1, 2]])).tolist()
    [[1.25, 1.0, 2.0], [1.75, 1.0, 2.0]]
    """
    if not len(drawn):
        return np.full((drawn.shape[1], 3), np.nan)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0, method="inverted_cdf")
    return np.column_stack([drawn.mean(axis=0), low, high])
