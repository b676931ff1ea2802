"""What really happened after a decision right moved: who settles the issue, and how long it waits, before and since."""

from math import nan
from typing import Any

import pandas as pd
from ibis import ir
from scipy import stats

from cxops.journey.statistics.before_after import before_after
from cxops.journey.statistics.holm import holm

CONFIDENCE = 0.95
MEASURED, PLANNED, FEW_BEFORE, FEW_SINCE = "measured", "not in force yet", "too few cases before", "too few cases since"
_RIGHT = ["unit", "stage", "issue", "decision", "held_by", "moved_to", "effective_at"]
_WAIT = ["latency_before", "latency_since", "latency_change", "latency_low", "latency_high", "latency_p_value"]


def rights_since(
    paths: ir.Table,
    cases: ir.Table,
    rights: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    alpha: float,
    minimum_count: int,
) -> pd.DataFrame:
    """One row per decision right with a day on which it moves: settled where it came up and waiting, before and since.

    Parameters
    ----------
    paths : one row per case and stage, as `stage_paths` gives them, from before the moves too.
    cases : one row per case; needs case_id, unit and resolved_at.
    rights : rows of the register `decision_rights`.
    as_of : nothing that began later is looked at.
    alpha : chance (0–1) of calling any change a signal when nothing changed: this test's share of the page's.
    minimum_count : cases there must be on either side.

    Returns
    -------
    unit, stage, issue, decision, held_by, moved_to, effective_at, cases_before, cases_since, share_before, share_since
    (0–1, settled in the department that took it up), difference with _low and _high (95 %), p_value, is_signal,
    latency_before, latency_since (mean hours of waiting at hops, a case), latency_change with latency_low and _high
    (95 %), latency_p_value, latency_is_signal, state. In the order of the register.

    Notes
    -----
    A case belongs to the side on which it came to the stage. Only resolved cases count, since an open one may yet leave
    the department; so cases of the last weeks, of which the quick ones are resolved first, look a little better.
    Shares: Newcombe's interval and Fisher's exact test (`before_after`); hours: Welch's t, cases as independent. Both
    are adjusted over the rights by Holm's method and held against half of alpha each. Whatever else changed on that day
    is in the difference: there is no control group.
    """
    moved = rights.dropna(subset=["effective_at", "moved_to"]).reset_index(drop=True)
    moved = moved.assign(effective_at=pd.to_datetime(moved["effective_at"], utc=True))
    seen = _seen(paths, cases, moved)
    sides = [_sides(seen, row, as_of) for row in moved.to_dict("records")]
    level, counts = alpha / 2, [_counted(*each) for each in sides]
    names = ["events_before", "trials_before", "events_after", "trials_after"]
    told = before_after(
        pd.DataFrame(counts, columns=names, index=moved.index).astype("int64"),
        minimum_count=minimum_count,
        alpha=level,
        material_ratio=1.0,
    )
    waits = pd.DataFrame([_waits(*each, minimum_count) for each in sides], columns=_WAIT, index=moved.index)
    waits = waits.astype("float64").assign(latency_p_value=lambda each: holm(each["latency_p_value"]))
    renamed = {"trials_before": "cases_before", "trials_after": "cases_since", "share_after": "share_since"}
    found = moved[_RIGHT].join(told.rename(columns=renamed)).join(waits)
    is_planned = moved["effective_at"] > as_of
    states = [_state(row, bool(planned), minimum_count) for row, planned in zip(counts, is_planned, strict=True)]
    found = found.assign(latency_is_signal=found["latency_p_value"] <= level, state=pd.Series(states, dtype="object"))
    return found.drop(columns=["events_before", "events_after", "ratio"])


def _seen(paths: ir.Table, cases: ir.Table, moved: pd.DataFrame) -> pd.DataFrame:
    """The passages of resolved cases through stages with an issue whose right moves, with the unit of the case."""
    resolved = cases.filter(cases.resolved_at.notnull()).select(of_case="case_id", unit="unit")
    rows = paths.filter(paths.stage.isin([*moved["stage"], ""]) & paths.issue.isin([*moved["issue"], ""]))
    rows = rows.inner_join(resolved, rows.case_id == resolved.of_case)
    found = rows.select("unit", "stage", "issue", "began_at", "hops", "latency_hours").to_pandas()
    return found.assign(began_at=pd.to_datetime(found["began_at"], utc=True))


def _sides(seen: pd.DataFrame, right: dict[Any, Any], as_of: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The passages that a right is about, before it moved and since."""
    own = seen[(seen["began_at"] <= as_of) & (seen[["unit", "stage", "issue"]] == _key(right)).all(axis=1)]
    since = own["began_at"] >= right["effective_at"]
    return own[~since], own[since]


def _key(right: dict[Any, Any]) -> list[Any]:
    return [right[name] for name in ("unit", "stage", "issue")]


def _counted(before: pd.DataFrame, since: pd.DataFrame) -> tuple[int, int, int, int]:
    return int((before["hops"] == 0).sum()), len(before), int((since["hops"] == 0).sum()), len(since)


def _waits(before: pd.DataFrame, since: pd.DataFrame, minimum_count: int) -> tuple[float, ...]:
    """Mean hours on both sides, their change with its interval, and the p-value of Welch's test."""
    if min(len(before), len(since)) < max(minimum_count, 2):
        return (nan,) * len(_WAIT)
    first, second = (each["latency_hours"].to_numpy(float) for each in (before, since))
    change = float(second.mean() - first.mean())
    if not (first.std() or second.std()):
        return float(first.mean()), float(second.mean()), change, nan, nan, nan
    test = stats.ttest_ind(second, first, equal_var=False)
    apart = test.confidence_interval(CONFIDENCE)
    return float(first.mean()), float(second.mean()), change, float(apart.low), float(apart.high), float(test.pvalue)


def _state(counts: tuple[int, int, int, int], is_planned: bool, minimum_count: int) -> str:
    """Whether the move can be judged, and why not."""
    _, before, _, since = counts
    if is_planned:
        return PLANNED
    return FEW_BEFORE if before < minimum_count else FEW_SINCE if since < minimum_count else MEASURED
