"""The parts of a journey map, each checked by itself: calendar, promise, step, stage, transition, owner and so on."""

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from cxops.journey.promises.calendars import OpeningHours, open_time

PHASES = ("Awareness", "Onboarding", "Support", "Renewal")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _one(value: Any) -> Any:
    """A list of two is refused in words that say what is wrong with it."""
    if isinstance(value, list | tuple):
        raise ValueError(f"must be one, not a list of {len(value)}")
    return value


def _number(value: Any) -> Any:
    """YAML's yes would else be taken for 1."""
    if isinstance(value, bool):
        raise ValueError("input should be a number, not yes or no")
    return value


NAMED_BY = (("id",), ("name",), ("from_stage", "to_stage"), ("stage", "role", "raci"))
"""What tells the entries of a list apart: of steps and owners, of stages and decision points, and so on."""

_ANY_DAY = pd.Timestamp("2025-01-01", tz="UTC")
Name = Annotated[str, Field(min_length=1)]
One = Annotated[str, BeforeValidator(_one), Field(min_length=1)]
"""A name of which there can only be one, such as an owner."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Calendar(_Part):
    """When a clock runs: opening hours by day of the week in a time zone, less the holidays; see `OpeningHours`."""

    timezone: str = "UTC"
    hours: dict[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], str]
    holidays: tuple[date, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, timezone: str) -> str:
        if timezone not in available_timezones():
            raise ValueError("a time zone must be one of the IANA database, such as Europe/Berlin")
        return timezone

    @field_validator("hours", mode="before")
    @classmethod
    def _opens(cls, hours: Any) -> Any:
        """YAML reads an unquoted On and No as true and false; no day is called so."""
        if not hours:
            raise ValueError("a calendar must open on some day")
        return hours

    @field_validator("hours")
    @classmethod
    def _can_be_read(cls, hours: dict[str, str]) -> dict[str, str]:
        """The clocks themselves read a week of them, so what they would refuse is refused here."""
        open_time(OpeningHours("UTC", hours), _ANY_DAY, _ANY_DAY)
        return hours


class Promise(_Part):
    """A promised time: for a stage from its first step to its last known end, for a transition until it is taken up."""

    target: Annotated[float, BeforeValidator(_number)] = Field(gt=0)
    unit: Literal["minutes", "hours", "days"] = Field(
        description="with a calendar: of its opening hours; a day is a working day, its mean opening hours"
    )
    calendar: str | None = Field(None, description="name of a calendar; empty: the clock never stops")
    basis: Literal["customer", "history"]
    pauses: tuple[str, ...] = Field(
        (), description="activities during which the clock stops, such as Wait for customer"
    )


class Step(_Part):
    """A step of a stage: what the customer meets, and what is done before and behind the line of visibility."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    touchpoint: Name
    channel: str = ""
    front_stage: str = ""
    back_stage: str = ""
    activities: tuple[Name, ...] = Field((), description="activities of the log that carry this step out")
    systems: tuple[Name, ...] = ()
    team: str = ""
    queue: str | None = Field(None, description="the team or queue of the log where the work lies")
    emotion: Literal["feedback", "csat", "ces", "nps"] | None = Field(
        None, description="where its feeling is read from"
    )
    optional: bool = Field(False, description="whether a case may go without it")


class Stage(_Part):
    """A stage: one phase, one owner, one promise."""

    name: Name
    phase: Literal["Awareness", "Onboarding", "Support", "Renewal"]
    owner: One | None = None
    sla: Promise | None = None
    optional: bool = False
    steps: tuple[Step, ...] = ()


class Transition(_Part):
    """An agreed passing point between two stages: the boundary register's entry."""

    from_stage: One
    to_stage: One
    exit_rule: str = Field("", description="what must hold before the work leaves")
    accepting_team: One | None = None
    required_fields: tuple[str, ...] = ()
    clock: Promise | None = None


class Owner(_Part):
    """Somebody, by role, who answers for stages."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    role: Name
    department: str = ""
    answers_to: One | None = None
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

    name: Name
    condition: Name
    workflow: Name
    within: Promise | None = None
