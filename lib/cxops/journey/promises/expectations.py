"""What customers find acceptable in a stage, beside what they are promised there and what they get."""

from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxops.journey.promises.calendars import Calendar
from cxops.journey.promises.clocks import promised_elapsed_hours
from cxops.journey.statistics.completion import share_within, wilson
from cxops.journey.statistics.holm import holm
from cxops.journey.statistics.order_statistics import quantile_interval

_COLUMNS = [
    *("answers", "tolerance_hours", "tolerance_low", "tolerance_high", "promised_hours", "gap_hours", "gap_low"),
    *("gap_high", "accepted_share", "accepted_low", "accepted_high", "within_share", "within_low", "within_high"),
    "elapsed_hours",
    "p_value",
]
NO_PROMISE, FEW, MEASURED = "no promise", "too few answers", "measured"


def expectations(
    answers: pd.DataFrame,
    clocks: pd.DataFrame,
    calendars: Mapping[str, Calendar],
    *,
    target_share: float,
    alpha: float,
    minimum_count: int,
) -> pd.DataFrame:
    """One row per stage that customers were asked about: the time that suits them, the one promised, and the gap.

    Parameters
    ----------
    answers : one row per answer: stage, tolerance_hours (the longest acceptable time).
    clocks : one row per clock, as `stage_clocks` gives them.
    calendars : by name.
    target_share : share (0–1) of customers whom a promise is to suit.
    alpha : chance (0–1) of a signal where every promise suits them: this test's share of the page's.
    minimum_count : answers that a stage must have.

    Returns
    -------
    stage, answers, tolerance_hours (that suits `target_share` of the customers) with its bounds, promised_hours,
    gap_hours (promised less tolerated; above 0 the promise is too slow) with bounds, accepted_share (of the customers
    whom the promise suits) and within_share (of cases done within tolerance_hours) with low and high, elapsed_hours
    (how long the promise is on the wall clock), p_value, is_signal, state.

    Notes
    -----
    tolerance_hours is the quantile at 1 − target_share, with the interval of order statistics; within_share is the
    Kaplan–Meier estimate. A signal: fewer than `target_share` of the customers accept the promise, by a one-sided
    binomial test, adjusted over the stages by Holm's method. Those who answer are taken to speak for those who do not.

    Answers are read as hours of the promise's own calendar, which is kind to the promise: customers wait through nights
    and weekends too. So a signal holds on either reading. elapsed_hours says how much slower the promise is on the wall
    clock: the median, over its cases, of the time from the start until a clock without pauses has run the hours.
    """
    rows = [
        {"stage": stage} | _stage(group, clocks[clocks["promise"] == stage], calendars, target_share, minimum_count)
        for stage, group in answers.groupby("stage", sort=False)
    ]
    frame = pd.DataFrame(rows, columns=["stage", *_COLUMNS, "state"]).astype(dict.fromkeys(_COLUMNS, "float64"))
    frame = frame.assign(p_value=holm(frame["p_value"]))
    frame = frame.assign(is_signal=frame["p_value"] <= alpha)
    return frame.sort_values("gap_hours", ascending=False, kind="stable", ignore_index=True)


def _stage(
    answers: pd.DataFrame,
    clocks: pd.DataFrame,
    calendars: Mapping[str, Calendar],
    target_share: float,
    minimum_count: int,
) -> dict[str, Any]:
    """What one stage's customers accept, and what they get."""
    gaps = dict.fromkeys(_COLUMNS, nan)
    tolerated = answers["tolerance_hours"].to_numpy(np.float64)
    if len(tolerated) < minimum_count:
        return gaps | {"state": FEW}
    suits = dict(zip(_COLUMNS[:4], [len(tolerated), *quantile_interval(tolerated, 1 - target_share)], strict=True))
    if clocks.empty:
        return gaps | suits | {"state": NO_PROMISE}
    promised = float(clocks["target_hours"].iloc[0])
    accepted = int((tolerated >= promised).sum())
    share, limit = accepted / len(tolerated), suits["tolerance_hours"]
    held = share_within(clocks["hours"].to_numpy(np.float64), clocks["is_open"].to_numpy(bool), limit)
    gap = (promised - limit, promised - suits["tolerance_high"], promised - suits["tolerance_low"])
    p_value = stats.binomtest(accepted, len(tolerated), target_share, alternative="less").pvalue
    elapsed = promised_elapsed_hours(clocks, calendars)
    found = (promised, *gap, share, *wilson(share, len(tolerated)), *held, elapsed, p_value)
    return suits | dict(zip(_COLUMNS[4:], found, strict=True)) | {"state": MEASURED}
