"""What too few cases stand behind to be shown, so that no row, the remainder included, points at persons."""

import ibis
import pandas as pd
from ibis import ir


def is_rare(counted: ir.Table, count: str, minimum_count: int) -> ir.BooleanValue:
    """Whether a row is put into the remainder.

    Parameters
    ----------
    counted : one row per name.
    count : its column with the number of cases behind each name.
    minimum_count : cases that must stand behind whatever is shown.

    Notes
    -----
    Rare is what fewer than `minimum_count` cases stand behind. Where all that is rare together would still be fewer,
    what comes next by size is put with it until it is enough: a remainder of one would tell that one.

    >>> counted = ibis.memtable({"name": ["A", "B", "C"], "cases": [40, 9, 2]})
    >>> counted.mutate(rare=is_rare(counted, "cases", 5)).order_by("name").rare.execute().tolist()
    [False, True, True]
    """
    cases = counted[count]
    upward = ibis.range_window(order_by=cases, preceding=None, following=0)
    smaller = cases.sum().over(upward) - cases.sum().over(ibis.window(group_by=count))
    return (cases < minimum_count) | ((smaller > 0) & (smaller < minimum_count))


def few(cases: pd.Series, minimum_count: int) -> pd.Series:
    """Of the numbers of cases behind names, whether each is put into the remainder, by the rule of `is_rare`.

    >>> few(pd.Series({"A": 40, "B": 9, "C": 2}), 5).to_dict()
    {'A': False, 'B': True, 'C': True}
    """
    smaller = cases.map(cases.groupby(cases).sum().cumsum().shift(fill_value=0))
    return ((cases < minimum_count) | ((smaller > 0) & (smaller < minimum_count))).astype(bool)


def rare_names(cases: pd.Series, minimum_count: int) -> list[str]:
    """The names that are put into the remainder, in order.

    >>> rare_names(pd.Series({"A": 40, "B": 9, "C": 2}), 5)
    ['B', 'C']
    """
    return sorted(cases.index[few(cases, minimum_count)])
