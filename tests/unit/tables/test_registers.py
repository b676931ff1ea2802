"""Registers are tables like any other: brought in from a spreadsheet, checked row by row, absent without harm.

Every register has a sample of sound rows in `tests/samples`; a bad row here is the first of them with one cell changed.
"""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import ibis
import openpyxl
import pandas as pd
import pytest
from cxops import cli, tables, workspace
from cxops.errors import ParameterError, SourceError, TableError
from cxops.tables.registers import REGISTERS
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

NAMES = [register.name for register in REGISTERS]
Bad = Callable[..., Path]


def sample(shipped: Path, register: str) -> list[dict[str, str]]:
    text = (shipped / f"canonical_{register}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","))


@pytest.fixture
def bad(shipped: Path, tmp_path: Path) -> Bad:
    """Writes the register's first sample row, and the same row under another key with some cells changed."""

    def written(register: str, **changed: str) -> Path:
        good = sample(shipped, register)[0]
        other = {name: f"{good[name]} 2" for name in tables.key(register)[-1:]}
        file = tmp_path / f"{register}.csv"
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(good))
            writer.writeheader()
            writer.writerows([good, good | other | changed])
        return file

    return written


def test_there_are_sixteen_registers_and_each_has_a_mapping_of_its_own() -> None:
    assert len(NAMES) == len(set(NAMES)) == 16
    assert {f"canonical_{name}" for name in NAMES} <= set(tables.sources())
    assert set(NAMES) < set(tables.CONTRACTS)


def test_the_page_on_data_says_what_each_is_for() -> None:
    page = (workspace.PROJECT / "site" / "methods" / "data.qmd").read_text("utf-8")
    section = page.partition("## Registers {#registers}")[2].partition("\n## ")[0]
    assert [name for name in NAMES if f"\n| `{name}` | " not in section] == []


@pytest.mark.parametrize("register", NAMES)
def test_a_sample_is_accepted_whole_in_every_column(shipped: Path, register: str) -> None:
    (report,) = tables.ingest(f"canonical_{register}", [shipped / f"canonical_{register}.csv"]).files
    assert report.tables[0].accepted == report.rows_in == len(sample(shipped, register))
    rows = tables.read(register).to_pandas()
    contract = tables.CONTRACTS[register]
    assert list(rows.columns) == list(contract.columns)
    assert rows.notna().any().all(), "a column that no row of the sample fills is not tried"
    optional = [name for name, column in contract.columns.items() if column.nullable]
    assert all(rows[name].isna().any() for name in optional), "a gap that may be there is not tried"


@pytest.mark.parametrize(
    ("register", "changed", "column", "rule"),
    [
        (
            "notices",
            {"notified_at": "2024-02-01T07:59:59Z"},
            "notified_at",
            "notified_at must not be before detected_at",
        ),
        ("notices", {"needed": "perhaps"}, "needed", "must be yes or no"),
        ("handoff_audits", {"failures": "201"}, "failures", "failures must not exceed the handoffs looked at"),
        ("handoff_audits", {"quarter": "2025-3"}, "quarter", "must be written like 2025Q3"),
        ("handoff_audits", {"quarter": "2025Q5"}, "quarter", "must be written like 2025Q3"),
        ("handoff_audits", {"quarter": "2025Q31"}, "quarter", "must be written like 2025Q3"),
        ("handoff_audits", {"handoffs": "0", "failures": "0"}, "handoffs", "must be at least 1"),
        ("handoff_audits", {"failures": "1.5"}, "failures", "must be a whole number"),
        ("handoff_audits", {"to_team": ""}, "to_team", "must not be empty"),
        ("feedback", {"sentiment": "1.2"}, "sentiment", "must be from -1 to 1"),
        ("feedback", {"sentiment": "glad"}, "sentiment", "must be a number"),
        ("feedback", {"said_at": "2024-01-02T09:30:00"}, "said_at", "must carry a zone"),
        ("return_reasons", {"weight": "2.0"}, "weight", "must be from 0 to 1"),
        ("scorecards", {"weight": "60.0"}, "weight", "must be from 0 to 1"),
        ("scorecards", {"holder_type": "person"}, "holder_type", "must be one of team, owner, role"),
        ("time_studies", {"value_class": "muda"}, "value_class", "must be one of value-adding, necessary, waste"),
        ("time_studies", {"seconds": "-1.0"}, "seconds", "must be at least 0"),
        ("time_studies", {"rating": "110.0"}, "rating", "must be from 0.5 to 1.5"),
        ("returns", {"cost": "-3.0"}, "cost", "must be at least 0"),
        ("returns", {"unit": "All"}, "unit", "must be the name of a unit"),
        ("field_entries", {"value_hash": ""}, "value_hash", "must not be empty"),
        ("changes", {"tests_run": "-1"}, "tests_run", "must be at least 0"),
        ("expectations", {"tolerance_hours": "-1.0"}, "tolerance_hours", "must be at least 0"),
        ("workflow_starts", {"workflow": ""}, "workflow", "must not be empty"),
        ("meetings", {"functions": ""}, "functions", "must not be empty"),
        ("orders", {"ordered_at": "2024-13-01T00:00:00Z"}, "ordered_at", "must be a moment"),
        ("decision_rights", {"held_by": ""}, "held_by", "must not be empty"),
        ("pods", {"outcome_owned": ""}, "outcome_owned", "must not be empty"),
        ("skills", {"agent": ""}, "agent", "must not be empty"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason_and_the_good_one_kept(
    bad: Bad, register: str, changed: dict[str, str], column: str, rule: str
) -> None:
    (report,) = tables.ingest(f"canonical_{register}", [bad(register, **changed)]).files
    assert (report.rows_in, report.tables[0].accepted, report.tables[0].set_aside) == (2, 1, 1)
    (problem,) = tables.problems().itertuples()
    assert (problem.row_number, problem.table, problem.column) == (3, register, column)
    assert problem.value == changed[column] or pd.Timestamp(problem.value) == pd.Timestamp(changed[column])
    assert rule in problem.rule
    assert tables.read(register).count().execute() == 1


@pytest.mark.parametrize(
    ("register", "column"),
    [
        ("feedback", "said_at"),
        *(("notices", column) for column in ("detected_at", "notified_at", "contacted_at")),
        *(("orders", "ordered_at"), ("returns", "returned_at"), ("time_studies", "observed_at")),
        *(("field_entries", "entered_at"), ("meetings", "held_at"), ("expectations", "asked_at")),
        ("workflow_starts", "started_at"),
    ],
)
def test_what_has_happened_cannot_lie_in_the_future(bad: Bad, register: str, column: str) -> None:
    tables.ingest(f"canonical_{register}", [bad(register, **{column: "2099-01-01T00:00:00Z"})])
    problems = tables.problems().set_index("column")["rule"]
    assert problems[column].startswith("must not lie in the future")
    assert tables.read(register).count().execute() == 1


@pytest.mark.parametrize(
    ("register", "column"),
    [("notices", "promised_at"), ("changes", "changed_at"), ("pods", "start_at"), ("decision_rights", "effective_at")],
)
def test_what_is_promised_or_planned_may(bad: Bad, register: str, column: str) -> None:
    tables.ingest(f"canonical_{register}", [bad(register, **{column: "2099-01-01T00:00:00Z"})])
    assert tables.problems().empty
    assert tables.read(register).count().execute() == 2


@pytest.mark.parametrize("register", NAMES)
def test_a_register_without_rows_says_so_and_is_not_kept(shipped: Path, tmp_path: Path, register: str) -> None:
    header = (shipped / f"canonical_{register}.csv").read_text("utf-8").splitlines()[0]
    (tmp_path / "none.csv").write_text(header + "\n", "utf-8")
    result = CliRunner().invoke(cli.app, ["ingest", f"canonical_{register}", str(tmp_path / "none.csv")])
    assert result.exit_code == 0
    assert "The file holds a header and no rows." in result.output
    assert register not in tables.available()
    assert tables.read(register, or_empty=True).count().execute() == 0


def test_a_file_or_a_sheet_without_anything_is_refused_and_says_what_it_must_hold(
    shipped: Path, tmp_path: Path
) -> None:
    (tmp_path / "none.csv").touch()
    with pytest.raises(SourceError, match=r"none\.csv must hold a header and rows: the file is empty"):
        tables.ingest("canonical_returns", [tmp_path / "none.csv"])
    openpyxl.Workbook().save(tmp_path / "none.xlsx")
    with pytest.raises(SourceError, match=r"none\.xlsx"):
        tables.ingest("canonical_returns", [tmp_path / "none.xlsx"])
    assert not (tmp_path / "data" / "ingested.json").exists()


def test_a_register_that_lacks_a_column_it_needs_is_refused_by_name(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "returns.csv").write_text("return_id,unit,returned,reason\nr,North,2024-01-01T00:00Z,late\n", "utf-8")
    with pytest.raises(SourceError, match="returned_at"):
        tables.ingest("canonical_returns", [tmp_path / "returns.csv"])


@pytest.mark.parametrize("register", NAMES)
def test_a_key_stands_once(shipped: Path, tmp_path: Path, register: str) -> None:
    first, second, *_ = sample(shipped, register)
    pd.DataFrame([first, second | {name: first[name] for name in tables.key(register)}]).to_csv(
        tmp_path / "twice.csv", index=False
    )
    (report,) = tables.ingest(f"canonical_{register}", [tmp_path / "twice.csv"]).files
    assert (report.tables[0].accepted, report.tables[0].set_aside) == (1, 1)
    (rule,) = tables.problems()["rule"]
    assert rule == f"must be the only row with its {', '.join(tables.key(register))}: first in row 2"


@pytest.mark.parametrize("name", tables.CONTRACTS)
def test_a_table_that_is_not_kept_is_read_as_one_without_rows(shipped: Path, name: str) -> None:
    rows = tables.read(name, or_empty=True)
    tables.write(name, pd.DataFrame())
    assert rows.schema() == tables.read(name).schema()
    assert_frame_equal(rows.to_pandas(), tables.read(name).to_pandas())
    assert rows.count().execute() == 0
    assert_frame_equal(ibis.sqlite.connect().to_pandas(rows), rows.to_pandas())


@pytest.fixture
def kept(shipped: Path) -> None:
    """Unit North with cases in 2024Q1 and 2024Q2; returns in 2024Q1 of North and South, reasons of nobody."""
    opened = pd.to_datetime(["2024-01-05", "2024-04-05", "2024-01-05"], utc=True)
    tables.write(
        "cases", pd.DataFrame({"case_id": list("abc"), "unit": ["North", "North", "South"], "opened_at": opened})
    )
    for register in ("returns", "return_reasons", "handoff_audits", "changes"):
        tables.ingest(f"canonical_{register}", [shipped / f"canonical_{register}.csv"])


@pytest.mark.usefixtures("kept")
def test_a_register_that_is_not_kept_still_knows_units_quarters_and_tables() -> None:
    assert tables.read("pods", unit="North", quarter="2024Q2", or_empty=True).count().execute() == 0
    with pytest.raises(TableError, match="unit must be one of all, North, South: got 'Nord'"):
        tables.read("pods", unit="Nord", or_empty=True)
    with pytest.raises(TableError, match="quarter must be one of all, 2024Q1, 2024Q2: got '2031Q1'"):
        tables.read("pods", quarter="2031Q1", or_empty=True)
    with pytest.raises(TableError, match="the table must be one of .*: got 'return'"):
        tables.read("return", or_empty=True)
    with pytest.raises(TableError, match="the table pods must be filled by"):
        tables.read("pods")


@pytest.mark.usefixtures("kept")
def test_a_warehouse_that_keeps_some_registers_is_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tables.read("returns", unit="North", quarter="2024Q1", or_empty=True).to_pandas()
    url = f"duckdb://{tmp_path}/warehouse.duckdb"
    warehouse = ibis.connect(url)
    for name in tables.available():
        warehouse.raw_sql(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{tables.path(name)}')")
    warehouse.disconnect()
    monkeypatch.setenv("CXOPS_ENGINE", url)
    assert tables.available() == ("cases", "returns", "return_reasons", "changes", "handoff_audits")
    assert_frame_equal(tables.read("returns", unit="North", quarter="2024Q1", or_empty=True).to_pandas(), here)
    assert tables.read("pods", unit="North", or_empty=True).count().execute() == 0
    with pytest.raises(TableError, match="unit must be one of"):
        tables.read("pods", unit="Nord", or_empty=True)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("register", "unit", "quarter", "rows"),
    [
        ("returns", "North", "2024Q1", 1),
        ("returns", "all", "2024Q1", 2),
        ("returns", "North", "2024Q2", 0),
        ("return_reasons", "North", "2024Q2", 3),  # belongs to no unit and no quarter: the same everywhere
        ("return_reasons", "South", "2024Q1", 3),
        ("handoff_audits", "North", "2024Q2", 2),  # whether a failure recurs shows over the quarters before
        ("handoff_audits", "South", "2024Q1", 0),
        ("changes", "all", "2024Q2", 2),
    ],
)
def test_rows_of_a_unit_and_a_quarter(register: str, unit: str, quarter: str, rows: int) -> None:
    assert tables.read(register, unit=unit, quarter=quarter).count().execute() == rows
    assert tables.read(register, unit=unit, quarter=quarter, or_empty=True).count().execute() == rows


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("journey_map", [None, "service"])
def test_the_name_of_the_journey_map_is_kept(journey_map: str | None) -> None:
    described = tables.Dataset("Ours", synthetic=False, description="of two units", journey_map=journey_map)
    tables.describe(described)
    assert tables.dataset() == described


@pytest.mark.usefixtures("shipped")
def test_a_description_from_before_there_were_maps_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dataset.yml").write_text("title: Ours\nsynthetic: false\ndescription: ''\n", "utf-8")
    assert tables.dataset() == tables.Dataset("Ours", synthetic=False)


def test_a_register_kept_in_a_spreadsheet_is_taken_in_as_it_is(shipped: Path, tmp_path: Path) -> None:
    """Flags and gaps as cells of their own type, as spreadsheets have them."""
    book = openpyxl.Workbook()
    sheet = book.active
    rows = sample(shipped, "notices")
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([{"yes": True, "no": False, "": None}.get(value, value) for value in row.values()])
    book.save(tmp_path / "notices.xlsx")
    (report,) = tables.ingest("canonical_notices", [tmp_path / "notices.xlsx"]).files
    assert (report.rows_in, report.tables[0].accepted) == (3, 3)
    found = tables.read("notices").to_pandas()
    tables.path("notices").unlink()
    (tmp_path / "data" / "ingested.json").unlink()
    tables.ingest("canonical_notices", [shipped / "canonical_notices.csv"])
    assert_frame_equal(found, tables.read("notices").to_pandas())


def test_moments_of_a_spreadsheet_have_the_zone_that_the_mapping_says(
    source: Callable[..., str], tmp_path: Path
) -> None:
    """Cells of a spreadsheet hold no zone. 10:00 in Berlin is 09:00 UTC in winter and 08:00 in summer."""
    book = openpyxl.Workbook()
    book.active.append(["return_id", "unit", "returned_at", "reason", "cost"])
    book.active.append(["r-1", "North", pd.Timestamp("2024-01-31 10:00"), "Box crushed", 12.5])
    book.active.append(["r-2", "North", pd.Timestamp("2024-07-31 10:00"), "Box crushed", None])
    book.save(tmp_path / "returns.xlsx")
    columns = {name: name for name in ("return_id", "unit", "returned_at", "reason", "cost")}
    source({"returns": {"columns": columns}})
    with pytest.raises(SourceError, match="moments must be of a known zone.*time_zone in the mapping"):
        tables.ingest("mine", [tmp_path / "returns.xlsx"])
    source({"returns": {"columns": columns}}, time_zone="Europe/Berlin")
    tables.ingest("mine", [tmp_path / "returns.xlsx"])
    rows = tables.read("returns").to_pandas()
    assert rows["returned_at"].dt.hour.tolist() == [9, 8]
    assert rows["cost"].tolist()[0] == 12.5 and pd.isna(rows["cost"][1])


def spreadsheet(file: Path, *moments: object) -> Path:
    """Returns as a spreadsheet holds them: cells that are dates, and some that are text."""
    book = openpyxl.Workbook()
    book.active.append(["return_id", "unit", "returned_at", "reason"])
    for number, moment in enumerate(moments):
        book.active.append([f"r-{number}", "North", moment, "Box crushed"])
    book.save(file)
    return file


def test_the_command_says_which_zone_the_dates_of_a_spreadsheet_are_in(shipped: Path, tmp_path: Path) -> None:
    """Vienna's clocks go from 02:00 to 03:00 on 2024-03-31 and back on 2024-10-27: 02:30 comes never, then twice."""
    moments = ["2024-03-31 01:30", "2024-03-31 02:30", "2024-03-31 03:30", "2024-10-27 02:30", "2024-10-27 03:30"]
    cells = [*(pd.Timestamp(each).to_pydatetime() for each in moments), "2024-10-27T02:30:00+02:00"]
    file = spreadsheet(tmp_path / "returns.xlsx", *cells, date(2024, 7, 1))
    call = ["ingest", "canonical_returns", str(file)]
    CliRunner().invoke(cli.app, call)
    assert tables.read("returns").count().execute() == 1, "only the row that carries a zone"
    assert tables.problems()["rule"].str.contains("--time-zone Europe/Vienna").all()
    said = CliRunner().invoke(cli.app, [*call, "--time-zone", "Europe/Vienna"])
    assert said.exit_code == 0, said.output
    hours = {"r-0": "00:30", "r-2": "01:30", "r-4": "02:30", "r-5": "00:30", "r-6": "22:00"}
    found = tables.read("returns").to_pandas().set_index("return_id")["returned_at"]
    assert found.dt.strftime("%H:%M").to_dict() == hours
    problems = tables.problems()
    assert problems["row_number"].tolist() == [3, 5]
    assert problems["rule"].str.contains("the clocks change in Europe/Vienna").all()


def test_a_zone_given_by_command_stands_in_the_ledger_and_in_how_to_start_anew(shipped: Path, tmp_path: Path) -> None:
    file = spreadsheet(tmp_path / "returns.xlsx", pd.Timestamp("2024-07-01 10:00").to_pydatetime())
    tables.ingest("canonical_returns", [file], time_zone="Europe/Vienna")
    assert tables.entries()[0]["time_zone"] == "Europe/Vienna"
    assert tables.ingest("canonical_returns", [file], time_zone="Europe/Vienna").files[0].state == "unchanged"
    with pytest.raises(SourceError, match="ingest canonical_returns --time-zone Europe/Vienna returns.xlsx"):
        tables.ingest("canonical_returns", [file], time_zone="Europe/London")
    with pytest.raises(ParameterError, match="did you mean Europe/Vienna.*--time-zone"):
        tables.ingest("canonical_returns", [file], time_zone="Europe/Viena")


def test_what_is_wrong_in_a_spreadsheet_is_named_by_the_row_it_shows(shipped: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["unit", "quarter", "from_team", "to_team", "failure_code", "handoffs", "failures"],):
        book.active.append(row)
    book.active.append(["North", "2024Q1", "A", "B", "missing data", 20, 3])
    book.active.append(["North", "2024Q2", "A", "B", "missing data", 20, 30])
    book.save(tmp_path / "audits.xlsx")
    tables.ingest("canonical_handoff_audits", [tmp_path / "audits.xlsx"])
    (problem,) = tables.problems().itertuples()
    assert (problem.row_number, problem.value) == (3, "30")
    assert tables.read("handoff_audits").to_pandas()["failures"].tolist() == [3]


def test_problems_of_many_registers_are_counted_and_exported(bad: Bad, tmp_path: Path) -> None:
    tables.ingest("canonical_feedback", [bad("feedback", sentiment="1.2")])
    tables.ingest("canonical_return_reasons", [bad("return_reasons", weight="=2+2")])
    runner = CliRunner()
    said = runner.invoke(cli.app, ["problems"]).output
    assert "feedback.csv" in said and "must be from -1 to 1" in said and "return_reasons" in said
    runner.invoke(cli.app, ["problems", "--to", str(tmp_path / "problems.csv")])
    rows = pd.read_csv(tmp_path / "problems.csv")
    assert sorted(rows["value"]) == ["'=2+2", "1.2"]


@pytest.mark.parametrize("register", NAMES)
def test_a_register_goes_to_a_spreadsheet_and_comes_back(shipped: Path, tmp_path: Path, register: str) -> None:
    tables.ingest(f"canonical_{register}", [shipped / f"canonical_{register}.csv"])
    rows = tables.read(register).to_pandas()
    tables.export_csv(rows, tmp_path / "out.csv")
    tables.path(register).unlink()
    (report,) = tables.ingest(f"canonical_{register}", [tmp_path / "out.csv"]).files
    assert report.tables[0].set_aside == 0
    assert_frame_equal(tables.read(register).to_pandas(), rows)
