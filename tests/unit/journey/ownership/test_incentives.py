"""Conflicts of incentive: what the sender is rewarded for against the result behind its handoffs."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey, theme
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.findings.incentives import incentive_conflict
from cxops.journey.ownership.incentives import (
    MEASURES,
    handoffs_by_stage,
    incentive_conflicts,
    rewarded_measures,
    teams_without_scorecard,
    with_conflicts,
)
from cxops.journey.ownership.passed_work import passed_by_week, passed_work
from cxops.journey.statistics.correlation import correlation
from scipy import stats

MONDAY = pd.Timestamp("2024-01-01", tz="UTC")
WEEKS, CASES = 100, 40
LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_correlation": 0.3}
HOSTILE = '<script>alert("1")</script>'


def cards(**rewarded: str) -> pd.DataFrame:
    """Scorecards of teams, the measures with spaces between."""
    rows = [(team, "team", kpi) for team, kpis in rewarded.items() for kpi in kpis.split()]
    return pd.DataFrame(rows, columns=["holder", "holder_type", "kpi"])


def planted(strength: float, seed: int = 4, *, drift: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases from A to B to C, 40 a week: in the weeks in which A is quick, B works twice on more of them.

    `strength` is the size of the tie between A's weekly log time and B's weekly share of rework; C never depends on
    anything. `drift` moves both over the weeks without a tie.
    """
    rng = np.random.default_rng(seed)
    pace = rng.standard_normal(WEEKS)
    trend = drift * np.linspace(-1, 1, WEEKS)
    again = 0.35 - strength * 0.11 * pace + 0.11 * np.sqrt(max(0, 1 - strength**2)) * rng.standard_normal(WEEKS) + trend
    steps, answers = [], []
    for week in range(WEEKS):
        for number in range(CASES):
            case = f"{week:03}-{number:02}"
            clock = 24 * 7 * week + rng.uniform(0, 100)
            takes = np.exp(0.25 * (pace[week] - 8 * trend[week]) + rng.normal(0, 0.1))
            clock = _worked(steps, case, "A", clock, takes)
            clock = _worked(steps, case, "B", clock + rng.uniform(0, 2), 1.0)
            if rng.random() < np.clip(again[week], 0.02, 0.98):
                clock = _worked(steps, case, "B", clock + 0.2, 1.0)
            clock = _worked(steps, case, "C", clock + rng.uniform(0, 2), np.exp(rng.normal(0, 0.3)))
            if rng.random() < 0.35:
                _worked(steps, case, "C", clock + 0.2, 1.0)
            answers.append((case, float(rng.integers(1, 6)), 5.0))
    frame = pd.DataFrame(steps, columns=["case_id", "team", "start", "end"])
    moments = {
        name: (MONDAY + pd.to_timedelta(frame[hour], unit="h")).astype("datetime64[us, UTC]")
        for name, hour in (("started_at", "start"), ("ended_at", "end"))
    }
    frame = frame.assign(**moments, step_seq=0, status="active", activity="Work of " + frame["team"], stage="Repair")
    return frame.drop(columns=["start", "end"]), pd.DataFrame(answers, columns=["case_id", "csat", "ces"])


def _worked(steps: list[tuple], case: str, team: str, start: float, hours: float) -> float:
    steps.append((case, team, start, start + hours))
    return start + hours


def weekly(world: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    return passed_by_week(passed_work(*map(ibis.memtable, world))).execute()


@pytest.fixture(scope="module")
def conflicting() -> pd.DataFrame:
    return weekly(planted(0.85))


def test_c0_m1_b4_the_planted_pair_and_only_that_pair_is_flagged(conflicting):
    found = incentive_conflicts(conflicting, cards(A="touch_time", B="touch_time rework_share"), **LIMITS)
    flagged = found[found["is_conflict"]]
    assert flagged[["stage", "from_team", "to_team", "sender_kpi"]].drop_duplicates().values.tolist() == [
        ["Repair", "A", "B", "touch_time"]
    ]
    flagged = flagged[flagged["result_kpi"] == "rework_share"]  # doing it twice also takes B longer, which is rewarded
    # Planted −0.7: −0.85 by week, thinned by 40 coin flips a week (√(0.11² / (0.11² + 0.35 · 0.65 / 40)) = 0.82).
    assert flagged["correlation"].iloc[0] == pytest.approx(-0.7, abs=0.1)
    assert flagged["correlation_low"].iloc[0] < -0.7 < flagged["correlation_high"].iloc[0]
    assert flagged["effect"].iloc[0] > 0.05
    assert len(found) > 3 and flagged["handoffs"].iloc[0] == WEEKS * CASES


def test_c0_m1_b4_a_team_without_a_scorecard_is_listed_as_unmapped(conflicting):
    found = teams_without_scorecard(conflicting, cards(A="touch_time", B="touch_time sales"))
    assert found[["team", "kpi"]].values.tolist() == [["B", "sales"], ["C", ""]]
    assert found["handoffs"].tolist() == [4000, 0]  # C gives nothing on
    said = incentive_conflict(incentive_conflicts(conflicting, cards(A="touch_time"), **LIMITS), found)
    assert said[1].headline.endswith("incentives conflict there: C.") and said[1].verdict is Verdict.COUNT


@pytest.mark.parametrize("seed", range(5))
def test_c0_m1_b4_without_a_tie_nothing_is_flagged(seed):
    found = incentive_conflicts(
        weekly(planted(0.0, seed)), cards(A="touch_time", B="touch_time rework_share"), **LIMITS
    )
    assert not found["is_conflict"].any()


def test_two_trends_do_not_pass_for_a_conflict():
    world = weekly(planted(0.0, drift=0.3))
    mine, behind = (world[world["from_team"] == "A"][name] for name in ("sender_touch_hours", "receiver_rework"))
    assert np.corrcoef(mine, behind)[0, 1] < -0.5
    assert not incentive_conflicts(world, cards(A="touch_time"), **LIMITS)["is_conflict"].any()


def test_a_tie_that_serves_both_is_no_conflict():
    found = incentive_conflicts(weekly(planted(-0.85)), cards(A="touch_time"), **LIMITS)
    assert not found["is_conflict"].any()
    assert found.set_index("result_kpi").loc["rework_share", "correlation"] > 0.5


def test_a_certain_but_weak_tie_is_no_conflict(conflicting):
    strict = {**LIMITS, "material_correlation": 0.9}
    assert not incentive_conflicts(conflicting, cards(A="touch_time"), **strict)["is_conflict"].any()


def test_a_team_that_is_rewarded_for_nothing_the_log_shows_is_not_judged(conflicting):
    assert incentive_conflicts(conflicting, cards(A="sales"), **LIMITS).empty
    assert incentive_conflicts(conflicting, cards(), **LIMITS).empty
    owner = cards(A="touch_time").assign(holder_type="owner")
    assert rewarded_measures(owner) == {}


def test_too_few_weeks_or_values_give_gaps(conflicting):
    few = incentive_conflicts(
        conflicting[conflicting["week"] < conflicting["week"].min() + 11], cards(A="touch_time"), **LIMITS
    )
    assert few["correlation"].isna().all() and not few["is_conflict"].any()
    thin = incentive_conflicts(conflicting, cards(A="touch_time"), **{**LIMITS, "minimum_count": 41})
    assert (thin["weeks"] == 0).all()


def test_what_stands_for_each_measure_at_one_handoff(log):
    # A works 0–1, waits 1–2, lets go; B takes up at 5, works 5–6, again 7–8 (rework); then C at 10.
    steps = log(
        ("1", "A", "active", 0, 1),
        ("1", "A", "waiting", 1, 2),
        ("1", "B", "active", 5, 6, "Repair", "Fix"),
        ("1", "B", "active", 7, 8, "Repair", "Fix"),
        ("1", "C", "active", 10, 11, "Close", "End"),
    )
    answers = ibis.memtable(pd.DataFrame({"case_id": ["1"], "csat": [2.0], "ces": [3.0]}))
    found = passed_work(steps, answers).order_by("handoff_seq").execute()
    first, second = found.to_dict("records")
    assert [first[name] for name in ("from_team", "to_team", "stage", "csat", "lead_hours")] == [
        "A",
        "B",
        "Fix",
        2.0,
        11.0,
    ]
    assert [first[f"sender_{name}"] for name in ("touch_hours", "held_hours", "rework")] == [1.0, 1.0, 0.0]
    assert [first[f"receiver_{name}"] for name in ("touch_hours", "held_hours", "latency_hours", "rework")] == [
        2.0,
        1.0,
        3.0,
        1.0,
    ]
    assert [second[f"sender_{name}"] for name in ("touch_hours", "latency_hours", "rework")] == [2.0, 3.0, 1.0]
    assert [second[f"receiver_{name}"] for name in ("latency_hours", "rework")] == [2.0, 0.0]


def test_weeks_begin_on_monday(log):
    hours = [0.0, 24 * 7 - 2.5, 24 * 7 - 0.5]  # MIDNIGHT of the log is Monday 6 January 2025
    rows = [
        (str(at), team, "active", hour + shift, hour + shift + 0.25)
        for at, hour in enumerate(hours)
        for shift, team in ((0, "A"), (1, "B"))
    ]
    answers = ibis.memtable(pd.DataFrame({"case_id": ["x"], "csat": [2.0], "ces": [3.0]}))
    weeks = passed_work(log(*rows), answers).execute().sort_values("case_id")["week"]
    assert weeks.diff().dropna().tolist() == [0, 0]
    later = passed_work(
        log(("1", "A", "active", 24 * 7 - 0.5, 24 * 7 + 0.1), ("1", "B", "active", 24 * 7 + 1, 24 * 7 + 2)), answers
    )
    assert later.execute()["week"].iloc[0] == weeks.iloc[0] + 1


def test_the_interval_is_fishers_and_weeks_that_resemble_the_last_count_less():
    rng = np.random.default_rng(2)
    left, right = rng.standard_normal((2, 60))
    left, right = left - left.mean(), right - right.mean()
    at = np.arange(60.0)
    r, low, high, p_value = correlation(left, right, at[::1] * 2)  # no two weeks follow each other: all 60 count
    assert r == pytest.approx(stats.pearsonr(left, right).statistic)
    assert np.arctanh([low, high]) == pytest.approx(
        np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) / np.sqrt(56)
    )
    assert p_value == pytest.approx(stats.norm.cdf(np.arctanh(r) * np.sqrt(56)))
    slow = np.cumsum(rng.standard_normal((2, 60)), axis=1)
    slow = slow - slow.mean(axis=1, keepdims=True)
    _, alike_low, alike_high, _ = correlation(*slow, at)
    _, apart_low, apart_high, _ = correlation(*slow, 2 * at)
    assert np.arctanh(alike_high) - np.arctanh(alike_low) > 2 * (np.arctanh(apart_high) - np.arctanh(apart_low))
    assert correlation(np.zeros(60), right, at) is None


def test_every_measure_is_a_kpi_or_one_that_scorecards_name():
    from cxops import kpis

    known = kpis.catalogue()
    signs = {"lower is better": -1, "higher is better": 1}
    for name, (_, sign) in MEASURES.items():
        if name in known and known[name].direction in signs:
            assert signs[known[name].direction] == sign, name


def test_the_matrix_of_each_stage_says_where_incentives_conflict(conflicting, log):
    conflicts = incentive_conflicts(conflicting, cards(A="touch_time"), **LIMITS)
    steps = ibis.memtable(planted(0.85)[0])
    found = with_conflicts(handoffs_by_stage(journey.handoffs(steps)).execute(), conflicts)
    told = found.set_index(["from_team", "to_team"])["incentive_conflict"]
    assert told["A", "B"] and pd.isna(told["B", "C"])
    assert found["handoffs"].tolist() == [4000, 4000]


def test_no_steps_give_no_rows_and_a_page_that_says_so(nothing):
    answers = ibis.memtable(pd.DataFrame({"case_id": ["1"], "csat": [2.0], "ces": [3.0]}))
    by_week = passed_by_week(passed_work(nothing, answers)).execute()
    conflicts, unscored = (
        incentive_conflicts(by_week, cards(A="touch_time"), **LIMITS),
        teams_without_scorecard(by_week, cards()),
    )
    assert conflicts.empty and unscored.empty
    assert incentive_conflict(conflicts, unscored)[0].verdict is Verdict.UNKNOWN
    assert "scorecards" in charts.incentives_figure(conflicts).caption
    by_stage = with_conflicts(handoffs_by_stage(journey.handoffs(nothing)).execute(), conflicts)
    assert charts.incentives_table(by_stage, 5, minimum_count=5).caption.endswith("0 of 0")
    assert charts.scorecards_table(unscored).caption == "Every team stands on a scorecard"


def test_the_sentence_and_the_figures_hold_the_numbers_and_escape_names(conflicting):
    renamed = conflicting.replace({"from_team": {"A": HOSTILE}})
    conflicts = incentive_conflicts(renamed, cards(**{HOSTILE: "touch_time"}), **LIMITS)
    found = incentive_conflict(conflicts, teams_without_scorecard(renamed, cards(**{HOSTILE: "touch_time"})))
    worst = conflicts.iloc[0]
    assert found[0].verdict is Verdict.SIGNAL and found[0].value == worst["correlation"]
    assert "does better on touch time, for which it is rewarded, rework share behind it is worse" in found[0].headline
    assert theme.number(worst["correlation"], 2) in found[0].headline and found[0].weight > 2000
    figure = charts.incentives_figure(conflicts)
    assert f"r = {theme.number(worst['correlation'], 2)} (95 % interval" in figure.caption
    assert "<script>" not in figure.html


def test_relabelling_teams_changes_nothing_else(conflicting):
    one = incentive_conflicts(conflicting, cards(A="touch_time"), **LIMITS)
    names = {"A": "X", "B": "Y", "C": "Z"}
    two = incentive_conflicts(
        conflicting.replace({"from_team": names, "to_team": names}), cards(X="touch_time"), **LIMITS
    )
    pd.testing.assert_frame_equal(one.replace({"from_team": names, "to_team": names}), two)
