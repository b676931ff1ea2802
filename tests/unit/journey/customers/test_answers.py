"""Answers beside the hours their cases had waited by then."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops.journey.customers.answers import asked_cases, waits_by_case

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")


def at(hour: float | None) -> pd.Timestamp:
    return pd.NaT if pd.isna(hour) else MIDNIGHT + pd.Timedelta(hours=hour)


def cases_of(*ids: str, customers: tuple[str | None, ...] = (), unit: str = "North", cost: float = 10.0) -> ibis.Table:
    frame = pd.DataFrame({"case_id": ids, "customer_id": list(customers) or [f"P{each}" for each in ids]})
    return ibis.memtable(frame.assign(unit=unit, stage="Intake", cost=cost).astype({"customer_id": "str"}))


def surveys_of(*rows: tuple) -> ibis.Table:
    """Invitations of `(invitation, case, answered, ces, csat)`, hours after midnight."""
    frame = pd.DataFrame(rows, columns=["invitation_id", "case_id", "answered_at", "ces", "csat"])
    frame["answered_at"] = pd.Series([at(each) for each in frame["answered_at"]], dtype="datetime64[us, UTC]")
    return ibis.memtable(frame.astype({"ces": float, "csat": float, "case_id": "str", "invitation_id": "str"}))


def customers_of(**segments: str) -> ibis.Table:
    frame = pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())})
    return ibis.memtable(frame.astype("str"))


@pytest.fixture
def steps(log) -> ibis.Table:
    """Case 1 waits 2 h from A to B and 4 h from B to C; case 2 never changes teams; case 3 waits an unknown time."""
    return log(
        ("1", "A", "active", 0, 1),
        ("1", "B", "active", 3, 4),
        ("1", "C", "active", 8, 9),
        ("2", "A", "active", 0, 1),
        ("3", "A", "active", 0, None),
        ("3", "B", "active", 5, 6),
        ("4", "A", "active", 0, 1),
        ("4", "B", "active", 8, 9),
    )


def asked(steps: ibis.Table, *rows: tuple, **segments: str) -> pd.DataFrame:
    tables = (cases_of("1", "2", "3", "4", "5"), surveys_of(*rows), customers_of(**(segments or {"P1": "Home"})))
    return asked_cases(steps, *tables).execute().set_index("case_id")


def test_an_answer_is_joined_to_the_hours_its_case_waited_until_then(steps):
    found = asked(steps, ("i", "1", 20, 3, 2), ("j", "2", 20, 7, 5))
    assert found["wait_hours"].to_dict() == {"1": 6.0, "2": 0.0}
    assert found.loc["1", ["ces", "csat", "segment", "customer_id"]].tolist() == [3.0, 2.0, "Home", "P1"]


def test_what_came_after_the_answer_does_not_count_and_a_wait_under_way_counts_so_far(steps):
    assert asked(steps, ("i", "1", 3.5, 3, 2))["wait_hours"].tolist() == [2.0]
    assert asked(steps, ("i", "1", 7, 3, 2))["wait_hours"].tolist() == [5.0]  # 2 h, and 3 of the 4 under way


def test_of_several_answers_the_latest_counts_whole(steps):
    found = asked(steps, ("i", "1", 10, 3, 2), ("j", "1", 12, None, 5), ("k", "1", None, 1, 1))
    assert len(found) == 1
    assert found.loc["1", "csat"] == 5 and np.isnan(found.loc["1", "ces"])


def test_a_case_whose_waiting_is_not_known_has_a_gap_and_one_without_steps_is_left_out(steps):
    found = asked(steps, ("i", "3", 20, 3, 2), ("j", "5", 20, 3, 2), ("k", "4", None, None, None))
    assert found.index.tolist() == ["3", "4"]
    assert found["wait_hours"].isna().all()  # unknown; and nobody answered
    assert found["answered_at"].notna().tolist() == [True, False]


def test_waits_are_summed_by_case_and_pair(steps):
    found = waits_by_case(steps, cases_of("1", "2", "3", "4"), minimum_count=1).execute()
    rows = found[["case_id", "from_team", "to_team", "handoffs", "known", "hours"]].values.tolist()
    expected = [
        ["1", "A", "B", 1, 1, 2.0],
        ["1", "B", "C", 1, 1, 4.0],
        ["3", "A", "B", 1, 0, 0.0],
        ["4", "A", "B", 1, 1, 7.0],
    ]
    assert rows == expected
    assert found["log_hours"].tolist() == pytest.approx([np.log(2), np.log(4), 0.0, np.log(7)])
    assert found["cost"].tolist() == [10.0] * 4


def test_sqlite_joins_answers_as_duckdb_does(check_same):
    check_same(lambda t: asked_cases(t["steps"], t["cases"], t["surveys"], t["customers"]).drop("answered_at"))
    check_same(lambda t: waits_by_case(t["steps"], t["cases"], minimum_count=5))
