"""The home page: one thing to do first, few cards at once, nothing lost, and no unit blamed for another."""

import re
import runpy
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from cxops import params, workspace
from cxops.demo import setting
from cxops.findings import Finding, Findings, Verdict
from cxops.publish import publish
from cxops.runs import catalogue

SAMPLES = runpy.run_path(str(Path(__file__).parents[2] / "samples" / "executed_pages.py"))
CARD = '<li class="cx-finding'
MOST_CARDS = 12


@pytest.fixture
def runs(tmp_path, monkeypatch):
    return SAMPLES["workspace"](tmp_path, monkeypatch)


def html(place="index.html"):
    publish()
    return (workspace.current().site / place).read_text("utf-8")


def text(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def signal(team, weight, **more):
    return replace(SAMPLES["findings"](team, weight=weight, subject=team)[0], **more)


def test_the_first_thing_read_is_what_to_do_first_what_it_costs_and_how_sure_that_is(runs):
    lead = "Mend Billing first: 90 hours; the probability that it costs most is 97 %."
    SAMPLES["page"](runs, "Harbour", "2025Q4", Findings([signal("Back office", 400.0), signal("Desk", 10.0)]))
    SAMPLES["page"](runs, "Meadow", "2025Q4", Findings([signal("Billing", 90.0, lead=lead)]))
    cards = html().split(CARD)[1:]
    assert lead in text(cards[0]) and "Front desk to Billing takes 12 hours" in text(cards[0])
    assert "Journey: Meadow, 2025Q4" in text(cards[0])
    assert "to Back office takes" in text(cards[1]) and "to Desk takes" in text(cards[2])


def test_at_most_a_dozen_cards_are_seen_at_once_and_none_is_lost(runs):
    signals = [signal(f"Team {number:02}", 100.0 - number, lead="Mend it." * (number == 0)) for number in range(30)]
    counts = [
        Finding(f"t.c{number}", f"Count {number:02}.", 1.0, "cases", Verdict.COUNT, "ping_pong") for number in range(20)
    ]
    SAMPLES["page"](runs, "all", "2025Q4", Findings([*signals, *counts]))
    home = html()
    at_once = re.sub(r'<details class="cx-more">.*?</ul>\s*</details>', "", home, flags=re.DOTALL)
    assert 2 <= at_once.count(CARD) <= MOST_CARDS
    assert home.count(CARD) == 50
    assert all(f"Team {number:02} takes" in home for number in range(30))
    assert all(f"Count {number:02}." in home for number in range(20))
    assert "More that stands out: Journey: 21" in text(home) and "Journey: 20" in text(home)


ALL = "reviews/2025Q4/all/journey.html"
ABOUT = "This is about all units put together"


def silent(verdict=Verdict.NOISE, key="t.slow", subject="Desk"):
    return replace(SAMPLES["findings"]()[0], key=key, verdict=verdict, headline="No handoff is slower", subject=subject)


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ({"Harbour": "Billing", "Meadow": "Desk"}, f"{ABOUT}; by itself in Harbour : see there."),
        ({"Harbour": "Billing", "Meadow": "Billing"}, f"{ABOUT}; by itself in Harbour and Meadow : see there."),
        ({"Harbour": "Desk", "Meadow": "Desk"}, f"{ABOUT}."),
    ],
)
def test_a_signal_of_all_units_names_the_units_whose_own_page_finds_it_and_denies_it_of_none(runs, units, said):
    SAMPLES["page"](runs, "all", "2025Q4", Findings([signal("Billing", 50.0)]))
    for unit, team in units.items():
        SAMPLES["page"](runs, unit, "2025Q4", Findings([signal(team, 50.0)]))
    page = text(html(ALL))
    # Meadow's page names its first finding only; that Billing is not it does not say that Billing does well there.
    assert said in page and "not in" not in page and "no unit" not in page
    assert "by itself" not in text(html("reviews/2025Q4/harbour/journey.html"))


@pytest.mark.parametrize("there", [Verdict.REHEARSAL, Verdict.SIGNAL])
def test_what_is_rehearsed_is_said_of_no_unit(runs, there):
    rehearsed = Findings([signal("Billing", 50.0, verdict=Verdict.REHEARSAL)])
    SAMPLES["page"](runs, "all", "2025Q4", rehearsed)
    SAMPLES["page"](runs, "Harbour", "2025Q4", Findings([signal("Billing", 50.0, verdict=there)]))
    assert "by itself" not in text(html(ALL)) and ABOUT not in text(html(ALL))


def test_a_rehearsal_does_not_make_a_unit_have_what_all_units_show(runs):
    SAMPLES["page"](runs, "all", "2025Q4", Findings([signal("Billing", 50.0)]))
    SAMPLES["page"](runs, "Valley", "2025Q4", Findings([signal("Billing", 50.0, verdict=Verdict.REHEARSAL)]))
    assert f"{ABOUT}." in text(html(ALL))


@pytest.mark.parametrize("verdict", [Verdict.NOISE, Verdict.UNKNOWN])
def test_what_all_units_do_not_show_says_where_it_stands_by_itself_and_is_not_folded(runs, verdict):
    counts = [
        Finding(f"t.c{number}", f"Count {number}.", 1.0, "cases", Verdict.COUNT, "ping_pong", weight=99.0)
        for number in range(9)
    ]
    SAMPLES["page"](runs, "all", "2025Q4", Findings([silent(verdict), silent(key="t.other"), *counts]))
    SAMPLES["page"](runs, "Harbour", "2025Q4", Findings([signal("Billing", 50.0)]))
    SAMPLES["page"](runs, "Meadow", "2025Q4", Findings([silent()]))
    page = html(ALL)
    assert f"{ABOUT}; by itself in Harbour (Billing): see there." in text(page)
    at_once = text(page[: page.index("Further findings")])
    assert "by itself in Harbour" in at_once and at_once.count("No handoff is slower") == 1
    assert 'href="../harbour/journey.html"' in page


def test_of_several_findings_of_a_key_one_is_not_contradicted_by_another(runs):
    SAMPLES["page"](runs, "all", "2025Q4", Findings([silent(subject="Desk"), silent(subject="Store")]))
    SAMPLES["page"](runs, "Harbour", "2025Q4", Findings([signal("Desk", 50.0)]))
    assert text(html(ALL)).count("by itself in Harbour") == 1


@pytest.mark.parametrize("verdict", [Verdict.SIGNAL, Verdict.NOISE])
def test_what_names_its_unit_is_not_said_to_be_about_all(runs, verdict):
    SAMPLES["page"](runs, "all", "2025Q4", Findings([signal("Bill, Harbour", 50.0, verdict=verdict)]))
    SAMPLES["page"](
        runs,
        "Harbour",
        "2025Q4",
        Findings([signal("Bill, Harbour", 50.0, verdict=Verdict.SIGNAL)] * (verdict is Verdict.SIGNAL)),
    )
    assert ABOUT not in text(html(ALL))


def test_what_the_first_card_says_already_is_not_said_again(runs):
    lead = signal("Billing", 90.0, lead="Mend Billing first: 90 hours.")
    again = signal("Billing", 80.0, key="t.customers", headline="For customers' sake mend Billing")
    SAMPLES["page"](runs, "Harbour", "2025Q4", Findings([lead, again, signal("Desk", 10.0)]))
    SAMPLES["page"](runs, "Meadow", "2025Q4", Findings([again]))
    home = text(html())
    assert home.count("For customers' sake mend Billing") == 1  # that of Meadow is news
    assert "Left out, since it is about what to do first: 1 more of the same page." in home
    assert "For customers' sake mend Billing" in text(html("reviews/2025Q4/harbour/journey.html"))


def test_what_is_well_stands_last(runs):
    counted = {"value": 1.0, "unit": "share", "kpi": "ping_pong"}
    well = Finding("t.a", "All is well", verdict=Verdict.COUNT, weight=9.0, is_well=True, **counted)
    found = Findings([well, silent(), Finding("t.b", "Some are", verdict=Verdict.COUNT, **counted)])
    assert [each.key for each in found] == ["t.b", "t.slow", "t.a"]
    SAMPLES["page"](runs, "Harbour", "2025Q4", found)
    page = html("reviews/2025Q4/harbour/journey.html")
    assert page.index("Some are") < page.index("No handoff is slower") < page.index("All is well")


def test_a_review_of_four_units_names_anything_falsely_with_at_most_a_tenth():
    pages = [params.resolve(catalogue.model(page)) for page in catalogue.pages()]
    scopes = 1 + len(setting.UNITS)
    assert len(pages) >= 4 and scopes == 5
    assert sum(page.alpha for page in pages) * scopes <= 0.10 + 1e-12
