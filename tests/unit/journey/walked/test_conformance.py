"""Cases against the drawn path (c4.m1.b5): fitness, skipped and added steps, satisfaction beside them, audits."""

import itertools

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.journey.charts import (
    conformance_by_table,
    conformance_figure,
    deviations_table,
    journey_audits_table,
)
from cxops.journey.findings.walked import costly_deviation, fitness, overdue_audits
from cxops.journey.walked.alignments import IntendedPath, alignments

STAGES = pd.DataFrame({"stage": ["In", "Check", "Mend"], "phase": "Support", "optional": [False, True, False]})
STEPS = pd.DataFrame(
    {
        "stage": ["In", "Check", "Mend", "Mend"],
        "step_id": ["register", "check", "mend", "tell"],
        "touchpoint": ["First contact", "Proof", "Solution", "Word"],
        "activities": [("Register",), ("Check",), ("Mend",), ("Tell",)],
        "optional": [False, False, False, True],
    }
)
ACTIVITIES = STEPS.explode("activities").rename(columns={"activities": "activity"})[["activity", "stage", "step_id"]]
NONE = pd.DataFrame(columns=["from_stage", "to_stage"])
LIMITS = {"minimum_count": 5, "alpha": 0.01}


def walks(*ways: tuple[str, int], done: bool = True) -> pd.DataFrame:
    """Steps of as many cases of each way as said; a way is its activities with blanks between."""
    rows, case = [], 0
    for way, count in ways:
        for _ in range(count):
            case += 1
            rows += [(f"c{case}", at, activity) for at, activity in enumerate(way.split())]
            rows += [(f"c{case}", 99, "Close")] if done else []
    frame = pd.DataFrame(rows, columns=["case_id", "hour", "activity"])
    start = pd.Timestamp("2025-01-06", tz="UTC") + pd.to_timedelta(frame["hour"], unit="h")
    status = np.where(frame["activity"] == "Close", "done", "active")
    frame = frame.assign(started_at=start, ended_at=start, step_seq=0, team="A", stage="In", status=status)
    return frame.drop(columns="hour")


def held(steps: pd.DataFrame, transitions: pd.DataFrame = NONE) -> tuple[ibis.Table, pd.DataFrame]:
    """Traces and their alignments."""
    on_map = journey.placement(ibis.memtable(steps), STAGES, ACTIVITIES, supporting=("Close",))
    ways = journey.traces(on_map)
    return ways, journey.aligned(ways, journey.intended_path(STAGES, STEPS, transitions))


def test_c4_m1_b5_a_log_identical_to_the_map_has_fitness_1():
    _, found = held(walks(("Register Check Mend Tell", 60), ("Register Mend", 40)))
    whole = journey.conformance(found).iloc[0]
    assert whole[["cases", "fitting", "case_fitness", "trace_fitness"]].tolist() == [100, 100, 1.0, 1.0]
    assert len(journey.deviations(found, no_answers(), STEPS, **LIMITS)) == 0
    by_stage = journey.conformance_by_stage(found, STEPS, minimum_count=5)
    assert by_stage[["stage", "cases", "case_fitness"]].to_numpy().tolist() == [
        ["In", 100, 1.0],
        ["Check", 60, 1.0],
        ["Mend", 100, 1.0],
    ]


def test_c4_m1_b5_7_of_100_cases_with_a_skipped_step_give_a_case_fitness_of_93_and_that_step_is_named():
    _, found = held(walks(("Register Check Mend", 93), ("Check Mend", 7)))
    whole = journey.conformance(found)
    assert whole.iloc[0]["case_fitness"] == pytest.approx(0.93)
    # one step skipped of two events and two demanded steps: 1 - 1/4
    assert whole.iloc[0]["trace_fitness"] == pytest.approx(0.93 + 0.07 * 0.75)
    deviations = journey.deviations(found, no_answers(), STEPS, **LIMITS)
    assert deviations[["kind", "step_id", "name", "stage", "cases", "share"]].to_numpy().tolist() == [
        ["skipped", "register", "First contact", "In", 7, 0.07]
    ]
    by_stage = journey.conformance_by_stage(found, STEPS, minimum_count=5).set_index("stage")
    assert by_stage["case_fitness"].to_dict() == {"In": 0.93, "Check": 1.0, "Mend": 1.0}
    assert "93.0 %" in conformance_figure(whole, by_stage.reset_index()).caption
    assert "First contact skipped (In)" in deviations_table(deviations, 5).html
    assert fitness(whole, pd.DataFrame(columns=["place", "events"]))[0].value == pytest.approx(0.93)


def test_c4_m1_b5_an_audit_without_two_functions_is_invalid_and_a_missing_one_overdue():
    meetings = pd.DataFrame(
        [
            ("North", "journey_audit", "2025-02-01", "Service; Operations", "Map kept"),
            ("North", "journey_audit", "2025-05-01", "Service; service ;", "Map kept"),
            ("North", "review", "2025-08-01", "Service; Operations", None),
            ("South", "journey_audit", "2025-08-01", "Service; Operations", None),
        ],
        columns=["unit", "type", "held_at", "functions", "verdict"],
    )
    meetings["held_at"] = pd.to_datetime(meetings["held_at"], utc=True)
    scopes = [("North", f"2025Q{quarter}") for quarter in (1, 2, 3, 4)]
    audits = journey.journey_audits(meetings, scopes, as_of=pd.Timestamp("2025-12-31", tz="UTC"))
    assert audits["status"].tolist() == ["held", "invalid", "overdue", "due"]
    assert audits["functions"].tolist() == ["Service; Operations", "Service", "", ""]
    assert "invalid: fewer than two functions" in journey_audits_table(audits, 9).html
    finding = overdue_audits(audits)[0]
    assert finding.value == 2
    assert (
        "Of 3 quarterly audits of the journey, 1 were not held and 1 had fewer than two functions" in finding.headline
    )
    one = journey.journey_audits(meetings, scopes, as_of=audits["held_at"].max(), unit="North", quarter="2025Q1")
    assert one["status"].tolist() == ["held"]
    assert len(journey.journey_audits(meetings, [], as_of=audits["held_at"].max())) == 0


def test_where_no_meeting_is_written_down_at_all_audits_are_unknown_not_overdue():
    nothing = pd.DataFrame(columns=["unit", "type", "held_at", "functions", "verdict"])
    audits = journey.journey_audits(nothing, [("North", "2025Q1")], as_of=pd.Timestamp("2025-12-31", tz="UTC"))
    assert journey_audits_table(audits, 9).caption.startswith("No evidence: the register `meetings` holds nothing")
    assert overdue_audits(audits) == []


def test_what_is_not_on_the_map_is_an_added_step_by_its_own_name():
    _, found = held(walks(("Register Fax Mend", 10), ("Register Mend Register", 5)))
    deviations = journey.deviations(found, no_answers(), STEPS, **LIMITS)
    assert deviations[["kind", "name", "stage", "cases"]].to_numpy().tolist() == [
        ["added", "Fax", "(not on the map)", 10],
        ["added", "First contact", "In", 5],
    ]
    html = deviations_table(deviations, 5).html
    assert "Fax (not on the map)" in html
    assert "First contact again or out of order (In)" in html


def test_repeats_in_a_row_and_supporting_work_are_no_deviation():
    _, found = held(walks(("Register Register Check Check Mend", 3)))
    assert found["fitness"].tolist() == [1.0]


def test_of_a_case_that_goes_on_nothing_is_demanded_after_its_last_event():
    _, found = held(pd.concat([walks(("Register", 4), done=False)]))
    assert found["fitness"].tolist() == [1.0]
    _, closed = held(walks(("Register", 4)))
    assert closed["skipped"].tolist() == [("mend",)]
    assert closed["fitness"].tolist() == [pytest.approx(1 - 1 / 3)]


def test_an_agreed_transition_back_is_no_deviation():
    steps = walks(("Register Mend Register Mend", 4))
    _, without = held(steps)
    assert without["fitness"].iloc[0] < 1
    _, agreed = held(steps, pd.DataFrame({"from_stage": ["Mend"], "to_stage": ["In"]}))
    assert agreed["fitness"].tolist() == [1.0]


def test_a_stage_that_may_be_passed_by_may_not_be_left_half_done():
    """Check is optional as a whole; of its two steps neither is, so a case that begins it must do both."""
    path = IntendedPath(("a", "b", "c"), ("In", "Check", "Check"), (True,) * 3, frozenset(["Check"]), ())
    found = alignments(path, [(("a",), True), (("a", "b"), True), (("a", "b", "c"), True), (("a", "c"), True)])
    assert [each.skipped for each in found] == [(), ("c",), (), ("b",)]


def cheapest(path: IntendedPath, events: tuple[str, ...], is_complete: bool) -> int:
    """The least cost by trying every way: which events to match, each against the definition of what is skipped."""

    def way(start: int, end: int) -> float:
        here = path.stages[start] if start >= 0 else None
        there = path.stages[end] if end < len(path.steps) else None

        def cost(first: int, last: int, visited: set[str | None]) -> int:
            free = path.optional_stages - visited
            return sum(path.required[at] and path.stages[at] not in free for at in range(first, last))

        found = [cost(start + 1, end, {here, there})] if start < end else []
        if here:
            left = max(at for at, stage in enumerate(path.stages) if stage == here) + 1
            for one, other in path.transitions:
                if one == here and path.stages.index(other) <= end:
                    found.append(cost(start + 1, left, {here}) + cost(path.stages.index(other), end, {there}))
        return min(found, default=np.inf)

    best = np.inf
    for kept in itertools.product([False, True], repeat=len(events)):
        matched = [event for event, keep in zip(events, kept, strict=True) if keep]
        if not set(matched) <= set(path.steps):
            continue
        places = [-1, *(path.steps.index(each) for each in matched)]
        gaps = [way(*pair) for pair in itertools.pairwise(places)]
        end = way(places[-1], len(path.steps)) if is_complete else 0
        best = min(best, sum(gaps) + end + len(events) - len(matched))
    return best


def test_no_way_of_reading_a_trace_is_cheaper_than_the_alignment():
    """Against every subset of events tried one by one, on 300 random traces over three random maps."""
    rng = np.random.default_rng(5)
    for _ in range(3):
        stages = tuple(np.repeat(["A", "B", "C"], rng.integers(1, 3, 3)))
        steps = tuple(f"s{at}" for at in range(len(stages)))
        required = tuple(bool(each) for each in rng.random(len(steps)) < 0.7)
        path = IntendedPath(steps, stages, required, frozenset(["B"]), (("C", "A"), ("A", "C")))
        traces = [(tuple(rng.choice([*steps, "+x"], rng.integers(0, 7))), bool(rng.random() < 0.5)) for _ in range(100)]
        for (events, is_complete), found in zip(traces, alignments(path, traces), strict=True):
            assert found.cost == cheapest(path, events, is_complete), (events, is_complete, found)
            assert 0 <= found.fitness <= 1
            assert (found.fitness == 1) == (found.cost == 0)


def no_answers() -> pd.DataFrame:
    return pd.DataFrame(columns=["customer_id", "csat", "trace", "is_complete"]).astype(
        {"csat": float, "is_complete": bool, "trace": str}
    )


def answered(ways: ibis.Table, found: pd.DataFrame, loss: float, seed: int) -> pd.DataFrame:
    """An answer about each case by a customer of its own; lower by `loss` where a case skips a step."""
    rng = np.random.default_rng(seed)
    rows = ways.execute().merge(found[["trace", "is_complete", "skipped"]], on=["trace", "is_complete"])
    csat = 4 + rng.normal(0, 0.6, len(rows)) - loss * (rows["skipped"].map(len) > 0)
    return rows.assign(customer_id=rows["case_id"], csat=csat)[["customer_id", "csat", "trace", "is_complete"]]


def test_satisfaction_lost_with_a_deviation_is_found_with_its_interval_and_ranks_it_first():
    ways, found = held(walks(("Register Check Mend", 300), ("Check Mend", 60), ("Register Fax Mend", 60)))
    judged = journey.deviations(found, answered(ways, found, 0.8, 1), STEPS, **LIMITS)
    first = judged.iloc[0]
    assert (first["kind"], first["step_id"], bool(first["is_signal"])) == ("skipped", "register", True)
    assert first["low"] < -0.8 < first["high"] < 0
    assert first["csat_loss"] == pytest.approx(-first["difference"] * 60)
    assert not judged.iloc[1]["is_signal"]
    finding = costly_deviation(judged)[0]
    assert finding.headline.startswith("Satisfaction is lower where First contact is skipped: −0.")
    assert "less satisfied" in deviations_table(judged, 5).html


def test_without_a_planted_loss_nothing_is_named_in_95_of_100_logs():
    """Two deviations are tested at alpha 0.05 together; 100 seeds would name something in five."""
    ways, found = held(walks(("Register Check Mend", 100), ("Check Mend", 40), ("Register Fax Mend", 40)))
    named = sum(
        journey.deviations(found, answered(ways, found, 0.0, seed), STEPS, minimum_count=5, alpha=0.05)[
            "is_signal"
        ].any()
        for seed in range(100)
    )
    assert named <= 10  # binomial(100, 0.05): more than 10 has a chance of 1 %


def test_too_few_answers_are_said_and_rare_deviations_put_together():
    ways, found = held(walks(("Register Mend", 50), ("Mend", 6), ("Register Fax Mend", 3), ("Register Post Mend", 3)))
    judged = journey.deviations(found, no_answers(), STEPS, **LIMITS)
    assert judged[["kind", "name", "cases"]].to_numpy().tolist() == [
        ["skipped", "First contact", 6],
        ["several", "(rarer deviations, 2 kinds)", 6],
    ]
    assert "too few answers" in deviations_table(judged, 5).html
    assert costly_deviation(judged)[0].headline.endswith("too few such cases answered.")
    _, few = held(walks(("Register Mend", 50), ("Register Fax Mend", 2)))
    hidden = journey.deviations(few, no_answers(), STEPS, **LIMITS)
    assert hidden["cases"].isna().tolist() == [True]
    assert "nan" not in deviations_table(hidden, 5).html.casefold()


def test_a_segment_that_leaves_the_path_more_often_is_named():
    ways, found = held(walks(("Register Mend", 900), ("Mend", 100)))
    cases = [f"c{at}" for at in range(1, 1001)]
    segment = ["Home"] * 895 + ["Firm"] * 105  # c901 to c1000 skip: all of Firm but 5
    groups = ibis.memtable(pd.DataFrame({"case_id": cases, "segment": segment}))
    fitted = journey.conformance_by(groups, ways, found, material_ratio=1.25, **LIMITS)
    assert fitted[["segment", "cases", "fitting", "is_signal"]].to_numpy().tolist() == [
        ["Firm", 105, 5, True],
        ["Home", 895, 895, False],
    ]
    assert "leaves the path more often" in conformance_by_table(fitted, 5).html


def test_cases_of_unknown_customers_are_a_group_of_their_own():
    cases = ibis.memtable(pd.DataFrame({"case_id": ["c1", "c2"], "customer_id": ["k", None]}))
    customers = ibis.memtable(pd.DataFrame({"customer_id": ["k"], "segment": ["Home"]}))
    ways, found = held(walks(("Register Mend", 2)))
    groups = journey.case_groups(cases, customers, "segment")
    fitted = journey.conformance_by(groups, ways, found, minimum_count=1, alpha=0.01)
    assert fitted["segment"].tolist() == ["(not known)", "Home"]


def test_no_case_and_no_map_are_said():
    empty = walks(("Register", 1)).iloc[:0]
    ways, found = held(empty)
    assert len(journey.conformance(found)) == 0
    assert "no case can be held against a journey map" in conformance_figure(found, found.assign(stage="")).caption
    ways, _ = held(walks(("Register Mend", 5)))
    path = journey.intended_path(STAGES.iloc[:0], STEPS.iloc[:0], NONE)
    nothing = journey.aligned(ways, path)
    assert len(nothing) == 0
    assert len(journey.deviations(nothing, no_answers(), STEPS.iloc[:0], **LIMITS)) == 0
    assert (
        "No journey map is named"
        in deviations_table(
            journey.deviations(nothing, no_answers(), STEPS.iloc[:0], **LIMITS), 5, has_map=False
        ).caption
    )
    assert fitness(journey.conformance(nothing), pd.DataFrame())[0].verdict.name == "UNKNOWN"
