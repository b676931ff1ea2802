"""Tables are written whole or not at all, and read for a unit and a quarter that exist."""

import os
import signal
import subprocess
import sys

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import tables
from cxops.errors import TableError
from pandas.testing import assert_frame_equal
from pandera.errors import SchemaErrors


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CXOPS_BUILD", str(tmp_path / "build"))
    return tmp_path / "data"


def moments(*texts):
    return pd.to_datetime(list(texts), utc=True, format="ISO8601")


def cases():
    """Four cases: two at the very edges of 2025Q3, one in the next quarter, one of another unit."""
    opened = moments("2025-07-01", "2025-09-30T23:59:59.999999", "2025-10-01", "2025-08-01")
    return pd.DataFrame({"case_id": list("abcd"), "unit": ["N", "N", "N", "S"], "opened_at": opened})


def steps():
    started = moments("2025-07-01", "2025-12-24", "2025-10-01", "2025-10-02", "2025-08-01")
    frame = pd.DataFrame({"case_id": list("aabcd"), "started_at": started, "step_seq": 0, "team": "T"})
    return frame.assign(activity="work", stage="Intake", status="active")


def ids(table, **scope):
    return sorted(tables.read(table, **scope).case_id.name("case_id").to_pyarrow().to_pylist())


@pytest.fixture
def filled(data):
    tables.write("cases", cases())
    tables.write("steps", steps())
    return data


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, "abcd"),
        ({"unit": "N"}, "abc"),
        ({"quarter": "2025Q3"}, "abd"),
        ({"quarter": "2025Q4"}, "c"),
        ({"unit": "N", "quarter": "2025Q3"}, "ab"),
        ({"unit": "S", "quarter": "2025Q4"}, ""),
    ],
)
def test_a_case_belongs_to_the_quarter_it_was_opened_in(filled, scope, expected):
    assert ids("cases", **scope) == list(expected)


def test_steps_go_with_their_case_whenever_they_were_done(filled):
    # case a was opened in 2025Q3 and worked on in 2025Q4 too
    assert ids("steps", quarter="2025Q3") == list("aabd")
    assert ids("steps", unit="N", quarter="2025Q4") == ["c"]


def test_what_there_is(filled):
    assert tables.available() == ("cases", "steps")
    assert tables.units() == ["N", "S"]
    assert tables.quarters() == ["2025Q3", "2025Q4"]
    assert tables.scopes() == [("N", "2025Q3"), ("N", "2025Q4"), ("S", "2025Q3")]


@pytest.mark.parametrize(
    ("unit", "quarter", "said"),
    [
        ("Q", "all", "unit must be one of all, N, S: got 'Q'"),
        ("all", "2024Q1", "quarter must be one of all, 2025Q3, 2025Q4: got '2024Q1'"),
        ("all", "2025", "got '2025'"),
        ("' OR 1=1 --", "all", "unit must be one of"),
    ],
)
def test_an_unknown_unit_or_quarter_is_named_with_those_there_are(filled, unit, quarter, said):
    for call in (tables.check_scope, lambda unit, quarter: tables.read("steps", unit=unit, quarter=quarter)):
        with pytest.raises(TableError) as raised:
            call(unit, quarter)
        assert said in str(raised.value)


def test_a_page_needs_cases(filled):
    tables.check_scope("S", "2025Q3")
    with pytest.raises(TableError, match="unit 'S' opened none in 2025Q4"):
        tables.check_scope("S", "2025Q4")


def test_a_table_without_cases_beside_it_knows_its_own_units_and_quarters(data):
    started = moments("2025-07-01", "2025-10-01")
    tables.write("staffing", pd.DataFrame({"unit": ["N", "S"], "team": "T", "interval_start": started}))
    assert tables.read("staffing", unit="S", quarter="2025Q4").count().to_pyarrow().as_py() == 1
    with pytest.raises(TableError, match="unit must be one of all, N, S"):
        tables.read("staffing", unit="Q")


def test_customers_belong_to_every_quarter(filled):
    tables.write("customers", pd.DataFrame({"customer_id": ["1", "2"], "unit": ["N", "S"]}))
    assert tables.read("customers", unit="N", quarter="2025Q4").count().to_pyarrow().as_py() == 1


def test_a_table_that_is_not_there_is_named(data):
    with pytest.raises(TableError, match="the table cases must be filled by"):
        tables.read("cases")
    with pytest.raises(TableError, match="the table must be one of cases, steps.*: got 'caess'"):
        tables.read("caess")
    with pytest.raises(TableError, match="must be filled by"):
        tables.dataset()


def test_a_quarter_begins_and_ends_at_midnight_utc():
    start, end = tables.quarter_bounds("2024Q1")
    assert (start, end) == (pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-04-01", tz="UTC"))


@pytest.mark.parametrize("text", ["2025", "all", "2025Q0", "2025-Q1", "2025Q1 ", "Q1 2025", ""])
def test_what_is_not_a_quarter_is_an_error(text):
    with pytest.raises(TableError, match="must be written like 2025Q4"):
        tables.quarter_bounds(text)


def test_quarters_are_utc_wherever_the_machine_is(filled):
    script = "from cxops import tables; print(*tables.quarters())"
    for zone in ("America/Los_Angeles", "Pacific/Auckland"):
        command = [sys.executable, "-c", script]
        said = subprocess.run(command, env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True)
        assert said.stdout.split() == ["2025Q3", "2025Q4"]


def test_what_is_written_is_read_and_gaps_stay_gaps(filled):
    back = tables.read("cases").to_pandas().set_index("case_id").loc[list("abcd")].reset_index()
    assert list(back.columns) == list(tables.CONTRACTS["cases"].columns)
    assert_frame_equal(back[["case_id", "unit"]], cases()[["case_id", "unit"]], check_dtype=False)
    assert back["resolved_at"].isna().all() and back["cost"].isna().all()


def test_the_same_rows_give_the_same_bytes(filled):
    first = tables.table_hash("cases")
    tables.write("cases", cases())
    assert tables.table_hash("cases") == first
    tables.write("cases", cases().assign(cost=1.0))
    assert tables.table_hash("cases") != first


def test_a_row_that_breaks_the_contract_leaves_the_table_as_it_was(filled):
    first = tables.table_hash("cases")
    with pytest.raises(SchemaErrors):
        tables.write("cases", cases().assign(cost=-1.0))
    assert tables.table_hash("cases") == first


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "table"
    target.write_text("old", "utf-8")
    with pytest.raises(OSError, match="full"), tables.replacing(target) as new:
        new.write_text("half", "utf-8")
        raise OSError("full")
    assert target.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "table"
    target.write_text("old", "utf-8")
    script = (
        "import os, signal, sys, pathlib\nfrom cxops.tables import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as new:\n"
        "    new.write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, target], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert target.read_text("utf-8") == "old"
    with tables.replacing(target) as new:
        new.write_text("new", "utf-8")
    assert target.read_text("utf-8") == "new"


def test_a_described_data_set_is_read_back(data):
    described = tables.Dataset("Überblick: <b>", synthetic=True, description="zwei\nZeilen")
    tables.describe(described)
    assert tables.dataset() == described


def test_another_engine_gives_the_same_rows(filled, tmp_path, monkeypatch):
    here = {name: tables.read(name, unit="N", quarter="2025Q3").to_pandas() for name in ("cases", "steps")}
    warehouse = ibis.connect(f"duckdb://{tmp_path}/warehouse.duckdb")
    for name in ("cases", "steps"):
        warehouse.raw_sql(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{tables.path(name)}')")
    warehouse.disconnect()
    for file in filled.glob("*.parquet"):
        file.unlink()
    monkeypatch.setenv("CXOPS_ENGINE", f"duckdb://{tmp_path}/warehouse.duckdb")
    assert tables.available() == ("cases", "steps")
    assert tables.scopes() == [("N", "2025Q3"), ("N", "2025Q4"), ("S", "2025Q3")]
    for name, expected in here.items():
        found = tables.read(name, unit="N", quarter="2025Q3").to_pandas()
        keys = tables.key(name)
        found, expected = (frame.sort_values(keys, ignore_index=True) for frame in (found, expected))
        assert_frame_equal(found, expected)
    assert tables.table_hash("cases") == "unhashed: duckdb", "a warehouse has no file to take a hash of"
    assert np.array_equal(tables.units(), ["N", "S"])


def test_a_scope_is_read_anew_when_its_files_are_replaced(filled):
    assert ids("steps", unit="N") == list("aabc")
    assert tables.read("steps", unit="N").equals(tables.read("steps", unit="N"))  # one look-up a version
    tables.write("steps", steps().iloc[2:])
    assert ids("steps", unit="N") == list("bc")
    tables.write("cases", cases().assign(unit="S"))
    assert tables.units() == ["S"]
    assert ids("steps", unit="S") == list("bcd")


def test_what_is_large_stays_in_its_files(filled, monkeypatch):
    monkeypatch.setattr("cxops.tables.store.KEPT_BYTES", 0)
    assert type(tables.read("steps", unit="N").op()).__name__ != "DatabaseTable"
    assert ids("steps", unit="N") == list("aabc")


def test_no_query_draws_a_bar_of_progress_in_a_page(filled):
    rows = tables.read("steps", unit="N")
    for engine in (rows.get_backend(), ibis.get_backend()):
        assert not engine.con.sql("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]
