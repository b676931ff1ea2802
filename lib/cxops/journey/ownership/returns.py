"""Why products come back: the stage that caused it, its rate and cost, and which lot or carrier stands out."""

import numpy as np
import pandas as pd
from scipy import stats

from cxops.journey.log.folding import with_rarer
from cxops.journey.statistics.excess import excess

RARER = "(rarer stages)"


def cause_weights(reasons: pd.DataFrame) -> pd.DataFrame:
    """One row per reason and stage: the share of such returns that the stage causes; they add up to 1 for each reason.

    Parameters
    ----------
    reasons : one row per reason and stage; needs reason, stage, weight (0–1; a gap: an equal share of what is left).

    Returns
    -------
    reason, stage, weight, given (what the register's weights of the reason add up to; a gap where it gives none),
    is_mended (they did not add up to 1, and were scaled or filled so that they do).

    Notes
    -----
    Where some weights of a reason are given, the others share what is left to 1. Where all are given and do not add up
    to 1, they are scaled; where they add up to 0, the shares are equal. Each such reason is counted as a problem.

    >>> reasons = pd.DataFrame({"reason": "crushed", "stage": ["packing", "shipping"], "weight": [None, None]})
    >>> cause_weights(reasons)["weight"].tolist()
    [0.5, 0.5]
    """
    rows = reasons[["reason", "stage"]].assign(weight=reasons["weight"].astype("float64"))
    by_reason = rows.groupby("reason")["weight"]
    given = by_reason.transform("sum", min_count=1)
    gaps = by_reason.transform(lambda each: each.isna().sum())
    left = (1 - given.fillna(0.0)).clip(lower=0.0)
    filled = rows["weight"].fillna(left / gaps.where(gaps > 0))
    total = filled.groupby(rows["reason"]).transform("sum")
    equal = 1 / rows.groupby("reason")["stage"].transform("size")
    weight = (filled / total.where(total > 0)).fillna(equal)
    is_mended = given.notna() & ~np.isclose(total, 1.0)
    return rows.assign(weight=weight, given=given, is_mended=is_mended).sort_values(
        ["reason", "stage"], ignore_index=True
    )


def causes(returns: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """One row per reason and stage: the returns and the cost that fall to the stage.

    Parameters
    ----------
    returns : one row per return; needs reason, cost (a gap adds none; where a reason has no other, its cost is one).
    weights : as `cause_weights` gives them; returns of a reason that is not there fall to no stage.

    Returns
    -------
    reason, stage, returns (a return with several causes is divided by their weights), cost; the most returns first.
    """
    by_reason = _by_reason(returns).rename(columns={"returns": "count"})
    rows = weights.merge(by_reason, on="reason", validate="many_to_one")
    rows = rows.assign(returns=rows["count"] * rows["weight"], cost=rows["cost"] * rows["weight"])
    rows = rows[["reason", "stage", "returns", "cost"]]
    return rows.sort_values(["returns", "reason", "stage"], ascending=[False, True, True], ignore_index=True)


def _by_reason(returns: pd.DataFrame) -> pd.DataFrame:
    """One row per reason: returns and what they cost, a gap where no cost is known."""
    by_reason = returns.astype({"cost": "float64"}).groupby("reason")
    return by_reason.agg(returns=("reason", "size"), cost=("cost", lambda each: each.sum(min_count=1))).reset_index()


def unmapped_reasons(returns: pd.DataFrame, weights: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per reason that no stage is named for: the returns and the cost, the most first.

    Parameters
    ----------
    returns, weights : as for `causes`.
    minimum_count : returns that must stand behind a reason to be named; the others are put together as `(rarer)`.

    Returns
    -------
    reason, returns, cost.
    """
    found = _by_reason(returns[~returns["reason"].isin(weights["reason"])])
    found = with_rarer(
        found, ["reason"], "returns", minimum_count=minimum_count, remainder="(rarer)", sums=["returns", "cost"]
    )
    return found.sort_values(["returns", "reason"], ascending=[False, True], ignore_index=True)


def returns_by_stage(causes: pd.DataFrame, orders: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per stage: what came back because of it, for every 1,000 orders, and what it cost; the costliest first.

    Parameters
    ----------
    causes : one row per reason and stage, as `causes` gives them.
    orders : one row per order placed in the same scope; without one there is no rate.
    minimum_count : returns that must stand behind a stage; the others are put together as `(rarer stages)`.

    Returns
    -------
    stage, returns, returns_share (0–1, of the returns with a known cause), per_1000 (returns for 1,000 orders) with
    per_1000_low and per_1000_high, cost, cost_share, cumulative_share (of the cost).

    Notes
    -----
    The interval is the exact one of a Poisson count, at 95 %, from the chi-square distribution. Where a return has
    several causes the count is not whole, and the interval, which takes it as if it were, is an approximation.

    References
    ----------
    F. Garwood (1936): Fiducial limits for the Poisson distribution.

    >>> per = pd.DataFrame({"reason": ["a", "b"], "stage": ["packing", "shipping"], "returns": [6.0, 4.0], "cost": 1.0})
    >>> orders = pd.DataFrame({"order_id": range(1000)})
    >>> returns_by_stage(per, orders, minimum_count=1)[["stage", "returns_share", "per_1000"]].to_numpy().tolist()
    [['packing', 0.6, 6.0], ['shipping', 0.4, 4.0]]
    """
    rows = causes.groupby("stage", as_index=False)[["returns", "cost"]].sum(min_count=1)
    rows = with_rarer(
        rows, ["stage"], "returns", minimum_count=minimum_count, remainder=RARER, sums=["returns", "cost"]
    )
    rows = rows.sort_values(["cost", "returns", "stage"], ascending=[False, False, True], ignore_index=True)
    count = rows["returns"].to_numpy(np.float64)
    per = 1000 / len(orders) if len(orders) else np.nan
    low = np.where(count > 0, stats.chi2.ppf(0.025, 2 * count) / 2, 0.0)
    high = stats.chi2.ppf(0.975, 2 * (count + 1)) / 2
    cost_share = rows["cost"] / (rows["cost"].sum() or np.nan)
    rates = {"per_1000": count * per, "per_1000_low": low * per, "per_1000_high": high * per}
    shares = {"returns_share": rows["returns"] / rows["returns"].sum(), "cost_share": cost_share}
    rows = rows.assign(**rates, **shares, cumulative_share=cost_share.cumsum())
    return rows[["stage", "returns", "returns_share", *rates, "cost", "cost_share", "cumulative_share"]]


def returns_by_stratum(
    orders: pd.DataFrame,
    returns: pd.DataFrame,
    weights: pd.DataFrame,
    by: str,
    *,
    minimum_count: int,
    alpha: float,
    material_ratio: float,
) -> pd.DataFrame:
    """One row per stage and lot, or carrier: the orders, those of which something came back, and whether it stands out.

    Parameters
    ----------
    orders : one row per order; needs order_id and the column `by`; orders without a value are left out.
    returns : one row per return; needs order_id, reason. An order counts once for a stage, however much came back.
    weights : as `cause_weights` gives them. A return counts for the stage that causes more than half of its reason.
    by : `lot` or `carrier`.
    minimum_count, alpha, material_ratio : see `excess`; p-values are exact (Fisher, one-sided), adjusted by Holm's
        method over the lots, or carriers, and then by the number of stages looked at.

    Returns
    -------
    stage (`(any)` for all returns), stratum, trials (orders), events (of those, with a return), then the columns of
    `excess`. The smallest p-value first; strata with fewer than `minimum_count` orders are put together as
    `(rarer)`.
    """
    cause = returns["reason"].map(main_causes(weights))
    stratum = returns["order_id"].map(orders.dropna(subset=[by]).set_index("order_id")[by])
    returns = returns.assign(stratum=stratum)
    trials = orders[by].value_counts()
    kinds = {ANY: returns} | {stage: returns[cause == stage] for stage in sorted(cause.dropna().unique())}
    share = alpha / len(kinds)
    frames = []
    for stage, those in kinds.items():
        counted = _by_stratum(trials, those, minimum_count)
        judged = excess(counted, minimum_count=minimum_count, alpha=share, material_ratio=material_ratio)
        judged.insert(0, "stage", stage)
        p_values = (judged["p_value"] * len(kinds)).clip(upper=1.0)
        frames.append(judged.assign(p_value=p_values))
    return pd.concat(frames).sort_values(["p_value", "stage", "stratum"], ignore_index=True)


ANY = "(any)"
"""Stands for the stage in what is about all returns, whatever caused them."""


def main_causes(weights: pd.DataFrame) -> dict[str, str]:
    """The stage that causes more than half of a reason's returns, for the reasons that have one."""
    clear = weights[weights["weight"] > 0.5]
    return dict(zip(clear["reason"], clear["stage"], strict=True))


def _by_stratum(trials: pd.Series, returns: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """Orders and orders with a return by lot or carrier, those with few orders together."""
    events = returns.drop_duplicates("order_id")["stratum"].value_counts().reindex(trials.index, fill_value=0)
    rows = pd.DataFrame({"trials": trials, "events": events}).rename_axis("stratum").sort_index().reset_index()
    return with_rarer(
        rows, ["stratum"], "trials", minimum_count=minimum_count, remainder="(rarer)", sums=["trials", "events"]
    )
