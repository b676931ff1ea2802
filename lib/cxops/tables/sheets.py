"""Reading Parquet files and Excel workbooks as text cells."""

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
from cxops.tables.records import Records, check_columns, frame, tidy
from cxops.tables.rules import Mapping


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
    return Records(columns, tidy(cells.set_axis(index)), (), "Parquet")


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
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        header = [values for _, values in islice(rows, mapping.header_rows)]
        columns = _header(path, header, mapping)
        check_columns(path, columns, mapping)
        cells = frame(columns, mapping.sources, _filled(rows, len(columns)))
    finally:
        book.close()
    return Records(columns, cells, (), f"XLSX, sheet {sheet.title!r}")


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
