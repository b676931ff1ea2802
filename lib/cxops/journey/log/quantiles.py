"""Exact quantiles, the same on every engine: the engine's own where it has exact ones, else by rank."""

from collections.abc import Sequence

import ibis
from ibis import ir

from cxops.journey.log.sequence import engine

EXACT = ("duckdb",)
"""Engines whose own quantile interpolates between neighbours as `quantile` does; tests hold the two together."""


def ranked(rows: ir.Table, keys: Sequence[str], value: str) -> ir.Table:
    """The rows, made ready for `quantile` of `value` within groups of `keys`.

    Where the engine has no exact quantile of its own they get `<value>_rank` (0 for the smallest of its group) and
    `<value>_known`, how many are not gaps: a sort of all rows, which is what `EXACT` engines are spared.
    """
    return rows if engine(rows) in EXACT else with_ranks(rows, keys, value)


def with_ranks(rows: ir.Table, keys: Sequence[str], value: str) -> ir.Table:
    """The rows with `<value>_rank` and `<value>_known` on any engine (see `ranked`)."""
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
    and Trino and missing on SQLite and DataFusion, so it is used on `EXACT` engines only.
    """
    if f"{value}_rank" not in rows.columns:
        return rows[value].quantile(share)
    distance = (rows[f"{value}_rank"] - share * (rows[f"{value}_known"] - 1)).abs()
    return (rows[value] * ibis.cases((distance < 1, 1 - distance), else_=0.0)).sum()
