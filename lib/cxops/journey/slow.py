"""Slow handoffs: those that took longer than a threshold, by pair of teams and for one pair against all others."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

PAIR = ["from_team", "to_team"]
FEW = 5
"""With fewer slow or fewer quick handoffs on either side, shares are not compared."""


@dataclass(frozen=True)
class Slowness:
    """One pair of teams against all other pairs.

    Parameters
    ----------
    handoffs, cases, slow : of the pair, of known latency; `slow` of them took longer than the threshold.
    slow_share, rest_share : share of slow handoffs, of the pair and of all others (0–1; NaN where there are none).
    hours_over : hours that the pair's slow handoffs took beyond the threshold, in all.
    low, high : interval of slow_share − rest_share; NaN where there is too little to compare.
    """

    handoffs: int
    cases: int
    slow: int
    slow_share: float
    rest_share: float
    hours_over: float
    low: float
    high: float

    @property
    def is_comparable(self) -> bool:
        return not np.isnan(self.low)

    @property
    def is_signal(self) -> bool:
        return self.is_comparable and (self.low > 0 or self.high < 0)


def slow_by_pair(handoffs: pd.DataFrame, *, threshold_hours: float) -> pd.DataFrame:
    """One row per pair of teams: handoffs of known latency, how many were slow, and the hours beyond the threshold.

    Parameters
    ----------
    handoffs : one row per handoff, as `cxops.journey.handoffs` gives them.
    threshold_hours : a handoff is slow if it took longer than this.

    Returns
    -------
    from_team, to_team, handoffs, cases, slow, slow_share (0–1), hours_over; the most hours over first, then by name.

    >>> rows = pd.DataFrame({"case_id": list("abc"), "from_team": "A", "to_team": "B"})
    >>> rows = rows.assign(latency_hours=[1.0, 4.0, 9.0])
    >>> slow_by_pair(rows, threshold_hours=2.0)[["handoffs", "slow", "hours_over"]].to_dict("records")
    [{'handoffs': 3, 'slow': 2, 'hours_over': 9.0}]
    """
    known = handoffs.dropna(subset=["latency_hours"])
    over = (known["latency_hours"] - threshold_hours).clip(lower=0)
    rows = known[[*PAIR, "case_id"]].assign(slow=over > 0, hours_over=over)
    by_pair = rows.groupby(PAIR, as_index=False).agg(
        handoffs=("slow", "size"), cases=("case_id", "nunique"), slow=("slow", "sum"), hours_over=("hours_over", "sum")
    )
    by_pair.insert(5, "slow_share", by_pair["slow"] / by_pair["handoffs"])
    return by_pair.sort_values(["hours_over", *PAIR], ascending=[False, True, True], ignore_index=True)


def slowness(
    handoffs: pd.DataFrame, from_team: str, to_team: str, *, threshold_hours: float, confidence: float
) -> Slowness:
    """How often handoffs from one team to another are slow, against all other handoffs in the frame.

    Parameters
    ----------
    handoffs : one row per handoff: case_id, from_team, to_team, latency_hours.
    threshold_hours : a handoff is slow if it took longer than this.
    confidence : of the interval of the difference (0–1). Who may choose among k pairs should give 1 − alpha / k.

    Notes
    -----
    The difference of the two shares has the standard error of sums by case, so that handoffs of one case may depend on
    each other; the interval is difference ± t × that, with as many degrees of freedom as the pair has cases, less one.
    """
    known = handoffs.dropna(subset=["latency_hours"])
    inside = (known["from_team"].eq(from_team) & known["to_team"].eq(to_team)).to_numpy(bool)
    hours = known["latency_hours"].to_numpy(float)
    slow = hours > threshold_hours
    case = pd.factorize(known["case_id"])[0]
    cases = len(np.unique(case[inside]))
    low, high = _interval(slow, inside, case, confidence) if cases > 1 else (np.nan, np.nan)
    return Slowness(
        handoffs=int(inside.sum()),
        cases=cases,
        slow=int(slow[inside].sum()),
        slow_share=float(slow[inside].mean()) if inside.any() else np.nan,
        rest_share=float(slow[~inside].mean()) if not inside.all() else np.nan,
        hours_over=float((hours - threshold_hours)[inside & slow].sum()),
        low=low,
        high=high,
    )


def _interval(slow: np.ndarray, inside: np.ndarray, case: np.ndarray, confidence: float) -> tuple[float, float]:
    """Interval of the difference of shares inside and outside; NaN where there is too little to compare."""
    sides = [slow[inside], slow[~inside]]
    if min(min(side.sum(), (~side).sum()) for side in sides) < FEW:
        return np.nan, np.nan
    share, rest = (float(side.mean()) for side in sides)
    pull = np.where(inside, (slow - share) / len(sides[0]), (rest - slow) / len(sides[1]))
    clusters = len(np.unique(case[inside]))
    error = np.sqrt((np.bincount(case, pull) ** 2).sum() * clusters / (clusters - 1))
    margin = float(stats.t.ppf((1 + confidence) / 2, clusters - 1) * error)
    return share - rest - margin, share - rest + margin
