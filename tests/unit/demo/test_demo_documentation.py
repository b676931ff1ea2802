"""Whether the page about the demo organisation says what the generator does."""

import pytest
from cxops import demo, workspace
from cxops.demo import setting, steps, surveys, verbatims
from cxops.demo.truths import documented


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


def test_the_truths_are_a_table_of_their_own() -> None:
    truths = demo.truths()
    columns = ["truth", "unit", "table", "where", "measure", "kind", "baseline", "size", "from_on", "until_on"]
    assert list(truths.columns) == columns
    assert truths["truth"].is_unique
    assert set(truths["unit"]) == set(setting.UNITS) - {setting.CONTROL}
    assert set(truths["kind"]) == {"times", "points", "slope", "amplitude"}
