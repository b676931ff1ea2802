"""How critical customers find each stage: what a slow passage costs, what a quick one wins, and what that makes it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from cxops.journey.customers.effort import CONFIDENCE, FEWEST_CUSTOMERS
from cxops.journey.statistics.holm import holm

Reals = npt.NDArray[np.float64]
COLUMNS = [
    *("stage", "answers", "slow_hours", "quick_hours"),
    *("penalty", "penalty_low", "penalty_high", "penalty_p_value"),
    *("reward", "reward_low", "reward_high", "reward_p_value"),
    *("contrast", "contrast_low", "contrast_high", "kano"),
]
UNTOLD = "cannot be told"


def criticality(
    stages: pd.DataFrame,
    clocks: pd.DataFrame,
    asked: pd.DataFrame,
    *,
    extreme_share: float,
    material_points: float,
    minimum_count: int,
    alpha: float,
) -> pd.DataFrame:
    """One row per stage: the points of satisfaction that slow passages cost and quick ones win, and its Kano type.

    Parameters
    ----------
    stages : one row per stage of the map, in its order: stage.
    clocks : one row per case and promised stage, as `stage_clocks` gives them; needs promise (the stage), case_id,
        elapsed_hours (on the wall: customers wait through nights as well), is_open. What is open does not count.
    asked : one row per case whose customer was asked: case_id, customer_id, csat (`asked_cases`).
    extreme_share : share (0–0.5) of a stage's passages, of cases with an answer, that count as slow, and as quick.
    material_points : points of satisfaction (1 to 5) below which a penalty or a reward does not matter.
    minimum_count : answers that must stand behind each of slow, quick and in between; other stages are left out.
    alpha : chance (0–1) of finding any penalty or reward where there is none.

    Returns
    -------
    stage, answers, slow_hours and quick_hours (from where a passage is slow, up to where it is quick), penalty (points
    lost by a slow passage) and reward (points won by a quick one), contrast (penalty − reward), each with its 95 %
    interval, p-values (adjusted), and kano: must-be, one-dimensional, attractive, indifferent or `cannot be told`. In
    the order of `stages`. No rows where fewer than `FEWEST_CUSTOMERS` customers answered.

    Notes
    -----
    Penalty-reward contrast: satisfaction = a + Σ over stages (− penalty · slow + reward · quick) by least squares,
    beside whether the case went through the stage at all, so that each stage is judged with the others held fixed and
    against its own passages in between. Where the same cases are slow, or quick, in two stages, their effects
    cannot be told apart: gaps. Errors are summed by customer; p-values are adjusted by Holm's method over both
    effects of all stages.

    An effect is there if its p-value is at most alpha and it is at least `material_points`; it is absent if its 95 %
    interval ends below `material_points`. With a penalty and no reward (absent, or less than the penalty by more than
    noise) a stage is must-be: good work wins nothing, bad work loses. With both it is one-dimensional, with a reward
    alone attractive, and indifferent only if both are absent. Where the answers leave that open, it cannot be told.

    References
    ----------
    Matzler, K. and Sauerwein, E. (2002). The factor structure of customer satisfaction: an empirical test of the
    importance grid and the penalty-reward-contrast analysis. (The contrast is Brandt's.)
    Kano, N., Seraku, N., Takahashi, F. and Tsuji, S. (1984). Attractive quality and must-be quality.
    """
    answers = asked.dropna(subset=["csat"]).reset_index(drop=True)
    places = _places(stages, clocks, answers, extreme_share, minimum_count)
    if not places or answers["customer_id"].nunique() < FEWEST_CUSTOMERS:
        return pd.DataFrame(columns=COLUMNS)
    names = list(places)
    columns = np.column_stack([np.ones(len(answers)), *(np.column_stack(places[name][0]) for name in names)])
    fitted = _clustered(columns, answers)
    rows = [{"stage": name, **places[name][1], **_effects(fitted, 1 + 3 * at)} for at, name in enumerate(names)]
    return _typed(pd.DataFrame(rows), material_points, alpha)[COLUMNS]


def _places(
    stages: pd.DataFrame, clocks: pd.DataFrame, answers: pd.DataFrame, extreme_share: float, minimum_count: int
) -> dict[str, tuple[list[Reals], dict[str, float]]]:
    """By stage, whether each answer's case passed it slowly, quickly or at all, and where slow and quick begin."""
    found = {}
    closed = clocks[~clocks["is_open"].astype(bool)].dropna(subset=["elapsed_hours"])
    for stage in stages["stage"]:
        rows = closed[closed["promise"] == stage]
        hours = answers["case_id"].map(rows.groupby("case_id")["elapsed_hours"].sum()).to_numpy(np.float64)
        passed = ~np.isnan(hours)
        if passed.sum() < 3 * minimum_count:
            continue
        low, high = np.quantile(hours[passed], [extreme_share, 1 - extreme_share])
        quick, slow = passed & (hours <= low), passed & (hours > high)
        if min(quick.sum(), slow.sum(), (passed & ~quick & ~slow).sum()) < minimum_count:
            continue
        said = {"answers": int(passed.sum()), "slow_hours": float(high), "quick_hours": float(low)}
        found[str(stage)] = ([each.astype(np.float64) for each in (slow, quick, passed)], said)
    return found


@dataclass(frozen=True)
class _Fitted:
    """Effects, their cluster-robust covariance, what of the effects the columns can tell apart, and customers."""

    effects: Reals
    covariance: Reals
    told: Reals
    customers: int


def _clustered(columns: Reals, answers: pd.DataFrame) -> _Fitted:
    """Least squares of satisfaction on the columns, errors summed by customer."""
    outcomes, clusters = answers["csat"].to_numpy(np.float64), pd.factorize(answers["customer_id"])[0]
    products = columns.T @ columns
    inverse = np.linalg.pinv(products, hermitian=True)
    effects = inverse @ (columns.T @ outcomes)
    pulls = np.zeros((clusters.max() + 1, columns.shape[1]))
    np.add.at(pulls, clusters, columns * (outcomes - columns @ effects)[:, None])
    count, size, rank = len(pulls), len(outcomes), np.linalg.matrix_rank(columns)
    factor = count / (count - 1) * (size - 1) / (size - rank)
    return _Fitted(effects, factor * inverse @ pulls.T @ pulls @ inverse, inverse @ products, count)


def _effects(fitted: _Fitted, at: int) -> dict[str, float]:
    """Penalty, reward and their contrast with intervals; `at` is the place of the stage's column of slow passages.

    Gaps where the columns cannot tell them from those of another stage, as where the same cases are slow in both.
    """
    row: dict[str, float] = {}
    freedom = fitted.customers - 1
    critical = stats.t.ppf((1 + CONFIDENCE) / 2, freedom)
    for name, weights in (("penalty", (-1, 0)), ("reward", (0, 1)), ("contrast", (-1, -1))):
        taken = np.zeros(len(fitted.effects))
        taken[at : at + 2] = weights
        is_told = np.allclose(taken @ fitted.told, taken, atol=1e-6)
        value = float(taken @ fitted.effects) if is_told else np.nan
        error = float(np.sqrt(max(float(taken @ fitted.covariance @ taken), 0.0)))
        row |= {name: value, f"{name}_low": value - critical * error, f"{name}_high": value + critical * error}
        if name != "contrast":
            row[f"{name}_p_value"] = float(2 * stats.t.sf(abs(value) / error, freedom)) if error else np.nan
    return row


def _typed(found: pd.DataFrame, material_points: float, alpha: float) -> pd.DataFrame:
    names = ["penalty_p_value", "reward_p_value"]
    adjusted = holm(found[names].to_numpy(np.float64).ravel()).reshape(-1, 2)
    found = found.assign(**dict(zip(names, adjusted.T, strict=True)))
    return found.assign(kano=[_kano(row, material_points, alpha) for row in found.to_dict("records")])


def _kano(row: dict[Hashable, Any], material_points: float, alpha: float) -> str:
    there = {name: row[f"{name}_p_value"] <= alpha and row[name] >= material_points for name in ("penalty", "reward")}
    absent = {name: row[f"{name}_high"] < material_points for name in ("penalty", "reward")}
    if there["penalty"] and there["reward"]:
        return "one-dimensional"
    if there["penalty"] and (absent["reward"] or row["contrast_low"] > 0):
        return "must-be"
    if there["reward"] and (absent["penalty"] or row["contrast_high"] < 0):
        return "attractive"
    return "indifferent" if absent["penalty"] and absent["reward"] else UNTOLD
