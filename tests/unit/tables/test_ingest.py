"""Files become tables: every row is accounted for, the same file changes nothing, the newer file wins."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from cxops import tables, workspace
from cxops.errors import ParameterError, SourceError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CASES = {"case_id": "id", "unit": "unit", "opened_at": "opened", "cost": {"column": "cost", "optional": True}}
LOG = {
    "cases": {
        "one_row_per": "case_id",
        "order_by": "at",
        "columns": {
            "case_id": "id",
            "unit": {"constant": "U"},
            "opened_at": {"min": "at"},
            "resolved_at": {"last": "at", "where": {"what": "Done"}, "if_last": {"what": "Done"}},
            "reason": {"first": "why"},
            "stage": {"last": "what"},
        },
    },
    "steps": {
        "columns": {
            "case_id": "id",
            "started_at": "at",
            "step_seq": {"count_within": ["case_id", "started_at"]},
            "ended_at": {"next": "started_at", "within": "case_id"},
            "activity": {"join": ["what", "why"], "separator": "/"},
            "stage": "what",
            "team": {"column": "who", "if_empty": "nobody"},
            "status": {"column": "what", "values": {"Work*": "active", "Done": "done"}},
        },
    },
}


def csv(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of change of every file in the data folder."""
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.glob("[!.]*")}


def test_rows_set_aside_say_file_row_column_value_and_rule(source: Callable[..., str], tmp_path: Path) -> None:
    file = csv(
        tmp_path / "may.csv",
        "id,unit,opened,cost",
        "a,U,2024-01-01T00:00Z,1",
        "b,U,someday,2",
        ",U,2024-01-01T00:00Z,3",
        "d,U,2024-01-01T00:00Z,-4",
        "a,U,2024-01-02T00:00Z,5",
        "f,,2024-01-01T00:00Z,x",
    )
    (report,) = tables.ingest("mine", [file]).files
    assert (report.rows_in, report.tables[0].accepted, report.tables[0].set_aside) == (6, 1, 5)
    problems = tables.problems()
    assert set(problems["file"]) == {"may.csv"}
    assert set(problems["source"]) == {"mine"}
    assert [tuple(row) for row in problems[["row_number", "column", "value", "rule"]].itertuples(index=False)] == [
        (
            3,
            "opened_at",
            "someday",
            "must be a moment written like 2024-05-31T13:45:00+02:00, or as the mapping's time_format says",
        ),
        (4, "case_id", "", "must not be empty"),
        (5, "cost", "-4.0", "must be at least 0"),
        (6, "case_id", "a", "must be the only row with its case_id: first in row 2"),
        (7, "cost", "x", "must be a number"),
    ]


def test_a_state_log_feeds_two_tables(source: Callable[..., str], tmp_path: Path) -> None:
    """Expected by hand: case a runs Work, Work at one moment, Done, so each step lasts until the next row."""
    file = csv(
        tmp_path / "log.csv",
        "id,at,what,who,why",
        "a,2024-01-01T02:00Z,Done,T2,",
        "a,2024-01-01T00:00Z,Work 1,T1,broken",
        "a,2024-01-01T00:00Z,Work 2,,broken",
        "b,2024-01-01T00:00Z,Done,T1,lost",
        "b,2024-01-01T05:00Z,Work 3,T1,lost",
    )
    source(LOG)
    tables.ingest("mine", [file])
    steps = tables.read("steps").to_pandas()
    shown = steps.assign(started_at=steps["started_at"].dt.hour, ended_at=steps["ended_at"].dt.hour)
    columns = ["case_id", "started_at", "step_seq", "ended_at", "activity", "team", "status"]
    assert shown[columns].astype(object).where(shown[columns].notna(), None).to_numpy().tolist() == [
        ["a", 0, 0, 0, "Work 1/broken", "T1", "active"],
        ["a", 0, 1, 2, "Work 2/broken", "nobody", "active"],
        ["a", 2, 0, None, "Done", "T2", "done"],
        ["b", 0, 0, 5, "Done/lost", "T1", "done"],
        ["b", 5, 0, None, "Work 3/lost", "T1", "active"],
    ]
    cases = tables.read("cases").to_pandas().set_index("case_id")
    assert cases["resolved_at"].dt.hour.to_dict() == {"a": 2.0, "b": pytest.approx(float("nan"), nan_ok=True)}
    assert cases["reason"].to_dict() == {"a": "broken", "b": "lost"}
    assert cases["stage"].to_dict() == {"a": "Done", "b": "Work 3"}


def test_a_row_set_aside_does_not_end_the_step_before_it(source: Callable[..., str], tmp_path: Path) -> None:
    """The row at 01:00 has a state nobody mapped, so the step before it lasts until 02:00."""
    file = csv(
        tmp_path / "log.csv",
        "id,at,what,who,why",
        "a,2024-01-01T00:00Z,Work,T1,w",
        "a,2024-01-01T01:00Z,Fly,T1,w",
        "a,2024-01-01T02:00Z,Done,T1,w",
    )
    source(LOG)
    tables.ingest("mine", [file])
    assert tables.read("steps").to_pandas()["ended_at"].dt.hour.tolist()[0] == 2
    (problem,) = tables.problems().itertuples()
    assert (problem.table, problem.row_number, problem.value) == ("steps", 3, "Fly")
    assert "must be a value the mapping knows: 'Work*', 'Done'" in problem.rule


def test_a_log_in_two_parts_gives_what_it_gives_in_one(source: Callable[..., str], tmp_path: Path) -> None:
    rows = [f"a,2024-01-01T{hour:02}:00Z,{'Done' if hour == 9 else 'Work'},T{hour % 3},w{hour}" for hour in range(10)]
    header = "id,at,what,who,why"
    source(LOG)
    tables.ingest("mine", [csv(tmp_path / "all.csv", header, *rows)])
    whole = {name: tables.read(name).to_pandas() for name in ("cases", "steps")}
    for file in workspace.current().data.glob("*.*"):
        file.unlink()
    parts = [csv(tmp_path / "one.csv", header, *rows[:6]), csv(tmp_path / "two.csv", header, *rows[4:])]
    report = tables.ingest("mine", parts)
    assert [each.updated for each in report.files[1].tables] == [1, 2]
    for name, expected in whole.items():
        pd.testing.assert_frame_equal(tables.read(name).to_pandas(), expected)


def test_a_later_part_that_knows_less_does_not_unsay_what_is_known(source: Callable[..., str], tmp_path: Path) -> None:
    columns = {"case_id": "id", "unit": {"last": "unit", "if_empty": "unknown"}, "opened_at": {"min": "at"}}
    source({"cases": {"one_row_per": "case_id", "order_by": "at", "columns": columns}})
    parts = [("a,North,2024-01-01T00:00Z", "b,,2024-01-01T00:00Z"), ("a,,2024-01-02T00:00Z", "b,,2024-01-02T00:00Z")]
    for place, rows in enumerate(parts):
        tables.ingest("mine", [csv(tmp_path / f"{place}.csv", "id,unit,at", *rows)])
    cases = tables.read("cases").to_pandas()
    assert cases["unit"].tolist() == ["North", "unknown"]
    assert cases["opened_at"].dt.day.tolist() == [1, 1]


def test_the_same_file_twice_changes_nothing(source: Callable[..., str], tmp_path: Path) -> None:
    file = csv(tmp_path / "may.csv", "id,unit,opened", "a,U,2024-01-01T00:00Z", "b,U,x")
    first = tables.ingest("mine", [file])
    before = state(workspace.current().data)
    again = tables.ingest("mine", [file, file])
    assert state(workspace.current().data) == before
    assert [each.state for each in again.files] == ["unchanged", "unchanged"]
    assert again.files[0].tables == first.files[0].tables


def test_rows_of_two_mappings_of_one_file_never_meet(source: Callable[..., str], tmp_path: Path) -> None:
    """Under another zone every step would be there twice, an hour apart."""
    header = "id,at,what,who,why"
    file = csv(tmp_path / "may log.csv", header, "a,2024-01-01T00:00,Work,T1,w")
    other = csv(tmp_path / "june.csv", header, "b,2024-01-01T00:00,Work,T1,w")
    source(LOG, time_zone="UTC")
    tables.ingest("mine", [file])
    before = state(workspace.current().data)
    source(LOG, time_zone="Europe/Berlin")
    with pytest.raises(SourceError, match="delete the folder .*data and ingest everything again: cxops ingest mine 'm"):
        tables.ingest("mine", [other, file])
    assert state(workspace.current().data) == before, "not even the other file came in"
    (tried,) = tables.ingest("mine", [file], dry_run=True).files
    assert tried.tables[0].accepted == 1
    assert "The mapping has changed, or another time zone is given, since may log.csv came in" in str(
        tables.ingest("mine", [other], dry_run=True)
    )
    shutil.rmtree(workspace.current().data)
    tables.ingest("mine", [file])
    assert tables.read("steps").to_pandas()["started_at"].tolist() == [pd.Timestamp("2023-12-31T23:00Z")]


def steps_of(source: Callable[..., str], tmp_path: Path, *files: list[str]) -> pd.DataFrame:
    """The steps of a data folder filled afresh with files of a log, in this order."""
    shutil.rmtree(workspace.current().data, ignore_errors=True)
    source({"steps": LOG["steps"]})
    parts = [csv(tmp_path / f"part{n}.csv", "id,at,what,who,why", *rows) for n, rows in enumerate(files)]
    for part in parts:
        tables.ingest("mine", [part])
    return tables.read("steps").to_pandas()


def test_an_event_is_the_same_wherever_the_extract_was_cut(source: Callable[..., str], tmp_path: Path) -> None:
    """Two events of one moment; the second extract begins between them, so there the second is the first."""
    log = [f"a,2024-01-01T{at}:00Z,{what},{who}," for at, what, who in [(10, "Work A", "T1"), (11, "Work A", "T1")]]
    log += [f"a,2024-01-01T{at}:00Z,{what},T2," for at, what in [(11, "Work B"), (12, "Done")]]
    whole = steps_of(source, tmp_path, log)
    assert whole["activity"].tolist() == ["Work A", "Work A", "Work B", "Done"]
    pd.testing.assert_frame_equal(steps_of(source, tmp_path, log[:3], log[2:]), whole)
    pd.testing.assert_frame_equal(steps_of(source, tmp_path, log[2:], log[:3]), whole)
    pd.testing.assert_frame_equal(steps_of(source, tmp_path, log[:2], log[2:]), whole)


EVENTS = st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from(["Work 1", "Work 2", "Done"]))


@given(
    events=st.lists(st.tuples(EVENTS, st.sampled_from(["T1", "T2", ""])), unique=True, min_size=1, max_size=12),
    cuts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=3),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cut_into_overlapping_files_gives_what_the_whole_file_gives(
    source: Callable[..., str], tmp_path: Path, events: list[tuple], cuts: list[tuple[int, int]]
) -> None:
    """In the log's order the table is the same; backwards the events are, and only their order in a moment may not."""
    log = [f"{case},2024-01-01T0{hour}:00Z,{what},{who}," for (case, hour, what), who in events]
    places = sorted({min(at, len(log)) for at, _ in cuts} | {0, len(log)})
    overlap = [most for _, most in cuts] + [0] * len(places)
    files = [log[max(0, a - back) : b] for a, b, back in zip(places, places[1:], overlap, strict=False)]
    whole = steps_of(source, tmp_path, log)
    pd.testing.assert_frame_equal(steps_of(source, tmp_path, *files), whole)
    backwards = steps_of(source, tmp_path, *reversed(files))
    content = ["case_id", "started_at", "activity", "team"]
    assert sorted(map(tuple, backwards[content].to_numpy())) == sorted(map(tuple, whole[content].to_numpy()))


def test_the_same_record_again_is_set_aside(source: Callable[..., str], tmp_path: Path) -> None:
    row = "a,2024-01-01T00:00Z,Work,T1,w"
    file = csv(tmp_path / "log.csv", "id,at,what,who,why,note", f"{row},1", f"{row},2", f"{row},1", ",,, ,,")
    source(LOG)
    (report,) = tables.ingest("mine", [file]).files
    assert [(each.accepted, each.set_aside) for each in report.tables] == [(2, 2), (2, 2)]
    assert tables.read("steps").to_pandas()["step_seq"].tolist() == [0, 1], "the note tells the first two apart"
    assert tables.problems()[["row_number", "rule"]].drop_duplicates().to_numpy().tolist() == [
        [4, "the same record stands in row 2 already"],
        [5, "the row is empty"],
    ]


def test_spreadsheet_errors_are_no_values(source: Callable[..., str], tmp_path: Path) -> None:
    rows = ["a,#NV,2024-01-01T00:00Z,1", "b,U,2024-01-01T00:00Z,#DIV/0!", "c,U,2024-01-01T00:00Z,-"]
    file = csv(tmp_path / "may.csv", "id,unit,opened,cost,unread", *(f"{row},#N/A" for row in rows))
    (report,) = tables.ingest("mine", [file], dry_run=True).files
    assert [(each.column, each.value) for each in report.reasons] == [
        ("cost", "-"),
        ("cost", "#DIV/0!"),
        ("unit", "#NV"),
    ]
    source(gaps=["-", "#DIV/0!"])
    (report,) = tables.ingest("mine", [file]).files
    assert report.tables[0].accepted == 2
    assert tables.read("cases").to_pandas()["cost"].isna().all()


def test_a_unit_that_would_stand_for_all_is_set_aside_and_lookalikes_are_named(
    source: Callable[..., str], tmp_path: Path
) -> None:
    rows = [f"{n},{unit},2024-01-01T00:00Z" for n, unit in enumerate(["all", " ALL ", "Süd", "SÜD", "Nord"])]
    report = tables.ingest("mine", [csv(tmp_path / "may.csv", "id,unit,opened", *rows)])
    assert tables.problems()["rule"].tolist() == ["must be the name of a unit: all stands for every unit"] * 2
    assert "counted apart: SÜD, Süd." in str(report)


def test_a_dry_run_hides_no_reason_and_tells_a_fault_once(source: Callable[..., str], tmp_path: Path) -> None:
    rows = [f"{case},U,2024-01-01T00:00Z,{cost}" for case in "abcdefghijkl" for cost in (1, 2)]
    file = csv(tmp_path / "twice.csv", "id,unit,opened,cost", *rows)
    tried, done = (str(tables.ingest("mine", [file], dry_run=dry)) for dry in (True, False))
    assert (tried.count("must be the only row"), "cxops problems" in tried) == (12, False)
    assert (done.count("must be the only row"), "… and 2 more reasons; `cxops problems`" in done) == (10, True)
    source(LOG)  # the moment opens a case, orders its rows and begins a step
    file = csv(tmp_path / "log.csv", "id,at,what,who,why", "a,2024-01-01T00:00Z,Work,,", "b,soon,Work,,")
    assert str(tables.ingest("mine", [file], dry_run=True)).count("soon") == 1


def test_steps_without_a_case_are_left_out_everywhere_and_counted(source: Callable[..., str], tmp_path: Path) -> None:
    cases = {"one_row_per": "case_id", "columns": LOG["cases"]["columns"] | {"cost": {"max": "why"}}}
    source({"cases": cases, "steps": LOG["steps"]})
    rows = ["a,2024-01-01T00:00Z,Work,T1,5", "b,2024-01-01T00:00Z,Work,T1,much", "b,2024-01-01T01:00Z,Done,T1,most"]
    tables.ingest("mine", [csv(tmp_path / "log.csv", "id,at,what,who,why", *rows)])
    assert tables.units() == ["U"]
    for unit in ("all", "U"):
        assert tables.read("steps", unit=unit).to_pandas()["case_id"].tolist() == ["a"]
    assert tables.orphans() == 2


def test_of_two_files_the_newer_wins_and_says_how_often(source: Callable[..., str], tmp_path: Path) -> None:
    one = csv(tmp_path / "one.csv", "id,unit,opened,cost", "a,U,2024-01-01T00:00Z,1", "b,U,2024-01-01T00:00Z,2")
    two = csv(tmp_path / "two.csv", "id,unit,opened,cost", "b,U,2024-01-01T00:00Z,3", "c,U,2024-01-01T00:00Z,4")
    report = tables.ingest("mine", [one, two])
    assert [each.tables[0].updated for each in report.files] == [0, 1]
    assert tables.read("cases").to_pandas().set_index("case_id")["cost"].to_dict() == {"a": 1, "b": 3, "c": 4}


def test_two_files_of_one_name_keep_their_problems_apart(source: Callable[..., str], tmp_path: Path) -> None:
    for day in ("mon", "tue"):
        (tmp_path / day).mkdir()
        tables.ingest("mine", [csv(tmp_path / day / "export.csv", "id,unit,opened", f"{day},U,never")])
    names = tables.problems()["file"].tolist()
    assert names[0] == "export.csv"
    assert names[1].startswith("export.csv (")
    assert [entry["file"] for entry in tables.entries()] == names


def test_a_dry_run_tells_everything_and_writes_nothing(source: Callable[..., str], tmp_path: Path) -> None:
    file = csv(tmp_path / "may.csv", "id,unit,opened,[red]extra[/red]", "a,U,2024-01-01T00:00Z,", "b,U,\x1b[31mx,")
    report = tables.ingest("mine", [file], dry_run=True)
    assert not workspace.current().data.exists()
    text = str(report)
    for words in (
        "dry run, nothing written",
        "cases.opened_at",
        "not used (1): [red]extra[/red]",
        "does not have: cost",
    ):
        assert words in text
    assert "\x1b" not in text
    assert "·[31mx" in text
    (reason,) = report.files[0].reasons
    assert (reason.rows, reason.row_number, reason.column) == (1, 3, "opened_at")


def test_the_ledger_adds_up(source: Callable[..., str], tmp_path: Path) -> None:
    file = csv(tmp_path / "may.csv", "id,unit,opened", "a,U,2024-01-01T00:00Z", "b,U,x", "broken")
    tables.ingest("mine", [file])
    (entry,) = json.loads((workspace.current().data / "ingested.json").read_text())
    assert entry["rows_in"] == 3
    assert entry["tables"] == {"cases": {"rows": 1, "accepted": 1, "set_aside": 2, "updated": 0}}
    assert entry["file"] == "may.csv"
    assert len(entry["sha256"]) == len(entry["mapping_sha256"]) == 64


def test_the_data_folder_is_described_once(source: Callable[..., str], tmp_path: Path) -> None:
    tables.ingest("mine", [csv(tmp_path / "a.csv", "id,unit,opened")], title="Our cases")
    tables.ingest("mine", [csv(tmp_path / "b.csv", "id,unit,opened", "a,U,2024-01-01T00:00Z")], title="Else")
    assert tables.dataset() == tables.Dataset("Our cases", synthetic=False)


def test_real_files_are_kept_out_of_a_synthetic_folder(source: Callable[..., str], tmp_path: Path) -> None:
    tables.describe(tables.Dataset("Made up", synthetic=True))
    file = csv(tmp_path / "may.csv", "id,unit,opened", "a,U,2024-01-01T00:00Z")
    with pytest.raises(SourceError, match="must not be mixed with synthetic data"):
        tables.ingest("mine", [file])
    assert not tables.available()


def test_a_file_that_is_refused_does_not_keep_the_others_out(source: Callable[..., str], tmp_path: Path) -> None:
    good = csv(tmp_path / "good.csv", "id,unit,opened", "a,U,2024-01-01T00:00Z")
    bad = csv(tmp_path / "bad.csv", "id,units,opend", "a,U,2024-01-01T00:00Z")
    with pytest.raises(SourceError, match=r"'unit' \(nearest: 'units'\).*'opened' \(nearest: 'opend'\)") as refused:
        tables.ingest("mine", [bad, good])
    assert "good.csv: ingested; 1 rows in" in str(refused.value)
    assert tables.read("cases").count().to_pyarrow().as_py() == 1


def test_a_wrong_mapping_stops_before_any_file(source: Callable[..., str], tmp_path: Path) -> None:
    source({"cases": {"columns": {}}})
    with pytest.raises(ParameterError):
        tables.ingest("mine", [tmp_path / "not there.csv"])


def test_progress_is_told(source: Callable[..., str], tmp_path: Path) -> None:
    said: list[str] = []
    tables.ingest("mine", [csv(tmp_path / "a.csv", "id,unit,opened")], progress=said.append)
    assert said == ["reading a.csv"]


CELLS = st.one_of(
    st.sampled_from(
        ["a", "b", "2024-01-01T00:00Z", "2024-01-02T00:00Z", "Work", "Done", "T1", "", '"', '"x', "ü", "=1"]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=6),
)


@given(lines=st.lists(st.lists(CELLS, min_size=1, max_size=6).map(",".join), max_size=30), grouped=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_accepted_or_set_aside(
    source: Callable[..., str], tmp_path: Path, lines: list[str], grouped: bool
) -> None:
    """Whatever the lines hold: for each table, rows in = accepted + set aside, and problems name just the latter."""
    source(LOG if grouped else None)
    file = tmp_path / "any.csv"
    file.write_text("\n".join(["id,at,what,who,why" if grouped else "id,unit,opened", *lines]), "utf-8")
    (report,) = tables.ingest("mine", [file], dry_run=True).files
    assert report.rows_in == sum(line != "" for line in lines) or '"' in "".join(lines)
    for table in report.tables:
        assert table.accepted + table.set_aside == report.rows_in
        assert table.set_aside <= sum(reason.rows for reason in report.reasons if reason.table == table.table)
