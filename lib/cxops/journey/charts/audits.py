"""The audit of handoffs: the failures of a quarter, those that recur, what redesigns did, and what is overdue."""

from typing import Any

import pandas as pd

from cxops import theme

ARROW = " → "
NO_AUDIT = "No evidence: the register `handoff_audits` holds nothing for this unit, so no handoff was audited."
_ROWS = 8


def audits_table(by_quarter: pd.DataFrame, as_of: str) -> theme.Table:
    """How much was audited, quarter by quarter, up to the quarter that the page is about."""
    return theme.table(
        by_quarter,
        caption=f"Audits of handoffs up to {as_of}, the last quarter first" if len(by_quarter) else NO_AUDIT,
        columns={
            "quarter": "Quarter",
            "pairs": "Pairs audited",
            "handoffs": "Handoffs looked at",
            "failures": "Failures",
        },
        is_folded=True,
    )


def failure_pareto(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the failures found in a quarter, the most first, with how much of all failures they add up to."""
    frame = frame.dropna(subset=["failures"])
    if frame.empty:
        return theme.message(NO_AUDIT, width=width)
    shown = frame.head(_ROWS)
    shown = shown.assign(
        label=_failures(shown),
        text=[
            f"{theme.number(row['failures'])} of {theme.number(row['handoffs'])}, {theme.percent(row['share'])}"
            for row in shown.to_dict("records")
        ],
    )
    heading = theme.title(_headline(frame), "Failures found, of the handoffs looked at.", width)
    return theme.bars(shown, label="label", value="failures", text="text", heading=heading, width=width)


def failure_pareto_figure(pareto: pd.DataFrame, as_of: str) -> theme.Figure:
    """The failures of a quarter, with the most frequent in words."""
    few = int(pareto["failures"].isna().sum())
    left_out = f" Left out as looked for in too few handoffs: {few}." if few else ""
    pareto = pareto.dropna(subset=["failures"])
    if pareto.empty:
        said = (NO_AUDIT if not as_of else f"{NO_AUDIT[:-1]} in {as_of}.") + left_out
        return theme.figure(failure_pareto, pareto, caption=said, alt=said)
    worst, top = pareto.iloc[0], pareto.head(_ROWS).iloc[-1]
    caption = (
        f"Audit of {as_of}. {_headline(pareto)}: {worst['failure_code']}, from {worst['from_team']} to "
        f"{worst['to_team']}, in {theme.estimated(worst['share'], worst['share_low'], worst['share_high'])} of the "
        f"handoffs looked at. The {min(_ROWS, len(pareto))} of {len(pareto)} kinds shown make up "
        f"{theme.percent(top['cumulative_share'])} of all failures found.{left_out}"
    )
    alt = f"Bars of failures by pair of teams and kind. {caption}"
    return theme.figure(failure_pareto, pareto, caption=caption, alt=alt, kpis=("handover_failure_share",))


def _headline(pareto: pd.DataFrame) -> str:
    worst = pareto.iloc[0]
    return f"{theme.percent(worst['failures_share'])} of the failures found are of one kind between two teams"


def recurrence_table(recurrence: pd.DataFrame, rows: int, *, acceptable_share: float, quarters: int) -> theme.Table:
    """Failures that stay above their acceptable level, with the interval and what may be claimed."""
    found = recurrence[recurrence["is_recurrent"].astype(bool)]
    others = recurrence[~recurrence["is_recurrent"].astype(bool)]
    listed = (found if len(found) else others.sort_values("longest", ascending=False, kind="stable")).head(rows)
    records = listed.to_dict("records")
    shown = pd.DataFrame(
        {
            "name": [f"{label}{_unit(recurrence, row)}" for label, row in zip(_failures(listed), records, strict=True)],
            "spell": [f"{row['longest']} of {row['audited']}{_now(row)}" for row in records],
            "share": [_interval(row) for row in records],
            "order": [_order(row["runs_p_value"]) for row in records],
            "verdict": [_recurs(row, quarters) for row in records],
        },
        columns=["name", "spell", "share", "order", "verdict"],
    )
    level = theme.percent(acceptable_share, 0)
    said = f"{len(found) or 'No'} of {len(recurrence)} kinds of failure recur"
    caption = f"{said}: above {level} in {quarters} quarters in a row"
    return theme.table(
        shown.rename(columns={"share": "rate"}),
        caption=f"{caption}; the longest rows" if len(recurrence) else NO_AUDIT,
        columns={
            "name": "Failure",
            "spell": "Longest row above, of quarters audited",
            "rate": "Share in it (95 % interval)",
            "order": "As few runs by chance",
            "verdict": "Verdict",
        },
        kpis=("handover_failure_share",),
    )


def _recurs(row: dict[Any, Any], quarters: int) -> str:
    if row["is_signal"]:
        return "recurrent"
    return "recurrent, but may be chance" if row["longest"] >= quarters else "not recurrent"


def _now(row: dict[Any, Any]) -> str:
    return ", still so" if row["current"] == row["longest"] and row["current"] else ""


def _order(p_value: float) -> str:
    return "cannot be told" if pd.isna(p_value) else theme.number(p_value, 2)


def redesigns_table(redesigns: pd.DataFrame, rows: int) -> theme.Table:
    """Failures before and since a redesign, with the difference and its interval."""
    listed = redesigns.head(rows)
    records = listed.to_dict("records")
    names = [
        f"{row['redesign_id']} ({row['since']}): {label}{_unit(redesigns, row)}"
        for label, row in zip(_failures(listed), records, strict=True)
    ]
    return before_after_table(
        listed.assign(name=names),
        caption="Failures before and since a redesign; what else changed at the time is in the difference"
        if len(redesigns)
        else "No evidence: the register `handoff_audits` names no redesign.",
        head="Redesign",
        kpi="handover_failure_share",
    )


def before_after_table(frame: pd.DataFrame, *, caption: str, head: str, kpi: str) -> theme.Table:
    """Shares before and after a change, their difference and what may be claimed; rows have a `name`."""
    records = frame.to_dict("records")
    shown = pd.DataFrame(
        {
            "name": [row["name"] for row in records],
            "before": [theme.percent(row["share_before"]) for row in records],
            "after": [theme.percent(row["share_after"]) for row in records],
            "difference": [_points(row) for row in records],
            "verdict": [_changed(row) for row in records],
        },
        columns=["name", "before", "after", "difference", "verdict"],
    )
    columns = {"name": head, "before": "Before", "after": "Since", "difference": "Difference in points (95 % interval)"}
    return theme.table(shown, caption=caption, columns=columns | {"verdict": "Verdict"}, kpis=(kpi,))


def _points(row: dict[Any, Any]) -> str:
    """The difference in percentage points, with a sign."""
    if pd.isna(row["difference"]):
        return "–"
    value, low, high = (
        theme.signed(100 * row[name], 1) for name in ("difference", "difference_low", "difference_high")
    )
    return f"{value} ({low} to {high})"


def _changed(row: dict[Any, Any]) -> str:
    if pd.isna(row["p_value"]):
        return "not tested: too few on one side"
    if row["is_signal"]:
        return "seldomer since" if row["difference"] < 0 else "more often since"
    return "may be chance"


def overdue_table(overdue: pd.DataFrame, audits: pd.DataFrame, rows: int, *, as_of: str) -> theme.Table:
    """Pairs that hand over and were not audited in a quarter."""
    said = f"Overdue: pairs that handed over in {as_of} and were not audited in it"
    counted = f"{said}: {min(rows, len(overdue))} of {len(overdue)}" if len(overdue) else f"{said}: none"
    names = [f"{a}{ARROW}{b}" for a, b in zip(overdue["from_team"], overdue["to_team"], strict=True)]
    return theme.table(
        overdue.assign(name=names, last_audited=overdue["last_audited"].fillna("never")).head(rows),
        caption=counted if len(audits) else NO_AUDIT,
        columns={
            "name": "From → to",
            "handoffs": "Handoffs",
            "latency_hours_total": "Hours",
            "last_audited": "Last audited",
        },
        decimals={"latency_hours_total": 0},
        kpis=("audit_coverage_share",),
        is_folded=True,
    )


def _failures(frame: pd.DataFrame) -> list[str]:
    return [f"{row['failure_code']}: {row['from_team']}{ARROW}{row['to_team']}" for row in frame.to_dict("records")]


def _unit(frame: pd.DataFrame, row: dict[Any, Any]) -> str:
    """The unit, where the frame holds more than one."""
    return f", {row['unit']}" if frame["unit"].nunique() > 1 else ""


def _interval(row: dict[Any, Any]) -> str:
    if pd.isna(row["share"]):
        return "–"
    low, high = (theme.percent(row[f"share_{end}"]).removesuffix(" %") for end in ("low", "high"))
    return f"{theme.percent(row['share'])} ({low} to {high})"
