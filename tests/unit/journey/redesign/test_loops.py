"""Loops with exact hours, and when it pays to let the contact point decide."""

import re

import numpy as np
import pandas as pd
import pytest
from cxops.journey import charts
from cxops.journey.log.times import times_by_case
from cxops.journey.redesign.contact_decision import break_even, decision_rehearsal, decisions, loops_of
from cxops.journey.redesign.loops import RARER, loops, loops_by_kind


@pytest.fixture
def planted(log):
    """100 cases, 30 of which go A → B → A: A lets go at 1, B works 4–5, A goes on at 8: 7 hours, 1 of them work."""
    rows = []
    for case in range(100):
        name, start = f"{case:03}", case * 24
        rows.append((name, "A", "active", start, start + 1, "Register"))
        if case < 30:
            rows.append((name, "B", "active", start + 4, start + 5, "Approve"))
            rows.append((name, "A", "active", start + 8, start + 9, "Answer"))
    return log(*rows)


def test_c2_m3_b2_loops_are_found_with_their_share_and_exact_hours(planted):
    found = loops_by_kind(loops(planted).execute(), cases=100, minimum_count=5)
    row = found.iloc[0]
    assert len(found) == 1
    assert (row["kind"], row["team"], row["other_team"]) == ("ping-pong", "A", "B")
    assert row["cases_share"] == pytest.approx(0.30)
    assert row["hours_total"] == pytest.approx(30 * 7)
    assert row["work_hours_total"] == pytest.approx(30 * 1)
    assert row["rounds"] == 30


def test_no_hour_of_a_long_ping_pong_counts_twice(log):
    steps = log(*(("1", "AB"[at % 2], "active", 3 * at, 3 * at + 1) for at in range(6)))
    rows = loops(steps).execute()
    # A let go at 1; the last of them, B, took it up at 15; A → B → A → B → A → B went round four times
    assert rows[["rounds", "hours"]].to_numpy().tolist() == [[4, 14]]
    assert rows["work_hours"].tolist() == [2]  # B at 3–4 and 9–10, before a return


def test_two_loops_of_one_case_are_two_rows(log):
    teams = ["A", "B", "A", "C", "A"]
    steps = log(*(("1", team, "active", 3 * at, 3 * at + 1) for at, team in enumerate(teams)))
    rows = loops(steps).execute()
    assert sorted(rows[["other_team", "hours"]].to_numpy().tolist()) == [["B", 5], ["C", 5]]


def test_repeats_are_loops_too(log):
    steps = log(("1", "A", "active", 0, 1, "Write"), ("1", "A", "active", 2, 4, "Write"))
    rows = loops(steps).execute()
    assert rows[["kind", "activity", "hours"]].to_numpy().tolist() == [["done again", "Write", 3]]


def test_rare_loops_are_put_together(planted, log):
    frame = loops(planted).execute()
    other = frame.head(2).assign(other_team="C")
    found = loops_by_kind(pd.concat([frame, other]), cases=100, minimum_count=5)
    assert found["kind"].tolist() == [RARER]  # two alone would be fewer than five, so the next is put with them
    assert found["hours_total"].sum() == pytest.approx(32 * 7)
    apart = loops_by_kind(pd.concat([frame, frame.assign(other_team="C").head(5)]), cases=100, minimum_count=5)
    assert apart["cases"].tolist() == [30, 5]


def test_c2_m3_b2_moving_the_decision_removes_the_loop_and_lead_time_falls(planted):
    rows, times = loops(planted).execute(), times_by_case(planted).execute()
    found = decisions(rows, minimum_count=5, error_share=0.1, rework_hours=24)
    right = decision_rehearsal(
        loops_of(rows, found),
        times,
        error_shares=[0.0],
        rework_hours=24,
        replications=100,
        rng=np.random.default_rng(1),
    ).iloc[0]
    assert (right["escalations_before"], right["escalations_after"]) == (30, 0)
    # 9 hours from first start to last end, less 7 away, with B's hour of work, which stays
    assert (right["lead_hours_before"], right["lead_hours_after"]) == pytest.approx((9, 3))
    assert found["saved_hours"].iloc[0] == pytest.approx(6)
    assert found["advice"].iloc[0] == "decide here"


def test_c2_m3_b2_above_the_break_even_error_share_the_advice_is_reversed(planted):
    rows, times = loops(planted).execute(), times_by_case(planted).execute()
    even = decisions(rows, minimum_count=5, error_share=0.1, rework_hours=24)["break_even_share"].iloc[0]
    assert even == pytest.approx(6 / 24)
    assert break_even(6, 24) == even
    for share, advice in ((even - 0.01, "decide here"), (even + 0.01, "keep asking")):
        found = decisions(rows, minimum_count=5, error_share=share, rework_hours=24)
        assert found["advice"].iloc[0] == advice
    swept = decision_rehearsal(
        rows,
        times,
        error_shares=[0.15, 0.2, even, 0.3, 0.35],
        rework_hours=24,
        replications=4000,
        rng=np.random.default_rng(1),
    )
    assert swept["advice"].tolist()[:2] == ["decide here"] * 2
    assert swept["advice"].tolist()[3:] == ["keep asking"] * 2
    assert swept["net_hours"].iloc[2] == pytest.approx(0, abs=0.1)  # the simulation agrees with the closed form
    assert swept["net_hours"].is_monotonic_decreasing
    assert swept["escalations_after"].iloc[1] == pytest.approx(30 * 0.2, rel=0.03)


def test_c2_m3_b2_the_net_is_judged_against_chance(planted):
    rows = loops(planted).execute()
    rng = np.random.default_rng(4)
    noisy = rows.assign(hours=rows["work_hours"] + rng.normal(2.4, 6, len(rows)))
    nothing = decisions(noisy, minimum_count=5, error_share=0.1, rework_hours=24)
    assert nothing["net_p_value"].iloc[0] > 0.01
    much = decisions(noisy.assign(hours=noisy["hours"] + 20), minimum_count=5, error_share=0.1, rework_hours=24)
    assert much["net_p_value"].iloc[0] < 1e-6
    assert much["saved_low"].iloc[0] < much["saved_hours"].iloc[0] < much["saved_high"].iloc[0]


def test_few_cases_are_left_out(planted, nothing):
    rows = loops(planted).execute()
    assert decisions(rows.head(4), minimum_count=5, error_share=0.1, rework_hours=24).empty
    empty = loops(nothing).execute()
    assert decisions(empty, minimum_count=5, error_share=0.1, rework_hours=24).empty
    assert loops_by_kind(empty, cases=0, minimum_count=5).empty
    assert loops_of(empty, decisions(empty, minimum_count=5, error_share=0.1, rework_hours=24)).empty


def test_the_title_and_the_finding_name_the_same_break_even_whatever_the_grid():
    """A saving of 13 hours against an error of 24: net 13 − 24 e, which is 0 at 54.2 %."""
    share, known = np.linspace(0, 1, 11), {"loops": 9, "lead_hours_before": 40.0, "lead_hours_after": 27.0}
    net = 13 - 24 * share
    advice = np.where(net > 0, "decide here", "keep asking")
    frame = pd.DataFrame({"error_share": share, "net_hours": net, "net_low": net - 1, "net_high": net + 1})
    even = {"break_even_share": 13 / 24, "break_even_low": 0.4, "break_even_high": 0.7}
    pair = pd.DataFrame([{"team": "A", "other_team": "B", **even}])
    figure = charts.decision_rehearsal_figure(frame.assign(advice=advice, **known), pair, rework_hours=24)
    words = " ".join(re.sub(r"<[^>]+>", " ", figure.wide).split())
    assert "while no more than 54 % of the decisions are wrong" in words and "54 %" in figure.caption
