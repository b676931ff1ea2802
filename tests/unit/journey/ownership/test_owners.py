"""Owners of stages: gaps, reach of their KPIs, span, leftovers and the time before and since their first day."""

import numpy as np
import pandas as pd
import pytest
from cxops import journey, params
from cxops.errors import ParameterError
from cxops.findings import Verdict
from cxops.journey.findings import owner_findings
from cxops.journey.ownership.owner_effects import hours_by_side
from cxops.journey.schema.maps import JourneyMap, journey_map
from scipy import stats

DEPARTMENTS = {"Front desk": "Service", "Specialists": "Service", "Billing": "Finance"}
SCOPES = {"lead_time": "journey", "stage_wait": "stage", "handling_time": "team"}
MAP = {
    "title": "A small journey",
    "version": 1,
    "effective_on": "2024-01-01",
    "departments": DEPARTMENTS,
    "owners": [
        {
            "id": "kim",
            "role": "Lead of intake",
            "department": "Service",
            "kpis": ["handling_time"],
            "since": "2025-01-08",
        },
        {"id": "lee", "role": "Lead of payment", "department": "Finance", "kpis": ["lead_time"]},
    ],
    "stages": [
        {"name": "Intake", "phase": "Onboarding", "owner": "kim"},
        {"name": "Payment", "phase": "Support", "owner": "lee"},
        {"name": "Renewal", "phase": "Renewal"},
    ],
}


def drawn(**changed) -> JourneyMap:
    return params.check(JourneyMap, MAP | changed, "a test")


@pytest.fixture
def steps(log):
    """Intake by Front desk (1 h) and Billing (1 h), Payment by Billing (2 h), Renewal by Specialists (4 h), 6 cases."""
    rows = []
    for case in "123456":
        rows += [
            (case, "Front desk", "active", 0, 1, "Register", "Intake"),
            (case, "Billing", "active", 1, 2, "Register", "Intake"),
            (case, "Billing", "active", 2, 4, "Charge", "Payment"),
            (case, "Specialists", "active", 4, 8, "Renew", "Renewal"),
            (case, "Specialists", "done", 8, 8, "Close", "Renewal"),
        ]
    table = log(*rows)
    return table.mutate(agent=table.team + table.case_id)


def owned_by(map_: JourneyMap, steps) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    work = journey.stage_work(steps).execute()
    owned = journey.owned_stages(map_.stage_frame(), map_.owner_frame(), work, map_.departments)
    people = journey.people_by_owner(steps, map_.owner_frame()).execute()
    owners = journey.owners(map_.owner_frame(), owned, people=people, departments=map_.departments, kpi_scopes=SCOPES)
    return work, owned, owners


def test_c2_m3_b1_a_stage_with_two_owners_is_an_error():
    twice = [*MAP["stages"], {"name": "Intake", "phase": "Support", "owner": "lee"}]
    with pytest.raises(ParameterError, match="'Intake'"):
        drawn(stages=twice)
    with pytest.raises(ParameterError, match="owner"):
        drawn(stages=[{"name": "Intake", "phase": "Onboarding", "owner": ["kim", "lee"]}])
    frame = pd.concat([drawn().stage_frame(), drawn().stage_frame().head(1).assign(owner="lee")])
    with pytest.raises(ParameterError, match=r"one owner: got kim, lee \(stage Intake\)"):
        journey.owned_stages(frame, drawn().owner_frame(), pd.DataFrame(columns=["stage", "team"]), {})


def test_c2_m3_b1_a_stage_without_an_owner_is_a_gap_and_its_work_is_left_to_departments(steps):
    work, owned, _ = owned_by(drawn(), steps)
    assert owned.set_index("stage")["status"].to_dict() == {"Intake": "owned", "Payment": "owned", "Renewal": "gap"}
    left = journey.leftovers(work, owned, DEPARTMENTS, minimum_count=5)
    assert left[["stage", "team", "department", "cases", "touch_hours"]].to_numpy().tolist() == [
        ["Renewal", "Specialists", "Service", 6, 24.0]
    ]
    few = journey.leftovers(work, owned, DEPARTMENTS, minimum_count=7)
    assert few.empty and few.attrs["left_out"] == 1


def test_c2_m3_b1_an_owner_whose_kpi_covers_one_department_is_siloed(steps):
    _, _, owners = owned_by(drawn(), steps)
    by_id = owners.set_index("id")
    assert by_id["reach"].to_dict() == {"kim": "siloed", "lee": "end-to-end"}
    assert by_id.loc["kim", "seen"] == ("Service",)
    assert by_id.loc["lee", "seen"] == ("Finance", "Service")


@pytest.mark.parametrize(
    ("kpis", "reach"),
    [
        ([], "no KPI"),
        (["mystery"], "cannot be told"),
        (["mystery", "handling_time"], "siloed"),
        (["stage_wait"], "end-to-end"),  # Front desk and Billing, of two departments, work in Intake
        (["handling_time", "lead_time"], "end-to-end"),
    ],
)
def test_c2_m3_b1_reach_is_that_of_all_kpis_together(steps, kpis, reach):
    kim = MAP["owners"][0] | {"kpis": kpis}
    _, _, owners = owned_by(drawn(owners=[kim, MAP["owners"][1]]), steps)
    assert owners.set_index("id").loc["kim", "reach"] == reach


def test_c2_m3_b1_a_stage_kpi_of_a_stage_with_one_department_is_siloed(steps):
    lee = MAP["owners"][1] | {"kpis": ["stage_wait"]}
    _, _, owners = owned_by(drawn(owners=[MAP["owners"][0], lee]), steps)
    assert owners.set_index("id").loc["lee", "reach"] == "siloed"  # only Billing works in Payment


def test_c2_m3_b1_span_of_control_counts_stages_teams_people_and_own_share(steps):
    _, owned, owners = owned_by(drawn(), steps)
    kim = owners.set_index("id").loc["kim"]
    assert kim["stages"] == ("Intake",) and kim["teams"] == ("Billing", "Front desk")
    assert (kim["people"], kim["cases"]) == (12, 6)
    assert owned.set_index("stage")["own_share"].iloc[:2].tolist() == [0.5, 1.0]


def test_a_stage_of_the_log_that_is_not_on_the_map_is_listed(steps):
    _, owned, _ = owned_by(drawn(stages=MAP["stages"][:2]), steps)
    assert owned.set_index("stage").loc["Renewal", "status"] == "not on the map"


def test_a_scope_that_is_none_is_refused(steps):
    _, owned, _ = owned_by(drawn(), steps)
    with pytest.raises(ParameterError, match="journey, stage, team: got planet"):
        journey.owners(
            drawn().owner_frame(),
            owned,
            people=pd.DataFrame(columns=["id", "people", "cases"]),
            departments={},
            kpi_scopes={"lead_time": "planet"},
        )


@pytest.fixture
def before_and_since(log):
    """40 cases of Intake: hours 1, 2, 4, 8 in turn before day 2 (of the log), a quarter of that since."""
    rows = []
    for number in range(40):
        start = number * 0.5 if number < 20 else 48 + number
        hours = [1, 2, 4, 8][number % 4] * (1 if number < 20 else 0.25)
        case = f"{number:02}"
        rows += [
            (case, "Front desk", "active", start, start + hours, "Register", "Intake"),
            (case, "Front desk", "done", start + hours, start + hours, "Close", "Intake"),
        ]
    return log(*rows)


def test_c2_m3_b1_lead_time_before_and_since_the_first_day_with_interval(before_and_since):
    limits = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
    row = journey.owner_effects(before_and_since, drawn().owner_frame(), **limits).iloc[0]
    assert (row["id"], row["cases_before"], row["cases_after"]) == ("kim", 20, 20)
    assert row["hours_before"] == pytest.approx(8**0.5)  # geometric mean of 1, 2, 4, 8
    assert row["ratio"] == pytest.approx(0.25)
    before = np.log(np.tile([1, 2, 4, 8], 5))
    expected = stats.ttest_ind(before - np.log(4), before, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert [row["ratio_low"], row["ratio_high"]] == pytest.approx([np.exp(low), np.exp(high)])
    assert row["is_signal"] and row["verdict"] == "shorter since"
    said = [
        journey.owner_effects(before_and_since, drawn().owner_frame(), **limits | other).iloc[0]["verdict"]
        for other in ({"material_ratio": 9.0}, {"alpha": 1e-9}, {"minimum_count": 21})
    ]
    untested = "not tested: too few cases before"
    assert said == ["changed, but less than 9 times", "cannot be told from no change", untested]


def test_a_case_across_the_first_day_counts_on_neither_side_and_an_open_one_not_at_all(log):
    table = log(
        ("1", "Front desk", "active", 40, 60, "Register", "Intake"),  # the first day begins at hour 48
        ("1", "Front desk", "done", 60, 60, "Close", "Intake"),
        ("2", "Front desk", "active", 50, 60, "Register", "Intake"),
    )
    assert hours_by_side(table, drawn().owner_frame().head(1)).execute().empty


def test_too_few_cases_on_a_side_are_not_compared(before_and_since):
    limits = {"minimum_count": 21, "alpha": 0.01, "material_ratio": 1.25}
    row = journey.owner_effects(before_and_since, drawn().owner_frame(), **limits).iloc[0]
    assert pd.isna(row["p_value"]) and pd.isna(row["ratio"]) and not row["is_signal"]


def test_without_a_map_nobody_is_known_to_answer(steps):
    none = journey_map(None)
    work, owned, owners = owned_by(none, steps)
    effects = journey.owner_effects(steps, none.owner_frame(), minimum_count=5, alpha=0.01, material_ratio=1.25)
    cases = journey.owned_cases(steps.select("case_id", journey="stage"), none.journeys, none.raci_frame())
    assert owners.empty and effects.empty and cases.empty and set(owned["status"]) == {"not on the map"}
    (finding,) = owner_findings(owned, owners, effects, cases)
    assert finding.verdict is Verdict.UNKNOWN and "no journey map" in finding.headline


def test_findings_name_the_gap_and_the_siloed_owner(steps):
    _, owned, owners = owned_by(drawn(), steps)
    effects = journey.owner_effects(steps, drawn().owner_frame(), minimum_count=5, alpha=0.01, material_ratio=1.25)
    by_key = {each.key: each for each in owner_findings(owned, owners, effects, pd.DataFrame())}
    stages = by_key["journey.owned_stages"]
    assert stages.value == pytest.approx(2 / 3) and "Renewal" in stages.headline and stages.weight == 24.0
    assert "Lead of intake see one department only" in by_key["journey.owner_reach"].headline
