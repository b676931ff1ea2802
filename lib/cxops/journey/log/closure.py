"""Whether cases are ever completed, and whether they stay so."""

import ibis
from ibis import ir

from cxops.journey.log.sequence import ORDER


def closure(steps: ir.Table) -> ir.Table:
    """One row: how many cases were ever closed and how many of those were reopened.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, status.

    Returns
    -------
    cases, closed (cases with a `done` step), never_closed_share (of the cases), reopened (cases in which a `done` step
    is directly followed by one that is not), reopened_share (of the closed). A share of nothing is a gap.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = steps.mutate(next_status=steps.status.lead().over(case))
    is_done = rows.status == "done"
    cases = rows.group_by("case_id").aggregate(
        is_closed=is_done.any(), is_reopened=(is_done & (rows.next_status != "done").fill_null(False)).any()
    )
    total = cases.aggregate(
        cases=cases.count(),
        closed=cases.is_closed.sum().fill_null(0),
        reopened=cases.is_reopened.sum().fill_null(0),
    )
    return total.select(
        "cases",
        "closed",
        never_closed_share=(total.cases - total.closed) / total.cases.nullif(0),
        reopened="reopened",
        reopened_share=total.reopened / total.closed.nullif(0),
    )
