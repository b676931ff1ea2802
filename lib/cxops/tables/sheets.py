"""Reading Parquet files and Excel workbooks as text cells."""

import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cxops.errors import SourceError
from cxops.tables.records import EMPTY, REPEATED, Records, Unreadable, check_columns, frame, once, tidy
from cxops.tables.rules import Mapping

_ZEROS = re.compile("00+")


def parquet(path: Path, mapping: Mapping) -> Records:
    """The rows of a Parquet file, each value as text; moments keep their zone if they have one.

    Raises
    ------
    SourceError : the file is damaged or lacks a mapped column.
    """
    try:
        file = pq.ParquetFile(path)
        columns = tuple(file.schema_arrow.names)
        check_columns(path, columns, mapping)
        table = file.read(columns=[name for name in mapping.sources if name in columns])
    except pa.ArrowException as error:
        raise SourceError(f"{path.name} must be a whole Parquet file: {error}") from None
    index = pd.RangeIndex(1, table.num_rows + 1, name="row_number")
    cells = pd.DataFrame({name: _text_column(path, name, table[name]) for name in table.column_names}, dtype="str")
    cells = tidy(cells.set_axis(index))
    left_out = _left_out(file, cells)
    return Records(columns, cells.drop(index=[each.row_number for each in left_out]), left_out, "Parquet")


def _left_out(file: pq.ParquetFile, cells: pd.DataFrame) -> tuple[Unreadable, ...]:
    """Empty and repeated rows; every column is read only if the ones that count leave a doubt."""
    doubtful = cells.duplicated(keep=False) | cells.isna().all(axis=1)
    if not doubtful.any():
        return ()
    whole = file.read().to_pandas().set_axis(cells.index).loc[doubtful]
    text = whole.astype("str").mask(whole.isna())
    empty = text.isna().all(axis=1)
    number = pd.Series(text.index, index=text.index)
    first = number.groupby([text[name] for name in text], dropna=False, sort=False).transform("first")
    return tuple(
        Unreadable(int(row), "", EMPTY if empty[row] else REPEATED.format(first[row]))
        for row in text.index[empty | first.ne(number)]
    )


def _text_column(path: Path, name: str, column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_timestamp(kind):
        zone = "+00:00" if kind.tz else ""
        moments = column.to_pandas().dt.tz_convert("UTC").dt.tz_localize(None) if kind.tz else column.to_pandas()
        return moments.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").astype("str") + zone
    if pa.types.is_floating(kind):
        whole = column.to_pandas()
        return whole.map(_number_text, na_action="ignore").astype("str")
    try:
        return pc.cast(column, pa.string()).to_pandas().astype("str")
    except pa.ArrowException:
        raise SourceError(f"{path.name} must hold plain values: column {name!r} holds {kind}") from None


def workbook(path: Path, mapping: Mapping) -> Records:
    """The rows of one sheet of an XLSX workbook: the mapping's `sheet`, else the first; formulas as last calculated.

    Raises
    ------
    SourceError : the workbook is damaged, lacks the sheet or a mapped column, or has no header.
    """
    try:
        with path.open("rb") as stream:
            return _sheet(path, mapping, openpyxl.load_workbook(stream, read_only=True, data_only=True))
    except SourceError:
        raise
    except (BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError, zlib.error) as error:
        raise SourceError(f"{path.name} must be a whole XLSX workbook: {error}") from None


def _sheet(path: Path, mapping: Mapping, book: openpyxl.Workbook) -> Records:
    try:
        if mapping.sheet and mapping.sheet not in book.sheetnames:
            raise SourceError(f"{path.name} must have the sheet {mapping.sheet!r}: found {', '.join(book.sheetnames)}")
        sheet = book[mapping.sheet or book.sheetnames[0]]
        sheet.reset_dimensions()
        rows = enumerate((tuple(map(_shown, row)) for row in sheet.iter_rows()), 1)
        header = [values for _, values in islice(rows, mapping.header_rows)]
        columns = _header(path, header, mapping)
        check_columns(path, columns, mapping)
        left_out: list[Unreadable] = []
        cells = frame(columns, mapping.sources, once(_filled(rows, len(columns)), left_out))
    finally:
        book.close()
    return Records(columns, cells, tuple(left_out), f"XLSX, sheet {sheet.title!r}")


def _header(path: Path, header: Sequence[Sequence[Any]], mapping: Mapping) -> tuple[str, ...]:
    if len(header) < mapping.names_in_row:
        raise SourceError(f"{path.name} must have a header row: the sheet is empty")
    names = [cell_text(value) or "" for value in header[mapping.names_in_row - 1]]
    while names and not names[-1].strip():
        names.pop()
    if not names:
        raise SourceError(f"{path.name} must have a header row: row {mapping.names_in_row} is empty")
    return tuple(name.strip() or f"(unnamed {place})" for place, name in enumerate(names, 1))


def _filled(rows: Iterator[tuple[int, Sequence[Any]]], width: int) -> Iterator[tuple[int, list[str | None]]]:
    """Rows that hold anything, as text, made as wide as the header."""
    for number, values in rows:
        if any(value is not None for value in values):
            texts = [cell_text(value) for value in values[:width]]
            yield number, texts + [None] * (width - len(texts))


def _shown(cell: Any) -> Any:
    """A cell's value; a whole number with a format of zeros, such as 000000, as the spreadsheet shows it."""
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return value


def cell_text(value: Any) -> str | None:
    """A cell's value as the text a CSV file would hold.

    >>> cell_text(3.0), cell_text(True), cell_text(datetime(2024, 5, 1, 9, 30)), cell_text(None)
    ('3', 'true', '2024-05-01T09:30:00', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value.total_seconds()) if isinstance(value, timedelta) else str(value)


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(float(value))
