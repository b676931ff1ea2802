"""Numbers, durations and labels as a reader should see them. Imports nothing that draws."""

import math
import textwrap
from unicodedata import east_asian_width

_EM = 0.56
"""Mean width of a letter as a share of its size, on the wide side of the fonts a reader may have."""


def number(value: float, digits: int = 0) -> str:
    """A number with thousands marked; a dash where it is not known.

    >>> number(1234567), number(0.25, 2), number(float("nan"))
    ('1,234,567', '0.25', '–')
    """
    return "–" if math.isnan(value) else f"{value:,.{digits}f}"


def compact(value: float) -> str:
    """A number in at most four characters, for a small cell.

    >>> compact(0.42), compact(7), compact(345.2), compact(9_940), compact(84_300), compact(2_450_000)
    ('0.4', '7', '345', '9.9k', '84k', '2.5M')
    """
    if math.isnan(value):
        return "–"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            scaled = value / size
            return f"{scaled:.1f}{letter}" if abs(scaled) < 9.95 else f"{scaled:.0f}{letter}"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 9.95 else f"{value:.1f}"


def duration(hours: float) -> str:
    """Hours in the unit a reader thinks in.

    >>> duration(0.5), duration(30.0), duration(120.0), duration(float("nan"))
    ('30 min', '30.0 h', '5.0 d', '–')
    """
    if math.isnan(hours):
        return "–"
    if abs(hours) < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:,.1f} h" if abs(hours) < 48 else f"{hours / 24:,.1f} d"


def percent(share: float, digits: int = 1) -> str:
    """A share (0–1) in per cent.

    >>> percent(0.2503)
    '25.0 %'
    """
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f} %"


def pixels(text: str, size: float) -> float:
    """Width that a text is likely to need, in pixels, at a letter size in pixels."""
    return sum(1.0 if east_asian_width(letter) in "WF" else _EM for letter in text) * size


def elided(text: str, width: float, size: float) -> str:
    """The text, with its middle left out where it is wider than `width` pixels: beginnings and ends tell names apart.

    >>> elided("Front desk, evening shift, Harbour", 120, 12), elided("Billing", 120, 12)
    ('Front de… Harbour', 'Billing')
    """
    text = " ".join(text.split())
    if pixels(text, size) <= width:
        return text
    kept = len(text)
    while kept > 2 and pixels(text[:kept] + "…", size) > width:
        kept -= 1
    return f"{text[: (kept + 1) // 2].rstrip()}…{text[-(kept // 2) :]}"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of at most `width` pixels."""
    return textwrap.wrap(text, max(8, int(width / (size * _EM)))) or [""]
