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

    Each group's sum is put on a common scale by its mean and standard deviation over all exchanges, the observed one
    included. For each exchange the highest of these over all tested groups is found. The p-value of a group is the
    share of exchanges whose highest is at least the group's own observed value. So the chance of naming any group at
    all, when none differs, is at most the level the p-values are held against.
    """
    lengths = np.bincount(cases)[cases]
    order = np.argsort(lengths, kind="stable")
    values, groups, lengths = values[order], groups[order], lengths[order]
    paths = [groups[lengths == length].reshape(-1, length) for length in np.unique(lengths)]
    sums = np.empty((permutations + 1, len(tested)))
    sums[0] = np.bincount(groups, values, len(tested))
    for draw, exchanged in enumerate(_exchanges(paths, permutations, rng), start=1):
        sums[draw] = np.bincount(exchanged, values, len(tested))
    spread = sums.std(axis=0)
    moved = tested & (spread > 1e-9 * (1 + np.abs(sums).max(initial=0.0)))
    scaled = (sums[:, moved] - sums[:, moved].mean(axis=0)) / spread[moved]
    p_values = np.where(tested, 1.0, np.nan)
    if moved.any():
        highest = np.sort(scaled.max(axis=1))
        p_values[moved] = 1 - np.searchsorted(highest, scaled[0] - 1e-9) / (permutations + 1)
    return p_values


def _exchanges(paths: list[Codes], count: int, rng: np.random.Generator) -> Iterator[Codes]:
    """The groups of all rows after cases of equal length exchanged their sequences at random, `count` times."""
    for _ in range(count):
        yield np.concatenate([path[rng.permutation(len(path))].ravel() for path in paths])
