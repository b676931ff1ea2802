"""Conditions, decision points replayed by hand, and workflow starts held against them."""

from dataclasses import dataclass
from functools import partial

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.errors import ParameterError
from cxops.journey import charts
from cxops.journey.findings import trigger_findings
from cxops.journey.promises.calendars import OpeningHours
from cxops.journey.promises.conditions import fields, predicate
from cxops.journey.schema import maps
from cxops.journey.statistics.order_statistics import quantile_interval

MONDAY = pd.Timestamp("2025-01-06", tz="UTC")
AS_OF = MONDAY + pd.Timedelta(days=60)


@dataclass(frozen=True)
class Within:
    target: float
    calendar: str | None = None
    unit: str = "hours"


@dataclass(frozen=True)
class Point:
    name: str
    condition: str
    workflow: str = "call_back"
    within: Within | None = None


def at(hours: float) -> pd.Timestamp:
    return MONDAY + pd.Timedelta(hours=hours)


CASES = pd.DataFrame(
    {
        "case_id": ["1", "2", "3"],
        "customer_id": ["P1", "P2", None],
        "unit": "Harbour",
        "journey": "Use",
        "reason": ["Fault", "Bill", "Fault"],
        "channel": "phone",
        "priority": ["Urgent", "Low", "Urgent"],
        "opened_at": [at(0), at(1), at(2)],
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["P1", "P2"],
        "segment": "Household",
        "tier": ["Basic", "Premium"],
        "lifetime_value": [10.0, 900.0],
        "churn_risk": [0.8, 0.3],
        "consent": [True, False],
    }
)
STEPS = pd.DataFrame(
    {
        "case_id": ["1", "1", "2", "2"],
        "started_at": [at(3), at(5), at(4), at(6)],
        "stage": ["Intake", "Diagnosis", "Intake", "Resolution"],
        "team": ["A", "B", "A", "C"],
        "activity": ["Ask", "Diagnose", "Ask", "Mend"],
    }
)


def reached(*points: Point, customers: pd.DataFrame = CUSTOMERS) -> list[tuple[str, str, float]]:
    """Decision point, case and hours after midnight of each arrival."""
    found = journey.arrivals(points, *(ibis.memtable(each) for each in (CASES, STEPS, customers))).to_pandas()
    hours = (pd.to_datetime(found["reached_at"], utc=True) - MONDAY).dt.total_seconds() / 3600
    return sorted(zip(found["decision_point"], found["case_id"], hours, strict=True))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('priority == "Urgent"', [("1", 0), ("3", 2)]),
        ('churn_risk >= 0.7 and priority == "Urgent"', [("1", 0)]),
        ("0.2 < churn_risk <= 0.3", [("2", 1)]),
        ("0.7 <= churn_risk", [("1", 0)]),
        ("lifetime_value > -1", [("1", 0), ("2", 1)]),
        ("consent", [("1", 0)]),
        ("not consent", [("2", 1)]),
        ('tier in ["Plus", "Premium"] or reason == "Fault"', [("1", 0), ("2", 1), ("3", 2)]),
        ('reason not in ("Fault",)', [("2", 1)]),
        ('stage == "Diagnosis"', [("1", 5)]),
        ('stage == "Intake" and tier == "Premium"', [("2", 4)]),
        ('stage == "Resolution" or priority == "Urgent"', [("1", 0), ("2", 6), ("3", 2)]),
        ('activity != "Ask"', [("1", 5), ("2", 6)]),
        ("churn_risk > 1", []),
    ],
)
def test_c4_m1_b4_a_condition_is_reached_where_it_is_first_true(condition, expected):
    assert reached(Point("P", condition)) == [("P", case, hours) for case, hours in expected]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("mood >= 0.7", "channel, churn_risk, .*names mood .*journey map"),
        ("resolved_at > 3", "names resolved_at"),
        ("cost > 100", "names cost"),
        ("priority >= 3", "priority is a text, which 3 is not"),
        ('churn_risk == "high"', "churn_risk is a number"),
        ("churn_risk == True", "churn_risk is a number"),
        ('priority < "Urgent"', "no order"),
        ("consent == 1", "yes or no"),
        ("priority", "no comparison"),
        ("1 == 1", "no field"),
        ("churn_risk + 1 > 2", "no field"),
        ("churn_risk > lifetime_value", "no text, number"),
        ('priority in "Urgent"', "a list must stand"),
        ("priority in []", "a list must stand"),
        ("churn_risk is 1", "must be one of =="),
        ('__import__("os").system("true")', "names __import__"),
        ('priority.upper() == "X"', "no field"),
        ('[priority for priority in ["x"]]', "no comparison"),
        ('(lambda: priority)() == "x"', "no field"),
        ("churn_risk >", "cannot be read"),
        ("", "cannot be read"),
        ("churn_risk > 1e400", "no text, number"),
        ("churn_risk > 10**9", "no text, number"),
        ("not " * 400 + "consent", "at most 1000 letters"),
        ('priority == "\0"', "cannot be read"),
    ],
)
def test_c4_m1_b4_what_is_not_in_the_language_is_an_error(condition, said):
    with pytest.raises(ParameterError, match=said):
        reached(Point("P", condition))


def test_hostile_text_is_a_value_and_nothing_else():
    assert reached(Point("P", 'priority == "\'; drop table cases; --"')) == []


def test_conditions_of_the_demo_map_hold_the_language():
    drawn = maps.journey_map("service")
    assert {name for point in drawn.decision_points for name in fields(point.condition)} >= {"churn_risk", "priority"}
    reached(*drawn.decision_points)


def test_a_name_stands_once_and_no_points_are_no_rows():
    with pytest.raises(ParameterError, match="P stands twice"):
        reached(Point("P", "consent"), Point("P", "not consent"))
    assert reached() == []
    assert reached(Point("P", "consent"), customers=CUSTOMERS.iloc[:0]) == []


def planted(arrived: int = 100, started: int = 90, false: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Arrivals on the hour; starts 6 minutes, 12 minutes … later; the false ones for cases that never came."""
    cases = [f"c{each:03d}" for each in range(arrived)]
    reached_at = [at(each) for each in range(arrived)]
    arrivals = pd.DataFrame(
        {"decision_point": "At risk", "workflow": "call_back", "case_id": cases, "reached_at": reached_at}
    )
    right = [each + pd.Timedelta(minutes=6 * (place + 1)) for place, each in enumerate(reached_at[:started])]
    starts = pd.DataFrame(
        {
            "case_id": cases[:started] + [f"x{each}" for each in range(false)],
            "workflow": "call_back",
            "started_at": right + [at(1)] * false,
        }
    )
    return arrivals, starts


POINT = Point("At risk", "churn_risk >= 0.7")


def audited(arrivals: pd.DataFrame, starts: pd.DataFrame, *points: Point, calendars=None, **more) -> pd.DataFrame:
    points = points or (POINT,)
    answered = journey.answered_arrivals(arrivals, starts, points, calendars or {}, as_of=AS_OF)
    return journey.triggers(answered, journey.judged_starts(arrivals, starts), points, **({"minimum_count": 5} | more))


def test_c4_m1_b4_100_arrivals_90_starts_4_false_give_coverage_090_and_precision_0957():
    row = audited(*planted(), minimum_count=2).iloc[0]
    assert row["coverage_share"] == pytest.approx(0.90)
    assert row["precision_share"] == pytest.approx(90 / 94)
    assert round(row["precision_share"], 3) == 0.957
    assert row[["arrivals", "started", "missed", "false_starts", "duplicates"]].tolist() == [100, 90, 10, 4, 0]
    assert [row["coverage_low"], row["coverage_high"]] == pytest.approx([0.8256, 0.9448], abs=5e-5)


def test_c4_m1_b4_a_duplicate_start_for_one_arrival_is_flagged():
    arrivals, starts = planted()
    again = starts.iloc[[3]].assign(started_at=starts["started_at"].iloc[3] + pd.Timedelta("2h"))
    both = pd.concat([starts, again], ignore_index=True)
    judged = journey.judged_starts(arrivals, both)
    flagged = judged[judged["verdict"] == "duplicate"]
    assert (
        flagged[["case_id", "started_at"]].to_numpy().tolist() == again[["case_id", "started_at"]].to_numpy().tolist()
    )
    row = audited(arrivals, both, minimum_count=1).iloc[0]
    assert row["duplicates"] == 1
    assert row[["coverage_share", "precision_share"]].tolist() == pytest.approx([0.90, 90 / 94])


def test_a_start_before_its_arrival_is_false_and_the_arrival_missed():
    arrivals, starts = planted(10, 10, 0)
    starts.loc[0, "started_at"] = arrivals["reached_at"].iloc[0] - pd.Timedelta("1min")
    row = audited(arrivals, starts, minimum_count=1).iloc[0]
    assert row[["started", "missed", "false_starts"]].tolist() == [9, 1, 1]


def test_counts_of_a_few_cases_are_neither_in_the_frame_nor_in_what_is_said():
    found = audited(*planted(100, 98, 3))
    assert found[["missed", "false_starts"]].isna().all(axis=None), "two were missed and three were false"
    assert found[["started", "decided", "duplicates"]].iloc[0].tolist() == [98, 100, 0]
    assert charts.triggers_table(found).frame["note"].tolist() == ["too few to show false starts"]
    text = trigger_findings(found)[0].headline
    assert "98.0 %" in text and "of 100 cases; too few to show were missed" in text


def test_delays_have_medians_and_p95_with_intervals():
    row = audited(*planted()).iloc[0]
    minutes = 6.0 * np.arange(1, 91) / 60
    assert row["delay_hours_p50"] == pytest.approx(np.median(minutes))
    assert row["delay_hours_p95"] == pytest.approx(np.quantile(minutes, 0.95))
    assert row[["p50_low", "p50_high"]].tolist() == pytest.approx([3.6, 5.5]), "the 36th and the 55th of 90"
    assert row["p95_low"] < row["delay_hours_p95"] <= row["p95_high"]


def test_the_interval_of_a_quantile_holds_what_it_promises():
    rng = np.random.default_rng(1)
    inside = [low <= 0.5 <= high for _, low, high in (quantile_interval(rng.random(40), 0.5) for _ in range(500))]
    assert 0.94 <= np.mean(inside) <= 0.99
    assert np.isnan(quantile_interval(np.arange(20.0), 0.95)[2]), "twenty values cannot bound a 95th percentile"
    assert all(np.isnan(quantile_interval(np.array([]), 0.5)))


def test_promised_time_counts_by_its_calendar_and_leaves_the_waiting_out():
    office = {"office": OpeningHours("UTC", {"Mon": "09:00-17:00", "Tue": "09:00-17:00"})}
    point = Point("At risk", "churn_risk > 0", within=Within(2, "office"))
    arrivals, _ = planted(8, 0, 0)
    arrivals["reached_at"] = at(16)  # Monday 16:00: two office hours end on Tuesday at 10:00
    starts = pd.DataFrame(
        {"case_id": ["c000", "c001", "c002"], "workflow": "call_back", "started_at": [at(33.5), at(35), at(17)]}
    )
    row = audited(arrivals, starts, point, calendars=office, minimum_count=3).iloc[0]
    assert row[["started", "missed", "in_time_share"]].tolist() == [3, 5, pytest.approx(2 / 8)]
    fresh = journey.answered_arrivals(arrivals, starts, (point,), office, as_of=at(33))
    assert (fresh["status"] == "waiting").sum() == 5, "on Tuesday at nine one of the two hours is gone"


def test_rules_that_never_fire_are_told_apart():
    arrivals, starts = planted(10, 8, 0)
    points = (POINT, Point("Never", "churn_risk > 9", "other"), Point("Silent", "consent", "third"))
    silent = arrivals.assign(decision_point="Silent", workflow="third")
    both = pd.concat([arrivals, silent], ignore_index=True)
    found = audited(both, starts, *points).set_index("decision_point")
    assert found["state"].to_dict() == {"At risk": "measured", "Never": "never reached", "Silent": "never started"}
    assert np.isnan(found.loc["Never", "coverage_share"])
    assert found.loc["Silent", "coverage_share"] == 0


def test_unknown_is_not_nought():
    arrivals, starts = planted(10, 8, 0)
    none = audited(arrivals, starts.iloc[:0], held=("customers",)).iloc[0]
    assert none["state"] == "no starts on record"
    assert none["arrivals"] == 10
    assert np.isnan(none["coverage_share"])
    blind = audited(arrivals.iloc[:0], starts, held=("workflow_starts",)).iloc[0]
    assert blind["state"] == "customers not known"
    few = audited(*planted(3, 3, 0)).iloc[0]
    assert few["state"] == "too few cases"
    assert few[["arrivals", "coverage_share", "delay_hours_p50"]].isna().all()


def test_starts_of_other_cases_and_later_ones_are_left_out():
    starts = pd.DataFrame(
        {"case_id": ["1", "9", "2"], "workflow": "x", "started_at": [at(1), at(1), AS_OF + pd.Timedelta("1h")]}
    )
    found = journey.case_starts(ibis.memtable(starts), ibis.memtable(CASES), as_of=AS_OF)
    assert found["case_id"].tolist() == ["1"]


def test_outcomes_beside_the_missed_have_intervals():
    rng = np.random.default_rng(2)
    arrivals, starts = planted(400, 200, 0)
    answered = journey.answered_arrivals(arrivals, starts, (POINT,), {}, as_of=AS_OF)
    is_started = answered.set_index("case_id")["started_at"].notna()
    faster = np.where(is_started, 10.0, 20.0) * np.exp(0.3 * rng.standard_normal(400))
    outcomes = pd.DataFrame(
        {
            "case_id": is_started.index,
            "lead_hours": faster,
            "csat": 4.0 + rng.standard_normal(400),
            "reopened": rng.random(400) < 0.1,
        }
    )
    found = journey.trigger_outcomes(answered, outcomes, alpha=0.01, minimum_count=5).set_index("outcome")
    lead = found.loc["lead_hours"]
    assert lead["low"] < 0.5 < lead["high"], "planted: half as long"
    assert found["is_signal"].to_dict() == {"lead_hours": True, "csat": False, "reopened": False}
    assert found.loc["reopened", "low"] < 0 < found.loc["reopened", "high"]
    few = journey.trigger_outcomes(answered.head(6), outcomes, alpha=0.01, minimum_count=5)
    assert few[["difference", "p_value"]].isna().all(axis=None)
    assert not few["is_signal"].any()


def arrivals_at(point: Point, held: dict[str, ibis.Table]) -> ibis.Table:
    return journey.arrivals((point,), held["cases"], held["steps"], held["customers"])


def test_sqlite_reaches_what_duckdb_reaches(check_same):
    points = (
        Point("A", 'churn_risk >= 0.3 and not priority == "Low"'),
        Point("B", 'stage in ["Diagnosis"] and tier != "Basic" or lifetime_value > 2000'),
    )
    for point in points:
        check_same(partial(arrivals_at, point), in_order=False)


def test_a_predicate_knows_its_fields():
    rows = ibis.memtable(pd.DataFrame({"risk": [0.9, None, 0.1]}))
    truth = predicate("not risk > 0.5", rows, ["risk"])
    assert rows.filter(truth).count().execute() == 1, "a gap is neither"


def test_starts_of_a_workflow_are_counted_by_what_they_were():
    arrivals, starts = planted()
    both = pd.concat([starts, starts.iloc[:6].assign(started_at=AS_OF)], ignore_index=True)
    found = journey.starts_by_workflow(journey.judged_starts(arrivals, both), minimum_count=5)
    assert found.fillna(-1).to_numpy().tolist() == [["call_back", 100, 90, -1, 6]], (
        "four false ones are too few to show"
    )
    assert journey.starts_by_workflow(journey.judged_starts(arrivals, starts.iloc[:0]), minimum_count=5).empty


def test_c4_m1_b4_figure_and_finding_name_the_same_decision_point_by_cases_missed():
    share = {"coverage_share": [0.55, 0.8], "coverage_low": [0.4, 0.7], "coverage_high": [0.7, 0.9]}
    counts = {"arrivals": [102.0, 376.0], "decided": [102.0, 375.0], "missed": [46.0, 75.0], "duplicates": [0.0, 0.0]}
    named = {"decision_point": ["Urgent request", "Complaint"], "workflow": ["fast_lane", "complaint_review"]}
    found = pd.DataFrame(named | share | counts).assign(precision_share=1.0, state="measured")
    figure, finding = charts.triggers_figure(found), trigger_findings(found)[0]
    assert finding.subject == "Complaint"
    assert "the workflow Complaint review started" in finding.headline
    assert "Of 375 cases that came to Complaint" in figure.caption
    assert "75 were missed, the most of all" in figure.caption
    title = charts.triggers(found, width=900).to_dict()["title"]
    assert "Complaint is missed most" in str(title)
