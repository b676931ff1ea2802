"""The cheapest way to read a trace as a walk along the map: which steps were skipped, and which were added.

The method is that of alignments: van der Aalst, Adriansyah and van Dongen, "Replaying history on process models for
conformance checking and performance analysis", 2012. The map is no general net but stages in order, optional parts and
agreed transitions, so what a walk skips between any two steps is known beforehand and one pass over the trace finds
the least cost among walks that take at most one agreed transition between two steps that are matched, and none before
the first: where several could be taken in a row the cost can come out too high. It is
written here because the usual implementation, pm4py, is under AGPL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import pandas as pd

_Gaps = list[list[tuple[str, ...] | None]]
"""By place and place what a walk skips in between."""


@dataclass(frozen=True)
class Alignment:
    """A trace held against the map.

    Parameters
    ----------
    skipped : steps that the map demands and the trace lacks, in the map's order of the walk.
    added : events that the walk does not take, in the order of the trace.
    fitness : 1 less the cost (one for each step skipped or added) over the most it could be (0–1).
    """

    skipped: tuple[str, ...]
    added: tuple[str, ...]
    fitness: float

    @property
    def cost(self) -> int:
        return len(self.skipped) + len(self.added)


@dataclass(frozen=True)
class IntendedPath:
    """The map as a path to walk.

    Parameters
    ----------
    steps, stages : the steps that a log can show, in order, and the stage of each.
    required : per step, whether a walk through its stage must take it.
    optional_stages : stages that a walk may pass by.
    transitions : agreed passing points, from one stage to another; those in the order of the map need not be named.
    """

    steps: tuple[str, ...]
    stages: tuple[str, ...]
    required: tuple[bool, ...]
    optional_stages: frozenset[str]
    transitions: tuple[tuple[str, str], ...]

    def demanded(self, first: int, last: int, visited: Iterable[str] = ()) -> tuple[int, ...]:
        """Steps from place `first` until before `last` that must be taken; a visited stage is not passed by."""
        passed_by = self.optional_stages - set(visited)
        return tuple(at for at in range(first, last) if self.required[at] and self.stages[at] not in passed_by)

    def jumps(self, at: int) -> list[tuple[int, int]]:
        """For a walk at a step: places where its stage ends and where an agreed next stage begins."""
        end = max(place for place, stage in enumerate(self.stages) if stage == self.stages[at]) + 1
        targets = [to for start, to in self.transitions if start == self.stages[at] and to in self.stages]
        return [(end, self.stages.index(to)) for to in targets]


def intended_path(stages: pd.DataFrame, steps: pd.DataFrame, transitions: pd.DataFrame) -> IntendedPath:
    """The path that a map demands of a log.

    Parameters
    ----------
    stages : one row per stage in order: stage, optional.
    steps : one row per step in order: step_id, stage, activities, optional; one without activities no log can show, so
        nothing is demanded of it.
    transitions : one row per agreed passing point: from_stage, to_stage.
    """
    shown = steps[steps["activities"].map(len) > 0]
    return IntendedPath(
        steps=tuple(shown["step_id"]),
        stages=tuple(shown["stage"]),
        required=tuple(not each for each in shown["optional"]),
        optional_stages=frozenset(stages.loc[stages["optional"].astype(bool), "stage"]),
        transitions=tuple(transitions[["from_stage", "to_stage"]].itertuples(index=False, name=None)),
    )


def alignments(path: IntendedPath, traces: Iterable[tuple[Sequence[str], bool]]) -> list[Alignment]:
    """The cheapest alignment of each trace.

    Parameters
    ----------
    path : what was intended.
    traces : each a sequence of step ids and names of unmapped activities, and whether it is complete; of one that goes
        on, nothing is demanded after its last event.

    Notes
    -----
    Cost 1 for each required step that is skipped and for each event that is added, 0 for optional steps passed by. Let
    c(t, j) be the least cost of the first t events if the walk stands at step j. Event t either is added,
    c(t, j) = c(t − 1, j) + 1, or is step j, c(t, j) = min over i of c(t − 1, i) + d(i, j), where d(i, j) counts what
    must be skipped between i and j along the map or over an agreed transition of i's stage. Of equal costs the one that
    matches the event is taken, then the one that skips the least far: the answer is always the same.

    fitness = 1 − cost / (events + steps of the shortest complete walk), the dearest alignment being one that matches
    nothing; of a trace that goes on, over its events alone.

    >>> path = IntendedPath(("a", "b", "c"), ("A", "B", "C"), (True, True, True), frozenset(), ())
    >>> [(each.skipped, each.added, round(each.fitness, 2)) for each in alignments(path, [(("a", "x", "c"), True)])]
    [(('b',), ('x',), 0.67)]
    """
    gaps = _gaps(path)
    place = {step: at for at, step in enumerate(path.steps, 1)}
    return [_alignment(gaps, [(event, place.get(event, 0)) for event in events], done) for events, done in traces]


def _gaps(path: IntendedPath) -> _Gaps:
    """What is skipped from each place to each other: place 0 is the start, the last the end. None: there is no way."""
    count = len(path.steps)
    return [[None, *(_skipped(path, start, end) for end in range(count + 1))] for start in range(-1, count)]


def _skipped(path: IntendedPath, start: int, end: int) -> tuple[str, ...] | None:
    """The fewest steps skipped between step `start` (−1: none yet) and step `end` (their number: none any more)."""
    here, there = ([path.stages[at]] if 0 <= at < len(path.stages) else [] for at in (start, end))
    ways = [path.demanded(start + 1, end, [*here, *there])] if start < end else []
    ways += [
        path.demanded(start + 1, left, here) + path.demanded(entered, end, there)
        for left, entered in (path.jumps(start) if here else [])
        if entered <= end
    ]
    return tuple(path.steps[at] for at in min(ways, key=len)) if ways else None


def _alignment(gaps: _Gaps, events: list[tuple[str, int]], is_complete: bool) -> Alignment:
    """Forward over the events, keeping for each from where it was matched; then back along the best walk."""
    costs = [0.0] + [inf] * (len(gaps) - 1)
    sources: list[int | None] = []
    for _, at in events:
        reached, source = _cheapest(gaps, costs, at) if at else (inf, None)
        costs = [cost + 1 for cost in costs]
        sources.append(source if reached <= costs[at] and at else None)
        if sources[-1] is not None:
            costs[at] = reached
    at = _cheapest(gaps, costs, len(gaps))[1] if is_complete else costs.index(min(costs))
    skipped = list(gaps[at][len(gaps)] or ()) if is_complete else []
    added: list[str] = []
    for (event, place), source in zip(reversed(events), reversed(sources), strict=True):
        if place == at and source is not None:
            skipped, at = [*(gaps[source][at] or ()), *skipped], source
        else:
            added = [event, *added]
    most = len(events) + (len(gaps[0][len(gaps)] or ()) if is_complete else 0)
    fitness = 1 - (len(skipped) + len(added)) / most if most else 1.0
    return Alignment(tuple(skipped), tuple(added), fitness)


def _cheapest(gaps: _Gaps, costs: list[float], to: int) -> tuple[float, int]:
    """The least cost of standing at a place, and where the walk came from; of several the one furthest along."""
    ways = ((costs[start] + len(gap), -start) for start, row in enumerate(gaps) if (gap := row[to]) is not None)
    cost, start = min(ways)
    return cost, -start
