"""The real incident log comes in whole; the published counts are in the `SOURCE.md` beside it."""

from pathlib import Path

import pytest
from cxops import tables, workspace

LOG = workspace.PROJECT.parent / "shared" / "data" / "bpic2013_incidents" / "incidents.csv.gz"


@pytest.mark.skipif(not LOG.exists(), reason=f"the real log is not at {LOG.name} in the shared data")
def test_the_bpic2013_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """65,533 events, 7,554 cases, 649 teams, 13 activities, 9,454 handoffs, 25.03 % never resolved or closed."""
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    (report,) = tables.ingest("bpic2013", [LOG]).files
    assert report.rows_in == 65_533
    assert [(each.table, each.rows, each.set_aside) for each in report.tables] == [
        ("cases", 7554, 0),
        ("steps", 65_533, 0),
    ]
    steps = tables.read("steps").to_pandas().sort_values(["case_id", "started_at", "step_seq"])
    before = steps.groupby("case_id")["team"].shift()
    assert int((before.notna() & before.ne(steps["team"])).sum()) == 9454
    assert (steps["team"].nunique(), steps["activity"].nunique()) == (649, 13)
    resolved = steps.loc[steps["status"] == "done", "case_id"].nunique()
    assert round(100 * (1 - resolved / 7554), 2) == 25.03
    assert steps["ended_at"].isna().sum() == 7554  # the last step of each case
