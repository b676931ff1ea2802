"""How far two groups of rows differ, where the rows of one case may depend on each other."""

import numpy as np
import numpy.typing as npt
from scipy import stats


def difference(
    values: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_], cases: npt.NDArray[np.int64], *, confidence: float
) -> tuple[float, float, float]:
    """Mean of the values inside less the mean outside, and the two ends of its interval.

    Parameters
    ----------
    values : one number per row.
    inside : per row, whether it is of the group; neither all nor none are, and they are of two cases or more.
    cases : per row the code of its case.
    confidence : of the interval (0–1).

    Notes
    -----
    The interval is the difference ± t × standard error. The error is computed from sums by case, times the root of
    k / (k − 1), where k is the number of cases that have a row inside; t has k − 1 degrees of freedom.

    >>> values, inside = np.array([1.0, 3.0, 0.0, 0.0]), np.array([True, True, False, False])
    >>> [round(each, 2) for each in difference(values, inside, np.arange(4), confidence=0.5)]
    [2.0, 1.0, 3.0]
    """
    mean, rest = float(values[inside].mean()), float(values[~inside].mean())
    pull = np.where(inside, (values - mean) / inside.sum(), (rest - values) / (~inside).sum())
    count = len(np.unique(cases[inside]))
    error = np.sqrt((np.bincount(cases, pull) ** 2).sum() * count / (count - 1))
    margin = float(stats.t.ppf((1 + confidence) / 2, count - 1) * error)
    return mean - rest, mean - rest - margin, mean - rest + margin
