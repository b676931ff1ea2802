"""An exact test of many groups at once: does something happen more often in one than its traffic lets expect?"""

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests


def excess(frame: pd.DataFrame, *, minimum_count: int, alpha: float, material_ratio: float) -> pd.DataFrame:
    """The frame with, per group, how many events its trials let expect and whether it has more.

    Parameters
    ----------
    frame : one row per group, with `trials` and `events` (events at most one a trial).
    minimum_count : groups with fewer trials are not tested; they stay in what the others are compared with.
    alpha : chance (0–1) of calling any group a signal when none differs.
    material_ratio : a group is a signal only if its share is at least this many times the share of all others.

    Returns
    -------
    The frame with expected (events), ratio_to_rest (share of the group over share of all others; infinite if the
    others have none), p_value (adjusted) and is_signal. Not tested: gaps, and is_signal is False.

    Notes
    -----
    If the share is the same everywhere, the events of a group, given its trials and the totals over all groups, follow
    the hypergeometric distribution (Fisher's exact test, one-sided: more than expected). p-values are adjusted over all
    tested groups by Holm's method. That the caller counts one trial per case and group keeps a single case that repeats
    itself from deciding.
    """
    trials, events = frame["trials"].to_numpy(np.int64), frame["events"].to_numpy(np.int64)
    all_trials, all_events = trials.sum(), events.sum()
    tested = (trials >= minimum_count) & (trials < all_trials)
    p_values = np.full(len(frame), np.nan)
    if tested.any():
        exact = stats.hypergeom.sf(events[tested] - 1, all_trials, all_events, trials[tested])
        p_values[tested] = multipletests(exact, method="holm")[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(tested, (events / trials) / ((all_events - events) / (all_trials - trials)), np.nan)
        expected = trials * (all_events / all_trials)
    return frame.assign(
        expected=expected,
        ratio_to_rest=ratio,
        p_value=p_values,
        is_signal=(p_values <= alpha) & (ratio >= material_ratio),
    )
