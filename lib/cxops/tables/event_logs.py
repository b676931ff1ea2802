"""Reading XES event logs as a stream; documents with a DOCTYPE are refused, so no entity is ever expanded."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from cxops.errors import SourceError
from cxops.tables.records import Records, Unreadable, check_columns, frame, once
from cxops.tables.rules import Mapping

BLOCK = 1 << 20
VALUES = {"string", "date", "int", "float", "boolean", "id"}
CASE = "case:"


def event_log(path: Path, mapping: Mapping, opened: Callable[[], BinaryIO]) -> Records:
    """One record per event: its own attributes under their names, those of its trace under `case:` and their names.

    Parameters
    ----------
    path : the file, for messages.
    mapping : what to expect.
    opened : opens the file's bytes, unpacked, from the start.

    Raises
    ------
    SourceError : the document is not well-formed, has a DOCTYPE, or lacks a mapped column.

    Notes
    -----
    The row number is the place of the event in the file, from 1. Attributes inside attributes, lists, and the log's
    own attributes and defaults are not read.
    """
    columns: dict[str, None] = {}

    def rows() -> Iterator[tuple[int, list[str | None]]]:
        for number, event in enumerate(_events(path, opened), 1):
            columns.update(dict.fromkeys(event))
            yield number, [*(event.get(name) for name in mapping.sources), repr(sorted(event.items()))]

    repeated: list[Unreadable] = []
    cells = frame(mapping.sources, mapping.sources, once(rows(), repeated))
    check_columns(path, tuple(columns), mapping)
    return Records(tuple(columns), cells, tuple(repeated), "XES event log")


class _Reader:
    """Collects the events of a document as the parser meets them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[str] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self.events: list[dict[str, str]] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        tag = name.rpartition(" ")[2]
        if not self._open and tag != "log":
            raise SourceError(f"{self._path.name} must be an XES event log: its root element is <{tag}>, not <log>")
        if self._open == ["log"] and tag == "trace":
            self._trace = {}
        elif self._open == ["log", "trace"] and tag == "event":
            self._event = {}
        elif tag in VALUES and self._open == ["log", "trace"]:
            self._trace[CASE + attributes["key"]] = attributes["value"]
        elif tag in VALUES and self._open == ["log", "trace", "event"]:
            self._event[attributes["key"]] = attributes["value"]
        self._open.append(tag)

    def _end(self, name: str) -> None:
        if self._open == ["log", "trace", "event"]:
            self.events.append(self._trace | self._event)
        self._open.pop()

    def _refuse(self, *_: Any) -> None:
        raise SourceError(f"{self._path.name} must have no DOCTYPE: entities are not expanded")


def _events(path: Path, opened: Callable[[], BinaryIO]) -> Iterator[dict[str, str]]:
    reader = _Reader(path)
    try:
        with opened() as stream:
            while block := stream.read(BLOCK):
                reader.parser.Parse(block, False)
                yield from reader.events
                reader.events.clear()
            reader.parser.Parse(b"", True)
            yield from reader.events
    except expat.ExpatError as error:
        raise SourceError(f"{path.name} must be whole, well-formed XML: {error}") from None
    except KeyError as error:
        raise SourceError(f"{path.name} must give each attribute a key and a value: {error} is missing") from None
