"""The pieces of work of each case in order, and what lay between them: what another arrangement would do as well."""

import ibis
from ibis import ir

from cxops.journey.log.sequence import ORDER, blocks, not_negative, numbered_blocks, seconds, smaller


def work(steps: ir.Table) -> ir.Table:
    """One row per piece of work: an active step, with its hours and the hours that lay before it.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, activity, team, status.

    Returns
    -------
    case_id, work_seq (0 for the first of the case), activity, team, started_at, work_hours (0 where the end is not
    known), held_hours (before it, while the team before still held the case), handover_hours (before it, from when
    the team before let go; 0 unless the team changed), before_activity, before_team (gaps for the first of a case).

    Notes
    -----
    The hours between two pieces of work of a case are cut where the team before let go, as `blocks` finds it: until
    then the case was held, afterwards it was on its way. Both are 0 where the pieces overlap. Time after completion
    counts as held: no other arrangement would shorten it.
    """
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = blocks(steps, "team")
    held = held.select(held_case="case_id", held_seq="block_seq", left=seconds(held.given_at.lead().over(case)))
    rows = numbered_blocks(steps, "team")
    rows = rows.filter(rows.status == "active")
    rows = rows.left_join(held, [rows.case_id == held.held_case, rows.block_seq == held.held_seq])
    order = ibis.window(group_by="case_id", order_by=ORDER)
    start = seconds(rows.started_at)
    rows = rows.mutate(
        work_seq=ibis.row_number().over(order),
        start=start,
        work_seconds=(seconds(rows.ended_at) - start).fill_null(0.0),
        before_activity=rows.activity.lag().over(order),
        before_team=rows.team.lag().over(order),
        before_end=ibis.coalesce(seconds(rows.ended_at), start).lag().over(order),
        before_left=rows.left.lag().over(order),
    )
    gap = not_negative(rows.start - rows.before_end).fill_null(0.0)
    onward = not_negative(rows.start - ibis.coalesce(rows.before_left, rows.before_end)).fill_null(0.0)
    rows = rows.mutate(
        gap=gap, onward=ibis.ifelse((rows.team != rows.before_team).fill_null(False), smaller(onward, gap), 0.0)
    )
    return rows.select(
        "case_id",
        "work_seq",
        "activity",
        "team",
        "started_at",
        work_hours=rows.work_seconds / 3600,
        held_hours=(rows.gap - rows.onward) / 3600,
        handover_hours=rows.onward / 3600,
        before_activity="before_activity",
        before_team="before_team",
    ).order_by("case_id", "work_seq")


def latest_cases(steps: ir.Table, *, cases: int) -> ir.Table:
    """The steps of the cases that began last, whole: a stretch of time in which every case meets those beside it.

    Parameters
    ----------
    steps : one row per step; needs case_id and started_at.
    cases : how many; of cases that began at the same moment the later name counts as later.
    """
    began = steps.group_by(of_case="case_id").aggregate(began_at=steps.started_at.min())
    chosen = began.order_by([ibis.desc("began_at"), ibis.desc("of_case")]).limit(cases)
    return steps.semi_join(chosen, steps.case_id == chosen.of_case)


def traffic(work: ir.Table) -> ir.Table:
    """One row per two kinds of work of which the second directly follows the first; a kind is an activity of a team.

    Returns
    -------
    from_activity, from_team, to_activity, to_team, transitions, cases, handover_hours_total; the most transitions
    first, then by name.
    """
    rows = work.filter(work.before_team.notnull()).select(
        "case_id",
        "handover_hours",
        from_activity="before_activity",
        from_team="before_team",
        to_activity="activity",
        to_team="team",
    )
    ends = ["from_activity", "from_team", "to_activity", "to_team"]
    return (
        rows.group_by(ends)
        .aggregate(
            transitions=rows.count(), cases=rows.case_id.nunique(), handover_hours_total=rows.handover_hours.sum()
        )
        .order_by([ibis.desc("transitions"), *ends])
    )


def work_by_kind(work: ir.Table) -> ir.Table:
    """One row per kind of work: activity, team, cases, work_hours_total; the most hours first, then by name."""
    return (
        work.group_by("activity", "team")
        .aggregate(cases=work.case_id.nunique(), work_hours_total=work.work_hours.sum())
        .order_by([ibis.desc("work_hours_total"), "activity", "team"])
    )
