"""The real incident log from extract to published page: the page states the numbers of the reference."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from cxops import publish, runs, tables, workspace

FOLDER = workspace.PROJECT.parent / "shared" / "data" / "bpic2013_incidents"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"the real log is not there: {FOLDER}")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Text of the journey page for the whole log."""
    folder = tmp_path_factory.mktemp("bpic2013_page")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("data", "build", "site"):
            patch.setenv(f"CXOPS_{name.upper()}", str(folder / name))
        tables.ingest("bpic2013", [FOLDER / "incidents.csv.gz"])
        report = runs.execute(runs.plan(["journey"], ["all"], ["all"]))
        assert report.is_ok, str(report)
        publish.publish()
    html = (folder / "site" / "reviews" / "all" / "all" / "journey.html").read_text("utf-8")
    return " ".join(unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.S)).split())


@pytest.fixture(scope="module")
def reference() -> dict:
    return json.loads(Path(FOLDER / "recomputed_reference.json").read_text("utf-8"))


def test_the_page_states_the_counts_of_the_reference(page, reference):
    assert f"of {reference['handoffs_total']:,} handoffs" in page
    assert f"{reference['pingpong_cases_ABA']:,} of 7,554 cases (15.6 %) had ping-pong" in page
    worst = max(count for _, _, count in reference["worst_pairs_ABA"])
    assert f"{worst} of {reference['ABA_total']:,} returns" in page


def test_the_page_states_the_shares_of_the_reference(page, reference):
    never = 7554 - reference["cases_with_Resolved_or_Closed"]
    assert f"{never:,} of 7,554 cases ({100 * reference['share_never']:.1f} %) were not completed" in page
    again = f"{reference['ro3_cases']} of 5,663 completed cases ({100 * reference['ro3_share']:.1f} %) were reopened"
    assert again in page


def test_the_page_states_the_medians_of_the_reference(page, reference):
    assert f"without a handoff took up to {reference['median_days_0_handoffs']:.1f} days" in page
    assert f"three times or more took up to {reference['median_days_3plus']:.1f} days" in page
