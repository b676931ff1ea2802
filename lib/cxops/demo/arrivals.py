"""When customers come: by weekday, by hour, and by season where one is planted."""

import numpy as np

from cxops.demo import setting
from cxops.demo.columns import Codes, Reals
from cxops.demo.truths import SEASON

_PEAK = 335
"""Day of the year on which seasonal demand is highest: 1 December in a year of 366 days."""


def day_weights(unit: str) -> Reals:
    """Expected demand on each of the days observed, relative; Sundays have none."""
    day = np.arange(setting.DAYS)
    weekday = np.asarray(setting.WEEKDAY)[day % 7]  # 1 January 2024 was a Monday
    swing = SEASON.size if unit == SEASON.unit else 0.0
    return np.asarray(weekday * (1 + swing * np.cos(2 * np.pi * (day - _PEAK) / 365.25)))


def arrivals(rng: np.random.Generator, units: Codes) -> Codes:
    """A moment for each unit code given, in seconds since 1970: independent draws from the unit's demand."""
    day = np.empty(len(units), dtype=np.int64)
    for code, unit in enumerate(setting.UNITS):
        here = np.flatnonzero(units == code)
        weights = day_weights(unit)
        day[here] = rng.choice(setting.DAYS, size=len(here), p=weights / weights.sum())
    profile = np.asarray(setting.HOUR) / np.sum(setting.HOUR)
    hour = setting.OPENS + rng.choice(len(profile), size=len(units), p=profile)
    return np.asarray(setting.START + day * 86_400 + hour * 3_600 + rng.integers(0, 3_600, len(units)))


def level_arrivals(rng: np.random.Generator, count: int) -> Codes:
    """Moments in opening hours by weekday and hour alone, in seconds since 1970: no season, in any unit."""
    return arrivals(rng, np.full(count, setting.UNITS.index(setting.CONTROL)))


def is_open(seconds: Codes) -> np.ndarray:
    """Whether each moment lies in opening hours."""
    hour = seconds // 3_600 % 24
    weekday = (seconds - setting.START) // 86_400 % 7
    return np.asarray((hour >= setting.OPENS) & (hour < setting.CLOSES) & (weekday < 6))
