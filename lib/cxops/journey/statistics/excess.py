"""An exact test of many groups at once: does something happen more often in one than its traffic lets expect?"""

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.statistics.holm import holm


def excess(frame: pd.DataFrame, *, minimum_count: int, alpha: float, material_ratio: float) -> pd.DataFrame:
    """The frame with, per group, its share of events, that of all others, and whether it has more of them.

    Parameters
    ----------
    frame : one row per group, with `trials` and `events` (events at most one a trial).
    minimum_count : groups with fewer trials are not tested; they stay in what the others are compared with.
        A group with fewer events is no signal: so few may not be shown.
    alpha : chance (0–1) of calling any group a signal when none differs: this test's share of what its page may take.
    material_ratio : a group is a signal only if its share is at least this many times the share of all others.

    Returns
    -------
    The frame with share (0–1), share_low and share_high (Wilson's 95 % interval), rest_share (of all others),
    ratio_to_rest (share over rest_share; infinite if the others have none), p_value (adjusted) and is_signal.
    Not tested, as is every group where nothing happened at all: gaps, and is_signal is False.

    Notes
    -----
    If the share is the same everywhere, the events of a group, given its trials and the totals over all groups, follow
    the hypergeometric distribution (Fisher's exact test, one-sided: more than expected). p-values are adjusted over all
    tested groups by Holm's method. Trials are taken as independent. The callers keep a single case that repeats itself
    from deciding: `bounced_by_pair` counts a trial per case and pair, `rework_by_team` one per case, team and activity.
    """
    trials, events = frame["trials"].to_numpy(np.int64), frame["events"].to_numpy(np.int64)
    all_trials, all_events = trials.sum(), events.sum()
    tested = (trials >= minimum_count) & (trials < all_trials) & (all_events > 0)
    p_values = np.full(len(frame), np.nan)
    if tested.any():
        exact = stats.hypergeom.sf(events[tested] - 1, all_trials, all_events, trials[tested])
        p_values[tested] = holm(exact)
    columns = ["share", "share_low", "share_high", "rest_share", "ratio_to_rest"]
    judged = frame.assign(**dict.fromkeys(columns, np.nan), p_value=p_values)
    inside, all_inside = events[tested], trials[tested]
    share, rest = inside / all_inside, (all_events - inside) / (all_trials - all_inside)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = share / rest
    low, high = proportion_confint(inside, all_inside, alpha=0.05, method="wilson")
    judged.loc[tested, columns] = np.column_stack([share, low, high, rest, ratio])
    more = (judged["p_value"] <= alpha) & (judged["ratio_to_rest"] >= material_ratio)
    return judged.assign(is_signal=more & (judged["events"] >= minimum_count))


def hours_above(hours: float, ratio_to_rest: float) -> float:
    """Of the hours that something takes, those above what they would be if it were like the rest.

    Parameters
    ----------
    hours : taken in all.
    ratio_to_rest : how many times as long, or as often, as elsewhere it is; may be infinite.

    Notes
    -----
    hours × (1 − 1 / ratio_to_rest), at least 0: what would be left over if each of the handoffs took 1 / ratio of its
    time, or if only 1 / ratio of the events happened.

    >>> hours_above(600.0, 4.0), hours_above(600.0, 0.8), hours_above(600.0, float("inf"))
    (450.0, 0.0, 600.0)
    """
    return hours * max(0.0, 1 - 1 / ratio_to_rest) if ratio_to_rest > 0 else 0.0


def by_stake(judged: pd.DataFrame, hours: str) -> pd.DataFrame:
    """The signals among judged groups with `stake`, what `hours_above` gives for the column `hours`; most first."""
    signals = judged[judged["is_signal"]]
    stake = [hours_above(*row) for row in signals[[hours, "ratio_to_rest"]].itertuples(index=False)]
    return signals.assign(stake=stake).sort_values("stake", ascending=False, kind="stable")
