"""The order of steps within a case, and the unbroken blocks in which one team, or one stage, held it."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
from ibis import ir
from ibis.common.exceptions import IbisError
from ibis.util import gen_name

ORDER = ("started_at", "step_seq")
"""Steps of a case follow each other by start; `step_seq` decides between equal starts, so the order is total."""


def engine(rows: ir.Expr) -> str:
    """Name of the backend that the expression's tables belong to, such as `duckdb`; empty where none is bound."""
    try:
        return rows.get_backend().name
    except IbisError:
        return ""


def seconds(moment: ir.TimestampValue) -> ir.FloatingValue:
    """Seconds since 1970 (UTC), with their fraction: what durations are computed from, so that engines agree on them.

    Ibis' own `epoch_seconds` casts moments of a zone to local ones first, which costs DuckDB more than all the rest of
    a duration, and cuts off the fraction on SQLite, which knows milliseconds and no zones.
    """
    name = engine(moment)
    if name == "duckdb" and moment.type().timezone:
        return _epoch(moment)
    whole = moment.epoch_seconds().cast("float64")
    return whole + moment.millisecond() / 1000 if name == "sqlite" else whole


@ibis.udf.scalar.builtin(name="epoch", signature=((dt.Timestamp("UTC"),), dt.float64))
def _epoch(moment: ir.TimestampValue) -> ir.FloatingValue:
    """DuckDB's seconds since 1970 of a moment with a zone."""


def unordered(rows: ir.Table) -> ir.Table:
    """The rows without the order they were put in last, which what only sums them up would pay for in vain."""
    last = rows.op()
    return last.parent.to_expr() if isinstance(last, ops.Sort) else rows


def shallow(rows: ir.Table) -> ir.Table:
    """The rows from a temporary table of the connection, so that what follows nests less deeply.

    On SQLite only, whose parser gives up at some depth; others lose by it. It is gone when the connection closes.
    """
    if engine(rows) != "sqlite":
        return rows
    return rows.get_backend().create_table(gen_name("shallow"), rows, schema=rows.schema(), temp=True)


def coded(rows: ir.Table, *columns: str) -> ir.Table:
    """The rows with whole numbers in place of the values of these columns: what is sorted more than once is best short.

    On DuckDB only: others gain nothing, and SQLite can take neither the depth nor the joins. `decoded` undoes it.
    """
    if engine(rows) != "duckdb":
        return rows
    joined = rows
    for column in columns:
        found = _codes(rows, column).select(**{f"{column}_value": "value", f"{column}_code": "code"})
        joined = joined.left_join(found, [(column, f"{column}_value")])  # a comparison could name one side twice
    return joined.select(**{name: f"{name}_code" if name in columns else name for name in rows.columns})


def decoded(found: ir.Table, rows: ir.Table, column: str) -> ir.Table:
    """What was found from `coded` rows, with the values of the column again as they are in the rows before."""
    if engine(rows) != "duckdb":
        return found
    values = _codes(rows, column)
    joined = found.left_join(values, [(column, "code")])
    return joined.select(**{name: "value" if name == column else name for name in found.columns})


def _codes(rows: ir.Table, column: str) -> ir.Table:
    """One row per value of a column, with `code`: 0, 1, 2 … in the order of the values."""
    values = rows.filter(rows[column].notnull()).select(value=column).distinct()
    return values.mutate(code=ibis.row_number().over(ibis.window(order_by="value")).cast("int32"))


def not_negative(value: ir.NumericValue) -> ir.NumericValue:
    """The value, or zero where it is negative; a gap stays a gap on every engine, which `greatest` does not promise."""
    return ibis.cases((value < 0, 0.0), else_=value)


def smaller(left: ir.NumericValue, right: ir.NumericValue) -> ir.NumericValue:
    """The smaller of two values; a gap on the left stays a gap, one on the right gives the left."""
    return ibis.cases((left > right, right), else_=left)


def larger(left: ir.NumericValue, right: ir.NumericValue) -> ir.NumericValue:
    """The larger of two values; a gap on the left stays a gap, one on the right gives the left."""
    return ibis.cases((left < right, right), else_=left)


def numbered_blocks(steps: ir.Table, holder: str, name: str = "block_seq") -> ir.Table:
    """The steps with the number of the block they belong to: 0 for the first, one more at each change of `holder`.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq and the `holder` column.
    holder : `team` or `stage`.
    name : name of the column that is added.
    """
    return _numbered(steps, holder, name).drop("is_change", "is_first", "is_last")


def _numbered(steps: ir.Table, holder: str, name: str = "block_seq") -> ir.Table:
    """The numbered blocks, with whether a step is the first and the last of its block.

    Flags, not the neighbours' names, go into the second sort: they are a fraction of what it has to move.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    so_far = ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=0)
    differs = steps[holder].lag().over(case) != steps[holder]
    differs_next = steps[holder].lead().over(case) != steps[holder]
    rows = steps.mutate(
        is_change=differs.fill_null(False),
        is_first=differs.fill_null(True),
        is_last=differs_next.fill_null(True),
    )
    return rows.mutate(**{name: rows.is_change.cast("int64").sum().over(so_far).cast("int64")})


def blocks(steps: ir.Table, holder: str = "team") -> ir.Table:
    """One row per unbroken run of steps of a case with the same holder.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, status and the `holder` column.
    holder : `team` or `stage`.

    Returns
    -------
    case_id, block_seq (from 0), holder, stage (of its first step), started_at, taken_up_at, left_at; of the block
    before in the same case sender (its holder) and given_at, of the block after onward (its holder).

    Notes
    -----
    `left_at` is when the holder let go: the latest known end of its steps. It is a gap where that lies before the
    holder's last start, since the holder was then seen later than its last known end. `given_at` is the same of the
    block before, but a holder whose last step is `done` has nothing to hand on: what it completed is given when
    somebody takes it up again, at the start of this block.

    `taken_up_at` is when the holder first did something: its first step that is not `waiting`. A holder that never
    did anything before it passed the case on counts from when it let go; one that still holds it has a gap.
    """
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = _held(steps, holder)
    known_end = ibis.cases((held.last_end >= held.last_start, held.last_end))
    held = held.mutate(
        known_end=known_end,
        sender=held.holder.lag().over(case),
        onward=held.holder.lead().over(case),
        known_end_before=known_end.lag().over(case),
        was_done=held.is_done.lag().over(case),
    )
    return held.select(
        "case_id",
        "block_seq",
        "holder",
        "stage",
        "started_at",
        taken_up_at=ibis.coalesce(held.acted_at, ibis.cases((held.onward.notnull(), held.known_end))),
        left_at="known_end",
        sender="sender",
        given_at=ibis.ifelse(held.was_done, held.started_at, held.known_end_before),
        onward="onward",
    )


def _held(steps: ir.Table, holder: str) -> ir.Table:
    """One row per block with what its own steps say."""
    rows = steps.select(*dict.fromkeys(["case_id", *ORDER, "ended_at", "stage", "status", holder]))
    rows = _numbered(rows, holder)
    return rows.group_by("case_id", "block_seq").aggregate(
        holder=rows[holder].max(),
        stage=rows.stage.max(where=rows.is_first),
        started_at=rows.started_at.min(),
        last_start=rows.started_at.max(),
        last_end=rows.ended_at.max(),
        acted_at=rows.started_at.min(where=rows.status != "waiting"),
        is_done=(rows.is_last & (rows.status == "done")).any(),
    )


def passes(steps: ir.Table, holder: str = "team") -> ir.Table:
    """One row per change of holder within a case: who let go, who took it up, and the hours in between.

    Returns
    -------
    case_id, block_seq (of the receiver), sender, receiver, stage (of the receiver's first step), handed_at,
    latency_hours. `handed_at` is when the sender let go, or where that is not known the receiver's first start.
    `latency_hours` is never negative: who starts before the other stops keeps nobody waiting.
    """
    held = blocks(steps, holder)
    held = held.filter(held.block_seq > 0)
    return held.select(
        "case_id",
        "block_seq",
        "sender",
        receiver="holder",
        stage="stage",
        handed_at=ibis.coalesce(held.given_at, held.started_at),
        latency_hours=not_negative(seconds(held.taken_up_at) - seconds(held.given_at)) / 3600,
    )
