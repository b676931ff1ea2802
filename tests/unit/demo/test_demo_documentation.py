"""Whether the page about the demo organisation says what the generator does."""

import math

import pytest
from cxops import demo, workspace
from cxops.demo import registers, setting, steps, surveys, verbatims
from cxops.demo.registers import agreements, deliveries, observations, voices, workflows
from cxops.demo.truths import BAD_PACKING, documented


@pytest.fixture(scope="module")
def page() -> str:
    return (workspace.PROJECT / "site" / "methods" / "demo.qmd").read_text("utf-8")


def test_the_page_lists_the_planted_truths(page: str) -> None:
    """To mend it: `python -c "from cxops.demo.truths import documented; print(documented())"`."""
    assert documented() in page


def test_the_page_says_that_it_is_synthetic(page: str) -> None:
    assert "synthetic" in page.partition("## What is planted")[0]


def test_the_page_states_the_baselines(page: str) -> None:
    handoff, work = setting.HANDOFF_HOURS, [each.median * 60 for each in steps._TOUCH_HOURS]
    for stated in (
        f"median {handoff.median:g} h, σ {handoff.sigma:g}",
        f"straight back | {setting.RETURN_SHARE:.0%}".replace("%", " %"),
        f"by its team | {setting.REWORK_SHARE:.0%}".replace("%", " %"),
        f"come back once | {setting.REOPENED_SHARE:.0%}".replace("%", " %"),
        f"never touched again | {100 * steps._STALLED_SHARE:g} %",
        f"by automation | {100 * setting.BOT_SHARE:g} %",
        f"{100 * surveys._INVITED_CASES:g} % of resolved cases, {100 * surveys._INVITED_CONTACTS:g} % of contacts",
        f"{100 * setting.RESPONSE_SHARE:g} % of invitations",
        f"means {setting.CSAT:g}, {setting.CES:g} and {setting.NPS:g}",
        f"medians from {min(work):g} to {max(work):g} minutes",
    ):
        assert stated in page, stated
    assert len(verbatims.HOSTILE) * verbatims._EACH == 26  # twenty-six on the page


def test_the_page_states_the_baselines_of_the_registers(page: str) -> None:
    returned = sum(share for share, _ in setting.RETURN_REASONS.values())
    at_zero = 1 / (1 + math.exp(-voices._ISSUE_AT_ZERO))
    sigma = voices._EXPECTED_SIGMA
    for stated in (
        f"on {100 * voices._SAID_SHARE:g} % of pieces of work",
        f"with mean {setting.SENTIMENT:g}; {100 * voices._ELSEWHERE_SHARE:g} % are about a step that the map",
        f"{100 * voices._NOWHERE_SHARE:g} % about none",
        f"{at_zero:.0%} of remarks at sentiment 0".replace("%", " %"),
        f"lognormal, σ {sigma:g}, median half as long again",
        f"{100 * returned:.2g} % of orders, after some {deliveries._RETURNED_DAYS.median:g} days",
        f"{100 * BAD_PACKING.baseline:.2g} % for a reason of packing alone",
        f"rises from {100 * returned:.2g} to {100 * (returned + (BAD_PACKING.size - 1) * BAD_PACKING.baseline):.2g} %",
        f"touch {100 * deliveries._TOUCHED_SHARE:g} % of orders",
        f"{100 * (1 - deliveries._NEEDED_SHARE):.0f} % of the notices are needless",
        f"{100 * setting.TOLD_FIRST_SHARE:g} % of the others come before the customer asks",
        f"{observations._OBSERVED_PER_UNIT} observations in each unit; {100 * setting.WASTE_SHARE:g} % of the time",
        f"for {100 * observations._TYPED_SHARE:g} % of cases",
        f"{100 * observations._TYPO_SHARE:g} % of those with a slip",
        f"touched with chance {setting.TOUCHED_SHARE:g}, by itself; some {agreements._TESTS:g} tests for each",
        f"up to {agreements._AUDITED} handoffs of each pair in each quarter; {100 * setting.FAILURE_SHARE:g} %",
        f"{100 * setting.STARTED_SHARE:g} % of the cases that reach a decision point",
    ):
        assert stated in page, stated
    assert deliveries._ORDERS_PER_CASE == 1 / 2 and len(deliveries.CARRIERS) == 4 and deliveries._LOTS_A_MONTH == 2
    assert agreements._CHANGES_A_QUARTER == 4 and workflows._PART == 1 / 4 and setting.ASKED_SHARE == 2 / 3


def test_every_register_is_named_on_the_page(page: str) -> None:
    baseline = page.partition("## How the rest is made")[2].lower().replace("_", " ")
    assert [name for name in registers.NAMES if name.replace("_", " ") not in baseline] == ["return_reasons"]


def test_the_truths_are_a_table_of_their_own() -> None:
    truths = demo.truths()
    columns = ["truth", "unit", "table", "where", "measure", "kind", "baseline", "size", "from_on", "until_on"]
    assert list(truths.columns) == columns
    assert truths["truth"].is_unique
    assert set(truths["unit"]) == set(setting.UNITS) - {setting.CONTROL}
    assert set(truths["kind"]) == {"times", "points", "slope", "amplitude"}
