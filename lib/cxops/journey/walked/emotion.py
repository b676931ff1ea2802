"""How customers feel at each step of the journey: the emotion curve, its peak, its trough and its end.

Kahneman, Fredrickson, Schreiber and Redelmeier, "When more pain is preferred to less: adding a better end", 1993: what
people remember of an experience is close to its most intense moment and its end, so those are marked.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import ir
from scipy import stats

SCALES = {"csat": (1.0, 5.0), "ces": (1.0, 7.0), "nps": (0.0, 10.0)}
"""Ends of the scales of the answers; both are laid on −1 to 1."""
EVIDENCE, TOO_LITTLE, NONE = "evidence", "too few customers", "no evidence"
EVENTS = ["step_id", "customer_id", "sentiment"]
CURVE = [
    *("step_id", "n", "customers", "mean_sentiment", "lo", "hi"),
    *("journey_mean", "is_trough", "is_peak", "is_end", "evidence"),
]


def feelings(feedback: ir.Table, surveys: ir.Table, cases: ir.Table, steps: pd.DataFrame) -> pd.DataFrame:
    """One row per piece of evidence of how a customer felt at a step of the map.

    Parameters
    ----------
    feedback : remarks; needs step_id, customer_id, sentiment (−1 to 1).
    surveys : invitations; needs case_id, customer_id, csat, ces, nps.
    cases : needs case_id and stage, the stage in which the case arose.
    steps : one row per step of the map: step_id, stage, emotion (`feedback`, `csat`, `ces`, `nps` or none).

    Returns
    -------
    step_id, customer_id, sentiment (−1 as bad as can be, 1 as good as can be).

    Notes
    -----
    A step is read from the one source the map names for it. Feedback says the step itself. An answer is about a case,
    so it stands for every step of the stage in which the case arose; it is laid on −1 to 1 by 2 (x − low) / (high −
    low) − 1, the ends being those of its scale.
    """
    said = steps.loc[steps["emotion"] == "feedback", "step_id"].tolist()
    rows = feedback.filter(feedback.step_id.isin(said), feedback.sentiment.notnull()).select(EVENTS)
    parts = [rows.order_by(EVENTS).to_pandas()] if said else []
    for scale in SCALES:
        asked = steps.loc[steps["emotion"] == scale, ["step_id", "stage"]]
        if len(asked):
            parts.append(_answered(surveys, cases, asked, scale))
    found = pd.concat([pd.DataFrame(columns=EVENTS), *(each for each in parts if len(each))], ignore_index=True)
    return found.astype({"sentiment": "float64"})


def _answered(surveys: ir.Table, cases: ir.Table, asked: pd.DataFrame, scale: str) -> pd.DataFrame:
    low, high = SCALES[scale]
    arose = cases.select("case_id", "stage").filter(cases.stage.isin(asked["stage"].unique().tolist()))
    answers = surveys.filter(surveys[scale].notnull()).join(arose, "case_id")
    answers = answers.select("customer_id", "stage", sentiment=2 * (answers[scale] - low) / (high - low) - 1)
    rows = answers.order_by(["stage", "customer_id", "sentiment"]).to_pandas()
    return rows.merge(asked, on="stage", how="inner")[EVENTS]


def emotion(feelings: pd.DataFrame, steps: pd.DataFrame, *, minimum_count: int, alpha: float) -> pd.DataFrame:
    """The emotion curve: one row per step of the map in its order.

    Parameters
    ----------
    feelings : one row per piece of evidence, as `feelings` gives them.
    steps : one row per step of the map in order: step_id.
    minimum_count : steps with evidence of fewer customers show no mean.
    alpha : chance (0–1) of calling any step a trough when no step differs.

    Returns
    -------
    step_id, n (pieces of evidence), customers, mean_sentiment (−1 to 1), lo and hi (its 95 % interval), journey_mean
    (of all evidence), is_trough, is_peak and is_end, evidence (`evidence`, `too few customers`, then the counts are
    gaps, or `no evidence`). Without evidence the mean is a gap, never 0.

    Notes
    -----
    Remarks of one customer depend on each other: the standard error is computed from sums by customer, times the root
    of k / (k − 1), with k customers, and the interval is the mean ± t × standard error with k − 1 degrees of freedom. A
    remark of nobody known stands for a customer of its own.

    A step is a trough if its whole interval at confidence 1 − alpha / (steps with evidence) lies below the journey's
    mean (Bonferroni); there may be several, or none. The peak is the step with the highest mean, the end the last step
    with evidence.

    >>> said = pd.DataFrame({"step_id": ["a"] * 3, "customer_id": ["1", "2", "3"], "sentiment": [0.0, 0.5, 1.0]})
    >>> curve = emotion(said, pd.DataFrame({"step_id": ["a", "b"]}), minimum_count=2, alpha=0.05)
    >>> curve["mean_sentiment"].tolist(), curve["evidence"].tolist()
    ([0.5, nan], ['evidence', 'no evidence'])
    """
    by_step = dict(list(feelings.groupby("step_id")))
    known = feelings[feelings["step_id"].isin(steps["step_id"])]
    journey_mean = float(known["sentiment"].mean()) if len(known) else np.nan
    enough = [name for name, rows in by_step.items() if _customers(rows).max(initial=-1) + 1 >= max(2, minimum_count)]
    tested = len(set(enough) & set(steps["step_id"]))
    rows = [
        {"step_id": step} | _felt(by_step.get(step, feelings.iloc[:0]), journey_mean, step in enough, alpha, tested)
        for step in steps["step_id"]
    ]
    curve = pd.DataFrame(rows, columns=CURVE).assign(journey_mean=journey_mean, is_peak=False, is_end=False)
    shown = curve["mean_sentiment"].notna()
    if shown.any():
        curve.loc[curve["mean_sentiment"].idxmax(), "is_peak"] = True
        curve.loc[curve.index[shown][-1], "is_end"] = True
    return curve.astype({"is_trough": bool, "n": "Int64", "customers": "Int64"})


def troughs(curve: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """The troughs by volume: the steps at which most customers felt worse than on the whole journey.

    Parameters
    ----------
    curve : as `emotion` gives it.
    steps : one row per step of the map: step_id, stage, touchpoint.

    Returns
    -------
    stage, step_id, touchpoint, n, customers, mean_sentiment, lo, hi, below (how far under the journey's mean), volume
    (n × below); the most volume first.
    """
    low = curve[curve["is_trough"]]
    low = low.assign(below=low["journey_mean"] - low["mean_sentiment"])
    low = low.assign(volume=low["n"] * low["below"]).merge(
        steps[["step_id", "stage", "touchpoint"]], on="step_id", validate="one_to_one"
    )
    columns = ["stage", "step_id", "touchpoint", "n", "customers", "mean_sentiment", "lo", "hi", "below", "volume"]
    return low.sort_values(["volume", "step_id"], ascending=[False, True], ignore_index=True)[columns]


def _felt(rows: pd.DataFrame, journey_mean: float, is_enough: bool, alpha: float, tested: int) -> dict[str, Any]:
    customers = _customers(rows)
    counted = {"n": len(rows), "customers": int(customers.max(initial=-1)) + 1, "is_trough": False}
    if not is_enough:
        gaps = dict.fromkeys(["mean_sentiment", "lo", "hi"], np.nan)
        hidden = {"n": pd.NA, "customers": pd.NA} if len(rows) else {}
        return counted | hidden | gaps | {"evidence": TOO_LITTLE if len(rows) else NONE}
    values = rows["sentiment"].to_numpy(np.float64)
    mean, margin = _mean(values, customers, 0.95)
    lowest = mean + _mean(values, customers, 1 - alpha / tested)[1] < journey_mean
    found = {"mean_sentiment": mean, "lo": max(-1.0, mean - margin), "hi": min(1.0, mean + margin)}
    return counted | found | {"is_trough": bool(lowest), "evidence": EVIDENCE}


def _mean(values: npt.NDArray[np.float64], clusters: npt.NDArray[np.int64], confidence: float) -> tuple[float, float]:
    """Mean of values that depend on each other within clusters, and the margin of its interval."""
    mean, count = float(values.mean()), int(clusters.max()) + 1
    error = np.sqrt((np.bincount(clusters, values - mean) ** 2).sum() * count / (count - 1)) / len(values)
    return mean, float(stats.t.ppf((1 + confidence) / 2, count - 1) * error)


def _customers(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """A code per customer, from 0; an answer of nobody known stands for itself."""
    codes = pd.factorize(rows["customer_id"])[0].astype(np.int64)
    codes = np.where(codes < 0, len(codes) + np.arange(len(codes)), codes)
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)
