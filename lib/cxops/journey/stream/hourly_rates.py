"""What an hour of work costs, by team."""

import pandas as pd
from ibis import ir

from cxops.journey.log.times import spans

STAFFING, CASES = "staffing: cost per paid hour", "cases: cost per hour of work"


def hourly_rates(steps: ir.Table, cases: ir.Table, staffing: ir.Table | None) -> pd.Series:
    """Money per hour of work by team; the series' name says what it was computed from.

    Parameters
    ----------
    steps : one row per step of the log.
    cases : one row per case; needs case_id, cost.
    staffing : one row per team and interval; needs team, paid_hours, cost. None or empty where it is not kept.

    Returns
    -------
    By team of the log, from staffing (cost ÷ paid hours of the team) if that is known for any team, else from cases
    (cost ÷ touch hours of all cases whose cost is known: one rate for all teams). A gap where neither is known.
    """
    teams = steps.select("team").distinct().order_by("team").execute()["team"]
    if staffing is not None:
        rows = staffing.filter(staffing.cost.notnull(), staffing.paid_hours > 0)
        paid = rows.group_by("team").aggregate(cost=rows.cost.sum(), hours=rows.paid_hours.sum()).execute()
        if len(paid):
            rates = paid.set_index("team")["cost"] / paid.set_index("team")["hours"]
            return rates.reindex(teams).rename(STAFFING)
    known = cases.filter(cases.cost.notnull()).select("case_id", "cost")
    touched = spans(steps.semi_join(known, "case_id"))
    hours = float(touched.touch_seconds.sum().fill_null(0.0).execute()) / 3600
    spent = known.semi_join(steps, "case_id").cost.sum().execute()
    rate = float(spent) / hours if hours and pd.notna(spent) else float("nan")
    return pd.Series(rate, index=pd.Index(teams), name=CASES)
