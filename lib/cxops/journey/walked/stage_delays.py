"""How long the customer waits between the stages of the map, or between its phases, and between which teams."""

import ibis
from ibis import ir

from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.sequence import ORDER, numbered_blocks, passes


def stage_delays(placed: ir.Table, holder: str = "stage", *, by_team: bool = False) -> ir.Table:
    """One row per pair of stages that follow each other, with the time from letting go to taking up.

    Parameters
    ----------
    placed : steps placed on the map, as `placement` gives them; what is not on the map takes no part.
    holder : `stage`, or `phase` for the map's phases.
    by_team : whether to tell the pairs of teams apart, that of the last step before and that of the first after.

    Returns
    -------
    from_stage, to_stage, with `by_team` from_team and to_team, n (passes), cases, p50_h, p90_h (hours, known delays
    only), total_h; the highest median first, pairs of unknown delay last, then by name.

    Notes
    -----
    The delay is that of a handoff (see `handoffs`) with stages in the place of teams: from the last known end in the
    stage that is left to the first step in the next that is not waiting, at least 0.
    """
    rows = _with_holder(placed.filter(placed[holder].notnull()), holder)
    changes = passes(rows, "stage")
    changes = changes.select("case_id", "block_seq", from_stage="sender", to_stage="receiver", delay_h="latency_hours")
    keys = ["from_stage", "to_stage"]
    if by_team:
        changes = changes.join(_teams(rows), ["case_id", "block_seq"])
        keys += ["from_team", "to_team"]
    changes = ranked(changes, keys, "delay_h")
    counted = changes.group_by(keys).aggregate(
        n=changes.count(),
        cases=changes.case_id.nunique(),
        p50_h=quantile(changes, "delay_h", 0.5),
        p90_h=quantile(changes, "delay_h", 0.9),
        total_h=changes.delay_h.sum().fill_null(0.0),
    )
    return counted.order_by([counted.p50_h.isnull(), ibis.desc("p50_h"), *keys])


def _with_holder(placed: ir.Table, holder: str) -> ir.Table:
    columns = ["case_id", *ORDER, "ended_at", "team", "status"]
    return placed.select(*columns, stage=holder)


def _teams(rows: ir.Table) -> ir.Table:
    """Per change of stage the team of the last step before and of the first step after."""
    case = ibis.window(group_by="case_id", order_by=ORDER)
    numbered = numbered_blocks(rows, "stage")
    numbered = numbered.mutate(from_team=numbered.team.lag().over(case), was=numbered.block_seq.lag().over(case))
    return numbered.filter(numbered.block_seq != numbered.was).select(
        "case_id", "block_seq", "from_team", to_team="team"
    )
