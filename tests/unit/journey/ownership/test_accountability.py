"""The RACI matrix: exactly one accountable, cases on an owned journey, owners without a KPI, work outside the map."""

import ibis
import pandas as pd
import pytest
from cxops import journey, params
from cxops.errors import ParameterError
from cxops.findings import Verdict
from cxops.journey.findings.owners import owned_cases
from cxops.journey.schema.maps import JourneyMap

BASE = {
    "title": "A small journey",
    "version": 1,
    "effective_on": "2024-01-01",
    "journeys": ["Pay"],
    "owners": [{"id": "kim", "role": "Lead", "kpis": ["lead_time"]}, {"id": "lee", "role": "Second"}],
    "stages": [{"name": "Intake", "phase": "Onboarding", "owner": "kim"}, {"name": "Payment", "phase": "Support"}],
}
WHOLE = {"role": "Lead", "raci": "A"}


def drawn(*raci: dict) -> JourneyMap:
    return params.check(JourneyMap, BASE | {"raci": list(raci)}, "a test")


def owners(map_: JourneyMap) -> pd.DataFrame:
    work = pd.DataFrame({"stage": ["Intake"], "team": "Desk", "cases": 9, "steps": 9, "touch_hours": 1.0})
    owned = journey.owned_stages(map_.stage_frame(), map_.owner_frame(), work, {"Desk": "Service"})
    nobody = pd.DataFrame({"id": ["kim"], "people": 1, "cases": 9})
    return journey.owners(
        map_.owner_frame(), owned, people=nobody, departments={"Desk": "Service"}, kpi_scopes={"lead_time": "journey"}
    )


@pytest.mark.parametrize(
    ("raci", "said"),
    [
        ([{"role": "Lead", "raci": "R"}], "for the journey: got none"),
        ([WHOLE, {"role": "Second", "raci": "A"}], "for the journey: got Lead, Second"),
        ([WHOLE, {"stage": "Intake", "role": "Desk", "raci": "R"}], "for stage Intake: got none"),
        ([WHOLE, *({"stage": "Intake", "role": each, "raci": "A"} for each in "xy")], "for stage Intake: got x, y"),
        ([WHOLE, {"stage": "Nowhere", "role": "Lead", "raci": "A"}], "'Nowhere'"),
    ],
)
def test_c4_m7_b4_not_exactly_one_accountable_is_an_error(raci, said):
    with pytest.raises(ParameterError, match=said):
        drawn(*raci)


def test_c4_m7_b4_95_of_100_cases_on_an_owned_journey_are_095():
    cases = ibis.memtable(pd.DataFrame({"journey": ["Pay"] * 95 + ["Leave"] * 3 + [None] * 2}))
    row = journey.owned_cases(cases, ("Pay",), drawn(WHOLE).raci_frame()).iloc[0]
    assert (row["cases"], row["owned"], row["share"]) == (100, 95, 0.95)


def test_c4_m7_b4_what_covers_everything_is_counted_and_has_no_interval():
    for follow, said in ((95, "For 95 of 100 (95.0 %) cases somebody"), (100, "For all 100 cases somebody")):
        cases = ibis.memtable(pd.DataFrame({"journey": ["Pay"] * follow + ["Leave"] * (100 - follow)}))
        (found,) = owned_cases(journey.owned_cases(cases, ("Pay",), drawn(WHOLE).raci_frame()))
        assert found.headline.startswith(said) and found.verdict is Verdict.COUNT and found.low is None


def test_c4_m7_b4_cases_of_a_journey_for_which_nobody_is_accountable_are_not_owned():
    cases = ibis.memtable(pd.DataFrame({"journey": ["Pay"] * 10}))
    only_stages = pd.DataFrame({"stage": ["Intake"], "role": ["Lead"], "raci": ["A"]})
    assert journey.owned_cases(cases, ("Pay",), only_stages)["share"].tolist() == [0.0]
    assert journey.owned_cases(cases, (), drawn(WHOLE).raci_frame())["share"].tolist() == [1.0]  # all follow the map
    assert journey.owned_cases(cases.limit(0), (), drawn(WHOLE).raci_frame()).empty


def test_c4_m7_b4_an_owner_without_a_kpi_is_listed():
    assert owners(drawn(WHOLE)).set_index("id")["reach"].to_dict() == {"kim": "end-to-end", "lee": "no KPI"}


def test_c4_m7_b4_gaps_name_who_is_missing_or_cannot_be_held_to_an_outcome():
    map_ = drawn(
        {"role": "Second", "raci": "A"},
        {"stage": "Intake", "role": "Second", "raci": "A"},
    )
    gaps = journey.raci_gaps(map_.raci_frame(), map_.stage_frame(), owners(map_))
    assert gaps.to_numpy().tolist() == [
        ["The whole journey", "Second is accountable without a KPI that sees the journey from end to end"],
        ["Intake", "Second is accountable, but the stage belongs to kim"],
        ["Payment", "nobody is accountable"],
    ]
    stranger = drawn({"role": "Board", "raci": "A"})
    first = journey.raci_gaps(stranger.raci_frame(), stranger.stage_frame(), owners(stranger)).iloc[0]
    assert first["gap"] == "Board is accountable, but is no owner of the map: no KPI follows"


def test_c4_m7_b4_outcomes_are_held_by_the_accountable_one_or_not():
    scopes = {"lead_time": "journey", "csat": "journey", "handling_time": "team"}
    told = journey.outcomes(owners(drawn(WHOLE)), drawn(WHOLE).raci_frame(), scopes)
    assert told.to_numpy().tolist() == [["lead_time", ("Lead",), True], ["csat", (), False]]


def test_c4_m7_b4_the_matrix_has_the_journey_first_and_roles_under_their_letters():
    map_ = drawn(
        WHOLE, {"stage": "Intake", "role": "Lead", "raci": "A"}, {"stage": "Intake", "role": "Desk", "raci": "R"}
    )
    matrix = journey.raci_matrix(map_.raci_frame(), map_.stage_frame())
    assert matrix["stage"].tolist() == ["The whole journey", "Intake", "Payment"]
    assert matrix.set_index("stage").loc["Intake"].tolist() == [("Lead",), ("Desk",), (), ()]
    assert journey.raci_matrix(drawn().raci_frame(), map_.stage_frame()).empty


def test_c4_m7_b4_events_outside_any_journey_are_counted(log):
    steps = log(
        *((case, "Desk", "active", 0, 1, "Work", stage) for case, stage in zip("123456789", "IIIIIXXYZ", strict=True))
    )
    cases = ibis.memtable(
        pd.DataFrame({"case_id": list("123456789"), "journey": ["Pay"] * 3 + ["Leave"] * 4 + ["Other", None]})
    )
    stages = pd.DataFrame({"stage": ["I"]})
    found = journey.outside(cases, steps, ("Pay",), stages, minimum_count=2)
    assert found.to_numpy().tolist() == [
        ["journey", "Leave", 4, 4],
        ["journey", "(rarer)", 2, 2],
        ["stage", "(rarer)", 2, 2],
        ["stage", "X", 2, 2],
    ]
    assert journey.outside(cases, steps, ("Pay",), stages.head(0), minimum_count=2).empty
