"""What is planted in the demo organisation's steps is there, in its size, and nowhere else.

Measured with plain pandas from the definitions in the truths table. An interval is the planted size ± about four
standard errors at 60,000 cases; "nowhere else" is a test of equality at p > 0.001. Each fails by chance in one
organisation in a thousand; the seed of the demo is fixed.
"""

import pandas as pd
import pytest
from cxops.demo import setting
from cxops.demo.truths import PING_PONG, REWORK, SLOW_HANDOFF
from scipy.stats import chi2_contingency, kruskal

CHANCE = 0.001
SLOW = f"{SLOW_HANDOFF.where['from_team']} → {SLOW_HANDOFF.where['to_team']}"
RETURNING = " – ".join(sorted((PING_PONG.where["team"], PING_PONG.where["other_team"])))


@pytest.fixture(scope="module")
def work(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per active step, with the team and end before it in its case and the team and stage after it."""
    cases = demo_tables["cases"][["case_id", "unit", "opened_at"]]
    steps = demo_tables["steps"].merge(cases, on="case_id", validate="m:1")
    steps["quarter"] = steps["opened_at"].dt.tz_localize(None).dt.to_period("Q").astype(str)
    steps["completions"] = steps["status"].eq("done").groupby(steps["case_id"]).cumsum()
    active = steps[steps["status"] == "active"].copy()
    by_case = active.groupby("case_id")
    active[["sender", "sent_at"]] = by_case[["team", "ended_at"]].shift()
    active[["next_team", "next_stage", "next_completions"]] = by_case[["team", "stage", "completions"]].shift(-1)
    active["handed"] = active["sender"].notna() & (active["sender"] != active["team"])
    return active


@pytest.fixture(scope="module")
def handoffs(work: pd.DataFrame) -> pd.DataFrame:
    """One row per change of team, its wait, and whether the next change goes straight back."""
    handed = work.query("handed").copy()
    handed["latency_hours"] = (handed["started_at"] - handed["sent_at"]).dt.total_seconds() / 3600
    handed["goes_back"] = handed.groupby("case_id")["team"].shift(-1) == handed["sender"]
    handed["pair"] = handed["sender"] + " → " + handed["team"]
    handed["two"] = [" – ".join(sorted(two)) for two in zip(handed["sender"], handed["team"], strict=True)]
    return handed


@pytest.fixture(scope="module")
def pieces(work: pd.DataFrame) -> pd.DataFrame:
    """One row per piece of work that was not sent straight back, and whether the same team does it again at once."""
    pieces = work[~(work["handed"] & (work["next_team"] == work["sender"]))].copy()
    same = (pieces["next_team"] == pieces["team"]) & (pieces["next_stage"] == pieces["stage"])
    pieces["is_done_again"] = same & (pieces["next_completions"] == pieces["completions"])
    return pieces


def equal_medians(rows: pd.DataFrame, by: str) -> float:
    """Kruskal–Wallis p-value of equal waits."""
    return float(kruskal(*(group for _, group in rows.groupby(by)["latency_hours"])).pvalue)


def equal_shares(rows: pd.DataFrame, by: str, claim: str) -> float:
    """Chi-squared p-value of equal shares."""
    return float(chi2_contingency(pd.crosstab(rows[by], rows[claim])).pvalue)


def test_the_slow_handoff_waits_three_times_as_long(handoffs: pd.DataFrame) -> None:
    here = handoffs.query("unit == @SLOW_HANDOFF.unit")
    slow = here["pair"] == SLOW
    ratio = here["latency_hours"][slow].median() / here["latency_hours"][~slow].median()
    # standard error of a log median: 1.25 σ / √n = 1.25 · 1.0 / √2,000 = 0.03
    assert ratio == pytest.approx(SLOW_HANDOFF.size, rel=0.12)


@pytest.mark.parametrize("unit", setting.UNITS)
def test_no_other_handoff_waits_longer(handoffs: pd.DataFrame, unit: str) -> None:
    here = handoffs.query("unit == @unit")
    usual = here[(here["unit"] != SLOW_HANDOFF.unit) | (here["pair"] != SLOW)]
    assert usual["pair"].nunique() == 20 - (unit == SLOW_HANDOFF.unit)
    assert usual["latency_hours"].median() == pytest.approx(setting.HANDOFF_HOURS.median, rel=0.06)
    assert equal_medians(usual, "pair") > CHANCE
    assert equal_medians(usual, "quarter") > CHANCE


def test_the_ping_pong_pair_returns_six_times_as_often(handoffs: pd.DataFrame) -> None:
    here = handoffs.query("unit == @PING_PONG.unit")
    returning = here["two"] == RETURNING
    ratio = here["goes_back"][returning].mean() / here["goes_back"][~returning].mean()
    # standard error of the log ratio: √(0.7 / (0.3 · 4,000) + 0.95 / (0.05 · 24,000)) = 0.04
    assert ratio == pytest.approx(PING_PONG.size, rel=0.15)


@pytest.mark.parametrize("unit", setting.UNITS)
def test_no_other_pair_returns_more_often(handoffs: pd.DataFrame, unit: str) -> None:
    here = handoffs.query("unit == @unit")
    usual = here[(here["unit"] != PING_PONG.unit) | (here["two"] != RETURNING)]
    assert usual["goes_back"].mean() == pytest.approx(setting.RETURN_SHARE, abs=0.006)
    assert equal_shares(usual, "pair", "goes_back") > CHANCE
    assert equal_shares(usual, "quarter", "goes_back") > CHANCE


def test_the_team_with_rework_does_three_times_as_much_again(pieces: pd.DataFrame) -> None:
    here = pieces.query("unit == @REWORK.unit")
    team = here["team"] == REWORK.where["team"]
    ratio = here["is_done_again"][team].mean() / here["is_done_again"][~team].mean()
    # standard error of the log ratio: √(0.82 / (0.18 · 6,700) + 0.94 / (0.06 · 47,000)) = 0.03
    assert ratio == pytest.approx(REWORK.size, rel=0.13)


@pytest.mark.parametrize("unit", setting.UNITS)
def test_no_other_team_does_more_again(pieces: pd.DataFrame, unit: str) -> None:
    here = pieces.query("unit == @unit")
    usual = here[(here["unit"] != REWORK.unit) | (here["team"] != REWORK.where["team"])]
    assert usual["is_done_again"].mean() == pytest.approx(setting.REWORK_SHARE, abs=0.005)
    assert equal_shares(usual, "team", "is_done_again") > CHANCE
    assert equal_shares(usual, "quarter", "is_done_again") > CHANCE
