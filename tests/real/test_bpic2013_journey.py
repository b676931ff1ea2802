"""The BPI Challenge 2013 incident log, through ingest, gives the numbers that were published and recomputed for it.

The reference file lies beside the log and was computed by another program, straight from the events.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import ibis
import pandas as pd
import pytest
from cxops import journey, params, tables, workspace
from cxops.findings import Findings, Verdict
from cxops.journey.findings import findings
from cxops.journey.log.times import spans
from cxops.journey.schema import JourneyParameters

FOLDER = workspace.PROJECT.parent / "shared" / "data" / "bpic2013_incidents"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"the real log is not there: {FOLDER}")


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ibis.Table]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXOPS_DATA", str(tmp_path_factory.mktemp("bpic2013")))
        tables.ingest("bpic2013", [FOLDER / "incidents.csv.gz"])
        yield tables.read("steps")


@pytest.fixture(scope="module")
def reference() -> dict:
    return json.loads(Path(FOLDER / "recomputed_reference.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def cases(steps) -> pd.DataFrame:
    return journey.times_by_case(steps).execute()


@pytest.fixture(scope="module")
def pack(steps) -> Findings:
    given = params.resolve(JourneyParameters)
    return findings(steps, journey.bottlenecks(journey.handoffs(steps), **given.limits, **given.chance), **given.limits)


def test_no_event_is_lost(steps, reference):
    counts = steps.activity.value_counts(name="n").execute().set_index("activity")["n"].to_dict()
    assert counts == reference["activity_counts"]
    assert sum(counts.values()) == 65_533  # published by 4TU


def test_handoffs(steps, cases, reference):
    assert len(cases) == 7_554
    assert len(journey.handoffs(steps).execute()) == cases["handoffs"].sum() == reference["handoffs_total"] == 9_454
    assert (cases["handoffs"] > 0).sum() == reference["cases_with_handoff"] == 3_820
    assert cases["handoffs"].mean() == pytest.approx(reference["mean_handoffs"], rel=1e-12)
    assert (cases["handoffs"].median(), cases["handoffs"].max()) == (reference["median"], reference["max"])


def test_ping_pong(steps, reference):
    returns = journey.ping_pong(steps)
    found = returns.execute()
    assert found["case_id"].nunique() == reference["pingpong_cases_ABA"] == 1_177
    assert len(found) == reference["ABA_total"] == 2_394
    pairs = journey.ping_pong_by_pair(returns).execute()  # both ways together, as the reference counts them
    assert pairs[["team", "other_team", "returns"]].head(3).values.tolist() == reference["worst_pairs_ABA"]


def test_lead_times(steps, cases, reference):
    days = cases["lead_hours"] / 24
    assert days.mean() == pytest.approx(reference["mean_duration_days"], rel=1e-12)
    assert days.median() == pytest.approx(reference["median_duration_days"], rel=1e-12)
    groups = journey.lead_time_by_handoffs(journey.times_by_case(steps)).execute()
    medians = (groups.set_index("handoffs_group")["lead_hours_p50"] / 24).to_dict()
    assert medians["0"] == pytest.approx(reference["median_days_0_handoffs"], rel=1e-12)
    assert medians["3+"] == pytest.approx(reference["median_days_3plus"], rel=1e-12)
    assert cases["handoffs"].corr(days, method="spearman") == pytest.approx(reference["spearman_handoffs_duration"])


def test_closure(steps, reference):
    found = journey.closure(steps).execute().iloc[0]
    assert found["closed"] == reference["cases_with_Resolved_or_Closed"] == 5_663
    assert found["never_closed_share"] == pytest.approx(reference["share_never"], rel=1e-12)
    assert found["reopened"] == reference["ro3_cases"] == 390
    assert found["reopened_share"] == pytest.approx(reference["ro3_share"], rel=1e-12)


def test_time_by_activity(steps, reference):
    rows = spans(steps)
    days = rows.group_by("activity").aggregate(days=(rows.span_end - rows.span_start).sum() / 86_400)
    days = days.execute().set_index("activity")["days"]
    expected = {name: each["sum"] for name, each in reference["dwell_days_by_act"].items()}
    assert days.to_dict() == pytest.approx(expected, abs=5e-5)  # the reference gives four digits
    assert days["Accepted/Wait - User"] == pytest.approx(19_308.85, abs=0.005)


def test_variants(steps):
    assert len(journey.variants(steps).execute()) == 2_278  # published: status and sub-status


def test_the_time_adds_up(steps, cases):
    split = journey.time_split(steps).execute().set_index("component")["hours_total"]
    assert split.sum() == pytest.approx(cases["lead_hours"].sum(), rel=1e-12)
    latency = journey.handoffs(steps).execute()["latency_hours"]
    assert split["waiting between teams"] == pytest.approx(latency.sum(), rel=1e-12)  # nothing overlaps in a state log


def test_the_findings_say_what_was_published(pack):
    said = {each.key: each for each in pack}
    assert said["journey.never_closed"].headline == (
        "1,891 of 7,554 cases (25.0 %) were not completed by the time the data were taken."
    )
    assert said["journey.reopened"].headline.startswith("390 of 5,663 completed cases (6.9 %) were reopened")
    assert "13.9 days" in said["journey.lead_time_by_handoffs"].headline


def test_no_rework_is_read_from_a_log_of_states(steps, pack):
    """A state resumed after a wait is not rework, and a state log cannot show the same work twice in a row."""
    assert journey.rework_by_team(steps).events.sum().execute() == 0
    assert next(each for each in pack if each.key == "journey.rework").verdict is Verdict.UNKNOWN


def test_every_pair_with_enough_cases_and_weeks_is_judged(steps):
    given = params.resolve(JourneyParameters)
    judged = journey.bottlenecks(journey.handoffs(steps), **given.limits, **given.chance)
    assert judged["handoffs"].sum() == 9_454
    # By hand: pairs whose latency is known in at least five cases, and ended in at least five weeks (from Monday, UTC).
    known = journey.handoffs(steps).execute().dropna(subset=["latency_hours"])
    ended_on = (known["handed_at"] + pd.to_timedelta(known["latency_hours"], unit="h")).dt.normalize()
    known["week"] = ended_on - pd.to_timedelta(ended_on.dt.weekday, unit="D")
    seen = known.groupby(["from_team", "to_team"])[["case_id", "week"]].nunique()
    testable = set(seen[(seen >= given.minimum_count).all(axis=1)].index)
    tested = judged[judged["p_value"].notna()]
    assert set(zip(tested["from_team"], tested["to_team"], strict=True)) == testable
    assert len(testable) > 100
