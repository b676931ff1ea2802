"""Findings are ranked by what may be claimed, escaped wherever they are shown, and the same after storing."""

import json

import numpy as np
import pytest
from cxops.findings import MIME, Finding, Findings, Verdict, from_json, html

NASTY = "<script>alert('x')</script> & \"quotes\""


def finding(key, verdict=Verdict.COUNT, weight=0.0, value=1.0, **more):
    return Finding(key, f"About {key}.", value, "hours", verdict, "lead_time", weight=weight, **more)


def test_signals_come_first_then_counts_then_weight_then_key():
    given = [
        finding("noise", Verdict.NOISE, 99),
        finding("unknown", Verdict.UNKNOWN, 99),
        finding("light", Verdict.SIGNAL, 1),
        finding("b", Verdict.COUNT, 5),
        finding("a", Verdict.COUNT, 5),
        finding("heavy", Verdict.SIGNAL, 7),
        finding("weightless", Verdict.SIGNAL, float("nan")),
    ]
    expected = ["heavy", "light", "weightless", "a", "b", "unknown", "noise"]
    assert [each.key for each in Findings(given)] == expected
    assert [each.key for each in Findings(reversed(given))] == expected
    assert [each.key for each in Findings(given).signals] == expected[:3]


def test_text_and_html_say_the_verdict_in_words():
    shown = Findings([finding("a", Verdict.NOISE)])._repr_mimebundle_()
    assert shown["text/plain"] == "- About a. (not distinguishable from noise)"
    assert "not distinguishable from noise</span>" in shown["text/html"]


def test_hostile_text_is_escaped():
    shown = html([Finding("a", NASTY, 1.0, "hours", Verdict.COUNT, "k", comparison=NASTY)])
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;quotes&quot;" in shown


def test_findings_survive_being_stored():
    given = Findings(
        [
            finding("a", Verdict.SIGNAL, 3.5, low=0.5, high=2.0, comparison=NASTY, subject=NASTY),
            finding("b", Verdict.UNKNOWN, value=np.float64(2.5)),
            finding("c", weight=np.int64(3)),
        ]
    )
    stored = json.dumps(given._repr_mimebundle_()[MIME], allow_nan=False)
    assert from_json(stored) == given
    assert from_json(json.loads(stored)) == given
    assert all(type(each.verdict) is Verdict for each in from_json(stored))


@pytest.mark.parametrize("unknown", [float("nan"), float("inf"), np.nan])
def test_a_number_that_is_not_known_is_stored_as_nothing(unknown):
    bundle = Findings([finding("a", Verdict.UNKNOWN, value=unknown, low=unknown)])._repr_mimebundle_()
    (row,) = json.loads(json.dumps(bundle[MIME], allow_nan=False))
    assert row["value"] is None and row["low"] is None
    (back,) = from_json([row])
    assert np.isnan(back.value) and back.low is None


def test_no_findings_are_shown_as_an_empty_list():
    assert Findings([])._repr_mimebundle_() == {
        "text/plain": "",
        "text/html": '<ul class="cx-findings"></ul>',
        MIME: [],
    }
