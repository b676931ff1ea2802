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
_ONE_COLUMN = "; if another character stands between the fields, the mapping must say `delimiter:`"


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be read, and the rule it broke."""

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


def frame(
    columns: Sequence[str], wanted: Sequence[str], rows: Iterable[tuple[int, Sequence[str | None]]]
) -> pd.DataFrame:
    """Text cells of the wanted columns, indexed by row number; surrounding blanks go, and empty text is a gap.

    >>> frame(["a", "b"], ["b"], [(2, ["1", " x "]), (3, ["2", ""])]).to_dict()
    {'b': {2: 'x', 3: nan}}
    """
    places = {name: columns.index(name) for name in wanted if name in columns}
    chunks = [_chunk(places, chunk) for chunk in _batches(rows)] or [_chunk(places, [])]
    return pd.concat(chunks) if len(chunks) > 1 else chunks[0]


def _chunk(places: dict[str, int], rows: Sequence[tuple[int, Sequence[str | None]]]) -> pd.DataFrame:
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


def _batches(rows: Iterable[tuple[int, Sequence[str | None]]]) -> Iterator[list[tuple[int, Sequence[str | None]]]]:
    source = iter(rows)
    while batch := list(islice(source, CHUNK_ROWS)):
        yield batch


def check_columns(path: Path, found: Sequence[str], mapping: Mapping) -> None:
    """Raises SourceError, with the nearest names, unless the file has every column the mapping needs, once."""
    missing = [name for name in mapping.required if name not in found]
    if missing:
        hints = "; ".join(f"{name!r}{_nearest(name, found)}" for name in missing)
        raise SourceError(
            f"{path.name} must have the columns {', '.join(mapping.required)}: missing {hints}; "
            f"found {shortened(', '.join(map(repr, found)), 600)}{_ONE_COLUMN if len(found) == 1 else ''}"
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
