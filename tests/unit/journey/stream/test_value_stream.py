"""The value stream: process, wait and what comes back by step, by hand and with what was planted."""

import sqlite3

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey
from cxops.journey import charts
from cxops.journey.findings.value_stream import rolled_yield
from cxops.journey.statistics.resampling import interval
from cxops.journey.stream.hourly_rates import CASES, STAFFING
from cxops.journey.stream.outputs import outputs
from cxops.journey.stream.value_stream import times_by_step

CHANCE = {"resamples": 199}


def streamed(steps: ibis.Table) -> ibis.Table:
    """The steps with their stage as the step of the stream."""
    return steps.mutate(stream_step=steps.stage)


def rate(money: float = 10.0) -> pd.Series:
    return pd.Series({"A": money, "B": money, "C": money})


def yielding(log, *shares: float) -> ibis.Table:
    """Hundred cases through steps S0, S1, …: at each, all but a share of the cases is done again straight away."""
    rows = []
    for case in range(100):
        clock = 0.0
        for at, share in enumerate(shares):
            for _ in range(1 if case < round(100 * share) else 2):
                rows.append((str(case), "ABC"[at % 3], "active", clock, clock + 1, f"Do {at}", f"S{at}"))
                clock += 1.5
        rows.append((str(case), "ABC"[(len(shares) - 1) % 3], "done", clock, clock, "Close", f"S{len(shares) - 1}"))
    return streamed(log(*rows))


def test_c2_m1_b1_six_hours_of_work_in_48_are_an_efficiency_of_0_125(log):
    stream = streamed(log(("1", "A", "active", 0, 4, "Ask", "S0"), ("1", "B", "active", 46, 48, "Do", "S1")))
    share, low, high = journey.cycle_efficiency(stream, **CHANCE, rng=np.random.default_rng(1))
    assert share == pytest.approx(0.125)
    assert np.isnan([low, high]).all()  # one case tells no interval
    by_step = journey.value_stream(stream, rate()).set_index("stream_step")
    assert by_step["process_hours"].to_dict() == {"S0": 4.0, "S1": 2.0}
    assert by_step["handover_hours"].to_dict() == {"S0": 0.0, "S1": 42.0}


def test_c2_m1_b1_a_handover_with_ten_hours_of_wait_ranks_first(log):
    rows = []
    for case in range(20):
        rows += [
            (str(case), "A", "active", 0, 1, "Ask", "S0"), (str(case), "B", "active", 3, 4, "Check", "S1"),
            (str(case), "C", "active", 14, 15, "Do", "S2"), (str(case), "A", "active", 16, 17, "Tell", "S3"),
        ]  # fmt: skip
    ranked = journey.handovers(journey.handoffs(log(*rows)), minimum_count=5).execute()
    first = ranked.iloc[0]
    assert first[["stage", "from_team", "to_team"]].tolist() == ["S2", "B", "C"]
    assert first[["handoffs", "wait_hours_p50", "delay_hours"]].tolist() == [20, 10.0, 200.0]
    assert ranked["delay_hours"].tolist() == [200.0, 40.0, 20.0]


def test_c2_m1_b1_process_and_wait_of_each_case_add_up_to_its_lead_time():
    steps = demo.organisation(600, 3)["steps"]
    table = ibis.memtable(steps)
    found = times_by_step(streamed(table)).execute().groupby("case_id")[["process_hours", "wait_hours"]].sum()
    lead = journey.times_by_case(table).execute().set_index("case_id")
    seconds = (found.sum(axis=1) * 3600).round(6)
    pd.testing.assert_series_equal(seconds, (lead["lead_hours"] * 3600).round(6), check_names=False)
    by_step = journey.value_stream(streamed(table), rate())
    handover = journey.handoffs(table).execute()["latency_hours"].sum()
    assert by_step["handover_hours"].sum() == pytest.approx(handover)
    assert by_step["process_hours"].sum() == pytest.approx(lead["touch_hours"].sum())


def test_c2_m1_b1_lead_time_goes_with_handovers_by_the_planted_slope():
    rng = np.random.default_rng(2)
    count = rng.integers(0, 5, 3000)
    begun = pd.Timestamp("2025-01-06", tz="UTC") + pd.to_timedelta(rng.uniform(0, 200, 3000), unit="D")
    times = pd.DataFrame({
        "case_id": range(3000), "started_at": begun, "handoffs": count, "is_closed": True,
        "lead_hours": 5 + 8 * count + rng.normal(0, 6, 3000),
    })  # fmt: skip
    row = journey.lead_time_regression(times).iloc[0]
    assert row["low"] < 8 < row["high"] and row["high"] - row["low"] < 1
    assert row["basis"] == "clustered by week"
    assert journey.lead_time_regression(times.assign(handoffs=1)).iloc[0]["basis"] == "not told"
    assert journey.lead_time_regression(times.assign(is_closed=False)).iloc[0]["cases"] == 0


def test_c1_m3_b5_three_steps_give_the_rolled_yield_of_0_684(log):
    stream = yielding(log, 0.9, 0.8, 0.95)
    by_step = journey.value_stream(stream, rate())
    # a case with rework has two outputs at the step, of which the first came back: 90 of 110 and so on
    assert by_step["outputs"].tolist() == [110, 120, 105]
    assert by_step["came_back"].tolist() == [10, 20, 5]
    planted = pd.DataFrame({"complete_accurate_share": [0.9, 0.8, 0.95, np.nan]})
    assert journey.rolled_yield(planted) == pytest.approx(0.684)
    estimate, low, high = journey.rolled_yield_interval(stream, **CHANCE, rng=np.random.default_rng(1))
    assert estimate == pytest.approx(100 / 110 * 100 / 120 * 100 / 105) == journey.rolled_yield(by_step)
    assert low < estimate < high


def test_c1_m3_b5_cost_by_step_adds_up_to_the_total(log):
    stream = yielding(log, 0.9, 0.8, 0.95)
    by_step = journey.value_stream(stream, rate(7.0))
    assert by_step["rework_hours"].tolist() == [10.0, 20.0, 5.0]
    assert by_step["rework_cost"].sum() == pytest.approx(35 * 7.0)
    assert by_step["process_cost"].sum() == pytest.approx((110 + 120 + 105) * 7.0)
    by_team = journey.value_stream(stream, rate(7.0), by=("stream_step", "team"))
    assert by_team["rework_cost"].sum() == pytest.approx(35 * 7.0)
    assert journey.value_stream(stream, pd.Series(dtype=float))["rework_cost"].isna().all()  # no rate: a gap, never 0


def test_c1_m3_b5_an_unknown_step_goes_to_the_unplaced_with_a_count(log):
    by_step = journey.value_stream(yielding(log, 0.9, 0.8), rate(6.0))
    told = pd.DataFrame({
        "step_id": ["S0", "S0", "S1", "lobby", "lobby", "later", None, "S1"],
        "issue": ["a", "b", "c", "d", "e", "f", "g", None],
    })  # fmt: skip
    placed = journey.issues_by_step(told, by_step)
    assert placed["issues"].tolist() == [2, 1]
    assert placed["issue_hours"].tolist() == [2.0, 1.0]  # an output that came back took 1 h to do over
    assert placed["issue_cost"].tolist() == [12.0, 6.0]
    unplaced = journey.unplaced_issues(told, by_step, pd.DataFrame({"step_id": ["S0", "S1", "later"]}))
    assert unplaced.to_dict("list") == {
        "step_id": ["lobby", "(none)", "later"],
        "issues": [2, 1, 1],
        "why": ["not on the map", "names no step", "on the map, but not in the log"],
    }
    assert placed["issues"].sum() + unplaced["issues"].sum() == told["issue"].notna().sum()
    shown = journey.issues_by_step(told, by_step, minimum_count=2)
    assert shown["issues"].tolist()[0] == 2 and shown[["issues", "issue_cost"]].iloc[1].isna().all()
    nothing = journey.issues_by_step(told.iloc[:0], by_step)
    assert nothing[["issues", "issue_hours", "issue_cost"]].isna().all(axis=None)


def test_c1_m3_b5_ping_pong_and_reopening_count_against_the_step_that_sent_the_work(log):
    found = outputs(streamed(log(
        ("1", "A", "active", 0, 1, "Ask", "S0"), ("1", "B", "active", 2, 3, "Do", "S1"),
        ("1", "A", "active", 4, 4.5, "Clarify", "S1"), ("1", "B", "active", 5, 6, "Do", "S1"),
        ("1", "B", "done", 6, 20, "Close", "S1"), ("1", "B", "active", 20, 22, "Mend", "S1"),
        ("1", "B", "done", 22, 22, "Close", "S1"),
    )))  # fmt: skip
    # A's question bounced (0.5 h again), B's first piece bounced (1 h), A's answer stood,
    # B's second completed and was reopened (2 h), B's mending stood
    assert found["came_back"].tolist() == [True, True, False, True, False]
    assert found["rework_hours"].tolist() == [0.5, 1.0, 0.0, 2.0, 0.0]


def test_c1_m3_b5_work_in_progress_is_no_output(log):
    stream = streamed(log(("1", "A", "active", 0, 1, "Ask", "S0"), ("1", "B", "active", 2, 3, "Do", "S1")))
    assert outputs(stream)["stream_step"].tolist() == ["S0"]


def test_rates_come_from_staffing_else_from_cases_else_from_nowhere(log):
    steps = log(("1", "A", "active", 0, 2), ("2", "B", "active", 0, 3))
    cases = ibis.memtable(pd.DataFrame({"case_id": ["1", "2", "3"], "cost": [60.0, 40.0, 9.0]}))
    staffing = pd.DataFrame({"team": ["A", "A"], "paid_hours": [1.0, 3.0], "cost": [20.0, 80.0]})
    found = journey.hourly_rates(steps, cases, ibis.memtable(staffing))
    assert found["A"] == 25.0 and np.isnan(found["B"]) and found.name == STAFFING
    by_case = journey.hourly_rates(steps, cases, None)
    assert by_case.tolist() == [20.0, 20.0] and by_case.name == CASES  # 100 of money for 5 hours of work
    unknown = ibis.memtable(pd.DataFrame({"case_id": ["1"], "cost": pd.array([np.nan], dtype=float)}))
    assert journey.hourly_rates(steps, unknown.filter(unknown.case_id == "9"), None).isna().all()


def test_steps_of_the_stream_are_those_of_the_map_where_there_is_one(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Ask", "Intake"), ("1", "B", "waiting", 1, 2, "Wait", "Work"),
        ("1", "B", "active", 2, 3, "Do", "Work"), ("1", "B", "active", 3, 4, "Fax", "Paper"),
    )  # fmt: skip
    stages = pd.DataFrame({"stage": ["Intake", "Work"], "phase": "Support", "position": [0, 1]})
    known = pd.DataFrame({"activity": ["Ask", "Do"], "stage": ["Intake", "Work"], "step_id": ["ask", "do"]})
    placed = journey.placement(steps, stages, known, supporting=("Wait",))
    found = journey.streamed(placed, known).order_by("started_at").execute()["stream_step"].tolist()
    assert found == ["ask", "do", "do", "(not on the map)"]
    none = known.iloc[:0]
    placed = journey.placement(steps, stages.iloc[:0], none)
    found = journey.streamed(placed, none).order_by("started_at").execute()["stream_step"].tolist()
    assert found == ["Intake", "Work", "Work", "Paper"]
    assert set(journey.streamed(placed, none, minimum_count=2).execute()["stream_step"]) == {"(rarer steps)"}


@pytest.mark.parametrize("measure", [times_by_step, outputs])
def test_sqlite_gives_what_duckdb_gives(measure, tmp_path):
    frame = demo.organisation(500, 7)["steps"].drop(columns="agent")
    frame = frame.assign(**{name: frame[name].dt.tz_localize(None) for name in ("started_at", "ended_at")})
    with sqlite3.connect(tmp_path / "s.db") as connection:
        frame.to_sql("steps", connection, index=False, dtype=dict.fromkeys(["started_at", "ended_at"], "TIMESTAMP"))
    connection.close()
    there = ibis.sqlite.connect(tmp_path / "s.db").table("steps")
    found, expected = (measure(streamed(table)) for table in (there, ibis.memtable(frame)))
    if isinstance(found, ibis.Table):
        found, expected = there.get_backend().to_pandas(found), expected.execute()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert len(found) > 500


def test_no_steps_give_empty_frames(nothing):
    stream = streamed(nothing)
    assert journey.value_stream(stream, rate()).empty
    assert np.isnan(journey.cycle_efficiency(stream, **CHANCE, rng=np.random.default_rng(1))).all()
    assert np.isnan(journey.rolled_yield_interval(stream, **CHANCE, rng=np.random.default_rng(1))).all()
    assert np.isnan(journey.rolled_yield(journey.value_stream(stream, rate())))


def test_the_interval_over_cases_holds_the_truth_about_as_often_as_it_says():
    rng, held = np.random.default_rng(4), 0
    for _ in range(200):
        whole = rng.exponential(10, 200)
        values = np.column_stack([whole * rng.beta(2, 6, 200), whole])
        _, low, high = interval(values, lambda t: t[:, 0] / t[:, 1], resamples=199, rng=rng)
        held += low <= 0.25 <= high
    assert 180 <= held <= 198  # 95 % of 200, by chance 181 to 197


def test_what_is_left_out_of_the_issues_without_a_place_is_said():
    unplaced = pd.DataFrame(
        {"step_id": ["(none)", "pay"], "issues": [6, 2], "why": ["names no step", "not on the map"]}
    )
    table = charts.unplaced_table(unplaced, feedback=99, minimum_count=5)
    assert table.frame["issues"].tolist() == [6]
    assert ": 8; fewer than 5 of them are not listed" in table.caption
    whole = charts.unplaced_table(unplaced.head(1), feedback=99, minimum_count=5)
    assert whole.caption.endswith(": 6")


def test_steps_are_told_by_their_touchpoints():
    stream = pd.DataFrame({"stream_step": ["register"], "cases": 10, "rework_hours": 3.0, "rework_cost": 90.0})
    steps = pd.DataFrame({"step_id": ["register"], "touchpoint": ["First contact"]})
    named = journey.with_touchpoints(stream, steps)
    hours = dict.fromkeys(("process_hours", "held_hours", "handover_hours", "wait_hours", "after_hours"), 1.0)
    figure = charts.value_stream_figure(named.assign(**hours, complete_accurate_share=0.9))
    assert "First contact" in figure.alt and "register" not in figure.alt
    text = rolled_yield((0.5, 0.4, 0.6), named)[0].headline
    assert "most of them at First contact" in text
