"""Lead, touch and waiting time on logs small enough to work out by hand."""

import ibis
import pandas as pd
import pytest
from cxops.journey import handoffs, lead_time_by_handoffs, time_split, times_by_case


def split(steps) -> dict[str, float]:
    found = time_split(steps).execute()
    return dict(zip(found["component"], found["hours_total"], strict=True))


def test_times_of_a_chain(chain):
    # 0 to 9 is 9 h; work is 0–1, 5–6 and 8–9: 3 h; Front desk → Specialists → Front desk: 2 handoffs.
    row = times_by_case(chain).execute().iloc[0]
    assert row[["lead_hours", "touch_hours", "wait_hours", "handoffs"]].tolist() == [9.0, 3.0, 6.0, 2]
    assert bool(row["is_closed"])


def test_split_of_a_chain(chain):
    # The pause 1–3 is Front desk's; the queue 3–5 and the gap 6–8 lie between teams.
    expected = {"working": 3.0, "waiting in a team": 2.0, "waiting between teams": 4.0, "after completion": 0.0}
    assert split(chain) == expected
    assert time_split(chain).execute()["hours_share"].tolist() == pytest.approx([3 / 9, 2 / 9, 4 / 9, 0])


def test_overlapping_work_counts_once(log):
    # 0–4, 1–2 (inside), 3–6, 8–9: the union is 0–6 and 8–9, 7 h of 9.
    steps = log(*(("1", "A", "active", *times) for times in [(0, 4), (1, 2), (3, 6), (8, 9)]))
    row = times_by_case(steps).execute().iloc[0]
    assert row[["lead_hours", "touch_hours", "wait_hours"]].tolist() == [9.0, 7.0, 2.0]


def test_the_last_moment_may_belong_to_an_early_step(log):
    # The first step lasts until 10, the second ends at 3: the case ends at 10 and is all work.
    steps = log(("1", "A", "active", 0, 10), ("1", "B", "active", 2, 3))
    row = times_by_case(steps).execute().iloc[0]
    assert row[["lead_hours", "touch_hours", "wait_hours"]].tolist() == [10.0, 10.0, 0.0]


def test_work_without_a_known_end_adds_no_touch_time(log):
    # 0–? and 4–5: the case lasts 5 h, 1 h of it is known to be work, and the rest is not known to be anything else.
    steps = log(("1", "A", "active", 0, None), ("1", "B", "active", 4, 5))
    assert times_by_case(steps).execute()[["lead_hours", "touch_hours"]].iloc[0].tolist() == [5.0, 1.0]
    assert split(steps)["waiting in a team"] == 4.0


def test_a_case_of_one_step_without_an_end_has_no_duration(log):
    steps = log(("1", "A", "active", 3, None))
    row = times_by_case(steps).execute().iloc[0]
    assert row[["lead_hours", "touch_hours", "wait_hours", "handoffs"]].tolist() == [0.0, 0.0, 0.0, 0]
    assert not row["is_closed"]
    assert row["ended_at"] == row["started_at"]
    assert time_split(steps).execute()["hours_share"].isna().all()  # a share of nothing


def test_time_after_completion_is_its_own(log):
    # Work 0–1, done until it comes back at 50, work 50–52, done again; a second team closes at 60.
    steps = log(
        ("1", "A", "active", 0, 1),
        ("1", "A", "done", 1, 1),
        ("1", "A", "active", 50, 52),
        ("1", "A", "done", 52, None),
        ("1", "B", "done", 60, None),
    )
    expected = {"working": 3.0, "waiting in a team": 0.0, "waiting between teams": 0.0, "after completion": 57.0}
    assert split(steps) == expected


def test_work_that_overlaps_a_queue_is_work(log):
    # A works 0–6 while the case already lies in B's queue 2–8: working 6, between teams 6–8.
    steps = log(("1", "A", "active", 0, 6), ("1", "B", "waiting", 2, 8), ("1", "B", "active", 8, 9))
    expected = {"working": 7.0, "waiting in a team": 0.0, "waiting between teams": 2.0, "after completion": 0.0}
    assert split(steps) == expected
    assert handoffs(steps).execute()["latency_hours"].tolist() == [2.0]


def test_waiting_between_teams_is_the_latency_of_the_handoffs(log):
    # A → B (never works, 2–6) → C at 9: 5 h and 3 h, none of it waiting in a team.
    steps = log(("1", "A", "active", 0, 1), ("1", "B", "waiting", 2, 6), ("1", "C", "active", 9, 10))
    assert split(steps)["waiting between teams"] == handoffs(steps).execute()["latency_hours"].sum() == 8.0


def test_a_handoff_of_unknown_latency_leaves_its_time_with_the_team(log):
    # A lets go at 1; B holds the case 2–6 and has not touched it: nobody knows how long the handoff will take.
    steps = log(("1", "A", "active", 0, 1), ("1", "B", "waiting", 2, 6))
    expected = {"working": 1.0, "waiting in a team": 5.0, "waiting between teams": 0.0, "after completion": 0.0}
    assert split(steps) == expected


def test_lead_time_by_handoffs_groups_three_and_more():
    cases = pd.DataFrame({"handoffs": [0, 0, 1, 3, 7], "lead_hours": [1.0, 3.0, 5.0, 10.0, 30.0]})
    found = lead_time_by_handoffs(ibis.memtable(cases)).execute()
    # Medians: (1 + 3) / 2, 5, (10 + 30) / 2; no case has two.
    assert found.values.tolist() == [["0", 2, 2.0], ["1", 1, 5.0], ["3+", 2, 20.0]]
