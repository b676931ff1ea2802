"""Reading a file of any kind as text cells: the kind is found from what the file holds, not from its name."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from cxops.errors import SourceError
from cxops.tables.delimited import delimited
from cxops.tables.event_logs import event_log
from cxops.tables.records import Records
from cxops.tables.rules import Mapping
from cxops.tables.sheets import parquet, workbook

GZIP = b"\x1f\x8b"
NAMED = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".xes": "XES",
    ".xml": "XES",
    ".xlsx": "XLSX",
    ".parquet": "Parquet",
}
READ = "CSV, Parquet, XES or XLSX"
_OTHERS = {
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file (save it as .xlsx or .csv)",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7-zip archive",
    b"SQLite format 3": "an SQLite database",
}


def records(path: Path, mapping: Mapping) -> Records:
    """The records of a file as text cells with their row numbers, and those that could not be read.

    Parameters
    ----------
    path : a CSV, Parquet, XES or XLSX file; CSV and XES may be packed with gzip.
    mapping : which columns to read, and how the file is laid out.

    Raises
    ------
    SourceError : the file is missing, empty, cut off or of the wrong kind, or lacks a column; it says which file, what
        was expected and what was found.
    """
    head = _head(path)
    packed = head.startswith(GZIP)
    try:
        if packed:
            with _opened(path) as stream:
                head = stream.read(4096)
        kind = _kind(path, head)
        if packed and kind in ("XLSX", "Parquet"):
            raise SourceError(f"{path.name} must not be packed with gzip: it is {kind} inside; unpack it first")
        if kind == "ZIP":
            raise SourceError(f"{path.name} must be {READ}: it is a zip archive; unpack it first")
        if kind == "XLSX":
            return workbook(path, mapping)
        if kind == "Parquet":
            return parquet(path, mapping)
        read = event_log if kind == "XES" else delimited
        found = read(path, mapping, lambda: _opened(path))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path.name} must be a whole gzip file: {error}") from None
    layout = f"{found.layout}, gzip" if packed else found.layout
    return Records(found.columns, found.cells, found.unreadable, layout)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise SourceError(f"{path.name} must be a file that can be read: {error.strerror} ({path})") from None
    if not head:
        raise SourceError(f"{path.name} must hold a header and rows: the file is empty")
    return head


def _opened(path: Path) -> BinaryIO:
    """The file's bytes, unpacked."""
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _kind(path: Path, head: bytes) -> str:
    """What the file holds; raises where that is nothing we read, or not what its name says."""
    kind = _kind_inside(path, head)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    named = NAMED.get(suffixes[-1] if suffixes else "")
    if named and named != kind != "ZIP":
        raise SourceError(f"{path.name} must be what its name says: it is named as {named} and holds {kind}; rename it")
    return kind


def _is_workbook(path: Path) -> bool:
    """Whether a zip archive is a workbook; one that cannot be listed is judged by its name."""
    try:
        return "[Content_Types].xml" in ZipFile(path).namelist()
    except BadZipFile:
        return path.suffix.lower() != ".zip"


def _kind_inside(path: Path, head: bytes) -> str:
    for mark, what in _OTHERS.items():
        if head.startswith(mark):
            raise SourceError(f"{path.name} must be {READ}: it is {what}")
    if head.startswith(b"PAR1"):
        return "Parquet"
    if head.startswith(b"PK\x03\x04"):
        return "XLSX" if _is_workbook(path) else "ZIP"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        raise SourceError(f"{path.name} must be {READ}: it is a web page; was it saved after the session had expired?")
    if start.startswith((b"<?xml", b"<log", b"<!doctype log")):
        return "XES"
    return "CSV"
