"""Text becomes numbers, flags and moments, or a fault that says what was expected."""

import pandas as pd
import pytest
from cxops.tables.coercion import NO_ZONE, coerced
from cxops.tables.columns import COUNT, FLAG, MOMENT, NUMBER
from cxops.tables.rules import Formats

UTC = Formats(time_zone="UTC")
PARIS = Formats(time_zone="Europe/Paris")


def one(text: str, dtype: object, formats: Formats = UTC) -> object:
    """The value of a single cell, or the rule it broke."""
    values, faults = coerced(pd.Series([text], dtype="str"), dtype, formats)
    assert len(faults) == int(pd.isna(values.iloc[0]))
    return faults.iloc[0] if len(faults) else values.iloc[0]


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("1.5", UTC, 1.5),
        ("-2e3", UTC, -2000.0),
        ("1,5", Formats(decimal=","), 1.5),
        ("1.234.567,5", Formats(decimal=",", thousands="."), 1234567.5),
        ("1,234", Formats(thousands=","), 1234.0),
        ("1 234,5", Formats(decimal=",", thousands=" "), 1234.5),
        ("1\u00a0234\u202f567,5", Formats(decimal=",", thousands=" "), 1234567.5),
        ("1\u2019234.5", Formats(thousands="'"), 1234.5),
    ],
)
def test_numbers(text: str, formats: Formats, expected: float) -> None:
    assert one(text, NUMBER, formats) == expected


@pytest.mark.parametrize("text", ["1,5", "1,234", "nan", "inf", "1e999", "12 EUR", "0x10", "١", "--1", "1.2.3", "=1+1"])
def test_what_is_no_number_is_a_fault_and_never_guessed(text: str) -> None:
    assert one(text, NUMBER) == "must be a number"


def test_a_decimal_comma_leaves_no_point_to_guess_at() -> None:
    assert one("1.5", NUMBER, Formats(decimal=",")) == "must be a number"
    assert one("12,34,5", NUMBER, Formats(thousands=",")) == "must be a number"


def test_counts_are_whole() -> None:
    assert one("3.0", COUNT) == 3
    assert one("3.5", COUNT) == "must be a whole number"


@pytest.mark.parametrize(("text", "expected"), [("YES", True), ("0", False), ("f", False), ("True", True)])
def test_flags(text: str, expected: bool) -> None:
    assert one(text, FLAG) == expected


def test_a_flag_that_says_neither_is_a_fault() -> None:
    assert "yes or no" in str(one("maybe", FLAG))


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2024-05-01T10:00:00+02:00", Formats(), "2024-05-01T08:00Z"),
        ("2024-05-01 10:00:00.250Z", Formats(), "2024-05-01T10:00:00.250Z"),
        ("2024-05-01T10:00:00-0330", Formats(), "2024-05-01T13:30Z"),
        ("2024-05-01 10:00", PARIS, "2024-05-01T08:00Z"),
        ("2024-01-15", PARIS, "2024-01-14T23:00Z"),
        ("1.5.2024 9:05", Formats(time_zone="UTC", time_format=("%d.%m.%Y %H:%M",)), "2024-05-01T09:05Z"),
        ("5/1/24 9:05 PM", Formats(time_zone="UTC", time_format=("ISO8601", "%m/%d/%y %I:%M %p")), "2024-05-01T21:05Z"),
        # a spreadsheet's own dates come so, whatever format the mapping gives for text
        ("2024-05-01T09:05:00", Formats(time_zone="UTC", time_format=("%d.%m.%Y %H:%M",)), "2024-05-01T09:05Z"),
        ("01/May/2024:10:00:00 +0200", Formats(time_format=("%d/%b/%Y:%H:%M:%S %z",)), "2024-05-01T08:00Z"),
        ("1714557600", Formats(time_format=("epoch seconds",)), "2024-05-01T10:00Z"),
        ("1714557600250", Formats(time_format=("epoch milliseconds",)), "2024-05-01T10:00:00.250Z"),
    ],
)
def test_moments_become_utc(text: str, formats: Formats, expected: str) -> None:
    assert one(text, MOMENT, formats) == pd.Timestamp(expected)


def test_a_moment_without_zone_is_not_taken_for_utc() -> None:
    assert one("2024-05-01 10:00", MOMENT, Formats()) == NO_ZONE


@pytest.mark.parametrize("text", ["2024-03-31 02:30", "2024-10-27 02:30"])
def test_local_times_that_never_or_twice_happen_are_faults(text: str) -> None:
    """In Paris the clocks went from 02:00 to 03:00 on 31 March 2024 and from 03:00 to 02:00 on 27 October 2024."""
    assert "the clocks change in Europe/Paris" in str(one(text, MOMENT, PARIS))


def test_with_an_offset_the_hour_that_comes_twice_is_two_moments() -> None:
    assert one("2024-10-27T02:30:00+01:00", MOMENT, PARIS) == pd.Timestamp("2024-10-27T01:30Z")


@pytest.mark.parametrize("text", ["now", "today", "2025", "2025-01", "20250101", "2025-1-1", "NaT", "2025-01-01T10"])
def test_words_and_parts_of_a_date_are_no_moment(text: str) -> None:
    """pandas takes all of them for one; `now` and `today` under any format."""
    assert str(one(text, MOMENT)).startswith("must be a moment written like")
    assert str(one(text, MOMENT, Formats(time_zone="UTC", time_format=("%d.%m.%Y",)))).startswith("must be a moment")


@pytest.mark.parametrize("text", ["2024-02-30", "yesterday", "9999-12-31", "0001-01-01", "31/12/2024", "45000"])
def test_what_is_no_plausible_moment_is_a_fault(text: str) -> None:
    assert str(one(text, MOMENT)).startswith("must")


def test_empty_cells_are_gaps_and_no_faults() -> None:
    cells = pd.Series([None, None], dtype="str")
    for dtype in (NUMBER, COUNT, FLAG, MOMENT):
        values, faults = coerced(cells, dtype, UTC)
        assert values.isna().all()
        assert faults.empty
