"""What became of work before and behind each handoff, by week: what teams are rewarded for, as the log shows it."""

import ibis
from ibis import ir

from cxops.journey.log.handoffs import PAIR
from cxops.journey.log.rework import pieces
from cxops.journey.log.sequence import blocks, not_negative, numbered_blocks, seconds, shallow
from cxops.journey.log.times import spans

WEEK = 7 * 86_400
_MONDAY = 3 * 86_400
"""Weeks begin on Monday, UTC; 1970 began on a Thursday."""
_OF_TEAM = ("touch_hours", "held_hours", "latency_hours", "rework")


def passed_work(steps: ir.Table, answers: ir.Table) -> ir.Table:
    """One row per handoff with what stands for the rewarded measures, of the sender, of the receiver and of the case.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, activity, status.
    answers : one row per case with an answer; needs case_id, csat, ces (`asked_cases`).

    Returns
    -------
    case_id, handoff_seq, stage (of the receiver's first step), from_team, to_team, week (Mondays since 1970, of the
    moment the sender let go), sender_ and receiver_ touch_hours, held_hours (from when the team took it up until it let
    go, without touch),
    latency_hours (until the team took it up) and rework (0 or 1: did a piece of work again straight away; a gap if it
    did none), lead_hours, csat and ces of the case.
    """
    given = shallow(answers.select("csat", "ces", answer_case="case_id"))
    held = (
        blocks(steps, "team")
        .join(shallow(_spent(steps)), [("case_id", "spent_case"), ("block_seq", "spent_seq")])
        .left_join(shallow(_redone(steps)), [("case_id", "redone_case"), ("block_seq", "redone_seq")])
        .left_join(given, [("case_id", "answer_case")])
    )
    case = ibis.window(group_by="case_id", order_by="block_seq")
    own = {
        "touch_hours": held.touch_hours,
        "held_hours": not_negative((seconds(held.left_at) - seconds(held.taken_up_at)) / 3600 - held.touch_hours),
        "latency_hours": not_negative(seconds(held.taken_up_at) - seconds(held.given_at)) / 3600,
        "rework": held.rework,
    }
    monday = (seconds(ibis.coalesce(held.given_at, held.started_at)) + _MONDAY) / WEEK
    rows = held.select(
        "case_id",
        handoff_seq="block_seq",
        stage="stage",
        from_team="sender",
        to_team="holder",
        week=monday.floor().cast("int64"),
        **{f"sender_{name}": value.lag().over(case) for name, value in own.items()},
        **{f"receiver_{name}": value for name, value in own.items()},
        lead_hours=held.span_hours.sum().over(ibis.window(group_by="case_id")),
        csat="csat",
        ces="ces",
    )
    return rows.filter(rows.handoff_seq > 0)


def _spent(steps: ir.Table) -> ir.Table:
    """Per block of a team, the hours somebody worked, and those from its first start to the next team's."""
    rows = numbered_blocks(spans(steps), "team")
    return rows.group_by(spent_case="case_id", spent_seq="block_seq").aggregate(
        touch_hours=rows.touch_seconds.sum() / 3600, span_hours=(rows.span_end - rows.span_start).sum() / 3600
    )


def _redone(steps: ir.Table) -> ir.Table:
    """Per block of a team with work in it, whether some piece of work was done again straight away."""
    placed = numbered_blocks(steps.select("case_id", "started_at", "step_seq", "team"), "team")
    done = pieces(steps).select("is_again", of="case_id", at="started_at", seq="step_seq")
    done = done.join(placed, [("of", "case_id"), ("at", "started_at"), ("seq", "step_seq")])
    return done.group_by(redone_case="of", redone_seq="block_seq").aggregate(rework=done.is_again.any().cast("float64"))


def passed_by_week(passed: ir.Table) -> ir.Table:
    """One row per stage, pair of teams and week: handoffs, and the mean and number of known values of each measure.

    Returns
    -------
    stage, from_team, to_team, week, handoffs and for each measure of `passed_work` its mean under its own name, and
    `<name>_known`.
    """
    names = [name for name in passed.columns if name.endswith(_OF_TEAM) or name in ("lead_hours", "csat", "ces")]
    means = {name: passed[name].cast("float64").mean() for name in names}
    known = {f"{name}_known": passed[name].count() for name in names}
    keys = ["stage", *PAIR, "week"]
    return passed.group_by(keys).aggregate(handoffs=passed.count(), **means, **known).order_by(keys)
