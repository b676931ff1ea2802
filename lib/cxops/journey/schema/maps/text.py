"""A journey map as YAML text that loses nothing: neither a value, nor the comments of the text it was read from.

The text before is read as a tree with its comments (ruamel.yaml). The map's values are laid into that tree: what is
equal is left as it is written, entries of a list are found again by what names them. Whatever comment no longer has a
place, because its entry is gone, goes to the end of the text.
"""

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

from cxops import params
from cxops.errors import ParameterError
from cxops.journey.schema.maps.drawn import JourneyMap


def text(drawn: JourneyMap, before: str = "") -> str:
    """The map as YAML.

    Parameters
    ----------
    drawn : the map.
    before : the text that the map, or an earlier state of it, was read from; its comments and its order are kept.

    Raises
    ------
    ParameterError : `before` is not YAML.
    """
    writer = _writer()
    try:
        tree = writer.load(before) or CommentedMap()
    except YAMLError as error:
        raise ParameterError(f"the map's text must be YAML: {' '.join(str(error).split())}") from None
    held = list(_comments(tree))
    kept = _laid(tree, drawn.model_dump(), drawn.model_dump(exclude_defaults=True))
    stream = StringIO()
    writer.dump(kept, stream)
    lost = Counter(held) - Counter(_comments(writer.load(stream.getvalue())))
    written = stream.getvalue() + "".join(f"{line}\n" for line in lost.elements())
    if params.check(JourneyMap, params.parsed(written, "the map's text"), "the map's text") != drawn:
        raise ParameterError("a map must be the same when it is read again: this one is not, so it was not written")
    return written


def _writer() -> YAML:
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = 1_000_000
    writer.allow_unicode = True
    writer.indent(mapping=2, sequence=4, offset=2)
    return writer


def _laid(node: Any, whole: Any, needed: Any) -> Any:
    """The tree's node with a value laid into it; what the node spells out stays, what it left to a default too."""
    if isinstance(whole, dict):
        return _mapping(node if isinstance(node, CommentedMap) else CommentedMap(), whole, needed)
    if isinstance(whole, list | tuple):
        return _sequence(node if isinstance(node, CommentedSeq) else CommentedSeq(), list(whole), list(needed))
    is_kept = type(node) is not str and isinstance(whole, str) and isinstance(node, str)
    if node == whole and isinstance(node, bool) == isinstance(whole, bool) and (is_kept or not isinstance(whole, str)):
        return node
    return _scalar(whole)


def _mapping(node: CommentedMap, whole: dict[Any, Any], needed: dict[Any, Any]) -> CommentedMap:
    for key in [key for key in node if key not in whole]:
        del node[key]
    for key, value in whole.items():
        if key in node:
            node[key] = _laid(node[key], value, needed.get(key, value))
        elif key in needed:
            node[_scalar(key)] = _laid(None, value, needed[key])
    return node


def _sequence(node: CommentedSeq, whole: list[Any], needed: list[Any]) -> CommentedSeq:
    places = _places(list(node), whole)
    laid = [
        _laid(node[at] if at is not None else None, value, least)
        for at, value, least in zip(places, whole, needed, strict=True)
    ]
    if places[: len(node)] == list(range(len(node))):
        for place, value in enumerate(laid[: len(node)]):
            node[place] = value  # not as a slice, which would drop the comments between
        node.extend(laid[len(node) :])
        return node
    new = CommentedSeq(laid)
    if node.fa.flow_style() is not None:
        getattr(new.fa, "set_flow_style" if node.fa.flow_style() else "set_block_style")()
    for to, at in enumerate(places):
        if at in node.ca.items:
            new.ca.items[to] = node.ca.items[at]
    return new


def _places(old: list[Any], new: list[Any]) -> list[int | None]:
    """For each entry the place where it stood before: found by its name, else by its place if none claims that."""
    known: dict[Any, int] = {}
    for at, each in enumerate(old):
        known.setdefault(_identity(each), at)
    places: list[int | None] = [known.pop(_identity(each), None) for each in new]
    free = set(range(len(old))) - {at for at in places if at is not None}
    return [at if place is None and at in free else place for at, place in enumerate(places)]


def _identity(entry: Any) -> Any:
    """What names an entry of a list; of a plain value the value itself."""
    if not isinstance(entry, dict):
        return str(entry)
    return next((tuple(entry.get(key) for key in keys) for keys in JourneyMap.named_by if keys[0] in entry), ())


def _scalar(value: Any) -> Any:
    """The value as it must be written; text that YAML would take for a number, a date or a yes is put in quotes."""
    if not isinstance(value, str):
        return value
    try:
        is_plain = yaml.safe_load(value) == value
    except yaml.YAMLError:
        is_plain = False
    return value if is_plain and value.isprintable() else DoubleQuotedScalarString(value)


def _comments(node: Any) -> Iterator[str]:
    """Every comment line in a tree."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return
    yield from _lines([node.ca.comment, *node.ca.items.values(), node.ca.end])
    for each in node.values() if isinstance(node, CommentedMap) else node:
        yield from _comments(each)


def _lines(held: Any) -> Iterator[str]:
    if isinstance(held, CommentToken):
        yield from (line.strip() for line in held.value.splitlines() if line.strip())
    elif isinstance(held, list | tuple):
        for each in held:
            yield from _lines(each)
