"""Each mapping that ships reads its made-up sample; expected values were worked out by hand from the sample."""

from pathlib import Path

import pandas as pd
import pytest
from cxops import tables


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
