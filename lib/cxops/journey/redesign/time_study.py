"""Time study: how long steps take, how many observations that rests on, and how much of it serves the customer."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

CONFIDENCE = 0.95
CLASSES = ("value-adding", "necessary", "waste")
_STEP = ["step_id", "element"]


def required_observations(mean: float, deviation: float, *, error: float, confidence: float) -> int:
    """How many observations a mean needs to be known to within ± `error` of itself.

    Parameters
    ----------
    mean, deviation : of the observed times, in the same unit; mean above 0.
    error : share of the mean (0–1).
    confidence : chance (0–1) that the mean lies within it.

    Notes
    -----
    n = (z × deviation / (error × mean))², rounded up; z of the normal distribution. At least 1.

    >>> required_observations(100, 20, error=0.05, confidence=0.95)  # (1.96 × 20 / 5)² = 61.5
    62
    """
    z = float(stats.norm.ppf((1 + confidence) / 2))
    return max(math.ceil((z * deviation / (error * mean)) ** 2 - 1e-9), 1)


def time_study(observations: pd.DataFrame, *, allowance_share: float, error: float, minimum_count: int) -> pd.DataFrame:
    """One row per step and element: what it takes as observed, at normal pace and with allowance, and what is missing.

    Parameters
    ----------
    observations : rows of the register `time_studies`; needs step_id, element, seconds and rating.
    allowance_share : for rest and the unavoidable, as a share of normal time (0–1).
    error : to which the mean is to be known, as a share of it (0–1), at 95 %.
    minimum_count : a step with fewer observations has no times yet, but a count of those still needed.

    Returns
    -------
    step_id, element, observations, mean_seconds, deviation_seconds, normal_seconds (mean of seconds × rating),
    normal_low, normal_high (95 %, Student's t), standard_seconds (normal × (1 + allowance)), required, still_needed;
    the most needed first, then by name. A rating that is not known is 1. With fewer than `minimum_count` observations
    `required` is `minimum_count` and the rest are gaps: a spread of a few says little.
    """
    rows = observations.assign(
        element=observations["element"].fillna(""), normal=observations["seconds"] * observations["rating"].fillna(1.0)
    )
    found = [
        (*step, *_timed(group, allowance_share, error, max(minimum_count, 2))) for step, group in rows.groupby(_STEP)
    ]
    frame = pd.DataFrame(found, columns=_TIMED)
    return frame.sort_values(["still_needed", *_STEP], ascending=[False, True, True], ignore_index=True)


_TIMED = [
    *(*_STEP, "observations", "mean_seconds", "deviation_seconds", "normal_seconds", "normal_low", "normal_high"),
    *("standard_seconds", "required", "still_needed"),
]


def _timed(group: pd.DataFrame, allowance_share: float, error: float, minimum_count: int) -> tuple[float, ...]:
    """The numbers of one step and element."""
    count = len(group)
    if count < minimum_count or group["seconds"].mean() <= 0:
        return count, *(math.nan,) * 6, minimum_count, max(minimum_count - count, 0)
    mean, deviation = float(group["seconds"].mean()), float(group["seconds"].std(ddof=1))
    normal = float(group["normal"].mean())
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1) * stats.sem(group["normal"]))
    needed = max(required_observations(mean, deviation, error=error, confidence=CONFIDENCE), minimum_count)
    times = (mean, deviation, normal, normal - margin, normal + margin, normal * (1 + allowance_share))
    return count, *times, needed, max(needed - count, 0)


def minutes_by_class(observations: pd.DataFrame) -> pd.DataFrame:
    """Three rows: minutes observed that add value, that the business needs, and that are waste, with intervals.

    Parameters
    ----------
    observations : rows of the register `time_studies`; needs seconds and value_class.

    Returns
    -------
    value_class, observations, minutes, share (0–1, of all minutes), share_low, share_high (95 %), minutes_low,
    minutes_high. Without observations no rows; with fewer than two no interval.

    Notes
    -----
    The share is a ratio of two sums over observations, which are taken as independent; its error is linearised and
    Student's t has n − 1 degrees of freedom. The minutes are the shares of all minutes observed.
    """
    rows = [(name, *_share(observations, observations["value_class"] == name)) for name in CLASSES]
    return pd.DataFrame(rows if len(observations) else [], columns=["value_class", *_SHARE])


def waste_by_step(observations: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per step with waste: step_id, and of the step what `minutes_by_class` says of its waste; the most first.

    Steps with fewer than `minimum_count` observations are left out.
    """
    rows = [
        (step, *_share(group, group["value_class"] == "waste"))
        for step, group in observations.groupby("step_id")
        if len(group) >= minimum_count and (group["value_class"] == "waste").any()
    ]
    frame = pd.DataFrame(rows, columns=["step_id", *_SHARE])
    return frame.sort_values(["minutes", "step_id"], ascending=[False, True], ignore_index=True)


def rekeyed(observations: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per step and system that something was typed over from: step_id, rekeyed_from, and as `waste_by_step`."""
    typed = observations[observations["rekeyed_from"].fillna("") != ""]
    rows = [
        (step, source, *_share(of_step, of_step["rekeyed_from"] == source))
        for (step, source), group in typed.groupby(["step_id", "rekeyed_from"])
        for of_step in [observations[observations["step_id"] == step]]
        if len(group) >= minimum_count
    ]
    frame = pd.DataFrame(rows, columns=["step_id", "rekeyed_from", *_SHARE])
    keys = ["minutes", "step_id", "rekeyed_from"]
    return frame.sort_values(keys, ascending=[False, True, True], ignore_index=True)


_SHARE = ["observations", "minutes", "share", "share_low", "share_high", "minutes_low", "minutes_high"]


def _share(rows: pd.DataFrame, inside: pd.Series) -> tuple[float, ...]:
    """Observations, minutes and share of those inside, with intervals."""
    seconds: npt.NDArray[np.float64] = rows["seconds"].to_numpy(float)
    part = seconds * inside.to_numpy(bool)
    total, count = float(seconds.sum()), len(seconds)
    share = float(part.sum()) / total if total else math.nan
    margin = math.nan
    if count > 1 and total:
        error = math.sqrt(count / (count - 1) * float(((part - share * seconds) ** 2).sum())) / total
        margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    low, high = max(share - margin, 0.0), min(share + margin, 1.0)
    low, high = (low, high) if not math.isnan(margin) else (math.nan, math.nan)
    minutes = total / 60
    return int(inside.sum()), float(part.sum()) / 60, share, low, high, low * minutes, high * minutes
