"""Codes and seconds → the text and moments that the tables' contracts ask for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

UNKNOWN = int(np.iinfo(np.int64).min)
"""A moment that is not known, among seconds."""


def named(names: Sequence[str], codes: npt.NDArray[np.integer]) -> pd.Series:
    """Names by their position; −1 is a gap.

    >>> named(("a", "b"), np.array([1, 0, -1])).tolist()
    ['b', 'a', nan]
    """
    return pd.Series(pd.array(list(names), dtype="str").take(codes, allow_fill=True))


def numbered(prefix: str, count: int) -> list[str]:
    """Identifiers of equal length.

    >>> numbered("C", 2)
    ['C0000001', 'C0000002']
    """
    return [f"{prefix}{number:07d}" for number in range(1, count + 1)]


def moments(seconds: Codes) -> pd.Series:
    """Seconds since 1970 as moments in UTC.

    >>> moments(np.array([0, UNKNOWN])).tolist()
    [Timestamp('1970-01-01 00:00:00+0000', tz='UTC'), NaT]
    """
    return pd.Series(seconds.astype("datetime64[s]").astype("datetime64[us]")).dt.tz_localize("UTC")


def seen(seconds: Codes, until: int) -> Codes:
    """The moments before `until`; those after it are not known yet."""
    return np.where(seconds < until, seconds, UNKNOWN)


def drawn(rng: np.random.Generator, shares: Sequence[float], count: int) -> Codes:
    """Positions drawn independently with these probabilities."""
    return np.asarray(rng.choice(len(shares), size=count, p=np.asarray(shares) / np.sum(shares)), dtype=np.int64)
