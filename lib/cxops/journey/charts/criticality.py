"""How critical customers find each stage, and the promises that follow from it."""

from collections.abc import Hashable
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme

_ROW = 56
_KPIS = ("stage_penalty",)
_NO_ANSWERS = (
    "How critical customers find the stages cannot be told here: too few of those whose cases passed them answered."
)
_NO_PROMISES = "No evidence: the journey map promises no time for any stage."


def criticality(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """By stage, points of satisfaction that slow passages lose (left) and quick ones win (right), with intervals."""
    if frame.empty:
        return theme.message(_NO_ANSWERS, width=width)
    shown = frame.reset_index(drop=True)
    parts = [
        pd.DataFrame(
            {
                "row": range(len(shown)),
                "value": sign * shown[name],
                "low": sign * shown[f"{name}_low"],
                "high": sign * shown[f"{name}_high"],
                "fill": colour,
                "shift": shift,
            }
        )
        for name, sign, colour, shift in (("penalty", -1, theme.ACCENT, 4), ("reward", 1, theme.GOOD, 18))
    ]
    texts = [theme.elided(f"{row['stage']} · {row['kano']}", width - 8, 12) for row in shown.to_dict("records")]
    labels = pd.DataFrame({"row": range(len(shown)), "label": texts})
    most = max(float(part[["low", "high"]].abs().max().max()) for part in parts) * 1.05
    scale = alt.Scale(domain=[-most, most], nice=False)
    axis = alt.Axis(title="points of satisfaction (1 to 5)", tickCount=5, labelFlush=True)
    down = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    layers: list[Any] = [
        alt.Chart(pd.DataFrame({"none": [0.0]}))
        .mark_rule(color=theme.MUTED, strokeDash=[3, 3])
        .encode(alt.X("none:Q", scale=scale, axis=axis))
    ]
    for part in parts:
        base, shift = alt.Chart(part), int(part["shift"].iloc[0])
        layers += [
            base.mark_rule(color=theme.INK, strokeWidth=2, yOffset=shift).encode(
                alt.X("low:Q", scale=scale), down, x2="high"
            ),
            base.mark_point(
                size=70, filled=True, opacity=1, yOffset=shift, shape="square" if shift > 10 else "circle"
            ).encode(alt.X("value:Q", scale=scale), down, color=alt.Color("fill:N", scale=None)),
        ]
    named = alt.Chart(labels)
    layers += [
        named.mark_text(align="left", dy=-18, stroke=theme.PAPER, strokeWidth=4).encode(
            y=down, text="label:N", x=alt.value(0)
        ),
        named.mark_text(align="left", dy=-18).encode(y=down, text="label:N", x=alt.value(0)),
    ]
    heading = theme.title(
        _headline(frame),
        "Round: slow passages, against those in between. Square: quick ones. Line: 95 % interval.",
        width,
    )
    return alt.layer(*layers).properties(width=width - 2, height=len(shown) * _ROW, title=heading)


def criticality_figure(frame: pd.DataFrame) -> theme.Figure:
    """Penalties and rewards of the stages, with their types in words."""
    if frame.empty:
        return theme.figure(criticality, frame, caption=_NO_ANSWERS, alt=_NO_ANSWERS)
    said = "; ".join(
        f"{row['stage']}, {row['kano']}: slow loses {_interval(row, 'penalty')}, quick wins {_interval(row, 'reward')}"
        for row in frame.to_dict("records")
    )
    caption = (
        f"{_headline(frame)}. Satisfaction after slow and after quick passages, each stage with the others held fixed. "
        "What goes together in the answers that came; not shown to be its effect."
    )
    alt_text = f"Dots with intervals. {_headline(frame)}. {said}."
    return theme.figure(criticality, frame, caption=caption, alt=alt_text, kpis=_KPIS)


def stage_targets_table(targets: pd.DataFrame) -> theme.Table:
    """The promise of each stage beside the one that customers tolerate, on one clock, and what to do."""
    records = targets.to_dict("records")
    shown = targets.assign(
        promised=targets["promised"].fillna("no promise"),
        proposed=[_hours(row) for row in records],
        accepted=[_share(row, "accepted") for row in records],
    )
    caption = (
        "What to promise by stage: the promise of today, and the hours on the wall, nights and weekends included, that "
        "customers tolerate (95 % intervals). Agents: the least that the tolerated time takes beyond today's promise, "
        "whoever is there now"
    )
    return theme.table(
        shown,
        caption=caption if len(targets) else _NO_PROMISES,
        columns={
            "stage": "Stage",
            "promised": "Promised today",
            "proposed": "Tolerated, hours on the wall",
            "tolerated_share": "by this share",
            "accepted": "Accept the promise",
            "service": "Customers are",
            "proposal": "Proposal",
            "agents_more": "Agents beyond today's promise",
        },
        decimals={"tolerated_share": 0, "agents_more": 0},
        kpis=("stage_tolerance", "promise_accepted_share"),
    )


def stage_passages_table(targets: pd.DataFrame) -> theme.Table:
    """How often the promise of each stage and the proposed one are kept, and what is beyond that; each on its basis."""
    promised = targets[targets["service"] != "no promise"]
    records = promised.to_dict("records")
    shown = promised.assign(
        kept=[_share(row, "kept") for row in records],
        attainable=[_share(row, "attainable") for row in records],
        over=[_over(row) for row in records],
        gap=[_gap(row) for row in records],
        revise=["to be revised: from history" if row["basis"] == "history" else str(row["basis"]) for row in records],
    )
    caption = (
        "How often either promise is kept, on the wall clock (95 % intervals). Shares: of all passages, open ones for "
        "as long as they have run. Beyond the proposal: of ended passages alone"
    )
    return theme.table(
        shown,
        caption=caption if len(promised) else _NO_PROMISES,
        columns={
            "stage": "Stage",
            "kano": "Type",
            "revise": "Basis",
            "gap": "Promised less tolerated, hours",
            "passages": "All passages",
            "kept": "Promise kept, of all",
            "attainable": "Proposal kept, of all",
            "over": "Ended ones beyond the proposal",
            "ended_over_hours": "Hours they were beyond it",
        },
        decimals={"passages": 0, "ended_over_hours": 0},
        kpis=("stage_tolerance",),
    )


def _headline(frame: pd.DataFrame) -> str:
    strict = frame.loc[frame["kano"] == "must-be", "stage"].tolist()
    if strict:
        return f"Slowness is not forgiven in {', '.join(strict)}"
    other = frame.loc[frame["kano"].isin(["one-dimensional", "attractive"]), "stage"].tolist()
    if other:
        return f"Time counts in {', '.join(other)}"
    return "In no stage was satisfaction found to follow the time it took"


def _interval(row: dict[Hashable, Any], name: str) -> str:
    value, low, high = (theme.number(row[f"{name}{end}"], 2) for end in ("", "_low", "_high"))
    return f"{value} points ({low} to {high})"


def _hours(row: dict[Hashable, Any]) -> str:
    value, low, high = (theme.number(row[f"proposed_{name}"], 1) for name in ("hours", "low", "high"))
    return value if value == "–" else f"{value} ({low} to {high})"


def _share(row: dict[Hashable, Any], name: str) -> str:
    value, low, high = (theme.percent(row[f"{name}_{end}"], 1) for end in ("share", "low", "high"))
    return value if value == "–" else f"{value} ({low} to {high})"


def _gap(row: dict[Hashable, Any]) -> str:
    value, low, high = (theme.signed(row[f"gap_{name}"], 1) for name in ("hours", "low", "high"))
    return "–" if pd.isna(row["gap_hours"]) else f"{value} ({low} to {high})"


def _over(row: dict[Hashable, Any]) -> str:
    """Of the passages that have ended, those beyond the proposal: never beside the count of all."""
    known = pd.notna(row["ended_over"])
    return f"{theme.number(row['ended_over'])} of {theme.number(row['ended'])} ended" if known else "–"
