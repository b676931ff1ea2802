"""Findings are sentences built from values, hold back small counts and escape names."""

import json
from dataclasses import asdict

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, kpis, params
from cxops.errors import ParameterError
from cxops.findings import Findings, Verdict
from cxops.journey import bottlenecks, handoffs
from cxops.journey.findings import findings, never_closed, slowest_handoff
from cxops.journey.schema import JourneyParameters

HOSTILE = '<script>alert("1")</script>'


def judged(steps: ibis.Table, given: JourneyParameters) -> Findings:
    """The findings of a log, with its bottlenecks."""
    return findings(steps, bottlenecks(handoffs(steps), **given.limits, **given.chance), **given.limits)


@pytest.fixture(scope="module")
def given() -> JourneyParameters:
    return params.resolve(JourneyParameters, permutations=199)


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
        "Mend the handoff from A to B first: it takes 500 hours in all (25.0 % of the waiting between teams, "
        "40 handoffs), and a typical wait there is 3.1 times as long as at all other handoffs "
        "(95 % interval 2.2 to 4.4)."
    )
    assert (found.value, found.low, found.high, found.weight) == (3.14, 2.2, 4.4, 500.0)
    assert found.verdict is Verdict.SIGNAL
    silent = slowest_handoff(frame.assign(is_signal=False))
    assert silent.verdict is Verdict.NOISE
    assert silent.headline.startswith(
        "No handoff stands out as slow. The one from B to A takes the most time, 1,500 hours"
    )


def test_every_finding_follows_a_definition_and_can_be_stored(harbour, given):
    found = by_key(harbour, given)
    assert {each.kpi for each in found.values()} <= set(kpis.catalogue())
    stored = json.loads(json.dumps([asdict(each) for each in found.values()], allow_nan=False))
    assert len(stored) == 7
    assert all(each["low"] <= each["value"] <= each["high"] for each in stored if each["low"] is not None)


def test_every_definition_has_an_owner_on_both_sides():
    for kpi in kpis.catalogue().values():
        assert kpi.owner_cx.startswith("Head of") and kpi.owner_operations.startswith("Head of")
        assert kpi.owner_cx != kpi.owner_operations


def test_shares_carry_wilson_intervals():
    # 1,891 of 7,554: Wilson by hand, z = 1.959964: centre (p + z²/2n) / (1 + z²/n), half-width as published.
    share, z, n = 1891 / 7554, 1.959964, 7554
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    found = never_closed(pd.DataFrame({"cases": [7554], "closed": [5663]}), 5)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-6)
    assert found.headline == "1,891 of 7,554 cases (25.0 %) were never completed, 95 % interval 24.1 % to 26.0 %."


def test_small_counts_are_not_shown():
    found = never_closed(pd.DataFrame({"cases": [100], "closed": [97]}), 5)
    assert found.headline == "Fewer than 5 of 100 cases were never completed."
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.05)


def test_a_count_of_none_is_shown():
    found = never_closed(pd.DataFrame({"cases": [100], "closed": [100]}), 5)
    assert found.headline.startswith("0 of 100 cases (0.0 %) were never completed")


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
