"""Along the journey: the stages and the moves between them."""

import pandas as pd

from cxops import theme

MOVES, ROWS = 8, 8
"""How many moves and how many stages a chart can hold on a phone."""
_NO_MOVES = "No case moves from one stage to another here, so there is nothing to show."
_NO_STAGES = "No stage has a step here, so there is nothing to show."


def stage_flow(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Stages down a spine in the order cases mostly take, with the wait on each move; moves back are dashed."""
    moves = _moves(frame)
    if moves.empty:
        return theme.message(_NO_MOVES, width=width)
    worst = _slowest(moves)
    edges = moves.assign(
        source=moves["from_stage"],
        target=moves["to_stage"],
        is_marked=moves.index == worst.name,
        wait=[theme.duration(hours) for hours in moves["wait_hours_p50"]],
        times=[theme.compact(count) for count in moves["transitions"]],
    )
    heading = theme.title(
        f"Most waiting lies between {worst['from_stage']} and {worst['to_stage']}",
        "Bold: median wait, below it the number of moves. Dashed: back. Orange: most hours.",
        width,
    )
    return theme.flow(edges, weight="transitions", texts=("wait", "times"), heading=heading, width=width)


def stage_flow_figure(flow: pd.DataFrame) -> theme.Figure:
    """The flow of stages, with the move that waits most in words."""
    moves = _moves(flow)
    if moves.empty:
        return theme.figure(stage_flow, flow, caption=_NO_MOVES, alt=_NO_MOVES)
    worst, total = _slowest(moves), flow["wait_hours_total"].sum()
    finding = (
        f"Cases wait {theme.number(worst['wait_hours_total'])} of {theme.number(total)} hours between "
        f"{worst['from_stage']} and {worst['to_stage']} (median {theme.duration(worst['wait_hours_p50'])}, one in ten "
        f"over {theme.duration(worst['wait_hours_p90'])})."
    )
    drawn = f"The {len(moves)} most frequent moves of {len(flow)} are drawn."
    said = "; ".join(
        f"{row['from_stage']} to {row['to_stage']}: {theme.number(row['transitions'])} moves, median wait "
        f"{theme.duration(row['wait_hours_p50'])}"
        for row in moves.to_dict("records")
    )
    return theme.figure(
        stage_flow,
        flow,
        caption=f"{finding} {drawn}",
        alt=f"Flow of stages. {finding} {said}.",
        kpis=("transition_wait",),
    )


def stages(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of hours waited within each stage."""
    if frame.empty:
        return theme.message(_NO_STAGES, width=width)
    shown = frame.sort_values("wait_hours_total", ascending=False, kind="stable").head(ROWS)
    shown = shown.assign(
        text=[
            f"{theme.compact(wait)} h waiting, {theme.compact(touch)} h work"
            for wait, touch in zip(shown["wait_hours_total"], shown["touch_hours_total"], strict=True)
        ]
    )
    heading = theme.title(f"Cases wait longest in {shown.iloc[0]['stage']}", "Bar: hours waiting, all cases.", width)
    return theme.bars(shown, label="stage", value="wait_hours_total", text="text", heading=heading, width=width)


def stages_figure(by_stage: pd.DataFrame) -> theme.Figure:
    """Waiting and working hours by stage, with the stage that waits most in words."""
    if by_stage.empty:
        return theme.figure(stages, by_stage, caption=_NO_STAGES, alt=_NO_STAGES)
    worst = by_stage.sort_values("wait_hours_total", ascending=False, kind="stable").iloc[0]
    caption = (
        f"Hours waiting in each stage. {worst['stage']} holds {theme.number(worst['wait_hours_total'])} of "
        f"{theme.number(by_stage['wait_hours_total'].sum())} hours, beside {theme.number(worst['touch_hours_total'])} "
        f"hours of work."
    )
    return theme.figure(stages, by_stage, caption=caption, alt=f"Bars. {caption}", kpis=("stage_wait",))


def _moves(flow: pd.DataFrame) -> pd.DataFrame:
    """The most frequent moves from one stage to another."""
    between = flow[flow["from_stage"] != flow["to_stage"]]
    return between.sort_values("transitions", ascending=False, kind="stable").head(MOVES).reset_index(drop=True)


def _slowest(moves: pd.DataFrame) -> pd.Series:
    return moves.sort_values("wait_hours_total", ascending=False, kind="stable").iloc[0]
