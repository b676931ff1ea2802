"""What is planted in the demo organisation's demand and contacts is there, in its size, and nowhere else.

Measured with plain pandas from the definitions in the truths table. An interval is the planted size ± about four
standard errors at 60,000 cases; "nowhere else" is a test of equality at p > 0.001. Each fails by chance in one
organisation in a thousand; the seed of the demo is fixed.
"""

import numpy as np
import pandas as pd
import pytest
from cxops.demo import setting
from cxops.demo.truths import BOT_CONTAINMENT, HANDLING_PULSE, SEASON
from scipy.stats import chi2_contingency, chisquare, kruskal

CHANCE = 0.001


def opened_by_day(cases: pd.DataFrame) -> pd.Series:
    """Cases opened on each day but Sundays, relative to what its weekday brings on average."""
    day = cases["opened_at"].dt.tz_localize(None).dt.normalize()
    count = day.value_counts().reindex(pd.date_range("2024-01-01", "2025-12-31"), fill_value=0)
    count = count[count.index.dayofweek < 6]
    return count / count.groupby(count.index.dayofweek).transform("mean")


def amplitude(by_day: pd.Series, peak: str = "2024-12-01") -> float:
    """Regression on a yearly cosine that is highest on the day of the peak."""
    angle = 2 * np.pi * (by_day.index - pd.Timestamp(peak)).days.to_numpy() / 365.25
    waves = np.column_stack([np.ones(len(by_day)), np.cos(angle), np.sin(angle)])
    return float(np.linalg.lstsq(waves, by_day.to_numpy(), rcond=None)[0][1])


@pytest.fixture(scope="module")
def contacts(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per contact, with its quarter and what is planted on it."""
    rows = demo_tables["contacts"]
    start, end = (pd.Timestamp(day, tz="UTC") for day in (HANDLING_PULSE.from_on, HANDLING_PULSE.until_on))
    launch = pd.Timestamp(BOT_CONTAINMENT.from_on, tz="UTC")
    return rows.assign(
        bot=rows["bot"].astype(bool),
        quarter=rows["offered_at"].dt.tz_localize(None).dt.to_period("Q").astype(str),
        wait_seconds=(rows["answered_at"] - rows["offered_at"]).dt.total_seconds(),
        handling_seconds=(rows["ended_at"] - rows["answered_at"]).dt.total_seconds(),
        slowed=rows["offered_at"].between(start, end, inclusive="left") & (rows["unit"] == HANDLING_PULSE.unit),
        launched=(rows["offered_at"] >= launch) & (rows["unit"] == BOT_CONTAINMENT.unit),
    )


@pytest.fixture(scope="module")
def by_people(contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts that people answered and that are over."""
    return contacts.query("not bot and handling_seconds.notna()")


@pytest.fixture(scope="module")
def chats(contacts: pd.DataFrame) -> pd.DataFrame:
    """Chats without a case: those that automation may handle alone."""
    return contacts.query("channel == 'chat' and case_id.isna()")


def equal(rows: pd.DataFrame, by: str, measure: str) -> float:
    """Kruskal–Wallis p-value of equal durations."""
    return float(kruskal(*(group for _, group in rows.groupby(by)[measure])).pvalue)


def test_demand_is_seasonal_where_planted(demo_tables: dict[str, pd.DataFrame]) -> None:
    cases = demo_tables["cases"].query("unit == @SEASON.unit")
    # standard error: √(2 / 14,400) = 0.012
    assert amplitude(opened_by_day(cases)) == pytest.approx(SEASON.size, abs=0.05)


@pytest.mark.parametrize("unit", [unit for unit in setting.UNITS if unit != SEASON.unit])
def test_demand_is_level_elsewhere(demo_tables: dict[str, pd.DataFrame], unit: str) -> None:
    by_day = opened_by_day(demo_tables["cases"].query("unit == @unit"))
    assert amplitude(by_day) == pytest.approx(0.0, abs=0.05)
    cases = demo_tables["cases"].query("unit == @unit")
    counts = cases["opened_at"].dt.tz_localize(None).dt.to_period("M").value_counts().sort_index()
    days = pd.Series(pd.date_range("2024-01-01", "2025-12-31"))
    demand = days.dt.dayofweek.map(dict(enumerate(setting.WEEKDAY))).groupby(days.dt.to_period("M")).sum()
    assert chisquare(counts, demand / demand.sum() * counts.sum()).pvalue > CHANCE


def test_handling_is_slow_in_one_quarter(by_people: pd.DataFrame) -> None:
    here = by_people.query("unit == @HANDLING_PULSE.unit")
    phone = here[here["channel"] == "phone"]
    ratio = phone["handling_seconds"][phone["slowed"]].median() / phone["handling_seconds"][~phone["slowed"]].median()
    # standard error of the log ratio: 1.25 · 0.5 / √1,900 = 0.015
    assert ratio == pytest.approx(HANDLING_PULSE.size, rel=0.06)


@pytest.mark.parametrize("unit", setting.UNITS)
@pytest.mark.parametrize("channel", setting.CHANNELS)
def test_handling_and_waiting_are_level_elsewhere(by_people: pd.DataFrame, unit: str, channel: str) -> None:
    here = by_people.query("unit == @unit and channel == @channel")
    usual = here[~here["slowed"]]
    assert all(equal(usual, by, "handling_seconds") > CHANCE for by in ("quarter", "team"))
    assert all(equal(here, by, "wait_seconds") > CHANCE for by in ("quarter", "team"))


def test_automation_contains_more_after_its_launch(chats: pd.DataFrame) -> None:
    here = chats.query("unit == @BOT_CONTAINMENT.unit")
    ratio = here["bot"][here["launched"]].mean() / here["bot"][~here["launched"]].mean()
    # standard error of the log ratio: √(0.34 / (0.66 · 1,800) + 0.7 / (0.3 · 2,200)) = 0.04
    assert ratio == pytest.approx(BOT_CONTAINMENT.size, rel=0.15)


@pytest.mark.parametrize("unit", setting.UNITS)
def test_automation_contains_as_much_as_ever_elsewhere(chats: pd.DataFrame, unit: str) -> None:
    usual = chats.query("unit == @unit and not launched")
    assert usual["bot"].mean() == pytest.approx(setting.BOT_SHARE, abs=0.04)
    assert chi2_contingency(pd.crosstab(usual["quarter"], usual["bot"])).pvalue > CHANCE


@pytest.mark.parametrize("unit", setting.UNITS)
@pytest.mark.parametrize("outcome", ["abandoned", "transferred"])
def test_as_many_give_up_or_are_passed_on_in_every_quarter_and_team(
    contacts: pd.DataFrame, unit: str, outcome: str
) -> None:
    rows = contacts.query("unit == @unit and not bot")
    assert all(chi2_contingency(pd.crosstab(rows[by], rows[outcome])).pvalue > CHANCE for by in ("quarter", "team"))
