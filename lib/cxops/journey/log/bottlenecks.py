"""Bottlenecks: handoffs ranked by the hours they take in all, and whether a pair of teams is slower than the rest."""

import ibis
import numpy as np
import pandas as pd
from ibis import ir

from cxops.journey.log.handoffs import PAIR, RARER, handoffs_by_pair, with_rarer_pairs
from cxops.journey.statistics.clusters import difference
from cxops.journey.statistics.exchange import Reals, adjusted_p_values

SHORTEST_HOURS = 1 / 60
"""A latency under a minute counts as a minute where ratios are taken: below that, clocks and clicks decide."""
CONFIDENCE = 0.95


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
        A pair whose latency is known in fewer cases, or whose waits ended on fewer days (UTC), is not tested either.
    alpha : chance (0–1) of calling any pair a signal when none differs: this test's share of what its page may take.
    material_ratio : a pair is a signal only if its ratio is at least this; 1 leaves it to the test alone.
    permutations : see `adjusted_p_values`.
    rng : the source of randomness; the same state gives the same answer.

    Returns
    -------
    from_team, to_team, handoffs, cases, latency_hours_p50, latency_hours_total, ratio_to_rest, ratio_low, ratio_high,
    p_value, is_signal. Not tested: gaps, and is_signal is False.

    Notes
    -----
    ratio_to_rest is the geometric mean of the pair's known latencies over that of all other handoffs in scope, each
    latency at least a minute: a ratio of typical waits that neither one extreme nor a queue of zeros decides, and the
    ratio of medians where logarithms of latencies are symmetric. Its 95 % interval is that of the mean difference of
    logarithms, by case (see `difference`). It is not adjusted for looking at many pairs; the p-value is.

    Cases are taken as independent. A backlog that is cleared in one go is many cases and one event, which is why a pair
    is tested only if its waits ended on `minimum_count` different days.
    """
    by_pair = handoffs_by_pair(handoffs, minimum_count=minimum_count).execute()
    rows = with_rarer_pairs(handoffs, minimum_count).filter(ibis._.latency_hours.notnull())
    columns = ["case_id", "handoff_seq", *PAIR, "handed_at", "latency_hours"]
    frame = rows.select(columns).order_by("case_id", "handoff_seq").execute()
    pairs = pd.MultiIndex.from_frame(by_pair[PAIR])
    groups = pairs.get_indexer(pd.MultiIndex.from_frame(frame[PAIR])).astype(np.int64)
    cases = pd.factorize(frame["case_id"])[0].astype(np.int64)
    hours = np.log(np.maximum(frame["latency_hours"].to_numpy(np.float64), SHORTEST_HOURS))
    days = (frame["handed_at"] + pd.to_timedelta(frame["latency_hours"], unit="h")).dt.floor("D")
    seen = np.minimum(*(_distinct(each, groups, len(pairs)) for each in (frame["case_id"], days)))
    rest = len(groups) - np.bincount(groups, minlength=len(pairs))
    tested = (seen >= max(minimum_count, 2)) & (rest > 0) & (by_pair["from_team"] != RARER).to_numpy()
    logs = [difference(hours, groups == pair, cases, confidence=CONFIDENCE) for pair in np.flatnonzero(tested)]
    ratios = np.exp(np.array(logs).reshape(-1, 3))
    p_values = adjusted_p_values(hours, groups, cases, tested=tested, permutations=permutations, rng=rng)
    return _judged(by_pair, tested, ratios, p_values, alpha, material_ratio)


def _distinct(values: pd.Series, groups: np.ndarray, size: int) -> np.ndarray:
    """How many different values each group has."""
    return values.groupby(groups).nunique().reindex(range(size), fill_value=0).to_numpy()


def _judged(
    by_pair: pd.DataFrame, tested: np.ndarray, ratios: Reals, p_values: Reals, alpha: float, material_ratio: float
) -> pd.DataFrame:
    judged = by_pair.drop(columns="latency_hours_p90").assign(
        **dict.fromkeys(["ratio_to_rest", "ratio_low", "ratio_high"], np.nan), p_value=p_values
    )
    judged.loc[tested, ["ratio_to_rest", "ratio_low", "ratio_high"]] = ratios
    return judged.assign(is_signal=(judged["p_value"] <= alpha) & (judged["ratio_to_rest"] >= material_ratio))
