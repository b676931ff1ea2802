"""The shifting bottleneck: at each moment, the queue that has been at work longest without a break, and will be."""

import numpy as np

from cxops.journey.waits.sweep import Codes


def shifting_bottleneck(group: Codes, start: Codes, end: Codes, groups: int) -> dict[str, np.ndarray]:
    """By group the share of the time in which it is the bottleneck: alone, while it shifts, and together.

    Parameters
    ----------
    group, start, end : disjoint segments in which a group is active, in the order of group and start; those that touch
        are one period.
    groups : how many groups there are.

    Returns
    -------
    sole_share, shifting_share, bottleneck_share (0–1, of the time from the first start to the last end).

    Notes
    -----
    At each moment the bottleneck is the group whose uninterrupted active period is longest of those then active; of
    equals the first. Its whole period counts. Where the periods of two bottlenecks overlap, the bottleneck shifts from
    one to the other, and both have it as shifting; the rest of a period is sole.

    References
    ----------
    C. Roser (2014), Mathematically accurate bottleneck detection 2: the active period method (allaboutlean.com).

    >>> shares = shifting_bottleneck(np.array([0, 1]), np.array([0, 6]), np.array([8, 10]), 2)
    >>> shares["sole_share"].tolist(), shares["shifting_share"].tolist()
    ([0.6, 0.2], [0.2, 0.2])
    """
    of, begin, finish = _periods(group, start, end)
    if not len(of):
        return {name: np.zeros(groups) for name in ("sole_share", "shifting_share", "bottleneck_share")}
    at = np.unique(np.concatenate([begin, finish]))
    length = np.diff(at)
    period = np.full((groups, len(length)), -1)
    for each in range(groups):
        mine = np.flatnonzero(of == each)
        place = np.searchsorted(begin[mine], at[:-1], "right") - 1
        inside = (
            (place >= 0) & (finish[mine][np.maximum(place, 0)] > at[:-1]) if len(mine) else np.zeros(len(at) - 1, bool)
        )
        period[each, inside] = mine[place[inside]]
    size = np.where(period >= 0, (finish - begin)[period], -1)
    chosen = np.zeros(len(of), dtype=bool)
    leader = period[size.argmax(axis=0), np.arange(len(length))]
    chosen[leader[leader >= 0]] = True
    leads = (period >= 0) & chosen[period]
    several = leads.sum(axis=0) > 1
    whole = at[-1] - at[0]
    sole, shifting = (leads & ~several) @ length / whole, (leads & several) @ length / whole
    return {"sole_share": sole, "shifting_share": shifting, "bottleneck_share": sole + shifting}


def _periods(group: Codes, start: Codes, end: Codes) -> tuple[Codes, Codes, Codes]:
    """Segments that touch made one."""
    if not len(group):
        return group, start, end
    begins = np.ones(len(group), dtype=bool)
    begins[1:] = (group[1:] != group[:-1]) | (start[1:] > end[:-1])
    first = np.flatnonzero(begins)
    return group[first], start[first], end[np.append(first[1:] - 1, len(end) - 1)]
