"""Rows that break a contract are set aside with the rule they broke; no row is lost: in = accepted + set aside."""

from typing import NamedTuple

import pandas as pd
from pandera.errors import SchemaErrors

from cxops.tables.contracts import CONTRACTS, conform, key
from cxops.tables.records import Records, shortened
from cxops.tables.rules import Formats, TableRule
from cxops.tables.shaping import FAULT_COLUMNS, completed, fault_rows, typed


class Validated(NamedTuple):
    """One table's part of a file.

    Parameters
    ----------
    rows : rows that keep the contract, in its columns and types.
    faults : one row per broken rule of each source row that was set aside: row_number, column, value, rule.
    accepted, set_aside : source rows; together they are all of the file's.
    """

    rows: pd.DataFrame
    faults: pd.DataFrame
    accepted: int
    set_aside: int


def validated(table: str, rule: TableRule, records: Records, formats: Formats, as_of: pd.Timestamp) -> Validated:
    """What one table takes from a file, and what is set aside.

    Parameters
    ----------
    table : the canonical table.
    rule : how the mapping fills it.
    records : the file's records.
    formats : how the file writes moments and numbers.
    as_of : when the file came in; what the table says has happened cannot have happened later.

    Notes
    -----
    Setting a row aside can change what follows from its neighbours (the next moment in a case, the first value of a
    group), so rows are completed and checked again until none breaks a rule. When a row made of several source rows
    breaks one, all of those are set aside.
    """
    rows, faults = typed(table, rule, records.cells, formats, as_of)
    found = [_unreadable(records), faults]
    while True:
        whole, target = completed(table, rule, rows, records.cells, formats)
        whole = _conforming_types(table, whole)
        broken = contract_faults(table, whole)
        if broken.empty:
            broken = duplicate_faults(table, whole, target)
        if broken.empty:
            break
        broken = _for_source_rows(broken, target)
        found.append(broken)
        rows = rows.loc[~rows.index.isin(broken["row_number"])]
    faults = pd.concat(found, ignore_index=True).sort_values("row_number", kind="stable", ignore_index=True)
    set_aside = faults["row_number"].nunique()
    if len(rows) + set_aside != records.rows:
        raise AssertionError(f"rows in must be accepted + set aside: {records.rows} != {len(rows)} + {set_aside}")
    return Validated(conform(table, whole.reset_index(drop=True)), faults, len(rows), set_aside)


def contract_faults(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """One row per broken rule of the contract: row_number (the index of the row), column, value, rule."""
    contract = CONTRACTS[table]
    try:
        contract.validate(rows, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return _no_faults()
    own = cases[cases["schema_context"] == "Column"]
    rules = own["check"].astype("str").replace("not_nullable", "must not be empty")
    values = own["failure_case"].map(_shown).astype("str")
    found = [pd.DataFrame({"row_number": own["index"], "column": own["column"], "value": values, "rule": rules})]
    for check in contract.checks:
        across = cases[(cases["schema_context"] == "DataFrameSchema") & (cases["check"] == check.error)]
        numbers = pd.Index(across["index"].unique())
        values = rows.loc[numbers, check.name].map(_shown).astype("str")
        found.append(fault_rows(numbers, str(check.name), values, str(check.error)))
    broken = pd.concat(found, ignore_index=True)[FAULT_COLUMNS].astype({"row_number": "int64"})
    if broken.empty:
        raise AssertionError(
            f"the contract of {table} is broken in a way that names no row: {cases.to_dict('records')[:3]}"
        )
    return broken


def duplicate_faults(table: str, rows: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    """One row per row whose key stands earlier in the file already."""
    keys = key(table)
    again = rows.duplicated(keys, keep="first")
    if not again.any():
        return _no_faults()
    source = target.drop_duplicates().pipe(lambda each: pd.Series(each.index, index=each.to_numpy()))
    first = rows.assign(_first=source.reindex(rows.index)).groupby(keys, sort=False)["_first"].transform("first")
    rule = (
        "must be the only row with its "
        + ", ".join(keys)
        + ": first in row "
        + first[again].astype("int64").astype("str")
    )
    value = rows.loc[again, keys].map(_shown).agg(" | ".join, axis=1).map(shortened).astype("str")
    return fault_rows(rows.index[again], ", ".join(keys), value, rule)


def _for_source_rows(broken: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    """Faults of the table's rows as faults of the source rows that went into them."""
    members = pd.DataFrame({"source": target.index, "row_number": target.to_numpy()})
    joined = broken.merge(members, on="row_number", how="left", validate="many_to_many")
    return joined.drop(columns="row_number").rename(columns={"source": "row_number"})[FAULT_COLUMNS]


def _unreadable(records: Records) -> pd.DataFrame:
    rows = [(each.row_number, each.column, each.value, each.rule) for each in records.unreadable]
    return pd.DataFrame(rows, columns=FAULT_COLUMNS).astype(dict(_no_faults().dtypes))


def _no_faults() -> pd.DataFrame:
    return fault_rows(pd.Index([], dtype="int64"), "", "", "")


def _conforming_types(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    types = {name: column.dtype.type for name, column in CONTRACTS[table].columns.items()}
    return rows.reindex(columns=list(types)).astype(types)


def _shown(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]
