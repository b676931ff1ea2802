"""Escalations: cases that leave the department that took them up within a stage, where they go and what it costs."""

from collections.abc import Mapping

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.log.folding import with_rarer
from cxops.journey.log.rare import is_rare
from cxops.journey.log.sequence import blocks

ARROW = " → "
NO_ISSUE = "(no reason recorded)"
RARER = "(rarer issues)"
RARER_PATHS = "(rarer paths)"
CONFIDENCE = 0.95
_KEY = ["stage", "issue"]
_SEPARATOR = "\x1f"


def stage_paths(steps: ir.Table, cases: ir.Table, *, departments: Mapping[str, str]) -> ir.Table:
    """One row per case and stage: the departments it went through there, in order, and the wait on the way.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.
    cases : one row per case; needs case_id and reason, which is the issue.
    departments : the department of each team; a team that is not named is a department of its own.

    Returns
    -------
    case_id, stage, issue, department (that took it up first), path (departments joined by ` → `), hops (changes of
    department in the stage), latency_hours (at those changes; what is not known adds none), began_at
    (when the case came to the stage).

    Notes
    -----
    A case that comes to a stage again goes on with its path there. The latency of a hop is that of `handoffs`, with
    departments in the place of teams and nothing but the steps of the stage.
    """
    department = steps.team.substitute(dict(departments)) if departments else steps.team
    rows = steps.mutate(case_id=steps.case_id + _SEPARATOR + steps.stage, department=department)
    held = blocks(rows, "department")
    wait = ibis.cases((held.taken_up_at > held.given_at, _hours(held.given_at, held.taken_up_at)), else_=0.0)
    held = held.mutate(latency=ibis.ifelse(held.block_seq > 0, wait, 0.0))
    paths = held.group_by("case_id", "stage").aggregate(
        department=held.holder.max(where=held.block_seq == 0),
        path=held.holder.group_concat(ARROW, order_by=held.block_seq),
        hops=held.block_seq.max(),
        latency_hours=held.latency.sum(),
        began_at=held.started_at.min(),
    )
    paths = paths.mutate(case_id=paths.case_id.left(paths.case_id.length() - paths.stage.length() - 1))
    issues = cases.select(of_case="case_id", issue=cases.reason.fill_null(NO_ISSUE))
    found = paths.left_join(issues, paths.case_id == issues.of_case)
    return found.select(
        "case_id",
        "stage",
        "department",
        "path",
        "hops",
        "latency_hours",
        "began_at",
        issue=found.issue.fill_null(NO_ISSUE),
    ).select("case_id", *_KEY, "department", "path", "hops", "latency_hours", "began_at")


def granted(paths: ir.Table, *, stage: str, issue: str) -> ir.Table:
    """The paths as they would be if the department that takes an issue up in a stage might settle it there itself.

    Notes
    -----
    For that stage and issue alone: no hop, no wait at one. The work stays.
    """
    here = (paths.stage == stage) & (paths.issue == issue)
    return paths.mutate(
        path=ibis.ifelse(here, paths.department, paths.path),
        hops=ibis.ifelse(here, 0, paths.hops),
        latency_hours=ibis.ifelse(here, 0.0, paths.latency_hours),
    )


def escalations(paths: ir.Table) -> ir.Table:
    """One row per stage and issue: cases, those that left the department, their hops and hours.

    Parameters
    ----------
    paths : one row per case and stage, as `stage_paths` gives them.

    Returns
    -------
    stage, issue, department (that takes up most of them), cases, escalated, hops, latency_hours_total,
    latency_hours_squares (sum of the squared hours of cases, for an interval); the most hours first, then by name.
    """
    rows = paths.group_by(*_KEY, "department").aggregate(
        cases=paths.count(),
        escalated=(paths.hops > 0).cast("int64").sum(),
        hops=paths.hops.sum(),
        hours=paths.latency_hours.sum(),
        squares=(paths.latency_hours * paths.latency_hours).sum(),
    )
    order = ibis.window(group_by=_KEY, order_by=[ibis.desc("cases"), "department"])
    rows = rows.mutate(place=ibis.row_number().over(order))
    return (
        rows.group_by(_KEY)
        .aggregate(
            department=rows.department.max(where=rows.place == 0),
            cases=rows.cases.sum(),
            escalated=rows.escalated.sum(),
            hops=rows.hops.sum(),
            latency_hours_total=rows.hours.sum(),
            latency_hours_squares=rows.squares.sum(),
        )
        .order_by([ibis.desc("latency_hours_total"), *_KEY])
    )


def paths_taken(paths: ir.Table, *, minimum_count: int = 1) -> ir.Table:
    """One row per stage and path of the escalated cases: path, hops, cases, latency_hours_total; the most cases first.

    The cases of all rows add up to all escalated cases; paths that fewer than `minimum_count` cases took are put
    together in one row, `(rarer paths)` in place of stage and path, which takes in further ones until it holds as many.
    """
    gone = paths.filter(paths.hops > 0)
    rows = gone.group_by("stage", "path").aggregate(
        hops=gone.hops.max(), cases=gone.count(), latency_hours_total=gone.latency_hours.sum()
    )
    rows = rows.mutate(rare=is_rare(rows, "cases", minimum_count))
    rows = rows.mutate(**{name: ibis.ifelse(rows.rare, RARER_PATHS, rows[name]) for name in ("stage", "path")})
    return (
        rows.group_by("stage", "path")
        .aggregate(
            hops=ibis.cases((~rows.rare.any(), rows.hops.max())),
            cases=rows.cases.sum(),
            latency_hours_total=rows.latency_hours_total.sum(),
        )
        .order_by([ibis.desc("cases"), "stage", "path"])
    )


def rights_to_grant(
    escalations: pd.DataFrame, rights: pd.DataFrame, departments: Mapping[str, str], *, minimum_count: int
) -> pd.DataFrame:
    """One row per stage and issue with an escalation: what granting the decision at the stage would save, ranked.

    Parameters
    ----------
    escalations : as `escalations` gives them.
    rights : rows of the register `decision_rights`; may be empty.
    departments : as for `stage_paths`.
    minimum_count : issues with fewer escalated cases are put together in a last row, `(rarer issues)`, that takes in
        further ones until it holds as many.

    Returns
    -------
    rank, stage, issue, department, cases, escalated, resolved_share (0–1, in the department), resolved_low,
    resolved_high (Wilson, 95 %), hops, hours_saved, hours_low, hours_high (95 %), p_value (that the next in rank saves
    as much), right (`missing: …`, `held here`, `differs between units`, `not in the register`), moved_to. The most
    hours saved first.

    Notes
    -----
    hours_saved are the hours of waiting at the hops; the work stays. The interval is that of a sum over independent
    cases, ± z × √(Σ h² − (Σ h)² / n). The p-value is of the difference of two such sums, two-sided, since the hours
    themselves decide which of the two comes first.
    """
    rows = _with_remainder(escalations, minimum_count)
    cases, escalated = rows["cases"].to_numpy(float), rows["escalated"].to_numpy(float)
    hours = rows["latency_hours_total"].to_numpy(float)
    spread = np.sqrt(np.maximum(rows["latency_hours_squares"].to_numpy(float) - hours**2 / np.maximum(cases, 1), 0))
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    low, high = proportion_confint(cases - escalated, np.maximum(cases, 1), alpha=1 - CONFIDENCE, method="wilson")
    ranked = rows.assign(
        resolved_share=1 - escalated / cases,
        resolved_low=low,
        resolved_high=high,
        hours_saved=hours,
        hours_low=np.maximum(hours - z * spread, 0),
        hours_high=hours + z * spread,
        spread=spread,
    )
    ranked = ranked.assign(rest=ranked["issue"] == RARER).sort_values(
        ["rest", "hours_saved", *_KEY], ascending=[True, False, True, True], ignore_index=True
    )
    gap = ranked["hours_saved"] - ranked["hours_saved"].shift(-1)
    both = (ranked["spread"] ** 2 + ranked["spread"].shift(-1) ** 2) ** 0.5
    is_last = ranked["rest"] | ranked["rest"].shift(-1, fill_value=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = gap.to_numpy(float) / both.to_numpy(float)
    ranked["p_value"] = np.where(is_last, np.nan, 2 * stats.norm.sf(apart))
    return _held(ranked.assign(rank=range(1, len(ranked) + 1)), rights, departments)[_RANKED]


_RANKED = [
    *("rank", *_KEY, "department", "cases", "escalated", "resolved_share", "resolved_low", "resolved_high", "hops"),
    *("hours_saved", "hours_low", "hours_high", "p_value", "right", "moved_to"),
]


def _held(ranked: pd.DataFrame, rights: pd.DataFrame, departments: Mapping[str, str]) -> pd.DataFrame:
    """The rows with who holds the right to decide: `right` and `moved_to`."""
    differs = rights.groupby(_KEY)["held_by"].transform("nunique") > 1
    held = rights.assign(differs=differs).drop_duplicates(_KEY)[[*_KEY, "decision", "held_by", "moved_to", "differs"]]
    rows = ranked.merge(held, on=_KEY, how="left", validate="many_to_one")
    holder = rows["held_by"].map(lambda team: departments.get(team, team), na_action="ignore")
    named = "missing: " + rows["decision"].astype("object") + " is with " + rows["held_by"].astype("object")
    right = named.where(holder != rows["department"], "held here").where(holder.notna(), "not in the register")
    right = right.mask(rows["differs"].fillna(False).astype(bool), "differs between units")
    moved = rows["moved_to"].where(right != "differs between units").fillna("")
    return rows.assign(right=right.where(rows["issue"] != RARER, ""), moved_to=moved)


def _with_remainder(escalations: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """The stages and issues with enough escalated cases, and all others with any in one row."""
    rows = escalations[escalations["escalated"] > 0]
    sums = ["cases", "escalated", "hops", "latency_hours_total", "latency_hours_squares"]
    found = with_rarer(rows, _KEY, "escalated", minimum_count=minimum_count, remainder=RARER, sums=sums)
    return found.fillna({"department": ""})


def _hours(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    return (end.epoch_seconds() - start.epoch_seconds()).cast("float64") / 3600
