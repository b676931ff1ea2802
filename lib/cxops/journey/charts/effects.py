"""Stages that bring customers back and take the time, and handovers that make cases slow."""

from typing import Any

import pandas as pd

from cxops import theme

ROWS, RARER = 8, "(rarer stages)"
_NO_REPEATS = "No customer came again and no case was reopened in time here, so there is nothing to share out."
_NO_HANDOVERS = "No handover has enough cases here, so there is nothing to show."


def stage_effects(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the share of repeats that each stage accounts for."""
    shown = frame[frame["repeats"] > 0].sort_values("repeats_share", ascending=False, kind="stable").head(ROWS)
    if shown.empty:
        return theme.message(_NO_REPEATS, width=width)
    shown = shown.assign(
        text=[
            f"{theme.percent(row['repeats_share'], 0)} · {theme.percent(row['handling_share'], 0)} of handling time"
            for row in shown.to_dict("records")
        ]
    )
    top = shown.iloc[0]
    heading = theme.title(
        f"{theme.percent(top['repeats_share'])} of repeats come from {top['stage']}, the largest part",
        "Bar: share of all repeats, by stage of the earlier case.",
        width,
    )
    return theme.bars(shown, label="stage", value="repeats_share", text="text", heading=heading, width=width)


def stage_effects_figure(effects: pd.DataFrame, *, days: float, minimum_count: int) -> theme.Figure:
    """What stages contribute to repeats and handling, with the first three to join up in words.

    Parameters
    ----------
    effects : as the measure `stage_effects` gives them.
    days : within which a contact was counted as a repeat.
    minimum_count : fewer repeats in all are not shown.
    """
    total = effects["repeats"].sum()
    if total < minimum_count:
        text = _NO_REPEATS if total == 0 else f"Fewer than {minimum_count} repeats are known here: too few to show."
        return theme.figure(lambda frame, width: theme.message(text, width=width), effects, caption=text, alt=text)
    top = effects.sort_values("repeats_share", ascending=False, kind="stable").iloc[0]
    first = effects[effects["stake_hours"] > 0].head(3)["stage"].tolist()
    arose = "arose" if effects["repeat_effect"].notna().any() else "ended"
    ranked = f" Most at stake, by effect × volume × ease: {', '.join(first)}." if first else ""
    caption = (
        f"{theme.number(total)} repeats within {theme.number(days)} days; cases that {arose} in {top['stage']} account "
        f"for {theme.estimated(top['repeats_share'], top['repeats_low'], top['repeats_high'])}.{ranked}"
    )
    return theme.figure(
        stage_effects, effects, caption=caption, alt=f"Bars of repeats by stage. {caption}", kpis=("repeat_contacts",)
    )


def stage_effects_table(effects: pd.DataFrame, rows: int, *, minimum_count: int) -> theme.Table:
    """Stages with their shares and their effects with intervals, in the order in which to join them up."""
    few = (effects["repeats"] > 0) & (effects["repeats"] < minimum_count)
    records = effects.to_dict("records")
    shown = effects.assign(
        repeats_share=effects["repeats_share"].mask(few),
        repeat=[_effect(row, "repeat", 3) if not hide else "–" for row, hide in zip(records, few, strict=True)],
        handling=[_effect(row, "handling", 2) for row in records],
    )
    return (
        theme.table(
            shown.head(rows),
            caption=f"Stages by effect × volume × ease: {min(rows, len(effects))} of {len(effects)}",
            columns={
                "stage": "Stage",
                "cases": "Cases that arose there",
                "repeats_share": "Share of repeats",
                "repeat": "Repeats a case above the rest (95 % interval)",
                "handling_share": "Share of handling time",
                "handling": "Hours a visit adds (95 % interval)",
                "stake_hours": "Effect × volume × ease, hours",
            },
            decimals={"cases": 0, "repeats_share": 1, "handling_share": 1, "stake_hours": 0},
            kpis=("repeat_contacts", "stage_handling_share"),
            is_folded=True,
        )
        if len(effects)
        else theme.table(pd.DataFrame({"stage": []}), caption=_NO_REPEATS, columns={"stage": "Stage"})
    )


def handovers(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the hours of delay at each handover."""
    shown = _named(frame).head(ROWS)
    if shown.empty:
        return theme.message(_NO_HANDOVERS, width=width)
    total = frame["delay_hours"].sum()
    shown = shown.assign(
        label=[f"{row['from_team']} → {row['to_team']} · {row['stage']}" for row in shown.to_dict("records")],
        text=[
            f"{theme.number(row['delay_hours'])} h · median {theme.duration(row['wait_hours_p50'])}"
            for row in shown.to_dict("records")
        ],
    )
    top = shown.iloc[0]
    heading = theme.title(
        f"{theme.percent(top['delay_hours'] / total if total else 0.0)} of the delay is from {top['from_team']} to "
        f"{top['to_team']} in {top['stage']}, the most of any handover",
        "Bar: hours from when one team let go until the other took it up.",
        width,
    )
    return theme.bars(shown, label="label", value="delay_hours", text="text", heading=heading, width=width)


def handovers_figure(ranked: pd.DataFrame, regression: pd.DataFrame) -> theme.Figure:
    """Handovers ranked by delay, with how lead time goes with their number in words.

    Parameters
    ----------
    ranked, regression : as `handovers` and `lead_time_regression` give them.
    """
    shown = _named(ranked)
    if shown.empty:
        return theme.figure(handovers, ranked, caption=_NO_HANDOVERS, alt=_NO_HANDOVERS)
    top, slope = shown.iloc[0], regression.iloc[0]
    goes = ""
    if pd.notna(slope["hours_per_handover"]):
        goes = (
            f" With each handover more, complete cases take {theme.number(slope['hours_per_handover'], 1)} hours "
            f"longer (95 % interval {theme.number(slope['low'], 1)} to {theme.number(slope['high'], 1)}, "
            f"{slope['basis']}); harder cases are also handed over more often, so one handover less need not save it."
        )
    caption = (
        f"From {top['from_team']} to {top['to_team']} in {top['stage']}: {theme.number(top['delay_hours'])} of "
        f"{theme.number(ranked['delay_hours'].sum())} hours in {theme.number(top['handoffs'])} handovers.{goes}"
    )
    return theme.figure(
        handovers, ranked, caption=caption, alt=f"Bars of delay by handover. {caption}", kpis=("handoff_latency",)
    )


def _named(ranked: pd.DataFrame) -> pd.DataFrame:
    return ranked[ranked["stage"] != "(rarer handovers)"]


def _effect(row: dict[Any, Any], kind: str, digits: int) -> str:
    value, low, high = (row[f"{kind}_effect{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return "–"
    sure = "" if row[f"{kind}_signal"] else ", may be chance"
    return f"{theme.number(value, digits)} ({theme.number(low, digits)} to {theme.number(high, digits)}{sure})"
