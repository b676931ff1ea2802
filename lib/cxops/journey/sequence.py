"""The order of steps within a case, and the unbroken blocks in which one team, or one stage, held it."""

import ibis
from ibis import ir

ORDER = ("started_at", "step_seq")
"""Steps of a case follow each other by start; `step_seq` decides between equal starts, so the order is total."""


def seconds(moment: ir.TimestampValue) -> ir.FloatingValue:
    """Seconds since 1970 (UTC): what durations are computed from, so that every engine agrees on them."""
    return moment.epoch_seconds().cast("float64")


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
    case = ibis.window(group_by="case_id", order_by=ORDER)
    changes = steps.mutate(changed=(steps[holder] != steps[holder].lag().over(case)).fill_null(False).cast("int64"))
    counted = changes.changed.sum().over(ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=0))
    return changes.mutate(**{name: counted.cast("int64")}).drop("changed")


def blocks(steps: ir.Table, holder: str = "team") -> ir.Table:
    """One row per unbroken run of steps of a case with the same holder.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, status and the `holder` column.
    holder : `team` or `stage`.

    Returns
    -------
    case_id, block_seq (from 0), holder, stage (of its first step), started_at, left_at, taken_up_at.

    Notes
    -----
    `left_at` is when the holder let go: the latest known end of its steps. It is a gap where that lies before the
    holder's last start, since the holder was then seen later than its last known end. A holder whose last step is
    `done` has nothing to hand on: it lets go when somebody takes the case up again, at the next block's start.

    `taken_up_at` is when the holder first did something: its first step that is not `waiting`. A holder that never
    did anything before it passed the case on counts from when it let go; one that still holds it has a gap.
    """
    block = ibis.window(group_by=["case_id", "block_seq"], order_by=ORDER)
    steps = numbered_blocks(steps, holder)
    steps = steps.mutate(
        place=ibis.row_number().over(block),
        is_last=steps.started_at.lead().over(block).isnull(),
    )
    found = steps.group_by("case_id", "block_seq").aggregate(
        holder=steps[holder].max(),
        stage=steps.stage.max(where=steps.place == 0),
        started_at=steps.started_at.min(),
        last_start=steps.started_at.max(),
        last_end=steps.ended_at.max(),
        acted_at=steps.started_at.min(where=steps.status != "waiting"),
        is_done=(steps.is_last & (steps.status == "done")).any(),
    )
    case = ibis.window(group_by="case_id", order_by="block_seq")
    found = found.mutate(next_start=found.started_at.lead().over(case))
    known_end = ibis.cases((found.last_end >= found.last_start, found.last_end))
    found = found.mutate(left_at=ibis.ifelse(found.is_done, found.next_start, known_end))
    passed_on = ibis.cases((found.next_start.notnull(), found.left_at))
    return found.mutate(taken_up_at=ibis.coalesce(found.acted_at, passed_on)).select(
        "case_id", "block_seq", "holder", "stage", "started_at", "left_at", "taken_up_at"
    )


def passes(steps: ir.Table, holder: str = "team") -> ir.Table:
    """One row per change of holder within a case: who let go, who took it up, and the hours in between.

    Returns
    -------
    case_id, block_seq (of the receiver), sender, receiver, stage (of the receiver's first step), handed_at,
    latency_hours. `handed_at` is when the sender let go, or where that is not known the receiver's first start.
    `latency_hours` is never negative: who starts before the other stops keeps nobody waiting.
    """
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = blocks(steps, holder)
    held = held.mutate(sender=held.holder.lag().over(case), let_go_at=held.left_at.lag().over(case))
    held = held.filter(held.block_seq > 0)
    gap = not_negative(seconds(held.taken_up_at) - seconds(held.let_go_at))
    return held.select(
        "case_id",
        "block_seq",
        "sender",
        receiver="holder",
        stage="stage",
        handed_at=ibis.coalesce(held.let_go_at, held.started_at),
        latency_hours=gap / 3600,
    )
