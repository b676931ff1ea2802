"""Loops: work that goes round instead of on, and the hours it takes."""

import ibis
import pandas as pd
from ibis import ir

from cxops.journey.log.rare import few
from cxops.journey.log.rework import pieces
from cxops.journey.log.sequence import blocks, not_negative, numbered_blocks, seconds

PING_PONG, REPEAT = "ping-pong", "done again"
RARER = "(rarer loops)"


def loops(steps: ir.Table) -> ir.Table:
    """One row per time a case went round: sent to another team and back, or the same piece of work done again.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, activity, team, status.

    Returns
    -------
    case_id, kind (`ping-pong`, `done again`), team (that asked, or did it again), other_team (that was asked; of a
    repeat the same team), activity (of a repeat; empty for ping-pong), rounds, hours, work_hours (of these, worked by
    the team that was asked); in no order.

    Notes
    -----
    Ping-pong between two teams without a break, A → B → A → B, is one row with two rounds, so that no hour counts
    twice: its hours run from when A first let go until the last of them took the case up again. A repeat is work done
    again straight away (see `pieces`); its hours run from the end of the first piece to the end of the second. Where
    a moment is not known, the hours are a gap.
    """
    return ibis.union(_ping_pong(steps), _repeats(steps), distinct=False)


def loops_by_kind(loops: pd.DataFrame, *, cases: int, minimum_count: int = 1) -> pd.DataFrame:
    """One row per loop: between which teams, or which piece of work, how many cases, and the hours it took.

    Parameters
    ----------
    loops : one row per time a case went round, as `loops` gives them.
    cases : in scope.
    minimum_count : loops that fewer cases went through are put together in one row, `(rarer loops)` in all names, which
        takes in further ones until it holds as many.

    Returns
    -------
    kind, team, other_team, activity, cases, cases_share (0–1, of all in scope), rounds, hours_total, work_hours_total;
    the most hours first, then by name. Hours that are not known add none.
    """
    rare = few(loops.groupby(_KIND)["case_id"].nunique(), minimum_count)
    is_rare = pd.Series(pd.MultiIndex.from_frame(loops[_KIND]).isin(rare.index[rare]), index=loops.index)
    named = loops.assign(**{name: loops[name].mask(is_rare, RARER) for name in _KIND})
    found = named.groupby(_KIND, as_index=False).agg(
        cases=("case_id", "nunique"),
        rounds=("rounds", "sum"),
        hours_total=("hours", "sum"),
        work_hours_total=("work_hours", "sum"),
    )
    found.insert(5, "cases_share", found["cases"] / cases if cases else float("nan"))
    return found.sort_values(["hours_total", *_KIND], ascending=[False, True, True, True, True], ignore_index=True)


_KIND = ["kind", "team", "other_team", "activity"]


def _ping_pong(steps: ir.Table) -> ir.Table:
    """One row per unbroken run of A → B → A."""
    case = ibis.window(group_by="case_id", order_by="block_seq")
    so_far = ibis.window(group_by="case_id", order_by="block_seq", preceding=None, following=0)
    worked = numbered_blocks(steps, "team").filter(ibis._.status == "active")
    worked = worked.group_by(of_case="case_id", of_block="block_seq").aggregate(
        worked=(seconds(worked.ended_at) - seconds(worked.started_at)).sum()
    )
    held = blocks(steps, "team")
    held = held.left_join(worked, [held.case_id == worked.of_case, held.block_seq == worked.of_block])
    held = held.mutate(
        returns=(held.sender.lag().over(case) == held.holder).fill_null(False),
        given_before=seconds(held.given_at).lag().over(case),
        asked=held.worked.fill_null(0.0).lag().over(case),
        taken=seconds(held.taken_up_at),
    )
    began = (held.returns & ~held.returns.lag().over(case).fill_null(False)).cast("int64")
    held = held.mutate(begins=began, place=held.block_seq)
    held = held.mutate(run=held.begins.sum().over(so_far), first=_latest(held, so_far)).filter("returns")
    is_first, is_asked = held.begins == 1, (held.place - held.first) % 2 == 0
    runs = held.group_by("case_id", "run").aggregate(
        team=held.holder.max(where=is_first),
        other_team=held.sender.max(where=is_first),
        rounds=held.count(),
        given=held.given_before.max(where=is_first),
        taken=held.taken.max(),
        unknown=held.taken.isnull().cast("int64").sum(),
        work_hours=ibis.ifelse(is_asked, held.asked, 0.0).sum() / 3600,
    )
    return runs.select(
        runs.case_id,
        ibis.literal(PING_PONG).name("kind"),
        runs.team,
        runs.other_team,
        ibis.literal("").name("activity"),
        runs.rounds,
        ibis.cases((runs.unknown == 0, not_negative(runs.taken - runs.given) / 3600)).name("hours"),
        runs.work_hours,
    )


def _latest(held: ir.Table, so_far: ibis.expr.builders.WindowBuilder) -> ir.IntegerValue:
    """Per block the number of the block in which its run of returns began."""
    return ibis.cases((held.begins == 1, held.place)).max().over(so_far)


def _repeats(steps: ir.Table) -> ir.Table:
    """One row per piece of work that its team did again straight away."""
    again = pieces(steps)
    again = again.filter(again.is_again)
    return again.select(
        again.case_id,
        ibis.literal(REPEAT).name("kind"),
        again.team,
        again.team.name("other_team"),
        again.activity,
        ibis.literal(1, "int64").name("rounds"),
        again.again_hours.name("hours"),
        ibis.literal(0.0).name("work_hours"),
    )
