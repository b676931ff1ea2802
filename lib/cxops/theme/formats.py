"""Numbers, durations and labels as a reader should see them. Imports nothing that draws."""

import math
import re
import textwrap
from unicodedata import east_asian_width

from cxops.workspace import currency

_EM = 0.56
"""Mean width of a letter as a share of its size, on the wide side of the fonts a reader may have."""

_ENDLESS = re.compile(r"\S{81,}")


def number(value: float, digits: int = 0) -> str:
    """A number with thousands marked and a true minus sign, none before a nought; a dash where it is not known.

    >>> number(1234567), number(0.25, 2), number(-0.25, 2), number(-0.2), number(float("nan"))
    ('1,234,567', '0.25', '−0.25', '0', '–')
    """
    return "–" if math.isnan(value) else f"{value:z,.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 0) -> str:
    """A difference: a number that says in which direction it goes.

    >>> signed(0.25, 2), signed(-0.25, 2), signed(-0.2), signed(float("nan"))
    ('+0.25', '−0.25', '0', '–')
    """
    shown = number(value, digits)
    return f"+{shown}" if value > 0 and float(shown.replace(",", "")) else shown


def money(value: float, digits: int = 0) -> str:
    """An amount of money with the code of the organisation's currency; a dash where it is not known.

    >>> money(1234567), money(float("nan"))
    ('EUR\xa01,234,567', '–')
    """
    return "–" if math.isnan(value) else f"{currency()}\N{NO-BREAK SPACE}{number(value, digits)}"


def compact(value: float) -> str:
    """A number in at most four characters, for a small cell.

    >>> compact(0.42), compact(7), compact(345.2), compact(9_940), compact(84_300), compact(-2_450_000)
    ('0.4', '7', '345', '9.9k', '84k', '−2.5M')
    """
    if math.isnan(value):
        return "–"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            scaled = value / size
            return f"{number(scaled, int(abs(scaled) < 9.95))}{letter}"
    return number(value, int(value != int(value) and abs(value) < 9.95))


def duration(hours: float) -> str:
    """Hours in the unit a reader thinks in.

    >>> duration(0.5), duration(0.999), duration(30.0), duration(3.44), duration(120.0), duration(float("nan"))
    ('30 min', '1 h', '30 h', '3.4 h', '5 d', '–')
    """
    if math.isnan(hours):
        return "–"
    if abs(hours) * 60 < 59.5:
        return f"{number(hours * 60)} min"
    return f"{_short(hours)} h" if abs(hours) < 47.95 else f"{_short(hours / 24)} d"


def _short(value: float) -> str:
    """Three digits before a point are enough, and no point before a nought."""
    return number(value, 0 if abs(value) >= 99.95 else 1).removesuffix(".0")


def percent(share: float, digits: int = 1) -> str:
    """A share (0–1) in per cent.

    >>> percent(0.2503)
    '25.0 %'
    """
    return "–" if math.isnan(share) else f"{number(100 * share, digits)} %"


def ratio(times: float, low: float = math.nan, high: float = math.nan) -> str:
    """How many times as much, in as many digits as it deserves, and where known the interval in just as many.

    >>> ratio(114.43), ratio(2.66, 2.31, 3.06), ratio(1.2345, 0.9, 10.0), ratio(float("nan"))
    ('114', '2.7 (2.3 to 3.1)', '1.23 (0.90 to 10.00)', '–')
    """
    digits = 2 if abs(times) < 1.995 else 1 if abs(times) < 9.95 else 0
    interval = "" if math.isnan(low) else f" ({number(low, digits)} to {number(high, digits)})"
    return number(times, digits) + interval


def times(times: float, low: float, high: float) -> str:
    """A ratio with its 95 % interval; all three have the digits that the ratio deserves.

    >>> times(2.984, 2.871, 3.154), times(1.0, 0.984, 1.021)
    ('3.0 times (95 % interval 2.9 to 3.2)', '1.00 times (95 % interval 0.98 to 1.02)')
    """
    return ratio(times, low, high).replace(" (", " times (95 % interval ", 1)


def estimated(share: float, low: float, high: float) -> str:
    """A share (0–1) in per cent with its 95 % interval, in as many digits as it takes to tell the ends apart.

    >>> estimated(0.3021, 0.2549, 0.3541), estimated(1.0, 0.99996, 1.0)
    ('30.2 % (95 % interval 25.5 % to 35.4 %)', '100.000 % (95 % interval 99.996 % to 100.000 %)')
    """
    digits = next((each for each in range(1, 6) if percent(low, each) != percent(high, each)), 1)
    return f"{percent(share, digits)} (95 % interval {percent(low, digits)} to {percent(high, digits)})"


def probability(share: float, resamples: int) -> str:
    """A share (0–1) of resamples as a probability: no number of them makes certain, and no page says 0 or 100 %.

    >>> probability(0.962, 1000), probability(1.0, 1000), probability(0.0, 1000), probability(1.0, 200)
    ('96.2 %', 'over 99.9 %', 'under 0.1 %', 'over 99.5 %')
    """
    least = max(0.001, 1 / resamples)
    if share > 1 - least:
        return f"over {percent(1 - least)}"
    return f"under {percent(least)}" if share < least else percent(share)


def by_chance(low: float, high: float, same: float = 0.0) -> str:
    """What is to be known of an interval without `same` in it where no test found a difference; empty if it has it.

    >>> by_chance(-0.14, -0.03), by_chance(0.9, 1.2, 1.0)
    (' Its interval leaves out no difference, but of many comparisons some do so by chance.', '')
    """
    apart = low > same or high < same
    return " Its interval leaves out no difference, but of many comparisons some do so by chance." if apart else ""


def lasting(*hours: float) -> list[str]:
    """Durations in words, all in the unit that suits the longest, so that they can be compared.

    >>> lasting(2.2, 22.4), lasting(7.064, 333.532), lasting(330_352), lasting(0.2)
    (['2.2 hours', '22.4 hours'], ['0.3 days', '13.9 days'], ['13,765 days'], ['12 minutes'])
    """
    longest = max(map(abs, hours))
    size, unit = (1 / 60, "minutes") if longest < 1 else (1, "hours") if longest < 48 else (24, "days")
    return [f"{number(each / size, int(longest >= 1 and longest / size < 100))} {unit}" for each in hours]


def words(name: str) -> str:
    """A name that stands for something in the tables, as a reader would write it.

    >>> words("identity_check"), words("Diagnosis"), words("")
    ('Identity check', 'Diagnosis', '')
    """
    said = name.replace("_", " ").strip()
    return said[:1].upper() + said[1:]


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
    kept = min(len(text), int(width / (size * _EM)) + 1)
    while kept > 2 and pixels(text[:kept] + "…", size) > width:
        kept -= 1
    return f"{text[: (kept + 1) // 2].rstrip()}…{text[-(kept // 2) :]}"


def shortened(text: str, most: int) -> str:
    """The text with the middle left out of words of over 80 letters and then, if it has over `most`, of itself.

    Names come from data and have any length; what a reader is to know besides stands at the ends of a sentence.

    >>> shortened("Billing", 20), shortened("Billing of the whole north", 20)
    ('Billing', 'Billing of…ole north')
    """
    text = _ENDLESS.sub(lambda word: f"{word[0][:40]}…{word[0][-39:]}", text)
    return text if len(text) <= most else f"{text[: most // 2].rstrip()}…{text[1 - most // 2 :]}"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of at most `width` pixels."""
    return textwrap.wrap(text, max(8, int(width / (size * _EM)))) or [""]
