"""Reading and writing the canonical tables: Parquet through Ibis, on DuckDB unless `CXOPS_ENGINE` says otherwise."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import yaml
from ibis.common.exceptions import TableNotFound

from cxops import workspace
from cxops.errors import TableError
from cxops.tables.columns import ALL
from cxops.tables.commit import recover
from cxops.tables.contracts import CONTRACTS, conform

UNHASHED = "unhashed:"
KEPT_BYTES = 2**24
"""Cases and steps of a scope are kept in memory by the engine if their files take no more: ten times that there."""
_Version = tuple[Path, int, int, int]
"""A file and what changes when it is replaced: its inode, when it was written, how many bytes it has."""
_MOMENT = {name: contract.metadata["moment"] for name, contract in CONTRACTS.items() if contract.metadata["moment"]}
"""The column that says which quarter a row belongs to; a table that has none belongs to every quarter."""


@dataclass(frozen=True)
class Dataset:
    """What the tables in a folder are: shown wherever their numbers are.

    Parameters
    ----------
    title, description : what they are called, and where they come from.
    synthetic : whether they were made up.
    journey_map : name of the map in `params/journeys/` that the cases are meant to follow, if there is one.
    """

    title: str
    synthetic: bool
    description: str = ""
    journey_map: str | None = None


def dataset() -> Dataset:
    """The description in the data folder's `dataset.yml`."""
    file = workspace.current().data / "dataset.yml"
    if not file.exists():
        raise TableError(f"the data folder must be filled by `cxops demo` or `cxops ingest`: there is no {file}")
    return Dataset(**yaml.safe_load(file.read_text("utf-8")))


def describe(described: Dataset) -> None:
    """Writes `dataset.yml` beside the tables."""
    with replacing(workspace.current().data / "dataset.yml") as file:
        file.write_text(dataset_text(described), "utf-8")


def dataset_text(described: Dataset) -> str:
    """What `dataset.yml` holds."""
    return yaml.safe_dump(vars(described), sort_keys=False, allow_unicode=True)


def available() -> tuple[str, ...]:
    """Names of the tables that the data folder, or the engine that `CXOPS_ENGINE` names, holds."""
    return tuple(name for name in CONTRACTS if _is_held(name))


def path(table: str) -> Path:
    """The Parquet file of a table, whether it exists or not."""
    return workspace.current().data / f"{table}.parquet"


def table_hash(table: str) -> str:
    """SHA-256 of the table's file: what a published number is traced to; `unhashed: <engine>` where it is no file."""
    engine = os.environ.get("CXOPS_ENGINE")
    if engine:
        return f"{UNHASHED} {_engine(engine).name}"
    return sha256(path(table).read_bytes()).hexdigest()


def read(table: str, *, unit: str = ALL, quarter: str = ALL, or_empty: bool = False) -> ibis.Table:
    """The rows of a table that belong to a unit and a quarter, as an Ibis expression.

    Nothing is loaded yet, but cases and steps of a scope, which a page asks dozens of questions, are looked up once a
    process and kept on DuckDB as long as their files stay the same (up to `KEPT_BYTES`).

    Parameters
    ----------
    table : one of the contracts' names.
    unit : an organisational unit, or all. A table without units belongs to each.
    quarter : `2025Q3` or all, in UTC. A case belongs to the quarter in which it was opened, and its steps with it;
        a row of another table to that of the moment its contract names, or to every quarter.
        Steps without a case belong to none and are left out, of all too; `orphans` counts them.
    or_empty : whether a table that is not there is a table without rows, for what only adds to a page.

    Raises
    ------
    TableError : there is no such table, unit or quarter. Nothing of a known unit in a known quarter is no error.
    """
    if or_empty and table in CONTRACTS and not _is_held(table):
        if _is_held("cases"):
            _check_known(unit, quarter, scopes())
        return ibis.memtable(pa.Table.from_pandas(conform(table, pd.DataFrame()), preserve_index=False))
    rows = _open(table)
    if unit == quarter == ALL:
        return rows.semi_join(_open("cases"), "case_id") if table == "steps" and _is_held("cases") else rows
    _check_known(unit, quarter, scopes("cases" if _is_held("cases") else table))
    scope = _open("cases") if table == "steps" else rows
    if unit != ALL and "unit" in scope.columns:
        scope = scope.filter(scope.unit == unit)
    moment = _MOMENT.get("cases" if table == "steps" else table)
    if quarter != ALL and moment:
        start, end = quarter_bounds(quarter)
        scope = scope.filter(scope[moment] >= start, scope[moment] < end)
    found = rows.semi_join(scope, "case_id") if table == "steps" else scope
    return _kept(found, table, (unit, quarter)) if table in ("cases", "steps") else found


def orphans() -> int:
    """Steps whose case is not in the table of cases: no page counts them."""
    if not (_is_held("cases") and _is_held("steps")):
        return 0
    return int(_open("steps").anti_join(_open("cases"), "case_id").count().to_pyarrow().as_py())


def units() -> list[str]:
    """Units that have cases, sorted."""
    return sorted({unit for unit, _ in scopes()})


def quarters() -> list[str]:
    """Quarters in which cases were opened, oldest first, such as 2024Q4."""
    return sorted({quarter for _, quarter in scopes()})


def scopes(table: str = "cases") -> list[tuple[str, str]]:
    """Pairs of a unit and a quarter for which the table holds rows, sorted; a customer belongs to every quarter."""
    rows = _open(table)
    return list(_scopes(table, rows) if os.environ.get("CXOPS_ENGINE") else _scopes_of(table, _version(path(table))))


@cache
def _scopes_of(table: str, version: _Version) -> list[tuple[str, str]]:
    return _scopes(table, _scan(version))


def _scopes(table: str, rows: ibis.Table) -> list[tuple[str, str]]:
    quarter = _quarter(rows[_MOMENT[table]]) if table in _MOMENT else ibis.literal(ALL)
    unit = rows.unit if "unit" in rows.columns else ibis.literal(ALL)
    pairs = rows.select(unit=unit, quarter=quarter).distinct().to_pyarrow()
    return sorted(zip(pairs["unit"].to_pylist(), pairs["quarter"].to_pylist(), strict=True))


def _quarter(moment: ibis.Value) -> ibis.Value:
    """The moment's quarter, such as 2025Q4, in UTC."""
    return moment.year().cast("string") + "Q" + moment.quarter().cast("string")


def check_scope(unit: str, quarter: str) -> None:
    """Raises TableError, naming what there is, unless cases exist for the unit in the quarter."""
    pairs = scopes()
    _check_known(unit, quarter, pairs)
    if not any(unit in (ALL, each) and quarter in (ALL, when) for each, when in pairs):
        raise TableError(f"a page needs cases: unit {unit!r} opened none in {quarter} ({path('cases')})")


def _check_known(unit: str, quarter: str, pairs: list[tuple[str, str]]) -> None:
    units, quarters = (sorted(set(each)) for each in zip(*pairs, strict=True)) if pairs else ([], [])
    if unit != ALL and unit not in units and ALL not in units:
        raise TableError(f"unit must be one of {', '.join([ALL, *units])}: got {unit!r} ({path('cases').parent})")
    if quarter != ALL and quarter not in quarters and ALL not in quarters:
        raise TableError(
            f"quarter must be one of {', '.join([ALL, *quarters])}: got {quarter!r} ({path('cases').parent})"
        )


def quarter_bounds(quarter: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First moment of a quarter and of the next, in UTC.

    >>> [f"{moment:%Y-%m-%d}" for moment in quarter_bounds("2025Q4")]
    ['2025-10-01', '2026-01-01']

    Raises
    ------
    TableError : it is not a quarter.
    """
    if not re.fullmatch(r"\d{4}Q[1-4]", quarter):
        raise TableError(f"a quarter must be written like 2025Q4: got {quarter!r}")
    period = pd.Period(quarter, freq="Q")
    return period.start_time.tz_localize("UTC"), (period + 1).start_time.tz_localize("UTC")


def write(table: str, frame: pd.DataFrame) -> None:
    """Replaces a table, whole or not at all; the same rows give the same bytes.

    Raises
    ------
    pandera.errors.SchemaErrors : a row breaks the contract.
    """
    with replacing(path(table)) as file:
        conform(table, frame).to_parquet(file, index=False)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside the target to write to; it takes the target's place only when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    new = Path(name)
    try:
        yield new
        with new.open("rb") as written:
            os.fsync(written.fileno())
        new.chmod(0o644)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _open(table: str) -> ibis.Table:
    """The whole table on the chosen engine."""
    if table not in CONTRACTS:
        raise TableError(f"the table must be one of {', '.join(CONTRACTS)}: got {table!r}")
    engine = os.environ.get("CXOPS_ENGINE")
    if engine:
        return _engine(engine).table(table)
    file = path(table)
    recover(file.parent)
    if not file.exists():
        raise TableError(f"the table {table} must be filled by `cxops demo` or `cxops ingest`: there is no {file}")
    return _scan(_version(file))


def _version(file: Path) -> _Version:
    known = file.stat()
    return file, known.st_ino, known.st_mtime_ns, known.st_size


@cache
def _scan(version: _Version) -> ibis.Table:
    """The file as the engine reads it; what its columns are is looked up once a version."""
    return _engine("duckdb://").read_parquet(version[0])


def _kept(rows: ibis.Table, table: str, scope: tuple[str, str]) -> ibis.Table:
    """The rows of a scope from the engine's memory, unless they are large or the engine is somebody else's.

    A page asks them dozens of questions, each of which would read and join the files again.
    """
    versions = tuple(_version(path(name)) for name in dict.fromkeys((table, "cases")) if path(name).exists())
    if os.environ.get("CXOPS_ENGINE") or sum(size for *_, size in versions) > KEPT_BYTES:
        return rows
    key = (table, scope, versions)
    if key not in _KEPT:
        _KEPT[key] = _engine("duckdb://").create_table(f"scope_{len(_KEPT)}", rows, temp=True)
    return _KEPT[key]


_KEPT: dict[tuple[str, tuple[str, str], tuple[_Version, ...]], ibis.Table] = {}


def _is_held(table: str) -> bool:
    """Whether the data folder or the chosen engine holds the table: one look, where `available` takes one for each."""
    engine = os.environ.get("CXOPS_ENGINE")
    if not engine:
        recover(workspace.current().data)
        return path(table).exists()
    try:
        _engine(engine).table(table)  # a backend's list of tables fails on DuckDB 2.0 under Ibis 12.0
    except TableNotFound:
        return False
    return True


@cache
def _engine(url: str) -> ibis.BaseBackend:
    """One connection a process and engine; its clock is UTC, so that quarters are, and it draws no bars in a page."""
    connection = ibis.connect(url)
    if connection.name == "duckdb":
        connection.raw_sql("SET TimeZone = 'UTC'")
    for each in (connection, ibis.get_backend()):  # the latter is where frames are asked that belong to no engine
        if each.name == "duckdb":
            each.raw_sql("SET enable_progress_bar = false")
    return connection
