"""Conflicts of incentive: what senders are rewarded for against what comes behind their handoffs."""

from collections.abc import Hashable
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme
from cxops.journey.charts.variants import ARROW

ROWS, _ROW = 8, 60
_KPIS = ("incentive_conflict",)
_NO_CARDS = "No evidence: no team of this log stands in the register scorecards with a measure that the log shows."
_FEW = "No handoff has enough weeks here to tell whether incentives conflict."
_ASSOCIATED = "A correlation over weeks, trends taken out; not shown to be a cause."


def incentive_conflicts(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Correlations of the sender's rewarded measure with the result behind it; filled marks are conflicts."""
    tested = _tested(frame)
    if tested.empty:
        return theme.message(_missing(frame), width=width)
    shown = tested.head(ROWS)
    rows = pd.DataFrame(
        {
            "row": range(len(shown)),
            "label": [theme.elided(_where(row), width - 8, 12) for row in shown.to_dict("records")],
            "measures": [theme.elided(_what(row), width - 8, 11) for row in shown.to_dict("records")],
            "value": shown["correlation"].to_numpy(),
            "low": shown["correlation_low"].to_numpy(),
            "high": shown["correlation_high"].to_numpy(),
            "fill": [theme.ACCENT if each else theme.PAPER for each in shown["is_conflict"]],
        }
    )
    heading = theme.title(
        _headline(frame),
        "Dot: correlation, line: 95 % interval; filled: conflict. Left of 0: one gains, one loses.",
        width,
    )
    scale = alt.Scale(domain=[-1, 1], nice=False)
    axis = alt.Axis(title="correlation of how good both are", values=[-1, -0.5, 0, 0.5, 1], labelFlush=True)
    down = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(rows)
    at_none = alt.Chart(pd.DataFrame({"none": [0.0]})).mark_rule(color=theme.MUTED, strokeDash=[3, 3])
    text: Any = {"align": "left", "stroke": theme.PAPER, "strokeWidth": 4}
    layers = [
        at_none.encode(alt.X("none:Q", scale=scale, axis=axis)),
        base.mark_rule(color=theme.INK, strokeWidth=2, yOffset=18).encode(alt.X("low:Q", scale=scale), down, x2="high"),
        base.mark_point(size=90, opacity=1, stroke=theme.ACCENT, strokeWidth=2, yOffset=18).encode(
            alt.X("value:Q", scale=scale), down, fill=alt.Fill("fill:N", scale=None)
        ),
        base.mark_text(dy=-18, **text).encode(y=down, text="label:N", x=alt.value(0)),
        base.mark_text(align="left", dy=-18).encode(y=down, text="label:N", x=alt.value(0)),
        base.mark_text(dy=-2, fontSize=11, **text).encode(y=down, text="measures:N", x=alt.value(0)),
        base.mark_text(align="left", dy=-2, fontSize=11, color=theme.MUTED).encode(
            y=down, text="measures:N", x=alt.value(0)
        ),
    ]
    return alt.layer(*layers).properties(width=width - 2, height=len(rows) * _ROW, title=heading)


def incentives_figure(conflicts: pd.DataFrame) -> theme.Figure:
    """The correlations, with the handoffs at which incentives conflict in words."""
    tested = _tested(conflicts)
    if tested.empty:
        return theme.figure(incentive_conflicts, conflicts, caption=_missing(conflicts), alt=_missing(conflicts))
    named = "; ".join(
        f"{_where(row)}, {_what(row)}: {_interval(row)}"
        for row in conflicts[conflicts["is_conflict"]].head(ROWS).to_dict("records")
    )
    finding = f"{_headline(conflicts)}{': ' + named if named else ''}."
    shown = (
        f"Shown: {min(ROWS, len(tested))} of {len(tested)} pairs of measures tested, conflicts first, then by volume."
    )
    caption = f"{finding} {shown} {_ASSOCIATED}"
    alt_text = f"Correlations with intervals. {finding} {_ASSOCIATED}"
    return theme.figure(incentive_conflicts, conflicts, caption=caption, alt=alt_text, kpis=_KPIS)


def incentives_table(by_stage: pd.DataFrame, rows: int, *, minimum_count: int) -> theme.Table:
    """The handoff matrix of each stage, with whether incentives conflict there."""
    enough = by_stage[by_stage["cases"] >= minimum_count]
    order = enough.assign(conflict=enough["incentive_conflict"].fillna(False)).sort_values(
        ["conflict", "latency_hours_total"], ascending=False, kind="stable"
    )
    shown = order.head(rows)
    told = {True: "conflict", False: "none found"}
    return theme.table(
        shown.assign(
            name=shown["from_team"] + ARROW + shown["to_team"],
            conflict=[
                told.get(each, "not tested") if pd.notna(each) else "not tested" for each in shown["incentive_conflict"]
            ],
        ),
        caption=f"Handoffs by stage and teams, conflicts of incentive first: {len(shown)} of {len(enough)}",
        columns={
            "name": "From → to",
            "stage": "Stage",
            "handoffs": "Handoffs",
            "latency_hours_p50": "Median hours",
            "latency_hours_total": "Hours in all",
            "conflict": "Incentives",
        },
        decimals={"latency_hours_p50": 1, "latency_hours_total": 0},
        kpis=("incentive_conflict", "handoff_latency"),
        is_folded=True,
    )


def scorecards_table(unmapped: pd.DataFrame) -> theme.Table:
    """Teams on no scorecard, and rewarded measures that no log shows."""
    why = [
        "on no scorecard" if not kpi else f"rewarded for {kpi}, which the log does not show" for kpi in unmapped["kpi"]
    ]
    return theme.table(
        unmapped.assign(why=why),
        caption="Teams whose incentives cannot be judged" if len(unmapped) else "Every team stands on a scorecard",
        columns={"team": "Team", "why": "Why", "handoffs": "Handoffs given"},
        kpis=_KPIS,
    )


def _tested(conflicts: pd.DataFrame) -> pd.DataFrame:
    return conflicts.dropna(subset=["correlation"])


def _missing(conflicts: pd.DataFrame) -> str:
    return _NO_CARDS if conflicts.empty else _FEW


def _headline(conflicts: pd.DataFrame) -> str:
    pairs = conflicts.loc[conflicts["is_conflict"], ["stage", "from_team", "to_team"]].drop_duplicates()
    if pairs.empty:
        return "No handoff was found at which incentives conflict by more than noise"
    return f"Incentives conflict at {len(pairs)} handoff{'s' if len(pairs) > 1 else ''}"


def _where(row: dict[Hashable, Any]) -> str:
    return f"{row['from_team']}{ARROW}{row['to_team']} · {row['stage']} · {theme.number(row['handoffs'])}"


def _what(row: dict[Hashable, Any]) -> str:
    words = [str(row[name]).replace("_", " ") for name in ("sender_kpi", "result_kpi")]
    return f"sender's {words[0]}, then {words[1]}"


def _interval(row: dict[Hashable, Any]) -> str:
    value, low, high = (theme.number(row[f"correlation{end}"], 2) for end in ("", "_low", "_high"))
    return f"r = {value} (95 % interval {low} to {high})"
