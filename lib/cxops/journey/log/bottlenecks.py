"""Bottlenecks: handoffs ranked by the hours they take in all, and whether a pair of teams is slower than the rest."""

import ibis
import numpy as np
import pandas as pd
from ibis import ir

from cxops.journey.log.handoffs import PAIR, RARER, handoffs_by_pair, with_rarer_pairs
from cxops.journey.statistics.clusters import Codes, Flags, Reals, chance_of_more, difference
from cxops.journey.statistics.exchange import adjusted_p_values
from cxops.journey.statistics.holm import holm

SHORTEST_HOURS = 1 / 60
"""A latency under a minute counts as a minute where ratios are taken: below that, clocks and clicks decide."""
CONFIDENCE = 0.95
_MONDAY, _WEEK = pd.Timestamp("2024-01-01", tz="UTC"), pd.Timedelta(days=7)


def bottlenecks(
    handoffs: ir.Table,
    *,
    minimum_count: int,
    alpha: float,
    material_ratio: float,
    permutations: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row per pair of teams, the most hours in all first, with how its latency compares with all other handoffs.

    Parameters
    ----------
    handoffs : one row per handoff, as `cxops.journey.handoffs` gives them.
    minimum_count : pairs seen in fewer cases are put together in the row `(rarer pairs)`; they are counted, not tested.
        A pair whose latency is known in fewer cases, or whose waits ended in fewer weeks, is not tested either.
    alpha : chance (0–1) of calling any pair a signal when none differs: this test's share of what its page may take.
    material_ratio : a pair is a signal only if its ratio is at least this; 1 leaves it to the test alone.
    permutations : see `adjusted_p_values`.
    rng : the source of randomness; the same state gives the same answer.

    Returns
    -------
    from_team, to_team, handoffs, cases, latency_hours_p50, latency_hours_total, ratio_to_rest, ratio_low, ratio_high,
    p_value, is_signal and verdict (what may be claimed, in words). Not tested: gaps, and is_signal is False.

    Notes
    -----
    ratio_to_rest is the geometric mean of the pair's known latencies over that of all other handoffs in scope, each
    latency at least a minute: a ratio of typical waits that neither one extreme nor a queue of zeros decides, and the
    ratio of medians where logarithms of latencies are symmetric. Its 95 % interval is that of the mean difference of
    logarithms (see `difference`), by case or by week, whichever is wider. It is not adjusted for looking at many pairs;
    the p-value is.

    A backlog that is cleared in one go is many cases and one event. So a pair must pass two tests, and p_value is the
    larger of theirs: the exchange of cases (`adjusted_p_values`), which holds whatever goes on within a case, and a
    *t* test in which all waits that ended in the same week (from Monday, UTC) count as one event, adjusted by Holm's
    method. What slows a pair down for many weeks on end is not told from a pair that is always slow.
    """
    by_pair = handoffs_by_pair(handoffs, minimum_count=minimum_count).execute()
    rows = with_rarer_pairs(handoffs, minimum_count).filter(ibis._.latency_hours.notnull())
    columns = ["case_id", "handoff_seq", *PAIR, "handed_at", "latency_hours"]
    frame = rows.select(columns).order_by("case_id", "handoff_seq").execute()
    pairs = pd.MultiIndex.from_frame(by_pair[PAIR])
    groups = pairs.get_indexer(pd.MultiIndex.from_frame(frame[PAIR])).astype(np.int64)
    cases = pd.factorize(frame["case_id"])[0].astype(np.int64)
    hours = np.log(np.maximum(frame["latency_hours"].to_numpy(np.float64), SHORTEST_HOURS))
    ended_at = frame["handed_at"] + pd.to_timedelta(frame["latency_hours"], unit="h")
    weeks = pd.factorize((ended_at - _MONDAY) // _WEEK)[0].astype(np.int64)
    seen = np.minimum(*(_distinct(each, groups, len(pairs)) for each in (cases, weeks)))
    rest = len(groups) - np.bincount(groups, minlength=len(pairs))
    tested = (seen >= max(minimum_count, 2)) & (rest > 0) & (by_pair["from_team"] != RARER).to_numpy()
    inside = [groups == pair for pair in np.flatnonzero(tested)]
    ratios = np.exp(np.array([_wider(hours, each, cases, weeks) for each in inside]).reshape(-1, 3))
    p_values = adjusted_p_values(hours, groups, cases, tested=tested, permutations=permutations, rng=rng)
    by_week = holm([chance_of_more(hours, each, weeks) for each in inside])
    p_values[tested] = np.maximum(p_values[tested], by_week)
    return _judged(by_pair, tested, ratios, p_values, alpha, material_ratio)


def _distinct(values: Codes, groups: Codes, size: int) -> Codes:
    """How many different values each group has."""
    return np.bincount(np.unique(np.column_stack([groups, values]), axis=0)[:, 0], minlength=size)


def _wider(values: Reals, inside: Flags, cases: Codes, weeks: Codes) -> tuple[float, float, float]:
    """The difference with the wider of its two intervals: where cases, or where weeks, stand for themselves."""
    by_case, by_week = (difference(values, inside, each, confidence=CONFIDENCE) for each in (cases, weeks))
    return min(by_case, by_week, key=lambda found: found[1])


def _judged(
    by_pair: pd.DataFrame, tested: np.ndarray, ratios: Reals, p_values: Reals, alpha: float, material_ratio: float
) -> pd.DataFrame:
    judged = by_pair.drop(columns="latency_hours_p90").assign(
        **dict.fromkeys(["ratio_to_rest", "ratio_low", "ratio_high"], np.nan), p_value=p_values
    )
    judged.loc[tested, ["ratio_to_rest", "ratio_low", "ratio_high"]] = ratios
    judged["is_signal"] = (judged["p_value"] <= alpha) & (judged["ratio_to_rest"] >= material_ratio)
    words = {
        "not tested": judged["p_value"].isna(),
        "slower than the rest": judged["is_signal"],
        f"slower, but less than {material_ratio:g} times": (judged["p_value"] <= alpha) & (judged["ratio_to_rest"] > 1),
        "not slower": judged["ratio_high"] < 1,
    }
    return judged.assign(verdict=np.select([*words.values()], [*words], "cannot be told"))
