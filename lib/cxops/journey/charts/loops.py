"""Loops and the decision at the contact point: where work goes round, and up to which share of errors deciding pays."""

from collections.abc import Hashable
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme

ROWS = 8
REST = "(rarer loops)"
NO_LOOPS = "No case went round often enough here to be shown: none came straight back, and no work was done again."
NO_DECISION = "No evidence: between no two teams did enough cases go round with known hours."


def loops_by_kind(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of hours by loop."""
    if _named(frame).empty:
        return theme.message(NO_LOOPS, width=width)
    shown = _named(frame).head(ROWS)
    shown = shown.assign(
        label=[named(row) for row in shown.to_dict("records")],
        text=[
            f"{theme.number(hours)} h · {theme.number(cases)} cases"
            for hours, cases in zip(shown["hours_total"], shown["cases"], strict=True)
        ],
    )
    heading = theme.title(_most(frame), "Bar: hours that the loop took, in all cases.", width)
    return theme.bars(shown, label="label", value="hours_total", text="text", heading=heading, width=width)


def loops_figure(loops: pd.DataFrame) -> theme.Figure:
    """The loops by hours, the longest in words."""
    if _named(loops).empty:
        return theme.figure(loops_by_kind, loops, caption=NO_LOOPS, alt=NO_LOOPS)
    top = _named(loops).iloc[0]
    caption = (
        f"{_most(loops)}: {theme.number(float(top['hours_total']))} of the {theme.number(loops['hours_total'].sum())} "
        f"hours that loops took, in {theme.number(float(top['cases']))} cases ({theme.percent(top['cases_share'])} of "
        f"all), {theme.number(float(top['rounds']))} times round."
    )
    alt_text = f"Bars of hours by loop. {caption}"
    return theme.figure(loops_by_kind, loops, caption=caption, alt=alt_text, kpis=("loop_hours",))


def decisions_table(decisions: pd.DataFrame, rows: int, *, alpha: float, error_share: float) -> theme.Table:
    """Between which teams it would save time if the asking team decided itself, and up to which share of errors."""
    if decisions.empty:
        nothing = pd.DataFrame({"evidence": [NO_DECISION]})
        return theme.table(nothing, caption="Decisions at the contact point", columns={"evidence": "Evidence"})
    records = decisions.to_dict("records")
    shown = decisions.assign(
        name=[f"{row['team']} asks {row['other_team']}, {theme.number(row['cases'])} cases" for row in records],
        saved=[_hours(row["saved_hours"], row["saved_low"], row["saved_high"]) for row in records],
        even=[_break_even(row) for row in records],
        verdict=[verdict(row, alpha) for row in records],
    ).head(rows)
    return theme.table(
        shown,
        caption=f"If the team that asks decided itself, wrong in {theme.percent(error_share, 0)} of its decisions: "
        f"{len(shown)} of {len(decisions)} pairs of teams. Cases that came straight back after a known time",
        columns={
            "name": "Who asks whom",
            "saved": "Hours saved each if right (95 %)",
            "even": "Pays up to this share of errors",
            "net_hours_total": "Hours saved in all",
            "verdict": "Verdict",
        },
        decimals={"net_hours_total": 0},
        kpis=("decision_hours_saved", "break_even_error_share"),
        is_folded=True,
    )


def verdict(row: dict[Hashable, Any], alpha: float) -> str:
    """What may be said of moving one decision: the words for a row of `decisions`."""
    if row["net_p_value"] > alpha:
        return "cannot be told"
    return "decide at the contact point" if row["net_hours"] > 0 else "keep asking"


def decision_rehearsal(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Net hours saved by the share of wrong decisions: above the line deciding at the contact point pays.

    Beside the columns of the rehearsal it takes break_even_share, the exact one, so that every page says the same.
    """
    if frame.empty:
        return theme.message(NO_DECISION, width=width)
    heading = theme.title(
        _reversal(frame), "Line: hours saved each time, less the cost of errors; band: 95 % of the draws.", width
    )
    across = alt.X(
        "error_share:Q",
        axis=alt.Axis(title="share of wrong decisions", format="%", tickCount=5),
        scale=alt.Scale(nice=False, domain=[float(frame["error_share"].min()), float(frame["error_share"].max())]),
    )
    base = alt.Chart(frame)
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=theme.MUTED, strokeDash=[4, 3])
    up = alt.Axis(title="hours saved each time", tickCount=5)
    layers = [
        base.mark_area(color=theme.QUIET, opacity=0.5).encode(
            across, alt.Y("net_low:Q", axis=up), alt.Y2("net_high:Q")
        ),
        zero.encode(y="y:Q"),
        base.mark_line(color=theme.MAIN, strokeWidth=2.5).encode(across, alt.Y("net_hours:Q", axis=up)),
    ]
    return alt.layer(*layers).properties(width=width - 62, height=200, title=heading)


def decision_rehearsal_figure(rehearsed: pd.DataFrame, decisions: pd.DataFrame, *, rework_hours: float) -> theme.Figure:
    """The sensitivity of the advice to the share of errors, for the pair of teams that comes first."""
    if rehearsed.empty or decisions.empty:
        return theme.figure(decision_rehearsal, rehearsed.head(0), caption=NO_DECISION, alt=NO_DECISION)
    top, right = decisions.iloc[0], rehearsed.iloc[0]
    rehearsed = rehearsed.assign(break_even_share=top["break_even_share"])
    before, after = theme.lasting(float(right["lead_hours_before"]), float(right["lead_hours_after"]))
    caption = (
        f"{top['team']} asks {top['other_team']} and gets the case back. If it decided itself, always rightly, these "
        f"cases would take {after} on average, not {before}, and none of {theme.number(float(right['loops']))} would "
        f"climb. It pays up to {_break_even(top.to_dict())} of wrong decisions, if each costs "
        f"{theme.duration(rework_hours)}."
    )
    return theme.figure(
        decision_rehearsal,
        rehearsed,
        caption=caption,
        alt=f"Line of hours saved by share of wrong decisions, falling through 0 at the break-even. {caption}",
        kpis=("break_even_error_share",),
    )


def named(row: dict[Hashable, Any]) -> str:
    """A loop in words."""
    if row["kind"] == "ping-pong":
        return f"{row['team']} → {row['other_team']} → {row['team']}"
    return f"{row['team']} does {row['activity']} again"


def _named(loops: pd.DataFrame) -> pd.DataFrame:
    """The loops that have a name, without those put together."""
    return loops[loops["kind"] != REST]


def _most(loops: pd.DataFrame) -> str:
    return f"The loop that takes most time: {named(_named(loops).iloc[0].to_dict())}"


def _reversal(rehearsed: pd.DataFrame) -> str:
    right = rehearsed[rehearsed["advice"] == "decide here"]
    if right.empty:
        return "Deciding at the contact point would not pay even without an error"
    if len(right) == len(rehearsed):
        return "Deciding at the contact point would pay at every share of errors shown"
    even = theme.percent(float(rehearsed["break_even_share"].iloc[0]), 0)
    return f"Deciding at the contact point pays while no more than {even} of the decisions are wrong"


def _hours(value: float, low: float, high: float) -> str:
    return f"{theme.number(value, 1)} ({theme.number(low, 1)} to {theme.number(high, 1)})"


def _break_even(row: dict[Any, Any]) -> str:
    share = [theme.percent(float(row[f"break_even_{end}"]), 0) for end in ("share", "low", "high")]
    return "any share" if row["break_even_low"] >= 1 else f"{share[0]} ({share[1]} to {share[2]})"
