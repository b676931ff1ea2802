"""The journey explorer without a browser: its state, what it shows, and its controls."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from cxops import params, tables, theme
from cxops.errors import WorkbookError
from cxops.findings import Verdict
from cxops.journey import bottlenecks, handoffs
from cxops.journey.schema import JourneyParameters
from cxops.journey.widgets import Choice, Controls, JourneyExplorer, verdict, view
from cxops.journey.widgets.choice import pairs, said, stages

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
            "handoff_seq": 1,
            "latency_hours": hours,
        }
    )


@pytest.fixture
def choice() -> Choice:
    return Choice(from_team="A", to_team="B")


def test_a_pair_is_counted_and_nothing_is_claimed(choice):
    shown = view(scope(60, 40), choice, 5)
    said = f"handoffs from A to B took longer than {theme.duration(8)} (all units, all quarters)"
    assert (shown.number, shown.label) == ("60.0 %", f"of {said}")
    assert shown.finding.headline == f"60 of 100 {said}."
    assert shown.finding.verdict is Verdict.COUNT


def test_the_threshold_decides_what_is_slow(choice):
    assert view(scope(60, 40), choice.model_copy(update={"threshold_hours": 0.5}), 5).number == "100.0 %"


@pytest.mark.parametrize(("slow", "number"), [(4, "under 5.0 %"), (0, "0.0 %"), (5, "5.0 %")])
def test_counts_that_could_point_at_persons_are_not_shown(choice, slow, number):
    shown = view(scope(slow, 100 - slow), choice, 5)
    assert shown.number == number
    assert "4 of" not in shown.finding.headline
    assert shown.finding.value != 0.04


def test_a_pair_with_too_few_handoffs_is_not_shown(choice):
    shown = view(scope(2, 2), choice, 5)
    assert (shown.number, shown.finding.verdict) == ("–", Verdict.UNKNOWN)
    assert shown.finding.headline.startswith("Fewer than 5 handoffs from A to B")
    assert pairs(scope(2, 2), "all", 5) == [("C", "D")]


def test_all_pairs_together_are_counted():
    shown = view(scope(60, 40), Choice(), 5)
    assert shown.number == "26.7 %"  # 80 of 300
    assert shown.label.startswith("of handoffs between all teams took")
    assert view(scope(60, 40), Choice(stage="Diagnosis"), 5).label.startswith(
        "of handoffs between all teams into Diagnosis took"
    )


def test_an_empty_scope_is_said_to_be_empty(choice):
    shown = view(scope(60, 40).head(0), choice, 5)
    assert shown.number == "–"
    assert "Nothing to show" in shown.figure.narrow


def test_stages_stand_in_the_order_of_the_journey():
    # by mean place in the case: Zero 1, Middle (1 + 3) / 2, After 3
    frame = pd.DataFrame({"stage": ["After", "Middle", "Middle", "Zero"], "handoff_seq": [3, 1, 3, 1]})
    assert stages(frame) == ["Zero", "Middle", "After"]
    assert JourneyExplorer().stages == ["Identity check", "Diagnosis", "Resolution", "Confirmation"]


def ranked(is_signal: bool, ratio: float = 3.0) -> pd.DataFrame:
    row = {"from_team": "A", "to_team": "B", "ratio_to_rest": ratio, "ratio_low": 2.5, "ratio_high": 3.6}
    return pd.DataFrame([row | {"is_signal": is_signal}])


def test_a_claim_is_that_of_the_ranking_and_says_its_interval(choice):
    signal, noise = (verdict(ranked(each), choice) for each in (True, False))
    assert (signal.verdict, noise.verdict) == (Verdict.SIGNAL, Verdict.NOISE)
    assert "from A to B is 3.0 (2.5 to 3.6) times as long" in signal.headline
    assert "95 % interval" in signal.headline


@pytest.mark.parametrize("judged", [ranked(False, float("nan")), ranked(True).assign(to_team="C")])
def test_without_a_test_nothing_is_claimed(choice, judged):
    assert verdict(judged, choice).verdict is Verdict.UNKNOWN


def test_the_room_claims_what_the_page_claims():
    given = params.resolve(JourneyParameters, unit="Harbour", quarter="2025Q3")
    page = bottlenecks(handoffs(tables.read("steps", unit="Harbour", quarter="2025Q3")), **given.limits, **given.chance)
    explorer = JourneyExplorer("unit=Harbour&quarter=2025Q3")
    for row in page[page["ratio_to_rest"].notna()].to_dict("records"):
        explorer.choose(from_team=row["from_team"], to_team=row["to_team"])
        assert explorer.verdict.value == row["ratio_to_rest"]
        assert (explorer.verdict.verdict is Verdict.SIGNAL) == row["is_signal"]


def test_a_choice_changes_scope_stage_and_what_can_be_chosen():
    explorer = JourneyExplorer()
    everything = len(explorer.scope)
    explorer.choose(unit="Valley", quarter="2025Q3")
    assert 0 < len(explorer.scope) < everything / 4
    giver, receiver = explorer.pairs[0]
    explorer.choose(stage="Diagnosis", from_team=giver, to_team=receiver)
    assert explorer.choice.stage == "Diagnosis"
    assert explorer.problems == []


def test_an_address_leads_to_a_view():
    query = "unit=Harbour&quarter=2025Q3&stage=Resolution&from_team=Specialists&to_team=Field+service&threshold_hours=4"
    explorer = JourneyExplorer(query)
    assert explorer.problems == []
    assert explorer.choice == Choice(
        unit="Harbour",
        quarter="2025Q3",
        stage="Resolution",
        from_team="Specialists",
        to_team="Field service",
        threshold_hours=4,
    )


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("unit=Unti", "Unit must be one of all, Harbour, Meadow, Summit, Valley: got 'Unti'"),
        ("quarter=2025Q5", "Quarter must be one of all, 2024Q1, 2024Q2, 2024Q3"),
        ("quater=2025Q1", "quater is not a parameter: got '2025Q1'; did you mean quarter?"),
        (
            "stage=Nowhere",
            "Stage entered must be one of all, Identity check, Diagnosis, Resolution, Confirmation: got 'Nowhere'",
        ),
        ("from_team=Specialist&to_team=Billing", "From → to team must be one of Back office, Billing, Field service"),
        ("from_team=Billing", "From → to team must be one of Back office, Billing, Field service, "),
        ("from_team=Billing&to_team=Billing", "From → to team must have 5 cases or more here: got Billing → B"),
        ("threshold_hours=0.1", "Slow is over: input should be greater than or equal to 0.5: got '0.1'"),
        ("threshold_hours=nan", "Slow is over: input should be"),
        ("threshold_hours=8&threshold_hours=9", "Slow is over must be given once: got '9' too"),
        ("alpha=0.2", "alpha is not a parameter"),
        ("seed=1", "seed is not a parameter"),
        ("permutations=199", "permutations is not a parameter"),
        ("minimum_count=2", "minimum_count is not a parameter"),
    ],
)
def test_what_of_an_address_cannot_be_followed_is_said_and_the_rest_is_followed(query, problem):
    explorer = JourneyExplorer(f"{query}&{'quarter=2025Q3' if query.startswith('unit') else 'unit=Harbour'}")
    assert len(explorer.problems) == 1
    assert explorer.problems[0].startswith(problem)
    assert "/" not in explorer.problems[0]
    expected = Choice(quarter="2025Q3") if query.startswith("unit") else Choice(unit="Harbour")
    assert explorer.choice == expected
    assert explorer.limits == params.resolve(JourneyParameters)


def test_a_choice_that_cannot_be_followed_leaves_the_rest_and_is_said():
    explorer = JourneyExplorer("unit=Harbour")
    explorer.choose(unit="Atlantis")
    assert explorer.problems[0].startswith("Unit must be one of all")
    assert explorer.choice == Choice(unit="Harbour")
    explorer.choose(stage="Diagnosis")
    assert explorer.problems == []


def test_what_is_said_holds_no_path():
    text = "a must be b: got 'c' (/srv/a b/x.yml); d must be e (C:\\data\\y.yml)"
    assert said(WorkbookError(text)) == "a must be b: got 'c'; d must be e"


@pytest.fixture
def controls() -> Controls:
    return Controls(JourneyExplorer("unit=Harbour&threshold_hours=5"))


def test_every_control_has_a_label_and_reports_once(controls):
    assert all(control.description for control in controls.fields.values())
    assert not any(getattr(control, "continuous_update", False) for control in controls.fields.values())


def test_a_threshold_in_the_address_can_be_any_and_is_shown(controls):
    assert controls.fields["threshold_hours"].value == 5
    assert f"took longer than {theme.duration(5)}" in controls.shown["number"].value


def test_moving_a_control_changes_number_finding_and_figure_but_no_claim(controls):
    controls.fields["pair"].value = ("Specialists", "Field service")
    before = {name: box.value for name, box in controls.shown.items()}
    controls.fields["threshold_hours"].value = 24
    controls.fields["stage"].value = "Resolution"
    after = {name: box.value for name, box in controls.shown.items()}
    assert all(before[name] != after[name] for name in ("number", "finding", "figure"))
    assert before["verdict"] == after["verdict"]
    assert "took longer than 24" in after["number"]


def test_the_number_says_its_scope_and_leads_back_to_its_choice(controls):
    controls.fields["unit"].value = "Meadow"
    said = controls.shown["number"].value
    assert "(Meadow, all quarters)" in said
    address = unescape(re.search('data-address="([^"]*)"', said)[1])
    assert Controls(JourneyExplorer(address)).state.choice == controls.state.choice


def test_a_claim_that_takes_a_while_is_announced(controls):
    said = []
    controls.shown["verdict"].observe(lambda change: said.append(change["new"]), "value")
    controls.fields["pair"].value = ("Specialists", "Field service")
    controls.fields["pair"].value = ("Specialists", "Billing")
    assert ["Comparing with" in each for each in said] == [True, False, False]


def test_controls_follow_the_state_when_it_falls_back(controls):
    controls.fields["pair"].value = ("Specialists", "Field service")
    controls.state.choose(from_team="Billing", to_team="Billing")
    controls.redraw()
    assert controls.fields["pair"].value == controls.state.choice.pair == ()
    assert "got Billing → Billing" in controls.shown["problem"].value
    controls.fields["unit"].value = "all"
    assert controls.shown["problem"].value == ""


def test_the_data_are_said_to_be_synthetic(controls):
    assert "Synthetic data" in controls.box.children[0].value


def test_a_hostile_address_is_text():
    shown = Controls(JourneyExplorer("unit=<script>alert(1)</script>")).shown["problem"].value
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert 'role="alert"' in shown
