"""A quantile with its interval, from nothing but the order of the values."""

from math import nan

import numpy as np
import numpy.typing as npt
from scipy import stats


def quantile_interval(
    values: npt.NDArray[np.float64], share: float, *, alpha: float = 0.05
) -> tuple[float, float, float]:
    """The quantile at `share` (0–1) of the values, and the two ends of its interval; a gap where they do not reach.

    Notes
    -----
    Of n independent values, the number below the true quantile is binomial (n, share). The interval runs from the
    r-th to the s-th smallest value, where fewer than r, and s or more, of them lie below it with a chance of at most
    alpha / 2 each. It holds for every distribution. With 20 values the 95th percentile has no upper end.

    >>> quantile_interval(np.arange(1.0, 101.0), 0.5)
    (50.5, 40.0, 61.0)
    """
    if not len(values):
        return nan, nan, nan
    ordered, count = np.sort(values), len(values)
    low = int(stats.binom.ppf(alpha / 2, count, share))
    high = int(stats.binom.ppf(1 - alpha / 2, count, share)) + 1
    at = float(np.quantile(ordered, share))
    return at, float(ordered[low - 1]) if low > 0 else nan, float(ordered[high - 1]) if high <= count else nan
