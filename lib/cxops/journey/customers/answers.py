"""Customers' answers beside what their cases went through: one row per case asked about, with the hours it waited."""

import ibis
from ibis import ir

from cxops.journey.log.bottlenecks import SHORTEST_HOURS
from cxops.journey.log.handoffs import PAIR, handoffs, with_rarer_pairs
from cxops.journey.log.sequence import not_negative, passes, seconds, smaller

SCORES = ("ces", "csat")
"""What customers are asked, higher is better: that it was easy (1 to 7), and satisfaction (1 to 5)."""


def asked_cases(steps: ir.Table, cases: ir.Table, surveys: ir.Table, customers: ir.Table) -> ir.Table:
    """One row per case whose customer was asked: what was answered, and how long the case had waited by then.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.
    cases : one row per case; needs case_id, customer_id, unit, stage.
    surveys : one row per invitation; needs invitation_id, case_id, answered_at, ces, csat. Invitations about a case
        that has no step are left out.
    customers : one row per customer; needs customer_id, segment.

    Returns
    -------
    case_id, customer_id (the case's own id where the customer is not known), unit, stage (in which the case arose),
    segment, answered_at (a gap if nobody answered), ces, csat, wait_hours, in the order of the ids.

    Notes
    -----
    A case counts once. Of several answers about it the latest counts, whole: what it skips stays a gap.

    wait_hours are the hours the case had waited between teams when the answer came, what came later left out: 0 if it
    never changed teams, and a gap where some handoff before the answer is of unknown latency, or nobody answered.
    """
    answers = _answers(surveys)
    waited = _waited(passes(steps, "team"), answers)
    segments = customers.select("segment", whose="customer_id")
    rows = cases.semi_join(surveys, "case_id").semi_join(steps, "case_id")
    rows = (
        rows.left_join(answers, [("case_id", "answer_case")])
        .left_join(waited, [("case_id", "waited_case")])
        .left_join(segments, [("customer_id", "whose")])
    )
    is_known = rows.answered_at.notnull() & (rows.unknown.fill_null(0) == 0)
    return rows.select(
        "case_id",
        "unit",
        "stage",
        "segment",
        "answered_at",
        *SCORES,
        customer_id=ibis.coalesce(rows.customer_id, rows.case_id),
        wait_hours=ibis.cases((is_known, rows.hours.fill_null(0.0))),
    ).order_by("case_id")


def _answers(surveys: ir.Table) -> ir.Table:
    """The answer that counts for each case."""
    latest = ibis.window(group_by="case_id", order_by=[ibis.desc("answered_at"), ibis.desc("invitation_id")])
    given = surveys.filter(surveys.case_id.notnull(), surveys.answered_at.notnull())
    given = given.select("answered_at", *SCORES, answer_case="case_id", place=ibis.row_number().over(latest))
    return given.filter(given.place == 0).drop("place")


def _waited(changes: ir.Table, answers: ir.Table) -> ir.Table:
    """Per case with an answer: the hours between teams until then, and handoffs until then of unknown latency."""
    rows = changes.join(answers, [changes.case_id == answers.answer_case, changes.handed_at <= answers.answered_at])
    until = smaller(rows.latency_hours, not_negative(seconds(rows.answered_at) - seconds(rows.handed_at)) / 3600)
    return rows.group_by(waited_case="case_id").aggregate(
        hours=until.sum(), unknown=rows.latency_hours.isnull().cast("int64").sum()
    )


def waits_by_case(steps: ir.Table, cases: ir.Table, *, minimum_count: int) -> ir.Table:
    """One row per case and pair of teams between which it was passed: how often, and how long it waited there.

    Parameters
    ----------
    steps, cases : as for `asked_cases`; needs also cost of the cases.
    minimum_count : see `handoffs_by_pair`: rarer pairs are put together.

    Returns
    -------
    case_id, customer_id (the case's own id where the customer is not known), from_team, to_team, handoffs, known
    (those of known latency), hours, log_hours (sum of the natural logarithms of the known latencies, each at least a
    minute), cost (of the whole case, a gap where it is not known), in the order of case and pair.
    """
    rows = with_rarer_pairs(handoffs(steps), minimum_count)
    least = ibis.cases((rows.latency_hours < SHORTEST_HOURS, SHORTEST_HOURS), else_=rows.latency_hours)
    rows = rows.mutate(log_hours=least.ln())
    sums = rows.group_by("case_id", *PAIR).aggregate(
        handoffs=rows.count(),
        known=rows.latency_hours.count(),
        hours=rows.latency_hours.sum().fill_null(0.0),
        log_hours=rows.log_hours.sum().fill_null(0.0),
    )
    known = cases.select("customer_id", "cost", of="case_id")
    both = sums.left_join(known, sums.case_id == known.of)
    return both.select(
        "case_id",
        *PAIR,
        "handoffs",
        "known",
        "hours",
        "log_hours",
        "cost",
        customer_id=ibis.coalesce(both.customer_id, both.case_id),
    ).order_by("case_id", *PAIR)
