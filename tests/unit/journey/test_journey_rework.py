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
    # All returns: 1 has four (ABA, BAB, ABA, BAB), 3 one. B–C: case 2 only, not back.
    found = bounced_by_pair(in_turn(log, "ABABAB", "ABC", "BAB")).execute().set_index(["team", "other_team"])
    assert found.loc[("A", "B")].tolist() == [3, 2, 5]
    assert found.loc[("B", "C")].tolist() == [1, 0, 0]


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
    assert rework_by_team(steps).execute().values.tolist() == [["A", 2, 1, 2], ["B", 1, 0, 0]]


def test_rows_without_a_break_are_one_piece_of_work(log):
    # A state log writes a row at 1 when the owner changes: the work goes on.
    steps = log(("1", "A", "active", 0, 1, "Check"), ("1", "A", "active", 1, 2, "Check"))
    assert rework_by_activity(steps).execute()["repeats"].tolist() == [0]


def test_work_whose_end_is_not_known_is_not_called_rework(log):
    steps = log(("1", "A", "active", 0, None, "Check"), ("1", "A", "active", 5, 6, "Check"))
    assert rework_by_activity(steps).execute()["repeats"].tolist() == [0]


def test_work_taken_up_after_a_pause_counts(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Check"), ("1", "A", "waiting", 1, 4, "Wait"), ("1", "A", "active", 4, 5, "Check")
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Check", 1, 1, 1.0]]


def test_work_after_completion_is_a_repeat_but_not_straight_away(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Fix"), ("1", "A", "done", 1, 1, "Close"), ("1", "A", "active", 9, 10, "Fix")
    )
    assert rework_by_activity(steps).execute().values.tolist() == [["Fix", 1, 1, 1.0]]
    assert rework_by_team(steps).execute().values.tolist() == [["A", 1, 0, 1]]


def test_another_teams_same_activity_is_a_handoff_and_not_rework(log):
    steps = log(("1", "A", "active", 0, 1, "Check"), ("1", "B", "active", 2, 3, "Check"))
    assert rework_by_activity(steps).execute()["repeats"].tolist() == [0]
