"""The journey map as a value: its parts together, and each of them as a frame."""

from datetime import date
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator

from cxops import params
from cxops.journey.schema.maps.faults import faults
from cxops.journey.schema.maps.parts import (
    NAMED_BY,
    Assignment,
    Calendar,
    DecisionPoint,
    Name,
    Owner,
    Stage,
    Step,
    Transition,
)
from cxops.journey.schema.maps.readable import readable
from cxops.journey.schema.maps.references import unknown_names

_STAGE = ["position", "stage", "phase", "owner", "optional", "sla_hours", "calendar", "basis", "pauses"]


class JourneyMap(params.Parameters):
    """A journey map; see `params/journeys/` for what its parts mean."""

    file: ClassVar[str] = "journeys"
    named_by: ClassVar[tuple[tuple[str, ...], ...]] = NAMED_BY
    title: Name
    customer: str = Field("", description="whose journey it is")
    version: int = Field(ge=1)
    effective_on: date
    journeys: tuple[str, ...] = Field((), description="values of cases.journey that follow this map; empty: all")
    departments: dict[str, str] = Field({}, description="the department of each team of the log")
    calendars: dict[str, Calendar] = {}
    owners: tuple[Owner, ...] = ()
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...] = ()
    raci: tuple[Assignment, ...] = ()
    decision_points: tuple[DecisionPoint, ...] = ()
    supporting: tuple[str, ...] = Field(
        (), description="activities of no step of their own: they belong where they occur"
    )
    ignored: tuple[str, ...] = Field((), description="activities that are left out of the comparison on purpose")

    @model_validator(mode="wrap")
    @classmethod
    def _is_whole(
        cls, values: Any, read: ModelWrapValidatorHandler["JourneyMap"], info: ValidationInfo
    ) -> "JourneyMap":
        """All faults at once: what is wrong by itself does not hide what contradicts something else."""
        wrong: list[Any] = []
        try:
            drawn = read(values)
        except ValidationError as error:
            wrong = [_again(dict(each)) for each in error.errors()]
            drawn = readable(cls, values, {each["loc"] for each in error.errors()})
        wrong += [
            {"type": "value_error", "ctx": {"error": said}, "input": None}
            for said in (*faults(drawn), *unknown_names(drawn, (info.context or {}).get("kpis")))
        ]
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return drawn

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


def _again(error: dict[str, Any]) -> dict[str, Any]:
    """An error that pydantic has reported, as it takes one; what it says is kept."""
    at = {"loc": error["loc"], "input": error["input"]}
    if error["type"] in ("missing", "extra_forbidden"):
        return at | {"type": error["type"]}
    return at | {"type": "value_error", "ctx": {"error": error["msg"].removeprefix("Value error, ")}}


def _stage_row(at: int, stage: Stage) -> dict[str, Any]:
    sla = stage.sla
    promised = {"sla_hours": sla and sla.hours, "calendar": sla and sla.calendar, "basis": sla and sla.basis}
    kept = {"position": at, "stage": stage.name, "phase": stage.phase, "owner": stage.owner}
    return kept | {"optional": stage.optional, **promised, "pauses": sla.pauses if sla else ()}
