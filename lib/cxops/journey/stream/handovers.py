"""The handovers that make a case slow: ranked by hours of delay, and how lead time goes with their number."""

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.tools import add_constant

from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.rare import is_rare

RARER = "(rarer handovers)"
_WEEK = 7 * 86_400


def handovers(handoffs: ir.Table, *, minimum_count: int = 1) -> ir.Table:
    """One row per stage, sender and receiver: how often, how long, and the hours of delay in all; most hours first.

    Parameters
    ----------
    handoffs : one row per handoff, as `cxops.journey.handoffs` gives them.
    minimum_count : those seen in fewer cases are put together as `(rarer handovers)`.

    Returns
    -------
    stage (of the receiver's first step), from_team, to_team, handoffs, cases, wait_hours_p50, delay_hours.
    """
    keys = ["stage", "from_team", "to_team"]
    seen = handoffs.group_by(keys).aggregate(seen_cases=handoffs.case_id.nunique())
    seen = seen.mutate(rare=is_rare(seen, "seen_cases", minimum_count))
    seen = seen.rename({f"seen_{name}": name for name in keys})
    rows = handoffs.join(seen, [handoffs[name] == seen[f"seen_{name}"] for name in keys])
    rows = rows.mutate(**{name: ibis.ifelse(rows.rare, RARER, rows[name]) for name in keys})
    rows = ranked(rows, keys, "latency_hours")
    return (
        rows.group_by(keys)
        .aggregate(
            handoffs=rows.count(),
            cases=rows.case_id.nunique(),
            wait_hours_p50=quantile(rows, "latency_hours", 0.5),
            delay_hours=rows.latency_hours.sum().fill_null(0.0),
        )
        .order_by([ibis.desc("delay_hours"), *keys])
    )


def lead_time_regression(times_by_case: pd.DataFrame, *, minimum_count: int = 10) -> pd.DataFrame:
    """One row: how many hours more of lead time go with one more handover, with its interval.

    Parameters
    ----------
    times_by_case : one row per case, as `cxops.journey.times_by_case` gives them; cases that are not complete are left
        out, since their lead time is not known yet.
    minimum_count : fewer complete cases say nothing.

    Returns
    -------
    cases, hours_per_handover, low, high (95 %), p_value, explained_share (R², 0–1), basis (how the interval was made).
    Gaps where it cannot be told.

    Notes
    -----
    Least squares of lead hours on the number of handovers. Cases that began in the same week may depend on each other,
    as in a backlog: the standard error is clustered by week (from Monday, UTC) where there are ten weeks or more, else
    robust to unequal spread (HC1). It is an association: harder cases are handed over more often and take longer
    anyway, and long cases have more occasions to be handed over.
    """
    rows = times_by_case[times_by_case["is_closed"].astype(bool)]
    lead, count = rows["lead_hours"].to_numpy(np.float64), rows["handoffs"].to_numpy(np.float64)
    gap = dict.fromkeys(["hours_per_handover", "low", "high", "p_value", "explained_share"], np.nan)
    if len(rows) < max(minimum_count, 3) or count.min() == count.max():
        return pd.DataFrame([{"cases": len(rows), **gap, "basis": "not told"}])
    moment = (
        rows["started_at"].dt.tz_localize(None)
        if rows["started_at"].dt.tz is None
        else rows["started_at"].dt.tz_convert(None)
    )
    seconds = moment.astype("datetime64[s]").astype(np.int64).to_numpy()
    week = (seconds - 4 * 86_400) // _WEEK
    is_clustered = len(np.unique(week)) >= 10
    look = {"cov_type": "cluster", "cov_kwds": {"groups": week}} if is_clustered else {"cov_type": "HC1"}
    model = OLS(lead, add_constant(count)).fit(**look, use_t=True)
    (_, _), (low, high) = model.conf_int()
    told = {
        "hours_per_handover": model.params[1],
        "low": low,
        "high": high,
        "p_value": model.pvalues[1],
        "explained_share": model.rsquared,
        "basis": "clustered by week" if is_clustered else "robust",
    }
    return pd.DataFrame([{"cases": len(rows), **told}])
