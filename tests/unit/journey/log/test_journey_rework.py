"""Ping-pong and rework on sequences small enough to count by hand."""

import pytest
from cxops.journey import bounced_by_pair, ping_pong, ping_pong_by_pair, rework_by_activity, rework_by_team


def in_turn(log, *cases: str):
    """Cases named 1, 2, …, each letter one hour of active work by the team of that name."""
    rows = [
        (str(number), team, "active", hour, hour + 1)
        for number, teams in enumerate(cases, start=1)
        for hour, team in enumerate(teams)
    ]
    return log(*rows)


@pytest.mark.parametrize(
    ("teams", "returns"),
    [("A", 0), ("AB", 0), ("ABA", 1), ("ABAB", 2), ("AABBA", 1), ("ABCA", 0), ("ABACA", 2), ("ABBBA", 1)],
)
def test_every_three_successive_blocks_that_return_count_once(log, teams, returns):
    assert len(ping_pong(in_turn(log, teams)).execute()) == returns


def test_a_return_names_the_team_that_got_the_case_back(chain):
    row = ping_pong(chain).execute().iloc[0]
    assert row[["case_id", "team", "other_team"]].tolist() == ["1", "Front desk", "Specialists"]
    assert row["returned_at"].hour == 8


def test_returns_either_way_belong_to_the_same_pair(log):
    # Case 1: A-B-A and B-A-B; case 2: B-A-B; case 3: A-C-A.
    found = ping_pong_by_pair(ping_pong(in_turn(log, "ABAB", "BAB", "ACA"))).execute()
    assert found.values.tolist() == [["A", "B", 3, 2], ["A", "C", 1, 1]]


def test_each_case_is_tried_once_for_each_pair_by_its_first_handoff(log):
    # A–B: three cases. In 1 and 3 the first handoff came straight back, in 2 it did not (C was next).
    # B–C: case 2 only, not back. Pieces last an hour and follow at once: B had the case for an hour in 1, A in 3.
    found = bounced_by_pair(in_turn(log, "ABABAB", "ABC", "BAB")).execute().set_index(["team", "other_team"])
    assert found.loc[("A", "B")].tolist() == [3, 2, 2.0]
    assert found.loc[("B", "C")].tolist() == [1, 0, 0.0]


def test_the_same_work_again_is_rework(log):
    # A does Check at 0, again at 2 (straight after), and after B once more at 6: 2 repeats in case 1, none in case 2.
    steps = log(
        ("1", "A", "active", 0, 1, "Check"),
        ("1", "A", "active", 2, 3, "Check"),
        ("1", "B", "active", 4, 5, "Repair"),
        ("1", "A", "active", 6, 7, "Check"),
        ("2", "A", "active", 0, 1, "Check"),
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Check", 1, 2, 0.5], ["Repair", 0, 0, 0.0]]
    # First pieces: A has two (one a case), of which case 1's is followed by another at once; B has one.
    # It took from 1 (end of the first) to 3 (end of the second).
    assert rework_by_team(steps).execute().values.tolist() == [["A", 2, 1, 2.0], ["B", 1, 0, 0.0]]


def test_rows_without_a_break_are_one_piece_of_work(log):
    # A state log writes a row at 1 when the owner changes: the work goes on.
    steps = log(("1", "A", "active", 0, 1, "Check"), ("1", "A", "active", 1, 2, "Check"))
    assert rework_by_activity(steps).execute()["repeats"].tolist() == [0]


def test_work_whose_end_is_not_known_is_not_called_rework(log):
    steps = log(("1", "A", "active", 0, None, "Check"), ("1", "A", "active", 5, 6, "Check"))
    assert rework_by_activity(steps).execute()["repeats"].tolist() == [0]


def test_work_resumed_after_mere_waiting_is_not_rework(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Check"),
        ("1", "A", "waiting", 1, 3, "Wait"),
        ("1", "A", "waiting", 3, 4, "Wait for customer"),
        ("1", "A", "active", 4, 5, "Check"),
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Check", 0, 0, 0.0]]
    assert rework_by_team(steps).execute().values.tolist() == [["A", 1, 0, 0.0]]


def test_work_again_after_other_work_of_the_team_is_a_repeat_however_long_it_waited_between(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Check"),
        ("1", "A", "active", 1, 2, "Repair"),
        ("1", "A", "waiting", 2, 4, "Wait"),
        ("1", "A", "active", 4, 5, "Check"),
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Check", 1, 1, 1.0], ["Repair", 0, 0, 0.0]]


def test_work_again_after_lying_with_another_team_is_a_repeat_and_not_straight_away(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Check"), ("1", "B", "waiting", 1, 4, "Queue"), ("1", "A", "active", 4, 5, "Check")
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Check", 1, 1, 1.0]]
    assert rework_by_team(steps).execute().values.tolist() == [["A", 1, 0, 0.0]]


def test_hours_that_a_case_was_away_run_from_letting_go_until_taken_up_again(log):
    # A lets go at 1; B works 3–4 and passes back; A's queue 5–7, A works from 7: away 1–7. Case 2 is not back in work.
    steps = log(
        ("1", "A", "active", 0, 1),
        ("1", "B", "active", 3, 4),
        ("1", "A", "waiting", 5, 7),
        ("1", "A", "active", 7, 8),
        ("2", "A", "active", 0, 1),
        ("2", "B", "active", 3, 4),
        ("2", "A", "waiting", 5, None),
    )
    assert bounced_by_pair(steps).execute().values.tolist() == [["A", "B", 2, 2, 6.0]]


def test_work_after_completion_is_a_repeat_but_not_straight_away(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Fix"), ("1", "A", "done", 1, 1, "Close"), ("1", "A", "active", 9, 10, "Fix")
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Fix", 1, 1, 1.0]]
    assert rework_by_team(steps).execute().values.tolist() == [["A", 1, 0, 0.0]]


def test_another_teams_same_activity_is_a_handoff_and_not_rework(log):
    steps = log(("1", "A", "active", 0, 1, "Check"), ("1", "B", "active", 2, 3, "Check"))
    assert rework_by_activity(steps).execute()["repeats"].tolist() == [0]
