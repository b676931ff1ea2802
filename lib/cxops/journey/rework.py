"""Work that comes back: cases that return to the team they came from, and activities that are done again."""

import ibis
from ibis import ir

from cxops.journey.sequence import blocks, numbered_blocks


def ping_pong(steps: ir.Table) -> ir.Table:
    """One row per return: a team had the case, passed it to another, and got it straight back (A → B → A).

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.

    Returns
    -------
    case_id, team (that got it back), other_team, returned_at (start of the team's first step after the return).

    Notes
    -----
    Consecutive steps of one team are one block; every three successive blocks A, B, A are one return. A → B → A → B
    is two: A got it back, then B did. A → B → C → A is none.
    """
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = blocks(steps, "team")
    held = held.mutate(other_team=held.holder.lag().over(case), before=held.holder.lag(2).over(case))
    return (
        held.filter(held.before == held.holder)
        .select("case_id", team="holder", other_team="other_team", returned_at="started_at")
        .order_by("case_id", "returned_at", "team", "other_team")
    )


def ping_pong_by_pair(ping_pong: ir.Table) -> ir.Table:
    """One row per pair of teams, whichever of the two got the case back: returns and the cases they occurred in.

    Parameters
    ----------
    ping_pong : one row per return, as `ping_pong` gives them.

    Returns
    -------
    team, other_team (in alphabetical order), returns, cases; the most returns first, then by name.
    """
    in_order = ping_pong.team < ping_pong.other_team
    rows = ping_pong.mutate(
        team=ibis.ifelse(in_order, ping_pong.team, ping_pong.other_team),
        other_team=ibis.ifelse(in_order, ping_pong.other_team, ping_pong.team),
    )
    return (
        rows.group_by("team", "other_team")
        .aggregate(returns=rows.count(), cases=rows.case_id.nunique())
        .order_by([ibis.desc("returns"), "team", "other_team"])
    )


def rework_by_activity(steps: ir.Table) -> ir.Table:
    """One row per activity that teams work on: how often it came back after something else had been done.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, activity, status.

    Returns
    -------
    activity, cases (in which it came back at least once), repeats (times it came back), cases_share (0–1, of the cases
    that had the activity); the most repeats first, then by name.

    Notes
    -----
    Steps that are `waiting` are left out first: work that was paused and taken up again is not rework. Then
    consecutive steps with the same activity are one run, whoever did them (a change of hands is a handoff). Each run of
    an `active` step after the first of its activity in the case is a repeat. A `done` step ends a run: an activity that
    is taken up again after completion is a repeat.
    """
    acted = numbered_blocks(steps.filter(steps.status != "waiting"), "activity", "run_seq")
    acted = acted.filter(acted.status == "active")
    runs = acted.group_by("activity", "case_id").aggregate(repeats=acted.run_seq.nunique() - 1)
    return (
        runs.group_by("activity")
        .aggregate(
            cases=(runs.repeats > 0).sum(),
            repeats=runs.repeats.sum(),
            cases_share=(runs.repeats > 0).cast("float64").mean(),
        )
        .order_by([ibis.desc("repeats"), "activity"])
    )
