"""Do customers walk the drawn path: how many do, at which stages they leave it, and what goes with that."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from cxops import theme
from cxops.journey.charts.blueprint import NO_MAP
from cxops.journey.charts.shares import share_intervals

WHOLE = "Whole journey"
NO_CASES = "No evidence: no case can be held against a journey map here."
_KPI = ("case_fitness",)


def conformance(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """One dot for the whole journey and one a stage: the share of cases that went as drawn, with its interval."""
    if frame.empty:
        return theme.message(NO_CASES, width=width)
    shown = frame.assign(
        label=frame["stage"],
        share=frame["case_fitness"],
        text=[theme.percent(share) for share in frame["case_fitness"]],
        is_signal=False,
    )
    heading = theme.title(
        _headline(frame), "Share of cases with no step skipped and none added; line: 95 % interval.", width
    )
    return share_intervals(shown, heading=heading, width=width)


def conformance_figure(whole: pd.DataFrame, by_stage: pd.DataFrame) -> theme.Figure:
    """Case fitness of the whole journey and of its stages, the stage left most often in words."""
    rows = pd.concat([whole.assign(stage=WHOLE), by_stage], ignore_index=True)
    if whole.empty:
        return theme.figure(conformance, rows, caption=NO_CASES, alt=NO_CASES, kpis=_KPI)
    row = whole.iloc[0]
    caption = (
        f"{theme.estimated(row['case_fitness'], row['low'], row['high'])} of {theme.number(row['cases'])} cases went "
        f"exactly as drawn, by {theme.number(row['variants'])} different ways; on average a case fits the map by "
        f"{theme.number(row['trace_fitness'], 3)} of 1."
    )
    if len(by_stage):
        worst = by_stage.sort_values("case_fitness", kind="stable").iloc[0]
        caption += (
            f" The stage left most often is {worst['stage']}: {theme.percent(worst['case_fitness'])} passed it so."
        )
    every = "; ".join(f"{each['stage']} {theme.percent(each['case_fitness'])}" for each in rows.to_dict("records"))
    return theme.figure(conformance, rows, caption=caption, alt=f"Dots with intervals. {caption} {every}.", kpis=_KPI)


def deviations_table(deviations: pd.DataFrame, rows: int, *, has_map: bool = True) -> theme.Table:
    """Steps skipped and added, the most satisfaction lost first, with what may be claimed."""
    listed = deviations.head(rows).to_dict("records")
    shown = pd.DataFrame(
        {
            "what": [_what(row) for row in listed],
            "cases": [theme.number(row["cases"]) for row in listed],
            "share": [theme.percent(row["share"], 2) for row in listed],
            "csat": [_satisfaction(row) for row in listed],
            "verdict": [_verdict(row) for row in listed],
        },
        columns=["what", "cases", "share", "csat", "verdict"],
    )
    some = f"Ways of leaving the drawn path, the most satisfaction lost first: {len(shown)} of {len(deviations)}"
    none = "No case left the drawn path." if has_map else NO_MAP
    return theme.table(
        shown,
        caption=some if len(shown) else none,
        columns={
            "what": "Deviation",
            "cases": "Cases",
            "share": "Share of cases",
            "csat": "Satisfaction beside the others (95 % interval)",
            "verdict": "Verdict",
        },
        kpis=("deviation_csat",),
    )


def conformance_by_table(groups: pd.DataFrame, rows: int) -> theme.Table:
    """Groups of cases, such as segments, the worst fitness first, and whether they leave the path more than others."""
    name = str(groups.columns[0])
    listed = groups.head(rows)
    shown = listed.assign(
        drawn_share=listed["case_fitness"],
        interval=[f"{theme.percent(low)} to {theme.percent(high)}" for low, high in listed[["low", "high"]].values],
        verdict=[
            "not tested" if pd.isna(p) else "leaves the path more often" if found else "cannot be told from the others"
            for p, found in zip(listed["p_value"], listed["is_signal"], strict=True)
        ],
    )
    return theme.table(
        shown,
        caption=f"Cases that went as drawn, by {name}: {len(shown)} of {len(groups)}" if len(groups) else NO_CASES,
        columns={
            name: name.capitalize(),
            "cases": "Cases",
            "drawn_share": "Share as drawn",
            "interval": "95 % interval",
            "trace_fitness": "Mean fit",
            "verdict": "Verdict",
        },
        decimals={"drawn_share": 1, "trace_fitness": 3},
        kpis=_KPI,
        is_folded=True,
    )


def _headline(frame: pd.DataFrame) -> str:
    return f"{theme.percent(frame['case_fitness'].iloc[0])} of cases walk the path as drawn from end to end"


def _what(row: dict[Hashable, Any]) -> str:
    """A deviation in words."""
    if row["kind"] == "several":
        return str(row["name"])
    if row["kind"] == "skipped":
        return f"{row['name']} skipped ({row['stage']})"
    return (
        f"{row['name']} again or out of order ({row['stage']})" if row["step_id"] else f"{row['name']} (not on the map)"
    )


def _satisfaction(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["difference"]):
        return "too few answers"
    difference, low, high = (theme.signed(row[name], 2) for name in ("difference", "low", "high"))
    return f"{difference} ({low} to {high}) from {theme.number(row['answers'])} answers"


def _verdict(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["difference"]):
        return "not tested"
    return "less satisfied" if row["is_signal"] else "cannot be told from the others"
