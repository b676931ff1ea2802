"""The replay against ciw on the same trace, against Erlang's formula, and by hand where skills and calendars matter."""

import math

import ciw
import numpy as np
import pandas as pd
import pytest
from cxops.journey.promises.calendars import OpeningHours
from cxops.journey.redesign.open_week import open_week
from cxops.journey.redesign.replay import Crew, replay

ANYONE = None


def tasks(*rows: tuple) -> pd.DataFrame:
    """Pieces of work as (case, crew, skill, work, delay, arrived)."""
    columns = ["case_id", "crew", "skill", "work_hours", "delay_hours", "arrived_hours"]
    return pd.DataFrame(rows, columns=columns)


def single(arrived: np.ndarray, work: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"case_id": np.arange(len(work)).astype(str), "crew": "A", "skill": "x", "work_hours": work})
    return frame.assign(delay_hours=0.0, arrived_hours=arrived)


def test_waits_are_those_of_ciw_on_the_same_trace():
    rng = np.random.default_rng(3)
    gaps, work = rng.exponential(1.0, 400), rng.exponential(2.5, 400)
    found = replay(single(gaps.cumsum(), work), {"A": Crew((ANYONE,) * 3)})
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps, float("inf")])],
        service_distributions=[ciw.dists.Sequential(work.tolist())],
        number_of_servers=[3],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(400)
    records = sorted(simulation.get_all_records(), key=lambda each: each.arrival_date)
    waits = np.array([each.waiting_time for each in records])
    assert len(waits) == 400
    assert waits.max() > 1
    found_waits = (found["started_hours"] - found["ready_hours"]).to_numpy()
    assert found_waits == pytest.approx(waits, abs=1e-9)


def test_mean_wait_is_that_of_erlangs_formula():
    agents, load = 4, 3.2
    blocked = (load**agents / math.factorial(agents)) / sum(load**n / math.factorial(n) for n in range(agents + 1))
    delayed = agents * blocked / (agents - load * (1 - blocked))
    expected = delayed / (agents - load)  # mean service time is 1
    rng = np.random.default_rng(11)
    arrived = rng.exponential(1 / load, 150_000).cumsum()
    found = replay(single(arrived, rng.exponential(1.0, 150_000)), {"A": Crew((ANYONE,) * agents)})
    assert (found["started_hours"] - found["ready_hours"]).mean() == pytest.approx(expected, rel=0.05)


def test_a_case_moves_on_after_its_delay():
    found = replay(
        tasks(("1", "A", "x", 2.0, 0.0, 10.0), ("1", "B", "y", 1.0, 5.0, 10.0), ("2", "A", "x", 2.0, 0.0, 11.0)),
        {"A": Crew((ANYONE,)), "B": Crew((ANYONE,))},
    )
    assert found["started_hours"].tolist() == [10, 17, 12]
    assert found["ended_hours"].tolist() == [12, 18, 14]


def test_only_who_can_do_it_takes_it_and_the_specialist_goes_first():
    people = (frozenset({"x", "y"}), frozenset({"x"}))
    found = replay(
        tasks(("1", "A", "x", 4.0, 0.0, 0.0), ("2", "A", "y", 1.0, 0.0, 1.0), ("3", "A", "y", 1.0, 0.0, 1.5)),
        {"A": Crew(people)},
    )
    # who can only do x takes it, so the other is free for y; the second y waits for the one who can do it
    assert found["started_hours"].tolist() == [0, 1, 2]


def test_what_nobody_can_do_is_done_as_if_somebody_were_trained():
    found = replay(tasks(("1", "A", "z", 1.0, 0.0, 0.0)), {"A": Crew((frozenset({"x"}),))})
    assert found["ended_hours"].tolist() == [1]


def test_work_rests_while_the_crew_is_away():
    week = open_week("desk", {"desk": OpeningHours("UTC", dict.fromkeys(["Mon", "Tue"], "09:00-17:00"))})
    crew = {"A": Crew((ANYONE,), week)}
    night = replay(tasks(("1", "A", "x", 4.0, 0.0, 15.0), ("2", "A", "x", 1.0, 0.0, 16.0)), crew)
    # Monday 15:00, two hours until 17:00, two more from Tuesday 9:00; the next begins when it is over
    assert night[["started_hours", "ended_hours"]].to_numpy().tolist() == [[15, 35], [35, 36]]
    early = replay(tasks(("1", "A", "x", 8.0, 0.0, 2.0)), crew)
    assert early[["started_hours", "ended_hours"]].to_numpy().tolist() == [[9, 17]]
    over = replay(tasks(("1", "A", "x", 1.0, 0.0, 50.0)), crew)  # Wednesday: until the next Monday
    assert over[["started_hours", "ended_hours"]].to_numpy().tolist() == [[177, 178]]
    assert crew["A"].open_share == pytest.approx(16 / 168)


def test_all_work_is_done_whoever_does_it():
    rng = np.random.default_rng(2)
    frame = single(rng.exponential(1, 200).cumsum(), rng.exponential(1, 200))
    few, many = (replay(frame, {"A": Crew((ANYONE,) * count)}) for count in (1, 5))
    for found in (few, many):
        assert (found["ended_hours"] - found["started_hours"]).to_numpy() == pytest.approx(frame["work_hours"])
    assert (many["started_hours"] <= few["started_hours"] + 1e-9).all()  # more people never make anybody wait longer
