"""A replay of recorded work by other crews: the same cases and the same hours of work, only who does it changes.

ciw was tried first. It draws arrivals and services from distributions, by node and class; that each piece of work of
each case has its own recorded hours and its own recorded delay before it, that people of one crew can do different
things and that work rests overnight would each need a class of our own on top. So this is an event simulation of its
own; tests hold it against ciw on the same trace and against Erlang's formula.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import pandas as pd

WEEK = 168


@dataclass(frozen=True)
class Crew:
    """People who share one queue.

    Parameters
    ----------
    people : for each of those at work at once, what they can do; None: everything the crew does.
    open_week : for each of the 168 hours of a week, from Monday 00:00 UTC, the share (0–1) that is worked; empty: all.
    """

    people: tuple[frozenset[str] | None, ...]
    open_week: tuple[float, ...] = ()

    @property
    def open_share(self) -> float:
        """Of a week, the share (0–1) that the crew works."""
        return sum(self.open_week) / WEEK if self.open_week else 1.0


class _Clock:
    """When work that begins at a moment is over, if it rests while the crew is away (hours since a Monday 00:00)."""

    def __init__(self, open_week: Sequence[float]):
        self.always, self.open = not open_week or min(open_week) >= 1, open_week
        self.before = [0.0, *np.cumsum(np.asarray(open_week, dtype=float)).tolist()]

    def span(self, at: float, work: float) -> tuple[float, float]:
        """When the work begins and when it is over."""
        if self.always:
            return at, at + work
        worked = self._worked(at)
        start = max(at, self._moment(worked, "right"))
        return start, self._moment(worked + work, "left") if work > 0 else start

    def _worked(self, at: float) -> float:
        week, hour = divmod(at, WEEK)
        whole = int(hour)
        return week * self.before[-1] + self.before[whole] + (hour - whole) * self.open[whole]

    def _moment(self, worked: float, side: str) -> float:
        """The last moment (`right`) or the first (`left`) by which so many hours have been worked."""
        week, rest = divmod(worked, self.before[-1])
        if side == "left" and rest == 0:
            week, rest = week - 1, self.before[-1]
        hour = int(np.searchsorted(self.before, rest, side=side)) - 1  # type: ignore[call-overload]
        return float(week * WEEK + hour + (rest - self.before[hour]) / self.open[hour])


def replay(tasks: pd.DataFrame, crews: Mapping[str, Crew]) -> pd.DataFrame:
    """The tasks with ready_hours, started_hours and ended_hours, as the crews would have done them.

    Parameters
    ----------
    tasks : one row per piece of work, in the order of case and of work within it; needs case_id, crew, skill,
        work_hours, delay_hours (from the end of the case's piece before until it reaches the queue) and arrived_hours
        (of the case; hours since a Monday 00:00).
    crews : by the names in `crew`; each has at least one person and one open hour.

    Notes
    -----
    Who comes first is served first; of those who can do a piece of work and are free, the one who can do least else
    takes it. A piece that nobody of the crew can do is done by anyone, as if trained: `skill_cover` reports it. Work
    that is begun is finished by the same person; it rests while the crew is away. No randomness is involved.

    >>> tasks = pd.DataFrame({"case_id": ["1", "2"], "crew": "A", "skill": "x", "work_hours": [2.0, 1.0],
    ...                       "delay_hours": 0.0, "arrived_hours": [0.0, 1.0]})
    >>> replay(tasks, {"A": Crew((None,))})["ended_hours"].tolist()
    [2.0, 3.0]
    """
    queues = {name: _Queue(crew) for name, crew in crews.items()}
    case, crew, skill = (tasks[name].tolist() for name in ("case_id", "crew", "skill"))
    work, delay, arrived = (tasks[name].tolist() for name in ("work_hours", "delay_hours", "arrived_hours"))
    ready, started, ended = ([float("nan")] * len(case) for _ in range(3))
    events: list[tuple[float, int, int, int]] = []
    """Moment; 0 for somebody who becomes free and 1 for work that arrives, so that the former is seen first; the piece
    of work; the person."""
    for at in range(len(case)):
        if at == 0 or case[at] != case[at - 1]:
            heappush(events, (arrived[at], 1, at, -1))
    while events:
        now, kind, at, person = heappop(events)
        queue = queues[crew[at]]
        if kind:
            ready[at] = now
            begun = queue.joined(at, skill[at])
        else:
            begun = queue.freed(person)
            if at + 1 < len(case) and case[at + 1] == case[at]:
                heappush(events, (now + delay[at + 1], 1, at + 1, -1))
        if begun is not None:
            piece, by = begun
            started[piece], ended[piece] = queue.clock.span(now, work[piece])
            heappush(events, (ended[piece], 0, piece, by))
    return tasks.assign(ready_hours=ready, started_hours=started, ended_hours=ended)


class _Queue:
    """The work that waits for one crew, and the people who are free."""

    def __init__(self, crew: Crew):
        self.clock, self.people = _Clock(crew.open_week), crew.people
        self.known: frozenset[str] = frozenset().union(*(each for each in crew.people if each is not None))
        self.anyone = any(each is None for each in crew.people)
        self.waiting: dict[str, deque[tuple[int, int]]] = {}
        self.count = 0
        order = sorted(range(len(crew.people)), key=lambda at: (crew.people[at] is None, len(crew.people[at] or ())))
        self.free = dict.fromkeys(order)

    def joined(self, piece: int, skill: str) -> tuple[int, int] | None:
        """The piece and who begins it at once; None if it has to wait."""
        needed = skill if skill in self.known and not self.anyone else ""
        able = (at for at in self.free if not needed or needed in (self.people[at] or ()))
        person = next(able, None)
        if person is not None:
            del self.free[person]
            return piece, person
        self.count += 1
        self.waiting.setdefault(needed, deque()).append((self.count, piece))
        return None

    def freed(self, person: int) -> tuple[int, int] | None:
        """The piece that somebody who became free begins now; None if there is none for this person."""
        can = self.people[person]
        heads = [(line[0], need) for need, line in self.waiting.items() if line and (not need or need in (can or ()))]
        if not heads:
            self.free[person] = None
            return None
        (_, piece), need = min(heads)
        self.waiting[need].popleft()
        return piece, person
