"""What contradicts itself in a journey map: each fault with its key, what must hold, and what was given.

Of a map that cannot be read whole, None stands for what cannot: it is passed over, and so is what depends on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from cxops import params
from cxops.journey.promises.calendars import weekly_hours
from cxops.journey.promises.targets import promised_hours
from cxops.journey.schema.maps.parts import NAMED_BY, Assignment, Owner, Promise

if TYPE_CHECKING:
    from cxops.journey.schema.maps.drawn import JourneyMap

T = TypeVar("T")
_WEEK = 168
_LONGEST = 10 * 8_766
"""Hours on the wall, those of ten years."""


def faults(drawn: "JourneyMap") -> Iterator[str]:
    """Everything in the map that contradicts something else in it."""
    steps = [step for stage in drawn.stages or () for step in stage.steps or ()]
    points = drawn.decision_points or ()
    if drawn.stages is not None and not drawn.stages:
        yield "stages: a map must have a stage: got none"
    ends = [f"{each.from_stage}, {each.to_stage}" for each in drawn.transitions or ()]
    yield from _twice("a stage", "stages[{}].name", [stage.name for stage in drawn.stages or ()])
    yield from _twice("a step's id", "steps[{}].id", [step.id for step in steps])
    yield from _twice("an owner", "owners[{}].id", [owner.id for owner in drawn.owners or ()])
    yield from _twice("a transition", "transitions[{}]", ends)
    yield from _twice("a decision point", "decision_points[{}].name", [each.name for each in points])
    for at, each in placed("transitions", drawn.transitions):
        if each.from_stage is not None and each.from_stage == each.to_stage:
            yield fault(f"{at}.to_stage", "a transition must lead to another stage", each.to_stage)
    yield from _alike_stages(drawn)
    yield from _undecided_activities(drawn)
    yield from _shared_activities(drawn)
    yield from _endless_promises(drawn)
    yield from _owner_cycles(drawn.owners or ())
    yield from _unaccountable(drawn.raci or ())


def fault(key: str, rule: str, value: str) -> str:
    """A fault as a sentence: where it stands, what must hold, what was given."""
    return f"{key}: {rule}: got {value!r}"


def placed(key: str, parts: Sequence[T] | None) -> Iterator[tuple[str, T]]:
    """Each part of a list with its key, such as `stages[Intake]`."""
    for at, part in enumerate(parts or (), 1):
        yield f"{key}[{params.entry_name(vars(part), NAMED_BY) or f'no. {at}'}]", part


def names(parts: Sequence[Any] | None, name: str) -> list[str] | None:
    """What the parts are called; None if that of one of them cannot be read."""
    found = None if parts is None else [getattr(each, name) for each in parts]
    return None if found is None or None in found else found


def promises(drawn: "JourneyMap") -> Iterator[tuple[str, Promise]]:
    """Each promised time with its key."""
    of_stages = ((f"{at}.sla", each.sla) for at, each in placed("stages", drawn.stages))
    of_transitions = ((f"{at}.clock", each.clock) for at, each in placed("transitions", drawn.transitions))
    of_points = ((f"{at}.within", each.within) for at, each in placed("decision_points", drawn.decision_points))
    yield from ((at, each) for at, each in (*of_stages, *of_transitions, *of_points) if each)


def _twice(what: str, key: str, given: Iterable[str | None]) -> Iterator[str]:
    """One fault for each name that stands more than once."""
    found = [name for name in given if name is not None]
    for name in dict.fromkeys(found):
        if found.count(name) > 1:
            rule = f"{what} must stand once, and this one stands {found.count(name)} times"
            yield fault(key.format(name), rule, name)


def _alike_stages(drawn: "JourneyMap") -> Iterator[str]:
    """Faults of stages whose names no reader would tell apart."""
    first: dict[str, str] = {}
    for name in (stage.name for stage in drawn.stages or () if stage.name is not None):
        other = first.setdefault(" ".join(name.split()).casefold(), name)
        if other != name:
            rule = f"a stage's name must differ from {other!r} by more than capitals and blanks"
            yield fault(f"stages[{name}].name", rule, name)


def _shared_activities(drawn: "JourneyMap") -> Iterator[str]:
    """Faults of activities that two steps of a stage name, so that an event would stand for either of them."""
    for at, stage in placed("stages", drawn.stages):
        first: dict[str, str] = {}
        for step in (step for step in stage.steps or () if step.id is not None):
            for activity in dict.fromkeys(step.activities or ()):
                other = first.setdefault(activity, step.id)
                if other != step.id:
                    rule = (
                        f"an activity must carry out one step of a stage, and this one stands in {other} and {step.id}"
                    )
                    yield fault(f"{at}.steps", rule, activity)


def _endless_promises(drawn: "JourneyMap") -> Iterator[str]:
    """Faults of promises that take longer on the wall than anybody could hold somebody to."""
    for at, each in promises(drawn):
        calendar = (drawn.calendars or {}).get(each.calendar or "")
        if None in (each.target, each.unit) or (each.calendar and (calendar is None or not calendar.hours)):
            continue
        hours = promised_hours(each, drawn.calendars)
        if (hours if calendar is None else hours * _WEEK / weekly_hours(calendar)) > _LONGEST:
            yield f"{at}.target: a promise must be kept within 10 years: got {each.target:g} {each.unit}"


def _undecided_activities(drawn: "JourneyMap") -> Iterator[str]:
    """Faults of activities for which the map gives no single stage, or says two things at once."""
    found: dict[str, dict[str, None]] = {}
    for stage in drawn.stages or ():
        for activity in (activity for step in stage.steps or () for activity in step.activities or ()):
            found.setdefault(activity, {})[stage.name] = None
    for activity, stages in found.items():
        if len(stages) > 1 and activity not in (drawn.supporting or ()):
            yield fault(
                f"stages[{list(stages)[-1]}].steps",
                f"an activity must belong to one stage, and this one stands in {' and '.join(map(str, stages))}; name "
                "it under `supporting` too, and the stage in the log decides",
                activity,
            )
    for activity in drawn.ignored or ():
        if activity in found or activity in (drawn.supporting or ()):
            yield fault("ignored", "an activity must not be both ignored and part of the map", activity)


def _owner_cycles(owners: Iterable[Owner]) -> Iterator[str]:
    """One fault for each circle of owners."""
    above = {owner.id: owner.answers_to for owner in owners if owner.id is not None}
    seen: set[str] = set()
    for start in above:
        chain: list[str] = []
        each: str | None = start
        while each in above and each not in chain and each not in seen:
            chain.append(each)
            each = above[each]
        seen |= set(chain)
        if each in chain:
            circle = " → ".join([*chain[chain.index(each) :], each])
            yield f"owners[{each}].answers_to: owners must not answer to each other in a circle: got {circle}"


def _unaccountable(raci: Iterable[Assignment]) -> Iterator[str]:
    """Faults of the RACI matrix: the journey, and each stage that is in it, has exactly one who is accountable (A)."""
    named = [("the journey" if each.stage is None else f"stage {each.stage}", each) for each in raci]
    for where in dict.fromkeys(where for where, _ in named) | (dict.fromkeys(["the journey"]) if named else {}):
        of = [each for name, each in named if name == where]
        holders = [str(each.role) for each in of if each.raci == "A"]
        if len(holders) != 1 and all(each.raci for each in of):
            yield f"raci: exactly one role must be accountable (A) for {where}: got {', '.join(holders) or 'none'}"
    yield from _twice("an assignment", "raci[{}]", [f"{each.raci} of {each.role} for {where}" for where, each in named])
