"""Names in a journey map that stand for something that is not there: stages, owners, teams, fields, KPIs and so on.

The map itself says which teams there are: those under `departments`. Of a map without departments no team can be told
to be unknown. Teams that stand in the log alone are the business of the pages, which list what the map does not name.
"""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

import ibis

from cxops import tables
from cxops.errors import ParameterError
from cxops.journey.promises.conditions import predicate
from cxops.journey.promises.decision_points import CASE_FIELDS, CUSTOMER_FIELDS, STEP_FIELDS
from cxops.journey.schema.maps.faults import fault, names, placed, promises

if TYPE_CHECKING:
    from cxops.journey.schema.maps.drawn import JourneyMap

_STAGE, _OWNER, _CALENDAR = "a stage of the map", "an owner of the map", "a calendar of the map"
_TEAM, _DEPARTMENT = "a team named under `departments`", "a department named under `departments`"
_ACTIVITY = "an activity of a step, or one named under `supporting` or `ignored`"
_FIELD, _KPI = "a column of cases", "a KPI of params/kpis.yml"
_LISTED = 12
"""So many names are listed as what is allowed; of more, the nearest one is."""


def unknown_names(drawn: "JourneyMap", kpis: Collection[str] | None = None) -> Iterator[str]:
    """One fault for each name that stands for nothing, and for each condition that cannot be followed.

    Parameters
    ----------
    drawn : the map; what of it cannot be read, None, is passed over, and so is what would have to be looked up there.
    kpis : ids of the KPIs there are; None: not asked.
    """
    known: dict[str, Collection[str] | None] = {
        _STAGE: names(drawn.stages, "name"),
        _OWNER: names(drawn.owners, "id"),
        _CALENDAR: drawn.calendars,
        _TEAM: drawn.departments or None,
        _DEPARTMENT: set((drawn.departments or {}).values()) or None,
        _ACTIVITY: _activities(drawn),
        _FIELD: list(tables.CONTRACTS["cases"].columns),
        _KPI: kpis,
    }
    for key, what, name in _mentioned(drawn):
        allowed = known[what]
        if name and allowed is not None and name not in allowed:
            yield fault(key, f"must be {what}", name) + _hint(name, allowed)
    yield from _conditions(drawn)


def _mentioned(drawn: "JourneyMap") -> Iterator[tuple[str, str, str | None]]:
    """Every name that stands for something else: its key, what it must be, and the name."""
    for at, stage in placed("stages", drawn.stages):
        yield f"{at}.owner", _OWNER, stage.owner
        yield from ((f"{step_at}.team", _TEAM, step.team) for step_at, step in placed(f"{at}.steps", stage.steps))
    for at, each in placed("transitions", drawn.transitions):
        yield f"{at}.from_stage", _STAGE, each.from_stage
        yield f"{at}.to_stage", _STAGE, each.to_stage
        yield f"{at}.accepting_team", _TEAM, each.accepting_team
        yield from ((f"{at}.required_fields", _FIELD, name) for name in each.required_fields or ())
    for at, owner in placed("owners", drawn.owners):
        yield f"{at}.answers_to", _OWNER, owner.answers_to
        yield f"{at}.department", _DEPARTMENT, owner.department
        yield from ((f"{at}.kpis", _KPI, name) for name in owner.kpis or ())
    for at, promise in promises(drawn):
        yield f"{at}.calendar", _CALENDAR, promise.calendar
        yield from ((f"{at}.pauses", _ACTIVITY, name) for name in promise.pauses or ())
    yield from ((f"{at}.stage", _STAGE, each.stage) for at, each in placed("raci", drawn.raci))


def _activities(drawn: "JourneyMap") -> list[str] | None:
    """The activities that the map speaks of; None if some of them cannot be read."""
    steps = [step for stage in drawn.stages or () for step in stage.steps or ()]
    named = [drawn.stages, drawn.supporting, drawn.ignored, *(stage.steps for stage in drawn.stages or ())]
    if any(each is None for each in (*named, *(step.activities for step in steps))):
        return None
    return [*(activity for step in steps for activity in step.activities), *drawn.supporting, *drawn.ignored]


def _hint(name: str, allowed: Collection[str]) -> str:
    if len(allowed) <= _LISTED:
        return f"; allowed: {', '.join(dict.fromkeys(allowed))}" if allowed else "; there is none"
    near = get_close_matches(name, allowed, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _conditions(drawn: "JourneyMap") -> Iterator[str]:
    """Faults of conditions, read just as the page reads them, over tables of the same columns."""
    for at, point in placed("decision_points", drawn.decision_points):
        try:
            if point.condition is not None:
                predicate(point.condition, _rows(), [*CASE_FIELDS, *CUSTOMER_FIELDS, *STEP_FIELDS])
        except ParameterError as error:
            yield f"{at}.condition: {error}"


@cache
def _rows() -> ibis.Table:
    """What conditions are about, without a row: the fields of cases, customers and steps."""
    named = {"cases": CASE_FIELDS, "customers": CUSTOMER_FIELDS, "steps": STEP_FIELDS}
    return ibis.table(
        {
            name: ibis.dtype(tables.CONTRACTS[table].columns[name].dtype.type)
            for table, fields in named.items()
            for name in fields
        },
        name="known",
    )
