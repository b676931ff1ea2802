"""What came in: the ledger of ingested files and the rows set aside, both beside the tables."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from cxops import workspace
from cxops.tables.commit import recover

LEDGER, PROBLEMS = "ingested.json", "problems.parquet"
PROBLEM_TYPES = {
    "file": "str",
    "source": "str",
    "table": "str",
    "row_number": "int64",
    "column": "str",
    "value": "str",
    "rule": "str",
}
Entry = dict[str, Any]


def entries(folder: Path | None = None) -> list[Entry]:
    """One entry per ingested file, oldest first: file, source, hashes, rows in, and per table what became of them."""
    file = _settled(folder) / LEDGER
    return json.loads(file.read_text("utf-8")) if file.exists() else []


def problems(folder: Path | None = None) -> pd.DataFrame:
    """The rows set aside, one row per broken rule: file, source, table, row_number, column, value, rule.

    Values are the source's own text, hostile until escaped.
    """
    file = _settled(folder) / PROBLEMS
    return pd.read_parquet(file) if file.exists() else no_problems()


def _settled(folder: Path | None) -> Path:
    """The data folder, once what a killed ingest had committed is in place."""
    chosen = folder or workspace.current().data
    recover(chosen)
    return chosen


def no_problems() -> pd.DataFrame:
    """A table of problems without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in PROBLEM_TYPES.items()})


def known(ledger: Iterable[Entry], source: str, digest: str) -> Entry | None:
    """The entry of a file's bytes under a source."""
    return next((entry for entry in ledger if (entry["source"], entry["sha256"]) == (source, digest)), None)


def label(ledger: Iterable[Entry], name: str, digest: str) -> str:
    """The name a file goes by: its own, with the start of its hash where another file already has that name.

    >>> label([{"file": "may.csv", "sha256": "aa"}], "may.csv", "0123456789")
    'may.csv (01234567)'
    """
    taken = any(entry["file"] == name and entry["sha256"] != digest for entry in ledger)
    return f"{name} ({digest[:8]})" if taken else name


def with_entry(ledger: list[Entry], entry: Entry) -> list[Entry]:
    """The ledger with the entry in place of an earlier one for the same bytes and source."""
    same = (entry["source"], entry["sha256"])
    return [*(each for each in ledger if (each["source"], each["sha256"]) != same), entry]


def with_problems(before: pd.DataFrame, found: pd.DataFrame, file: str, source: str) -> pd.DataFrame:
    """The problems with those of one file replaced."""
    others = before[~((before["file"] == file) & (before["source"] == source))]
    return pd.concat([others, found], ignore_index=True).astype(PROBLEM_TYPES)


def problem_rows(file: str, source: str, faults: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The faults of one file's tables as rows of the problems table."""
    found = [each.assign(file=file, source=source, table=table) for table, each in faults.items()]
    return pd.concat([no_problems(), *found], ignore_index=True)[list(PROBLEM_TYPES)].astype(PROBLEM_TYPES)
