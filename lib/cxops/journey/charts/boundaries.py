"""Passing points between stages: what was agreed, what happened, and the grey zones that nobody agreed on."""

from typing import Any

import pandas as pd

from cxops import theme

ARROW = " → "
NO_REGISTER = "No evidence: the data set follows no journey map, so no passing point between stages is agreed."
_NO_GREY = "Every passing point of the log is in the register: there is no grey zone."
_FEW = "Too few cases passed where nobody agreed on a passing point to show what happened there."
_NOTHING = "No case passes from one stage to another here, so there is nothing to show."
_ROWS = 8


def grey_zones(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the hours until work began at passing points that nobody agreed on, the most first."""
    grey = _grey(frame)
    if grey.empty:
        return theme.message(_empty(frame), width=width)
    shown = grey.head(_ROWS)
    shown = shown.assign(
        label=_ends(shown),
        text=[
            f"{theme.compact(row['wait_hours_total'])} h, {theme.number(row['crossings'])} times"
            for row in shown.to_dict("records")
        ],
    )
    heading = theme.title(_headline(frame), "Hours until work began at unregistered passing points.", width)
    return theme.bars(shown, label="label", value="wait_hours_total", text="text", heading=heading, width=width)


def grey_zones_figure(boundaries: pd.DataFrame) -> theme.Figure:
    """The grey zones, with the largest in words."""
    grey = _grey(boundaries)
    if grey.empty:
        said = _empty(boundaries)
        return theme.figure(grey_zones, boundaries, caption=said, alt=said)
    worst, hours = grey.iloc[0], boundaries["wait_hours_total"].sum()
    caption = (
        f"{_headline(boundaries)}: {theme.number(grey['wait_hours_total'].sum())} of {theme.number(hours)} hours "
        f"between stages lie there, the largest part from {worst['from_stage']} to {worst['to_stage']} "
        f"({theme.number(worst['wait_hours_total'])} hours in {theme.number(worst['crossings'])} crossings, "
        f"{theme.number(worst['bounced'])} of which bounced)."
    )
    return theme.figure(
        grey_zones, boundaries, caption=caption, alt=f"Bars of hours. {caption}", kpis=("clear_boundary_share",)
    )


def _grey(boundaries: pd.DataFrame) -> pd.DataFrame:
    if (boundaries["status"] == "grey zone").all():
        return boundaries.head(0)
    return boundaries[(boundaries["status"] == "grey zone") & boundaries["wait_hours_total"].notna()]


def _empty(boundaries: pd.DataFrame) -> str:
    if boundaries.empty:
        return _NOTHING
    is_grey = boundaries["status"] == "grey zone"
    return NO_REGISTER if is_grey.all() else _FEW if is_grey.any() else _NO_GREY


def _headline(boundaries: pd.DataFrame) -> str:
    grey = _grey(boundaries)
    part = theme.percent(grey["crossings"].sum() / boundaries["crossings"].sum())
    return f"{part} of the crossings between stages are at passing points that nobody agreed on"


def boundaries_table(boundaries: pd.DataFrame, rows: int, *, minimum_count: int) -> theme.Table:
    """The register held against the log: who should take work up and does, whether it bounces, how long it lies."""
    listed = boundaries[boundaries["status"] != "grey zone"]
    records = listed.head(rows).to_dict("records")
    shown = pd.DataFrame(
        {
            "name": _ends(listed.head(rows)),
            "team": [_text(row["accepting_team"], "nobody named") for row in records],
            "crossings": [_count(row, minimum_count) for row in records],
            "accepted": [_interval(row, "accepted_share") for row in records],
            "bounced": [
                _interval(row, "bounced_share") + ("; more than elsewhere" * row["is_signal"]) for row in records
            ],
            "wait": [_wait(row) for row in records],
        },
        columns=["name", "team", "crossings", "accepted", "bounced", "wait"],
    )
    said = "Registered passing points: who is to take work up, and what happened (95 % intervals)"
    return theme.table(
        shown,
        caption=f"{said}: {len(shown)} of {len(listed)}" if len(listed) else _empty(boundaries),
        columns={
            "name": "From → to",
            "team": "To be taken up by",
            "crossings": "Crossings",
            "accepted": "Taken up by them",
            "bounced": "Came straight back",
            "wait": "Median wait; one in ten over",
        },
        kpis=("accepted_share", "bounced_share", "transition_wait"),
    )


def register_gaps_table(boundaries: pd.DataFrame, *, minimum_count: int) -> theme.Table:
    """What the register leaves open, and what it asks for and did not get."""
    rows = [(row, said) for row in boundaries.to_dict("records") for said in _open(row)]
    has_register = len(boundaries) > 0 and not (boundaries["status"] == "grey zone").all()
    shown = pd.DataFrame(
        {
            "name": [f"{row['from_stage']}{ARROW}{row['to_stage']}" for row, _ in rows],
            "gap": [said for _, said in rows],
            "crossings": [_count(row, minimum_count) for row, _ in rows],
        },
        columns=["name", "gap", "crossings"],
    )
    return theme.table(
        shown if has_register else shown.head(0),
        caption=f"Gaps in the boundary register: {len(shown) or 'none'}" if has_register else _empty(boundaries),
        columns={"name": "From → to", "gap": "Gap", "crossings": "Crossings"},
        is_folded=True,
    )


def _open(row: dict[Any, Any]) -> list[str]:
    """What is amiss with a passing point, in words."""
    said = [row["register_gaps"]] if row["register_gaps"] else []
    if row["status"] == "never seen":
        said.append("registered, but no case passed there")
    if row["complete_share"] < 1:
        said.append(f"required fields were there in {_interval(row, 'complete_share')}")
    if row["within_share"] < 1:
        said.append(f"taken up within {theme.duration(row['clock_hours'])} in {_interval(row, 'within_share')}")
    return said


def _interval(row: dict[Any, Any], share: str) -> str:
    if pd.isna(row[share]):
        return "–"
    low, high = (theme.percent(row[f"{share}_{end}"]).removesuffix(" %") for end in ("low", "high"))
    return f"{theme.percent(row[share])} ({low} to {high})"


def _wait(row: dict[Any, Any]) -> str:
    return f"{theme.duration(row['wait_hours_p50'])}; {theme.duration(row['wait_hours_p90'])}"


def _count(row: dict[Any, Any], minimum_count: int) -> str:
    return f"fewer than {minimum_count}" if 0 < row["cases"] < minimum_count else theme.number(row["crossings"])


def _text(value: Any, nothing: str) -> str:
    return nothing if pd.isna(value) else str(value)


def _ends(frame: pd.DataFrame) -> list[str]:
    both = zip(frame["from_stage"], frame["to_stage"], strict=True)
    return [start if start == end else f"{start}{ARROW}{end}" for start, end in both]
