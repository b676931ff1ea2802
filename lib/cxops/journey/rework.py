"""Work that comes back: cases that return to the team they came from, and activities that are done again."""

import ibis
from ibis import ir

from cxops.journey.sequence import ORDER, blocks


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
    held = held.mutate(before=held.sender.lag().over(case))
    found = held.filter(held.before == held.holder)
    return found.select("case_id", team="holder", other_team="sender", returned_at="started_at").order_by(
        "case_id", "returned_at", "team", "other_team"
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


def bounced_by_pair(steps: ir.Table) -> ir.Table:
    """One row per pair of teams: cases that passed between them, and those whose first such handoff came straight back.

    Returns
    -------
    team, other_team (in alphabetical order), trials (cases), events (cases), returns (all of them, also the later
    ones), in the order of the names.
    """
    held = blocks(steps, "team")
    held = held.filter(held.block_seq > 0)
    in_order = held.sender < held.holder
    passed = held.select(
        "case_id",
        "block_seq",
        team=ibis.ifelse(in_order, held.sender, held.holder),
        other_team=ibis.ifelse(in_order, held.holder, held.sender),
        came_back=(held.onward == held.sender).fill_null(False),
    )
    first = ibis.window(group_by=["case_id", "team", "other_team"], order_by="block_seq")
    passed = passed.mutate(place=ibis.row_number().over(first))
    return (
        passed.group_by("team", "other_team")
        .aggregate(
            trials=(passed.place == 0).sum(),
            events=((passed.place == 0) & passed.came_back).sum(),
            returns=passed.came_back.sum(),
        )
        .order_by("team", "other_team")
    )


def pieces(steps: ir.Table) -> ir.Table:
    """One row per piece of work: an active step, together with those that carry it on without a break.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, team, activity, status.

    Returns
    -------
    case_id, started_at, step_seq, team, activity, piece_seq (0 for the first of that team and activity in the case),
    is_again (the next piece of the case is the same team's, of the same activity, with nothing completed in between).

    Notes
    -----
    `waiting` steps are left out first. A step carries the one before on if team and activity are the same and it starts
    no later than the other's end, or that end is not known: a state log that records a change of owner or priority
    makes several rows of one piece of work.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    acted = steps.filter(steps.status != "waiting")
    same = (acted.team == acted.team.lag().over(case)) & (acted.activity == acted.activity.lag().over(case))
    unbroken = (acted.started_at <= acted.ended_at.lag().over(case)).fill_null(True)
    acted = acted.mutate(carries_on=(same & unbroken).fill_null(False))
    begun = acted.filter(~acted.carries_on)
    again = (begun.team == begun.team.lead().over(case)) & (begun.activity == begun.activity.lead().over(case))
    begun = begun.mutate(is_again=again.fill_null(False)).filter(begun.status == "active")
    group = ibis.window(group_by=["case_id", "team", "activity"], order_by=ORDER)
    return begun.mutate(piece_seq=ibis.row_number().over(group)).select(
        "case_id", "started_at", "step_seq", "team", "activity", "piece_seq", "is_again"
    )


def rework_by_activity(steps: ir.Table) -> ir.Table:
    """One row per activity that teams work on: how often a team did it again in the same case.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, team, activity, status.

    Returns
    -------
    activity, cases (in which a team did it again at least once), repeats (times it was done again), cases_share (0–1,
    of the cases that had the activity); the most repeats first, then by name.

    Notes
    -----
    Each piece of work (see `pieces`) after the first of the same team and activity in the case is a repeat. The same
    activity by another team is a handoff and not counted here. A log that does not say why work was taken up again
    cannot tell redoing from resuming after a pause, so this is the most that rework can be.
    """
    work = pieces(steps)
    runs = work.group_by("activity", "case_id").aggregate(repeats=(work.piece_seq > 0).sum())
    return (
        runs.group_by("activity")
        .aggregate(
            cases=(runs.repeats > 0).sum(),
            repeats=runs.repeats.sum(),
            cases_share=(runs.repeats > 0).cast("float64").mean(),
        )
        .order_by([ibis.desc("repeats"), "activity"])
    )


def rework_by_team(steps: ir.Table) -> ir.Table:
    """One row per team: first pieces of an activity in a case, and those the team did again straight away.

    Returns
    -------
    team, trials, events (of those, done again with nothing by anyone else in between), repeats (all of them, also the
    later ones), in the order of the names.
    """
    work = pieces(steps)
    return (
        work.group_by("team")
        .aggregate(
            trials=(work.piece_seq == 0).sum(),
            events=((work.piece_seq == 0) & work.is_again).sum(),
            repeats=(work.piece_seq > 0).sum(),
        )
        .order_by("team")
    )
