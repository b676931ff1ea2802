"""The journey map as a value: its parts together, and each of them as a frame."""

from datetime import date
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator

from cxops import params
from cxops.journey.promises.targets import promised_hours, promised_words
from cxops.journey.schema.maps.faults import faults
from cxops.journey.schema.maps.parts import (
    NAMED_BY,
    Assignment,
    Calendar,
    DecisionPoint,
    Name,
    Owner,
    Promise,
    Stage,
    Step,
    Transition,
)
from cxops.journey.schema.maps.readable import readable
from cxops.journey.schema.maps.references import unknown_names

_STAGE = ["position", "stage", "phase", "owner", "optional", "sla_hours", "promised", "calendar", "basis", "pauses"]


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
        """One row per stage in order: position, stage, phase, owner, optional, sla_hours (of the promise's clock),
        promised (in words), calendar, basis, pauses."""
        rows = [self._stage_row(at, stage) for at, stage in enumerate(self.stages)]
        return pd.DataFrame(rows, columns=_STAGE)

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
        promised (in words), calendar."""
        rows = [
            each.model_dump(exclude={"clock"}) | self._promised(each.clock, "clock_hours") for each in self.transitions
        ]
        kept = [name for name in Transition.model_fields if name != "clock"]
        return pd.DataFrame(rows, columns=[*kept, "clock_hours", "promised", "calendar"])

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

    def _stage_row(self, at: int, stage: Stage) -> dict[str, Any]:
        sla = stage.sla
        kept = {"position": at, "stage": stage.name, "phase": stage.phase, "owner": stage.owner}
        kept |= {"optional": stage.optional, "basis": sla and sla.basis, "pauses": sla.pauses if sla else ()}
        return kept | self._promised(sla, "sla_hours")

    def _promised(self, promise: Promise | None, hours: str) -> dict[str, Any]:
        """A promise in hours of its clock, under that name, in words, and with the calendar."""
        if promise is None:
            return {hours: None, "promised": None, "calendar": None}
        words = promised_words(promise.target, promise.unit, promise.calendar)
        return {hours: promised_hours(promise, self.calendars), "promised": words, "calendar": promise.calendar}


def _again(error: dict[str, Any]) -> dict[str, Any]:
    """An error that pydantic has reported, as it takes one; what it says is kept."""
    at = {"loc": error["loc"], "input": error["input"]}
    if error["type"] in ("missing", "extra_forbidden"):
        return at | {"type": error["type"]}
    return at | {"type": "value_error", "ctx": {"error": error["msg"].removeprefix("Value error, ")}}
