"""Conflicts of incentive: handoffs at which what the sender is rewarded for goes with a worse result for the next."""

from collections.abc import Iterator
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import ir

from cxops.journey.log.handoffs import PAIR
from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.statistics.correlation import correlation, detrended
from cxops.journey.statistics.holm import holm

MEASURES = {
    "touch_time": ("touch_hours", -1),
    "handling_time": ("touch_hours", -1),
    "wait_time": ("held_hours", -1),
    "handoff_latency": ("latency_hours", -1),
    "rework_share": ("rework", -1),
    "lead_time": ("lead_hours", -1),
    "csat": ("csat", 1),
    "ces": ("ces", 1),
}
"""By the KPI's id in params/kpis.yml: what stands for it at one handoff, and the sign that makes more of it better.

Those of a team (its touch time in the block, its waiting while it held the case, the latency until it took the case up,
whether it did a piece of work again straight away) differ for sender and receiver; the rest are the case's.
"""
OF_CASE = ("lead_time", "csat", "ces")
RESULTS = ("rework_share", "csat")
"""What is always looked at behind a handoff, beside what the receiver itself is rewarded for."""
_FEWEST_WEEKS = 12
"""Weeks that a correlation must rest on; with fewer its interval reaches over nearly everything."""
COLUMNS = [
    *("stage", *PAIR, "sender_kpi", "result_kpi", "handoffs", "weeks"),
    *("correlation", "correlation_low", "correlation_high", "effect", "p_value", "is_conflict"),
]


def incentive_conflicts(
    by_week: pd.DataFrame, scorecards: pd.DataFrame, *, minimum_count: int, alpha: float, material_correlation: float
) -> pd.DataFrame:
    """One row per handoff and pair of measures: does what the sender is rewarded for go with a worse result behind it?

    Parameters
    ----------
    by_week : one row per stage, pair of teams and week, as `passed_by_week` gives them.
    scorecards : one row per holder and rewarded measure: holder, holder_type, kpi. Those of teams count.
    minimum_count : a week counts if at least so many values of either measure are known in it.
    alpha : chance (0–1) of calling any handoff a conflict where nothing is one.
    material_correlation : a conflict must be at least as far below 0 as this (0–1).

    Returns
    -------
    stage, from_team, to_team, sender_kpi, result_kpi, handoffs, weeks, correlation (−1 to 1, of how good both are:
    below 0 the one gains as the other loses) with its 95 % interval, effect (change of the result, in its own unit and
    for the worse above 0, in a week in which the sender does better by one standard deviation), p_value (one-sided,
    adjusted) and is_conflict. Conflicts first, by handoffs × correlation. Gaps: too few weeks, or nothing varies.

    Notes
    -----
    For each handoff and stage, the sender's measure is averaged by week, and so is the result behind it: whether the
    receiver did work again straight away, what it is rewarded for itself, and the satisfaction of the same cases. Both
    are turned so that more is better. From both a straight line over time is taken, so that two trends do not pass for
    a conflict; r is the correlation of what is left. Fisher's z = artanh r has the standard error 1 / √(m − 4), one
    degree lost to the line, where m is the number of weeks × (1 − a b) / (1 + a b), and a and b are the correlations of
    either series with itself a week before (Quenouille; taken only where both are of one sign): weeks that resemble the
    last tell less. p-values are adjusted over all tests by Holm's method.

    A correlation is not a cause: hard weeks may slow a team and spoil the next one's work as well.

    References
    ----------
    Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation deduced from a small sample.
    Quenouille, M. H. (1948). Some results in the testing of serial correlation coefficients: the effective number of
    observations of two series.
    """
    rewarded = rewarded_measures(scorecards)
    rows = [
        {**dict(zip(["stage", *PAIR], key, strict=True)), **row}
        for key, weeks in _by_handoff(by_week)
        for row in _compared(weeks, rewarded.get(key[1], ()), rewarded.get(key[2], ()), minimum_count)
    ]
    found = pd.DataFrame(rows, columns=COLUMNS[:-1])
    found = found.assign(p_value=holm(found["p_value"].astype(float)))
    is_conflict = (found["p_value"] <= alpha) & (found["correlation"] <= -material_correlation)
    found = found.assign(is_conflict=is_conflict.astype(bool), weight=-found["handoffs"] * found["correlation"])
    order = found.sort_values(["is_conflict", "weight"], ascending=False, kind="stable", na_position="last")
    return order[COLUMNS].reset_index(drop=True)


def rewarded_measures(scorecards: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """By team, the measures it is rewarded for that a log can show, in alphabetical order.

    >>> cards = pd.DataFrame({"holder": ["A", "A"], "holder_type": "team", "kpi": ["touch_time", "sales"]})
    >>> rewarded_measures(cards)
    {'A': ('touch_time',)}
    """
    teams = scorecards[(scorecards["holder_type"] == "team") & scorecards["kpi"].isin(list(MEASURES))]
    return {str(team): tuple(sorted(set(kpis))) for team, kpis in teams.groupby("holder")["kpi"]}


def teams_without_scorecard(by_week: pd.DataFrame, scorecards: pd.DataFrame, *, minimum_count: int = 1) -> pd.DataFrame:
    """One row per team of the log that cannot be judged, and per rewarded measure that no log shows.

    Parameters
    ----------
    by_week, scorecards : as for `incentive_conflicts`.
    minimum_count : a smaller number of handoffs, but not none, is a gap.

    Returns
    -------
    team, kpi (empty: the team stands on no scorecard), handoffs (that the team gave); the most handoffs first.
    """
    given = by_week.groupby("from_team")["handoffs"].sum()
    teams = sorted({*by_week["from_team"], *by_week["to_team"]})
    cards = scorecards[scorecards["holder_type"] == "team"]
    absent = [(team, "") for team in teams if team not in set(cards["holder"])]
    other = cards[cards["holder"].isin(teams) & ~cards["kpi"].isin(list(MEASURES))]
    pairs = absent + sorted(set(other[["holder", "kpi"]].itertuples(index=False, name=None)))
    rows = [(team, kpi, int(given.get(team, 0))) for team, kpi in pairs]
    found = pd.DataFrame(rows, columns=["team", "kpi", "handoffs"])
    found = found.sort_values(["handoffs", "team", "kpi"], ascending=[False, True, True], ignore_index=True)
    few = found["handoffs"].between(1, minimum_count - 1)
    return found.astype({"handoffs": "Int64"}).assign(handoffs=lambda rows: rows["handoffs"].mask(few))


def handoffs_by_stage(handoffs: ir.Table) -> ir.Table:
    """One row per stage and pair of teams: the handoff matrix of each stage.

    Parameters
    ----------
    handoffs : one row per handoff, as `handoffs` gives them.

    Returns
    -------
    stage, from_team, to_team, handoffs, cases, latency_hours_p50, latency_hours_total; the most hours first.
    """
    keys = ["stage", *PAIR]
    rows = ranked(handoffs, keys, "latency_hours")
    found = rows.group_by(keys).aggregate(
        handoffs=rows.count(),
        cases=rows.case_id.nunique(),
        latency_hours_p50=quantile(rows, "latency_hours", 0.5),
        latency_hours_total=rows.latency_hours.sum().fill_null(0.0),
    )
    return found.order_by([ibis.desc("latency_hours_total"), *keys])


def with_conflicts(by_stage: pd.DataFrame, conflicts: pd.DataFrame) -> pd.DataFrame:
    """The handoffs by stage, with `incentive_conflict`: whether any pair of measures conflicts there.

    A gap where none could be tested.
    """
    keys = ["stage", *PAIR]
    tested = conflicts[conflicts["p_value"].notna()]
    told = tested.groupby(keys)["is_conflict"].any().rename("incentive_conflict").reset_index()
    return by_stage.merge(told, "left", on=keys, validate="one_to_one").astype({"incentive_conflict": "boolean"})


def _by_handoff(by_week: pd.DataFrame) -> Iterator[tuple[tuple[str, str, str], pd.DataFrame]]:
    """The weeks of each stage and pair of teams."""
    for key, weeks in by_week.groupby(["stage", *PAIR]):
        stage, sender, receiver = key
        yield (str(stage), str(sender), str(receiver)), weeks


def _compared(
    weeks: pd.DataFrame, of_sender: tuple[str, ...], of_receiver: tuple[str, ...], minimum_count: int
) -> Iterator[dict[str, Any]]:
    """One row for each measure the sender is rewarded for and each result behind the handoff."""
    results = [*dict.fromkeys([*RESULTS, *of_receiver])]
    for kpi in of_sender:
        for result in results:
            if kpi != result or kpi not in OF_CASE:
                yield _compared_row(weeks, kpi, result, minimum_count)


def _compared_row(weeks: pd.DataFrame, kpi: str, result: str, minimum_count: int) -> dict[str, Any]:
    (mine, my_sign), (theirs, their_sign) = _column("sender", kpi), _column("receiver", result)
    known = weeks[[f"{mine}_known", f"{theirs}_known"]].min(axis=1) >= minimum_count
    used = weeks[known].sort_values("week")
    row = {"sender_kpi": kpi, "result_kpi": result, "handoffs": int(weeks["handoffs"].sum()), "weeks": len(used)}
    gaps = dict.fromkeys(["correlation", "correlation_low", "correlation_high", "effect", "p_value"], np.nan)
    if len(used) < _FEWEST_WEEKS:
        return row | gaps
    at = used["week"].to_numpy(np.float64)
    good = detrended(my_sign * used[mine].to_numpy(np.float64), at)
    result_good = detrended(their_sign * used[theirs].to_numpy(np.float64), at)
    found = correlation(good, result_good, at)
    if found is None:
        return row | gaps
    effect = -found[0] * float(result_good.std(ddof=2))
    return row | dict(zip(gaps, [*found[:3], effect, found[3]], strict=True))


def _column(side: str, kpi: str) -> tuple[str, int]:
    name, sign = MEASURES[kpi]
    return (name if kpi in OF_CASE else f"{side}_{name}"), sign
