"""Text cells + one table's rule → typed rows, rows derived within groups, and the problems met on the way."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.typing import SeriesGroupBy

from cxops.errors import SourceError
from cxops.tables.coercion import NO_ZONE, SAY_ZONE, Coerced, coerced
from cxops.tables.columns import MOMENT
from cxops.tables.contracts import CONTRACTS
from cxops.tables.rules import ColumnRule, Conditions, Formats, TableRule

SPREADSHEET_ERRORS = frozenset(
    ("#N/A", "#NV", "#REF!", "#BEZUG!", "#DIV/0!", "#VALUE!", "#WERT!", "#NAME?", "#NUM!", "#ZAHL!", "#NULL!")
    + ("#SPILL!", "#CALC!", "#GETTING_DATA")
)
NO_ERROR = "must be a value, not a spreadsheet's error; if it stands for an empty cell, the mapping may list it in gaps"
FAULT_COLUMNS = ["row_number", "column", "value", "rule"]


class Shaped(NamedTuple):
    """Typed rows of one table, indexed by row number, and the faults of the rows left out (`FAULT_COLUMNS`)."""

    rows: pd.DataFrame
    faults: pd.DataFrame


def typed(table: str, rule: TableRule, cells: pd.DataFrame, formats: Formats, as_of: pd.Timestamp) -> Shaped:
    """The rows whose every cell fits its type; the others come back as faults.

    Parameters
    ----------
    table : the canonical table.
    rule : where its columns come from. Derived columns are left for `completed`.
    cells : text cells of the source, indexed by row number.
    formats : how moments and numbers are written, where a column does not say otherwise.
    as_of : when the file came in: what happened cannot have happened later.

    Raises
    ------
    SourceError : no moment of a column carries a zone, and the mapping declares none.
    """
    chosen = _matches(cells, rule.only or {})
    found = [_only_faults(cells.loc[~chosen], rule.only)] if rule.only else []
    cells = cells.loc[chosen]
    columns: dict[str, pd.Series] = {}
    errors = _spreadsheet_errors(cells, rule.sources)
    found.append(errors)
    cells = cells.loc[~cells.index.isin(errors["row_number"])]
    for column, each in rule.columns.items():
        if not each.is_derived:
            text = _text(each, cells)
            values, faults = _values(table, column, each, text, formats)
            _check_zone(column, text, faults)
            if column in (CONTRACTS[table].metadata or {}).get("past", ()):
                faults = pd.concat([faults, _future_faults(values, as_of)])
            columns[column] = values
            found.append(fault_rows(faults.index, column, text.loc[faults.index], faults))
    for column in rule.one_row_per or ():
        empty = columns[column].index[columns[column].isna()]
        found.append(fault_rows(empty, column, "", "must not be empty: it says which row this belongs to"))
    if rule.order_by:
        _, faults = coerced(cells[rule.order_by], MOMENT, formats)
        found.append(fault_rows(faults.index, rule.order_by, cells.loc[faults.index, rule.order_by], faults))
    every = pd.concat(found, ignore_index=True)
    rows = pd.DataFrame(columns, index=cells.index)
    return Shaped(rows.loc[~rows.index.isin(every["row_number"])], every)


def completed(
    table: str, rule: TableRule, rows: pd.DataFrame, cells: pd.DataFrame, formats: Formats
) -> tuple[pd.DataFrame, pd.Series]:
    """The table's rows with everything that follows from other rows, and for each source row the row it went into.

    Parameters
    ----------
    table, rule : the canonical table and its rule.
    rows : typed rows, indexed by row number.
    cells : text cells of the source, for conditions and order.
    formats : how moments are written.
    """
    if rule.one_row_per:
        return _grouped(table, rule, rows, cells, formats)
    whole = rows.copy()
    for column, each in rule.columns.items():
        if each.count_within:
            whole[column] = whole.groupby(list(each.count_within), sort=False).cumcount().astype("Int64")
    return with_next(rule, whole), pd.Series(rows.index, index=rows.index)


def with_next(rule: TableRule, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with each `next` column filled from the row that follows within its group; the last one has a gap."""
    filled = rows.copy()
    for column, each in rule.columns.items():
        if each.next and each.within:
            order = [*each.within, each.next, *(name for name in ("step_seq",) if name in rows)]
            ordered = filled.sort_values(order, kind="stable")
            filled[column] = ordered.groupby(list(each.within), sort=False)[each.next].shift(-1)
    return filled


def fault_rows(numbers: pd.Index, column: str, value: pd.Series | str, rule: pd.Series | str) -> pd.DataFrame:
    """Faults in the columns every part of ingest uses."""
    rows = pd.DataFrame({"row_number": numbers.to_numpy(dtype="int64"), "column": column})
    for name, given in (("value", value), ("rule", rule)):
        rows[name] = given if isinstance(given, str) else given.fillna("").to_numpy()
    return rows.astype({"column": "str", "value": "str", "rule": "str"})[FAULT_COLUMNS]


def _text(rule: ColumnRule, cells: pd.DataFrame) -> pd.Series:
    """The column's text before it is given a type; an absent optional column is all gaps."""
    if rule.constant is not None:
        return pd.Series(rule.constant, index=cells.index, dtype="str")
    parts = [cells[name] if name in cells else pd.Series(None, index=cells.index, dtype="str") for name in rule.cells]
    text = parts[0]
    for part in parts[1:]:
        text = (text + rule.separator + part).fillna(text).fillna(part)
    return text.where(_matches(cells, rule.where)) if rule.where else text


def _values(table: str, column: str, rule: ColumnRule, text: pd.Series, formats: Formats) -> Coerced:
    mapped, unknown = _mapped(rule, text)
    if rule.if_empty is not None and not rule.is_aggregate:
        mapped = mapped.fillna(rule.if_empty)
    values, faults = coerced(mapped, CONTRACTS[table].columns[column].dtype.type, rule.inside(formats))
    if rule.multiply is not None:
        values = values * rule.multiply
    return Coerced(values, pd.concat([unknown, faults]) if len(unknown) else faults)


def _mapped(rule: ColumnRule, text: pd.Series) -> Coerced:
    """Text in which each value is replaced by the one it maps to; a value nobody named is a fault."""
    if rule.values is None:
        return Coerced(text, text.iloc[:0])
    table = {value: _looked_up(value, rule.values) for value in text.dropna().unique()}
    mapped = text.map(table).astype("str")
    unknown = text.index[text.map(lambda value: table[value] is None, na_action="ignore").eq(True)]
    words = f"must be a value the mapping knows: {', '.join(map(repr, rule.values))}"
    return Coerced(mapped, pd.Series(words, index=unknown, dtype="str"))


def _looked_up(value: str, values: dict[str, str]) -> str | None:
    """What a value maps to: its own entry, else the first entry with `*` that fits it."""
    if value in values:
        return values[value]
    fits = (to for given, to in values.items() if "*" in given and fnmatchcase(value, given.replace("[", "[[]")))
    return next(fits, None)


def _matches(cells: pd.DataFrame, conditions: Conditions) -> pd.Series:
    chosen = pd.Series(True, index=cells.index)
    for name, allowed in conditions.items():
        chosen &= cells[name].fillna("").isin(allowed)
    return chosen


def _only_faults(cells: pd.DataFrame, conditions: Conditions) -> pd.DataFrame:
    """One fault per row the table does not take, naming the first condition that it fails."""
    found = []
    for name, allowed in conditions.items():
        fails = cells.index[~cells[name].fillna("").isin(allowed)]
        rule = f"not for this table: it takes only {', '.join(map(repr, allowed))}"
        found.append(fault_rows(fails, name, cells.loc[fails, name], rule))
        cells = cells.drop(index=fails)
    return pd.concat(found, ignore_index=True)


def _spreadsheet_errors(cells: pd.DataFrame, sources: Iterable[str]) -> pd.DataFrame:
    """One fault per cell that holds what a spreadsheet shows where a formula failed."""
    found = [fault_rows(pd.Index([]), "", "", "")]
    for name in (each for each in sources if each in cells):
        broken = cells.loc[cells[name].isin(SPREADSHEET_ERRORS), name]
        found.append(fault_rows(broken.index, name, broken, NO_ERROR))
    return pd.concat(found, ignore_index=True)


def _future_faults(values: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    """The rule broken by each moment that was still to come."""
    rule = f"must not lie in the future: it is later than {as_of:%Y-%m-%dT%H:%MZ}, when the file came in"
    return pd.Series(rule, index=values.index[values > as_of], dtype="str")


def _check_zone(column: str, text: pd.Series, faults: pd.Series) -> None:
    given = int(text.notna().sum())
    if given and int(faults.eq(NO_ZONE).sum()) == given:
        raise SourceError(
            f"moments must be of a known zone: none of the {given:,} given for {column} carries one, such as "
            f"{text.dropna().iloc[0]!r}; {SAY_ZONE}"
        )


def _grouped(
    table: str, rule: TableRule, rows: pd.DataFrame, cells: pd.DataFrame, formats: Formats
) -> tuple[pd.DataFrame, pd.Series]:
    ordered = rows
    if rule.order_by:
        moments = coerced(cells.loc[rows.index, rule.order_by], MOMENT, formats).values
        ordered = rows.loc[moments.sort_values(kind="stable").index]
    keys = list(rule.one_row_per or ())
    groups = ordered.groupby(keys, sort=False)
    whole = ordered.loc[~ordered.duplicated(keys), keys].set_index(groups.ngroup()[~ordered.duplicated(keys)])
    group = groups.ngroup()
    last = group.drop_duplicates(keep="last")
    for column, each in rule.columns.items():
        if column not in keys:
            whole[column] = _aggregate(ordered[column].groupby(group), each, filler(table, column, each))
        if each.if_last:
            holds = _matches(cells.loc[last.index], each.if_last).set_axis(last.to_numpy())
            whole[column] = whole[column].where(holds.reindex(whole.index))
    return whole[list(rule.columns)], group.reindex(rows.index)


def _aggregate(values: SeriesGroupBy, rule: ColumnRule, filling: Any) -> pd.Series:
    """One value per group; gaps only in groups without any value, and there the filler if there is one."""
    verb = rule.verb if rule.is_aggregate else "first"
    found = values.sum(min_count=1) if rule.sum else getattr(values, verb)()
    return found if filling is None else found.fillna(filling)


def filler(table: str, column: str, rule: ColumnRule) -> Any:
    """What the mapping puts where there is no value, in the column's type; nothing if it leaves the gap."""
    if rule.if_empty is None:
        return None
    given = pd.Series([rule.if_empty], dtype="str")
    return coerced(given, CONTRACTS[table].columns[column].dtype.type, rule).values.iloc[0]
