"""Who receives work: people where they are known, teams otherwise, with when they are busy and when they are there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import ir

from cxops.journey.waits.presence import absent
from cxops.journey.waits.sweep import Codes, Flags, full_segments, ordered_keys, within

Spans = tuple[Codes, Codes, Codes]
"""Group or window, start and end of each interval."""


@dataclass(frozen=True)
class Resources:
    """The receivers of a log as codes, people first and then teams, and their time in seconds since 1970.

    Parameters
    ----------
    count : people and teams together.
    receiver, team : per handoff the code of who took it up, and of the team.
    activity, case : per handoff the codes of what it was taken up for and of its case.
    since, until, finished : per handoff when it was handed over, taken up, and done with.
    work : works of each receiver in the order of receiver and start.
    handed : per work when it was handed over.
    full : disjoint segments in which a receiver is busy.
    sights : receiver and moment at which work of theirs began or ended.
    gaps : stretches between a team's first and last staffed interval in which nobody was.
    staffed : by receiver the first and last moment that staffing tells of; the first after the last where it does not.
    """

    count: int
    receiver: Codes
    team: Codes
    activity: Codes
    case: Codes
    since: Codes
    until: Codes
    finished: Codes
    work: Spans
    handed: Codes
    full: Spans
    sights: tuple[Codes, Codes]
    gaps: Spans
    staffed: tuple[Codes, Codes]

    def busy(self, group: Codes, start: Codes, end: Codes) -> Spans:
        """Of each window the stretches in which its receiver is busy."""
        return _overlap(self.full, group, start, end)

    def overtaking(self, group: Codes, start: Codes, end: Codes) -> Spans:
        """Of each window the stretches in which its receiver worked on what was handed over after its start."""
        of, begin, finish = self.work
        keys = ordered_keys(of, begin)
        low, high = (np.searchsorted(keys, ordered_keys(group, moment)) for moment in (start, end))
        window, place = within(low, high)
        later = self.handed[place] > start[window]
        window, place = window[later], place[later]
        return window, begin[place], np.minimum(finish[place], end[window])

    def away(self, present: Flags, receiver: Codes, team: Codes, start: Codes, end: Codes) -> Spans:
        """Of each window the stretches in which its receiver, or the receiver's team, was not there."""
        first, last = (each[team] for each in self.staffed)
        is_staffed = first < last
        own = absent(receiver, start, np.where(receiver == team, start, end), present)
        before = absent(team, start, np.where(is_staffed, np.minimum(end, first), end), present)
        after = absent(team, np.maximum(start, last), np.where(is_staffed, end, start), present)
        parts = [own, before, after, _overlap(self.gaps, team, start, end)]
        window, low, high = (np.concatenate(each) for each in zip(*parts, strict=True))
        return window, low, high


def resources(rows: pd.DataFrame, works: pd.DataFrame, staffing: pd.DataFrame | None) -> Resources:
    """The receivers of handoffs, with their works and their staffed hours.

    Parameters
    ----------
    rows : one row per handoff: case_id, to_team, agent, activity, since, until, finished (seconds).
    works : one row per active step: team, agent, start, end, handed (seconds).
    staffing : one row per team and interval: team, start, agents; None or empty where it is not kept.
    """
    agents, people = pd.factorize(pd.concat([rows["agent"], works["agent"]], ignore_index=True))
    teams, names = pd.factorize(pd.concat([rows["to_team"], works["team"]], ignore_index=True))
    split = len(rows)
    team = teams[:split] + len(people)
    by_team = teams[split:] + len(people)
    by = agents[split:]
    known = by >= 0
    group = np.concatenate([by[known], by_team]).astype(np.int64)
    start, end, handed = (
        np.concatenate([works[name].to_numpy(np.int64)[known], works[name].to_numpy(np.int64)])
        for name in ("start", "end", "handed")
    )
    order = np.lexsort((end, start, group))
    group, start, end, handed = (each[order] for each in (group, start, end, handed))
    count = len(people) + len(names)
    hours = staffed(staffing, {name: len(people) + at for at, name in enumerate(names)}, count)
    return Resources(
        count=count,
        receiver=np.where(agents[:split] >= 0, agents[:split], team).astype(np.int64),
        team=team.astype(np.int64),
        activity=pd.factorize(rows["activity"])[0].astype(np.int64),
        case=pd.factorize(rows["case_id"])[0].astype(np.int64),
        since=rows["since"].to_numpy(np.int64),
        until=rows["until"].to_numpy(np.int64),
        finished=rows["finished"].to_numpy(np.int64),
        work=(group, start, end),
        handed=handed,
        full=busy_segments((group, start, end), hours, len(people), count),
        sights=(np.concatenate([group, group]), np.concatenate([start, end])),
        gaps=hours.gaps,
        staffed=(hours.first, hours.last),
    )


@dataclass(frozen=True)
class Staffed:
    """Staffed intervals with people in them, and what lies between them.

    Parameters
    ----------
    group, start, end : receiver and bounds of each interval with somebody there.
    agents, present : how many were there, rounded up and exactly.
    gaps : stretches between intervals in which nobody was there.
    first, last : by receiver where its intervals begin and end; the first after the last where there are none.
    """

    group: Codes
    start: Codes
    end: Codes
    agents: Codes
    present: npt.NDArray[np.float64]
    gaps: Spans
    first: Codes
    last: Codes


def staffed(staffing: pd.DataFrame | None, codes: dict[str, int], count: int) -> Staffed:
    """The staffed intervals of the teams with a code; each lasts as long as intervals usually are apart (median)."""
    none = np.zeros(0, dtype=np.int64)
    bounds = np.ones(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    kept = None if staffing is None else staffing[staffing["team"].isin(list(codes)) & (staffing["agents"] > 0)]
    if kept is None or kept.empty:
        return Staffed(none, none, none, none, none.astype(np.float64), (none, none, none), *bounds)
    kept = kept.assign(code=kept["team"].map(codes).astype(np.int64)).sort_values(["code", "start"])
    group, start = kept["code"].to_numpy(np.int64), kept["start"].to_numpy(np.int64)
    follows = group[1:] == group[:-1]
    apart = np.diff(start)[follows]
    length = int(np.median(apart)) if len(apart) else 3600
    end = start + length
    hole = follows & (end[:-1] < start[1:])
    gaps = group[1:][hole], end[:-1][hole], start[1:][hole]
    first, last = bounds
    first[group[::-1]], last[group] = start[::-1], end
    present = kept["agents"].to_numpy(np.float64)
    return Staffed(group, start, end, np.ceil(present).astype(np.int64), present, gaps, first, last)


def busy_segments(work: Spans, hours: Staffed, people: int, count: int) -> Spans:
    """When each receiver is busy: a person during any work, a team while as many works run as it has people.

    Of a team without staffed hours, as many as it ever had at once.
    """
    group, start, end = work
    least = np.ones(count, dtype=np.int64)
    unstaffed = (hours.first >= hours.last) & (np.arange(count) >= people)
    least[unstaffed] = peaks(group, start, end, count)[unstaffed]
    most = np.concatenate([np.ones(len(group), dtype=np.int64), 1 - hours.agents])
    return full_segments(
        np.concatenate([group, hours.group]),
        np.concatenate([start, hours.start]),
        np.concatenate([end, hours.end]),
        most,
        np.maximum(least, 1),
    )


def peaks(group: Codes, start: Codes, end: Codes, groups: int) -> Codes:
    """By group the most intervals that ever ran at once.

    >>> peaks(np.array([0, 0, 0]), np.array([0, 2, 5]), np.array([5, 6, 9]), 1).tolist()
    [2]
    """
    at, change = np.concatenate([start, end]), np.repeat(np.array([1, -1]), len(start))
    of = np.concatenate([group, group])
    order = np.lexsort((change, at, of))
    level, most = np.cumsum(change[order]), np.zeros(groups, dtype=np.int64)
    np.maximum.at(most, of[order], level)
    return most


def _overlap(segments: Spans, group: Codes, start: Codes, end: Codes) -> Spans:
    """The parts of disjoint, ordered segments that lie within each window of their group."""
    of, begin, finish = segments
    low = np.searchsorted(ordered_keys(of, finish), ordered_keys(group, start), "right")
    high = np.searchsorted(ordered_keys(of, begin), ordered_keys(group, end), "left")
    window, place = within(low, high)
    return window, np.maximum(begin[place], start[window]), np.minimum(finish[place], end[window])


def staffed_intervals(staffing: ir.Table) -> ir.Table:
    """One row per team and interval: its start (seconds since 1970) and the agents of all units together."""
    rows = staffing.filter(staffing.agents.notnull())
    rows = rows.mutate(start=rows.interval_start.epoch_seconds().cast("int64"))
    return rows.group_by("team", "start").aggregate(agents=rows.agents.sum()).order_by("team", "start")
