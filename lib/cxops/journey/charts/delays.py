"""How long customers wait between the stages of the map."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.blueprint import NO_MAP

ROWS = 8
"""How many ways between stages a chart can hold on a phone."""
NO_DELAY = "No evidence: no case of this log goes from one stage of the map to another with a known wait."
_KPI = ("stage_delay",)


def large_enough_delays(delays: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """The ways between stages that enough cases took; the others are left out, for few could point at persons."""
    return delays[delays["cases"] >= minimum_count].reset_index(drop=True)


def stage_delays(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the median wait between two stages, the longest first."""
    known = frame[frame["p50_h"].notna()].head(ROWS)
    if known.empty:
        return theme.message(NO_DELAY, width=width)
    shown = known.assign(
        way=[f"{start} → {end}" for start, end in known[["from_stage", "to_stage"]].values],
        text=[
            f"{theme.duration(row['p50_h'])} · one in ten over {theme.duration(row['p90_h'])}"
            for row in known.to_dict("records")
        ],
    )
    worst = known.iloc[0]
    heading = theme.title(
        f"Of all ways between stages, back and past others too, the longest median wait is from "
        f"{worst['from_stage']} to {worst['to_stage']}: {theme.duration(worst['p50_h'])}",
        "Bar: median wait of a case between the two stages.",
        width,
    )
    return theme.bars(shown, label="way", value="p50_h", text="text", heading=heading, width=width)


def stage_delays_figure(delays: pd.DataFrame) -> theme.Figure:
    """Waits between stages, the slowest way in words."""
    known = delays[delays["p50_h"].notna()]
    if known.empty:
        return theme.figure(stage_delays, delays, caption=NO_DELAY, alt=NO_DELAY, kpis=_KPI)
    worst = known.iloc[0]
    caption = (
        f"From {worst['from_stage']} to {worst['to_stage']} the median of {theme.number(worst['n'])} passes waits "
        f"{theme.duration(worst['p50_h'])}, one in ten over {theme.duration(worst['p90_h'])}. Counted from when a "
        "stage is left until work begins in the next, nights and weekends included."
    )
    if len(known) > ROWS:
        caption += f" Drawn: {ROWS} of {len(known)} ways."
    every = "; ".join(
        f"{row['from_stage']} to {row['to_stage']} {theme.duration(row['p50_h'])}" for row in known.to_dict("records")
    )
    return theme.figure(stage_delays, delays, caption=caption, alt=f"Bars. {caption} Medians: {every}.", kpis=_KPI)


def stage_delays_table(delays: pd.DataFrame, rows: int, *, has_map: bool = True) -> theme.Table:
    """Ways between stages, by pair of teams where these are told apart, the longest median first."""
    listed = delays.head(rows)
    by_team = "from_team" in delays
    shown = listed.assign(way=[f"{start} → {end}" for start, end in listed[["from_stage", "to_stage"]].values])
    if by_team:
        shown["teams"] = [f"{start} → {end}" for start, end in listed[["from_team", "to_team"]].values]
    columns = {"way": "From → to", "teams": "Teams", "n": "Passes", "p50_h": "Median hours", "p90_h": "One in ten over"}
    what = "Waits between stages by pair of teams" if by_team else "Waits between stages"
    none = NO_DELAY if has_map else NO_MAP
    return theme.table(
        shown,
        caption=f"{what}, the longest median first: {len(shown)} of {len(delays)}" if len(shown) else none,
        columns={name: said for name, said in columns.items() if name in shown},
        decimals={"p50_h": 1, "p90_h": 1},
        kpis=_KPI,
        is_folded=True,
    )
