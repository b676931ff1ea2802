"""Along the journey: the stages and the moves between them."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import MOVES, STAGES, largest, named, share

ROWS = 8
"""How many moves and how many stages a chart can hold on a phone."""
_NO_MOVES = "No stage is left for another by enough cases here, so there is nothing to show."
_NO_STAGES = "No stage is reached by enough cases here, so there is nothing to show."


def stage_flow(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Stages down a spine in the order cases mostly take, with the wait on each move; moves back are dashed."""
    moves = _moves(frame)
    if moves.empty:
        return theme.message(_NO_MOVES, width=width)
    worst = largest(moves, "wait_hours_total")
    edges = moves.assign(
        source=moves["from_stage"],
        target=moves["to_stage"],
        is_marked=moves.index == worst.name,
        wait=[theme.duration(hours) for hours in moves["wait_hours_p50"]],
        times=[f"{theme.number(count)} moves" for count in moves["transitions"]],
    )
    part = theme.percent(share(worst["wait_hours_total"], frame["wait_hours_total"].sum()))
    heading = theme.title(
        f"{part} of all hours of waiting between stages lie between {worst['from_stage']} and {worst['to_stage']}, "
        f"the largest part",
        "Bold: median wait. Orange: most hours. Dashed: back. Letters: see below the drawing.",
        width,
    )
    return theme.flow(edges, weight="transitions", texts=("wait", "times"), heading=heading, width=width)


def stage_flow_figure(flow: pd.DataFrame) -> theme.Figure:
    """The flow of stages, with the move that waits most in words."""
    moves = _moves(flow)
    if moves.empty:
        return theme.figure(stage_flow, flow, caption=_NO_MOVES, alt=_NO_MOVES)
    worst, total = largest(moves, "wait_hours_total"), flow["wait_hours_total"].sum()
    finding = (
        f"Cases wait {theme.number(worst['wait_hours_total'])} of {theme.number(total)} hours between "
        f"{worst['from_stage']} and {worst['to_stage']} (median {theme.duration(worst['wait_hours_p50'])}, one in ten "
        f"over {theme.duration(worst['wait_hours_p90'])})."
    )
    count, every = moves["transitions"].sum(), flow["transitions"].sum()
    drawn = f" Drawn: {theme.number(count)} of {theme.number(every)} moves." if count < every else ""
    said = "; ".join(
        f"{row['from_stage']} to {row['to_stage']}: {theme.number(row['transitions'])} moves, median wait "
        f"{theme.duration(row['wait_hours_p50'])}"
        for row in moves.to_dict("records")
    )
    return theme.figure(
        stage_flow,
        flow,
        caption=f"{finding}{drawn}",
        alt=f"Flow of stages. {finding} {said}.",
        kpis=("transition_wait",),
    )


def stages(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of hours waited within each stage."""
    shown = named(frame, STAGES, "stage").sort_values("wait_hours_total", ascending=False, kind="stable").head(ROWS)
    if shown.empty:
        return theme.message(_NO_STAGES, width=width)
    total = frame["wait_hours_total"].sum()
    shown = shown.assign(
        text=[
            f"{theme.percent(share(row['wait_hours_total'], total))} · {theme.number(row['wait_hours_total'])} h · "
            f"median {theme.duration(row['wait_hours_p50'])}"
            for row in shown.to_dict("records")
        ]
    )
    worst = shown.iloc[0]
    heading = theme.title(
        f"The largest part of all waiting is in {worst['stage']}: "
        f"{theme.percent(share(worst['wait_hours_total'], total))}",
        "Bar: hours waiting, all cases. Median: of one visit.",
        width,
    )
    return theme.bars(shown, label="stage", value="wait_hours_total", text="text", heading=heading, width=width)


def stages_figure(by_stage: pd.DataFrame) -> theme.Figure:
    """Waiting and working hours by stage, with the stage that waits most in words."""
    shown = named(by_stage, STAGES, "stage")
    if shown.empty:
        return theme.figure(stages, by_stage, caption=_NO_STAGES, alt=_NO_STAGES)
    worst = largest(shown, "wait_hours_total")
    caption = (
        f"{worst['stage']} holds {theme.number(worst['wait_hours_total'])} of "
        f"{theme.number(by_stage['wait_hours_total'].sum())} hours in which nobody worked, beside "
        f"{theme.number(worst['touch_hours_total'])} hours of work; the median visit waits "
        f"{theme.duration(worst['wait_hours_p50'])}. All waiting is counted here, so the hours between teams and "
        f"between stages are among them, and so are those after completion."
    )
    return theme.figure(stages, by_stage, caption=caption, alt=f"Bars. {caption}", kpis=("stage_wait",))


def _moves(flow: pd.DataFrame) -> pd.DataFrame:
    """The most frequent moves from one stage to another, and always the one with the most hours."""
    moves = named(flow, MOVES, "from_stage", "to_stage")
    moves = moves[moves["from_stage"] != moves["to_stage"]]
    moves = moves.sort_values("transitions", ascending=False, kind="stable").reset_index(drop=True)
    if len(moves) <= ROWS:
        return moves
    worst = largest(moves, "wait_hours_total")
    return moves[(moves.index < ROWS) | (moves.index == worst.name)]
