"""Queues behind touchpoints: Little's law, utilisation, the shifting bottleneck, triage by channel, gaps of the map."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.journey.stream.shifting import shifting_bottleneck
from cxops.journey.stream.utilisation import SEEN, STAFFED

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
WEEKS = 8


def one_server(rng: np.random.Generator, arrivals: np.ndarray, load: float) -> tuple[np.ndarray, np.ndarray]:
    """When one person who never rests takes each case up, and for how long, so as to be busy for `load` of the time."""
    service = rng.exponential(1, len(arrivals))
    for _ in range(50):
        taken, clock = np.zeros(len(arrivals)), arrivals[0]
        for case, (at, long) in enumerate(zip(arrivals, service, strict=True)):
            taken[case] = clock = max(clock, at)
            clock += long
        service *= load / (service.sum() / (clock - arrivals[0]))
    return taken, np.minimum(service, np.append(np.diff(taken), np.inf))


def planted(seed: int, triage_load: float = 0.95) -> tuple[ibis.Table, ibis.Table, ibis.Table]:
    """Steps, cases and staffing: mail is sorted by hand by one busy person, then goes to one of two teams at ease."""
    rng = np.random.default_rng(seed)
    opened = np.sort(rng.uniform(0, WEEKS * 168, 700))
    taken, service = one_server(rng, opened, triage_load)
    rows = [(f"c{n}", "Triage", "T", at, at + long) for n, (at, long) in enumerate(zip(taken, service, strict=True))]
    for team, one in (("Billing", 0), ("Repair", 1)):
        mine = np.arange(one, 700, 2)
        begun, long = one_server(rng, (taken + service)[mine], 0.5)
        rows += [(f"c{n}", team, team[0], at, at + s) for n, at, s in zip(mine, begun, long, strict=True)]
    frame = pd.DataFrame(rows, columns=["case_id", "team", "agent", "start", "end"])
    for name in ("start", "end"):
        frame[f"{name}ed_at"] = (MIDNIGHT + pd.to_timedelta(frame[name], unit="h")).astype("datetime64[us, UTC]")
    frame = frame.drop(columns=["start", "end"]).assign(status="active", activity="Work", stage="S", step_seq=0)
    frame["stream_step"] = frame["team"]
    cases = pd.DataFrame({
        "case_id": [f"c{n}" for n in range(700)],
        "opened_at": (MIDNIGHT + pd.to_timedelta(opened, unit="h")).astype("datetime64[us, UTC]"),
        "channel": np.where(np.arange(700) % 3 == 0, "letter", "e-mail"),
    })  # fmt: skip
    hours = MIDNIGHT + pd.to_timedelta(range((WEEKS + 1) * 168), unit="h")
    staffing = pd.concat([
        pd.DataFrame({"team": team, "interval_start": hours, "agents": 1.0}) for team in ("Triage", "Billing", "Repair")
    ])  # fmt: skip
    return ibis.memtable(frame), ibis.memtable(cases), ibis.memtable(staffing.reset_index(drop=True))


def measured(steps: ibis.Table, cases: ibis.Table, staffing: ibis.Table | None) -> pd.DataFrame:
    visits, works = journey.queue_visits(steps, cases).execute(), journey.queue_works(steps).execute()
    return journey.queues(visits, works, staffing, minimum_count=5)


@pytest.mark.parametrize("seed", range(5))
def test_c3_m1_b2_a_manual_triage_queue_at_95_per_cent_is_first(seed):
    steps, cases, staffing = planted(seed)
    found = measured(steps, cases, staffing)
    assert found["queue"].iloc[0] == "Triage" and found["basis"].eq(STAFFED).all()
    assert found["utilisation"].iloc[0] == pytest.approx(0.95, abs=0.02)
    assert found.loc[found["bottleneck_share"].idxmax(), "queue"] == "Triage"
    unstaffed = measured(steps, cases, None)
    assert unstaffed["queue"].iloc[0] == "Triage" and unstaffed["basis"].eq(SEEN).all()


def test_c3_m1_b2_the_first_is_the_planted_one_and_not_the_name():
    steps, cases, staffing = planted(1, triage_load=0.2)
    assert measured(steps, cases, staffing)["queue"].iloc[0] != "Triage"


def test_c3_m1_b2_mean_length_is_arrival_rate_times_mean_wait_within_one_per_cent():
    steps, cases, staffing = planted(2)
    found = measured(steps, cases, staffing).set_index("queue")
    assert (found["little_gap"] < 0.01).all()
    product = found["arrivals_per_hour"] * found["wait_hours_mean"]
    np.testing.assert_allclose(found["queue_length"], product, rtol=0.01)
    # and by counting who waits in Triage at 20,000 moments
    visits = journey.queue_visits(steps, cases).execute()
    mine = visits[visits["queue"] == "Triage"]
    arrived, taken = (mine[name].to_numpy(float) for name in ("arrived", "taken"))
    moments = np.linspace(arrived.min(), taken.max(), 20_000)
    waiting = (arrived[:, None] <= moments) & (moments < taken[:, None])
    assert found.loc["Triage", "queue_length"] == pytest.approx(waiting.sum(axis=0).mean(), rel=0.01)
    assert found["lead_share"].sum() <= 1


def test_c3_m1_b2_a_queue_by_hand(log):
    steps = log(
        ("1", "A", "active", 1, 3), ("2", "A", "active", 3, 5), ("3", "A", "waiting", 4, 6),
    ).mutate(stream_step=ibis.literal("s"), agent=ibis.null("string"))  # fmt: skip
    opened = MIDNIGHT + pd.to_timedelta([0, 1, 4], unit="h")
    cases = pd.DataFrame({"case_id": ["1", "2", "3"], "opened_at": opened, "channel": "mail"})
    visits = journey.queue_visits(steps, ibis.memtable(cases)).execute()
    row = journey.queues(visits, journey.queue_works(steps).execute()).iloc[0]
    # case 1 waits 0 to 1, case 2 waits 1 to 3: 3 hours in a window of 3, the third still waits
    assert row[["volume", "wait_hours_total", "queue_length"]].tolist() == [2, 3.0, 1.0]
    assert row["arrivals_per_hour"] == pytest.approx(2 / 3) and row["wait_hours_mean"] == 1.5
    assert row["busy_hours"] == 4.0 and np.isnan(row["utilisation"])  # nobody known, nobody staffed


def test_c3_m1_b2_a_touchpoint_without_a_queue_is_listed():
    steps, cases, staffing = planted(3)
    visits = journey.queue_visits(steps, cases).execute()
    found = journey.queues(visits, journey.queue_works(steps).execute(), staffing)
    points = pd.DataFrame({
        "step_id": ["Triage", "Billing", "web", "shop"], "stage": "S", "touchpoint": ["Mail", "Bill", "Site", "Shop"],
        "queue": ["Triage", "Repair", None, "Counter"],
    })  # fmt: skip
    laid = journey.touchpoint_queues(points, visits, found, minimum_count=5).set_index("touchpoint")
    assert laid["problem"].to_dict() == {
        "Mail": "", "Bill": "", "Site": "no queue on the map", "Shop": "its queue is not in the log",
    }  # fmt: skip
    assert laid.loc["Mail", "volume"] == 700 and laid.loc["Mail", "elsewhere_share"] == 0
    assert laid.loc["Bill", "elsewhere_share"] == 1  # billing lay in the queue of Billing, not of Repair
    assert laid.loc["Mail", "utilisation"] == pytest.approx(0.95, abs=0.02)
    assert journey.touchpoint_queues(points.iloc[:0], visits, found).empty


def test_c3_m1_b2_triage_is_told_by_channel():
    steps, cases, _ = planted(4)
    visits = journey.queue_visits(steps, cases).execute()
    told = journey.triage_by_channel(visits, minimum_count=5).set_index("channel")
    opened = cases.execute().set_index("case_id")
    begun = steps.filter(steps.team == "Triage").execute().set_index("case_id")["started_at"]
    wait = ((begun - opened["opened_at"]).dt.total_seconds() / 3600).groupby(opened["channel"])
    np.testing.assert_allclose(told["wait_hours_total"], wait.sum()[told.index], atol=0.3)  # whole seconds
    assert told["cases"].sum() == 700
    assert (told["wait_hours_low"] <= told["wait_hours_p50"]).all()
    assert journey.triage_by_channel(visits, minimum_count=300)["channel"].tolist() == ["e-mail"]


def test_the_bottleneck_shifts_where_two_busy_periods_overlap():
    # A is active 0–8 and 12–13, B 6–20, C 9–10: at 0–8 A, from 8 B; A's second and C's are never the longest
    group, start, end = (np.array(each) for each in ([0, 0, 1, 2], [0, 12, 6, 9], [8, 13, 20, 10]))
    shares = shifting_bottleneck(group, start, end, 3)
    np.testing.assert_allclose(shares["sole_share"], [6 / 20, 12 / 20, 0])
    np.testing.assert_allclose(shares["shifting_share"], [2 / 20, 2 / 20, 0])
    np.testing.assert_allclose(shares["bottleneck_share"], [8 / 20, 14 / 20, 0])
    none = np.zeros(0, dtype=np.int64)
    assert shifting_bottleneck(none, none, none, 2)["bottleneck_share"].tolist() == [0, 0]


def test_no_steps_give_no_queues(nothing):
    steps = nothing.mutate(stream_step=nothing.stage)
    empty = pd.DataFrame({"case_id": ["x"], "opened_at": [MIDNIGHT], "channel": ["mail"]})
    visits = journey.queue_visits(steps, ibis.memtable(empty)).execute()
    found = journey.queues(visits, journey.queue_works(steps).execute())
    assert found.empty and "utilisation" in found
    assert journey.triage_by_channel(visits).empty
