"""Files of a source → canonical tables, problems and ledger; all of a file's rows or none, and each file once."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shlex import quote

import pandas as pd
import yaml

from cxops import workspace
from cxops.errors import SourceError
from cxops.tables import ledger, store
from cxops.tables.commit import committing, finish, locked
from cxops.tables.mapping import mapping
from cxops.tables.merging import merged
from cxops.tables.readers import records
from cxops.tables.records import Records
from cxops.tables.reports import FileReport, IngestReport, TableReport, reasons
from cxops.tables.rules import Mapping
from cxops.tables.validation import Validated, validated

Progress = Callable[[str], None]
Parts = dict[str, Validated]


def ingest(
    source: str,
    files: Sequence[Path | str],
    *,
    dry_run: bool = False,
    time_zone: str | None = None,
    title: str | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Brings files into the data folder and says what became of every row.

    Parameters
    ----------
    source : name of a mapping in `params/sources/`.
    files : the extracts; each is committed by itself, in this order, so that of two rows with one key the later
        file's is kept.
    dry_run : read, map and check everything, write nothing.
    time_zone : IANA zone of moments that carry none, as in a spreadsheet; the mapping's unless given.
    title : what the data folder is to be called, where it has no `dataset.yml` yet; else the mapping's title.
    progress : called with a few words when something begins.

    Returns
    -------
    IngestReport : per file what was mapped, accepted, set aside and why.

    Raises
    ------
    ParameterError : the mapping is missing or wrong; nothing was read.
    SourceError : at least one file cannot be ingested as a whole. The others were; the message names both.
    """
    given = mapping(source, time_zone=time_zone)
    folder = workspace.current().data
    if not dry_run:
        _check_real(folder)
    say = progress or (lambda _: None)
    if not dry_run:
        _check_mapping_unchanged(source, given, [file for file in map(Path, files) if file.is_file()], folder)
    described = store.Dataset(
        title or given.title, synthetic=False, description=given.description.strip(), journey_map=given.journey_map
    )
    done: list[FileReport] = []
    refused: list[str] = []
    for file in map(Path, files):
        say(f"reading {file.name}")
        try:
            if dry_run:
                done.append(_tried(source, given, file, folder))
            else:
                done.append(_ingested(source, given, file, described, time_zone))
        except SourceError as error:
            refused.append(str(error))
    if refused:
        raise SourceError("\n".join([*refused, *(f"{each.file}: {each.summary}" for each in done)]))
    return IngestReport(source, given.title, tuple(done), dry_run)


def _tried(source: str, given: Mapping, file: Path, folder: Path) -> FileReport:
    """What would become of a file; nothing is written."""
    digest = _digest(file)
    read, parts = _read(given, file)
    before = ledger.entries(folder)
    name = ledger.label(before, file.name, digest)
    return _noted(_report(name, given, read, parts, {}, "tried"), source, given, before)


def _ingested(source: str, given: Mapping, file: Path, described: store.Dataset, time_zone: str | None) -> FileReport:
    """One file, from its bytes to the committed tables; nothing happens if it is in already by the same mapping."""
    digest, folder = _digest(file), workspace.current().data
    with locked(folder):
        finish(folder)
        before = ledger.entries(folder)
        _check_mapping_unchanged(source, given, [file], folder)
        known = ledger.known(before, source, digest)
        if known and known["mapping_sha256"] == given.fingerprint:
            return _report_again(known)
        read, parts = _read(given, file)
        name = ledger.label(before, file.name, digest)
        with committing(folder) as staging:
            updated = {table: _stage_table(staging, table, given, part.rows) for table, part in parts.items()}
            report = _noted(_report(name, given, read, parts, updated, "ingested"), source, given, before)
            entry = _entry(source, given, digest, report) | {"time_zone": time_zone}
            _stage_text(staging, ledger.LEDGER, json.dumps(ledger.with_entry(before, entry), indent=1) + "\n")
            found = ledger.problem_rows(name, source, {table: part.faults for table, part in parts.items()})
            ledger.with_problems(ledger.problems(folder), found, name, source).to_parquet(
                staging / ledger.PROBLEMS, index=False
            )
            if not (folder / "dataset.yml").exists():
                _stage_text(staging, "dataset.yml", store.dataset_text(described))
    return report


def _read(given: Mapping, file: Path) -> tuple[Records, Parts]:
    """The file's records, and what each table takes from them."""
    read = records(file, given)
    as_of = pd.Timestamp.now(UTC)
    cells = read.cells.mask(read.cells.isin(given.gaps)).iloc[:: -1 if given.newest_first else 1]
    read = Records(read.columns, cells, read.unreadable, read.layout)
    try:
        parts = {table: validated(table, rule, read, given, as_of) for table, rule in given.tables.items()}
    except SourceError as error:
        raise SourceError(f"{file.name}: {error}") from None
    return read, parts


def _stage_table(staging: Path, table: str, given: Mapping, rows: pd.DataFrame) -> int:
    """Writes the table as it will be, if the file has rows for it; the number of rows it replaces."""
    if rows.empty:
        return 0
    now = store.path(table)
    result = merged(table, given.tables[table], pd.read_parquet(now) if now.exists() else rows.iloc[:0], rows)
    result.rows.to_parquet(staging / now.name, index=False)
    return result.updated


def _stage_text(staging: Path, name: str, text: str) -> None:
    (staging / name).write_text(text, "utf-8")


def _report(name: str, given: Mapping, read: Records, parts: Parts, updated: dict[str, int], state: str) -> FileReport:
    return FileReport(
        file=name,
        state=state,
        layout=read.layout,
        rows_in=read.rows,
        tables=tuple(
            TableReport(table, len(part.rows), part.accepted, part.set_aside, updated.get(table, 0))
            for table, part in parts.items()
        ),
        columns=tuple(
            (f"{table}.{column}", str(rule))
            for table, each in given.tables.items()
            for column, rule in each.columns.items()
        ),
        unused=tuple(name for name in read.columns if name not in {*given.sources, *(given.ignore or ())}),
        absent=tuple(name for name in given.sources if name not in read.columns),
        reasons=reasons({table: part.faults for table, part in parts.items()}),
        notes=tuple(_lookalikes(part.rows["unit"] for part in parts.values() if "unit" in part.rows)),
    )


def _noted(report: FileReport, source: str, given: Mapping, before: list[ledger.Entry]) -> FileReport:
    """The report, with a word on files that came in by another version of the mapping, if any did."""
    others = [each for each in before if each["source"] == source and each["mapping_sha256"] not in given.agreeing]
    if not others:
        return report
    note = (
        f"The mapping has changed, or another time zone is given, since {', '.join(each['file'] for each in others)} "
        "came in: rows from there stand as it was then. If it was wrong, delete the data folder and ingest everything "
        "again."
    )
    return replace(report, notes=(*report.notes, note))


def _lookalikes(columns: Iterable[pd.Series]) -> Iterator[str]:
    """A sentence for units of one file whose names differ in upper and lower case only: perhaps they are one."""
    alike: dict[str, set[str]] = {}
    for name in {name for column in columns for name in column.unique()}:
        alike.setdefault(name.casefold(), set()).add(name)
    for names in (sorted(names) for _, names in sorted(alike.items()) if len(names) > 1):
        yield f"These units differ in upper and lower case only and are counted apart: {', '.join(names)}."


def _report_again(entry: ledger.Entry) -> FileReport:
    """What became of a file that is in already."""
    tables = tuple(TableReport(table, **counts) for table, counts in entry["tables"].items())
    return FileReport(entry["file"], "unchanged", entry["layout"], entry["rows_in"], tables)


def _check_mapping_unchanged(source: str, given: Mapping, files: Iterable[Path], folder: Path) -> None:
    """Raises if a file is in by another mapping: once merged, its rows cannot be told from others and taken out."""
    before = ledger.entries(folder)
    ours = [entry for entry in before if entry["source"] == source and entry["mapping_sha256"] not in given.agreeing]
    if not ours:
        return
    for known in filter(None, (ledger.known(ours, source, _digest(file)) for file in files)):
        raise SourceError(_how_to_start_anew(known, before, folder))


def _how_to_start_anew(known: ledger.Entry, before: list[ledger.Entry], folder: Path) -> str:
    files: dict[str, list[str]] = {}
    for entry in before:
        zone = f" --time-zone {entry['time_zone']}" if entry.get("time_zone") else ""
        files.setdefault(f"{entry['source']}{zone}", []).append(entry["file"])
    commands = [f"cxops ingest {source} {' '.join(map(quote, names))}" for source, names in files.items()]
    return (
        f"{known['file']} must be ingested by one mapping and in one time zone only: "
        f"params/sources/{known['source']}.yml or --time-zone is not what it was on {known['ingested_at']}, and the "
        "rows made then are in the tables. Nothing was changed. To start anew, "
        f"delete the folder {folder} and ingest everything again: {'; '.join(commands)}"
    )


def _entry(source: str, given: Mapping, digest: str, report: FileReport) -> ledger.Entry:
    return {
        "file": report.file,
        "source": source,
        "sha256": digest,
        "mapping_sha256": given.fingerprint,
        "layout": report.layout,
        "rows_in": report.rows_in,
        "tables": {each.table: {k: v for k, v in asdict(each).items() if k != "table"} for each in report.tables},
        "ingested_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _digest(file: Path) -> str:
    """SHA-256 of the file's bytes."""
    digest = sha256()
    try:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise SourceError(f"{file.name} must be a file that can be read: {error.strerror} ({file})") from None
    return digest.hexdigest()


def _check_real(folder: Path) -> None:
    """Raises rather than let real rows and made-up ones meet in one folder."""
    described = folder / "dataset.yml"
    if described.exists() and yaml.safe_load(described.read_text("utf-8")).get("synthetic"):
        raise SourceError(
            "real files must not be mixed with synthetic data: the folder's dataset.yml says synthetic; "
            f"name another folder with --data or CXOPS_DATA ({folder})"
        )
