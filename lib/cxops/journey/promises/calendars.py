"""Business time: how long a clock ran between two moments, if it runs only while the calendar is open.

The open intervals of a calendar are found once over the range of the data, in UTC, with the open time before each of
them; the working time of any number of pairs is then a difference of two look-ups. Neither pandas' CustomBusinessHour
(an offset for one moment at a time, the same hours every day) nor numpy's busday_count (whole days) knows hours by day
of the week, nights across midnight or a change of clocks, so neither is used; tests hold whole days against the latter.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxops.errors import ParameterError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = 24 * 60
_WINDOW = re.compile(r"\s*(\d{1,2}):([0-5]\d)\s*[-–]\s*(\d{1,2}):([0-5]\d)\s*")
_HOUR = 3_600 * 10**6
"""Moments are counted in whole microseconds, so that nothing is lost in a sum."""

Moments = npt.NDArray[np.int64]


class Calendar(Protocol):
    """When a clock runs; the calendars of a journey map are such, and so are `OpeningHours`."""

    @property
    def timezone(self) -> str: ...
    @property
    def hours(self) -> Mapping[Any, str]: ...
    @property
    def holidays(self) -> Collection[date]: ...


@dataclass(frozen=True)
class OpeningHours:
    """Opening hours by day of the week in a time zone, less the holidays.

    Parameters
    ----------
    timezone : a name of the IANA database, such as Europe/Berlin.
    hours : windows by day, `Mon` to `Sun`: `08:00-12:00, 13:00-17:00`. A window that ends before it begins ends on the
        next day, `24:00` is the end of the day; a day that is not named is closed.
    holidays : local dates that are closed from midnight to midnight.
    """

    timezone: str
    hours: Mapping[str, str]
    holidays: tuple[date, ...] = ()


@dataclass(frozen=True)
class OpenTime:
    """The open intervals of a calendar as a clock that can be read at any moment of their range.

    Parameters
    ----------
    opened, closed : of each interval, microseconds since 1970 in UTC; ascending, and none touches the next.
    """

    opened: Moments
    closed: Moments

    def read(self, at: Moments) -> Moments:
        """Open microseconds from the first interval on until each moment."""
        if not len(self.opened):
            return np.zeros(len(at), dtype=np.int64)
        before = np.concatenate([[0], (self.closed - self.opened).cumsum()])
        place = np.searchsorted(self.opened, at, side="right")
        latest = np.maximum(place - 1, 0)
        still = np.where(place > 0, np.maximum(self.closed[latest] - at, 0), 0)
        return np.asarray(before[place] - still, dtype=np.int64)

    def moment(self, reading: Moments) -> Moments:
        """The first moment at which the clock shows each reading: the inverse of `read`."""
        after = (self.closed - self.opened).cumsum()
        place = np.minimum(np.searchsorted(after, reading, side="left"), len(after) - 1)
        return np.asarray(self.closed[place] - (after[place] - reading), dtype=np.int64)


def open_time(calendar: Calendar, first: pd.Timestamp, last: pd.Timestamp) -> OpenTime:
    """The open intervals of a calendar that may touch the time from `first` to `last`, in UTC.

    Raises
    ------
    ParameterError : the time zone or a day is unknown, a window cannot be read or overlaps another, or the calendar
        has no hours at all. If every open day of the range is a holiday there are no intervals, and no hour runs.

    Notes
    -----
    A wall-clock time that a change of clocks skips is taken as the moment of the change, one that it repeats as its
    first occurrence. So a day open around the clock has 23 hours in spring and 25 in autumn.
    """
    windows, zone = _windows(calendar), _zone(calendar)
    bounds = [moment.tz_convert(zone).tz_localize(None).normalize() for moment in (first, last)]
    days = pd.date_range(bounds[0] - pd.Timedelta(days=8), bounds[1] + pd.Timedelta(days=8))
    days = days[~days.isin(pd.DatetimeIndex([pd.Timestamp(day) for day in calendar.holidays]))]
    opened, closed = (
        np.concatenate(
            [_utc(days[days.dayofweek == day] + pd.Timedelta(minutes=each[end]), zone) for day, each in windows]
        )
        for end in (0, 1)
    )
    order = np.argsort(opened, kind="stable")
    opened, closed = _joined(opened[order], closed[order])
    return OpenTime(opened, closed)


def working_hours(started_at: pd.Series, ended_at: pd.Series, calendar: Calendar | None) -> pd.Series:
    """Hours that the clock ran between two moments, row by row.

    Parameters
    ----------
    started_at, ended_at : moments in UTC, of equal index; an end before its start gives hours below 0.
    calendar : when the clock runs; None: always.

    Returns
    -------
    Hours as numbers; a gap where either moment is.

    Notes
    -----
    With F(t) the open time from a fixed moment until t, the hours are F(end) − F(start). F is found for all n moments
    by one sorted look-up among the m open intervals, so the cost is in the order of (n + m) log m.

    >>> hours = OpeningHours("Europe/Berlin", {"Mon": "09:00-17:00", "Tue": "09:00-17:00"})
    >>> monday_four = pd.Series(pd.to_datetime(["2025-01-06 15:00"], utc=True))
    >>> working_hours(monday_four, monday_four + pd.Timedelta(hours=18), hours).tolist()
    [2.0]
    """
    if calendar is None:
        return (ended_at - started_at).dt.total_seconds() / 3_600
    known = (started_at.notna() & ended_at.notna()).to_numpy()
    hours = pd.Series(np.nan, index=started_at.index, dtype=np.float64)
    if known.any():
        start, end = started_at[known], ended_at[known]
        clock = open_time(calendar, min(start.min(), end.min()), max(start.max(), end.max()))
        hours[known] = (clock.read(moments(end)) - clock.read(moments(start))) / _HOUR
    return hours


def due_at(started_at: pd.Series, target_hours: float, calendar: Calendar | None) -> pd.Series:
    """The moment by which a clock that started then has run `target_hours`.

    >>> hours = OpeningHours("UTC", {"Mon": "09:00-17:00", "Tue": "09:00-17:00"})
    >>> due_at(pd.Series(pd.to_datetime(["2025-01-06 15:00"], utc=True)), 4, hours).iloc[0]
    Timestamp('2025-01-07 11:00:00+0000', tz='UTC')
    """
    if calendar is None or started_at.empty:
        return started_at + pd.Timedelta(hours=target_hours)
    needed, reach = round(target_hours * _HOUR), pd.Timedelta(hours=target_hours) + pd.Timedelta(days=8)
    while True:
        clock = open_time(calendar, started_at.min(), started_at.max() + reach)
        readings = clock.read(moments(started_at)) + needed
        if readings.max() <= (clock.closed - clock.opened).sum():
            due = pd.to_datetime(clock.moment(readings), unit="us", utc=True)
            return pd.Series(due, index=started_at.index)
        reach *= 2


def weekly_hours(calendar: Calendar) -> float:
    """Opening hours of a week without holidays and without a change of clocks.

    >>> weekly_hours(OpeningHours("UTC", {"Mon": "08:00-12:00, 13:00-17:00", "Tue": "22:00-06:00"}))
    16.0
    """
    return sum(last - first for _, (first, last) in _windows(calendar)) / 60


def moments(at: pd.Series) -> Moments:
    """Microseconds since 1970 in UTC of moments without gaps."""
    return at.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)


def calendar_named(name: str | None, calendars: Mapping[str, Calendar]) -> Calendar | None:
    """The calendar of that name; None, the clock that never stops, for no name.

    Raises
    ------
    ParameterError : there is none of that name.
    """
    if name is None or pd.isna(name):
        return None
    if name not in calendars:
        known = ", ".join(calendars) or "none yet"
        raise ParameterError(
            f"a promise's calendar must be one of {known}: got {name!r} (calendars of the journey map)"
        )
    return calendars[name]


def _windows(calendar: Calendar) -> list[tuple[int, tuple[int, int]]]:
    """Windows as (day of the week, (first, last minute of that day)), cut at midnight so that dates decide holidays."""
    pieces = [
        ((day + over) % 7, piece)
        for name, text in calendar.hours.items()
        for day in [_day(str(name))]
        for first, last in _parsed(text, str(name))
        for over, piece in enumerate(_cut(first, last))
    ]
    if not pieces:
        raise ParameterError("a calendar must open on some day of the week: it has no hours")
    pieces.sort()
    for (day, (_, last)), (next_day, (first, _)) in zip(pieces, pieces[1:], strict=False):
        if day == next_day and first < last:
            raise ParameterError(f"opening hours of a day must not overlap: those of {DAYS[day]} do (calendar)")
    return pieces


def _day(name: str) -> int:
    if name not in DAYS:
        raise ParameterError(f"a day of a calendar must be one of {', '.join(DAYS)}: got {name!r}")
    return DAYS.index(name)


def _parsed(text: str, day: str) -> Iterator[tuple[int, int]]:
    """Minutes of the day at which each window begins and ends."""
    for part in re.split(r"[,;]", text):
        found = _WINDOW.fullmatch(part)
        first, last = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3)) if found else (0, 0)
        if not found or first == last or first >= _DAY or last > _DAY:
            raise ParameterError(f"opening hours must be written like 08:00-12:00, 13:00-17:00: got {text!r} for {day}")
        yield first, last


def _cut(first: int, last: int) -> list[tuple[int, int]]:
    """A window in one piece, or in two if it goes on after midnight."""
    return [(first, last)] if first < last else [(first, _DAY), (0, last)] if last else [(first, _DAY)]


def _zone(calendar: Calendar) -> ZoneInfo:
    try:
        return ZoneInfo(calendar.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wanted = "a name of the IANA database such as Europe/Berlin"
        raise ParameterError(f"the time zone of a calendar must be {wanted}: got {calendar.timezone!r}") from None


def _utc(local: pd.DatetimeIndex, zone: ZoneInfo) -> Moments:
    first = np.ones(len(local), dtype=bool)
    known = local.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return known.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)


def _joined(opened: Moments, closed: Moments) -> tuple[Moments, Moments]:
    """The intervals with those that touch made one, and without those that a change of clocks left empty."""
    real = closed > opened
    opened, closed = opened[real], closed[real]
    apart = opened[1:] > closed[:-1]
    return opened[np.concatenate([[True], apart])[: len(opened)]], closed[
        np.concatenate([apart, [True]])[: len(closed)]
    ]
