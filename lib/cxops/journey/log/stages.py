"""The stages of the journey: how much of the lead time each takes, and what passing between them costs."""

import ibis
from ibis import ir

from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.sequence import numbered_blocks, passes
from cxops.journey.log.times import spans


def stages(steps: ir.Table) -> ir.Table:
    """One row per stage: cases, visits, and the hours worked and waited in it.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, status.

    Returns
    -------
    stage, cases, visits, touch_hours_total, wait_hours_total, wait_hours_p50 (median over visits); the most waiting
    first, then by name.

    Notes
    -----
    A visit lasts from its first step's start until the next stage's first step starts, so that the hours of all stages
    add up to the total lead time; the wait on the way to the next stage counts for the stage that is left.
    """
    rows = numbered_blocks(spans(steps), "stage", "visit_seq")
    visits = rows.group_by("stage", "case_id", "visit_seq").aggregate(
        touch_hours=rows.touch_seconds.sum() / 3600,
        wait_hours=(rows.span_end - rows.span_start - rows.touch_seconds).sum() / 3600,
    )
    visits = ranked(visits, ["stage"], "wait_hours")
    return (
        visits.group_by("stage")
        .aggregate(
            cases=visits.case_id.nunique(),
            visits=visits.count(),
            touch_hours_total=visits.touch_hours.sum(),
            wait_hours_total=visits.wait_hours.sum(),
            wait_hours_p50=quantile(visits, "wait_hours", 0.5),
        )
        .order_by([ibis.desc("wait_hours_total"), "stage"])
    )


def stage_flow(steps: ir.Table) -> ir.Table:
    """One row per pair of stages that follow each other: how often, and how long the case waited on the way.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, status.

    Returns
    -------
    from_stage, to_stage, transitions, wait_hours_p50, wait_hours_p90, wait_hours_total; the most transitions first,
    then by name. The wait is that of `handoffs`, with stages in the place of teams.
    """
    changes = passes(steps, "stage")
    rows = changes.select(from_stage="sender", to_stage="receiver", wait_hours="latency_hours")
    pair = ["from_stage", "to_stage"]
    rows = ranked(rows, pair, "wait_hours")
    return (
        rows.group_by(pair)
        .aggregate(
            transitions=rows.count(),
            wait_hours_p50=quantile(rows, "wait_hours", 0.5),
            wait_hours_p90=quantile(rows, "wait_hours", 0.9),
            wait_hours_total=rows.wait_hours.sum().fill_null(0.0),
        )
        .order_by([ibis.desc("transitions"), *pair])
    )
