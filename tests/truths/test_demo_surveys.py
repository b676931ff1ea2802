"""What is planted in the demo organisation's surveys is there, in its size, and nowhere else.

Measured with plain pandas from the definitions in the truths table. An interval is the planted size ± about four
standard errors at 60,000 cases; "nowhere else" is a test of equality at p > 0.001. Each fails by chance in one
organisation in a thousand; the seed of the demo is fixed.
"""

import numpy as np
import pandas as pd
import pytest
from cxops.demo import setting
from cxops.demo.truths import (
    BOT_SATISFACTION,
    EFFORT_SLOPE,
    LOW_RESPONSE,
    SATISFACTION_SHIFT,
    UNHAPPY_STAGE,
)
from scipy.stats import chi2_contingency, kruskal, linregress

CHANCE = 0.001
CIRCUMSTANCES = ("quarter", "kind", "stage", "channel", "is_bot", "segment", "tier")


@pytest.fixture(scope="module")
def invitations(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per invitation, with what is known of its case, contact and customer, and what is planted on it."""
    cases = demo_tables["cases"][["case_id", "stage", "reason", "opened_at", "resolved_at"]]
    contacts = demo_tables["contacts"][["contact_id", "bot", "offered_at", "channel"]]
    customers = demo_tables["customers"][["customer_id", "segment", "tier", "consent"]]
    rows = demo_tables["surveys"].merge(cases, "left", "case_id", validate="m:1")
    rows = rows.merge(contacts, "left", "contact_id", validate="m:1").merge(customers, "left", "customer_id")
    launch, shift = (pd.Timestamp(truth.from_on, tz="UTC") for truth in (BOT_SATISFACTION, SATISFACTION_SHIFT))
    is_bot = rows["bot"].fillna(False).astype(bool)
    return rows.assign(
        is_answered=rows["answered_at"].notna(),
        is_bot=is_bot,
        quarter=rows["sent_at"].dt.tz_localize(None).dt.to_period("Q").astype(str),
        kind=np.where(rows["case_id"].notna(), "case", "contact"),
        unhappy=(rows["unit"] == UNHAPPY_STAGE.unit) & (rows["stage"] == UNHAPPY_STAGE.where["cases.stage"]),
        shifted=(rows["unit"] == SATISFACTION_SHIFT.unit) & (rows["sent_at"] >= shift),
        displeased=(rows["unit"] == BOT_SATISFACTION.unit) & is_bot & (rows["offered_at"] >= launch),
        reluctant=(rows["unit"] == LOW_RESPONSE.unit) & (rows["segment"] == LOW_RESPONSE.where["customers.segment"]),
    )


@pytest.fixture(scope="module")
def answers(invitations: pd.DataFrame) -> pd.DataFrame:
    """The invitations that were answered."""
    return invitations.query("is_answered")


@pytest.fixture(scope="module")
def waited(demo_tables: dict[str, pd.DataFrame], answers: pd.DataFrame) -> pd.DataFrame:
    """Answers about cases with the hours their cases waited between teams, on a scale of doublings."""
    active = demo_tables["steps"].query("status == 'active'")
    before = active.groupby("case_id")[["team", "ended_at"]].shift()
    handed = before["team"].notna() & (before["team"] != active["team"])
    hours = (active["started_at"] - before["ended_at"])[handed].dt.total_seconds() / 3600
    by_case = hours.groupby(active["case_id"][handed]).sum()
    rows = answers.query("kind == 'case'").dropna(subset="ces")
    return rows.assign(doublings=np.log2(1 + rows["case_id"].map(by_case).fillna(0.0)))


def equal_scores(rows: pd.DataFrame, by: str, score: str = "csat") -> float:
    """Kruskal–Wallis p-value of equal answers."""
    groups = [group.dropna() for _, group in rows.groupby(by)[score]]
    assert len(groups) > 1
    return float(kruskal(*groups).pvalue)


def difference(rows: pd.DataFrame, claim: str, rest: pd.Series) -> float:
    """Mean csat where the claim holds less mean csat in the rest."""
    return float(rows["csat"][rows[claim]].mean() - rows["csat"][rest].mean())


def test_customers_of_the_stage_are_unhappier(answers: pd.DataFrame) -> None:
    here = answers.query("unit == @UNHAPPY_STAGE.unit and kind == 'case'")
    # standard error: 0.95 / √350 = 0.05
    assert difference(here, "unhappy", ~here["unhappy"]) == pytest.approx(UNHAPPY_STAGE.size, abs=0.22)


def test_the_stage_keeps_its_promise_as_often_as_others(demo_tables: dict[str, pd.DataFrame]) -> None:
    cases = demo_tables["cases"].query("unit == @UNHAPPY_STAGE.unit")
    kept = (cases["resolved_at"] - cases["opened_at"]).dt.total_seconds() / 3600 <= setting.SLA_HOURS
    there = cases["stage"] == UNHAPPY_STAGE.where["cases.stage"]
    assert kept[there].mean() > 0.9
    assert kept[there].mean() == pytest.approx(kept[~there].mean(), abs=0.02)


def test_satisfaction_shifts_in_its_quarter(answers: pd.DataFrame) -> None:
    here = answers.query("unit == @SATISFACTION_SHIFT.unit")
    # standard error: 0.92 / √700 + little = 0.04
    assert difference(here, "shifted", ~here["shifted"]) == pytest.approx(SATISFACTION_SHIFT.size, abs=0.16)
    assert equal_scores(here[here["shifted"]], "quarter") > CHANCE
    assert equal_scores(here[~here["shifted"]], "quarter") > CHANCE


def test_automation_pleases_less_after_its_launch(answers: pd.DataFrame) -> None:
    here = answers.query("unit == @BOT_SATISFACTION.unit")
    # standard error: 1.0 / √130 = 0.09
    assert difference(here, "displeased", ~here["displeased"]) == pytest.approx(BOT_SATISFACTION.size, abs=0.36)
    assert equal_scores(here[~here["displeased"]], "is_bot") > CHANCE


@pytest.mark.parametrize("unit", setting.UNITS)
@pytest.mark.parametrize(
    "by", ["quarter", "kind", "stage", "channel", "is_bot", "reason", "segment", "tier", "language"]
)
def test_satisfaction_differs_by_nothing_else(answers: pd.DataFrame, unit: str, by: str) -> None:
    here = answers.query("unit == @unit and not unhappy and not displeased and not shifted")
    assert here["csat"].mean() == pytest.approx(setting.CSAT, abs=0.07)
    assert equal_scores(here, by) > CHANCE


def test_the_segment_answers_less(invitations: pd.DataFrame) -> None:
    here = invitations.query("unit == @LOW_RESPONSE.unit")
    ratio = here["is_answered"][here["reluctant"]].mean() / here["is_answered"][~here["reluctant"]].mean()
    # standard error of the log ratio: √(0.88 / (0.12 · 3,200) + 0.7 / (0.3 · 9,700)) = 0.05
    assert ratio == pytest.approx(LOW_RESPONSE.size, rel=0.2)


@pytest.mark.parametrize("unit", setting.UNITS)
@pytest.mark.parametrize("by", CIRCUMSTANCES)
def test_nobody_else_answers_less(invitations: pd.DataFrame, unit: str, by: str) -> None:
    here = invitations.query("unit == @unit and not reluctant")
    # The last two days before the extract are left out: their answers are still to come.
    here = here[here["sent_at"] < pd.Timestamp(setting.EXTRACT - 2 * 86_400, unit="s", tz="UTC")]
    assert here["is_answered"].mean() == pytest.approx(setting.RESPONSE_SHARE, abs=0.02)
    assert chi2_contingency(pd.crosstab(here[by], here["is_answered"])).pvalue > CHANCE


def test_waiting_between_teams_makes_it_hard(waited: pd.DataFrame) -> None:
    here = waited.query("unit == @EFFORT_SLOPE.unit")
    slope = linregress(here["doublings"], here["ces"])
    assert slope.stderr < 0.03
    assert slope.slope == pytest.approx(EFFORT_SLOPE.size, abs=4 * slope.stderr)


@pytest.mark.parametrize("unit", [unit for unit in setting.UNITS if unit != EFFORT_SLOPE.unit])
def test_waiting_changes_nothing_elsewhere(waited: pd.DataFrame, unit: str) -> None:
    here = waited.query("unit == @unit")
    assert linregress(here["doublings"], here["ces"]).pvalue > CHANCE
    assert here["ces"].mean() == pytest.approx(setting.CES, abs=0.12)


@pytest.mark.parametrize("unit", setting.UNITS)
def test_recommendation_never_changes(answers: pd.DataFrame, unit: str) -> None:
    here = answers.query("unit == @unit")
    assert here["nps"].mean() == pytest.approx(setting.NPS, abs=0.13)
    assert all(equal_scores(here, by, "nps") > CHANCE for by in ("quarter", "kind", "stage", "segment", "tier"))
