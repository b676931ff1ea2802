"""Intervals by drawing cases again: what belongs to a case stays together, whatever it depends on within it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
GROUPS = 5000
"""Cases beyond so many are put at random into so many groups of like size, which are drawn instead."""


def totals_drawn(values: Reals, *, resamples: int, rng: np.random.Generator) -> Reals:
    """Column totals of as many samples of cases, each as large as the original and drawn with replacement.

    Parameters
    ----------
    values : cases × columns.
    resamples : how many samples.
    rng : the source of randomness.

    Returns
    -------
    resamples × columns.

    Notes
    -----
    Groups drawn at random from independent cases are independent too, so totals spread as far as if the cases
    themselves were drawn, and many cases take no longer than `GROUPS` of them.
    """
    if len(values) > GROUPS:
        group = rng.permutation(len(values)) % GROUPS
        values = np.column_stack([np.bincount(group, column, minlength=GROUPS) for column in values.T])
    count = len(values)
    drawn = (np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(resamples))
    return np.array([weights @ values for weights in drawn]).reshape(resamples, values.shape[1])


def interval(
    values: Reals, statistic: Callable[[Reals], Reals], *, resamples: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """A statistic of the column totals, and its 95 % interval over samples of cases drawn again (percentiles).

    Parameters
    ----------
    values : cases × columns; with fewer than two cases the interval is a gap.
    statistic : what is computed from totals, for many samples at once: samples × columns to samples.

    >>> half = interval(np.array([[1.0, 2.0], [2.0, 4.0]]), lambda t: t[:, 0] / t[:, 1], resamples=50,
    ...                 rng=np.random.default_rng(1))
    >>> half
    (0.5, 0.5, 0.5)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(statistic(values.sum(axis=0, keepdims=True))[0])
        if len(values) < 2:
            return estimate, np.nan, np.nan
        found = statistic(totals_drawn(values, resamples=resamples, rng=rng))
    found = found[np.isfinite(found)]
    if not len(found):
        return estimate, np.nan, np.nan
    low, high = np.quantile(found, [0.025, 0.975])
    return estimate, float(low), float(high)
