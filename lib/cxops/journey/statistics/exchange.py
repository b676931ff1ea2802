"""A permutation test of many groups at once, on rows that belong together in cases."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def adjusted_p_values(
    values: Reals,
    groups: Codes,
    cases: Codes,
    *,
    tested: npt.NDArray[np.bool_],
    permutations: int,
    rng: np.random.Generator,
) -> Reals:
    """For each group the chance that some group's values would be as high as its own, if no group differed.

    Parameters
    ----------
    values : one number per row.
    groups : per row the code of its group, 0 to len(tested) − 1.
    cases : per row the code of its case; rows of a case stand together and in their order.
    tested : per group, whether it is examined; the others only take part as what the rest is compared with.
    permutations : how often chance is tried; the smallest possible p-value is 1 / (permutations + 1).
    rng : the source of randomness.

    Returns
    -------
    p-values, one-sided, already adjusted for looking at all tested groups; a gap for the others.

    Notes
    -----
    Rows of a case are not independent, so rows are not shuffled. Instead the whole sequence of groups of a case is
    exchanged with that of another case with equally many rows, while the values stay where they are. If values do not
    depend on groups, given the number of rows of a case, every such exchange is equally likely, whatever the dependence
    within cases; the test is then exact. Sequences of a length that only one case has stay where they are.

    Each group's sum is put on a common scale by its mean and standard deviation over all possible exchanges, which are
    known exactly. For each exchange drawn, and for the observed one, the highest of these over all tested groups is
    found. The p-value of a group is the share of them whose highest is at least the group's own observed value. So the
    chance of naming any group at all, when none differs, is at most the level the p-values are held against.
    """
    if not tested.any():
        return np.full(len(tested), np.nan)
    lengths = np.bincount(cases)[cases]
    order = np.argsort(lengths, kind="stable")
    values, groups, lengths = values[order], groups[order], lengths[order]
    paths = [groups[lengths == length].reshape(-1, length) for length in np.unique(lengths)]
    mean, spread = _moments(
        paths, [values[lengths == path.shape[1]].reshape(path.shape) for path in paths], len(tested)
    )
    moved = tested & (spread > 1e-9 * (1 + np.abs(mean)))
    sums = [np.bincount(each, values, len(tested))[moved] for each in (groups, *_exchanges(paths, permutations, rng))]
    p_values = np.where(tested, 1.0, np.nan)
    if moved.any():
        scaled = (np.array(sums) - mean[moved]) / spread[moved]
        highest = np.sort(scaled.max(axis=1))
        p_values[moved] = 1 - np.searchsorted(highest, scaled[0] - 1e-9) / (permutations + 1)
    return p_values


def _moments(paths: list[Codes], values: list[Reals], count: int) -> tuple[Reals, Reals]:
    """Mean and standard deviation of each group's sum over all exchanges.

    With cases of equal length, a sum takes one entry of each row and column of a matrix, paths by values. Its variance
    over all orders is the sum of squares of the doubly centred matrix over its size less one (Hoeffding's combinatorial
    sum); the matrix is never made, since it is a product of two that have a column for each place in the case.
    """
    mean, variance = np.zeros(count), np.zeros(count)
    for path, value in zip(paths, values, strict=True):
        centred = value - value.mean(axis=0)
        products = centred.T @ centred
        for group in np.unique(path):
            inside = (path == group).astype(np.float64)
            off = inside - inside.mean(axis=0)
            mean[group] += inside.sum(axis=0) @ value.mean(axis=0)
            variance[group] += ((off.T @ off) * products).sum() / max(1, len(path) - 1)
    return mean, np.sqrt(variance)


def _exchanges(paths: list[Codes], count: int, rng: np.random.Generator) -> Iterator[Codes]:
    """The groups of all rows after cases of equal length exchanged their sequences at random, `count` times."""
    for _ in range(count):
        yield np.concatenate([path[rng.permutation(len(path))].ravel() for path in paths])
