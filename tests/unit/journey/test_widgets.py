"""The journey explorer without a browser: its state, what it shows, and its controls."""

import numpy as np
import pandas as pd
import pytest
from cxops.findings import Verdict
from cxops.journey.widgets import Choice, Controls, JourneyExplorer, view
from cxops.journey.widgets.state import pairs, said

pytestmark = pytest.mark.usefixtures("demo_data")


def scope(slow: int, quick: int, *, other_slow: int = 20, other_quick: int = 180) -> pd.DataFrame:
    """Handoffs A → B and C → D, one case each; slow ones took 10 hours, quick ones 1."""
    hours = np.repeat([10.0, 1.0, 10.0, 1.0], [slow, quick, other_slow, other_quick])
    first = slow + quick
    return pd.DataFrame(
        {
            "case_id": [str(at) for at in range(len(hours))],
            "from_team": ["A"] * first + ["C"] * (len(hours) - first),
            "to_team": ["B"] * first + ["D"] * (len(hours) - first),
            "stage": "Diagnosis",
            "latency_hours": hours,
        }
    )


@pytest.fixture
def choice() -> Choice:
    return Choice("all", "all", pair=("A", "B"), threshold_hours=8, minimum_count=5)


def test_a_pair_that_is_slower_is_said_to_be(choice):
    shown = view(scope(60, 40), choice, alpha=0.01)
    assert shown.number == "60.0 %"
    assert shown.finding.verdict is Verdict.SIGNAL
    assert (
        "From A to B, 60.0 % of 100 handoffs took longer than 8.0 h, against 10.0 % elsewhere" in shown.finding.headline
    )


def test_a_pair_that_is_not_slower_is_not(choice):
    assert view(scope(10, 90), choice, alpha=0.01).finding.verdict is Verdict.NOISE


def test_the_threshold_decides_what_is_slow(choice):
    quick = view(scope(60, 40), Choice("all", "all", pair=("A", "B"), threshold_hours=0.5), alpha=0.01)
    assert quick.number == "100.0 %"
    assert quick.finding.verdict is Verdict.UNKNOWN  # none is quick: nothing to compare


@pytest.mark.parametrize(("slow", "number"), [(4, "under 5.0 %"), (0, "0.0 %"), (5, "5.0 %")])
def test_counts_that_could_point_at_persons_are_not_shown(choice, slow, number):
    shown = view(scope(slow, 100 - slow), choice, alpha=0.01)
    assert shown.number == number
    assert "4.0 %" not in shown.finding.headline


def test_a_pair_with_too_few_cases_is_not_shown(choice):
    shown = view(scope(2, 2), choice, alpha=0.01)
    assert (shown.number, shown.finding.verdict) == ("–", Verdict.UNKNOWN)
    assert "Fewer than 5 cases went from A to B" in shown.finding.headline
    assert pairs(scope(2, 2), choice) == [("C", "D")]


def test_all_pairs_together_are_counted():
    shown = view(scope(60, 40), Choice("all", "all", threshold_hours=8), alpha=0.01)
    assert shown.number == "26.7 %"  # 80 of 300
    assert shown.finding.verdict is Verdict.COUNT


def test_an_empty_scope_is_said_to_be_empty(choice):
    shown = view(scope(60, 40).head(0), choice, alpha=0.01)
    assert shown.number == "–"
    assert "Nothing to show" in shown.figure.narrow


def test_the_planted_slow_handoff_is_found_and_the_control_unit_stays_quiet():
    explorer = JourneyExplorer("unit=Harbour")
    explorer.choose(pair=("Specialists", "Field service"), threshold_hours=12)
    assert explorer.view.finding.verdict is Verdict.SIGNAL
    explorer.choose(unit="Valley")
    assert explorer.view.finding.verdict is not Verdict.SIGNAL


def test_a_choice_changes_scope_stage_and_what_can_be_chosen():
    explorer = JourneyExplorer()
    everything = len(explorer.scope)
    explorer.choose(unit="Valley", quarter="2025Q3")
    assert 0 < len(explorer.scope) < everything / 4
    explorer.choose(stage="Diagnosis", pair=explorer.pairs[0])
    assert explorer.choice.stage == "Diagnosis"
    assert explorer.problem == ""


def test_a_query_sets_the_scope():
    assert JourneyExplorer("unit=Meadow&quarter=2024Q2").choice == Choice("Meadow", "2024Q2")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("unit=Atlantis", "Unit must be one of all, Harbour, Meadow, Summit, Valley: got 'Atlantis'"),
        ("quarter=2025Q5", "Quarter: string should match pattern"),
        ("quater=2025Q1", "Quater is not a parameter: got '2025Q1'; did you mean quarter?"),
        ("minimum_count=1", "Minimum_count: input should be greater than or equal to 2: got '1'"),
    ],
)
def test_a_query_that_cannot_be_followed_is_said_and_shows_no_place_of_the_machine(query, problem):
    explorer = JourneyExplorer(query)
    assert explorer.problem.startswith(problem)
    assert explorer.problem.endswith("Shown instead: all units and quarters.")
    assert "/" not in explorer.problem
    assert explorer.choice == Choice("all", "all")


def test_a_choice_that_cannot_be_followed_leaves_the_state_and_is_said():
    explorer = JourneyExplorer("unit=Harbour")
    explorer.choose(unit="Atlantis")
    assert explorer.problem.startswith("Unit must be one of all")
    assert explorer.choice.unit == "Harbour"
    explorer.choose(stage="Nowhere")
    assert explorer.problem == "No case is handed into Nowhere here. Shown instead: all stages."
    explorer.choose(pair=("Nobody", "Nothing"))
    assert explorer.problem.startswith("Too few cases go from Nobody to Nothing here.")
    assert explorer.choice.pair == ()


def test_what_is_said_holds_no_path():
    text = "a must be b: got 'c' (/srv/a b/x.yml); d must be e (C:\\data\\y.yml)"
    assert said(ValueError(text)) == "A must be b: got 'c'; d must be e"


@pytest.fixture
def controls() -> Controls:
    return Controls(JourneyExplorer("unit=Harbour"))


def test_every_control_has_a_label_and_reports_once(controls):
    assert all(control.description for control in controls.fields.values())
    assert not any(getattr(control, "continuous_update", False) for control in controls.fields.values())


def test_moving_a_control_changes_number_finding_and_figure(controls):
    before = {name: box.value for name, box in controls.shown.items()}
    controls.fields["threshold_hours"].value = 24
    after = {name: box.value for name, box in controls.shown.items()}
    assert all(before[name] != after[name] for name in ("number", "finding", "figure"))
    assert "took longer than 24.0 h" in after["number"]


def test_controls_follow_the_state_when_it_falls_back(controls):
    controls.fields["pair"].value = ("Specialists", "Field service")
    controls.fields["minimum_count"].value = 200
    controls.fields["quarter"].value = "2025Q3"
    assert controls.fields["pair"].value == controls.state.choice.pair == ()
    assert "Too few cases go from Specialists to Field service" in controls.shown["problem"].value
    controls.fields["unit"].value = "all"
    assert controls.shown["problem"].value == ""


def test_the_fewest_cases_cannot_be_set_below_the_rule_for_small_cells(controls):
    assert controls.fields["minimum_count"].min == controls.state.fewest == 5


def test_the_data_are_said_to_be_synthetic(controls):
    assert "Synthetic data" in controls.box.children[0].value


def test_a_hostile_address_is_text():
    shown = Controls(JourneyExplorer("unit=<script>alert(1)</script>")).shown["problem"].value
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert 'role="alert"' in shown
