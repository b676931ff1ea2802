"""Glossary, data dictionary and data problems: what words and columns mean, and which rows were set aside."""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path, PurePath
from typing import Any

import pandas as pd
import pandera.pandas as pa
import yaml

from cxops import tables, workspace
from cxops.errors import PublishError
from cxops.kpis import KPI
from cxops.publish.edition import Edition
from cxops.publish.markup import facts, heading, plain, raw, table

_WORDS = [
    (r"^(str|string|object)", "text"),
    (r"^(u?int|Int)", "whole number"),
    (r"^(float|Float)", "number"),
    (r"^bool", "yes or no"),
    (r"^datetime", "moment, UTC"),
]


def kpi_sections(edition: Edition, origin: str) -> str:
    """Each KPI definition under its own anchor, `kpi-<id>`."""
    return "\n".join(
        heading(3, kpi.name, f"kpi-{kpi.id}")
        + plain(kpi.meaning)
        + "\n\n"
        + raw(facts(f"Definition of {kpi.name}", _kpi(kpi)))
        for kpi in edition.kpis.values()
    )


def _kpi(kpi: KPI) -> dict[str, str]:
    rows = {
        "Numerator": kpi.numerator,
        "Denominator": kpi.denominator or "none; it is not a ratio",
        "Unit": kpi.unit,
        "Direction": kpi.direction,
        "Owners": f"{kpi.owner_cx} (customer experience), {kpi.owner_operations} (operations)",
        "Source": kpi.source,
        "Version": f"{kpi.version}, in effect from {kpi.effective_on:%Y-%m-%d}",
    }
    return {name: escape(value) for name, value in rows.items()}


def term_sections(edition: Edition, origin: str) -> str:
    """The terms of `site/terms.yml`, sorted, each under its own anchor, `term-<term>`.

    Raises
    ------
    PublishError : the file does not map terms to sentences.
    """
    file = workspace.current().home / "site" / "terms.yml"
    terms = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    if not isinstance(terms, dict) or not all(isinstance(each, str) for item in terms.items() for each in item):
        raise PublishError(f"terms must be `term: sentence` lines: they are not ({file})")
    return "\n".join(
        heading(3, term, f"term-{re.sub('[^a-z0-9]+', '-', term.lower())}") + plain(meaning) + "\n"
        for term, meaning in sorted(terms.items(), key=lambda item: item[0].lower())
    )


def dictionary_sections(edition: Edition, origin: str) -> str:
    """One section a table, made from its contract, under the anchor `table-<name>`."""
    return "\n".join(_dictionary(contract) for contract in tables.CONTRACTS.values())


def _dictionary(contract: pa.DataFrameSchema) -> str:
    name = contract.name
    rows = (
        [f"<code>{escape(column)}</code>", *_column(spec, column in tables.key(name))]
        for column, spec in contract.columns.items()
    )
    present = tables.path(name).exists()
    here = (
        f"This publication has it: SHA-256 {tables.table_hash(name)}."
        if present
        else "This publication does not have it."
    )
    rules = "".join(f"- {plain(str(check.error))}\n" for check in contract.checks)
    return (
        heading(2, name, f"table-{name}")
        + f"One row is {plain(str(contract.description))}. Key: {plain(', '.join(tables.key(name)))}. {plain(here)}\n\n"
        + raw(table(f"Columns of {name}", ["Column", "Type", "Meaning", "Required", "Allowed"], rows))
        + (f"\nWithin a row:\n\n{rules}" if rules else "")
    )


def _column(spec: pa.Column, in_key: bool) -> list[str]:
    kind = next((word for pattern, word in _WORDS if re.match(pattern, str(spec.dtype))), str(spec.dtype))
    required = "yes, part of the key" if in_key else "yes" if spec.required else "no, may be empty"
    allowed = "; ".join(str(check.error) for check in spec.checks) or "anything"
    return [escape(each) for each in (kind, spec.description or "", required, allowed)]


def problem_sections(edition: Edition, origin: str) -> str:
    """Rows in, accepted and set aside by file, then reasons by file, table, column and rule. Never a raw value."""
    data = workspace.current().data
    return "\n".join([_files(data / "ingested.json"), _reasons(data / "problems.parquet")])


def _files(ledger: Path) -> str:
    if not ledger.exists():
        return "The tables were not made from files; there is nothing to account for.\n"
    try:
        rows = [row for entry in json.loads(ledger.read_bytes()) for row in _file_rows(entry)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishError(f"the ledger of files must be whole: {type(error).__name__}: {error} ({ledger})") from None
    columns = ["File", "Table", "Rows in", "Accepted", "Set aside", "Source", "SHA-256", "Taken in (UTC)"]
    return raw(table("Rows in are rows accepted and rows set aside, for every file and table", columns, rows))


def _file_rows(entry: dict[str, Any]) -> Iterator[list[str]]:
    about = [
        escape(str(entry["source"])),
        f"<code>{escape(entry['sha256'][:12])}</code>",
        escape(str(entry["ingested_at"])),
    ]
    for name, count in entry["tables"].items():
        counts = [f"{count[each]:,}" for each in ("rows", "accepted", "set_aside")]
        yield [escape(PurePath(entry["file"]).name), escape(name), *counts, *about]


def _reasons(file: Path) -> str:
    if not file.exists():
        return "No row was set aside.\n"
    columns = ["file", "table", "column", "rule"]
    try:
        problems = pd.read_parquet(file, columns=columns)
    except (OSError, ValueError, KeyError) as error:
        raise PublishError(f"the problems table must be readable: {type(error).__name__} ({file})") from None
    counts = (
        problems.fillna("–").value_counts(columns).reset_index().sort_values(["file", "table", "count"], kind="stable")
    )
    if counts.empty:
        return "No row was set aside.\n"
    rows = (
        [escape(PurePath(row.file).name), escape(row.table), escape(row.column), escape(row.rule), f"{row.count:,}"]
        for row in counts.itertuples(name="Problem", index=False)
    )
    return raw(table("Why rows were set aside", ["File", "Table", "Column", "Rule", "Problems"], rows))
