"""What the page says of the handoff that costs customers most, and how sure it is."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.customers.customer_cost import CustomerCost
from cxops.journey.findings.customer_cost import customer_cost as finding

HOSTILE = '<script>alert("1")</script>'


@pytest.fixture
def lost(slopes_of) -> Callable[..., CustomerCost]:
    """Makes a result by hand: B to C first in 97 of 100 resamples."""

    def made(**more: object) -> CustomerCost:
        row = {
            "from_team": "B",
            "to_team": "C",
            "handoffs": 40,
            "cases": 38,
            "latency_hours_total": 600.0,
            "hours_above": 450.0,
        }
        row |= {"cost_total": 900.0, "ratio_to_rest": 4.0, "money_above": np.nan, "rank": 1.0, "rank_mean": 1.03}
        row |= {"rank_low": 1.0, "rank_high": 2.0, "first_share": 0.97, "score": "ces"}
        row |= {"resamples": 1000, "is_signal": True}
        for score in ("ces", "csat"):
            row |= {f"{score}_lost": 20.0}
            row |= {
                f"{score}_{name}{end}": value
                for name in ("above", "per_case")
                for end, value in (("", 0.5), ("_low", 0.3), ("_high", 0.7))
            }
        pairs = pd.DataFrame([row | more])
        return CustomerCost(pairs, pd.DataFrame(), slopes_of(), "ces", 100)

    return made


def test_the_sentence_says_which_handoff_to_mend_first_and_how_sure_that_is(lost):
    found = finding(lost())
    assert found.headline == (
        "For customers' sake, mend the handoff from B to C first: it kept 38 cases waiting 600 hours, 450 of them "
        "above what they would be if it were like the rest, and customers of those cases find it 0.50 points harder "
        "for that wait (95 %"
        " interval 0.30 to 0.70; ease, on the scale of 1 to 7). The probability that it costs customers "
        "most, beyond the rest, is 97.0 %. "
        "60.0 % of the 100 cases asked about count here; those who did not answer may feel otherwise."
    )
    assert (found.value, found.low, found.high, found.weight) == (0.5, 0.3, 0.7, 450.0)
    assert found.verdict is Verdict.SIGNAL and found.kpi == "effort_lost"


def test_without_a_sure_first_the_sentence_claims_none(lost, slopes_of):
    found = finding(lost(is_signal=False, first_share=0.6))
    assert found.verdict is Verdict.NOISE and found.weight == 0
    assert (
        "At which handoff it costs them most cannot be told. The one from B to C is first with a probability of 60.0 %"
        in found.headline
    )
    silent = lost(is_signal=False)
    silent = finding(CustomerCost(silent.pairs, silent.ranks, slopes_of(is_signal=False), "ces", 100))
    assert silent.headline.startswith("Customers' answers were not found to be worse, by more than noise, the longer")


def test_without_answers_the_sentence_says_why(slopes_of):
    none = CustomerCost(pd.DataFrame(), pd.DataFrame(), slopes_of().assign(asked=0, slope=np.nan), "", 100)
    assert "`surveys` holds no invitation" in finding(none).headline
    few = CustomerCost(pd.DataFrame(), pd.DataFrame(), slopes_of().assign(slope=np.nan), "", 100)
    assert "too few customers answered" in finding(few).headline
    assert finding(few).verdict is finding(none).verdict is Verdict.UNKNOWN


def test_figures_state_the_numbers_and_escape_names(lost, slopes_of):
    hostile = lost(from_team=HOSTILE).pairs
    figure, table = charts.customer_cost_figure(hostile), charts.customer_cost_table(hostile, 5)
    assert "0.50 points of ease (1 to 7) per case are lost with that (95 % interval 0.30 to 0.70)" in figure.caption
    assert "The probability that this costs customers most is 97.0 %" in figure.caption
    for html in (figure.html, table.html, charts.effort_slopes_table(slopes_of()).html):
        assert "<script>" not in html
    assert "worth" not in table.html.lower()
    assert "worth" in charts.customer_cost_table(lost(money_above=5.0).pairs, 5).html.lower()


def test_the_costliest_handoff_has_its_whole_name_and_its_numbers_on_a_phone(lost):
    pairs = lost(from_team="Specialists", to_team="Field service", ces_above=841.0, first_share=1.0).pairs
    drawn = charts.customer_cost_figure(pairs).narrow
    assert ">Specialists → Field service<" in drawn
    assert ">841 · over 99.9 %<" in drawn


def test_certainty_is_never_said_to_be_whole_nor_worded_against_the_verdict(lost):
    sure, unsure = (lost(is_signal=signal, first_share=share).pairs for signal, share in ((True, 1.0), (False, 0.996)))
    for shown in (charts.customer_cost_figure(sure), charts.customer_cost_table(sure, 5)):
        assert "over 99.9 %" in shown.html and "100.0 %" not in shown.html and "100 %" not in shown.html
    assert "under 0.1 %" in charts.customer_cost_table(lost(first_share=0.0).pairs, 5).html
    caption = charts.customer_cost_figure(unsure).caption
    assert "No handoff was found to cost customers most by more than noise" in caption
    assert "It is first in 99.6 % of the resamples: a signal from 95 %, and only if waiting was found to" in caption
    assert "The probability" not in caption
    said = finding(lost(is_signal=False, first_share=0.98)).headline
    assert "98.0 %, but was not found to be slower than the others by more than noise." in said


def test_an_interval_apart_from_nought_is_no_contradiction(lost, slopes_of):
    slopes = slopes_of(is_signal=False).assign(slope=-0.08, slope_low=-0.14, slope_high=-0.03)
    made = lost(is_signal=False)
    said = finding(CustomerCost(made.pairs, made.ranks, slopes, "ces", 100)).headline
    assert "of many comparisons some do so by chance" in said
    wide = finding(CustomerCost(made.pairs, made.ranks, slopes.assign(slope_high=0.03), "ces", 100)).headline
    assert "by chance" not in wide
