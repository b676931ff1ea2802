"""Changes of stage within a case: who passed it on, who took it up, and whether it came straight back."""

import ibis
from ibis import ir

from cxops.journey.log.sequence import ORDER, passes


def crossings(steps: ir.Table) -> ir.Table:
    """One row per change of stage within a case: who passed it on, who took it up, and whether it came straight back.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.

    Returns
    -------
    case_id, crossing_seq (1 for the first of a case), from_stage, to_stage, from_team (of the last step before),
    to_team (of the first step after), wait_hours (as in `stage_flow`), is_handed (the team changed), is_bounced.

    Notes
    -----
    A crossing bounced if it changed teams and the receiver let go of it straight away: back to the stage it came from,
    or back to the team that gave it. It did not if the case was `done` in between, since what is completed and comes
    back later was not refused; nor if the receiver itself went on in the earlier stage. A crossing that is itself such
    a return does not bounce when the work goes forward again.
    """
    rows = _with_neighbours(steps)
    by_stage = _entries(rows, "stage")
    by_team = _entries(rows, "team").select("case_id", "started_at", "step_seq", team_returned="is_returned")
    waits = passes(steps, "stage").select("case_id", crossing_seq="block_seq", wait_hours="latency_hours")
    crossed = by_stage.filter(by_stage.entry_seq > 0)
    crossed = crossed.left_join(by_team, ["case_id", *ORDER])
    is_handed = crossed.team != crossed.team_before
    bounced = crossed.is_returned | crossed.team_returned.fill_null(False)
    crossed = crossed.select(
        "case_id",
        crossing_seq="entry_seq",
        from_stage="stage_before",
        to_stage="stage",
        from_team="team_before",
        to_team="team",
        is_handed=is_handed,
        is_bounced=is_handed & bounced,
    )
    return crossed.join(waits, ["case_id", "crossing_seq"]).order_by("case_id", "crossing_seq")


def _with_neighbours(steps: ir.Table) -> ir.Table:
    """The steps with stage, team and status of the step before in the same case."""
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = steps.select("case_id", *ORDER, "stage", "team", "status")
    return rows.mutate(**{f"{name}_before": rows[name].lag().over(case) for name in ("stage", "team", "status")})


def _entries(rows: ir.Table, holder: str) -> ir.Table:
    """The first step of each block of a holder, and whether the case went straight back from it to the one before."""
    case = ibis.window(group_by="case_id", order_by=ORDER)
    entries = rows.filter((rows[holder] != rows[f"{holder}_before"]).fill_null(True))
    back = entries[holder].lead().over(case) == entries[f"{holder}_before"]
    undone = entries.status_before.lead().over(case) != "done"
    let_go = entries.team.lead().over(case) != entries.team_before.lead().over(case)
    is_return = entries[f"{holder}_before"].lag().over(case) == entries[holder]
    returned = ibis.and_(*(each.fill_null(False) for each in (back, undone, let_go)), ~is_return.fill_null(False))
    return entries.mutate(entry_seq=ibis.row_number().over(case), is_returned=returned)
