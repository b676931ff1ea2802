"""How often something happened before a change and since, with what may be said of the difference."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from cxops.journey.statistics.holm import holm


def before_after(frame: pd.DataFrame, *, minimum_count: int, alpha: float, material_ratio: float) -> pd.DataFrame:
    """The frame with shares on both sides, their difference and ratio, and whether it is more than noise.

    Parameters
    ----------
    frame : one row per change, with events_before, trials_before, events_after and trials_after (whole numbers, at most
        one event a trial).
    minimum_count : trials there must be on either side; other rows have gaps.
    alpha : chance (0–1) of calling any row a signal when nothing changed: this test's share of what its page may take.
    material_ratio : how many times as often, or as seldom, it must happen since, to be called a signal.

    Returns
    -------
    The frame with share_before, share_after (0–1), difference, difference_low, difference_high (after less before;
    Newcombe's hybrid score interval, 95 %), ratio (after over before; infinite if it never happened before), p_value
    (Fisher's exact test, two-sided, adjusted over the rows by Holm's method) and is_signal.

    References
    ----------
    R. G. Newcombe (1998): Interval estimation for the difference between independent proportions: comparison of eleven
    methods.

    >>> halved = pd.DataFrame({"events_before": [80], "trials_before": 400, "events_after": 40, "trials_after": 400})
    >>> told = before_after(halved, minimum_count=5, alpha=0.01, material_ratio=1.25)
    >>> told[["difference", "difference_low", "difference_high"]].round(3).to_numpy().tolist()
    [[-0.1, -0.149, -0.051]]
    """
    columns = [*("share_before", "share_after", "difference", "difference_low", "difference_high", "ratio", "p_value")]
    rows = [_compared(row, max(minimum_count, 1)) for row in frame.to_dict("records")]
    told = pd.DataFrame(rows, columns=columns, index=frame.index, dtype="float64")
    told = told.assign(p_value=holm(told["p_value"]))
    is_material = (told["ratio"] >= material_ratio) | (told["ratio"] <= 1 / material_ratio)
    return frame.join(told.assign(is_signal=(told["p_value"] <= alpha) & is_material))


def _compared(row: dict[Any, Any], fewest: int) -> tuple[float, ...]:
    """Shares, difference with bounds, ratio and p-value of one change."""
    before, trials_before, after, trials_after = (
        int(row[f"{what}_{side}"]) for side in ("before", "after") for what in ("events", "trials")
    )
    if min(trials_before, trials_after) < fewest:
        return (np.nan,) * 7
    first, second = before / trials_before, after / trials_after
    low, high = confint_proportions_2indep(after, trials_after, before, trials_before, method="newcomb", compare="diff")
    table = [[before, trials_before - before], [after, trials_after - after]]
    p_value = float(stats.fisher_exact(table).pvalue)
    return first, second, second - first, float(low), float(high), _ratio(second, first), p_value


def _ratio(after: float, before: float) -> float:
    if before:
        return after / before
    return np.inf if after else np.nan
