"""Who was there, hour by hour, and what came in.

Notes
-----
Plans follow weekday and hour but not the season, and are equal in all weeks; a tenth of the planned half-posts is
absent. Counts and handling time are added up from `contacts`, so the two tables agree; what automation handled alone
is left out.
"""

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.columns import UNKNOWN, Codes, moments, named
from cxops.demo.setting import TEAMS, UNITS

_OCCUPANCY, _ABSENT_SHARE, _HOURLY_COST = 0.75, 0.10, 38.0
_HOURS = setting.CLOSES - setting.OPENS


def table(rng: np.random.Generator, contacts: pd.DataFrame, unit_of_case: Codes, steps: pd.DataFrame) -> pd.DataFrame:
    """The canonical table `staffing`: one row per unit, team and opening hour.

    Parameters
    ----------
    contacts, steps : as codes.
    unit_of_case : per case, the unit's code.
    """
    day, hour = (each.ravel() for each in np.meshgrid(_open_days(), np.arange(_HOURS), indexing="ij"))
    came = _came(contacts)
    load = _case_hours(unit_of_case, steps) + came["handling_seconds"].sum(axis=(2, 3)) / 3_600
    frames = []
    for unit in range(len(UNITS)):
        for team in range(len(TEAMS)):
            agents = _agents(rng, load[unit, team], day, hour)
            counts = {name: values[unit, team, day, hour] for name, values in came.items()}
            start = setting.START + day * 86_400 + (setting.OPENS + hour) * 3_600
            frames.append(pd.DataFrame({"unit": unit, "team": team, "start": start, "agents": agents, **counts}))
    rows = pd.concat(frames, ignore_index=True)
    columns = {
        "unit": named(UNITS, rows["unit"].to_numpy()),
        "team": named(TEAMS, rows["team"].to_numpy()),
        "interval_start": moments(rows["start"].to_numpy()),
        "agents": rows["agents"],
        "paid_hours": rows["agents"],
        "cost": rows["agents"] * _HOURLY_COST,
    }
    return pd.DataFrame(columns | {name: rows[name] for name in came})


def _open_days() -> Codes:
    day = np.arange(setting.DAYS)
    return day[day % 7 < 6]


def _agents(rng: np.random.Generator, load_hours: float, day: Codes, hour: Codes) -> np.ndarray:
    """Agents present in each interval: the plan, in half-posts, less those absent; somebody is always there."""
    weights = np.asarray(setting.WEEKDAY)[day % 7] * np.asarray(setting.HOUR)[hour]
    planned = np.maximum(1, np.ceil(2 * load_hours * weights / weights.sum() / _OCCUPANCY).astype(np.int64))
    return np.maximum(1, rng.binomial(planned, 1 - _ABSENT_SHARE)) / 2


def _case_hours(unit_of_case: Codes, steps: pd.DataFrame) -> np.ndarray:
    """Hours of work on cases by unit and team over the two years."""
    worked = steps[(steps["status"] == 0) & (steps["end"] != UNKNOWN)]
    cell = unit_of_case[worked["case"]] * len(TEAMS) + worked["team"]
    hours = np.bincount(cell, (worked["end"] - worked["start"]) / 3_600, minlength=len(UNITS) * len(TEAMS))
    return hours.reshape(len(UNITS), len(TEAMS))


def _came(contacts: pd.DataFrame) -> dict[str, np.ndarray]:
    """Contacts for people, by unit, team, day and hour of arrival."""
    rows = contacts[~contacts["bot"]]
    since = rows["offered"].to_numpy() - setting.START
    shape = (len(UNITS), len(TEAMS), setting.DAYS, _HOURS)
    place = (rows["unit"], rows["team"], since // 86_400, since // 3_600 % 24 - setting.OPENS)
    cell = np.ravel_multi_index(place, shape)
    handled = (rows["answered"] != UNKNOWN) & (rows["ended"] != UNKNOWN)
    measured = {
        "offered": None,
        "answered": rows["answered"] != UNKNOWN,
        "abandoned": rows["abandoned"],
        "handling_seconds": np.where(handled, rows["ended"] - rows["answered"], 0),
    }
    return {
        name: np.bincount(cell, weights, minlength=int(np.prod(shape))).reshape(shape).astype(float)
        for name, weights in measured.items()
    }
