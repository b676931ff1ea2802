"""What contradicts itself in a journey map: each fault with its key, what must hold, and what was given."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cxops.journey.schema.maps.parts import Assignment, Owner, Promise

if TYPE_CHECKING:
    from cxops.journey.schema.maps.drawn import JourneyMap


def faults(drawn: "JourneyMap") -> Iterator[str]:
    """Everything in the map that contradicts something else in it."""
    stages = [stage.name for stage in drawn.stages]
    owners = {owner.id: owner for owner in drawn.owners}
    yield from _twice("a stage", "stages.{}.name", stages)
    yield from _twice("a step's id", "stages.*.steps.*.id", [step.id for stage in drawn.stages for step in stage.steps])
    yield from _twice("an owner", "owners.{}.id", [owner.id for owner in drawn.owners])
    ends = [f"{each.from_stage} to {each.to_stage}" for each in drawn.transitions]
    yield from _twice("a transition", "transitions.{}", ends)
    yield from _twice("a decision point", "decision_points.{}.name", [each.name for each in drawn.decision_points])
    for at, each in enumerate(drawn.transitions):
        for end in ("from_stage", "to_stage"):
            if getattr(each, end) not in stages:
                yield _fault(f"transitions.{at}.{end}", "must be a stage of the map", getattr(each, end), stages)
    for at, stage in enumerate(drawn.stages):
        if stage.owner and stage.owner not in owners:
            yield _fault(f"stages.{at}.owner", "must be an owner of the map", stage.owner, owners)
    yield from _unknown_calendars(drawn)
    yield from _undecided_activities(drawn)
    yield from _owner_cycles(drawn.owners)
    yield from _unaccountable(drawn.raci, stages)


def _fault(key: str, rule: str, value: str, allowed: Iterable[str] = ()) -> str:
    said = ", ".join(allowed)
    return f"{key}: {rule}{f' ({said})' if said else ''}: got {value!r}"


def _twice(what: str, key: str, names: list[str]) -> Iterator[str]:
    """One fault for each name that stands more than once, at the place where it stands again."""
    for name in dict.fromkeys(names):
        again = [at for at, each in enumerate(names) if each == name][1:]
        if again:
            yield _fault(
                key.format(again[0]), f"{what} must stand once, and this one stands {len(again) + 1} times", name
            )


def _promises(drawn: "JourneyMap") -> Iterator[tuple[str, Promise | None]]:
    yield from ((f"stages.{at}.sla", each.sla) for at, each in enumerate(drawn.stages))
    yield from ((f"transitions.{at}.clock", each.clock) for at, each in enumerate(drawn.transitions))
    yield from ((f"decision_points.{at}.within", each.within) for at, each in enumerate(drawn.decision_points))


def _unknown_calendars(drawn: "JourneyMap") -> Iterator[str]:
    for key, promise in _promises(drawn):
        if promise and promise.calendar is not None and promise.calendar not in drawn.calendars:
            rule = "must be a calendar of the map" if drawn.calendars else "must be a calendar, and the map has none"
            yield _fault(f"{key}.calendar", rule, promise.calendar, drawn.calendars)


def _undecided_activities(drawn: "JourneyMap") -> Iterator[str]:
    """Faults of activities for which the map gives no single stage, or says two things at once."""
    found: dict[str, dict[str, None]] = {}
    for stage in drawn.stages:
        for activity in (activity for step in stage.steps for activity in step.activities):
            found.setdefault(activity, {})[stage.name] = None
    for activity, stages in found.items():
        if len(stages) > 1 and activity not in drawn.supporting:
            yield _fault(
                "stages.*.steps.*.activities",
                f"an activity must belong to one stage, and this one stands in {' and '.join(stages)}; name it under "
                "`supporting` too, and the stage in the log decides",
                activity,
            )
    for at, activity in enumerate(drawn.ignored):
        if activity in found or activity in drawn.supporting:
            yield _fault(f"ignored.{at}", "an activity must not be both ignored and part of the map", activity)


def _owner_cycles(owners: Iterable[Owner]) -> Iterator[str]:
    """One fault for each owner who answers to nobody known, and one for each circle of owners."""
    above = {owner.id: owner.answers_to for owner in owners}
    seen: set[str] = set()
    for at, start in enumerate(above):
        higher = above[start]
        if higher is not None and higher not in above:
            yield _fault(f"owners.{at}.answers_to", "must be an owner of the map", higher, above)
        chain: list[str] = []
        each: str | None = start
        while each in above and each not in chain and each not in seen:
            chain.append(each)
            each = above[each]
        seen |= set(chain)
        if each in chain:
            circle = [*chain[chain.index(each) :], each]
            yield f"owners.{at}.answers_to: owners must not answer to each other in a circle: got {' → '.join(circle)}"


def _unaccountable(raci: Iterable[Assignment], stages: list[str]) -> Iterator[str]:
    """Faults of the RACI matrix: the journey, and each stage that is in it, has exactly one who is accountable (A)."""
    named = [("the journey" if each.stage is None else f"stage {each.stage}", each) for each in raci]
    for where in dict.fromkeys(where for where, _ in named) | (dict.fromkeys(["the journey"]) if named else {}):
        holders = [each.role for name, each in named if name == where and each.raci == "A"]
        if len(holders) != 1:
            yield f"raci: exactly one role must be accountable (A) for {where}: got {', '.join(holders) or 'none'}"
    for stage in dict.fromkeys(each.stage for each in raci if each.stage not in (None, *stages)):
        yield f"raci: the RACI matrix must be about stages of the map: got {stage!r}"
    yield from _twice("an assignment", "raci.{}", [f"{each.raci} of {each.role} for {where}" for where, each in named])
