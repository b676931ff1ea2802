"""What a promise of time means on its clock: how many hours, and in which words every page says it."""

from collections.abc import Mapping
from math import isnan
from typing import Protocol

from cxops.journey.promises.calendars import Calendar, calendar_named, weekly_hours

HOURS = {"minutes": 1 / 60, "hours": 1.0}
"""Units of time that are as long on every clock; a day is as long as its calendar says, see `day_hours`."""


class Promise(Protocol):
    """A promised time; those of a journey map are such."""

    @property
    def target(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def calendar(self) -> str | None: ...


def day_hours(calendar: Calendar | None) -> float:
    """Hours of one day of a clock: 24 without a calendar, else the mean opening hours of the weekdays that it names.

    Notes
    -----
    A working day, as service agreements count it: three days of an office that is open from eight to six are thirty
    opening hours. Where the days differ, each counts as their mean, so that a promise is as long whenever it begins.

    >>> from cxops.journey.promises.calendars import OpeningHours
    >>> day_hours(OpeningHours("UTC", {"Mon": "08:00-18:00", "Sat": "08:00-12:00"})), day_hours(None)
    (7.0, 24.0)
    """
    return 24.0 if calendar is None else weekly_hours(calendar) / len(calendar.hours)


def promised_hours(promise: Promise, calendars: Mapping[str, Calendar]) -> float:
    """The hours of its own clock that a promise allows: opening hours if it has a calendar.

    Raises
    ------
    ParameterError : the promise names a calendar that is not there, or that cannot be read.
    """
    calendar = calendar_named(promise.calendar, calendars)
    return promise.target * (HOURS[promise.unit] if promise.unit in HOURS else day_hours(calendar))


def promised_words(target: float, unit: str, calendar: str | None) -> str:
    """The promise in words that name its clock, the same wherever it is told.

    >>> promised_words(3, "days", "office"), promised_words(8, "hours", "office"), promised_words(1, "days", None)
    ('3 working days', '8 opening hours', '1 day')
    """
    clock = "" if calendar is None else "working " if unit == "days" else "opening "
    return f"{target:g} {clock}{unit.removesuffix('s') if target == 1 else unit}"


def on_the_wall(promised: str, hours: float) -> str:
    """A promise of opening hours in words, with what it takes on the wall where that is known.

    >>> from math import nan
    >>> on_the_wall("8 opening hours", 20.2), on_the_wall("1 opening hour", 1.04), on_the_wall("1 working day", nan)
    ('8 opening hours, about 20 hours on the wall', '1 opening hour, about 1 hour on the wall', '1 working day')
    """
    if isnan(hours):
        return promised
    said = f"{hours:,.0f}" if hours >= 9.95 else f"{hours:.1f}".removesuffix(".0")
    return f"{promised}, about {said} hour{'' if said == '1' else 's'} on the wall"
