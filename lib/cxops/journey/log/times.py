"""Where a case's lead time goes: worked on, waiting in a team, waiting between teams, or after completion."""

import ibis
from ibis import ir

from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.sequence import ORDER, blocks, larger, not_negative, numbered_blocks, seconds, smaller

COMPONENTS = {
    "working": "working_seconds",
    "waiting in a team": "held_seconds",
    "waiting between teams": "between_seconds",
    "after completion": "after_seconds",
}


def spans(steps: ir.Table) -> ir.Table:
    """One row per step: the span from its start until the next step of the case starts, and how much of it was worked.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, status; other columns are kept.

    Returns
    -------
    The steps with span_start, span_end (seconds since 1970) and touch_seconds.

    Notes
    -----
    The spans of a case cut its lead time into pieces that neither overlap nor leave a hole, so whatever they are
    summed by adds up to the lead time. The last span ends with the last known moment of the case. Steps may overlap:
    within a span somebody works from its start until the latest end of any active step that began so far, which
    makes the touch times of a case the length of the union of its active steps. An active step without a known end
    adds no touch time.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    start, end = seconds(steps.started_at), seconds(steps.ended_at)
    last_moment = ibis.coalesce(end, start).max().over(ibis.window(group_by="case_id"))
    timed = steps.mutate(
        span_start=start,
        worked_until=worked_until(steps),
        span_end=ibis.coalesce(start.lead().over(case), last_moment),
    )
    return timed.mutate(touch_seconds=touched(timed)).drop("worked_until")


def worked_until(steps: ir.Table) -> ir.FloatingValue:
    """Per step the latest end, in seconds, of any active step of the case that began so far; a gap if none is known."""
    so_far = ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=0)
    return ibis.cases((steps.status == "active", seconds(steps.ended_at))).max().over(so_far)


def touched(spans: ir.Table) -> ir.FloatingValue:
    """Of each span the seconds from its start in which somebody worked; needs span_start, span_end, worked_until."""
    worked = not_negative(smaller(spans.worked_until, spans.span_end) - spans.span_start)
    return worked.fill_null(0.0)


def times_by_case(steps: ir.Table) -> ir.Table:
    """One row per case: its lead time and how much of it was touch time.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, team, status.

    Returns
    -------
    case_id, started_at (first start), ended_at (last known start or end), lead_hours, touch_hours, wait_hours,
    handoffs (changes of team), is_closed (some step is `done`).

    Notes
    -----
    touch_hours is the length of the union of the active steps, wait_hours all the rest of the time from first start to
    last known moment, and lead_hours their sum. A case of one step without an end has a lead time of 0.
    """
    rows = numbered_blocks(spans(steps), "team")
    cases = rows.group_by("case_id").aggregate(
        started_at=rows.started_at.min(),
        ended_at=ibis.coalesce(rows.ended_at, rows.started_at).max(),
        touch_hours=rows.touch_seconds.sum() / 3600,
        wait_hours=(rows.span_end - rows.span_start - rows.touch_seconds).sum() / 3600,
        handoffs=rows.block_seq.max(),
        is_closed=(rows.status == "done").any(),
    )
    return cases.select(
        "case_id",
        "started_at",
        "ended_at",
        lead_hours=cases.touch_hours + cases.wait_hours,
        touch_hours="touch_hours",
        wait_hours="wait_hours",
        handoffs="handoffs",
        is_closed="is_closed",
    ).order_by("case_id")


def split_spans(steps: ir.Table) -> ir.Table:
    """The spans, each divided into working, waiting in a team, waiting between teams and after completion (seconds).

    Notes
    -----
    Working goes first. Of the rest of a span, what follows a `done` step is after completion. What lies between the
    moment a team let go and the moment the next took the case up (see `handoffs`) is between teams. All else is
    waiting in the team that held the case last, also where the handoff's latency is not known.
    """
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = blocks(steps, "team")
    held = held.select(
        held_case="case_id",
        held_seq="block_seq",
        let_go=seconds(held.left_at),
        given=seconds(held.given_at),
        taken=seconds(held.taken_up_at),
        next_taken=seconds(held.taken_up_at.lead().over(case)),
    )
    rows = numbered_blocks(spans(steps), "team")
    rows = rows.join(held, [rows.case_id == held.held_case, rows.block_seq == held.held_seq])
    rows = rows.mutate(idle_from=rows.span_start + rows.touch_seconds, is_done=rows.status == "done")
    arriving = not_negative(smaller(rows.taken, rows.span_end) - larger(rows.given, rows.idle_from))
    leaving = not_negative(rows.span_end - larger(rows.let_go, rows.idle_from))
    rows = rows.mutate(
        arriving=arriving.fill_null(0.0),
        leaving=ibis.cases((rows.next_taken.notnull(), leaving)).fill_null(0.0),
        idle=rows.span_end - rows.idle_from,
    )
    rows = rows.mutate(
        working_seconds=rows.touch_seconds,
        after_seconds=ibis.ifelse(rows.is_done, rows.idle, 0.0),
        between_seconds=ibis.ifelse(rows.is_done, 0.0, rows.arriving + rows.leaving),
    )
    return rows.mutate(held_seconds=rows.idle - rows.after_seconds - rows.between_seconds)


def time_split(steps: ir.Table) -> ir.Table:
    """Four rows: where the total lead time of all cases went. The hours add up to the total lead time.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.

    Returns
    -------
    component (working, waiting in a team, waiting between teams, after completion), hours_total, hours_share (0–1;
    a gap if the total is 0). No rows if there are no steps. Definitions of the components: `split_spans`.
    """
    rows = split_spans(steps)
    total = rows.aggregate(
        **{column: rows[column].sum() / 3600 for column in COMPONENTS.values()},
        hours=(rows.span_end - rows.span_start).sum() / 3600,
        steps=rows.count(),
    )
    parts = [
        total.filter(total.steps > 0).select(
            place=ibis.literal(place),
            component=ibis.literal(name),
            hours_total=total[column],
            hours_share=total[column] / total.hours.nullif(0.0),
        )
        for place, (name, column) in enumerate(COMPONENTS.items())
    ]
    return ibis.union(*parts, distinct=False).order_by("place").drop("place")


def lead_time_by_handoffs(times_by_case: ir.Table) -> ir.Table:
    """One row per number of handoffs (0, 1, 2, 3+) that occurs: cases and their median lead time.

    Parameters
    ----------
    times_by_case : one row per case; needs handoffs and lead_hours.

    Returns
    -------
    handoffs_group, cases, lead_hours_p50.
    """
    many = times_by_case.handoffs >= 3
    group = ibis.ifelse(many, "3+", times_by_case.handoffs.cast("string"))
    rows = ranked(times_by_case.mutate(handoffs_group=group), ["handoffs_group"], "lead_hours")
    return (
        rows.group_by("handoffs_group")
        .aggregate(cases=rows.count(), lead_hours_p50=quantile(rows, "lead_hours", 0.5))
        .order_by("handoffs_group")
    )
