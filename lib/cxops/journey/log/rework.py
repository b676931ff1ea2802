"""Work that comes back: cases that return to the team they came from, and activities that are done again."""

import ibis
from ibis import ir

from cxops.journey.log.sequence import ORDER, blocks, coded, decoded, not_negative, seconds


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
    """One row per two teams: the returns between them, whichever began, and the cases they occurred in.

    Parameters
    ----------
    ping_pong : one row per return, as `ping_pong` gives them.

    Returns
    -------
    team, other_team (in alphabetical order, which says nothing about who began), returns (A → B → A and B → A → B
    together), cases; the most returns first, then by name.
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
    """One row per two teams: cases that passed between them, whichever began, and those that came straight back.

    Returns
    -------
    team, other_team (in alphabetical order), trials (cases), events (cases whose first handoff between the two came
    straight back), hours (of these, from when the one team let go of the case until it took it up again; what is not
    known adds none), in the order of the names.
    """
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = blocks(steps, "team")
    in_order = held.sender < held.holder
    passed = held.select(
        "case_id",
        "block_seq",
        team=ibis.ifelse(in_order, held.sender, held.holder),
        other_team=ibis.ifelse(in_order, held.holder, held.sender),
        came_back=(held.onward == held.sender).fill_null(False),
        given=seconds(held.given_at),
        taken=seconds(held.taken_up_at),
    )
    pair = ["team", "other_team"]
    first = ibis.window(group_by=["case_id", *pair], order_by="block_seq")
    passed = passed.mutate(place=ibis.row_number().over(first), taken_back=passed.taken.lead().over(case))
    passed = passed.filter((passed.block_seq > 0) & (passed.place == 0))
    away = not_negative(passed.taken_back - passed.given) / 3600
    return (
        passed.group_by(pair)
        .aggregate(
            trials=passed.count(),
            events=passed.came_back.sum(),
            hours=away.sum(where=passed.came_back).fill_null(0.0),
        )
        .order_by(pair)
    )


def pieces(steps: ir.Table) -> ir.Table:
    """One row per piece of work: an active step, together with those that carry it on.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, team, activity, status.

    Returns
    -------
    case_id, started_at, step_seq, team, activity, piece_seq (0 for the first of that team and activity in the case),
    is_again (the team's next piece is of the same activity, with nothing done and no other team in between),
    again_hours (if so, from the end of this piece to the end of the next; a gap if that is not known).

    Notes
    -----
    A step carries on the one before if it is of the same activity, the team did not change in between, and one of
    these holds: it starts no later than the other's end; that end is not known; `waiting` steps of the team lie
    between them. The first two make one piece of the rows that a state log writes at a change of owner or priority;
    the last makes one of work that was paused and resumed, which is waiting and not rework.
    """
    so_far = ibis.window(group_by="case_id", order_by="place", preceding=None, following=0)
    acted = beginnings(steps)
    acted = acted.mutate(
        piece=acted.begins.cast("int64").sum().over(so_far), block=acted.is_change.cast("int64").sum().over(so_far)
    )
    acted = acted.filter(acted.status != "waiting")
    begun = acted.group_by("case_id", "piece", "team", "activity", "block").aggregate(
        started_at=acted.started_at.min(),
        step_seq=acted.step_seq.max(where=acted.begins),
        status=acted.status.max(where=acted.begins),
        until=acted.ended_at.max(),
    )
    in_turn = ibis.window(group_by="case_id", order_by="piece")
    again = ibis.and_(*(begun[name] == begun[name].lead().over(in_turn) for name in ("block", "activity")))
    begun = begun.mutate(is_again=again.fill_null(False), next_until=begun.until.lead().over(in_turn))
    begun = begun.filter(begun.status == "active")
    group = ibis.window(group_by=["case_id", "team", "activity"], order_by="piece")
    return begun.select(
        "case_id",
        "started_at",
        "step_seq",
        "team",
        "activity",
        "is_again",
        piece_seq=ibis.row_number().over(group),
        again_hours=ibis.cases((begun.is_again, not_negative(seconds(begun.next_until) - seconds(begun.until)) / 3600)),
    )


def beginnings(steps: ir.Table) -> ir.Table:
    """The steps that are not `waiting`, with `begins`: whether the step begins a piece of work (see `pieces`).

    Returns
    -------
    The columns that `pieces` needs, place (of the step in its case), is_change (of team, also at the start of a case)
    and begins. A `waiting` step stays where the team changes with it, to tell what lies before from what follows.

    Notes
    -----
    What remains before a step of an unchanged team is of the same team: the step carried on, or the waiting one with
    which the team got the case. So one look back suffices, whatever lies between.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = steps.select(
        *("case_id", *ORDER, "ended_at", "team", "activity", "status"),
        place=ibis.row_number().over(case),
        is_change=(steps.team.lag().over(case) != steps.team).fill_null(True),
    )
    rows = rows.filter(rows.is_change | (rows.status != "waiting"))
    in_turn = ibis.window(group_by="case_id", order_by="place")
    before = {name: rows[name].lag().over(in_turn) for name in ("status", "activity", "ended_at", "place")}
    unbroken = (rows.started_at <= before["ended_at"]).fill_null(True) | (rows.place - before["place"] > 1)
    same = (before["status"] != "waiting") & (before["activity"] == rows.activity)
    carries_on = (~rows.is_change & same & unbroken).fill_null(False)
    return rows.mutate(begins=(rows.status != "waiting") & ~carries_on)


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
    activity by another team is a handoff and not counted here, and work resumed after mere waiting is the same piece.
    In a log of states a repeat means that a team had the case in the same state again after something else.
    """
    begun = beginnings(coded(steps, "case_id", "team", "activity"))
    begun = begun.filter(begun.begins & (begun.status == "active"))
    runs = begun.group_by("activity", "case_id", "team").aggregate(again=begun.count() - 1)
    runs = runs.group_by("activity", "case_id").aggregate(repeats=runs.again.sum())
    found = runs.group_by("activity").aggregate(
        cases=(runs.repeats > 0).sum(),
        repeats=runs.repeats.sum(),
        cases_share=(runs.repeats > 0).cast("float64").mean(),
    )
    return decoded(found, steps, "activity").order_by([ibis.desc("repeats"), "activity"])


def rework_by_team(steps: ir.Table) -> ir.Table:
    """One row per team: first pieces of an activity in a case, and those the team did again straight away.

    Returns
    -------
    team, trials, events (of those, done again with nothing done and no other team in between), hours (of these, from
    the end of the first piece to the end of the second; what is not known adds none), in the order of the names.
    """
    work = pieces(steps)
    work = work.filter(work.piece_seq == 0)
    return (
        work.group_by("team")
        .aggregate(trials=work.count(), events=work.is_again.sum(), hours=work.again_hours.sum().fill_null(0.0))
        .order_by("team")
    )
