"""The figures and tables of owners, borders, audits and returns: what they say, hostile names, and nothing to show."""

import pandas as pd
import pytest
from cxops import journey, params, tables
from cxops.journey import charts
from cxops.journey.schema import PromisesParameters
from cxops.journey.schema.maps import journey_map

LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
RECURS = {"acceptable_share": 0.05, "quarters": 3}
EVIL = "<script>alert(1)</script>"


def empty(table: str) -> pd.DataFrame:
    return tables.conform(table, pd.DataFrame())


@pytest.fixture
def steps(log):
    rows = []
    for number in range(8):
        case = str(number)
        rows += [(case, EVIL, "active", 0, 1, "W", "A"), (case, "Back", "active", 3, 4, "W", f"B {EVIL}")]
        rows += [(case, "Back", "done", 4, 4, "C", f"B {EVIL}")]
    return log(*rows).mutate(agent=None)


def of_owners(steps, map_):
    work = journey.stage_work(steps).execute()
    owned = journey.owned_stages(map_.stage_frame(), map_.owner_frame(), work, map_.departments)
    people = pd.DataFrame({"id": pd.Series(dtype="str"), "people": [], "cases": []})
    owners = journey.owners(map_.owner_frame(), owned, people=people, departments={}, kpi_scopes={})
    return work, owned, owners


def test_without_a_map_and_registers_every_figure_and_table_says_what_is_missing(steps):
    none = journey_map(None)
    work, owned, owners = of_owners(steps, none)
    effects = journey.owner_effects(steps, none.owner_frame(), **LIMITS)
    matrix = journey.raci_matrix(none.raci_frame(), none.stage_frame())
    gaps = journey.raci_gaps(none.raci_frame(), none.stage_frame(), owners)
    passing = journey.boundaries(
        journey.crossings(steps), none.transition_frame(), steps.select("case_id").distinct(), **LIMITS
    )
    audits, returns, orders = empty("handoff_audits"), empty("returns"), empty("orders")
    weights = journey.cause_weights(empty("return_reasons"))
    causes = journey.causes(returns, weights)
    recurring = journey.recurrence(audits, "", minimum_count=5, alpha=0.01, **RECURS)
    pairs = journey.handoffs_by_pair(journey.handoffs(steps)).execute()
    shown = [
        charts.ownership_figure(owned),
        charts.owners_table(owners, {"csat": "Satisfaction"}, minimum_count=5),
        charts.owner_effects_table(effects),
        charts.raci_table(matrix),
        charts.raci_gaps_table(gaps, matrix),
        charts.outcomes_table(journey.outcomes(owners, none.raci_frame(), {"csat": "journey"}), matrix, {}),
        charts.grey_zones_figure(passing),
        charts.boundaries_table(passing, 5, minimum_count=5),
        charts.register_gaps_table(passing, minimum_count=5),
        charts.audits_table(journey.audits_by_quarter(audits, "2025Q1"), "2025Q1"),
        charts.failure_pareto_figure(
            journey.failure_pareto(journey.failure_rates(audits, "2025Q1", minimum_count=5), pairs), "2025Q1"
        ),
        charts.recurrence_table(recurring, 5, **RECURS),
        charts.redesigns_table(journey.audited_redesigns(audits, "2025Q1", **LIMITS), 5),
        charts.overdue_table(journey.overdue(pairs, audits, "2025Q1", minimum_count=5), audits, 5, as_of="2025Q1"),
        charts.returns_table(returns, orders),
        charts.returns_by_stage_figure(journey.returns_by_stage(causes, orders, minimum_count=5), returns),
        charts.return_causes_table(causes, weights, 5, minimum_count=5),
        charts.unmapped_table(journey.unmapped_reasons(returns, weights, minimum_count=5), returns),
        charts.strata_table(journey.returns_by_stratum(orders, returns, weights, "lot", **LIMITS), 5, by="lot"),
        charts.returns_redesigns_table(
            journey.returns_redesigns(orders, returns, weights, empty("changes"), follow_up_days=9, **LIMITS),
            5,
            follow_up_days=9,
        ),
    ]
    assert [each.caption for each in shown if not each.caption.startswith("No evidence: ")] == []


def test_c3_m2_b1_names_from_data_are_text_and_never_markup(steps):
    agreed = pd.DataFrame(
        [("A", f"B {EVIL}", "ready", EVIL, (), 1.0, None)],
        columns=["from_stage", "to_stage", "exit_rule", "accepting_team", "required_fields", "clock_hours", "calendar"],
    )
    grey = agreed.assign(to_stage="elsewhere")
    for register in (agreed, grey):
        passing = journey.boundaries(journey.crossings(steps), register, steps.select("case_id").distinct(), **LIMITS)
        figure = charts.grey_zones_figure(passing)
        drawn = [figure.html, *(each.html for each in (charts.boundaries_table(passing, 5, minimum_count=5),))]
        assert not any(EVIL in html for html in drawn)


def test_c4_m7_b4_the_raci_matrix_is_a_real_table_with_words_beside_letters():
    raci = pd.DataFrame({"stage": [None], "role": [f"Lead {EVIL}"], "raci": ["A"]})
    html = charts.raci_table(journey.raci_matrix(raci, pd.DataFrame({"stage": ["Intake"]}))).html
    assert "A: accountable" in html and "I: informed" in html and 'role="rowheader"' in html
    assert EVIL not in html


def test_c2_m3_b1_the_ownership_map_names_the_gap_in_its_drawing_and_its_words():
    owned = pd.DataFrame(
        {
            "stage": ["Intake", "Renewal"],
            "status": ["owned", "gap"],
            "role": ["Lead", None],
            "touch_hours": [10.0, 5.0],
            "own_share": [0.4, None],
        }
    )
    figure = charts.ownership_figure(owned)
    assert "1 of 2 stages of the map have an owner" in figure.caption and "40.0 %" in figure.caption
    assert "Renewal · nobody" in figure.wide and "Renewal · nobody" in figure.narrow and "60 % others" in figure.wide


def test_counts_of_few_cases_are_not_told(steps):
    agreed = pd.DataFrame(
        [("A", f"B {EVIL}", "ready", "Back", (), 1.0, None)],
        columns=["from_stage", "to_stage", "exit_rule", "accepting_team", "required_fields", "clock_hours", "calendar"],
    )
    passing = journey.boundaries(
        journey.crossings(steps), agreed, steps.select("case_id").distinct(), **LIMITS | {"minimum_count": 9}
    )
    row = charts.boundaries_table(passing, 5, minimum_count=9).frame.iloc[0]
    assert row["crossings"] == "fewer than 9" and row["bounced"] == row["accepted"] == "–"


def test_the_page_shares_alpha_over_its_tests():
    given = params.resolve(PromisesParameters)
    assert given.limits["alpha"] * 10 <= given.alpha
