"""The drawn journey map as a service blueprint: across on a wide screen, downwards on a phone."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.blueprint_across import across
from cxops.journey.charts.blueprint_down import down

NO_MAP = (
    "No journey map is named for this data set, so there is nothing to hold it against. Name one in `params/journeys/` "
    "as `journey_map:` in the data folder's dataset.yml, or in the source's mapping before the first ingest."
)


def blueprint(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Phases, stages, feelings and delays, what the customer meets, and what happens behind the line of visibility."""
    if frame.empty:
        return theme.message(NO_MAP, width=width)
    if width >= theme.WIDE:
        read = "Left to right, the stages of the journey. Below the dashed line, what the customer does not see."
        return across(frame, theme.title(_finding(frame), read, width), width)
    read = "Right: how it feels, from bad (−) to good (+), with 95 % intervals; dashed: mean of the journey."
    return down(frame, theme.title(_short_finding(frame), read, width), width)


def blueprint_figure(blueprint_frame: pd.DataFrame) -> theme.Figure:
    """The drawn map, with all that it says in words."""
    if blueprint_frame.empty:
        return theme.figure(blueprint, blueprint_frame, caption=NO_MAP, alt=NO_MAP)
    silent = blueprint_frame["mean_sentiment"].isna().sum()
    gaps = f" No evidence of feelings at {silent} of {len(blueprint_frame)} steps." if silent else ""
    caption = (
        f"{_finding(blueprint_frame)}.{gaps} Other ways through the map than from each stage to the next stand in "
        "the table of waits."
    )
    stages = blueprint_frame.groupby("stage", sort=False)
    said = " ".join(f"{at}. {_stage_said(str(name), rows)}" for at, (name, rows) in enumerate(stages, 1))
    return theme.figure(
        blueprint,
        blueprint_frame,
        caption=caption,
        alt=f"Journey map of {stages.ngroups} stages. {_finding(blueprint_frame)}. {said}",
        kpis=("step_sentiment", "stage_delay"),
    )


def _finding(frame: pd.DataFrame) -> str:
    """The trough and the slowest way between two stages, in a sentence without its full stop."""
    troughs = frame[frame["is_trough"]].sort_values("mean_sentiment", kind="stable")
    if len(troughs):
        worst = troughs.iloc[0]
        feeling = f"Customers feel worst at {worst['touchpoint']} ({theme.signed(worst['mean_sentiment'], 2)})"
    elif frame["mean_sentiment"].notna().any():
        feeling = "No step feels worse than the whole journey by more than noise"
    else:
        feeling = "How customers feel is not known at any step"
    slowest = frame[frame["is_slowest"]]
    if slowest.empty:
        return feeling
    row = slowest.iloc[0]
    names = list(dict.fromkeys(frame["stage"]))
    before = names[names.index(row["stage"]) - 1]
    wait = f"from {before} to {row['stage']}, {theme.duration(row['delay_h'])}"
    return f"{feeling}; of stages drawn side by side, the longest median wait is {wait}"


def _short_finding(frame: pd.DataFrame) -> str:
    """The same for a phone: three lines have room for either half alone."""
    feeling, _, waiting = _finding(frame).partition("; ")
    return feeling if frame["is_trough"].any() or not waiting else f"{waiting[:1].upper()}{waiting[1:]}"


def _stage_said(name: str, rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    owner = f", owner {first['owner']}" if first["owner"] else ", without an owner"
    promise = f", promised within {first['promised']}" if first["promised"] else ""
    wait = f" Median wait before it: {theme.duration(first['delay_h'])}." if pd.notna(first["delay_h"]) else ""
    steps = " ".join(_step_said(row) for _, row in rows.iterrows() if row["touchpoint"])
    return f"{name}, phase {first['phase']}{owner}{promise}.{wait} {steps or 'No step is drawn.'}"


def _step_said(row: pd.Series) -> str:
    felt = row["evidence"]
    if pd.notna(row["mean_sentiment"]):
        mean, low, high = (theme.signed(row[name], 2) for name in ("mean_sentiment", "lo", "hi"))
        felt = f"feeling {mean} ({low} to {high})"
        felt += "".join(f", {word}" for word in ("trough", "peak", "end") if row[f"is_{word}"])
    parts = {
        "channel": row["channel"],
        "front stage": row["front_stage"],
        "back stage": row["back_stage"],
        "team": row["team"],
        "queue": row["queue"],
        "systems": row["systems"],
    }
    told = "; ".join(f"{name}: {text}" for name, text in parts.items() if text)
    return f"The customer meets: {row['touchpoint']}; {told}; {felt}."
