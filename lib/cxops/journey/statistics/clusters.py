"""How far two groups of rows differ, where the rows of one cluster may depend on each other."""

import numpy as np
import numpy.typing as npt
from scipy import stats

_NO_SPREAD = 1e-12
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


def contrast(values: Reals, inside: Flags, clusters: Codes) -> tuple[float, float, int]:
    """Mean of the values inside less the mean outside, its standard error and its degrees of freedom.

    Parameters
    ----------
    values : one number per row.
    inside : per row, whether it is of the group; neither all nor none are, and they are of two clusters or more.
    clusters : per row the code of what it shares with others: its case, or the week it falls into.

    Notes
    -----
    The error is computed from sums by cluster, times the root of k / (k − 1), where k is the number of clusters that
    have a row inside; there are k − 1 degrees of freedom.

    >>> contrast(np.array([1.0, 3.0, 0.0, 0.0]), np.array([True, True, False, False]), np.arange(4))
    (2.0, 1.0, 1)
    """
    mean, rest = float(values[inside].mean()), float(values[~inside].mean())
    pull = np.where(inside, (values - mean) / inside.sum(), (rest - values) / (~inside).sum())
    count = len(np.unique(clusters[inside]))
    return mean - rest, float(np.sqrt((np.bincount(clusters, pull) ** 2).sum() * count / (count - 1))), count - 1


def difference(values: Reals, inside: Flags, clusters: Codes, *, confidence: float) -> tuple[float, float, float]:
    """The difference that `contrast` gives and the two ends of its *t* interval, at a `confidence` of 0–1.

    >>> values, inside = np.array([1.0, 3.0, 0.0, 0.0]), np.array([True, True, False, False])
    >>> [round(each, 2) for each in difference(values, inside, np.arange(4), confidence=0.5)]
    [2.0, 1.0, 3.0]
    """
    between, error, degrees = contrast(values, inside, clusters)
    margin = float(stats.t.ppf((1 + confidence) / 2, degrees) * error)
    return between, between - margin, between + margin


def chance_of_more(values: Reals, inside: Flags, clusters: Codes) -> float:
    """The chance of a difference at least this far above nothing if there were none: one-sided *t* test.

    >>> round(chance_of_more(np.array([1.0, 3.0, 0.0, 0.0]), np.array([True, True, False, False]), np.arange(4)), 4)
    0.1476
    """
    between, error, degrees = contrast(values, inside, clusters)
    return float(stats.t.sf(between / max(error, _NO_SPREAD), degrees))
