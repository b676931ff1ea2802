"""Cases against the drawn path (c4.m1.b5): fitness, skipped and added steps, satisfaction beside them, audits."""

import re

import ibis
import networkx as nx
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
    """The least cost as a shortest way (networkx) through the synchronous product of trace and map, move by move.

    A state is what was read of the trace, the stage the walk is in, and how many of its steps it has behind it.
    """
    order = path.order or tuple(dict.fromkeys(path.stages))
    inside = {name: [at for at, each in enumerate(path.stages) if each == name] for name in order}
    product = nx.DiGraph()

    def move(start: tuple, end: tuple, cost: int) -> None:
        product.add_edge(start, end, weight=min(cost, product.edges.get((start, end), {}).get("weight", cost)))

    def are_optional(first: int, last: int) -> bool:
        return all(name in path.optional_stages for name in order[first:last])

    for read in range(len(events) + 1):
        places = [("start", 0), *((name, done) for name in order for done in range(len(inside[name]) + 1))]
        if read < len(events):
            for place in places:
                move((read, *place), (read + 1, *place), 1)  # the event is added
        for name in order:
            for done, at in enumerate(inside[name]):
                move((read, name, done), (read, name, done + 1), int(path.required[at]))  # the step is skipped
                if read < len(events) and events[read] == path.steps[at]:
                    move((read, name, done), (read + 1, name, done + 1), 0)
        for here, name in enumerate(order):
            if are_optional(0, here):
                move((read, "start", 0), (read, name, 0), 0)
            out = (read, name, len(inside[name]))
            for there, other in enumerate(order):
                if (here < there and are_optional(here + 1, there)) or (name, other) in path.transitions:
                    move(out, (read, other, 0), 0)
            if are_optional(here + 1, len(order)):
                move(out, (read, "end", 0), 0)
    if are_optional(0, len(order)):
        move((len(events), "start", 0), (len(events), "end", 0), 0)
    costs = nx.single_source_dijkstra_path_length(product, (0, "start", 0))
    ends = [cost for state, cost in costs.items() if state[0] == len(events)]
    return costs[(len(events), "end", 0)] if is_complete else min(ends)


def random_path(rng: np.random.Generator) -> IntendedPath:
    """Up to five stages of up to three steps, some of none that can be seen, and up to six transitions."""
    order = tuple("ABCDE"[: rng.integers(1, 6)])
    stages = tuple(name for name in order for _ in range(rng.integers(0, 4)))
    steps = tuple(f"s{at}" for at in range(len(stages)))
    required = tuple(bool(each) for each in rng.random(len(steps)) < 0.7)
    optional = frozenset(name for name in order if rng.random() < 0.4)
    pairs = [(one, other) for one in order for other in order if one != other]
    chosen = rng.permutation(len(pairs))[: rng.integers(0, 7)]
    return IntendedPath(steps, stages, required, optional, tuple(pairs[at] for at in chosen), order)


def test_c4_m1_b5_no_reading_of_a_trace_is_cheaper_than_the_alignment():
    """Against a shortest way through the synchronous product, of 1,200 random traces, some empty, and 300 maps."""
    rng = np.random.default_rng(5)
    for _ in range(300):
        path = random_path(rng)
        labels = [*path.steps, "+x"]
        traces = [
            (tuple(str(each) for each in rng.choice(labels, rng.integers(0, 7))), bool(rng.random() < 0.7))
            for _ in range(4)
        ]
        for (events, is_complete), found in zip(traces, alignments(path, traces), strict=True):
            assert found.cost == cheapest(path, events, is_complete), (path, events, is_complete, found)
            assert 0 <= found.fitness <= 1
            assert (found.fitness == 1) == (found.cost == 0)


def agreed(*transitions: tuple[str, str], optional: str = "", stages: str = "ABCD") -> IntendedPath:
    """Stages A to D of one required step each: a to d."""
    steps = tuple(stages.casefold())
    return IntendedPath(steps, tuple(stages), (True,) * len(steps), frozenset(optional), transitions)


@pytest.mark.parametrize(
    ("path", "trace", "skipped"),
    [
        # from E back to C, then from C back to A: only c is skipped, where adding a and b would cost two
        (agreed(("E", "C"), ("C", "A"), stages="ABCDE"), "abcdeabcde", "c"),
        # ahead twice in a row, from A to C and from C to E: only c is skipped, not b, c and d
        (agreed(("A", "C"), ("C", "E"), stages="ABCDE"), "ae", "c"),
        # before anything is seen: a is demanded, and from A an agreed transition leads past b and c
        (agreed(("A", "D")), "d", "a"),
        # nothing is seen at all: the shortest walk is a, d
        (agreed(("A", "D")), "", "ad"),
        # after the last event: from B to D
        (agreed(("B", "D")), "ab", "d"),
        # an agreed way back to B, which is optional, is none to C behind it
        (agreed(("D", "B"), optional="B"), "acdbcd", ""),
        (agreed(("D", "B"), optional="B"), "acdcd", "b"),
        # and one that leaves B is none for whoever passed B by: b is skipped, which is less than c and d
        (agreed(("B", "E"), optional="B", stages="ABCDE"), "ae", "b"),
    ],
)
def test_c4_m1_b5_agreed_transitions_may_follow_each_other_and_lead_into_the_stage_they_name(path, trace, skipped):
    found = alignments(path, [(tuple(trace), True)])[0]
    assert found.cost == len(skipped) == cheapest(path, tuple(trace), True)
    assert "".join(found.skipped) == skipped


def test_c4_m1_b5_a_stage_that_no_log_shows_is_walked_through_unseen():
    """From Mend the map goes on to Farewell, which has no activity, and from there it is agreed to begin anew."""
    stages = pd.concat([STAGES, pd.DataFrame({"stage": ["Farewell"], "phase": "Renewal", "optional": True})])
    path = journey.intended_path(stages, STEPS, pd.DataFrame({"from_stage": ["Farewell"], "to_stage": ["In"]}))
    assert alignments(path, [(("register", "mend", "register", "mend"), True)])[0].cost == 0


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
    html = conformance_by_table(fitted, 5).html
    assert "leaves the path more often" in html
    assert re.search(r'data-label="Share as drawn"[^>]*>[\d.]+ %<', html)


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
