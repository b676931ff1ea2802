"""What waiting goes with in the customers' answers: points per doubling of the hours, and the curve behind it."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.customers.answers import SCORES
from cxops.journey.statistics.holm import holm

Reals = npt.NDArray[np.float64]
CONFIDENCE = 0.95
FEWEST_CUSTOMERS = 30
"""Customers who must have answered: errors summed by customer are too small where there are few of them."""
_OTHER = "(others)"


def doublings(hours: npt.ArrayLike) -> Reals:
    """How often 1 + hours doubles: 0 for no hours, 1 for one, 2 for three, 3 for seven.

    >>> doublings([0, 1, 3, 7]).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    return np.log2(1 + np.asarray(hours, np.float64))


def effort_slopes(asked: pd.DataFrame, *, minimum_count: int, alpha: float) -> pd.DataFrame:
    """One row per score: by how many points answers differ for each doubling of the hours waited between teams.

    Parameters
    ----------
    asked : one row per case whose customer was asked, as `asked_cases` gives them.
    minimum_count : units and segments with fewer answers are taken as one where answers are adjusted for them.
    alpha : chance (0–1) of calling either score a signal when neither depends on waiting.

    Returns
    -------
    score (ces, csat), asked (cases), answered (those that count), answer_share (0–1) with answer_low and answer_high
    (Wilson's 95 % interval), at_once (mean answer of cases that never waited, as the line has it), slope, slope_low,
    slope_high (points per doubling of 1 + hours, 95 %), p_value (adjusted over the scores) and is_signal: answers are
    the worse the longer the wait, by more than noise. Gaps where too few customers answered, or all waited alike.

    Notes
    -----
    answer = at_once + slope × log2(1 + hours) + unit + segment, by least squares; unit and segment only where there are
    several. Their means are taken out, so at_once belongs to the mix that answered. The error of the slope is summed by
    customer (cluster-robust, with the small-sample factor of Stata and statsmodels), since answers of one customer
    depend on each other; t has customers − 1 degrees of freedom. p-values are adjusted by Holm's method.

    The slope is an association: what makes a case long may also make it hard. And it is that of those who answered.
    """
    rows = [_slope_row(asked, score, minimum_count) for score in SCORES]
    found = pd.DataFrame(rows)
    found = found.assign(p_value=holm(found["p_value"].astype(float)))
    return found.assign(is_signal=(found["p_value"] <= alpha) & (found["slope"] < 0))


def _slope_row(asked: pd.DataFrame, score: str, minimum_count: int) -> dict[str, object]:
    rows = counted(asked, score)
    low, high = proportion_confint(len(rows), len(asked), method="wilson") if len(asked) else (np.nan, np.nan)
    share = len(rows) / len(asked) if len(asked) else np.nan
    row = {"score": score, "asked": len(asked), "answered": len(rows), "answer_share": share}
    row |= {"answer_low": low, "answer_high": high}
    gaps = dict.fromkeys(["at_once", "slope", "slope_low", "slope_high", "p_value"], np.nan)
    customers = pd.factorize(rows["customer_id"])[0]
    if len(np.unique(customers)) < FEWEST_CUSTOMERS:
        return row | gaps
    waited, scored = doublings(rows["wait_hours"]), rows[score].to_numpy(np.float64)
    groups = np.column_stack([np.ones(len(rows)), adjustments(rows, minimum_count)])
    found = clustered_slope(waited, scored, groups, customers)
    if found is None:
        return row | gaps
    slope, error = found
    margin = stats.t.ppf((1 + CONFIDENCE) / 2, customers.max()) * error
    p_value = 2 * stats.t.sf(abs(slope) / error, customers.max()) if error > 0 else np.nan
    at_once = scored.mean() - slope * waited.mean()
    return row | dict(zip(gaps, [at_once, slope, slope - margin, slope + margin, p_value], strict=True))


def counted(asked: pd.DataFrame, score: str) -> pd.DataFrame:
    """The cases that count for a score: it was given, and the hours waited before it are known."""
    return asked.dropna(subset=[score, "wait_hours"])


def adjustments(rows: pd.DataFrame, minimum_count: int) -> Reals:
    """Columns of 0 and 1 for unit and segment, without the most frequent of each; none where there is but one."""
    columns = []
    for name in ("unit", "segment"):
        group = rows[name].astype("object").where(rows[name].notna(), _OTHER)
        count = group.map(group.value_counts())
        group = group.where(count >= minimum_count, _OTHER)
        columns += [(group == each).to_numpy(np.float64) for each in group.value_counts().index[1:]]
    return np.column_stack(columns) if columns else np.empty((len(rows), 0))


def clustered_slope(
    values: Reals, outcomes: Reals, groups: Reals, clusters: npt.NDArray[np.int64]
) -> tuple[float, float] | None:
    """The slope of outcomes on values beside the columns `groups`, and its cluster-robust standard error.

    Nothing where the values do not vary beside the groups, or there are no degrees of freedom left.

    >>> values, outcomes = np.array([0.0, 1, 2, 3]), np.array([1.0, 1, 3, 3])
    >>> slope, error = clustered_slope(values, outcomes, np.ones((4, 1)), np.arange(4))
    >>> round(slope, 3), round(error, 3)
    (0.8, 0.17)
    """
    fitted, _, rank, _ = np.linalg.lstsq(groups, np.column_stack([values, outcomes]), rcond=None)
    own, rest = (np.column_stack([values, outcomes]) - groups @ fitted).T
    spread, size = float(own @ own), len(values)
    if spread <= 1e-9 * max(1.0, float(values @ values)) or size <= rank + 1:
        return None
    slope = float(own @ rest) / spread
    pulls = np.bincount(clusters, own * (rest - slope * own))
    count = len(pulls)
    factor = count / (count - 1) * (size - 1) / (size - rank - 1)
    return slope, float(np.sqrt(factor * (pulls**2).sum()) / spread)


def answers_by_wait(asked: pd.DataFrame, slopes: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per score and band of hours waited: the mean answer with its interval, and the line beside it.

    Parameters
    ----------
    asked, slopes : as `asked_cases` and `effort_slopes` give them.
    minimum_count : bands with fewer answers are joined to the band below, the lowest to the one above.

    Returns
    -------
    score, hours_from, hours_until (the band; infinite at its end), answers, doublings (mean), mean, low, high
    (95 %, errors summed by customer), fitted (the line at that mean).

    Notes
    -----
    Bands double: under 1 hour, 1 to 3, 3 to 7 and so on, each a step of one on the scale of the slope.
    """
    columns = ["score", "hours_from", "hours_until", "answers", "doublings", "mean", "low", "high", "fitted"]
    lines = slopes.set_index("score")
    rows = [
        {"score": score, **band, "fitted": line["at_once"] + line["slope"] * band["doublings"]}
        for score, line in lines.iterrows()
        for band in _bands(counted(asked, str(score)), str(score), minimum_count)
    ]
    return pd.DataFrame(rows, columns=columns)


def _bands(rows: pd.DataFrame, score: str, minimum_count: int) -> list[dict[str, float]]:
    waited = doublings(rows["wait_hours"])
    edges = _edges(np.floor(waited).astype(np.int64), max(minimum_count, 2))
    bands = []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        inside = (waited >= start) & (waited < end)
        mean, low, high = _mean(rows.loc[inside, score].to_numpy(np.float64), rows.loc[inside, "customer_id"])
        place = {"hours_from": 2.0**start - 1, "hours_until": 2.0**end - 1, "answers": int(inside.sum())}
        bands.append(place | {"doublings": waited[inside].mean(), "mean": mean, "low": low, "high": high})
    return bands


def _edges(bands: npt.NDArray[np.int64], minimum_count: int) -> list[float]:
    """Where bands begin and end, so that each holds enough; nothing where all together are too few."""
    if len(bands) < minimum_count:
        return []
    counts = np.bincount(bands)
    edges, held = [0.0], 0
    for band, count in enumerate(counts):
        held += count
        if held >= minimum_count and counts[band + 1 :].sum() >= minimum_count:
            edges.append(band + 1.0)
            held = 0
    return [*edges, np.inf]


def _mean(values: Reals, customers: pd.Series) -> tuple[float, float, float]:
    """The mean with its interval, errors summed by customer."""
    codes = pd.factorize(customers)[0]
    count, mean = int(codes.max()) + 1, float(values.mean())
    if count < 2:
        return mean, np.nan, np.nan
    pulls = np.bincount(codes, values - mean)
    error = np.sqrt((pulls**2).sum() * count / (count - 1)) / len(values)
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1) * error)
    return mean, mean - margin, mean + margin
