"""Time study: what part of the timed work serves the customer, where the waste is, what is typed twice."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import without_evidence

NO_STUDY = "No evidence: the register `time_studies` holds nothing for this unit and quarter."
NO_WASTE = "No evidence of waste: no step with enough observations has any that was classed as waste."
NO_REENTRY = (
    "No evidence: the register `field_entries` holds nothing here that was typed into two systems often enough."
)
_CLASS = {
    "value-adding": "Value-adding: the customer would pay for it",
    "necessary": "Necessary: the business must do it",
    "waste": "Waste: neither",
}


def minutes_by_class(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars that add up to all minutes observed: value-adding, necessary, waste."""
    if frame.empty:
        return theme.message(NO_STUDY, width=width)
    shown = frame.assign(
        label=frame["value_class"].map(_CLASS),
        text=[
            f"{theme.percent(row['share'])} · {theme.number(row['minutes'])} min" for row in frame.to_dict("records")
        ],
    )
    heading = theme.title(_headline(frame), "Bars add up to all minutes observed.", width)
    return theme.waterfall(shown, label="label", value="minutes", text="text", heading=heading, width=width)


def minutes_figure(minutes: pd.DataFrame) -> theme.Figure:
    """The timed work by class, the waste with its interval in words."""
    if minutes.empty:
        return theme.figure(minutes_by_class, minutes, caption=NO_STUDY, alt=NO_STUDY)
    parts = "; ".join(
        f"{row['value_class']} {_share(row['share'], row['share_low'], row['share_high'])}"
        for row in minutes.to_dict("records")
    )
    caption = (
        f"{_headline(minutes)}. Of {theme.number(minutes['minutes'].sum())} minutes in "
        f"{theme.number(minutes['observations'].sum())} observations: {parts}."
    )
    alt_text = f"Bars of minutes by class. {caption}"
    return theme.figure(minutes_by_class, minutes, caption=caption, alt=alt_text, kpis=("waste_share",))


def waste_table(waste: pd.DataFrame, rows: int) -> theme.Table:
    """Steps by minutes of waste, with its share of the step's time."""
    if waste.empty:
        return without_evidence(NO_WASTE, "Steps with the most waste")
    shown = waste.head(rows)
    shown = shown.assign(
        step_id=shown["step_id"].map(theme.words),
        interval=[_share(row["share"], row["share_low"], row["share_high"]) for row in shown.to_dict("records")],
    )
    return theme.table(
        shown,
        caption=f"Steps with the most waste in the minutes observed: {len(shown)} of {len(waste)}",
        columns={"step_id": "Step", "minutes": "Minutes of waste", "interval": "Of the step's time (95 % interval)"},
        decimals={"minutes": 1},
        kpis=("waste_share",),
    )


def time_study_table(study: pd.DataFrame, rows: int, *, error: float) -> theme.Table:
    """Times by step and element, and how many observations are still needed."""
    if study.empty:
        return without_evidence(NO_STUDY, "Times by step")
    shown = study.head(rows)
    shown = shown.assign(
        name=[_step(row["step_id"], row["element"]) for row in shown.to_dict("records")],
        normal=[
            _seconds(row["normal_seconds"], row["normal_low"], row["normal_high"]) for row in shown.to_dict("records")
        ],
    )
    needed = theme.number(study["still_needed"].sum())
    return theme.table(
        shown,
        caption=f"Times by step, those that need most observations first ({needed} still needed for ± "
        f"{theme.percent(error, 0)}): {len(shown)} of {len(study)}",
        columns={
            "name": "Step and element",
            "observations": "Observed",
            "still_needed": "Still needed",
            "normal": "Normal time, seconds (95 %)",
            "standard_seconds": "Standard time, seconds",
        },
        decimals={"standard_seconds": 0, "observations": 0, "still_needed": 0},
        kpis=("standard_time",),
        is_folded=True,
    )


def rekeyed_table(rekeyed: pd.DataFrame, rows: int) -> theme.Table:
    """Steps in which observers saw values typed over from another system."""
    if rekeyed.empty:
        return without_evidence(
            "No evidence: in no step was typing over seen often enough.", "Typing over, as observed"
        )
    shown = rekeyed.head(rows)
    shown = shown.assign(
        step_id=shown["step_id"].map(theme.words),
        interval=[_share(row["share"], row["share_low"], row["share_high"]) for row in shown.to_dict("records")],
    )
    return theme.table(
        shown,
        caption=f"Steps in which values were seen typed over from another system: {len(shown)} of {len(rekeyed)}",
        columns={
            "step_id": "Step",
            "rekeyed_from": "Typed over from",
            "observations": "Times seen",
            "minutes": "Minutes",
            "interval": "Of the step's time (95 % interval)",
        },
        decimals={"minutes": 1, "observations": 0},
        is_folded=True,
    )


def reentries_table(reentries: pd.DataFrame, rows: int) -> theme.Table:
    """Fields into which values are typed that another system already has."""
    if reentries.empty:
        return without_evidence(NO_REENTRY, "Typed again in a second system")
    shown = reentries.head(rows)
    fields = [shown[name].map(theme.words) for name in ("from_field", "to_field")]
    shown = shown.assign(name=shown["from_system"] + " " + fields[0] + " → " + shown["to_system"] + " " + fields[1])
    total = theme.number(reentries["minutes"].sum())
    return theme.table(
        shown,
        caption=f"The same value typed again for the same case in a second system, {total} minutes in all: "
        f"{len(shown)} of {len(reentries)} pairs of fields",
        columns={
            "name": "Field → field",
            "reentries": "Times",
            "reentered_share": "Share of the field's entries",
            "minutes": "Minutes",
        },
        decimals={"reentries": 0, "reentered_share": 1, "minutes": 0},
        kpis=("reentry_minutes",),
    )


def _headline(minutes: pd.DataFrame) -> str:
    share = minutes.set_index("value_class")["share"]
    return f"{theme.percent(float(share['waste']))} of the timed work is waste"


def _share(value: float, low: float, high: float) -> str:
    return (
        theme.percent(value)
        if pd.isna(low)
        else f"{theme.percent(value)} ({theme.percent(low)} to {theme.percent(high)})"
    )


def _seconds(value: float, low: float, high: float) -> str:
    return "–" if pd.isna(value) else f"{theme.number(value)} ({theme.number(low)} to {theme.number(high)})"


def _step(step: str, element: str) -> str:
    return f"{theme.words(step)}: {element}" if element else theme.words(step)
