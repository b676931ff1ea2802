"""Findings are sentences built from values, hold back small counts and escape names."""

import json
from dataclasses import asdict

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey, kpis, params
from cxops.errors import ParameterError
from cxops.findings import Findings, Verdict
from cxops.journey import bottlenecks, excess, handoffs
from cxops.journey.findings.flow import (
    cases_with_ping_pong,
    findings,
    lead_time,
    never_closed,
    ping_pong,
    reopened,
    rework,
    slowest_handoff,
    where_time_goes,
)
from cxops.journey.schema import JourneyParameters

LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
HOSTILE = '<script>alert("1")</script>'


def judged(steps: ibis.Table, given: JourneyParameters) -> Findings:
    """The findings of a log, with its bottlenecks."""
    return findings(steps, bottlenecks(handoffs(steps), **given.limits, **given.chance), **given.limits)


@pytest.fixture(scope="module")
def given() -> JourneyParameters:
    return params.resolve(JourneyParameters, permutations=899)


@pytest.fixture(scope="module")
def harbour() -> pd.DataFrame:
    tables = demo.organisation(4000, 3)
    cases = tables["cases"]
    return tables["steps"].loc[tables["steps"]["case_id"].isin(cases.loc[cases["unit"] == "Harbour", "case_id"])]


def by_key(steps: pd.DataFrame | ibis.Table, given: JourneyParameters) -> dict[str, object]:
    table = ibis.memtable(steps) if isinstance(steps, pd.DataFrame) else steps
    return {each.key: each for each in judged(table, given)}


def test_the_sentence_holds_the_values_it_was_built_from():
    pair = {"from_team": "A", "to_team": "B", "handoffs": 40, "cases": 30, "latency_hours_p50": 9.0}
    row = pair | {"latency_hours_total": 500.0, "ratio_to_rest": 3.14, "ratio_low": 2.2, "ratio_high": 4.4}
    rest = row | {"from_team": "B", "to_team": "A", "latency_hours_total": 1500.0, "ratio_to_rest": 0.4}
    frame = pd.DataFrame([rest | {"is_signal": False}, row | {"is_signal": True}])
    found = slowest_handoff(frame)
    assert found.headline == (
        "Mend the handoff from A to B first: a typical wait there is 3.1 times (95 % interval 2.2 to 4.4) as long as "
        "at all other handoffs. Of its 500 hours in 40 handoffs (25.0 % of the waiting between teams), 341 hours are "
        "above what they would be if it were like the rest."
    )
    assert (found.value, found.low, found.high) == (3.14, 2.2, 4.4)
    assert found.weight == pytest.approx(500 * (1 - 1 / 3.14))
    assert found.verdict is Verdict.SIGNAL
    silent = slowest_handoff(frame.assign(is_signal=False))
    assert silent.verdict is Verdict.NOISE
    assert silent.headline.startswith(
        "No handoff was found to be slower than the others by more than noise. The one from B to A takes the most time"
    )
    assert silent.weight == 0.0


def test_the_handoff_to_mend_first_is_the_one_with_the_most_hours_above_the_rest():
    # 900 h at 1.3 times the rest is 208 h above it; 500 h at 3 times is 333 h above.
    row = {"handoffs": 9, "ratio_low": 1.1, "ratio_high": 4.0, "is_signal": True}
    long = row | {"from_team": "A", "to_team": "B", "latency_hours_total": 900.0, "ratio_to_rest": 1.3}
    slow = row | {"from_team": "C", "to_team": "D", "latency_hours_total": 500.0, "ratio_to_rest": 3.0}
    found = slowest_handoff(pd.DataFrame([long, slow]))
    assert found.headline.startswith("Mend the handoff from C to D first")
    assert found.headline.endswith("Further handoffs are slower than the rest too: 1.")


def excessive(**named: object) -> pd.DataFrame:
    """Two groups: 30 of 100 events in 60 hours against 50 of 1,000 in 75; only the first differs, at 6 times."""
    frame = pd.DataFrame({"trials": [100, 1000], "events": [30, 50], "hours": [60.0, 75.0]})
    return excess(frame.assign(**named), **LIMITS)


def test_the_ping_pong_signal_states_share_interval_what_it_is_elsewhere_and_the_hours():
    found = ping_pong(excessive(team="A", other_team=["B", "C"]))
    # Wilson for 30 of 100: 21.9 % to 39.6 % (printed in many textbooks); 60 h × (1 − 1/6) = 50 h above.
    assert found.headline == (
        "Ping-pong between A and B: of 100 cases passed between them, whichever began, 30 came straight back the first "
        "time, 30.0 % (95 % interval 21.9 % to 39.6 %), elsewhere 5.0 %. Those cases were away for 60 hours, 50 of "
        "them above what the share elsewhere would give."
    )
    assert (found.value, found.weight) == pytest.approx((0.3, 50.0))
    assert found.low < 0.3 < found.high


def test_the_rework_signal_states_share_interval_what_it_is_elsewhere_and_the_hours():
    found = rework(excessive(team=["A", "B"]))
    assert found.headline == (
        "A has more rework than other teams: of 100 pieces of work, it did 30 again straight away, 30.0 % (95 % "
        "interval 21.9 % to 39.6 %), elsewhere 5.0 %. That took 60 hours, 50 of them above what the share elsewhere "
        "would give."
    )
    assert found.weight == pytest.approx(50.0)


@pytest.mark.parametrize("finding", [ping_pong, rework])
def test_a_test_that_found_nothing_says_so_and_claims_nothing(finding):
    judged = excess(
        pd.DataFrame({"team": "A", "other_team": "B", "trials": [100, 100], "events": [5, 5], "hours": 1.0}),
        **LIMITS,
    )
    found = finding(judged)
    assert found.verdict is Verdict.NOISE
    assert "found to have more" in found.headline and "by more than noise" in found.headline
    assert (found.low, found.high, found.weight) == (None, None, 0.0)


def test_rework_in_a_log_that_shows_none_is_left_open():
    judged = excess(
        pd.DataFrame({"team": ["A", "B"], "trials": 100, "events": 0, "hours": 0.0}),
        **LIMITS,
    )
    assert rework(judged).verdict is Verdict.UNKNOWN


def test_time_after_completion_is_told_apart_from_the_way_there():
    hours = {"working": 10.0, "waiting in a team": 10.0, "waiting between teams": 80.0, "after completion": 900.0}
    found = where_time_goes(pd.DataFrame({"component": hours.keys(), "hours_total": hours.values()}))
    assert found.headline == (
        "Of the 100 hours that cases took until completion, nights and weekends included, 10.0 % was work, 80.0 % "
        "waiting between teams and 10.0 % waiting in a team. A further 900 hours passed after completion, before cases "
        "were reopened or last changed."
    )
    assert (found.value, found.weight) == (0.1, 90.0)


def test_lead_times_are_in_one_unit_and_say_that_handoffs_are_not_shown_to_be_the_cause():
    groups = pd.DataFrame({"handoffs_group": ["0", "3+"], "cases": [10, 20], "lead_hours_p50": [12.0, 240.0]})
    (found,) = lead_time(groups)
    assert "up to 0.5 days" in found.headline and "up to 10.0 days" in found.headline
    assert found.headline.endswith("so this does not say that handoffs make them long.")
    assert found.weight == 20 * (240 - 12)


def test_the_tests_of_a_page_share_its_alpha(given):
    assert given.limits["alpha"] == pytest.approx(given.alpha / 4)


def test_permutations_must_allow_a_signal():
    # The smallest p-value of 399 exchanges is 1/400, a quarter of 0.01 and no less: 400 are asked for.
    assert params.resolve(JourneyParameters, alpha=0.01, permutations=400).permutations == 400
    with pytest.raises(ParameterError, match="permutations: must be at least 4 / alpha, here 400"):
        params.resolve(JourneyParameters, alpha=0.01, permutations=399)


def test_every_finding_follows_a_definition_and_can_be_stored(harbour, given):
    found = by_key(harbour, given)
    assert {each.kpi for each in found.values()} <= set(kpis.catalogue())
    stored = json.loads(json.dumps([asdict(each) for each in found.values()], allow_nan=False))
    assert len(stored) == 8
    assert all(each["low"] <= each["value"] <= each["high"] for each in stored if each["low"] is not None)


def test_every_definition_has_an_owner_on_both_sides():
    for kpi in kpis.catalogue().values():
        assert kpi.owner_cx.startswith("Head of") and kpi.owner_operations.startswith("Head of")
        assert kpi.owner_cx != kpi.owner_operations


def test_what_is_counted_has_no_interval():
    found = never_closed(pd.DataFrame({"cases": [7554], "closed": [5663]}), 5)
    assert found.headline == "1,891 of 7,554 cases (25.0 %) were not completed by the time the data were taken."
    assert (found.verdict, found.low, found.high) == (Verdict.COUNT, None, None)
    (again,) = reopened(pd.DataFrame({"closed": [5663], "reopened": [390]}), 5)
    assert again.headline == "390 of 5,663 completed cases (6.9 %) were reopened by the time the data were taken."
    assert (again.verdict, again.low, again.high) == (Verdict.COUNT, None, None)


def test_cases_with_ping_pong_are_counted_once_however_often_they_return(log):
    held = [(str(case), team, "active", hour, 1) for case in range(6) for hour, team in enumerate("ABABA")]
    held += [("6", team, "active", hour, 1) for hour, team in enumerate("ABC")]
    found = cases_with_ping_pong(journey.ping_pong(log(*held)), 7, 5)
    assert found.headline.startswith("6 of 7 cases (85.7 %) had ping-pong")
    assert found.verdict is Verdict.COUNT


def test_small_counts_are_not_shown():
    found = never_closed(pd.DataFrame({"cases": [100], "closed": [97]}), 5)
    assert found.headline == "Fewer than 5 of 100 cases were not completed by the time the data were taken."
    assert np.isnan(found.value)
    assert (found.low, found.high) == (None, None)


def test_a_count_of_none_is_shown():
    found = never_closed(pd.DataFrame({"cases": [100], "closed": [100]}), 5)
    assert found.headline.startswith("0 of 100 cases (0.0 %) were not completed")


def test_no_steps_are_said_to_be_none(nothing, given):
    (only,) = by_key(nothing, given).values()
    assert only.verdict is Verdict.UNKNOWN
    assert only.headline == "No case in this scope has a step: there is no journey to describe."


def test_fewer_cases_than_may_be_shown_are_not(chain, given):
    (only,) = by_key(chain, given).values()
    assert only.headline == "Fewer than 5 cases are in this scope: too few to show."


def test_cases_without_handoffs_leave_the_questions_about_teams_open(log, given):
    found = by_key(log(*((str(case), "A", "active", 0, 1) for case in range(9))), given)
    assert found["journey.slowest_handoff"].headline.endswith("no case changed teams.")
    assert found["journey.ping_pong"].verdict is found["journey.rework"].verdict is Verdict.UNKNOWN
    assert "journey.lead_time_by_handoffs" not in found
    assert found["journey.never_closed"].value == 1.0
    assert "journey.reopened" not in found


def test_cases_without_duration_are_said_to_have_none(log, given):
    found = by_key(log(*((str(case), "A", "active", 0, None) for case in range(9))), given)
    assert found["journey.where_time_goes"].verdict is Verdict.UNKNOWN


def test_names_of_teams_stand_as_they_are_and_are_escaped_where_they_are_shown(harbour, given):
    renamed = harbour.assign(team=harbour["team"].replace("Specialists", HOSTILE))
    found = judged(ibis.memtable(renamed), given)
    assert f"from {HOSTILE} to Field service" in found[0].headline
    html = found._repr_mimebundle_()["text/html"]
    assert "<script>" not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "wrong", [{"minimum_count": 1}, {"alpha": 0.0}, {"alpha": 0.5}, {"material_ratio": 0.9}, {"permutations": 10}]
)
def test_parameters_out_of_bounds_stop_before_any_work(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        params.resolve(JourneyParameters, **wrong)
