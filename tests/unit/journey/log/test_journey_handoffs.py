"""Handoffs on logs small enough to work out by hand; all hours are counted from midnight."""

import ibis
import pandas as pd
import pytest
from cxops.journey import handoffs, handoffs_by_pair
from cxops.journey.log.handoffs import RARER

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")


def latencies(steps: ibis.Table) -> list[float | None]:
    hours = handoffs(steps).execute()["latency_hours"]
    return [None if pd.isna(each) else each for each in hours]


def test_each_change_of_team_is_a_handoff_that_lasts_until_the_receiver_acts(chain):
    # Front desk's last known end is 3 (its pause counts as its own), Specialists act at 5: 2 h. Then 6 → 8: 2 h.
    found = handoffs(chain).execute()
    expected = pd.DataFrame(
        {
            "case_id": ["1", "1"],
            "handoff_seq": [1, 2],
            "from_team": ["Front desk", "Specialists"],
            "to_team": ["Specialists", "Front desk"],
            "stage": ["Diagnosis", "Resolution"],
            "handed_at": [MIDNIGHT + pd.Timedelta(hours=3), MIDNIGHT + pd.Timedelta(hours=6)],
            "latency_hours": [2.0, 2.0],
        }
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_step_seq_decides_between_equal_starts(log):
    # All at 0. As given: A, B, A, so two handoffs; sorted by anything else (A, A, B) there would be one.
    steps = log(("1", "A", "active", 0, 0), ("1", "B", "active", 0, 0), ("1", "A", "active", 0, 1)).execute()
    steps = ibis.memtable(steps.iloc[[1, 2, 0]])  # the order of rows says nothing
    assert handoffs(steps).execute()[["from_team", "to_team"]].values.tolist() == [["A", "B"], ["B", "A"]]


def test_a_case_of_one_step_has_no_handoff(log):
    assert handoffs(log(("1", "A", "active", 0, None))).execute().empty


def test_a_receiver_that_starts_before_the_sender_stops_keeps_nobody_waiting(log):
    # A works 0–4, B from 3: 3 − 4 = −1, counted as 0.
    assert latencies(log(("1", "A", "active", 0, 4), ("1", "B", "active", 3, 5))) == [0.0]


def test_the_latest_end_of_the_senders_overlapping_steps_counts(log):
    # A's first step ends at 6, its second already at 3; B starts at 10: 10 − 6 = 4.
    steps = log(("1", "A", "active", 0, 6), ("1", "A", "active", 1, 3), ("1", "B", "active", 10, 11))
    assert latencies(steps) == [4.0]


def test_latency_is_unknown_when_the_sender_was_seen_after_its_last_known_end(log):
    # A ended at 1, was seen again at 2, and nobody knows until when.
    steps = log(("1", "A", "active", 0, 1), ("1", "A", "active", 2, None), ("1", "B", "active", 5, 6))
    found = handoffs(steps).execute()
    assert found["latency_hours"].isna().all()
    assert found["handed_at"].tolist() == [MIDNIGHT + pd.Timedelta(hours=5)]  # B's first start stands in


def test_a_receiver_that_never_worked_counts_until_it_gave_the_case_away(log):
    # A lets go at 1; B holds it 2–6 without working: 5 h. From B (6) to C (9): 3 h.
    steps = log(("1", "A", "active", 0, 1), ("1", "B", "waiting", 2, 6), ("1", "C", "active", 9, 10))
    assert latencies(steps) == [5.0, 3.0]


def test_latency_is_unknown_while_the_receiver_still_holds_the_case_untouched(log):
    assert latencies(log(("1", "A", "active", 0, 1), ("1", "B", "waiting", 2, 6))) == [None]


def test_completing_a_case_is_acting_on_it(log):
    # B waits from 2 and closes at 4 without an active step: 4 − 1 = 3.
    steps = log(("1", "A", "active", 0, 1), ("1", "B", "waiting", 2, 4), ("1", "B", "done", 4, 4))
    assert latencies(steps) == [3.0]


def test_time_after_completion_is_not_a_slow_handoff(log):
    # A closes at 1. The case comes back at 50 in B's queue, B works from 52: 2 h, not 51.
    steps = log(
        ("1", "A", "active", 0, 1),
        ("1", "A", "done", 1, 1),
        ("1", "B", "waiting", 50, 52),
        ("1", "B", "active", 52, 53),
    )
    assert latencies(steps) == [2.0]


def test_a_state_log_counts_the_receivers_queue_and_not_the_senders_wait(log):
    # Each row ends where the next starts. A waits 1–5 (its own), B's queue 5–8: 3 h.
    steps = log(
        ("1", "A", "active", 0, 1),
        ("1", "A", "waiting", 1, 5),
        ("1", "B", "waiting", 5, 8),
        ("1", "B", "active", 8, None),
    )
    assert latencies(steps) == [3.0]


def test_a_thousand_steps_are_a_thousand_steps(log):
    # A and B take turns for an hour each with an hour between: 999 handoffs of 1 h.
    steps = log(*(("1", "AB"[turn % 2], "active", 2 * turn, 2 * turn + 1) for turn in range(1000)))
    assert latencies(steps) == [1.0] * 999


@pytest.fixture
def pairs(log) -> ibis.Table:
    """A → B three times (1, 2 and 6 h; two of them in case 1), C → D once (20 h), D → C once (unknown)."""
    return handoffs(
        log(
            ("1", "A", "active", 0, 1),
            ("1", "B", "active", 2, 3),  # 1 h
            ("1", "A", "active", 3, 4),  # B → A: 0 h
            ("1", "B", "active", 6, 7),  # 2 h
            ("2", "A", "active", 0, 1),
            ("2", "B", "active", 7, 8),  # 6 h
            ("3", "C", "active", 0, 1),
            ("3", "D", "active", 21, None),  # 20 h
            ("3", "C", "active", 30, 31),  # D's end is not known
        )
    )


def test_pairs_are_ranked_by_hours_in_all(pairs):
    # A → B: 1, 2, 6: median 2, p90 at rank 1.8: 2 + 0.8 × 4 = 5.2, total 9.
    found = handoffs_by_pair(pairs).execute().set_index(["from_team", "to_team"])
    assert found.index.tolist() == [("C", "D"), ("A", "B"), ("B", "A"), ("D", "C")]
    assert found.loc[("A", "B")].tolist() == pytest.approx([3, 2, 2.0, 5.2, 9.0])
    assert found.loc[("D", "C"), ["handoffs", "latency_hours_total"]].tolist() == [1, 0.0]
    assert pd.isna(found.loc[("D", "C"), "latency_hours_p50"])


def test_rare_pairs_are_put_together_and_still_counted(pairs):
    # Only A → B occurs in two cases; the other three handoffs (20 h, 0 h and unknown) are together 20 h.
    found = handoffs_by_pair(pairs, minimum_count=2).execute().set_index("from_team")
    assert found.index.tolist() == [RARER, "A"]
    assert found.loc[RARER, ["to_team", "handoffs", "cases", "latency_hours_total"]].tolist() == [RARER, 3, 2, 20.0]
    assert found["handoffs"].sum() == 6  # three and three
