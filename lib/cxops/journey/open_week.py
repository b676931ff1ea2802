"""The hours of a week in which a calendar is open, for a replay."""

import numpy as np
import pandas as pd

from cxops.journey.calendars import Calendar, moments, open_time
from cxops.journey.replay import WEEK

_MONDAY = pd.Timestamp("2025-01-06", tz="UTC")
"""A Monday in winter time, without a holiday of the calendar counted."""


def open_week(calendar: Calendar | None) -> tuple[float, ...]:
    """For each of the 168 hours of a week from Monday 00:00 UTC the share (0–1) that is open; empty for None: always.

    Notes
    -----
    A usual week: holidays and changes of clocks are left out.

    >>> from cxops.journey.calendars import OpeningHours
    >>> sum(open_week(OpeningHours("UTC", {"Mon": "09:00-17:30"})))
    8.5
    """
    if calendar is None:
        return ()
    edges = pd.Series(pd.date_range(_MONDAY, periods=WEEK + 1, freq="h"))
    clock = open_time(calendar, edges.iloc[0], edges.iloc[-1])
    return tuple((np.diff(clock.read(moments(edges))) / 3.6e9).tolist())
