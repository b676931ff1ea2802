"""Quantiles by rank: the same answer on every engine, which the engines' own quantile functions do not give."""

from collections.abc import Sequence

import ibis
from ibis import ir


def ranked(rows: ir.Table, keys: Sequence[str], value: str) -> ir.Table:
    """The rows with `<value>_rank` (0 for the smallest of its group) and `<value>_known`, how many are not gaps."""
    group = ibis.window(group_by=list(keys))
    order = ibis.window(group_by=list(keys), order_by=[rows[value].isnull(), rows[value]])
    return rows.mutate(
        **{
            f"{value}_rank": ibis.row_number().over(order),
            f"{value}_known": rows[value].count().over(group),
        }
    )


def quantile(rows: ir.Table, value: str, share: float) -> ir.FloatingScalar:
    """The quantile at `share` (0–1) of `value` in each group of `ranked` rows, gaps left out; a gap if all are.

    Notes
    -----
    Linear interpolation between neighbours in rank: with n known values, the one at rank share × (n − 1), counted
    from 0. It is what pandas and DuckDB's `quantile_cont` compute. Ibis' own `quantile` is approximate on BigQuery
    and Trino and missing on SQLite and DataFusion, so it is not used.
    """
    distance = (rows[f"{value}_rank"] - share * (rows[f"{value}_known"] - 1)).abs()
    return (rows[value] * ibis.cases((distance < 1, 1 - distance), else_=0.0)).sum()
