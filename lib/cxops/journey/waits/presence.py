"""When a team or a person is usually there, read from the hours in which they begin and end work."""

import numpy as np
import numpy.typing as npt

from cxops.journey.waits.sweep import Codes, Flags, within

HOUR, WEEK = 3600, 7 * 24
_MONDAY = 4 * 24
"""Hours from 1 January 1970, a Thursday, to the first Monday."""
_EXPECTED = 5
"""Times that a cell of the week must be expected to be seen before its not being seen says anything."""


def hours_of_week(moment: Codes) -> Codes:
    """The hour of the week (UTC) in which a moment lies: 0 is Monday's first.

    >>> hours_of_week(np.array([1736121600, 1736121600 + 25 * 3600])).tolist()  # Monday 6 January 2025
    [0, 25]
    """
    return (moment // HOUR - _MONDAY) % WEEK


def presence(group: Codes, moment: Codes, groups: int, *, support: float, days: int) -> Flags:
    """By group and hour of the week, whether it is usually there.

    Parameters
    ----------
    group, moment : when (seconds since 1970) a group was seen beginning or ending work, one entry a sight.
    groups : how many groups there are.
    support : share (0–1) of the sights on its busiest weekday, and in its busiest hour of the day, that another
        weekday and hour must have to count.
    days : a group seen on fewer days says nothing about its hours: it counts as always there.

    Returns
    -------
    groups × 168, Monday's first hour first.

    Notes
    -----
    Sights are counted once an hour. A group is there on its weekdays in its hours; of these, not where it was seen less
    than `support` times as often as weekday and hour let expect, if they let expect five sights or more. So
    few sights make no gaps in the week, and many show a Saturday that ends at noon.
    """
    seen = np.unique(np.column_stack([group, moment // HOUR]), axis=0).reshape(-1, 2)
    of, hour = seen[:, 0], (seen[:, 1] - _MONDAY) % WEEK
    counts = np.bincount(of * WEEK + hour, minlength=groups * WEEK).reshape(groups, 7, 24).astype(float)
    weekday, daily = counts.sum(axis=2), counts.sum(axis=1)
    by_day = weekday >= support * weekday.max(axis=1, keepdims=True)
    by_hour = daily >= support * daily.max(axis=1, keepdims=True)
    total = np.maximum(counts.sum(axis=(1, 2)), 1)[:, None, None]
    expected = weekday[:, :, None] * daily[:, None, :] / total
    missing = (expected >= _EXPECTED) & (counts < support * expected)
    on = (by_day & (weekday > 0))[:, :, None] & (by_hour & (daily > 0))[:, None, :] & ~missing
    day = np.unique(np.column_stack([of, seen[:, 1] // 24]), axis=0).reshape(-1, 2)
    on[np.bincount(day[:, 0], minlength=groups) < days] = True
    return on.reshape(groups, WEEK)


def absences(present: Flags) -> tuple[Codes, Codes, Codes]:
    """Group, first hour and hour after the last of each stretch of the week in which a group is not there."""
    padded = np.pad((~present).astype(np.int8), ((0, 0), (1, 1)))
    steps = np.diff(padded, axis=1)
    group, begin = np.nonzero(steps == 1)
    _, finish = np.nonzero(steps == -1)
    return group.astype(np.int64), begin.astype(np.int64), finish.astype(np.int64)


def absent(group: Codes, start: Codes, end: Codes, present: npt.NDArray[np.bool_]) -> tuple[Codes, Codes, Codes]:
    """Of each window the stretches in which its group is not there: the window's number, their start and end.

    Parameters
    ----------
    group, start, end : one entry a window: whose presence, from and to (seconds since 1970).
    present : as `presence` gives it.
    """
    of, begin, finish = absences(present)
    first = np.searchsorted(of, group, "left")
    last = np.searchsorted(of, group, "right")
    week = (start // HOUR - _MONDAY) // WEEK
    weeks = np.where(last > first, (np.maximum(end - 1, start) // HOUR - _MONDAY) // WEEK - week + 1, 0)
    window, turn = within(np.zeros_like(week), weeks)
    owner, place = within(first[window], last[window])
    monday = ((week[window] + turn)[owner] * WEEK + _MONDAY) * HOUR
    window = window[owner]
    low, high = monday + begin[place] * HOUR, monday + finish[place] * HOUR
    low, high = np.maximum(low, start[window]), np.minimum(high, end[window])
    kept = low < high
    return window[kept], low[kept], high[kept]
