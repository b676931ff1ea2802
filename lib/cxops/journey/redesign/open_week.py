"""The hours of a week in which a calendar is open, for a replay."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxops.journey.promises.calendars import Calendar, calendar_named, moments, open_time
from cxops.journey.redesign.replay import WEEK

_MONDAY = pd.Timestamp("2025-01-06", tz="UTC")
"""A Monday in winter time, without a holiday of the calendar counted."""


def open_week(name: str | None, calendars: Mapping[str, Calendar]) -> tuple[float, ...]:
    """For each of the 168 hours of a week from Monday 00:00 UTC the share (0–1) that is open; empty: always.

    Parameters
    ----------
    name : of a calendar; None: always open.
    calendars : by name, as a journey map has them.

    Raises
    ------
    ParameterError : there is no calendar of that name.

    Notes
    -----
    A usual week: holidays and changes of clocks are left out.

    >>> from cxops.journey.promises.calendars import OpeningHours
    >>> sum(open_week("desk", {"desk": OpeningHours("UTC", {"Mon": "09:00-17:30"})}))
    8.5
    """
    calendar = calendar_named(name, calendars)
    if calendar is None:
        return ()
    edges = pd.Series(pd.date_range(_MONDAY, periods=WEEK + 1, freq="h"))
    clock = open_time(calendar, edges.iloc[0], edges.iloc[-1])
    return tuple((np.diff(clock.read(moments(edges))) / 3.6e9).tolist())
