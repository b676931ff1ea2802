"""How many agents a stage's queue needs at least for its promise: Erlang C, the smallest part of it that this asks for.

Planning of capacity is a domain of its own, and domains do not import each other; so the one formula stands here.
"""

from collections.abc import Mapping
from math import exp, floor, isnan, nan
from typing import Any

import ibis
import pandas as pd
from ibis import ir

from cxops.journey.promises.calendars import Calendar, calendar_named, working_hours

_COLUMNS = [
    *("arrivals_per_hour", "handling_hours", "offered_load", "wait_hours", "agents_needed", "occupancy"),
    *("in_time_share", "agents_present", "short_by"),
]
SLOW, QUIET, COMPUTED = "handling alone takes longer than the promise", "no work in the log", "computed"


def delay_share(agents: int, offered_load: float) -> float:
    """Erlang C: the share of arrivals (0–1) that find all agents busy and must wait.

    Parameters
    ----------
    agents : at least 1; where there are no more than `offered_load`, the queue grows without end and all wait.
    offered_load : arrivals per hour times handling hours, erlangs.

    Notes
    -----
    With Erlang B by its recursion B(0) = 1, B(c) = A B(c − 1) / (c + A B(c − 1)): C = c B / (c − A (1 − B)).

    >>> round(delay_share(14, 10.0), 5)
    0.17413
    """
    if agents <= offered_load:
        return 1.0
    blocked = 1.0
    for count in range(1, agents + 1):
        blocked = offered_load * blocked / (count + offered_load * blocked)
    return agents * blocked / (agents - offered_load * (1 - blocked))


def waited_at_most(agents: int, offered_load: float, handling_hours: float, wait_hours: float) -> float:
    """The share of arrivals (0–1) that wait no longer than `wait_hours`: 1 − C exp(−(c − A) wait / handling).

    >>> round(waited_at_most(14, 10.0, 180 / 3600, 20 / 3600), 5)
    0.88835
    """
    if agents <= offered_load:
        return 0.0
    return 1 - delay_share(agents, offered_load) * exp(-(agents - offered_load) * wait_hours / handling_hours)


def fewest_agents(offered_load: float, handling_hours: float, wait_hours: float, share: float) -> int:
    """The fewest agents with whom at least `share` of the arrivals wait no longer than `wait_hours`.

    >>> fewest_agents(10.0, 180 / 3600, 20 / 3600, 0.8)
    14
    """
    agents = floor(offered_load) + 1
    while waited_at_most(agents, offered_load, handling_hours, wait_hours) < share:
        agents += 1
    return agents


def agents_needed(queues: pd.DataFrame, present: pd.DataFrame, *, target_share: float) -> pd.DataFrame:
    """One row per promised stage: the agents it needs at least, those it has, and how many are missing.

    Parameters
    ----------
    queues : one row per stage: stage, cases (that began in the time observed), open_hours (of the promise's calendar in
        that time), touch_hours (of work on them), target_hours.
    present : one row per stage: stage, agents; may be empty.
    target_share : share (0–1) of the cases that are to be in time.

    Returns
    -------
    stage, arrivals_per_hour (of opening hours), handling_hours (mean), offered_load (erlangs), wait_hours (the promise
    less the handling), agents_needed, occupancy (0–1, at agents_needed), in_time_share (then expected), agents_present,
    short_by (missing at least: needed less present, not below 0; a gap where the present are not known), state.

    Notes
    -----
    Erlang C takes arrivals as random and steady, handling times as exponential and each case as worked on without a
    break by one agent of this stage alone. Case work of hours is not a queue of calls: it bunches, is put aside, and
    hands wait on other teams. So the number is a lower bound, and its occupancy says how far from comfortable it is;
    that more are there than it says is no reason to take any away. Units that work apart need more together.
    Teams share people among stages, so agents that are present, and those missing, come in parts.
    """
    rows = [{"stage": row["stage"]} | _needed(row, target_share) for row in queues.to_dict("records")]
    frame = pd.DataFrame(rows, columns=["stage", *_COLUMNS[:7], "state"]).astype(dict.fromkeys(_COLUMNS[:7], "float64"))
    known = present.rename(columns={"agents": "agents_present"})
    frame = frame.merge(known, on="stage", how="left", validate="one_to_one")
    frame = frame.astype({"agents_present": "float64"})
    frame = frame.assign(short_by=(frame["agents_needed"] - frame["agents_present"]).clip(lower=0))
    return frame[["stage", *_COLUMNS, "state"]]


def stage_queues(
    clocks: pd.DataFrame, work: pd.DataFrame, calendars: Mapping[str, Calendar], *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per promised stage as a queue: stage, cases, open_hours, touch_hours, target_hours.

    Parameters
    ----------
    clocks : one row per clock, as `stage_clocks` gives them; open_hours run from the first of them to `as_of`. Clocks
        of handoffs are left out.
    work : one row per stage and team: stage, team, touch_hours.
    calendars : by name.
    """
    stages = clocks[clocks["promise"].isin(work["stage"])]
    first = stages.groupby("promise", sort=False).agg(
        cases=("case_id", "size"),
        first=("started_at", "min"),
        target_hours=("target_hours", "first"),
        calendar=("calendar", "first"),
    )
    first["open_hours"] = [
        float(
            working_hours(pd.Series([row["first"]]), pd.Series([as_of]), calendar_named(row["calendar"], calendars))[0]
        )
        for row in first.to_dict("records")
    ]
    touched = work.groupby("stage")["touch_hours"].sum().reindex(first.index)
    queues = first.assign(touch_hours=touched).rename_axis("stage").reset_index()
    return queues[["stage", "cases", "open_hours", "touch_hours", "target_hours"]]


def agents_present(staffing: ir.Table, work: pd.DataFrame) -> pd.DataFrame:
    """One row per stage: the agents that teams have for it on average, full-time equivalents in a staffed interval.

    Parameters
    ----------
    staffing : one row per unit, team and interval; may be empty.
    work : one row per stage and team: stage, team, touch_hours.

    Notes
    -----
    A team's mean agents over its staffed intervals, less the part of its paid hours that went into contacts, are
    divided among the stages as its hours of work are. A stage counts only if all teams that work in it are known.
    """
    by_unit = staffing.group_by("unit", "team").aggregate(
        agents=staffing.agents.mean(),
        paid=staffing.paid_hours.sum(),
        contact_hours=staffing.handling_seconds.sum().fill_null(0.0) / 3600,
    )
    free = ibis.cases((by_unit.contact_hours < by_unit.paid, 1 - by_unit.contact_hours / by_unit.paid), else_=0.0)
    teams = by_unit.mutate(agents=by_unit.agents * free).group_by("team").aggregate(agents=ibis._.agents.sum())
    both = work.merge(teams.to_pandas().astype({"agents": "float64"}), on="team", how="left", validate="many_to_one")
    share = both["touch_hours"] / both.groupby("team")["touch_hours"].transform("sum")
    found = (both["agents"] * share).groupby(both["stage"]).agg(lambda each: each.sum(skipna=False))
    return found.dropna().rename("agents").rename_axis("stage").reset_index()


def _needed(row: dict[Any, Any], target_share: float) -> dict[str, Any]:
    """Load and agents of one stage."""
    gaps = dict.fromkeys(_COLUMNS[:7], nan)
    cases, touch, hours = float(row["cases"]), float(row["touch_hours"]), float(row["open_hours"])
    if not (cases > 0 and touch > 0 and hours > 0) or isnan(touch):
        return gaps | {"state": QUIET}
    handling, rate = touch / cases, cases / hours
    load, wait = rate * handling, float(row["target_hours"]) - handling
    known = {"arrivals_per_hour": rate, "handling_hours": handling, "offered_load": load, "wait_hours": wait}
    if wait <= 0:
        return gaps | known | {"state": SLOW}
    agents = fewest_agents(load, handling, wait, target_share)
    share = waited_at_most(agents, load, handling, wait)
    return known | {"agents_needed": agents, "occupancy": load / agents, "in_time_share": share, "state": COMPUTED}
