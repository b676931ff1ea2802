"""Escalations: what leaves the department that took it up, by which path, and which right to grant first."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from cxops import theme

ROWS = 8
REST = "(rarer issues)"
REST_PATHS = "(rarer paths)"
NO_ESCALATION = "No case left the department that took it up within a stage here, so there is nothing to grant."
NO_MOVE = "No evidence: the register `decision_rights` holds no right that moves, with the day, for this unit."
_WAIT = "Hours: waiting where a case passed to another department within a stage; the work itself would stay."


def rights_to_grant(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the hours that granting the decision at the stage would save, by stage and issue."""
    shown = _named(frame).head(ROWS)
    if shown.empty:
        return theme.message(NO_ESCALATION, width=width)
    shown = shown.assign(
        label=[f"{row['issue']} in {row['stage']}" for row in shown.to_dict("records")],
        text=[
            f"{theme.number(row['hours_saved'])} h · {theme.number(row['escalated'])} cases"
            for row in shown.to_dict("records")
        ],
    )
    heading = theme.title(_first(frame), "Bar: hours of waiting that would go if the stage settled it itself.", width)
    return theme.bars(shown, label="label", value="hours_saved", text="text", heading=heading, width=width)


def rights_figure(ranked: pd.DataFrame) -> theme.Figure:
    """The rights to grant, with the first in words."""
    shown = _named(ranked)
    if shown.empty:
        return theme.figure(rights_to_grant, ranked, caption=NO_ESCALATION, alt=NO_ESCALATION)
    top = shown.iloc[0]
    caption = (
        f"{_first(ranked)}: {theme.number(float(top['hours_saved']))} hours (95 % interval "
        f"{theme.number(float(top['hours_low']))} to {theme.number(float(top['hours_high']))}) of waiting, in "
        f"{theme.number(float(top['escalated']))} of {theme.number(float(top['cases']))} cases. Decision right: "
        f"{top['right']}. {_WAIT}"
    )
    alt_text = f"Bars of hours saved by stage and issue. {caption}"
    return theme.figure(rights_to_grant, ranked, caption=caption, alt=alt_text, kpis=("escalation_hours",))


def rights_table(ranked: pd.DataFrame, rows: int) -> theme.Table:
    """Stages and issues by hours saved, with what is settled in the department and who holds the right."""
    if ranked.empty:
        nothing = pd.DataFrame({"evidence": [NO_ESCALATION]})
        return theme.table(nothing, caption="Rights to grant", columns={"evidence": "Evidence"})
    issues = _named(ranked)
    shown = pd.concat([issues.head(rows), ranked[ranked["issue"] == REST]])
    shown = shown.assign(
        name=[_label(row) for row in shown.to_dict("records")],
        saved=[_interval(row) for row in shown.to_dict("records")],
        held=[_held(row) for row in shown.to_dict("records")],
    )
    return theme.table(
        shown,
        caption=f"What granting the decision at the stage would save, the most first: {min(rows, len(issues))} of "
        f"{len(issues)}",
        columns={
            "name": "Issue and stage",
            "resolved_share": "Settled in the department, share",
            "hops": "Hops, 0 if granted",
            "saved": "Hours saved (95 % interval)",
            "held": "Decision right",
        },
        decimals={"resolved_share": 1, "hops": 0},
        kpis=("escalation_hours", "resolved_in_stage_share"),
        is_folded=True,
    )


def paths_table(paths: pd.DataFrame, rows: int) -> theme.Table:
    """The paths that escalated cases take, stage by stage; the rows add up to all escalated cases."""
    if paths.empty:
        nothing = pd.DataFrame({"evidence": [NO_ESCALATION]})
        return theme.table(nothing, caption="Paths of escalated cases", columns={"evidence": "Evidence"})
    rest = paths["path"] == REST_PATHS
    shown = paths[~rest].head(rows)
    others = paths[rest | ~paths.index.isin(shown.index)]
    sums = others[["cases", "latency_hours_total"]].sum()
    if others["cases"].sum():
        more = pd.DataFrame([{"stage": "", "path": "all other paths", "hops": None, **sums}])
        shown = pd.concat([shown, more.astype(shown.dtypes[["hops"]].to_dict())])
    name = shown["stage"] + ": " + shown["path"]
    shown = shown.assign(name=name.where(shown["stage"] != "", shown["path"]), hops=shown["hops"].astype("Int64"))
    return theme.table(
        shown,
        caption=f"Paths from department to department within a stage: {theme.number(paths['cases'].sum())} escalated "
        f"cases, each in one row",
        columns={"name": "Stage and path", "cases": "Cases", "hops": "Hops", "latency_hours_total": "Hours waiting"},
        decimals={"cases": 0, "hops": 0, "latency_hours_total": 0},
        is_folded=True,
    )


def rights_since_table(since: pd.DataFrame) -> theme.Table:
    """Decision rights that moved: what was settled where it came up, and waiting, before and since, with a verdict."""
    if since.empty:
        nothing = pd.DataFrame({"evidence": [NO_MOVE]})
        return theme.table(nothing, caption="Rights since they moved", columns={"evidence": "Evidence"})
    records = since.to_dict("records")
    shown = since.assign(
        name=[f"{row['issue']}, {row['stage']}, {row['unit']}: to {row['moved_to']}" for row in records],
        moved_on=[f"{row['effective_at']:%Y-%m-%d}" for row in records],
        settled=[_settled(row) for row in records],
        waited=[_waited(row) for row in records],
        verdict=[_since(row) for row in records],
    )
    return theme.table(
        shown,
        caption="Decision rights that moved: what was settled in the department, and hours waited a case, before and "
        "since (95 % intervals). Whatever else changed at the time is in the difference",
        columns={
            "name": "Issue, stage and unit",
            "moved_on": "In force",
            "settled": "Settled: before, since, difference in points",
            "waited": "Hours: before, since, difference",
            "verdict": "Verdict",
        },
        kpis=("resolved_in_stage_share", "escalation_hours"),
    )


def _settled(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["difference"]):
        return "–"
    points = [theme.signed(100 * row[name], 1) for name in ("difference", "difference_low", "difference_high")]
    before, since = (theme.percent(row[name]) for name in ("share_before", "share_since"))
    return f"{before}, {since}, {points[0]} ({points[1]} to {points[2]})"


def _waited(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["latency_change"]):
        return "–"
    change, low, high = (theme.signed(row[f"latency_{name}"], 1) for name in ("change", "low", "high"))
    before, since = (theme.number(row[f"latency_{name}"], 1) for name in ("before", "since"))
    return f"{before}, {since}, {change}" + (f" ({low} to {high})" if pd.notna(row["latency_low"]) else "")


def _since(row: dict[Hashable, Any]) -> str:
    """What may be said of a move: of the two measures those that are more than noise, or why nothing can be."""
    if row["state"] != "measured":
        return f"unknown: {row['state']}"
    said = []
    if row["is_signal"]:
        said.append("settled more often since" if row["difference"] > 0 else "settled more seldom since")
    if row["latency_is_signal"]:
        said.append("shorter waits since" if row["latency_change"] < 0 else "longer waits since")
    return "; ".join(said) or "cannot be told from noise"


def _named(ranked: pd.DataFrame) -> pd.DataFrame:
    return ranked[ranked["issue"] != REST]


def _first(ranked: pd.DataFrame) -> str:
    top = _named(ranked).iloc[0]
    return f"Most hours: {top['issue']} in {top['stage']}, if {top['department']} could settle it"


def _label(row: dict[Hashable, Any]) -> str:
    return REST if row["issue"] == REST else f"{row['issue']}, {row['stage']}"


def _interval(row: dict[Hashable, Any]) -> str:
    ends = f"{theme.number(row['hours_low'])} to {theme.number(row['hours_high'])}"
    return f"{theme.number(row['hours_saved'])} ({ends})"


def _held(row: dict[Hashable, Any]) -> str:
    """Who holds the right, and where it is to go."""
    return f"{row['right']}; to be moved to {row['moved_to']}" if row["moved_to"] else str(row["right"])
