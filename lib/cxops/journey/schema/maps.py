"""The journey map: a text file in `params/journeys/` that says how the journey is meant to go, and who answers for it.

The map is checked as a whole when it is loaded. Measures take its parts as frames (`stages`, `steps`, `transitions` and
so on), so that they know nothing of files.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cxops import params, workspace
from cxops.errors import ParameterError

FOLDER = "journeys"
PHASES = ("Awareness", "Onboarding", "Support", "Renewal")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = {"minutes": 1 / 60, "hours": 1.0, "days": 24.0}
"""Units of time that a promise may be given in, as hours; days are of 24 hours of the promise's clock."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Calendar(_Part):
    """When a clock runs: opening hours by day of the week in a time zone, less the holidays."""

    timezone: str = "UTC"
    hours: dict[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], str] = Field(min_length=1)
    holidays: tuple[date, ...] = ()


class Promise(_Part):
    """A promised time: for a stage from its first step to its last known end, for a transition until it is taken up."""

    target: float = Field(gt=0)
    unit: Literal["minutes", "hours", "days"]
    calendar: str | None = Field(None, description="name of a calendar; empty: the clock never stops")
    basis: Literal["customer", "history"]
    pauses: tuple[str, ...] = Field(
        (), description="activities during which the clock stops, such as Wait for customer"
    )

    @property
    def hours(self) -> float:
        return self.target * HOURS[self.unit]


class Step(_Part):
    """A step of a stage: what the customer meets, and what is done before and behind the line of visibility."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    touchpoint: str = Field(min_length=1)
    channel: str = ""
    front_stage: str = ""
    back_stage: str = ""
    activities: tuple[str, ...] = Field((), description="activities of the log that carry this step out")
    systems: tuple[str, ...] = ()
    team: str = ""
    queue: str | None = Field(None, description="the team or queue of the log where the work lies")
    emotion: Literal["feedback", "csat", "ces", "nps"] | None = Field(
        None, description="where its feeling is read from"
    )
    optional: bool = Field(False, description="whether a case may go without it")


class Stage(_Part):
    """A stage: one phase, one owner, one promise."""

    name: str = Field(min_length=1)
    phase: Literal["Awareness", "Onboarding", "Support", "Renewal"]
    owner: str | None = None
    sla: Promise | None = None
    optional: bool = False
    steps: tuple[Step, ...] = ()


class Transition(_Part):
    """An agreed passing point between two stages: the boundary register's entry."""

    from_stage: str
    to_stage: str
    exit_rule: str = Field("", description="what must hold before the work leaves")
    accepting_team: str | None = None
    required_fields: tuple[str, ...] = ()
    clock: Promise | None = None


class Owner(_Part):
    """Somebody, by role, who answers for stages."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    role: str = Field(min_length=1)
    department: str = ""
    answers_to: str | None = None
    kpis: tuple[str, ...] = ()
    authority: str = ""
    since: date | None = None


class Assignment(_Part):
    """One cell of the RACI matrix; without a stage it is about the journey as a whole."""

    stage: str | None = None
    role: str
    raci: Literal["R", "A", "C", "I"]


class DecisionPoint(_Part):
    """A point at which a workflow should start by itself, as a condition on the fields of cases and customers."""

    name: str = Field(min_length=1)
    condition: str = Field(min_length=1)
    workflow: str = Field(min_length=1)
    within: Promise | None = None


class JourneyMap(params.Parameters):
    """A journey map; see `params/journeys/` for what its parts mean."""

    file: ClassVar[str] = FOLDER
    title: str = Field(min_length=1)
    customer: str = Field("", description="whose journey it is")
    version: int = Field(ge=1)
    effective_on: date
    journeys: tuple[str, ...] = Field((), description="values of cases.journey that follow this map; empty: all")
    departments: dict[str, str] = Field({}, description="the department of each team of the log")
    calendars: dict[str, Calendar] = {}
    owners: tuple[Owner, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)
    transitions: tuple[Transition, ...] = ()
    raci: tuple[Assignment, ...] = ()
    decision_points: tuple[DecisionPoint, ...] = ()
    supporting: tuple[str, ...] = Field(
        (), description="activities of no step of their own: they belong where they occur"
    )
    ignored: tuple[str, ...] = Field((), description="activities that are left out of the comparison on purpose")

    @model_validator(mode="after")
    def _is_whole(self) -> "JourneyMap":
        faults = list(_faults(self))
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def stage_frame(self) -> pd.DataFrame:
        """One row per stage in order: position, stage, phase, owner, optional, sla_hours, calendar, basis, pauses."""
        return pd.DataFrame([_stage_row(at, stage) for at, stage in enumerate(self.stages)], columns=_STAGE)

    def step_frame(self) -> pd.DataFrame:
        """One row per step in order: position, phase, stage, step_id, touchpoint, channel, … (lists as tuples)."""
        rows = [
            {"phase": stage.phase, "stage": stage.name, "step_id": step.id, **step.model_dump(exclude={"id"})}
            for stage in self.stages
            for step in stage.steps
        ]
        frame = pd.DataFrame(rows, columns=["phase", "stage", "step_id", *[n for n in Step.model_fields if n != "id"]])
        frame.insert(0, "position", range(len(frame)))
        return frame

    def activity_frame(self) -> pd.DataFrame:
        """One row per activity that a step names: activity, stage, step_id."""
        rows = [
            {"activity": activity, "stage": stage.name, "step_id": step.id}
            for stage in self.stages
            for step in stage.steps
            for activity in step.activities
        ]
        return pd.DataFrame(rows, columns=["activity", "stage", "step_id"])

    def transition_frame(self) -> pd.DataFrame:
        """One row per agreed transition: from_stage, to_stage, exit_rule, accepting_team, required_fields, clock_hours,
        calendar."""
        rows = [
            each.model_dump(exclude={"clock"})
            | {"clock_hours": each.clock and each.clock.hours, "calendar": each.clock and each.clock.calendar}
            for each in self.transitions
        ]
        return pd.DataFrame(
            rows, columns=[*[n for n in Transition.model_fields if n != "clock"], "clock_hours", "calendar"]
        )

    def owner_frame(self) -> pd.DataFrame:
        """One row per owner and stage, an owner without one with an empty stage: id, role, …, stage."""
        rows = [
            owner.model_dump() | {"stage": stage}
            for owner in self.owners
            for stage in [each.name for each in self.stages if each.owner == owner.id] or [""]
        ]
        return pd.DataFrame(rows, columns=[*Owner.model_fields, "stage"])

    def raci_frame(self) -> pd.DataFrame:
        """One row per assignment: stage (empty: the whole journey), role, raci."""
        return pd.DataFrame([each.model_dump() for each in self.raci], columns=["stage", "role", "raci"])


_STAGE = ["position", "stage", "phase", "owner", "optional", "sla_hours", "calendar", "basis", "pauses"]


def journey_map(name: str | None) -> JourneyMap:
    """The map `params/journeys/<name>.yml`; of a data set that follows none (None), a map without a single stage.

    Raises
    ------
    ParameterError : there is none, or it is wrong; says the file, the key, the value and what is allowed.
    """
    if name is None:
        return JourneyMap.model_construct(title="", version=0, effective_on=date.min, stages=())
    folder = workspace.current().params / FOLDER
    names = sorted(file.stem for file in folder.glob("*.yml"))
    if name not in names:
        raise ParameterError(
            f"the journey map must be one of {', '.join(names) or 'none yet'}: got {name!r} ({folder})"
        )
    file = folder / f"{name}.yml"
    return params.check(JourneyMap, params.load(file), file)


def _stage_row(at: int, stage: Stage) -> dict[str, Any]:
    sla = stage.sla
    promised = {"sla_hours": sla and sla.hours, "calendar": sla and sla.calendar, "basis": sla and sla.basis}
    kept = {"position": at, "stage": stage.name, "phase": stage.phase, "owner": stage.owner}
    return kept | {"optional": stage.optional, **promised, "pauses": sla.pauses if sla else ()}


def _faults(drawn: JourneyMap) -> Iterator[str]:
    """Everything in the map that contradicts something else in it."""
    stages = [stage.name for stage in drawn.stages]
    owners = {owner.id: owner for owner in drawn.owners}
    yield from _twice("stage", stages)
    yield from _twice("step id", [step.id for stage in drawn.stages for step in stage.steps])
    yield from _twice("owner", [owner.id for owner in drawn.owners])
    yield from _twice("transition", [f"{each.from_stage} to {each.to_stage}" for each in drawn.transitions])
    for each in drawn.transitions:
        for end in (each.from_stage, each.to_stage):
            if end not in stages:
                yield f"a transition must join stages of the map: {each.from_stage} to {each.to_stage} names {end!r}"
    for stage in drawn.stages:
        if stage.owner and stage.owner not in owners:
            yield f"the owner of a stage must be one of {', '.join(owners)}: stage {stage.name} names {stage.owner!r}"
    yield from _owner_cycles(owners)
    yield from _unaccountable(drawn.raci, stages)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"a {what} must stand once: {name!r} stands {count} times"


def _owner_cycles(owners: dict[str, Owner]) -> Iterator[str]:
    """One fault for each owner who is not there, or who in the end answers to himself."""
    for owner in owners.values():
        chain = [owner.id]
        while (above := owners[chain[-1]].answers_to) is not None:
            if above not in owners:
                yield f"an owner must answer to an owner of the map: {chain[-1]} answers to {above!r}"
                break
            if above in chain:
                if above == owner.id:
                    yield f"owners must not answer to each other in a circle: {' → '.join([*chain, above])}"
                break
            chain.append(above)


def _unaccountable(raci: Iterable[Assignment], stages: list[str]) -> Iterator[str]:
    """Faults of the RACI matrix: the journey, and each stage that is in it, has exactly one who is accountable (A)."""
    named = [("the journey" if each.stage is None else f"stage {each.stage}", each) for each in raci]
    for where in dict.fromkeys(where for where, _ in named) | (dict.fromkeys(["the journey"]) if named else {}):
        holders = [each.role for name, each in named if name == where and each.raci == "A"]
        if len(holders) != 1:
            yield f"exactly one role must be accountable (A) for {where}: got {', '.join(holders) or 'none'}"
    for stage in dict.fromkeys(each.stage for each in raci if each.stage not in (None, *stages)):
        yield f"the RACI matrix must be about stages of the map: got {stage!r}"
    yield from _twice("RACI assignment", [f"{each.raci} of {each.role} for {where}" for where, each in named])
