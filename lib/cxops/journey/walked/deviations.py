"""Where cases leave the drawn path, and what satisfaction goes with it."""

import numpy as np
import pandas as pd
from ibis import ir

from cxops.journey.statistics.clusters import difference
from cxops.journey.walked.conformance import TRACE

_COUNTED = ["kind", "step_id", "name", "stage", "cases", "share"]
_SATISFACTION = ["answers", "csat_with", "csat_without", "difference", "low", "high"]


def answers_by_case(surveys: ir.Table, ways: ir.Table) -> pd.DataFrame:
    """One row per answer about a case: customer_id, csat (1–5), trace, is_complete.

    Parameters
    ----------
    surveys : invitations; needs case_id, customer_id, csat.
    ways : one row per case, as `traces` gives them.
    """
    rated = surveys.filter(surveys.csat.notnull(), surveys.case_id.notnull()).select("case_id", "customer_id", "csat")
    return rated.join(ways, "case_id").select("customer_id", "csat", *TRACE).order_by("customer_id", "csat").to_pandas()


def deviations(
    aligned: pd.DataFrame, answers: pd.DataFrame, steps: pd.DataFrame, *, minimum_count: int, alpha: float
) -> pd.DataFrame:
    """One row per way of leaving the path: a step skipped, or something added, by name.

    Parameters
    ----------
    aligned : one row per distinct trace, as `aligned` gives them.
    answers : one row per answer, as `answers_by_case` gives them; may be empty.
    steps : one row per step of the map: step_id, stage, touchpoint.
    minimum_count : deviations of fewer cases are put together as `(rarer deviations)`, untested.
    alpha : chance (0–1) of calling any deviation a signal when satisfaction does not differ.

    Returns
    -------
    kind (`skipped`, `added`, or `several` for the remainder), step_id (empty for an activity that is not on the map),
    name, stage, cases, share (of all cases, 0–1), answers (about such cases), csat_with, csat_without, difference (with
    less without), low and high (its 95 % interval), csat_loss (points lost in all: cases × what they are below the
    others), is_signal; the most lost first, untested last.

    Notes
    -----
    Answers of one customer depend on each other, so intervals are computed from customers (see `clusters.difference`).
    A deviation is a signal if the whole interval at confidence 1 − alpha / (deviations tested) lies below zero
    (Bonferroni). Cases that deviate differ in other ways too: the difference goes with the deviation, and is not proof
    that it is its effect.
    """
    counted = _counted(aligned, steps)
    rare = counted["cases"] < minimum_count
    shown = counted[~rare].reset_index(drop=True)
    rated = answers.merge(aligned[[*TRACE, "skipped", "added"]], on=TRACE, how="inner", validate="many_to_one")
    inside = [_has(rated, kind, key) for kind, key in shown[["kind", "key"]].itertuples(index=False)]
    tested = sum(_can_be_tested(rated, each, minimum_count) for each in inside)
    judged = [_judged(rated, each, minimum_count, alpha / max(tested, 1)) for each in inside]
    found = pd.concat([shown, pd.DataFrame(judged, columns=[*_SATISFACTION, "is_signal"])], axis=1)
    loss = (-found["difference"] * found["cases"]).clip(lower=0.0)
    found = found.assign(csat_loss=loss).sort_values(
        ["csat_loss", "cases", "name"], ascending=[False, False, True], na_position="last", kind="stable"
    )
    rest = _remainder(aligned, counted[rare], minimum_count)
    columns = [*_COUNTED, *_SATISFACTION, "csat_loss", "is_signal"]
    return pd.concat([found, rest]).reindex(columns=columns).astype({"is_signal": bool}).reset_index(drop=True)


def _counted(aligned: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Cases of each deviation; a case that adds a step twice counts once."""
    rows = [
        (kind, key, cases)
        for kind in ("skipped", "added")
        for keys, cases in aligned[[kind, "cases"]].itertuples(index=False)
        for key in dict.fromkeys(keys)
    ]
    found = pd.DataFrame(rows, columns=["kind", "key", "cases"]).groupby(["kind", "key"])["cases"].sum().reset_index()
    found = found.merge(steps[["step_id", "stage", "touchpoint"]], left_on="key", right_on="step_id", how="left")
    found = found.assign(
        name=found["touchpoint"].fillna(found["key"].astype(str).str[1:]),
        stage=found["stage"].fillna("(not on the map)"),
        step_id=found["step_id"].fillna(""),
        share=found["cases"] / max(int(aligned["cases"].sum()), 1),
    )
    return found[["key", *_COUNTED]]


def _has(rated: pd.DataFrame, kind: str, key: str) -> np.ndarray:
    return np.fromiter((key in each for each in rated[kind]), bool, len(rated))


def _can_be_tested(rated: pd.DataFrame, inside: np.ndarray, minimum_count: int) -> bool:
    """Whether enough customers stand on both sides."""
    customers = _customers(rated)
    least = max(2, minimum_count)
    return all(len(np.unique(customers[side])) >= least for side in (inside, ~inside))


def _judged(rated: pd.DataFrame, inside: np.ndarray, minimum_count: int, alpha: float) -> list[object]:
    """The satisfaction of cases with a deviation and without it; gaps where too few customers answered."""
    if not _can_be_tested(rated, inside, minimum_count):
        return [*[np.nan] * len(_SATISFACTION), False]
    csat = rated["csat"].to_numpy(np.float64)
    mean, low, high = difference(csat, inside, _customers(rated), confidence=0.95)
    surely = difference(csat, inside, _customers(rated), confidence=1 - alpha)[2]
    return [int(inside.sum()), csat[inside].mean(), csat[~inside].mean(), mean, low, high, surely < 0]


def _customers(rated: pd.DataFrame) -> np.ndarray:
    """A code per customer; an answer of nobody known stands for itself."""
    codes = pd.factorize(rated["customer_id"])[0].astype(np.int64)
    return np.where(codes < 0, len(codes) + np.arange(len(codes)), codes)


def _remainder(aligned: pd.DataFrame, rare: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """One row for all rarer deviations; its cases are a gap where they are too few even together."""
    if rare.empty:
        return rare
    keys = set(rare[["kind", "key"]].itertuples(index=False, name=None))
    pairs = zip(aligned["skipped"], aligned["added"], strict=True)
    has = [
        any(pair in keys for pair in [*(("skipped", each) for each in left), *(("added", each) for each in more)])
        for left, more in pairs
    ]
    cases = float(aligned.loc[has, "cases"].sum())
    cases = cases if cases >= minimum_count else np.nan
    row = {"kind": "several", "step_id": "", "name": f"(rarer deviations, {len(rare)} kinds)", "stage": ""}
    return pd.DataFrame([row | {"cases": cases, "share": cases / aligned["cases"].sum(), "is_signal": False}])
