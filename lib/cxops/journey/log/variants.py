"""The ways cases take: which activities in which order, and which activity follows which."""

import ibis
from ibis import ir

from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.rare import is_rare
from cxops.journey.log.sequence import ORDER, engine, seconds
from cxops.journey.log.times import spans, touched, worked_until

ARROW = " → "
RARER = "(rarer variants)"


def variants(steps: ir.Table, *, minimum_count: int = 1) -> ir.Table:
    """One row per sequence of activities: how many cases took it and their median lead time.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, activity, status.
    minimum_count : variants taken by fewer cases are put together in one row, named `(rarer variants)`, which takes in
        further variants until it holds as many (see `is_rare`).

    Returns
    -------
    variant (activities joined by ` → `, repeats kept), cases, cases_share (0–1), lead_hours_p50; the most cases first,
    then by name.
    """
    cases = _ways(steps)
    counted = cases.group_by(way="variant").aggregate(way_cases=cases.count())
    counted = counted.mutate(rare=is_rare(counted, "way_cases", minimum_count))
    seen = cases.mutate(all_cases=cases.count().over()).join(counted, cases.variant == counted.way)
    seen = seen.mutate(variant=ibis.ifelse(seen.rare, RARER, seen.variant))
    seen = ranked(seen, ["variant"], "lead_hours")
    return (
        seen.group_by("variant")
        .aggregate(
            cases=seen.count(),
            cases_share=seen.count() / seen.all_cases.max(),
            lead_hours_p50=quantile(seen, "lead_hours", 0.5),
        )
        .order_by([ibis.desc("cases"), "variant"])
    )


def _ways(steps: ir.Table) -> ir.Table:
    """One row per case: case_id, variant (its activities in their order) and lead_hours.

    SQLite under Ibis cannot put an aggregate of texts in order, but its window of all rows of a case can.
    """
    if engine(steps) != "sqlite":
        rows = spans(steps)
        way = rows.activity.group_concat(ARROW, order_by=[rows[column] for column in ORDER])
    else:
        case = ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=None)
        rows = spans(steps.mutate(way=steps.activity.group_concat(ARROW).over(case)))
        way = rows.way.max()
    lead_hours = (rows.span_end - rows.span_start).sum() / 3600
    return rows.group_by("case_id").aggregate(variant=way, lead_hours=lead_hours)


def directly_follows(steps: ir.Table) -> ir.Table:
    """One row per pair of activities of which the second directly follows the first in some case.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, activity, status.

    Returns
    -------
    from_activity, to_activity, transitions, latency_hours_p50, latency_hours_p90; the most transitions first, then by
    name.

    Notes
    -----
    The latency is the time between the two starts in which nobody worked. After an active step with a known end it is
    the gap until the next start; after a `waiting` or `done` step it is the whole span; after an active step whose end
    is not known it is a gap.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = steps.select(
        from_activity="activity",
        to_activity=steps.activity.lead().over(case),
        span_start=seconds(steps.started_at),
        span_end=seconds(steps.started_at).lead().over(case),
        worked_until=worked_until(steps),
        is_unknown=(steps.status == "active") & steps.ended_at.isnull(),
    )
    rows = rows.filter(rows.to_activity.notnull())
    idle = (rows.span_end - rows.span_start - touched(rows)) / 3600
    rows = rows.select("from_activity", "to_activity", latency_hours=ibis.cases((~rows.is_unknown, idle)))
    pair = ["from_activity", "to_activity"]
    rows = ranked(rows, pair, "latency_hours")
    return (
        rows.group_by(pair)
        .aggregate(
            transitions=rows.count(),
            latency_hours_p50=quantile(rows, "latency_hours", 0.5),
            latency_hours_p90=quantile(rows, "latency_hours", 0.9),
        )
        .order_by([ibis.desc("transitions"), *pair])
    )
