"""How a step feels, as both drawings of the blueprint show it: scale, colour, and the stretches without a gap."""

import math
from collections.abc import Iterable
from itertools import groupby

import pandas as pd

from cxops import theme

GROUND = "#fafbfc"
"""What the curve lies on."""


def span(rows: Iterable[pd.Series]) -> float:
    """How far the scale reaches from 0 to either side: a quarter, a half, three quarters or 1; 0 without evidence.

    >>> span([pd.Series({"lo": -0.46, "hi": 0.1}), pd.Series({"lo": float("nan"), "hi": float("nan")})])
    0.75
    """
    ends = [abs(row[name]) for row in rows for name in ("lo", "hi") if pd.notna(row[name])]
    return min(1.0, math.ceil(max(ends) * 1.3 / 0.25) * 0.25 or 0.25) if ends else 0.0


def runs(points: Iterable[tuple[float, pd.Series]]) -> list[tuple[bool, list[tuple[float, pd.Series]]]]:
    """Stretches of steps with evidence, and of steps without."""
    grouped = groupby(points, key=lambda each: bool(pd.notna(each[1]["mean_sentiment"])))
    return [(bool(known), list(group)) for known, group in grouped]


def ink(row: pd.Series) -> str:
    """A trough is orange, the peak green; both are named in words as well."""
    return theme.ACCENT if row["is_trough"] else theme.GOOD if row["is_peak"] else theme.MAIN


def special(row: pd.Series) -> list[str]:
    """What the step is on the curve, in words."""
    return [word for word in ("trough", "peak", "end") if row[f"is_{word}"]]
