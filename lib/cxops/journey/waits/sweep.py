"""Arithmetic on many intervals at once, in whole seconds: who is fully at work when, and what covers which window.

Everything here is sorting and running sums over NumPy arrays: there is no loop over windows or intervals, and since
seconds are whole numbers, parts add up to their whole exactly.
"""

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def full_segments(group: Codes, start: Codes, end: Codes, weight: Codes, least: Codes) -> tuple[Codes, Codes, Codes]:
    """The disjoint segments in which the weights of a group's intervals add up to at least what it takes.

    Parameters
    ----------
    group, start, end, weight : one entry an interval; codes from 0, seconds, and what the interval adds to the level.
    least : by group the level from which it counts as full.

    Returns
    -------
    group, start and end of the segments, in this order.

    >>> three = np.array([0, 0, 0])
    >>> _, start, end = full_segments(three, np.array([0, 2, 8]), np.array([5, 6, 9]), three + 1, np.array([2]))
    >>> start.tolist(), end.tolist()
    ([2], [5])
    """
    at, change = np.concatenate([start, end]), np.concatenate([weight, -weight])
    of = np.concatenate([group, group])
    order = np.lexsort((at, of))
    at, of = at[order], of[order]
    level = np.cumsum(change[order])[:-1]
    inside = (of[:-1] == of[1:]) & (at[:-1] < at[1:])
    is_full = inside & (level >= least[of[:-1]])
    return of[:-1][is_full], at[:-1][is_full], at[1:][is_full]


def within(low: Codes, high: Codes) -> tuple[Codes, Codes]:
    """For ranges of positions from `low` to before `high`: the number of each range, and every position in it.

    >>> [each.tolist() for each in within(np.array([3, 9]), np.array([5, 10]))]
    [[0, 0, 1], [3, 4, 9]]
    """
    size = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(low)), size)
    first = np.repeat(np.cumsum(size) - size, size)
    return owner, np.arange(len(owner)) - first + np.repeat(low, size)


def ordered_keys(group: Codes, moment: Codes) -> Codes:
    """One number that sorts by group and then by moment (seconds since 1970, within ± 2⁴⁰)."""
    return (group << 41) + (moment + (1 << 40))


def covered(owner: Codes, kind: Codes, start: Codes, end: Codes, kinds: int) -> tuple[Codes, Codes, Flags]:
    """The pieces into which the ends of its intervals cut each owner's time, and which kinds of interval cover each.

    Parameters
    ----------
    owner, kind, start, end : one entry an interval; `kind` from 0 to kinds − 1.

    Returns
    -------
    owner and length (seconds) of each piece, and a matrix of pieces × kinds. Pieces that nothing covers have no row.
    """
    real = start < end
    owner, kind, start, end = owner[real], kind[real], start[real], end[real]
    of, what = np.concatenate([owner, owner]), np.concatenate([kind, kind])
    change = np.repeat(np.array([1, -1]), len(owner))
    at = np.concatenate([start, end])
    order = np.argsort(ordered_keys(of, at), kind="stable")
    at, of, what, change = at[order], of[order], what[order], change[order]
    counts = [np.cumsum(np.where(what == each, change, 0))[:-1] > 0 for each in range(kinds)]
    covers = np.column_stack(counts) if len(of) else np.zeros((0, kinds), dtype=bool)
    kept = (of[:-1] == of[1:]) & (at[:-1] < at[1:]) & covers.any(axis=1) if len(of) else np.zeros(0, dtype=bool)
    return of[:-1][kept], (at[1:] - at[:-1])[kept], covers[kept]
