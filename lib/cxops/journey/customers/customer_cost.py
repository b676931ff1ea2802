"""What the waiting at each handoff costs the customers of its cases, and which handoff costs most, with how sure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from cxops.journey.customers.answers import SCORES
from cxops.journey.customers.effort import adjustments, counted, doublings
from cxops.journey.log.handoffs import PAIR, RARER
from cxops.journey.statistics.ranking import Counts, rank_intervals, rank_probabilities, ranks, resample_counts

Reals = npt.NDArray[np.float64]
SURE = 0.95
"""Share of the resamples (0–1) in which a pair must be first before it is said to be."""
_CELLS = 4_000_000
"""Cells of a block of resamples by customers: what is held in memory at once."""


@dataclass(frozen=True)
class CustomerCost:
    """What the waiting between teams costs customers.

    Parameters
    ----------
    pairs : one row per pair of teams; see `customer_cost`.
    ranks : one row per pair and rank that it takes in some resample: from_team, to_team, rank, probability (0–1).
    slopes : one row per score, as `effort_slopes` gives them.
    score : the score that pairs are ranked by; empty where no slope is known.
    resamples : how many resamples the intervals and probabilities rest on.
    """

    pairs: pd.DataFrame
    ranks: pd.DataFrame
    slopes: pd.DataFrame
    score: str
    resamples: int


@dataclass(frozen=True)
class _Sums:
    """Sums by customer (rows) and pair (columns) of what a resample weighs, and by customer of each regression."""

    doublings: sparse.csr_matrix
    logs: sparse.csr_matrix
    known: sparse.csr_matrix
    cases: sparse.csr_matrix
    moments: dict[str, tuple[npt.NDArray[np.int64], Reals, int]] = field(default_factory=dict)


def customer_cost(
    waits: pd.DataFrame,
    asked: pd.DataFrame,
    slopes: pd.DataFrame,
    ranked: pd.DataFrame,
    *,
    minimum_count: int,
    resamples: int,
    rng: np.random.Generator,
    money_per_effort_point: float | None = None,
) -> CustomerCost:
    """What each pair of teams costs the customers whose cases pass between them, ranked by what mending it would spare.

    Parameters
    ----------
    waits : one row per case and pair of teams, as `waits_by_case` gives them.
    asked, slopes : as `asked_cases` and `effort_slopes` give them for the same cases and `minimum_count`.
    ranked : one row per pair of teams, as `bottlenecks` judged it for the same steps and `minimum_count`.
    minimum_count : see `effort_slopes`. The row of rarer pairs is counted, not ranked.
    resamples : how often customers are drawn anew, with all their cases (bootstrap).
    rng : the source of randomness; the same state gives the same answer.
    money_per_effort_point : what one point of ease for one customer is worth, in the organisation's currency, if the
        organisation has settled that; without it no money is put on effort.

    Returns
    -------
    pairs has from_team, to_team, handoffs, cases, latency_hours_total, ratio_to_rest, hours_above, cost_total
    (money spent on the cases, a gap where no cost is known), money_above; for each score `<score>_lost` (points,
    over all cases), `<score>_above` (of these, above the rest) and `<score>_per_case` (points lost per case), the
    latter two with `_low` and `_high`; rank (by points above the rest), rank_mean, rank_low, rank_high, first_share
    (0–1 of the resamples in which it is first), score (the one it is ranked by), resamples (how many) and
    is_signal: it ranks first, is first in at least `SURE` of the resamples, the slope of the score is a signal, and
    so is the pair among the bottlenecks. First rank first; pairs that are not ranked come last. Gaps: not known.

    Notes
    -----
    A case that waited H hours between teams is taken to have lost −slope × log2(1 + H) points; a case whose customer
    did not answer as much as one whose customer did. The loss is divided among its handoffs by their share of H, so the
    losses of all pairs add up to the total exactly. ratio_to_rest and hours_above are those of `bottlenecks`, and of
    the points lost the same part is above the rest: × (1 − 1 / ratio), at least 0. Of equals, the pair with more points
    lost ranks first.

    In each resample the slope, the ratios and all sums are computed anew. The 95 % intervals lie between percentiles.
    Where waiting costs nothing in a resample (the slope is not negative) nothing is ranked in it, so the probabilities
    of the ranks of a pair add up to the share of resamples in which waiting costs anything.
    """
    by_pair, sums, names = _summed(waits, asked, minimum_count)
    score = _ranked_by(slopes)
    rates = dict(zip(slopes["score"], slopes["slope"].astype(float), strict=True))
    is_ranked = (by_pair["from_team"] != RARER).to_numpy()
    point = _losses(np.ones((1, names)), sums, {name: np.array([rate]) for name, rate in rates.items()}, is_ranked)
    drawn = _drawn(sums, names, is_ranked, resamples, rng) if score and len(by_pair) else {}
    pairs = _pairs(by_pair, point, drawn, money_per_effort_point)
    pairs, ranked_pairs = _with_ranks(pairs, is_ranked, point, drawn, score=score, resamples=resamples)
    judged = _judged(pairs, slopes, ranked, score).assign(resamples=resamples)
    return CustomerCost(judged, ranked_pairs, slopes, score, resamples)


def _ranked_by(slopes: pd.DataFrame) -> str:
    """The first score whose slope is a signal, else the first whose slope is known."""
    known = slopes.dropna(subset=["slope"]).sort_values("is_signal", ascending=False, kind="stable")
    return str(known["score"].iloc[0]) if len(known) else ""


def _summed(waits: pd.DataFrame, asked: pd.DataFrame, minimum_count: int) -> tuple[pd.DataFrame, _Sums, int]:
    """The pairs with their counts, the sums by customer, and how many customers there are."""
    known = waits["hours"].groupby(waits["case_id"]).transform("sum")
    part = waits["hours"] / known.where(known > 0, 1.0)
    rows = waits.assign(doublings=doublings(known) * part)
    by_pair = rows.groupby(PAIR, as_index=False, observed=True).agg(
        handoffs=("handoffs", "sum"),
        cases=("case_id", "nunique"),
        latency_hours_total=("hours", "sum"),
        cost_total=("cost", lambda cost: cost.sum(min_count=1)),
    )
    pairs = pd.MultiIndex.from_frame(by_pair[PAIR]).get_indexer(pd.MultiIndex.from_frame(rows[PAIR]))
    customers = pd.Index(pd.unique(pd.concat([rows["customer_id"], asked["customer_id"]], ignore_index=True)))
    place = customers.get_indexer(pd.Index(rows["customer_id"]))
    shape = (len(customers), len(by_pair))

    def by_customer(values: npt.NDArray[np.float64]) -> sparse.csr_matrix:
        return sparse.csr_matrix((values, (place, pairs)), shape=shape)

    sums = _Sums(
        doublings=by_customer(rows["doublings"].to_numpy(np.float64)),
        logs=by_customer(rows["log_hours"].to_numpy(np.float64)),
        known=by_customer(rows["known"].to_numpy(np.float64)),
        cases=by_customer(np.ones(len(rows))),
        moments={score: _moments(asked, score, customers, minimum_count) for score in SCORES},
    )
    return by_pair, sums, len(customers)


def _moments(
    asked: pd.DataFrame, score: str, customers: pd.Index, minimum_count: int
) -> tuple[npt.NDArray[np.int64], Reals, int]:
    """Per customer who answered: place, and the sums of products of all columns of the regression, answer last."""
    rows = counted(asked, score)
    columns = np.column_stack(
        [
            doublings(rows["wait_hours"]),
            np.ones(len(rows)),
            adjustments(rows, minimum_count),
            rows[score].to_numpy(np.float64),
        ]
    )
    codes, who = pd.factorize(rows["customer_id"])
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(rows), columns.shape[1] ** 2)
    sums = np.zeros((len(who), products.shape[1]))
    np.add.at(sums, codes, products)
    return customers.get_indexer(who), sums, columns.shape[1]


def _slopes(weights: Reals, moments: tuple[npt.NDArray[np.int64], Reals, int]) -> Reals:
    """The slope in each resample; a gap where the waits in it do not vary beside the other columns."""
    place, sums, size = moments
    products = (weights[:, place] @ sums).reshape(-1, size, size)
    normal, answers = products[:, :-1, :-1], products[:, :-1, -1]
    with_gap = np.full(len(weights), np.nan)
    if not len(place):
        return with_gap
    slopes = (np.linalg.pinv(normal, rcond=1e-10, hermitian=True) @ answers[:, :, None])[:, 0, 0]
    return np.where(_varies(normal), slopes, np.nan)


def _varies(normal: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether the first column has something of its own beside the others, in each of many normal matrices."""
    cross, rest = normal[:, 0, 1:], normal[:, 1:, 1:]
    explained = np.einsum("ri,rij,rj->r", cross, np.linalg.pinv(rest, rcond=1e-10, hermitian=True), cross)
    own = normal[:, 0, 0]
    return np.asarray(own - explained > 1e-9 * np.maximum(1.0, own))


def _losses(
    weights: Reals, sums: _Sums, slopes: dict[str, Reals], is_ranked: npt.NDArray[np.bool_]
) -> dict[str, Reals]:
    """By name, resamples by pairs: points lost, above the rest and per case, and the ratios."""
    each, logs, known, cases = (
        (matrix.T @ weights.T).T for matrix in (sums.doublings, sums.logs, sums.known, sums.cases)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = (logs.sum(axis=1, keepdims=True) - logs) / (known.sum(axis=1, keepdims=True) - known)
        ratio = np.exp(logs / known - rest)
        part = np.where(is_ranked & (ratio > 1), 1 - 1 / ratio, 0.0)
        found = {"ratio_to_rest": np.where(is_ranked, ratio, np.nan), "part": part}
        for score, slope in slopes.items():
            lost = -slope[:, None] * each
            found |= {f"{score}_lost": lost, f"{score}_above": lost * part + 0.0, f"{score}_per_case": lost / cases}
    return found


def _blocks(names: int, resamples: int) -> Iterator[int]:
    """Sizes of blocks of resamples that fit in memory."""
    size = max(1, _CELLS // max(1, names))
    yield from (min(size, resamples - start) for start in range(0, resamples, size))


def _drawn(
    sums: _Sums, names: int, is_ranked: npt.NDArray[np.bool_], resamples: int, rng: np.random.Generator
) -> dict[str, Reals]:
    """The losses of every resample."""
    parts = []
    for size in _blocks(names, resamples):
        weights = resample_counts(names, size, rng).astype(np.float64)
        slopes = {score: _slopes(weights, moments) for score, moments in sums.moments.items()}
        parts.append(_losses(weights, sums, slopes, is_ranked))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _pairs(
    by_pair: pd.DataFrame, point: dict[str, Reals], drawn: dict[str, Reals], money_per_effort_point: float | None
) -> pd.DataFrame:
    """The pairs with their estimates and intervals."""
    pairs = by_pair.assign(
        ratio_to_rest=point["ratio_to_rest"][0], hours_above=by_pair["latency_hours_total"] * point["part"][0]
    )
    for score in SCORES:
        pairs[f"{score}_lost"] = point[f"{score}_lost"][0]
        for name in (f"{score}_above", f"{score}_per_case"):
            pairs[name] = point[name][0]
            pairs[f"{name}_low"], pairs[f"{name}_high"] = _percentiles(drawn.get(name), len(pairs))
    price = np.nan if money_per_effort_point is None else money_per_effort_point
    return pairs.assign(money_above=pairs["ces_above"] * price)


def _percentiles(drawn: Reals | None, size: int) -> tuple[Reals, Reals]:
    """Ends of the 95 % interval over the resamples that have a value; gaps where hardly any has."""
    if drawn is None or not len(drawn):
        return np.full(size, np.nan), np.full(size, np.nan)
    enough = np.isfinite(drawn).mean(axis=0) >= 0.95
    kept = np.where(np.isfinite(drawn) & enough, drawn, np.nan)
    low, high = np.full((2, size), np.nan)
    if enough.any():
        low[enough], high[enough] = np.nanquantile(kept[:, enough], [0.025, 0.975], axis=0)
    return low, high


def _with_ranks(
    pairs: pd.DataFrame,
    is_ranked: npt.NDArray[np.bool_],
    point: dict[str, Reals],
    drawn: dict[str, Reals],
    *,
    score: str,
    resamples: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs in the order of their ranks, and the probabilities of the ranks."""
    names = ["rank", "rank_mean", "rank_low", "rank_high", "first_share"]
    pairs = pairs.assign(**dict.fromkeys(names, np.nan))
    probabilities = pd.DataFrame(columns=[*PAIR, "rank", "probability"])
    if drawn and is_ranked.any():
        of_point, of_drawn = (_ranks(each, score, is_ranked) for each in (point, drawn))
        pairs.loc[is_ranked, names[1:4]] = rank_intervals(of_drawn)
        pairs.loc[is_ranked, "first_share"] = (of_drawn == 1).sum(axis=0) / resamples
        if len(of_point):
            pairs.loc[is_ranked, "rank"] = of_point[0]
        keys = pairs.loc[is_ranked, PAIR].reset_index(drop=True)
        probabilities = rank_probabilities(of_drawn, keys, resamples=resamples)
    order = ["rank", "unranked", "latency_hours_total", *PAIR]
    in_order = pairs.assign(unranked=~is_ranked).sort_values(order, ascending=[True, True, False, True, True])
    return in_order[pairs.columns].reset_index(drop=True), probabilities


def _judged(pairs: pd.DataFrame, slopes: pd.DataFrame, ranked: pd.DataFrame, score: str) -> pd.DataFrame:
    """The pairs with the score they are ranked by, and whether the first of them is more than noise."""
    slow = pd.MultiIndex.from_frame(ranked.loc[ranked["is_signal"].astype(bool), PAIR])
    is_slow = pd.MultiIndex.from_frame(pairs[PAIR]).isin(slow)
    is_tied = bool(slopes.loc[slopes["score"] == score, "is_signal"].any())
    is_first = (pairs["rank"] == 1) & (pairs["first_share"] >= SURE)
    return pairs.assign(score=score, is_signal=is_first & is_slow & is_tied)


def _ranks(found: dict[str, Reals], score: str, is_ranked: npt.NDArray[np.bool_]) -> Counts:
    """Ranks in each resample in which waiting costs anything."""
    above, lost = found[f"{score}_above"][:, is_ranked], found[f"{score}_lost"][:, is_ranked]
    costs = (lost > 0).any(axis=1) & np.isfinite(lost).all(axis=1)
    return ranks(above[costs], lost[costs])
