"""What really happened to handoffs after a pod began, or a decision moved: before, after, and is it more than noise?"""

from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from scipy import stats

from cxops.journey.statistics.holm import holm

CONFIDENCE = 0.95
_COLUMNS = [
    *("pod", "arm", "cases", "handoffs_per_case", "latency_hours", "latency_hours_low", "latency_hours_high"),
    "p_value",
]


def latency_by_arm(work: ir.Table, activities: list[str], *, start_at: pd.Timestamp) -> ir.Table:
    """One row per case with two pieces of a pod's work in a row: its handoffs and latency, before or after the start.

    Parameters
    ----------
    work : one row per piece of work, as `cxops.journey.work` gives them.
    activities : that the pod does.
    start_at : when it began. A case belongs to the arm of its own first piece of this work.

    Returns
    -------
    case_id, began_at, is_after, handoffs, latency_hours: of changes of team between two pieces of the pod's work.
    """
    rows = work.filter(work.activity.isin(activities))
    inner = rows.before_activity.isin(activities).fill_null(False)
    changed = inner & (rows.before_team != rows.team).fill_null(False)
    cases = rows.group_by("case_id").aggregate(
        began_at=rows.started_at.min(),
        moves=inner.cast("int64").sum(),
        handoffs=changed.cast("int64").sum(),
        latency_hours=ibis.ifelse(changed, rows.handover_hours, 0.0).sum(),
    )
    cases = cases.filter(cases.moves > 0)
    return cases.select(
        "case_id", "began_at", "handoffs", "latency_hours", is_after=cases.began_at >= ibis.literal(start_at)
    ).order_by("case_id")


def pods_since(work: ir.Table, cases: ir.Table, register: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """Rows of `pod_latency` for every pod of the register that has begun, p-values adjusted over them by Holm's method.

    Parameters
    ----------
    work : one row per piece of work, as `cxops.journey.work` gives them.
    cases : one row per case; needs case_id and unit: a pod is held against its own unit's cases.
    register : the rows of the register `pods`.
    minimum_count : see `pod_latency`.

    Returns
    -------
    As `pod_latency`, in the order of the register.
    """
    found = []
    for row in register.dropna(subset=["start_at"]).to_dict("records"):
        own = work.semi_join(cases.filter(cases.unit == row["unit"]), "case_id")
        names = [name.strip() for name in row["activities"].split(";")]
        arms = latency_by_arm(own, names, start_at=pd.Timestamp(row["start_at"])).execute()
        found.append(pod_latency(arms, pod=row["pod"], minimum_count=minimum_count))
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_COLUMNS)
    return rows.assign(p_value=holm(rows["p_value"].astype("float64")))


def pod_latency(cases: pd.DataFrame, *, pod: str, minimum_count: int) -> pd.DataFrame:
    """Three rows: before, after, and `change`, the mean after less the mean before, with intervals.

    Parameters
    ----------
    cases : one row per case, as `latency_by_arm` gives them.
    pod : its name.
    minimum_count : cases that each arm must have, or there are no rows.

    Returns
    -------
    pod, arm, cases, handoffs_per_case, latency_hours (mean a case), latency_hours_low, latency_hours_high (95 %),
    p_value (of the change, two-sided; a gap elsewhere).

    Notes
    -----
    Welch's t on cases, which are taken as independent. Whatever else changed at the start is in the change as well:
    there is no control group.
    """
    arms = [cases[~cases["is_after"].astype(bool)], cases[cases["is_after"].astype(bool)]]
    if min(map(len, arms)) < max(minimum_count, 2):
        return pd.DataFrame(columns=_COLUMNS)
    values = [arm["latency_hours"].to_numpy(float) for arm in arms]
    test = stats.ttest_ind(values[1], values[0], equal_var=False)
    apart = test.confidence_interval(CONFIDENCE)
    rows = [_arm(pod, name, arm, each) for name, arm, each in zip(("before", "after"), arms, values, strict=True)]
    handoffs = rows[1][3] - rows[0][3]
    saved = float(values[1].mean() - values[0].mean())
    rows.append((pod, "change", len(cases), handoffs, saved, apart.low, apart.high, float(test.pvalue)))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _arm(pod: str, name: str, arm: pd.DataFrame, values: np.ndarray) -> tuple[Any, ...]:
    margin = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stats.sem(values)
    mean = float(values.mean())
    return pod, name, len(arm), float(arm["handoffs"].mean()), mean, mean - margin, mean + margin, float("nan")
