"""Who answers for what: the ownership map, the owners, the RACI matrix and what nobody answers for."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme

NO_MAP = "No evidence: the data set follows no journey map, so nobody is known to answer for a stage."
NO_RACI = "No evidence: the journey map has no RACI matrix, so nobody is known to be accountable for the journey."
_ROW, _TOP = 48, 4
_NOBODY = "nobody"


def ownership(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """One bar per stage in the journey's order: hours worked there, dark by the owner's department, light by others."""
    if not (frame["status"] != "not on the map").any():
        return theme.message(NO_MAP, width=width)
    room = width - 12 - max(theme.pixels(_beside(row), 13.2) for row in frame.to_dict("records"))
    most = float(frame["touch_hours"].max()) if frame["touch_hours"].notna().any() else 1.0
    hours = frame["touch_hours"].fillna(0.0)
    own = (hours * frame["own_share"].fillna(0.0)) / (most or 1.0) * room
    rows = pd.DataFrame(
        {
            "top": [_TOP + 20 + at * _ROW for at in range(len(frame))],
            "label": [theme.elided(_label(row), width - 8, 12) for row in frame.to_dict("records")],
            "own": own.tolist(),
            "all": (hours / (most or 1.0) * room).tolist(),
            "text": [_beside(row) for row in frame.to_dict("records")],
        }
    ).assign(
        bottom=lambda each: each["top"] + 16, middle=lambda each: each["top"] + 8, above=lambda each: each["top"] - 8
    )
    rows["start"] = 0.0
    base = alt.Chart(rows)
    top, bottom = alt.Y("top:Q", scale=None, axis=None), alt.Y2("bottom:Q")
    layers = [
        base.mark_rect(fill=theme.QUIET).encode(alt.X("own:Q", scale=None, axis=None), top, alt.X2("all:Q"), bottom),
        base.mark_rect(fill=theme.MAIN).encode(alt.X("start:Q", scale=None, axis=None), top, alt.X2("own:Q"), bottom),
        base.mark_text(align="left").encode(x=alt.value(0), y=alt.Y("above:Q", scale=None, axis=None), text="label:N"),
        base.mark_text(align="left", dx=5, fontWeight=600).encode(
            alt.X("all:Q", scale=None, axis=None), alt.Y("middle:Q", scale=None, axis=None), text="text:N"
        ),
    ]
    heading = theme.title(
        _headline(frame), "Hours worked by stage. Dark: the owner's department; light: other departments.", width
    )
    return alt.layer(*layers).properties(width=width - 2, height=len(rows) * _ROW + _TOP, title=heading)


def ownership_figure(owned: pd.DataFrame) -> theme.Figure:
    """The ownership map, with its gaps and the stage worked most by others in words."""
    if not (owned["status"] != "not on the map").any():
        return theme.figure(ownership, owned, caption=NO_MAP, alt=NO_MAP)
    caption = f"{_headline(owned)}. {_others(owned)}"
    return theme.figure(
        ownership,
        owned,
        caption=caption.strip(),
        alt=f"Bars of hours worked by stage. {caption}".strip(),
        kpis=("owned_stages_share",),
    )


def _headline(owned: pd.DataFrame) -> str:
    on_map = owned[owned["status"] != "not on the map"]
    held = int((on_map["status"] == "owned").sum())
    said = f"{held} of {len(on_map)} stages of the map have an owner"
    stray = owned.loc[owned["status"] == "not on the map", "stage"].tolist()
    return f"{said}; in the log but not on the map: {', '.join(stray)}" if stray else said


def _others(owned: pd.DataFrame) -> str:
    known = owned[owned["own_share"].notna()]
    if known.empty:
        return ""
    least = known.sort_values(["own_share", "stage"], kind="stable").iloc[0]
    return (
        f"In {least['stage']} the department of its owner, {least['role']}, does "
        f"{theme.percent(float(least['own_share']))} of the hours worked, the smallest part of all."
    )


def _label(row: dict[Any, Any]) -> str:
    return f"{row['stage']} · {row['role'] if row['status'] == 'owned' else _NOBODY}"


def _beside(row: dict[Any, Any]) -> str:
    if pd.isna(row["touch_hours"]):
        return "no work in the log"
    share = row["own_share"]
    rest = "" if pd.isna(share) or math.isclose(share, 1.0) else f", {theme.percent(1 - share, 0)} others"
    return f"{theme.compact(row['touch_hours'])} h{rest}"


def owners_table(owners: pd.DataFrame, names: Mapping[str, str], *, minimum_count: int) -> theme.Table:
    """Owners with what they answer for, their span and how much of the journey their KPIs see.

    Parameters
    ----------
    names : of KPIs by id (`kpis.names`); one that is not among them keeps its id.
    """
    shown = owners.assign(
        stages=_listed(owners["stages"]),
        kpis=_listed(owners["kpis"].map(lambda ids: _named(ids, names))),
        teams=[len(each) for each in owners["teams"]],
        people=[_people(each, minimum_count) for each in owners["people"]],
        reach=[_reach(row, names) for row in owners.to_dict("records")],
    )
    return theme.table(
        shown,
        caption="Owners: what they answer for, their span of control and whether their KPIs see the journey end to end"
        if len(owners)
        else NO_MAP,
        columns={
            "role": "Owner",
            "stages": "Stages",
            "teams": "Teams",
            "people": "People",
            "kpis": "KPIs",
            "reach": "KPIs see",
        },
        kpis=("owners_end_to_end_share",),
    )


def _people(count: int, minimum_count: int) -> str:
    return f"fewer than {minimum_count}" if 0 < count < minimum_count else theme.number(count) if count else "–"


def _reach(row: dict[Any, Any], names: Mapping[str, str]) -> str:
    said = {"end-to-end": "end to end", "siloed": "siloed: one department", "no KPI": "no KPI at all"}
    unplaced = f"; not placed: {', '.join(_named(row['unplaced'], names))}" if row["unplaced"] else ""
    return f"{said.get(row['reach'], row['reach'])}{unplaced}"


def leftovers_table(leftovers: pd.DataFrame, rows: int) -> theme.Table:
    """Teams that work in stages for which nobody answers."""
    rest = leftovers.attrs.get("left_out", 0)
    caption = "Left to the departments: work in stages for which nobody answers"
    said = f"{caption}: {min(rows, len(leftovers))} of {len(leftovers)}" if len(leftovers) else f"{caption}: none"
    return theme.table(
        leftovers.head(rows),
        caption=f"{said}; {rest} more with too few cases to show" if rest else said,
        columns={
            "stage": "Stage",
            "team": "Team",
            "department": "Department",
            "status": "Stage is",
            "touch_hours": "Hours worked",
        },
        decimals={"touch_hours": 0},
        is_folded=True,
    )


def owner_effects_table(effects: pd.DataFrame) -> theme.Table:
    """Time in an owner's stages before the first day and since, with what may be claimed."""
    records = effects.to_dict("records")
    shown = effects.assign(
        since=[f"{each:%Y-%m-%d}" for each in effects["since"]],
        interval=[theme.ratio(row["ratio"], row["ratio_low"], row["ratio_high"]) for row in records],
    )
    return theme.table(
        shown,
        caption="Typical hours in an owner's stages before the owner's first day and since. Whatever else changed in "
        "that time is in the difference"
        if len(effects)
        else "No evidence: no owner on a journey map has a first day and a stage.",
        columns={
            "role": "Owner",
            "since": "Since",
            "hours_before": "Hours before",
            "hours_after": "Hours since",
            "interval": "Since, times before (95 % interval)",
            "verdict": "Verdict",
        },
        decimals={"hours_before": 1, "hours_after": 1},
        kpis=("owner_stage_time_ratio",),
    )


def raci_table(matrix: pd.DataFrame) -> theme.Table:
    """The RACI matrix: one row per stage, the letters as columns with their words, roles in the cells."""
    words = ("accountable", "responsible", "consulted", "informed")
    shown = matrix.assign(**{word: _listed(matrix[word]) for word in words})
    return theme.table(
        shown,
        caption="RACI matrix: who is what for each stage; exactly one is accountable" if len(matrix) else NO_RACI,
        columns={"stage": "Stage"} | {word: f"{word[0].upper()}: {word}" for word in words},
        kpis=("owned_cases_share",),
    )


def raci_gaps_table(gaps: pd.DataFrame, matrix: pd.DataFrame) -> theme.Table:
    """Holes in the accountability, or that there are none."""
    caption = f"Gaps in accountability: {len(gaps) or 'none'}" if len(matrix) else NO_RACI
    return theme.table(gaps, caption=caption, columns={"stage": "Stage", "gap": "Gap"})


def outcomes_table(outcomes: pd.DataFrame, matrix: pd.DataFrame, names: Mapping[str, str]) -> theme.Table:
    """Outcomes of the whole journey with those who are held to them; the caption names those that nobody holds.

    Parameters
    ----------
    names : of KPIs by id (`kpis.names`).
    """
    held = outcomes[outcomes["held_by"].map(len) > 0]
    nobody = _named(outcomes.loc[outcomes["held_by"].map(len) == 0, "kpi"], names)
    shown = held.assign(
        kpi=_named(held["kpi"], names),
        held_by=_listed(held["held_by"]),
        is_accountable=["yes" if each else "no" for each in held["is_accountable"]],
    )
    said = "Outcomes of the whole journey and who is held to them"
    said = f"{said}; nobody is held to {', '.join(nobody)}" if nobody else said
    return theme.table(
        shown if len(matrix) else shown.head(0),
        caption=said if len(matrix) else NO_RACI,
        columns={"kpi": "KPI", "held_by": "Held by", "is_accountable": "The accountable one among them"},
        is_folded=True,
    )


def outside_table(outside: pd.DataFrame, rows: int) -> theme.Table:
    """Journeys and stages of the log that the map does not know."""
    named = len(outside)
    caption = "Work outside the map, by journey and by stage"
    return theme.table(
        outside.head(rows).assign(name=outside["kind"] + ": " + outside["name"]),
        caption=f"{caption}: {min(rows, named)} of {named}" if named else f"{caption}: none",
        columns={"name": "Journey or stage", "cases": "Cases", "events": "Steps"},
        is_folded=True,
    )


def _named(ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """KPIs as the glossary calls them; one that it does not have keeps its id."""
    return [names.get(each, each) for each in ids]


def _listed(values: pd.Series, nothing: str = "–") -> list[str]:
    return [", ".join(each) or nothing for each in values]
