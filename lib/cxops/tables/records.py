"""What every reader gives: text cells under the row number each has in its file, and the records it could not read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

import pandas as pd

from cxops.errors import SourceError
from cxops.tables.rules import Mapping

CHUNK_ROWS = 50_000
LONGEST_VALUE = 200
EMPTY, REPEATED = "the row is empty", "the same record stands in row {} already"
Row = tuple[int, Sequence[str | None]]
_NO_NAMES = "; if the names stand further down, the mapping must say `header_rows:` and `names_in_row:`"
_ONE_COLUMN = "; if another character stands between the fields, the mapping must say `delimiter:`"


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be read, is empty or repeats another, and the rule it broke."""

    row_number: int
    value: str
    rule: str
    column: str = ""


@dataclass(frozen=True)
class Records:
    """The records of one file.

    Parameters
    ----------
    columns : every column name in the file.
    cells : the columns the mapping reads, as text, gaps where a cell is empty; the index is `row_number`, counted the
        way a spreadsheet shows it (the header is row 1; in formats without a header the first record is row 1).
    unreadable : one entry per record that is not in `cells`.
    layout : how the file turned out to be written, in words.
    """

    columns: tuple[str, ...]
    cells: pd.DataFrame
    unreadable: tuple[Unreadable, ...]
    layout: str

    @property
    def rows(self) -> int:
        """Records in the file, read or not."""
        return len(self.cells) + len(self.unreadable)


def frame(columns: Sequence[str], wanted: Sequence[str], rows: Iterable[Row]) -> pd.DataFrame:
    """Text cells of the wanted columns, indexed by row number; surrounding blanks go, and empty text is a gap.

    >>> frame(["a", "b"], ["b"], [(2, ["1", " x "]), (3, ["2", ""])]).to_dict()
    {'b': {2: 'x', 3: nan}}
    """
    places = {name: columns.index(name) for name in wanted if name in columns}
    chunks = [_chunk(places, chunk) for chunk in _batches(rows)] or [_chunk(places, [])]
    return pd.concat(chunks) if len(chunks) > 1 else chunks[0]


def once(rows: Iterable[Row], left_out: list[Unreadable]) -> Iterator[Row]:
    """The rows that hold anything and stand for the first time; the others are left out with the reason."""
    seen: dict[int, int] = {}
    for number, fields in rows:
        first = seen.setdefault(hash(tuple(fields)), number)
        if not any(field and not field.isspace() for field in fields):
            left_out.append(Unreadable(number, "", EMPTY))
        elif first != number:
            left_out.append(Unreadable(number, "", REPEATED.format(first)))
        else:
            yield number, fields


def _chunk(places: dict[str, int], rows: Sequence[Row]) -> pd.DataFrame:
    index = pd.Index([number for number, _ in rows], dtype="int64", name="row_number")
    cells = {
        name: pd.Series([fields[place] for _, fields in rows], index=index, dtype="str")
        for name, place in places.items()
    }
    return tidy(pd.DataFrame(cells, index=index))


def tidy(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells without surrounding blanks; a cell that holds nothing else is a gap."""
    stripped = cells.apply(lambda column: column.str.strip())
    return stripped.mask(stripped.eq(""))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, CHUNK_ROWS)):
        yield batch


def check_columns(path: Path, found: Sequence[str], mapping: Mapping) -> None:
    """Raises SourceError, with the nearest names, unless the file has every column the mapping needs, once."""
    missing = [name for name in mapping.required if name not in found]
    if missing:
        hints = "; ".join(f"{name!r}{_nearest(name, found)}" for name in missing)
        unnamed = sum(name.startswith("(unnamed ") for name in found)
        advice = _ONE_COLUMN if len(found) == 1 else _NO_NAMES if unnamed > len(found) / 2 else ""
        raise SourceError(
            f"{path.name} must have the columns {', '.join(mapping.required)}: missing {hints}; "
            f"found {shortened(', '.join(map(repr, found)), 600)}{advice}"
        )
    twice = sorted({name for name in mapping.sources if list(found).count(name) > 1})
    if twice:
        raise SourceError(f"{path.name} must have each mapped column once: it has {', '.join(twice)} more than once")


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text, cut with an ellipsis where it is too long to show."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _nearest(name: str, found: Sequence[str]) -> str:
    lowered = {each.lower(): each for each in found}
    near = [lowered[each] for each in get_close_matches(name.lower(), lowered, n=2)]
    return f" (nearest: {', '.join(map(repr, near))})" if near else ""
