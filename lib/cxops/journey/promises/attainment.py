"""How many promises of time are kept, by stage or handoff, and where none was made."""

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from cxops.journey.statistics.completion import done_within, wilson, worth
from cxops.journey.statistics.holm import holm

KEPT, EARLY, FEW = "measured", "too early to say", "too few cases"
"""What can be said of a promise: its share; not yet, as nothing has run as long as it; nothing, for privacy."""
COUNTS = ["cases", "clocks", "met", "missed", "running", "unknown"]
_SHARES = ["share", "low", "high", "closed_share", "closed_low", "closed_high"]


def attainment(
    clocks: pd.DataFrame, *, target_share: float, alpha: float, minimum_count: int, by: Sequence[str] = ()
) -> pd.DataFrame:
    """One row per promise: the share of its clocks that stop in time, with its interval.

    Parameters
    ----------
    clocks : one row per clock, as `stage_clocks` or `handoff_clocks` gives them.
    target_share : share (0–1) that is to be in time.
    alpha : chance (0–1) of calling any promise below target when none is: this test's share of the page's.
    minimum_count : of fewer cases nothing is said but that they are too few.
    by : further columns to divide the clocks by, such as unit or priority.

    Returns
    -------
    promise, the columns of `by`, target_hours, promised (in words), cases, clocks (one a case and stage, or one a
    passing; a case may pass often), met (stopped in time), missed (stopped late, or open beyond the target), running
    (open within the target), unknown (whose start is not known), share with low and high, closed_share with closed_low
    and closed_high, target_share, p_value, is_signal and state.

    Notes
    -----
    `share` is the headline: the chance of being done in time, by Kaplan and Meier's estimate, so that clocks still
    running count for as long as they ran. Its interval is Wilson's for as many clocks as the estimate is worth
    (`worth`), divided by the design effect of cases that pass more than once: with none running and one clock a case
    the share is met / cases, and the interval is Wilson's own. `closed_share` is what is
    usually reported, of stopped clocks only; it looks better whenever late work is still open.

    A promise is a signal if its share is below `target_share` by more than noise: a one-sided score test with the same
    worth, adjusted over all rows by Holm's method.

    References
    ----------
    Rothman, K. J. (1978). Estimation of confidence limits for the cumulative probability of survival in life table
    analysis.
    """
    keys = ["promise", *by, "target_hours", "promised"]
    rows = [
        dict(zip(keys, key, strict=True)) | _kept(group, target_share, minimum_count)
        for key, group in clocks.groupby(keys, sort=False, dropna=False)
    ]
    frame = pd.DataFrame(rows, columns=[*keys, *COUNTS, *_SHARES, "p_value", "state"]).assign(target_share=target_share)
    frame = frame.astype(dict.fromkeys([*COUNTS, *_SHARES, "p_value", "target_hours"], "float64"))
    frame = frame.assign(p_value=holm(frame["p_value"]))
    return frame.assign(is_signal=frame["p_value"] <= alpha)


def unpromised(stages: pd.DataFrame, seen: pd.DataFrame, *, minimum_count: int = 1) -> pd.DataFrame:
    """One row per stage that no promise of time covers: stage, cases, why.

    Parameters
    ----------
    stages : one row per stage of the map: stage, sla_hours (a gap: no promise).
    seen : one row per stage of the log: stage, cases.
    minimum_count : a smaller number of cases is a gap.

    >>> stages = pd.DataFrame({"stage": ["Intake", "Diagnosis"], "sla_hours": [4.0, None]})
    >>> seen = pd.DataFrame({"stage": ["Intake", "Diagnosis", "Audit"], "cases": [9, 7, 8]})
    >>> unpromised(stages, seen).to_numpy().tolist()
    [['Diagnosis', 7.0, 'no promise in the map'], ['Audit', 8.0, 'not a stage of the map']]
    """
    both = stages[["stage", "sla_hours"]].merge(
        seen[["stage", "cases"]], on="stage", how="outer", validate="one_to_one"
    )
    is_mapped = both["stage"].isin(stages["stage"])
    both = both.assign(why=np.where(is_mapped, "no promise in the map", "not a stage of the map"))
    order = [*stages["stage"], *seen.loc[~seen["stage"].isin(stages["stage"]), "stage"]]
    both = both.set_index("stage").loc[order].reset_index()
    both["cases"] = both["cases"].astype("float64").where(both["cases"] >= minimum_count)
    return both.loc[both["sla_hours"].isna(), ["stage", "cases", "why"]].reset_index(drop=True)


def _kept(clocks: pd.DataFrame, target_share: float, minimum_count: int) -> dict[str, Any]:
    """What can be said of the clocks of one promise."""
    known = clocks[clocks["hours"].notna()]
    hours, is_open = known["hours"].to_numpy(np.float64), known["is_open"].to_numpy(bool)
    target = float(clocks["target_hours"].iloc[0])
    cases = known["case_id"].nunique()
    if cases < minimum_count:
        return dict.fromkeys([*COUNTS, *_SHARES, "p_value"], nan) | {"state": FEW}
    met, missed = int((~is_open & (hours <= target)).sum()), int((hours > target).sum())
    share, error = done_within(hours, is_open, target)
    is_decided = ~is_open | (hours > target)
    effect = _design_effect(hours[is_decided] <= target, known.loc[is_decided, "case_id"])
    count = worth(share, error, met + missed) / effect
    closed = int((~is_open).sum())
    closed_share = met / closed if closed else nan
    shares = (share, *wilson(share, count), closed_share, *wilson(closed_share, closed / effect))
    counts = (cases, len(known), met, missed, len(known) - met - missed, len(clocks) - len(known))
    score = (share - target_share) / np.sqrt(target_share * (1 - target_share) / count) if count > 0 else nan
    return dict(zip([*COUNTS, *_SHARES], [*counts, *shares], strict=True)) | {
        "p_value": float(stats.norm.cdf(score)),
        "state": EARLY if np.isnan(share) else KEPT,
    }


def _design_effect(is_met: npt.NDArray[np.bool_], case_id: pd.Series) -> float:
    """How many clocks are worth one, since those of a case are alike: 1 where each is of a case of its own.

    The variance of the share from sums by case over that of single clocks; where all clocks end the same way nothing
    says how alike they are, and a case counts once.
    """
    if case_id.is_unique:
        return 1.0
    apart = pd.Series(is_met - is_met.mean(), index=case_id.index)
    if not apart.any():
        return len(case_id) / case_id.nunique()
    return max(1.0, float((apart.groupby(case_id).sum() ** 2).sum() / (apart**2).sum()))
