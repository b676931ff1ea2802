"""Reading delimited text (CSV): encoding and delimiter are found out; no record is lost or read as something else."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

from cxops.errors import SourceError
from cxops.tables.records import Records, Unreadable, check_columns, frame, once, shortened
from cxops.tables.rules import Mapping

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLOCK = 1 << 20
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def delimited(path: Path, mapping: Mapping, opened: Callable[[], BinaryIO]) -> Records:
    """The records of a delimited text file.

    Parameters
    ----------
    path : the file, for messages.
    mapping : what to expect; its `encoding` and `delimiter` win over what is found.
    opened : opens the file's bytes, unpacked, from the start.

    Raises
    ------
    SourceError : no header, a missing or doubled column, or an encoding that cannot be told.

    Notes
    -----
    A record that cannot be decoded, has another number of fields than the header, or opens a quotation that is never
    closed is set aside alone; the records behind it are read as if it were not there. Blank lines hold no record.
    """
    encoding = mapping.encoding or _encoding(path, opened)
    header = _header(path, mapping, opened, encoding)
    delimiter = mapping.delimiter or _delimiter(header, mapping)
    columns = _names(path, header, mapping, delimiter)
    check_columns(path, columns, mapping)
    unreadable: list[Unreadable] = []

    def readable() -> Iterator[tuple[int, Sequence[str]]]:
        for number, fields, fault in _numbered(
            _Lines(_text(opened, encoding)), delimiter, len(columns), mapping.header_rows
        ):
            if fault:
                unreadable.append(Unreadable(number, shortened(_shown(delimiter.join(fields))), fault))
            elif broken := _broken_cell(fields, columns, encoding):
                unreadable.append(Unreadable(number, *broken))
            else:
                yield number, fields

    try:
        cells = frame(columns, mapping.sources, once(readable(), unreadable))
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name} must be {encoding} text throughout: {error.reason} at {error.start}") from None
    kind = f"CSV, {DELIMITERS.get(delimiter, repr(delimiter))} between fields, {encoding}"
    return Records(columns, cells, tuple(unreadable), kind)


class _Lines:
    """Lines of text that can be given back: `taken` are those the current record has used."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._text)
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> str:
        """The record's first line; the others will be read again."""
        self._returned.extendleft(reversed(self.taken[1:]))
        return self.taken[0]


def _numbered(lines: _Lines, delimiter: str, width: int, header_rows: int) -> Iterator[tuple[int, list[str], str]]:
    """Each record behind the header: its number, its fields, and the rule it breaks or nothing."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        lines.taken.clear()
        number += 1
        try:
            fields, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            fields, fault = [lines.give_back_all_but_first().rstrip("\r\n")], f"quotation marks must match: {error}"
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        if number <= header_rows or not fields:
            continue
        if not fault and len(fields) != width:
            fault = f"a record must have {width} fields like the header: got {len(fields)}"
            if len(lines.taken) > 1:
                fields = [lines.give_back_all_but_first().rstrip("\r\n")]
                fault = "quotation marks must match: a quotation is opened and not closed"
        yield number, fields, fault


def _text(opened: Callable[[], BinaryIO], encoding: str) -> io.TextIOBase:
    errors = "strict" if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")) else "surrogateescape"
    return io.TextIOWrapper(opened(), encoding=encoding, errors=errors, newline="")  # type: ignore[arg-type]


def _header(path: Path, mapping: Mapping, opened: Callable[[], BinaryIO], encoding: str) -> str:
    """The text of the record that holds the column names, and of those before it."""
    try:
        head = _text(opened, encoding).read(BLOCK)
    except LookupError:
        raise SourceError(f"encoding must be one Python knows: got {encoding!r} (the mapping of {path.name})") from None
    except UnicodeError as error:
        raise SourceError(f"{path.name} must be {encoding} text: {error}") from None
    if not head.strip():
        raise SourceError(f"{path.name} must have a header row: the file is empty")
    return head


def _delimiter(head: str, mapping: Mapping) -> str:
    """The delimiter with which most expected columns are found, then the one that splits the header most."""

    def fit(delimiter: str) -> tuple[int, int]:
        names = _header_fields(head, mapping, delimiter)
        return len(set(names) & set(mapping.sources)), len(names)

    return max(DELIMITERS, key=fit)


def _header_fields(head: str, mapping: Mapping, delimiter: str) -> list[str]:
    rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        fields = [fields for _, fields in zip(range(mapping.names_in_row), rows, strict=False)][-1:]
    except csv.Error:
        return []
    return [name.strip() for name in fields[0]] if fields else []


def _names(path: Path, head: str, mapping: Mapping, delimiter: str) -> tuple[str, ...]:
    names = _header_fields(head, mapping, delimiter)
    if any(_UNDECODABLE.search(name) or "\x00" in name for name in names):
        shown = shortened(_shown(repr(names)))
        raise SourceError(f"{path.name} must be text with a header that can be decoded: its first row is {shown}")
    return tuple(name or f"(unnamed {place})" for place, name in enumerate(names, 1))


def _broken_cell(fields: Sequence[str], columns: Sequence[str], encoding: str) -> tuple[str, str, str] | None:
    """The first cell that is not text, as (what is in it, the rule it breaks, its column)."""
    whole = "".join(fields)
    if whole.isascii() and "\x00" not in whole:
        return None
    for column, cell in zip(columns, fields, strict=True):
        if "\x00" in cell:
            return shortened(cell.replace("\x00", "\\x00")), "must be text: it holds a NUL byte", column
        if not cell.isascii() and _UNDECODABLE.search(cell):
            return shortened(_shown(cell)), f"must be {encoding} text like the rest of the file", column
    return None


def _shown(text: str) -> str:
    """Text in which each undecodable byte is written as its number, so that it can be stored and seen."""
    return _UNDECODABLE.sub(lambda byte: f"\\x{ord(byte.group()) - 0xDC00:02x}", text)


def _encoding(path: Path, opened: Callable[[], BinaryIO]) -> str:
    """UTF-16 or UTF-8 if a mark or the bytes say so, UTF-8 if any text beyond ASCII is, else Windows-1252."""
    with opened() as stream:
        head = stream.read(BLOCK)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head and head[offset:2000:2].count(0) > len(head[:2000]) // 4:
            return name
    undecodable = _undecodable_as_utf8(opened)
    if undecodable is None:
        return "utf-8"
    _check_western(path, undecodable)
    return "cp1252"


def _undecodable_as_utf8(opened: Callable[[], BinaryIO]) -> bytes | None:
    """The first block that is not UTF-8, if nothing beyond ASCII in the whole file is UTF-8; else nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    sample: str | None = None
    with opened() as stream:
        while block := stream.read(BLOCK):
            text = decoder.decode(block)
            if not text.isascii():
                if _BEYOND_ASCII.search(text):
                    return None
                sample = sample or text
    return sample.encode("utf-8", "surrogateescape") if sample else None


def _check_western(path: Path, sample: bytes) -> None:
    """Raises where long runs of accented letters show that the text is no Western European one."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    if sum(len(run) > 2 for run in runs) > 0.2 * len(runs):
        best = from_bytes(sample).best()
        likely = f"; it may be {best.encoding}" if best else ""
        raise SourceError(
            f"{path.name} must be UTF-8, UTF-16 or Windows-1252 text, or its mapping must say `encoding:`{likely}"
        )
