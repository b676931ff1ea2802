"""Why handoffs wait: each cause by hand, each cause planted and found, and sums that are exact to the second."""

import sqlite3

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey
from cxops.journey.waits.presence import presence
from cxops.journey.waits.wait_causes import CAUSES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.journey.conftest import MIDNIGHT

RULES = {"batch_cases": 3, "batch_gap_minutes": 10, "batch_free_minutes": 60, "calendar_support": 0.1}
RULES |= {"calendar_days": 20}
SECONDS = [f"{cause}_seconds" for cause in CAUSES]


def steps(*rows: tuple) -> ibis.Table:
    """Steps of `(case, team, agent, start, end)` in hours after a fixed midnight, all active; optionally the status."""
    rows = [row if len(row) == 6 else (*row, "active") for row in rows]
    frame = pd.DataFrame(rows, columns=["case_id", "team", "agent", "start", "end", "status"])
    moment = {
        f"{name}ed_at": (MIDNIGHT + pd.to_timedelta(frame[name].astype(float), unit="h")).astype("datetime64[us, UTC]")
        for name in ("start", "end")
    }
    frame = frame.drop(columns=["start", "end"]).assign(**moment, activity="Work", stage="Diagnosis")
    frame["step_seq"] = frame.groupby(["case_id", "started_at"]).cumcount()
    return ibis.memtable(frame.astype({"case_id": "str", "team": "str", "agent": "str"}))


def hours(causes: pd.DataFrame, case: str) -> dict[str, float]:
    """The causes of one case's only handoff, in hours, without those of none."""
    row = causes.set_index("case_id").loc[case]
    return {cause: row[f"{cause}_seconds"] / 3600 for cause in CAUSES if row[f"{cause}_seconds"]}


def planted(taken: np.ndarray, given_at: np.ndarray, service: np.ndarray, *others: tuple) -> ibis.Table:
    """Cases handed to one receiver: each sent by somebody of its own, taken up and worked on as said (hours)."""
    sent = [(f"c{n}", "Front desk", f"F{n}", at - 0.01, at) for n, at in enumerate(given_at)]
    worked = [(f"c{n}", "Billing", "B", at, at + long) for n, (at, long) in enumerate(zip(taken, service, strict=True))]
    return steps(*sent, *worked, *others)


def leading(table: ibis.Table, **rules: float) -> tuple[str, float]:
    """The cause with the largest share of all waiting."""
    total = journey.causes_total(journey.wait_causes(table, **RULES | rules)).set_index("cause")["hours_share"]
    return str(total.idxmax()), float(total.max())


def served(given_at: np.ndarray, service: np.ndarray, *, last_first: bool) -> np.ndarray:
    """When one person who never rests takes each case up, the oldest or the newest first."""
    taken, clock, waiting, arriving = np.zeros(len(given_at)), 0.0, [], list(np.argsort(given_at))
    while waiting or arriving:
        while arriving and (not waiting or given_at[arriving[0]] <= clock):
            clock = max(clock, given_at[arriving[0]]) if not waiting else clock
            waiting.append(arriving.pop(0))
        case = waiting.pop(-1 if last_first else 0)
        taken[case] = clock
        clock += service[case]
    return taken


def test_contention_is_time_busy_with_work_handed_over_earlier():
    log = steps(
        ("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 4, 5),
        ("2", "Front desk", "G", 0, 0.5), ("2", "Billing", "B", 2, 4),
    )  # fmt: skip
    causes = journey.wait_causes(log, **RULES)
    assert hours(causes, "1") == {"contention": 2.0, "rest": 1.0}  # handed 1, free until 2, busy 2 to 4
    assert hours(causes, "2") == {"rest": 1.5}
    assert causes["batch"].isna().all()


def test_prioritisation_is_time_busy_with_work_handed_over_later():
    log = steps(
        ("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 4, 5),
        ("2", "Front desk", "G", 0, 1.5), ("2", "Billing", "B", 2, 4),
    )  # fmt: skip
    assert hours(journey.wait_causes(log, **RULES), "1") == {"prioritisation": 2.0, "rest": 1.0}


def test_a_second_with_earlier_and_later_work_counts_as_prioritisation():
    log = steps(
        ("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 5, 6),
        ("2", "Front desk", "G", 0, 0.5), ("2", "Billing", "B", 2, 4),
        ("3", "Front desk", "H", 0, 2), ("3", "Billing", "B", 3, 5),
    )  # fmt: skip
    causes = journey.wait_causes(log, **RULES | {"batch_cases": 4})
    assert hours(causes, "1") == {"prioritisation": 2.0, "contention": 1.0, "rest": 1.0}


def test_unavailability_is_time_outside_staffed_hours():
    log = steps(("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 4, 5))
    starts = MIDNIGHT + pd.to_timedelta([0, 1, 4, 5, 6], unit="h")
    staffing = pd.DataFrame({"team": "Billing", "interval_start": starts, "agents": [1.0, 0.5, 1.0, 1.0, 0.0]})
    assert hours(journey.wait_causes(log, ibis.memtable(staffing), **RULES), "1") == {
        "unavailability": 2.0,
        "rest": 1.0,
    }


def test_unavailability_comes_before_being_busy_and_batching_before_both():
    log = steps(("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 4, 5), ("2", "Billing", "B", 0.5, 4))
    starts = MIDNIGHT + pd.to_timedelta([0, 1, 4, 5], unit="h")
    staffing = ibis.memtable(pd.DataFrame({"team": "Billing", "interval_start": starts, "agents": 1.0}))
    assert hours(journey.wait_causes(log, staffing, **RULES), "1") == {"unavailability": 2.0, "contention": 1.0}


def test_a_batch_waits_until_its_last_case_is_handed_over():
    log = steps(
        ("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 5, 5.5),
        ("2", "Front desk", "G", 0, 2), ("2", "Billing", "B", 5.5, 6),
        ("3", "Front desk", "H", 0, 3), ("3", "Billing", "B", 6, 6.5),
    )  # fmt: skip
    causes = journey.wait_causes(log, **RULES)
    assert causes["batch"].tolist() == [0, 0, 0]
    assert hours(causes, "1") == {"batching": 2.0, "rest": 2.0}
    assert hours(causes, "2") == {"batching": 1.0, "contention": 0.5, "rest": 2.0}
    assert hours(causes, "3") == {"contention": 1.0, "rest": 2.0}
    assert journey.wait_causes(log, **RULES | {"batch_cases": 4})["batch"].isna().all()
    assert journey.wait_causes(log, **RULES | {"batch_free_minutes": 300})["batch"].isna().all()  # it was free for 4 h


def test_a_queue_before_a_busy_receiver_is_no_batch():
    log = steps(
        ("0", "Billing", "B", 0, 5), ("1", "Front desk", "F", 0, 1), ("1", "Billing", "B", 5, 5.5),
        ("2", "Front desk", "G", 0, 2), ("2", "Billing", "B", 5.5, 6),
        ("3", "Front desk", "H", 0, 3), ("3", "Billing", "B", 6, 6.5),
    )  # fmt: skip
    causes = journey.wait_causes(log, **RULES)
    assert causes["batch"].isna().all()
    assert hours(causes, "1") == {"contention": 4.0}


def test_a_team_of_unknown_people_is_busy_at_its_peak_or_when_all_staffed_people_are():
    rows = [
        ("1", "Front desk", None, 0, 1), ("1", "Billing", None, 6, 7),
        ("2", "Billing", None, 0, 4), ("3", "Billing", None, 2, 5),
    ]  # fmt: skip
    log = steps(*rows)
    frame = log.execute()
    log = ibis.memtable(frame.assign(agent=pd.array([None] * len(frame), dtype="str")))
    assert hours(journey.wait_causes(log, **RULES), "1") == {"prioritisation": 2.0, "rest": 3.0}  # two at once: 2 to 4
    starts = MIDNIGHT + pd.to_timedelta(range(8), unit="h")
    one = ibis.memtable(pd.DataFrame({"team": "Billing", "interval_start": starts, "agents": 1.0}))
    # somebody works from 1 to 5; from 2 on it is also work handed over after the case was
    assert hours(journey.wait_causes(log, one, **RULES), "1") == {"prioritisation": 3.0, "contention": 1.0, "rest": 1.0}


def test_a_receiver_who_works_at_four_in_batches_is_found():
    rng = np.random.default_rng(3)
    days = np.array([day for day in range(60) if day % 7 < 5])
    given_at = np.concatenate([day * 24 + np.sort(rng.uniform(9, 15.9, 8)) for day in days])
    taken = np.concatenate([day * 24 + 16 + 0.1 * np.arange(8) for day in days])
    other = [(f"o{n}", "Billing", "B", at, at + 0.2) for n, at in enumerate(
        day * 24 + hour + 0.3 for day in days for hour in (9, 11, 13, 14, 15)
    )]  # fmt: skip
    table = planted(taken, given_at, np.full(len(taken), 0.1), *other)
    cause, share = leading(table)
    assert cause == "batching" and share > 0.6
    batch = journey.wait_causes(table, **RULES)["batch"]
    assert batch.nunique() == len(days) and batch.notna().all()


@pytest.mark.parametrize(("last_first", "cause"), [(False, "contention"), (True, "prioritisation")])
def test_a_receiver_without_rest_is_found_by_the_order_of_work(last_first, cause):
    rng = np.random.default_rng(5)
    given_at, service = np.cumsum(rng.exponential(1.0, 800)), rng.exponential(0.9, 800)
    found, share = leading(planted(served(given_at, service, last_first=last_first), given_at, service))
    assert found == cause and share > 0.7


def test_a_receiver_who_is_there_on_mondays_only_is_found():
    rng = np.random.default_rng(7)
    given_at = np.sort(rng.uniform(0, 40 * 168, 1200))
    ready = np.where(given_at % 168 < 24, given_at, np.ceil(given_at / 168) * 168)  # midnight was a Monday's
    taken, clock = np.zeros(len(ready)), 0.0
    for case in np.argsort(ready, kind="stable"):
        taken[case] = clock = max(clock + 0.02, ready[case])
    cause, share = leading(planted(taken, given_at, np.full(len(taken), 0.02)))
    assert cause == "unavailability" and share > 0.9


def test_control_waits_for_no_cause_are_the_rest():
    rng = np.random.default_rng(11)
    given_at = np.sort(rng.uniform(0, 90 * 24, 600))
    taken = given_at + rng.lognormal(1, 1, 600)
    sent = [(f"c{n}", "Front desk", f"F{n}", at - 0.01, at) for n, at in enumerate(given_at)]
    worked = [(f"c{n}", "Billing", f"B{n % 40}", at, at + 0.05) for n, at in enumerate(taken)]
    cause, share = leading(steps(*sent, *worked))
    assert cause == "rest" and share > 0.95


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6), st.sampled_from("AB"), st.sampled_from(["p", "q", "r"]), st.integers(0, 300),
            st.integers(0, 40), st.sampled_from(["active", "waiting", "done"]),
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_causes_add_up_to_the_wait_to_the_second(rows):
    log = steps(*((f"{c}", team, agent, at / 60, (at + long) / 60, s) for c, team, agent, at, long, s in rows))
    causes = journey.wait_causes(log, **RULES | {"batch_free_minutes": 0, "calendar_days": 1})
    assert (causes[SECONDS].sum(axis=1) == causes["wait_seconds"]).all()
    assert (causes[SECONDS] >= 0).all(axis=None)
    latency = journey.handoffs(log).execute().dropna(subset=["latency_hours"])
    assert causes["wait_seconds"].tolist() == (latency["latency_hours"] * 3600).round().astype(int).tolist()


def test_the_demo_adds_up_and_sqlite_agrees(tmp_path):
    frame = demo.organisation(800, 7)["steps"]
    frame = frame.assign(**{name: frame[name].dt.tz_localize(None) for name in ("started_at", "ended_at")})
    file = tmp_path / "steps.db"
    with sqlite3.connect(file) as connection:
        frame.to_sql("steps", connection, index=False, dtype=dict.fromkeys(["started_at", "ended_at"], "TIMESTAMP"))
    connection.close()
    here, there = journey.wait_causes(ibis.memtable(frame), **RULES), ibis.sqlite.connect(file).table("steps")
    pd.testing.assert_frame_equal(here, journey.wait_causes(there, **RULES), check_dtype=False)
    assert len(here) > 1000 and (here[SECONDS].sum(axis=1) == here["wait_seconds"]).all()
    by_pair = journey.causes_by_pair(here, minimum_count=5)
    assert by_pair["wait_hours"].sum() == pytest.approx(here["wait_seconds"].sum() / 3600)
    assert (by_pair["cases"] >= 5).all()
    total = journey.causes_total(here)
    assert total["hours"].sum() == pytest.approx(by_pair["wait_hours"].sum())
    assert total["hours_share"].sum() == pytest.approx(1)


def test_no_steps_give_no_rows(nothing):
    causes = journey.wait_causes(nothing, **RULES)
    assert causes.empty and SECONDS[0] in causes
    assert journey.causes_by_pair(causes).empty
    assert journey.causes_total(causes)["hours_share"].isna().all()


def test_presence_tells_a_short_saturday_from_a_week():
    hour = np.array([(week * 7 + day) * 24 + at for week in range(30) for day in range(6) for at in range(9, 17)])
    hour = hour[~((hour // 24 % 7 == 5) & (hour % 24 >= 12))] + 4 * 24  # weeks begin on a Monday
    there = presence(np.zeros(len(hour), dtype=np.int64), hour * 3600, 1, support=0.1, days=20)[0].reshape(7, 24)
    assert there[:5, 9:17].all() and there[5, 9:12].all() and not there[5, 12:].any()
    assert not there[6].any() and not there[:, :9].any()
    few = presence(np.zeros(3, dtype=np.int64), hour[:3] * 3600, 1, support=0.1, days=20)
    assert few.all()  # three sights say nothing
