"""How busy the people behind a queue are: hours of work in the hours in which they were there."""

import numpy as np
import pandas as pd

from cxops.journey.waits.resources import Staffed
from cxops.journey.waits.sweep import Codes, full_segments, within

DAY, HOUR = 86_400, 3600
STAFFED, SEEN, UNKNOWN = "staffed hours", "hours between first and last work of each person and day", "not known"
"""What utilisation is a share of."""


def utilisation(works: pd.DataFrame, group: Codes, hours: Staffed, count: int) -> dict[str, np.ndarray]:
    """Busy hours, hours available, and the share of the one in the other."""
    start, end = (works[name].to_numpy(np.int64) for name in ("start", "end"))
    busy = np.bincount(group, (end - start) / HOUR, minlength=count)
    seen, within_days = _seen_hours(works, group, count)
    present = _staffed_hours(hours, group, start, end, count)
    is_staffed = present > 0
    available = np.where(is_staffed, present, np.where(seen > 0, seen, np.nan))
    used = np.where(is_staffed, busy, within_days)
    basis = np.where(is_staffed, STAFFED, np.where(seen > 0, SEEN, UNKNOWN))
    return {"busy_hours": busy, "available_hours": available, "utilisation": used / available, "basis": basis}


def _staffed_hours(hours: Staffed, group: Codes, start: Codes, end: Codes, count: int) -> np.ndarray:
    """Agent hours by group between its first and last work."""
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, group, start)
    np.maximum.at(last, group, end)
    length = np.minimum(hours.end, last[hours.group]) - np.maximum(hours.start, first[hours.group])
    return np.bincount(hours.group, np.maximum(length, 0) / HOUR * hours.present, minlength=count)


def _seen_hours(works: pd.DataFrame, group: Codes, count: int) -> tuple[np.ndarray, np.ndarray]:
    """By group the hours between each person's first and last work of each day, and those of them that were worked."""
    known = works["agent"].notna().to_numpy(bool)
    group, person = group[known], pd.factorize(works.loc[known, "agent"])[0].astype(np.int64)
    start, end = (works.loc[known, name].to_numpy(np.int64) for name in ("start", "end"))
    owner, day = within(start // DAY, (end - 1) // DAY + 1)
    low, high = np.maximum(start[owner], day * DAY), np.minimum(end[owner], (day + 1) * DAY)
    cells, cell = np.unique(np.column_stack([group[owner], person[owner], day]), axis=0, return_inverse=True)
    cell = cell.reshape(-1).astype(np.int64)
    first, last = np.full(len(cells), np.iinfo(np.int64).max), np.full(len(cells), np.iinfo(np.int64).min)
    np.minimum.at(first, cell, low)
    np.maximum.at(last, cell, high)
    of, begin, finish = full_segments(cell, low, high, np.ones_like(cell), np.ones(len(cells), dtype=np.int64))
    team = cells[:, 0].astype(np.int64) if len(cells) else np.zeros(0, dtype=np.int64)
    seen = np.bincount(team, (last - first) / HOUR, minlength=count)
    return seen, np.bincount(team[of], (finish - begin) / HOUR, minlength=count)
