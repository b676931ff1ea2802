"""Erlang C against published figures and R, and the agents a stage needs at least."""

import json

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey, workspace
from cxops.journey.promises.agents_needed import delay_share, fewest_agents, waited_at_most
from cxops.journey.promises.calendars import OpeningHours

REFERENCE = workspace.PROJECT.parent / "shared" / "reference"
MONDAY = pd.Timestamp("2025-01-06", tz="UTC")


def reference(name: str) -> pd.DataFrame:
    file = REFERENCE / name
    if not file.exists():
        pytest.skip(f"needs the reference figures {file.name} in shared/reference")
    return pd.read_csv(file)


def test_c4_m1_b3_delay_share_agrees_with_r_queueing():
    rows = reference("erlang_bc_R_queueing.csv")
    rows = rows[rows["C_erlang"].notna() & (rows["agents"] > rows["offered_load"])]
    found = [delay_share(int(row.agents), float(row.offered_load)) for row in rows.itertuples()]
    np.testing.assert_allclose(found, rows["C_erlang"], rtol=1e-9, atol=1e-300)
    assert len(rows) > 100


def test_c4_m1_b3_waits_agree_with_published_examples():
    rows = reference("erlang_c_published_examples.csv")
    for row in rows.to_dict("records"):
        load, hours = row["calls"] * row["aht_s"] / row["interval_s"], row["aht_s"] / 3600
        share = waited_at_most(int(row["agents"]), load, hours, row["target_s"] / 3600)
        published = json.loads(row["published"])
        assert share == pytest.approx(row["recomputed_sl"], abs=1e-9)
        assert share == pytest.approx(published.get("sl", share), abs=1e-3)
        assert delay_share(int(row["agents"]), load) == pytest.approx(
            published.get("pw", row["recomputed_pw"]), abs=1e-3
        )


def test_one_agent_is_the_queue_that_every_book_begins_with():
    """M/M/1 by hand: all of the load waits, P(W > t) = A exp(-(1 - A) t / handling)."""
    assert delay_share(1, 0.5) == pytest.approx(0.5)
    assert waited_at_most(1, 0.5, 2.0, 3.0) == pytest.approx(1 - 0.5 * np.exp(-0.5 * 3 / 2))
    assert [delay_share(2, 2.0), waited_at_most(2, 2.0, 1.0, 9.0)] == [1, 0]


@pytest.mark.parametrize("load", [0.1, 1.6, 4.9, 13.33, 60.0])
def test_the_fewest_meet_the_target_and_one_less_does_not(load):
    agents = fewest_agents(load, 0.5, 0.1, 0.8)
    assert waited_at_most(agents, load, 0.5, 0.1) >= 0.8 > waited_at_most(agents - 1, load, 0.5, 0.1)


def queue(**more: float) -> pd.DataFrame:
    row = {"stage": "Diagnosis", "cases": 1000, "open_hours": 500.0, "touch_hours": 1600.0, "target_hours": 2.0}
    return pd.DataFrame([row | more])


def present(agents: float | None) -> pd.DataFrame:
    frame = pd.DataFrame({"stage": ["Diagnosis"], "agents": [agents]})
    return frame if agents else frame.iloc[:0]


def test_c4_m1_b3_agents_needed_to_reach_the_target():
    """2 cases an hour of 1.6 hours: 3.2 erlangs, which may wait 0.4 of the 2 hours promised."""
    row = journey.agents_needed(queue(), present(3.5), target_share=0.8).iloc[0]
    assert row[["arrivals_per_hour", "handling_hours", "offered_load", "wait_hours"]].tolist() == pytest.approx(
        [2, 1.6, 3.2, 0.4]
    )
    assert row["agents_needed"] == fewest_agents(3.2, 1.6, 0.4, 0.8) == 5
    assert row["occupancy"] == pytest.approx(3.2 / 5)
    assert row["short_by"] == 1.5, "5 needed, 3.5 there: the three columns agree"


def test_what_cannot_be_met_or_is_not_known_is_said():
    slow = journey.agents_needed(queue(target_hours=1.5), present(3.0), target_share=0.8).iloc[0]
    assert slow["state"] == "handling alone takes longer than the promise"
    assert np.isnan(slow["agents_needed"])
    quiet = journey.agents_needed(queue(touch_hours=float("nan")), present(None), target_share=0.8).iloc[0]
    assert quiet["state"] == "no work in the log"
    unknown = journey.agents_needed(queue(), present(None), target_share=0.8).iloc[0]
    assert np.isnan(unknown["agents_present"])
    assert np.isnan(unknown["short_by"])
    assert journey.agents_needed(queue().iloc[:0], present(None), target_share=0.8).empty


def test_agents_are_divided_by_work_and_less_what_contacts_take():
    """Team A: 4 agents, a quarter of its hours on contacts, so 3, of whom two thirds work in Diagnosis."""
    staffing = pd.DataFrame(
        {
            "unit": "Harbour",
            "team": ["A", "A", "B"],
            "agents": [3.0, 5.0, 2.0],
            "paid_hours": [3.0, 5.0, 2.0],
            "handling_seconds": [3600.0, 3600.0, 0.0],
        }
    )
    work = pd.DataFrame(
        {
            "stage": ["Diagnosis", "Intake", "Diagnosis", "Resolution"],
            "team": ["A", "A", "B", "C"],
            "touch_hours": [20.0, 10.0, 5.0, 5.0],
        }
    )
    found = journey.agents_present(ibis.memtable(staffing), work).set_index("stage")["agents"]
    assert found.to_dict() == pytest.approx({"Diagnosis": 2 + 2, "Intake": 1}), "nobody knows who staffs team C"
    assert journey.agents_present(ibis.memtable(staffing.iloc[:0]), work).empty


def test_a_queue_counts_the_hours_its_calendar_is_open():
    clocks = pd.DataFrame(
        {
            "promise": ["Diagnosis", "Diagnosis", "Intake → Diagnosis"],
            "case_id": ["1", "2", "1"],
            "started_at": MONDAY,
            "target_hours": 4.0,
            "calendar": "office",
        }
    )
    work = pd.DataFrame({"stage": ["Diagnosis", "Intake"], "team": "A", "touch_hours": [3.0, 1.0]})
    office = {"office": OpeningHours("UTC", {"Mon": "09:00-17:00", "Tue": "09:00-17:00"})}
    found = journey.stage_queues(clocks, work, office, as_of=MONDAY + pd.Timedelta(days=7))
    assert found.to_numpy().tolist() == [["Diagnosis", 2, 16.0, 3.0, 4.0]]


def test_c4_m1_b3_steps_without_a_system_are_noted():
    steps = pd.DataFrame(
        {"stage": "Intake", "step_id": ["a", "b"], "touchpoint": "x", "team": "A", "systems": [("CRM",), ()]}
    )
    assert journey.tool_gaps(steps)["step_id"].tolist() == ["b"]
