"""Whether marks of two kinds change as often as chance would have it."""

from math import comb


def runs_p_value(runs: int, first: int, second: int) -> float:
    """The exact chance of at most so many runs, if every order of two kinds of marks is equally likely.

    Parameters
    ----------
    runs : stretches of equal marks that were seen.
    first, second : how many marks there are of either kind; a gap comes back if there are none of one.

    Notes
    -----
    Of the C(first + second, first) orders, 2 C(first − 1, k − 1) C(second − 1, k − 1) have 2k runs, and
    C(first − 1, k) C(second − 1, k − 1) + C(first − 1, k − 1) C(second − 1, k) have 2k + 1. This is the runs test
    of Wald and Wolfowitz, counted out instead of approximated.

    >>> round(runs_p_value(2, 4, 4), 4)
    0.0286
    """
    if min(first, second) == 0:
        return float("nan")
    orders = 0
    for count in range(2, runs + 1):
        half = count // 2
        if count % 2 == 0:
            orders += 2 * comb(first - 1, half - 1) * comb(second - 1, half - 1)
        else:
            orders += comb(first - 1, half) * comb(second - 1, half - 1)
            orders += comb(first - 1, half - 1) * comb(second - 1, half)
    return orders / comb(first + second, first)
