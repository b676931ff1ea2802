"""What changed since a stage has its owner: time in the owner's stages before the first day and since."""

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from scipy import stats

from cxops.journey.log.bottlenecks import SHORTEST_HOURS
from cxops.journey.log.sequence import ORDER, not_negative, seconds
from cxops.journey.ownership.owners import by_stage
from cxops.journey.statistics.holm import holm

_COLUMNS = [
    *("id", "role", "since", "cases_before", "cases_after", "hours_before", "hours_after"),
    *("ratio", "ratio_low", "ratio_high", "p_value", "is_signal", "verdict"),
]


def owner_effects(
    steps: ir.Table, owners: pd.DataFrame, *, minimum_count: int, alpha: float, material_ratio: float
) -> pd.DataFrame:
    """One row per owner who has a first day: how long cases stayed in their stages before it and since.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, status.
    owners : the map's `owner_frame`.
    minimum_count : cases there must be on either side; with fewer there is no comparison.
    alpha : chance (0–1) of calling any of them a signal when nothing changed: this test's share of the page's.
    material_ratio : the ratio, or one over it, that a change must reach to be called a signal.

    Returns
    -------
    id, role, since, cases_before, cases_after, hours_before and hours_after (geometric means), ratio (after over
    before), ratio_low, ratio_high (95 %), p_value (Holm over the owners),
    is_signal and verdict (what may be claimed, in words).

    Notes
    -----
    Per case, the hours in all the owner's stages, each from its first step until the next stage begins, at least a
    minute. Only cases that were completed count, and a case whose time there began before the day and ended after it
    belongs to neither side. The interval and the p-value are those of Welch's t test of the logarithms. It compares
    two times, not two worlds: whatever else changed on the way is in the difference.
    """
    begun = owners[owners["since"].notna() & (owners["stage"] != "")]
    if begun.empty:
        return pd.DataFrame(columns=_COLUMNS)
    first = begun.drop_duplicates("id").set_index("id")
    sides = hours_by_side(steps, begun).execute().set_index(["id", "is_after"]).unstack("is_after")
    sides = sides.reindex(index=first.index, columns=pd.MultiIndex.from_product([_MOMENTS, [False, True]]))
    before, after = (sides.xs(side, axis=1, level=1).astype("float64") for side in (False, True))
    compared = _compared(before, after, max(minimum_count, 2))
    counts = {"cases_before": before["cases"], "cases_after": after["cases"]}
    counts = {name: values.fillna(0).astype("int64") for name, values in counts.items()}
    compared = compared.assign(role=first["role"], since=pd.to_datetime(first["since"]), **counts)
    is_material = np.maximum(compared["ratio"], 1 / compared["ratio"]) >= material_ratio
    compared = compared.assign(is_signal=(compared["p_value"] <= alpha) & is_material)
    compared["verdict"] = _verdicts(compared, alpha, material_ratio)
    return compared.rename_axis("id").reset_index()[_COLUMNS]


def _verdicts(compared: pd.DataFrame, alpha: float, material_ratio: float) -> np.ndarray:
    """What may be claimed of each owner, in words."""
    is_tested, is_shorter = compared["p_value"].notna(), compared["ratio"] < 1
    words = {
        "not tested: too few cases before": ~is_tested & (compared["cases_before"] <= compared["cases_after"]),
        "not tested: too few cases since": ~is_tested,
        "shorter since": compared["is_signal"] & is_shorter,
        "longer since": compared["is_signal"],
        f"changed, but less than {material_ratio:g} times": compared["p_value"] <= alpha,
    }
    return np.select([*words.values()], [*words], "cannot be told from no change")


_MOMENTS = ["cases", "mean", "variance"]


def hours_by_side(steps: ir.Table, owners: pd.DataFrame) -> ir.Table:
    """Per owner and side of the first day: completed cases, mean and variance of the logarithm of hours in the stages.

    Parameters
    ----------
    steps : as for `owner_effects`.
    owners : the rows of the map's `owner_frame` that have a stage and a first day.

    Returns
    -------
    id, is_after, cases, mean, variance (a gap for a single case).
    """
    case = ibis.window(group_by="case_id")
    in_turn = ibis.window(group_by="case_id", order_by=ORDER)
    days = owners.assign(second=[pd.Timestamp(each).timestamp() for each in owners["since"]])
    start, last = seconds(steps.started_at), seconds(ibis.coalesce(steps.ended_at, steps.started_at))
    rows = steps.select(
        "case_id",
        id=by_stage(steps, owners, "id"),
        since=by_stage(steps, days, "second").cast("float64"),
        start=start,
        end=ibis.coalesce(start.lead().over(in_turn), last.max().over(case)),
        is_closed=(steps.status == "done").cast("int64").max().over(case),
    )
    rows = rows.filter(rows.id.notnull() & (rows.is_closed == 1))
    spent = rows.group_by("id", "case_id").aggregate(
        start=rows.start.min(),
        end=rows.end.max(),
        since=rows.since.max(),
        hours=(rows.end - rows.start).sum() / 3600,
    )
    spent = spent.filter((spent.end <= spent.since) | (spent.start >= spent.since))
    log = (not_negative(spent.hours - SHORTEST_HOURS) + SHORTEST_HOURS).ln()
    spent = spent.select("id", is_after=spent.start >= spent.since, log=log)
    sums = spent.group_by("id", "is_after").aggregate(
        cases=spent.count(), mean=spent.log.mean(), first=spent.log.sum(), second=(spent.log * spent.log).sum()
    )
    spread = (sums.second - sums.first * sums.first / sums.cases) / (sums.cases - 1).nullif(0)
    return sums.select("id", "is_after", "cases", "mean", variance=spread).order_by("id", "is_after")


def _compared(before: pd.DataFrame, after: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Welch's comparison of the two sides of each owner, with gaps where either has fewer than `fewest` cases."""
    first, second = (side["variance"] / side["cases"] for side in (before, after))
    error = np.sqrt(first + second).where(np.minimum(before["cases"], after["cases"]) >= fewest)
    error = error.where(error > 0)
    freedom = (first + second) ** 2 / (first**2 / (before["cases"] - 1) + second**2 / (after["cases"] - 1))
    shift = (after["mean"] - before["mean"]).where(error.notna())
    margin = stats.t.ppf(0.975, freedom) * error
    p_values = pd.Series(2 * stats.t.sf(np.abs(shift) / error, freedom), index=shift.index)
    tested = p_values.notna()
    logs = {"hours_before": before["mean"].where(tested), "hours_after": after["mean"].where(tested)}
    logs |= {"ratio": shift, "ratio_low": shift - margin, "ratio_high": shift + margin}
    return pd.DataFrame({name: np.exp(values) for name, values in logs.items()}).assign(p_value=holm(p_values))
