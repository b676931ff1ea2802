"""Business time: hand values, changes of clocks both ways, whole days against numpy, and the laws of a clock."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from cxops.errors import ParameterError
from cxops.journey.promises.calendars import DAYS, OpeningHours, due_at, working_hours
from cxops.journey.promises.targets import day_hours, promised_hours
from cxops.journey.schema import maps
from cxops.journey.walked.map_changes import said
from hypothesis import given, settings
from hypothesis import strategies as st

OFFICE = OpeningHours("UTC", dict.fromkeys(DAYS[:5], "09:00-17:00"))
ALWAYS = dict.fromkeys(DAYS, "00:00-24:00")


def hours(start: str, end: str, calendar, zone: str = "UTC") -> float:
    """Working hours between two wall-clock times of a zone."""
    moments = [pd.Series([pd.Timestamp(at, tz=zone).tz_convert("UTC")]) for at in (start, end)]
    return working_hours(*moments, calendar).iloc[0]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-01-06 10:00", "2025-01-06 12:30", 2.5),  # within a Monday
        ("2025-01-06 16:00", "2025-01-07 10:00", 2.0),  # one hour on each side of the night
        ("2025-01-03 16:00", "2025-01-06 10:00", 2.0),  # over the weekend
        ("2025-01-06 17:00", "2025-01-07 09:00", 0.0),  # the night itself
        ("2025-01-04 00:00", "2025-01-06 00:00", 0.0),  # Saturday and Sunday
        ("2025-01-06 00:00", "2025-01-13 00:00", 40.0),  # a week
        ("2025-01-06 12:00", "2025-01-06 12:00", 0.0),
        ("2025-01-07 10:00", "2025-01-06 16:00", -2.0),  # backwards
    ],
)
def test_c4_m1_b3_clock_stops_outside_opening_hours(start, end, expected):
    assert hours(start, end, OFFICE) == pytest.approx(expected)


def test_two_windows_a_day_and_a_night_shift():
    shifts = OpeningHours("UTC", {"Mon": "08:00-12:00, 13:00-17:00", "Tue": "22:00-06:00"})
    assert hours("2025-01-06 11:00", "2025-01-06 14:00", shifts) == 2
    assert hours("2025-01-06 00:00", "2025-01-13 00:00", shifts) == 16
    assert hours("2025-01-08 02:00", "2025-01-08 12:00", shifts) == 4, "the night of Tuesday ends on Wednesday at six"


def test_a_holiday_is_closed_from_midnight_to_midnight():
    shifts = OpeningHours("UTC", {"Tue": "22:00-06:00"}, (date(2025, 1, 8),))
    assert hours("2025-01-07 00:00", "2025-01-09 00:00", shifts) == 2
    closed = OpeningHours("UTC", OFFICE.hours, (date(2025, 1, 6),))
    assert hours("2025-01-06 00:00", "2025-01-08 00:00", closed) == 8


@pytest.mark.parametrize(
    ("zone", "short", "long"),
    [("Europe/Berlin", "2025-03-30", "2025-10-26"), ("America/New_York", "2025-03-09", "2025-11-02")],
)
def test_days_of_23_and_25_hours(zone, short, long):
    always = OpeningHours(zone, ALWAYS)
    night = OpeningHours(zone, {"Sun": "00:00-06:00"})
    for day, length in ((short, 23), (long, 25)):
        after = str((pd.Timestamp(day) + pd.Timedelta(days=1)).date())
        assert hours(day, after, always, zone) == length
        assert hours(day, after, night, zone) == length - 18, "the six hours on the wall include the change"


def test_a_window_that_begins_in_the_skipped_hour_opens_when_the_clocks_jump():
    odd = OpeningHours("Europe/Berlin", {"Sun": "02:30-04:00"})
    assert hours("2025-03-30", "2025-03-31", odd, "Europe/Berlin") == 1.0
    assert hours("2025-10-26", "2025-10-27", odd, "Europe/Berlin") == 2.5, "02:30 is its first occurrence"


def test_the_time_zone_decides_when_the_office_is_open():
    tokyo = OpeningHours("Asia/Tokyo", {"Mon": "09:00-17:00"})
    assert hours("2025-01-06 00:00", "2025-01-06 23:59", tokyo) == 8
    assert hours("2025-01-06 08:00", "2025-01-06 12:00", tokyo) == 0, "17:00 in Tokyo is 08:00 UTC"


def test_without_a_calendar_the_clock_never_stops():
    assert hours("2025-01-04 00:00", "2025-01-06 12:00", None) == 60


def test_whole_days_agree_with_numpy():
    rng = np.random.default_rng(5)
    first = np.datetime64("2024-01-01") + rng.integers(0, 400, 500)
    last = first + rng.integers(0, 300, 500)
    holidays = (date(2024, 12, 25), date(2025, 1, 1), date(2024, 5, 1))
    calendar = OpeningHours("UTC", dict.fromkeys(DAYS[:5], "00:00-24:00"), holidays)
    found = working_hours(*(pd.Series(pd.to_datetime(each, utc=True)) for each in (first, last)), calendar)
    expected = np.busday_count(first, last, holidays=[np.datetime64(each) for each in holidays])
    np.testing.assert_allclose(found / 24, expected)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (None, 24.0),
        (dict.fromkeys(DAYS[:5], "08:00-18:00"), 10.0),
        (dict.fromkeys(DAYS[:5], "08:00-12:00, 13:00-17:00"), 8.0),
        ({"Mon": "08:00-18:00", "Sat": "08:00-12:00"}, 7.0),  # the mean of ten and four
        ({"Tue": "22:00-06:00"}, 8.0),  # a night belongs to the day on which it begins
        (ALWAYS, 24.0),
    ],
)
def test_c4_m1_b3_a_day_of_a_calendar_is_its_mean_opening_hours(week, expected):
    assert day_hours(week and OpeningHours("UTC", week)) == pytest.approx(expected)


def test_c4_m1_b3_three_working_days_of_the_office_end_three_days_later_at_the_same_time():
    promise = maps.Promise(target=3, unit="days", calendar="office", basis="customer")
    calendars = {"office": OFFICE}
    monday = pd.Series(pd.to_datetime(["2025-01-06 10:00"], utc=True))
    due = due_at(monday, promised_hours(promise, calendars), OFFICE).iloc[0]
    assert due == pd.Timestamp("2025-01-09 10:00", tz="UTC")


def test_c4_m1_b3_one_promise_is_told_in_the_same_words_on_every_page():
    drawn = maps.journey_map("service")
    promised = drawn.stage_frame().set_index("stage")[["sla_hours", "promised"]]
    assert promised.loc["Resolution"].tolist() == [30.0, "3 working days"]
    assert promised.loc["Identity check"].tolist() == [8.0, "8 opening hours"]
    sla = drawn.stages[4].sla.model_dump()
    assert said(sla).startswith("3 working days, on office")
    way = drawn.transition_frame().iloc[-1]
    assert way[["clock_hours", "promised"]].tolist() == [12.0, "1 working day"], "the service desk is open for twelve"


def test_gaps_stay_gaps_and_the_index_is_kept():
    start = pd.Series(pd.to_datetime(["2025-01-06 10:00", None], utc=True), index=[7, 3])
    found = working_hours(start, start + pd.Timedelta("1h"), OFFICE)
    assert found.index.tolist() == [7, 3]
    assert found[7] == 1
    assert np.isnan(found[3])


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        (OpeningHours("UTC", {}), "must open on some day"),
        (OpeningHours("Mars/Olympus", ALWAYS), "IANA"),
        (OpeningHours("UTC", {"Monday": "09:00-17:00"}), "Mon, Tue"),
        (OpeningHours("UTC", {"Mon": "9 to 5"}), "08:00-12:00"),
        (OpeningHours("UTC", {"Mon": "09:00-09:00"}), "08:00-12:00"),
        (OpeningHours("UTC", {"Mon": "09:00-25:00"}), "08:00-12:00"),
        (OpeningHours("UTC", {"Mon": "09:00-12:00, 11:00-14:00"}), "overlap"),
        (OpeningHours("UTC", {"Mon": "22:00-06:00", "Tue": "05:00-09:00"}), "overlap"),
    ],
)
def test_a_calendar_that_cannot_be_is_an_error(calendar, said):
    with pytest.raises(ParameterError, match=said):
        hours("2025-01-06", "2025-01-07", calendar)


def test_no_hour_runs_in_a_range_that_lies_within_a_long_closure():
    """Closed on each Monday of three months; the first open one, 3 March, is where a promise made then is due."""
    mondays = tuple(day.date() for day in pd.date_range("2024-12-02", "2025-02-24", freq="W-MON"))
    closed = OpeningHours("UTC", {"Mon": "09:00-17:00"}, mondays)
    assert hours("2025-01-06", "2025-01-07", closed) == 0
    start = pd.Series(pd.to_datetime(["2025-01-06"], utc=True))
    assert due_at(start, 2.0, closed).tolist() == [pd.Timestamp("2025-03-03 11:00", tz="UTC")]


def test_calendars_of_the_demo_map_can_be_read():
    for calendar in maps.journey_map("service").calendars.values():
        assert hours("2025-01-06 08:00", "2025-01-06 09:00", calendar) == 1


moments = st.datetimes(pd.Timestamp("2024-01-01"), pd.Timestamp("2025-12-31")).map(pd.Timestamp)
BERLIN = OpeningHours("Europe/Berlin", {"Sat": "20:00-00:30", "Sun": "01:00-03:30", "Wed": "08:00-12:00, 13:00-24:00"})


@given(at=st.lists(moments, min_size=3, max_size=3).map(sorted))
@settings(max_examples=200, deadline=None)
def test_law_of_the_clock(at):
    """Additive, monotone, and never faster than time itself."""
    a, b, c = (pd.Series([each.tz_localize("UTC")]) for each in at)
    whole, first, second = (working_hours(*pair, BERLIN).iloc[0] for pair in ((a, c), (a, b), (b, c)))
    assert whole == pytest.approx(first + second, abs=1e-9)
    assert 0 <= first <= (b - a).iloc[0].total_seconds() / 3600 + 1e-9


@given(at=moments, target=st.floats(0.01, 200))
@settings(max_examples=100, deadline=None)
def test_due_is_when_the_clock_has_run_the_target(at, target):
    start = pd.Series([at.tz_localize("UTC")])
    due = due_at(start, target, BERLIN)
    assert working_hours(start, due, BERLIN).iloc[0] == pytest.approx(target, abs=1e-6)
    assert working_hours(start, due - pd.Timedelta(seconds=1), BERLIN).iloc[0] < target
