"""Holm's adjustment of p-values for looking at several things at once."""

import numpy as np
import numpy.typing as npt


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The p-values adjusted so that holding them against a level keeps the chance of any mistake within it.

    Parameters
    ----------
    p_values : one per test; a gap, which is a test that was not made, stays one and does not count.

    Notes
    -----
    Of m p-values in ascending order, the one at place i (from 0) becomes the largest of (m − j) p_j for j up to i, at
    most 1. It holds however the tests depend on each other. statsmodels' `multipletests` gives the same and clears the
    whole process's memory at every call, which takes longer than all else on a page.

    References
    ----------
    S. Holm (1979): A simple sequentially rejective multiple test procedure.

    >>> holm([0.01, 0.04, float("nan"), 0.03]).round(2).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(given.shape, np.nan)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    scaled = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted
