"""Each mapping that ships reads its made-up sample; expected values were worked out by hand from the sample."""

from pathlib import Path

import pandas as pd
import pytest
from cxops import journey, tables


@pytest.mark.parametrize("name", tables.sources())
def test_every_source_has_a_sample_that_is_read(shipped: Path, name: str) -> None:
    (report,) = tables.ingest(name, [shipped / f"{name}.csv"], dry_run=True).files
    assert report.rows_in > 0
    assert report.unused == ()
    assert all(table.accepted for table in report.tables)


def test_bpic2013(shipped: Path) -> None:
    tables.ingest("bpic2013", [shipped / "bpic2013.csv", shipped / "bpic2013.xes"])
    steps = tables.read("steps").to_pandas()
    first = steps[steps["case_id"] == "1-100"]
    assert first["status"].tolist() == ["waiting", "active", "waiting", "active", "done", "done"]
    assert first["step_seq"].tolist() == [0, 0, 0, 1, 0, 0]
    assert first["activity"].iloc[0] == "Queued/Awaiting Assignment"
    hours = (first["ended_at"] - first["started_at"]).dt.total_seconds() / 3600
    assert hours.tolist()[:5] == [0.5, 0.5, 0.0, 4.0, 168.0]
    assert pd.isna(hours.iloc[5])
    cases = tables.read("cases").to_pandas().set_index("case_id")
    assert cases["unit"].unique().tolist() == ["VINST"]
    assert cases.loc["1-100", "resolved_at"] == pd.Timestamp("2012-01-09T13:00Z")
    assert pd.isna(cases.loc["1-200", "resolved_at"])  # "In Call" is no resolution
    assert cases.loc["1-300", "reason"] == "PROD&1"


def test_servicenow(shipped: Path) -> None:
    (report,) = tables.ingest("servicenow", [shipped / "servicenow.csv"]).files
    assert report.layout.endswith("cp1252")
    cases = tables.read("cases").to_pandas().set_index("case_id")
    assert cases.loc["INC0000001", "unit"] == "Nørrebro"
    assert cases["reopened"].tolist() == [False, True]
    assert pd.isna(cases.loc["INC0000002", "resolved_at"])
    assert tables.read("steps").to_pandas()["team"].iloc[0] == "no group"


def test_zendesk(shipped: Path) -> None:
    tables.ingest("zendesk", [shipped / "zendesk.csv"])
    assert tables.read("cases").to_pandas()["reopened"].tolist() == [True, False]
    (problem,) = tables.problems().itertuples()
    assert (problem.row_number, problem.rule) == (4, "resolved_at must not be before opened_at")


def test_genesys(shipped: Path) -> None:
    tables.ingest("genesys", [shipped / "genesys.csv"])
    staffing = tables.read("staffing").to_pandas()
    assert staffing[["offered", "answered", "abandoned", "handling_seconds"]].to_numpy().tolist() == [
        [15, 13, 2, 4500.5],  # voice and chat of one queue; 3,600,000 + 900,500 milliseconds
        [0, 0, 0, 0],
        [4, 4, 0, 800],
    ]
    assert staffing["interval_start"].iloc[2] == pd.Timestamp("2024-05-06T13:00Z")


def test_qualtrics(shipped: Path) -> None:
    (report,) = tables.ingest("qualtrics", [shipped / "qualtrics.csv"]).files
    assert (report.rows_in, report.tables[0].accepted) == (3, 2)
    surveys = tables.read("surveys").to_pandas()
    assert surveys["csat"].tolist() == [5, 2]
    assert surveys["verbatim"].iloc[0] == "Quick,\nand kind"
    (problem,) = tables.problems().itertuples()
    assert (problem.row_number, problem.value) == (6, "Survey Preview")  # three header rows, then the third answer


def test_jira(shipped: Path) -> None:
    """A changelog, newest first. WEB-1: work Mon 9–Tue 9, queue of Test until Thu 9, test until 10, done."""
    (report,) = tables.ingest("jira", [shipped / "jira.csv"]).files
    by_table = {each.table: (each.accepted, each.set_aside) for each in report.tables}
    assert (report.rows_in, by_table) == (9, {"cases": (8, 1), "steps": (7, 2)})
    rules = tables.problems().drop_duplicates(["table", "row_number"]).set_index(["table", "row_number"])["rule"]
    assert rules["steps", 4] == rules["cases", 4] == "not for this table: it takes only 'status'"
    assert rules["steps", 10].startswith("must be a value the mapping knows: 'To Do'")  # Parked
    cases = tables.read("cases").to_pandas().set_index("case_id")
    assert cases.loc["WEB-1", "opened_at"] == pd.Timestamp("2024-03-04T07:00Z")
    assert cases.loc["WEB-1", "resolved_at"] == pd.Timestamp("2024-03-07T09:00Z")
    assert pd.isna(cases.loc["WEB-2", "resolved_at"])
    steps = tables.read("steps")
    assert steps.order_by("case_id", "started_at").activity.to_pandas().tolist()[:4] == [
        *("In Progress", "Ready for test", "In Test", "Done")
    ]
    times = journey.times_by_case(steps).to_pandas().set_index("case_id")
    assert times.loc["WEB-1", ["lead_hours", "touch_hours", "handoffs"]].tolist() == [73, 25, 2]
    handed = journey.handoffs(steps).to_pandas()
    assert handed[["from_team", "to_team", "latency_hours"]].values.tolist() == [
        ["Development", "Test", 48.0],  # the queue row is the receiver's, so it is latency
        ["Test", "Product", 0.0],
        ["Development", "Test", 0.0],
        ["Test", "Development", 0.0],
    ]
    assert journey.ping_pong(steps).to_pandas()[["case_id", "team"]].values.tolist() == [["WEB-2", "Development"]]


def test_disco(shipped: Path) -> None:
    """Intervals that overlap, one without an end, one that ends before it starts. Case 1 spans 8:00 to 15:15."""
    (report,) = tables.ingest("disco", [shipped / "disco.csv"]).files
    assert [(each.table, each.accepted, each.set_aside) for each in report.tables] == [("cases", 8, 0), ("steps", 7, 1)]
    (problem,) = tables.problems().itertuples()
    assert (problem.row_number, problem.rule) == (9, "ended_at must not be before started_at")
    cases = tables.read("cases").to_pandas().set_index("case_id")
    assert cases["unit"].tolist() == ["North", "no region", "South"]
    assert cases.loc["1", "resolved_at"] == pd.Timestamp("2024-03-04T15:15Z")
    steps = tables.read("steps")
    times = journey.times_by_case(steps).to_pandas().set_index("case_id")
    # Worked: 8:00–8:30, 11:30–13:00 (two pieces that overlap), 15:00–15:15.
    assert times.loc["1", ["lead_hours", "touch_hours", "wait_hours", "handoffs"]].tolist() == [7.25, 2.25, 5.0, 2]
    handed = journey.handoffs(steps).to_pandas()
    assert handed["latency_hours"].tolist() == pytest.approx([3.0, 2.0, 1 + 0.5 / 3600])
    followed = journey.directly_follows(steps).to_pandas().set_index(["from_activity", "to_activity"])
    assert followed.loc[("Diagnose", "Call customer")].tolist() == [1, 0.0, 0.0]
    assert journey.rework_by_activity(steps).to_pandas().iloc[0].tolist() == ["Register", 1, 1, 0.5]
    for measure in (journey.stages, journey.stage_flow, journey.time_split, journey.variants, journey.closure):
        assert len(measure(steps).execute()) > 0
