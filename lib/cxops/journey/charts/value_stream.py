"""The value stream map: a box for each step, and beside them the ladder of time, out for waiting and in for work."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import largest, share

ROWS = 10
"""How many steps the map can hold."""
_WAIT, _BOX, _SIZE = 40, 64, 12
"""Heights in pixels of the stretch between two boxes and of a box."""
_NO_STREAM = "No step of the value stream has a known time here, so there is nothing to show."


def value_stream(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """The map: boxes down the left, the ladder of waiting and work per case on the right."""
    shown = _drawn_steps(frame)
    if shown.empty:
        return theme.message(_NO_STREAM, width=width)
    worst = largest(shown, "before_hours")
    heading = theme.title(
        f"Cases wait longest on the way to and in {_step(worst)}: {theme.duration(worst['before_hours'])} "
        f"each, for {theme.duration(worst['work_hours'])} of work",
        "Ladder: mean of a case that comes to the step; out: waiting, in: work. C&A: outputs that did not come back.",
        width,
    )
    half = min(width * 0.55, 340.0)
    rows = [_row(at, row, half) for at, row in enumerate(shown.to_dict("records"))]
    boxes = pd.DataFrame(rows)
    near, far = half + 16, half + 48
    ladder = pd.DataFrame(
        [point for at in range(len(shown)) for point in _rungs(at, near, far)], columns=["x", "y", "order"]
    )
    x, y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
    base = alt.Chart(boxes)
    layers: list[alt.Chart] = [
        base.mark_rect(fill=theme.TINTS[0], stroke=theme.MUTED, cornerRadius=4).encode(
            alt.X("left:Q", scale=None, axis=None), alt.Y("top:Q", scale=None, axis=None), x2="right", y2="bottom"
        ),
        base.mark_point(shape="triangle-down", size=90, filled=True, color=theme.MUTED, opacity=1).encode(
            alt.X("middle:Q", scale=None, axis=None), alt.Y("arrow:Q", scale=None, axis=None)
        ),
        alt.Chart(ladder).mark_line(color=theme.INK, strokeWidth=2).encode(x, y, order="order:Q"),
    ]
    for column, weight in (("name", 600), ("counts", 400), ("losses", 400)):
        look: Any = {"align": "left", "fontWeight": weight}
        layers.append(
            base.mark_text(**look).encode(
                alt.X("text_x:Q", scale=None, axis=None),
                alt.Y(f"{column}_y:Q", scale=None, axis=None),
                text=f"{column}:N",
            )
        )
    for column, at, colour in (("wait", far, theme.ACCENT), ("work", near, theme.MAIN)):
        look = {"align": "left", "dx": 7, "fontWeight": 600, "color": colour}
        layers.append(
            base.mark_text(**look).encode(
                x=alt.value(at), y=alt.Y(f"{column}_y:Q", scale=None, axis=None), text=f"{column}:N"
            )
        )
    return alt.layer(*layers).properties(width=width - 2, height=len(shown) * (_WAIT + _BOX) + 4, title=heading)


def value_stream_figure(stream: pd.DataFrame) -> theme.Figure:
    """The value stream map with its sums in words.

    Parameters
    ----------
    stream : one row per step, as `issues_by_step` gives it.
    """
    shown = _drawn_steps(stream)
    if shown.empty:
        return theme.figure(value_stream, stream, caption=_NO_STREAM, alt=_NO_STREAM)
    work, wait, after = (stream[name].sum() for name in ("process_hours", "wait_hours", "after_hours"))
    part = theme.percent(share(work, work + wait - after))
    lost = stream["rework_hours"].sum()
    money = stream["rework_cost"].sum(min_count=1)
    cost = "" if pd.isna(money) else f", which cost {theme.money(money)}"
    left_out = f" Drawn: {len(shown)} of {len(stream)} steps." if len(shown) < len(stream) else ""
    said = "; ".join(
        f"{_step(row)}: waits {theme.duration(row['before_hours'])}, work {theme.duration(row['work_hours'])}, "
        f"{theme.percent(row['complete_accurate_share'])} complete and accurate"
        for row in shown.to_dict("records")
    )
    caption = (
        f"{theme.number(work)} hours of work in {theme.number(work + wait - after)} hours until completion ({part})."
        f" Doing over what came back took {theme.number(lost)} hours{cost}.{left_out}"
    )
    return theme.figure(
        value_stream,
        stream,
        caption=caption,
        alt=f"Value stream map with a ladder of time. {said}. {caption}",
        kpis=("flow_efficiency", "complete_accurate_share", "rework_cost"),
    )


def value_stream_table(stream: pd.DataFrame, rows: int, *, rate: str) -> theme.Table:
    """Steps with hours, what came back, rework, money and issues; `rate` says what money was computed from."""
    teams = "team" in stream
    named = _steps(stream) + (" · " + stream["team"] if teams else "")
    columns = {
        "name": "Step and team" if teams else "Step",
        "cases": "Cases",
        "process_hours": "Hours of work",
        "held_hours": "Hours waiting there",
        "handover_hours": "Hours on the way there",
        "complete_accurate_share": "Complete and accurate",
        "rework_hours": "Hours of rework",
        "rework_cost": f"Cost of rework, {theme.currency()}",
        **({"issues": "Issues", "issue_cost": f"Cost of issues, {theme.currency()}"} if "issues" in stream else {}),
    }
    digits = {name: 0 for name in columns if name != "name"} | {"complete_accurate_share": 1, "rework_hours": 1}
    count = min(rows, len(stream))
    return theme.table(
        stream.assign(name=named).head(rows),
        caption=f"Steps of the value stream: {count} of {len(stream)} rows. Money from {rate}",
        columns=columns,
        decimals=digits,
        kpis=("complete_accurate_share", "rework_cost"),
        is_folded=True,
    )


def unplaced_table(unplaced: pd.DataFrame, *, feedback: int, minimum_count: int) -> theme.Table:
    """Issues that no step of the stream can take, and why; says so where no feedback is kept.

    Parameters
    ----------
    unplaced : as `unplaced_issues` gives them.
    feedback : rows in the register.
    """
    enough = unplaced["issues"] >= minimum_count
    rest = unplaced.loc[~enough, "issues"].sum()
    shown = unplaced[enough]
    if rest >= minimum_count:
        shown = pd.concat([shown, pd.DataFrame([{"step_id": "(rarer steps)", "issues": rest, "why": "several"}])])
    if not feedback:
        caption = (
            "No evidence: the register feedback holds nothing for this unit and quarter, so no issue is on the map"
        )
    elif unplaced.empty:
        caption = "Issues without a place on the value stream: none"
    else:
        few = f"fewer than {minimum_count}" if unplaced["issues"].sum() < minimum_count else None
        caption = f"Issues without a place on the value stream: {few or theme.number(unplaced['issues'].sum())}"
        if 0 < rest < minimum_count and len(shown):
            caption += f"; fewer than {minimum_count} of them are not listed, of steps too rare to show"
    columns = {"step_id": "Step named", "issues": "Issues", "why": "Why not placed"}
    named = shown.assign(step_id=shown["step_id"].map(theme.words))
    return theme.table(named, caption=caption, columns=columns, decimals={"issues": 0})


def _drawn_steps(stream: pd.DataFrame) -> pd.DataFrame:
    """The steps with most time, in their order, with mean hours of work and of waiting before it."""
    rows = stream.assign(
        work_hours=stream["process_hours"] / stream["cases"].where(stream["cases"] > 0),
        before_hours=(stream["held_hours"] + stream["handover_hours"]) / stream["cases"].where(stream["cases"] > 0),
    )
    rows = rows[(rows["process_hours"] + rows["held_hours"] + rows["handover_hours"]) > 0]
    most = (rows["process_hours"] + rows["wait_hours"]).nlargest(ROWS).index
    return rows[rows.index.isin(most)]


def _step(row: Mapping[Any, Any] | pd.Series) -> str:
    """What a step is called: its touchpoint on the map, else the stage it stands for."""
    return str(row["touchpoint"] if "touchpoint" in row else row["stream_step"])


def _steps(stream: pd.DataFrame) -> pd.Series:
    return stream["touchpoint"] if "touchpoint" in stream else stream["stream_step"]


def _row(at: int, row: dict[Any, Any], half: float) -> dict[str, Any]:
    """Places and words of one step."""
    top = at * (_WAIT + _BOX) + _WAIT
    room = half - 16
    accurate = theme.percent(row["complete_accurate_share"])
    issues = row.get("issues")
    told = "" if issues is None or pd.isna(issues) else f" · {theme.number(issues)} issues"
    losses = f"{theme.number(row['rework_hours'])} h rework{told}"
    return {
        "left": 0.0,
        "right": half,
        "top": top,
        "bottom": top + _BOX,
        "middle": half / 2,
        "arrow": top - _WAIT / 2,
        "text_x": 8,
        "name": theme.elided(_step(row), room, _SIZE * 1.1),
        "name_y": top + 15,
        "counts": theme.elided(f"{theme.number(row['cases'])} cases · {accurate} C&A", room, _SIZE),
        "counts_y": top + 33,
        "losses": theme.elided(losses, room, _SIZE),
        "losses_y": top + 50,
        "wait": f"{theme.duration(row['before_hours'])} wait",
        "wait_y": top - _WAIT / 2,
        "work": f"{theme.duration(row['work_hours'])} work",
        "work_y": top + _BOX / 2,
    }


def _rungs(at: int, near: float, far: float) -> list[tuple[float, float, int]]:
    """The ladder past one step: out and down while it waits, in and down while it is worked on."""
    start = at * (_WAIT + _BOX)
    corners = [(far, start), (far, start + _WAIT), (near, start + _WAIT), (near, start + _WAIT + _BOX)]
    return [(x, y, 4 * at + n) for n, (x, y) in enumerate(corners)]
