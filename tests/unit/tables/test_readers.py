"""Whatever a file is written in, the same cells come out, each under the row number a spreadsheet shows."""

import gzip
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from cxops import tables
from cxops.errors import SourceError
from cxops.tables.readers import records
from cxops.tables.records import Records

ROWS = [
    ("id", "unit", "opened", "note"),
    ("a", "Zürich", "2024-01-02T03:04:05Z", "x,y"),
    ("b", "Ulm", "2024-01-03T00:00:00Z", ""),
]


def read(path: Path) -> Records:
    return records(path, tables.mapping("mine"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_delimiter_encoding_and_packing_are_found_out(
    source: Callable[..., str], tmp_path: Path, delimiter: str, encoding: str, packed: bool
) -> None:
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in ROWS)
    file = tmp_path / ("file.csv.gz" if packed else "file.csv")
    file.write_bytes(gzip.compress(text.encode(encoding)) if packed else text.encode(encoding))
    found = read(file)
    assert found.cells["unit"].to_dict() == {2: "Zürich", 3: "Ulm"}
    assert found.columns == ROWS[0]
    assert found.rows == 2


def test_a_line_break_inside_quotation_marks_is_part_of_the_cell(source: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text('id,unit,opened\na,"one\ntwo",2024-01-01T00:00Z\n\nb,"say ""hi""",2024-01-01T00:00Z\n')
    cells = read(file).cells
    assert cells["unit"].to_dict() == {2: "one\ntwo", 4: 'say "hi"'}  # row 3 is blank, and a spreadsheet counts it


def test_a_row_with_too_many_or_too_few_fields_is_set_aside_alone(source: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("id,unit,opened\na,b\nc,d,e,f\ng,h,i\n")
    found = read(file)
    assert list(found.cells.index) == [4]
    assert [(each.row_number, each.rule.rpartition(" ")[2]) for each in found.unreadable] == [(2, "2"), (3, "4")]


@pytest.mark.parametrize("line", ['x,"never closed,z', 'x,"closed" badly,z', '"'])
def test_an_unclosed_quotation_does_not_swallow_the_rows_behind_it(
    source: Callable[..., str], tmp_path: Path, line: str
) -> None:
    file = tmp_path / "file.csv"
    good = [f"k{place},unit,2024-01-01T00:00Z" for place in range(20_000)]
    file.write_text("\n".join(["id,unit,opened", *good[:5], line, *good[5:]]))
    found = read(file)
    assert len(found.cells) == len(good)
    assert [(each.row_number, each.value) for each in found.unreadable] == [(7, line)]
    assert "quotation marks must match" in found.unreadable[0].rule


def test_undecodable_rows_of_a_mixed_file_are_set_aside_and_the_rest_is_right(
    source: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "file.csv"
    rows = [b"id,unit,opened", "a,Zürich,t".encode(), "b,Zürich,t".encode("cp1252"), b"c,Ulm,t"]
    file.write_bytes(b"\n".join(rows))
    found = read(file)
    assert found.cells["unit"].to_dict() == {2: "Zürich", 4: "Ulm"}
    (bad,) = found.unreadable
    assert (bad.row_number, bad.column, bad.value) == (3, "unit", r"Z\xfcrich")


def test_text_that_is_not_western_is_refused_rather_than_garbled(source: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(("id,unit,opened\n" + "a,Служба поддержки клиентов,t\n" * 30).encode("cp1251"))
    with pytest.raises(SourceError, match="its mapping must say `encoding:`"):
        read(file)
    source(encoding="cp1251")
    assert read(file).cells["unit"].iloc[0] == "Служба поддержки клиентов"


def test_parquet_and_xlsx_give_the_same_cells_as_csv(source: Callable[..., str], tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1, 2], "unit": ["A", None], "opened": pd.to_datetime(["2024-01-02 03:04:05", None])})
    frame["cost"] = [1.5, 2.0]
    frame.to_parquet(tmp_path / "file.parquet")
    frame.to_excel(tmp_path / "file.xlsx", index=False)
    expected = {"id": ["1", "2"], "unit": ["A", None], "cost": ["1.5", "2"]}
    for name, first in (("file.parquet", 1), ("file.xlsx", 2)):
        cells = read(tmp_path / name).cells
        got = cells.astype(object).where(cells.notna(), None)
        assert {column: got[column].tolist() for column in expected} == expected
        assert got["opened"].iloc[0].startswith("2024-01-02T03:04:05")
        assert got["opened"].iloc[1] is None
        assert list(cells.index) == [first, first + 1]


def test_a_number_shown_with_leading_zeros_keeps_them(source: Callable[..., str], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "unit", "opened"], [7, "u", "t"], [7, "u", "t"], [True, "u", "t"]):
        book.active.append(row)
    for cell in ("A2", "A4"):
        book.active[cell].number_format = "000000"
    book.save(tmp_path / "file.xlsx")
    assert read(tmp_path / "file.xlsx").cells["id"].tolist() == ["000007", "7", "true"]


def test_equal_and_empty_records_are_left_out_of_every_kind_of_file(source: Callable[..., str], tmp_path: Path) -> None:
    """The third record differs from the first in a column that nobody reads, so it is another one."""
    rows = [["a", "u", "t", "1"], ["a", "u", "t", "1"], ["a", "u", "t", "2"], [None, " ", None, None], ["b"] * 4]
    frame = pd.DataFrame(rows, columns=["id", "unit", "opened", "unread"])
    frame.to_csv(tmp_path / "file.csv", index=False)
    frame.to_excel(tmp_path / "file.xlsx", index=False)
    frame.assign(unit=frame["unit"].str.strip().replace("", None)).to_parquet(tmp_path / "file.parquet")
    for name, first in (("file.csv", 2), ("file.xlsx", 2), ("file.parquet", 1)):
        found = read(tmp_path / name)
        assert [number - first for number in found.cells.index] == [0, 2, 4]
        assert {each.row_number - first: each.rule for each in found.unreadable} == {
            1: f"the same record stands in row {first} already",
            3: "the row is empty",
        }
        assert found.rows == 5


def test_equal_events_of_an_event_log_are_left_out(source: Callable[..., str], tmp_path: Path) -> None:
    def event(unread: int) -> str:
        return f'<event><string key="id" value="a"/><string key="unread" value="{unread}"/></event>'

    keys = "".join(f'<string key="{name}" value="x"/>' for name in ("unit", "opened"))
    traces = f"<trace>{event(1)}{event(1)}{event(2)}<event>{keys}</event></trace>"
    (tmp_path / "log.xes").write_text(f"<log>{traces}</log>")
    found = read(tmp_path / "log.xes")
    assert list(found.cells.index) == [1, 3, 4]
    assert [each.rule for each in found.unreadable] == ["the same record stands in row 1 already"]


def test_parquet_moments_keep_their_zone(source: Callable[..., str], tmp_path: Path) -> None:
    opened = pd.to_datetime(["2024-07-01 12:00"]).tz_localize("Europe/Paris")
    pd.DataFrame({"id": ["a"], "unit": ["u"], "opened": opened}).to_parquet(tmp_path / "file.parquet")
    assert read(tmp_path / "file.parquet").cells["opened"].iloc[0] == "2024-07-01T10:00:00.000000+00:00"


def test_a_named_sheet_is_read_and_a_missing_one_is_named(source: Callable[..., str], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Data")
    for row in (["id", "unit", "opened", None], ["a", "=1+1", "2024-01-01T00:00Z"], [], ["b", "u"]):
        sheet.append(row)
    book.save(tmp_path / "file.xlsx")
    source(sheet="Data")
    found = read(tmp_path / "file.xlsx")
    assert found.cells["id"].to_dict() == {2: "a", 4: "b"}
    source(sheet="Dtaa")
    with pytest.raises(SourceError, match="must have the sheet 'Dtaa': found Cover, Data"):
        read(tmp_path / "file.xlsx")


def test_an_event_log_gives_trace_attributes_under_case(shipped: Path) -> None:
    found = records(shipped / "bpic2013.xes", tables.mapping("bpic2013"))
    assert list(found.cells["case:concept:name"]) == ["1-300", "1-300"]
    assert list(found.cells["concept:name"]) == ["Accepted", "Completed"]
    assert found.cells["product"].iloc[0] == "PROD&1"
    assert "nested" not in found.columns


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<!DOCTYPE log [<!ENTITY a "aaaa">]><log>&a;</log>', "must have no DOCTYPE"),
        ('<?xml version="1.0"?><!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "must have no DOCTYPE"),
        ("<log><trace><event>", "whole, well-formed XML"),
        ("<?xml version='1.0'?><svg/>", "root element is <svg>"),
        ('<log><trace><event><string key="a"/></event></trace></log>', "'value' is missing"),
    ],
)
def test_hostile_and_broken_event_logs_are_refused(shipped: Path, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "file.xes"
    file.write_text(text)
    with pytest.raises(SourceError, match=words):
        records(file, tables.mapping("bpic2013"))
