"""New rows laid over a table's old ones: the same key is the same row, and the newer file's word counts."""

from typing import NamedTuple

import pandas as pd

from cxops.tables.contracts import conform, key
from cxops.tables.rules import TableRule
from cxops.tables.shaping import filler, with_next


class Merged(NamedTuple):
    """The table's rows, sorted by key, and how many of the old ones the new replaced."""

    rows: pd.DataFrame
    updated: int


def merged(table: str, rule: TableRule, old: pd.DataFrame, new: pd.DataFrame) -> Merged:
    """The old rows and the new, each key once.

    Parameters
    ----------
    table : the canonical table.
    rule : the rule the new rows were made by.
    old, new : rows that keep the table's contract.

    Notes
    -----
    A file may hold only what has happened since the last one. So a row grouped from several source rows is combined
    with what is known of it (earliest, latest, first and last of both), and `next` columns are filled again from all
    rows of every group the file touches.
    """
    keys = key(table)
    if old.empty:
        return Merged(new.sort_values(keys, kind="stable", ignore_index=True), 0)
    both = old[keys].merge(new[keys], on=keys, how="inner", validate="one_to_one")
    if rule.one_row_per and len(both):
        new = _combined(table, rule, old, new)
    replaced = pd.MultiIndex.from_frame(old[keys]).isin(pd.MultiIndex.from_frame(both))
    rows = _completed_again(rule, pd.concat([old.loc[~replaced], new], ignore_index=True), new)
    rows = rows.sort_values(keys, kind="stable", ignore_index=True)
    return Merged(conform(table, rows), len(both))


def _combined(table: str, rule: TableRule, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The new rows, each combined with the old one of its key; gaps are filled from the other side."""
    keys = key(table)
    after = new.set_index(keys)
    before = old.set_index(keys).reindex(after.index)
    whole = after.copy()
    later = pd.Series(False, index=after.index)
    begins = next((column for column, each in rule.columns.items() if each.min), None)
    if begins:
        later = after[begins] > before[begins]
    for column, each in rule.columns.items():
        if column in keys or each.if_last or each.sum or not each.is_aggregate:
            continue
        filling = filler(table, column, each)
        known, found = (
            side.mask(side.eq(filling)) if filling is not None else side for side in (before[column], after[column])
        )
        latest, earliest = found.fillna(known), known.fillna(found)
        if each.verb == "first":
            latest = latest.mask(later, earliest)
        elif each.verb in ("min", "max"):
            older_wins = earliest.lt(latest) if each.min else earliest.gt(latest)
            latest = latest.mask(older_wins.fillna(False).astype(bool), earliest)
        whole[column] = latest if filling is None else latest.fillna(filling)
    return whole.reset_index()[list(new.columns)]


def _completed_again(rule: TableRule, rows: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    within = next((each.within for each in rule.columns.values() if each.within), None)
    if not within:
        return rows
    touched = rows[within[0]].isin(new[within[0]])
    return pd.concat([rows.loc[~touched], with_next(rule, rows.loc[touched])], ignore_index=True)
