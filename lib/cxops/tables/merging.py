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
    rows of every group the file touches. Where the key counts rows (`count_within`), the count depends on where the
    file was cut, so rows are known again by what they hold, and counted over both files.
    """
    keys = key(table)
    if old.empty:
        return Merged(new.sort_values(keys, kind="stable", ignore_index=True), 0)
    for counted in (column for column in keys if column in rule.columns and rule.columns[column].count_within):
        old, new = _counted_again(rule, counted, old, new)
    both = old[keys].merge(new[keys], on=keys, how="inner", validate="one_to_one")
    if rule.one_row_per and len(both):
        new = _combined(table, rule, old, new)
    replaced = _keys(old, keys).isin(_keys(both, keys))
    rows = _completed_again(rule, pd.concat([old.loc[~replaced], new], ignore_index=True), new)
    rows = rows.sort_values(keys, kind="stable", ignore_index=True)
    return Merged(conform(table, rows), len(both))


def _counted_again(
    rule: TableRule, counted: str, old: pd.DataFrame, new: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides with `counted` numbered over their union; a row that stands in both has one number.

    Old rows keep their order. A row only the new file has goes before the next of that file's rows that is known
    already, else behind all known ones.
    """
    within = list(rule.columns[counted].count_within or ())
    before = old.loc[_keys(old, within).isin(_keys(new, within))].sort_values([*within, counted])
    if before.empty:
        return old, new
    after = new.sort_values([*within, counted])
    alike = [column for column, each in rule.columns.items() if not each.is_derived]
    sides = [
        side[[*alike, counted]].assign(
            _nth=side.groupby(alike, dropna=False, sort=False).cumcount().to_numpy(), _row=side.index
        )
        for side in (before, after)
    ]
    both = sides[1].merge(sides[0], on=[*alike, "_nth"], how="left", suffixes=("", "_old"), validate="one_to_one")
    place = both.groupby(within, sort=False)[f"{counted}_old"].bfill().astype("float64").fillna(float("inf"))
    fresh = both["_row_old"].isna()
    union = pd.concat(
        [
            both.loc[fresh, [*within, "_row"]].assign(_place=place[fresh], _known=False),
            sides[0][[*within, "_row"]].assign(_place=sides[0][counted].astype("float64"), _known=True),
        ],
        ignore_index=True,
    ).sort_values([*within, "_place", "_known"], kind="stable")
    union["_number"] = union.groupby(within, sort=False).cumcount().astype("Int64")
    number = union.set_index(["_known", "_row"])["_number"]
    old_number, new_number = old[counted].copy(), new[counted].copy()
    old_number.loc[before.index] = number.loc[True].loc[before.index]
    new_number.loc[both["_row"][~fresh]] = number.loc[True].loc[both["_row_old"][~fresh]].to_numpy()
    if fresh.any():
        new_number.loc[both["_row"][fresh]] = number.loc[False].loc[both["_row"][fresh]].to_numpy()
    return old.assign(**{counted: old_number}), new.assign(**{counted: new_number})


def _keys(rows: pd.DataFrame, columns: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[columns])


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
