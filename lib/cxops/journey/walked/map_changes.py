"""What changed from one version of the journey map to the next, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cxops.journey.promises.targets import promised_words

COLUMNS = ["kind", "what", "change", "before", "after", "sentence"]
_WORDS = {
    "sla": "promise",
    "from_stage": "from",
    "to_stage": "to",
    "front_stage": "front stage",
    "back_stage": "back stage",
    "is_optional": "optional",
    "exit_rule": "exit rule",
    "accepting_team": "accepting team",
    "required_fields": "required fields",
    "answers_to": "who it answers to",
    "within": "time allowed",
}
_KINDS = ("stages", "steps", "transitions", "owners", "raci", "decision_points", "calendars", "departments", "rules")


def map_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """One row per difference between two versions of a map; no rows if they say the same.

    Parameters
    ----------
    before, after : the maps as plain values, as `JourneyMap.model_dump()` gives them.

    Returns
    -------
    kind (`stage`, `step`, `transition` and so on), what (its name), change (`added`, `removed`, `changed`, `moved`),
    before, after (in words; empty where there is none), sentence; in the order of the map.

    Notes
    -----
    Stages, owners and so on are found again by name, steps by id. A step that went to another stage is `moved`. Version
    and date are what the comparison is about, so they are not differences themselves.

    >>> old = {"title": "Help", "stages": [{"name": "Intake", "owner": "ann", "steps": []}]}
    >>> new = {"title": "Help", "stages": [{"name": "Intake", "owner": "ben", "steps": []}]}
    >>> map_changes(old, new)["sentence"].tolist()
    ['Stage Intake: owner changed from ann to ben.']
    """
    rows = [row for kind in _KINDS for row in _compared(kind, _parts(before, kind), _parts(after, kind))]
    return pd.DataFrame([*_order(before, after), *rows], columns=COLUMNS)


def _order(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """A row if the stages that both versions have follow each other differently."""
    old, new = ([each["name"] for each in drawn.get("stages", ())] for drawn in (before, after))
    was, now = [each for each in old if each in new], [each for each in new if each in old]
    if was != now:
        yield _row("map", "order of stages", "changed", ", ".join(was), ", ".join(now))


def _parts(drawn: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The parts of one kind by the name they are found again by."""
    stages = drawn.get("stages", ())
    if kind == "stages":
        return {each["name"]: {k: v for k, v in each.items() if k not in ("name", "steps")} for each in stages}
    if kind == "steps":
        return {
            step["id"]: {"stage": each["name"]} | {k: v for k, v in step.items() if k != "id"}
            for each in stages
            for step in each["steps"]
        }
    if kind == "transitions":
        ends = ("from_stage", "to_stage")
        return {
            f"{each['from_stage']} to {each['to_stage']}": {k: v for k, v in each.items() if k not in ends}
            for each in drawn.get(kind, ())
        }
    if kind == "raci":
        return _assignments(drawn.get(kind, ()))
    if kind == "rules":
        return {
            "the map": {name: drawn.get(name) for name in ("title", "customer", "journeys", "supporting", "ignored")}
        }
    if kind == "departments":
        return {team: {"department": name} for team, name in drawn.get(kind, {}).items()}
    held = drawn.get(kind, {})
    named = held.items() if isinstance(held, Mapping) else ((each.get("name") or each["id"], each) for each in held)
    return {name: {k: v for k, v in each.items() if k not in ("id", "name")} for name, each in named}


def _assignments(raci: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in raci:
        name = f"{each['role']} for {each['stage'] or 'the journey'}"
        part = found.setdefault(name, {"responsibility": ()})
        part["responsibility"] = (*part["responsibility"], each["raci"])
    return found


def _compared(kind: str, old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> Iterator[dict[str, str]]:
    singular = {"raci": "assignment", "rules": "map", "departments": "team"}.get(kind, kind[:-1].replace("_", " "))
    for name, part in new.items():
        if name not in old:
            yield _row(singular, name, "added", "", _summary(part))
        else:
            yield from _fields(singular, name, old[name], part)
    for name in [each for each in old if each not in new]:
        yield _row(singular, name, "removed", _summary(old[name]), "")


def _fields(kind: str, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[dict[str, str]]:
    for field in dict.fromkeys([*old, *new]):
        before, after = map(said, _told_apart(old.get(field), new.get(field)))
        if before == after:
            continue
        if kind == "step" and field == "stage":
            yield _row(kind, name, "moved", before, after)
        else:
            yield _row(kind, f"{name}: {_WORDS.get(field, field.replace('_', ' '))}", "changed", before, after)


def _told_apart(before: Any, after: Any) -> tuple[Any, Any]:
    """Of two promises only what differs, and always the time promised; all else as it is."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping) and "target" in before and "target" in after):
        return before, after
    kept = [name for name in after if name not in ("target", "unit") and before.get(name) != after[name]]
    one, other = ({"promised": _promised(each)} | {name: each.get(name) for name in kept} for each in (before, after))
    return one, other


def _row(kind: str, what: str, change: str, before: str, after: str) -> dict[str, str]:
    subject = what.removeprefix("map: ") if kind == "map" else f"{kind} {what}"
    words = {
        "added": f"{subject} was added{f' ({after})' if after else ''}.",
        "removed": f"{subject} was removed{f' ({before})' if before else ''}.",
        "moved": f"{subject} moved from {before} to {after}.",
        "changed": f"{subject} changed from {before or 'nothing'} to {after or 'nothing'}.",
    }
    sentence = words[change][:1].upper() + words[change][1:]
    return {"kind": kind, "what": what, "change": change, "before": before, "after": after, "sentence": sentence}


def _summary(part: dict[str, Any]) -> str:
    """The few fields of a part that say what it is."""
    telling = ("stage", "phase", "touchpoint", "role", "accepting_team", "condition", "responsibility", "department")
    return ", ".join(said(part[name]) for name in telling if said(part.get(name)))


def _promised(promise: Mapping[str, Any]) -> str:
    return promised_words(promise["target"], promise["unit"], promise.get("calendar"))


def said(value: Any) -> str:
    """A value of the map in words; nothing for what is empty.

    >>> said({"target": 4.0, "unit": "hours", "calendar": "service_desk", "basis": "customer", "pauses": ()})
    '4 opening hours, on service_desk, set by customer, paused by nothing'
    """
    if value is None or value == "" or (isinstance(value, tuple | list | dict) and not value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping) and "target" in value:
        value = {"promised": _promised(value), **value}
    if isinstance(value, Mapping) and "promised" in value:
        parts = [str(value["promised"])]
        parts += [f"on {value['calendar'] or 'a clock that never stops'}"] if "calendar" in value else []
        parts += [f"set by {value['basis']}"] if "basis" in value else []
        parts += [f"paused by {said(value['pauses']) or 'nothing'}"] if "pauses" in value else []
        return ", ".join(parts)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {said(each)}" for key, each in value.items())
    return ", ".join(map(said, value)) if isinstance(value, tuple | list) else str(value)
