"""The cheapest way to read a trace as a walk along the map: which steps were skipped, and which were added.

The method is that of alignments: van der Aalst, Adriansyah and van Dongen, "Replaying history on process models for
conformance checking and performance analysis", 2012. The map is no general net but stages in order, optional parts and
agreed transitions: where a walk stands is told by the step it took last. So the least that is skipped between any two
steps, by whatever stages, is found beforehand as a shortest way on the map (Dijkstra, 1959), and one pass over the
trace finds the least cost of all. It is written here because the usual implementation, pm4py, is under AGPL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

import pandas as pd

_Gaps = list[list[tuple[str, ...] | None]]
"""By place and place what a walk skips in between."""
_Moves = dict[str, list[tuple[str, tuple[int, ...]]]]
"""By where a walk stands, where it can go without an event, and the step, counted from 1, that it skips by that."""


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
    order : all stages in order, where there are some of which a log shows no step; empty: those of `stages`.

    Notes
    -----
    A walk goes from stage to stage and takes every required step of each, in order. It begins with any stage, and ends
    after any, if all before it, or after it, are optional. From a stage it goes on to a later one, if all between them
    are optional, or over an agreed transition to just the stage that this names: who is handed to an optional stage
    enters it, so a way back that is agreed to it is none to the stage behind it.
    """

    steps: tuple[str, ...]
    stages: tuple[str, ...]
    required: tuple[bool, ...]
    optional_stages: frozenset[str]
    transitions: tuple[tuple[str, str], ...]
    order: tuple[str, ...] = ()

    def next_stages(self) -> dict[str | None, list[str | None]]:
        """By stage, which may follow it; None is the start as a key, and the end as a stage that follows."""
        order: list[str | None] = [None, *(self.order or dict.fromkeys(self.stages)), None]
        following: dict[str | None, list[str | None]] = {}
        for at, stage in enumerate(order[:-1]):
            ahead = order[at + 1 :]
            firm = next(to for to, each in enumerate(ahead) if each not in self.optional_stages)
            agreed = [to for start, to in self.transitions if start == stage and to in order]
            following[stage] = [*ahead[: firm + 1], *agreed]
        return following


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
        order=tuple(stages["stage"]),
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
    must be skipped on the cheapest walk from i to j, over as many agreed transitions as it takes. Of equal costs the
    one that matches the event is taken, then the one that skips the least far: the answer is always the same.

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
    moves = _moves(path)
    count = len(path.steps)
    found = [_least_skipped(moves, f"after {at}") for at in range(count + 1)]
    ends = [f"before {at}" for at in range(1, count + 2)]
    return [
        [None, *(tuple(path.steps[at - 1] for at in ways[end]) if end in ways else None for end in ends)]
        for ways in found
    ]


def _moves(path: IntendedPath) -> _Moves:
    """Where a walk can go on the map: it stands before or after a step, or in the door into a stage."""
    following = path.next_stages()
    moves: _Moves = {}
    last = {stage: "after 0" if stage is None else f"into {stage}" for stage in following}
    for at, (stage, is_required) in enumerate(zip(path.stages, path.required, strict=True), 1):
        moves[last[stage]] = [(f"before {at}", ())]
        moves[f"before {at}"] = [(f"after {at}", (at,) if is_required else ())]
        last[stage] = f"after {at}"
    end = f"before {len(path.steps) + 1}"
    for left, others in following.items():
        moves[last[left]] = [(end if other is None else f"into {other}", ()) for other in others]
    return moves


def _least_skipped(moves: _Moves, start: str) -> dict[str, tuple[int, ...]]:
    """For each place that can be reached, the fewest steps skipped on the way; of as many, those first on the map."""
    found: dict[str, tuple[int, ...]] = {}
    waiting: list[tuple[int, tuple[int, ...], str]] = [(0, (), start)]
    while waiting:
        cost, skipped, place = heappop(waiting)
        if place not in found:
            found[place] = skipped
            for to, step in moves.get(place, []):
                heappush(waiting, (cost + len(step), skipped + step, to))
    return found


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
