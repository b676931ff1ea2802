"""How sure one can be that something is done within a time, when some of it is still running."""

from math import isnan, nan

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def done_within(hours: Reals, is_open: Flags, target: float) -> tuple[float, float]:
    """The chance (0–1) of being done within `target`, and its standard error; gaps where it is too early to say.

    Parameters
    ----------
    hours : of each clock, until it stopped or, if it is open, until now.
    is_open : whether it still runs; one that was open for longer than the target counts as not done within it.
    target : the same unit as hours.

    Notes
    -----
    Kaplan and Meier's estimate 1 − Π (1 − d / n) over the durations t ≤ target at which d clocks stopped while n had
    run for at least t; an open clock takes part until now. Its standard error is Greenwood's,
    S × √Σ d / (n (n − d)). Without open clocks it is the plain share, with the plain share's error. It takes for
    granted that a clock still open would have gone on like those that ran as long. If none has run as long as the
    target and some are open, nothing says what happens by then.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations.

    >>> done_within(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, True, False, False]), 2.5)[0]
    0.5
    """
    if not len(hours) or (hours.max() < target and is_open[hours == hours.max()].any()):
        return nan, nan
    at, stopped = np.unique(hours[~is_open & (hours <= target)], return_counts=True)
    running = len(hours) - np.searchsorted(np.sort(hours), at, side="left")
    left = float(np.prod(1 - stopped / running))
    with np.errstate(divide="ignore"):
        terms = np.where(running > stopped, stopped / (running * np.maximum(running - stopped, 1)), 0.0)
    return 1 - left, left * float(np.sqrt(terms.sum()))


def wilson(share: float, count: float, *, alpha: float = 0.05) -> tuple[float, float]:
    """Wilson's interval of a share of `count`; gaps where the count is 0 or the share a gap.

    Parameters
    ----------
    share : 0–1.
    count : observations, or as many as the estimate is worth; need not be whole.

    Notes
    -----
    (p + z² / 2n ± z √(p (1 − p) / n + z² / 4n²)) / (1 + z² / n).

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.

    >>> [round(each, 3) for each in wilson(0.8, 100)]
    [0.711, 0.867]
    """
    if not count > 0 or isnan(share):
        return nan, nan
    z = float(stats.norm.ppf(1 - alpha / 2))
    centre, spread = share + z**2 / (2 * count), z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    low, high = (float(each / (1 + z**2 / count)) for each in (centre - spread, centre + spread))
    return max(0.0, low), min(1.0, high)


def worth(share: float, error: float, decided: int) -> float:
    """How many observations without open ones would give the share the same standard error.

    Parameters
    ----------
    share, error : as `done_within` gives them.
    decided : clocks known to be done within the target or to have passed it; what a share of 0 or 1, which has no
        standard error, is worth.

    Notes
    -----
    p (1 − p) / error². With Wilson's interval this gives Rothman's interval for a Kaplan–Meier estimate; where nothing
    is open it is Wilson's own, with all clocks as the count.

    References
    ----------
    Rothman, K. J. (1978). Estimation of confidence limits for the cumulative probability of survival in life table
    analysis.

    >>> round(worth(0.8, 0.04, 100), 6), worth(1.0, 0.0, 12)
    (100.0, 12)
    """
    return share * (1 - share) / error**2 if error > 0 else decided


def share_within(hours: Reals, is_open: Flags, target: float) -> tuple[float, float, float]:
    """The chance (0–1) of being done within `target` with its 95 % interval, by `done_within`, `worth` and `wilson`.

    >>> [round(each, 3) for each in share_within(np.arange(100.0), np.zeros(100, dtype=bool), 79.0)]
    [0.8, 0.711, 0.867]
    """
    share, error = done_within(hours, is_open, target)
    decided = int((~is_open | (hours > target)).sum())
    return share, *wilson(share, worth(share, error, decided))


def shares(events: pd.Series, trials: pd.Series, name: str) -> pd.DataFrame:
    """`<name>_share` with `<name>_low` and `<name>_high`, Wilson's 95 % interval, row by row; gaps without trials.

    >>> shares(pd.Series([80]), pd.Series([100]), "met").round(3).to_numpy().tolist()
    [[0.8, 0.711, 0.867]]
    """
    rows = [(n / of if of else nan, *wilson(n / of if of else nan, of)) for n, of in zip(events, trials, strict=True)]
    columns = [f"{name}_share", f"{name}_low", f"{name}_high"]
    return pd.DataFrame(rows, columns=columns, index=events.index, dtype=np.float64)
