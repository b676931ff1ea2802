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


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ({"Harbour": "Billing", "Meadow": "Desk"}, "By itself in Harbour only; not in Meadow."),
        ({"Harbour": "Billing", "Meadow": "Billing"}, "In every unit by itself, too."),
        ({"Harbour": "Desk", "Meadow": "Desk"}, "Seen over all units together only: in no unit by itself."),
    ],
)
def test_a_signal_of_all_units_says_which_unit_it_comes_from(runs, units, said):
    SAMPLES["page"](runs, "all", "2025Q4", Findings([signal("Billing", 50.0)]))
    for unit, team in units.items():
        SAMPLES["page"](runs, unit, "2025Q4", Findings([signal(team, 50.0)]))
    assert said in text(html("reviews/2025Q4/all/journey.html"))
    assert "By itself" not in text(html("reviews/2025Q4/harbour/journey.html"))


def test_a_review_of_four_units_names_anything_falsely_with_at_most_a_tenth():
    pages = [params.resolve(catalogue.model(page)) for page in catalogue.pages()]
    scopes = 1 + len(setting.UNITS)
    assert len(pages) >= 4 and scopes == 5
    assert sum(page.alpha for page in pages) * scopes <= 0.10 + 1e-12
