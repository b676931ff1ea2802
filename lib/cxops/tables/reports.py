"""What became of the files of one ingest, for people: on a terminal, as text, and as values."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

MOST_REASONS, MOST_NAMES = 10, 20
STATES = {"ingested": "ingested", "unchanged": "already ingested, nothing changed", "tried": "dry run, nothing written"}


@dataclass(frozen=True)
class TableReport:
    """What one table took from a file: its rows from there, source rows accepted and set aside, old rows replaced."""

    table: str
    rows: int
    accepted: int
    set_aside: int
    updated: int


@dataclass(frozen=True)
class Reason:
    """A rule that rows broke, how many did, and one of them."""

    table: str
    column: str
    rule: str
    rows: int
    row_number: int
    value: str


@dataclass(frozen=True)
class FileReport:
    """One file: how it was written, what was mapped, and what became of its rows.

    Parameters
    ----------
    state : `ingested`, `unchanged` (in already, by the same mapping) or `tried` (dry run).
    columns : (canonical column, where it comes from) pairs.
    unused : columns of the file that nothing reads and the mapping does not list under `ignore`.
    absent : optional columns that the file does not have.
    notes : sentences on what is no fault but may surprise.
    """

    file: str
    state: str
    layout: str
    rows_in: int
    tables: tuple[TableReport, ...]
    columns: tuple[tuple[str, str], ...] = ()
    unused: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line: state and counts."""
        tables = "; ".join(
            f"{each.table}: {each.accepted:,} accepted, {each.set_aside:,} set aside, {each.rows:,} rows"
            + (f" ({each.updated:,} updated)" if each.updated else "")
            for each in self.tables
        )
        return f"{STATES[self.state]}; {self.rows_in:,} rows in ({self.layout}); {tables}"


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did, file by file. `print` it, or give it to a rich console."""

    source: str
    title: str
    files: tuple[FileReport, ...]
    dry_run: bool

    @property
    def set_aside(self) -> int:
        """Rows set aside, summed over files and tables."""
        return sum(table.set_aside for file in self.files for table in file.tables)

    def __rich__(self) -> RenderableType:
        return Group(*(_file(each, detailed=self.dry_run) for each in self.files))

    def __str__(self) -> str:
        console = Console(file=io.StringIO(), width=100, color_system=None, legacy_windows=False)
        console.print(self)
        return console.file.getvalue().rstrip()  # type: ignore[attr-defined]


def reasons(faults: Mapping[str, pd.DataFrame]) -> tuple[Reason, ...]:
    """The rules that rows broke, those broken most first."""
    found = [
        Reason(
            table, str(column), str(rule), int(rows["row_number"].nunique()), int(first.row_number), str(first.value)
        )
        for table, each in faults.items()
        for (column, rule), rows in each.groupby(["column", "rule"], sort=False)
        for first in [rows.iloc[0]]
    ]
    return tuple(sorted(found, key=lambda each: (-each.rows, each.table, each.column, each.rule)))


def _told_once(found: Iterable[Reason]) -> list[Reason]:
    """The reasons, those that one cell of the source gives to several columns or tables put together."""
    same: dict[tuple[str, int, int, str], list[Reason]] = {}
    for each in found:
        same.setdefault((each.rule, each.rows, each.row_number, each.value), []).append(each)
    return [
        replace(
            alike[0],
            table=", ".join(dict.fromkeys(each.table for each in alike)),
            column=", ".join(dict.fromkeys(each.column for each in alike)),
        )
        for alike in same.values()
    ]


def plain(text: str) -> Text:
    """Text from a file for a terminal: no markup, and nothing the terminal could take for a command."""
    return Text("".join(letter if letter.isprintable() else "·" for letter in text))


def _file(report: FileReport, *, detailed: bool) -> Group:
    parts: list[RenderableType] = [Text(), plain(f"{report.file}: {STATES[report.state]}"), plain(report.layout)]
    if report.rows_in == 0:
        parts.append(Text("The file holds a header and no rows."))
    if detailed and report.columns:
        parts.append(_grid("mapping", ["column", "comes from"], report.columns))
    if detailed and report.unused:
        more = f" and {len(report.unused) - MOST_NAMES} more" if len(report.unused) > MOST_NAMES else ""
        parts.append(plain(f"Columns not used ({len(report.unused)}): {', '.join(report.unused[:MOST_NAMES])}{more}"))
    if detailed and report.absent:
        parts.append(plain(f"Optional columns the file does not have: {', '.join(report.absent)}"))
    counts = [(t.table, report.rows_in, t.accepted, t.set_aside, t.rows, t.updated) for t in report.tables]
    header = ["table", "rows in", "accepted", "set aside", "rows of the table", "of these updated"]
    parts.append(_grid("rows", header, [(name, *(f"{count:,}" for count in each)) for name, *each in counts]))
    parts.extend(plain(note) for note in report.notes)
    grouped = _told_once(report.reasons)
    if grouped:
        shown = grouped if detailed else grouped[:MOST_REASONS]
        rows = [(r.table, r.column, r.rule, f"{r.rows:,}", str(r.row_number), r.value) for r in shown]
        parts.append(_grid("set aside", ["table", "column", "rule", "rows", "first in row", "example"], rows))
        if len(grouped) > len(shown):
            parts.append(Text(f"… and {len(grouped) - len(shown)} more reasons; `cxops problems` lists them all."))
    return Group(*parts)


def _grid(title: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    grid = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in header:
        numeric = name in ("rows in", "accepted", "set aside", "rows", "rows of the table", "of these updated")
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(plain(cell) for cell in row))
    return grid
