"""Bad files: each is refused whole with words that help, or its bad rows are set aside and the good ones taken."""

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from cxops import tables, workspace
from cxops.errors import SourceError
from cxops.tables.coercion import NO_ZONE

HEADER = "case_id,unit,opened_at,resolved_at"
GOOD = "a,U,2024-01-01T00:00Z,2024-01-02T00:00Z"
_ARCHIVE = io.BytesIO()
with zipfile.ZipFile(_ARCHIVE, "w") as _archive:
    _archive.writestr("log.csv", f"{HEADER}\n{GOOD}\n")
ZIPPED = _ARCHIVE.getvalue()
HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@SUM(1)",
    "'; DROP TABLE cases; --",
    "{{7*7}}",
]


@pytest.fixture
def ingested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tables.FileReport]:
    """Ingests bytes or lines as a file of canonical cases into a data folder that holds one case already."""
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    first = tmp_path / "first.csv"
    first.write_text(f"{HEADER}\nknown,U,2024-01-01T00:00Z,\n")
    tables.ingest("canonical_cases", [first])

    def ingest(*lines: str, content: bytes | None = None, name: str = "bad.csv") -> tables.FileReport:
        file = tmp_path / name
        file.write_bytes("\n".join(lines).encode() if content is None else content)
        (report,) = tables.ingest("canonical_cases", [file]).files
        return report

    return ingest


def cases() -> set[str]:
    return set(tables.read("cases").to_pandas()["case_id"])


def rules() -> list[str]:
    return tables.problems()["rule"].tolist()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty.csv must hold a header and rows: the file is empty"),
        ("blank.csv", b"\n \n", "must have a header row: the file is empty"),
        ("no_column.csv", b"case_id,unit,opend_at\n", r"missing 'opened_at' \(nearest: 'opend_at'\).*found 'case_id'"),
        ("tilde.csv", HEADER.replace(",", "~").encode(), "the mapping must say `delimiter:`"),
        ("twice.csv", f"{HEADER},unit\n".encode(), "each mapped column once: it has unit more than once"),
        ("cut.csv.gz", gzip.compress(f"{HEADER}\n{GOOD}".encode(), mtime=0)[:-12], "must be a whole gzip file"),
        ("book.csv", b"PK\x03\x04rest", "must be what its name says: it is named as CSV and holds XLSX"),
        ("table.xlsx", f"{HEADER}\n{GOOD}".encode(), "it is named as XLSX and holds CSV"),
        ("log.csv", b"<?xml version='1.0'?><log/>", "named as CSV and holds XES"),
        ("cut.xlsx", b"PK\x03\x04rest", "must be a whole XLSX workbook"),
        ("cut.parquet", b"PAR1rest", "must be a whole Parquet file"),
        ("page.csv", b"<!DOCTYPE html><html>", "it is a web page"),
        ("old.xls", b"\xd0\xcf\x11\xe0rest", "an old Excel or Word file"),
        ("report.csv", b"%PDF-1.7", "it is a PDF document"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "picture.csv must"),
        ("log.zip", ZIPPED, "it is a zip archive; unpack it first"),
        ("report.csv", f"Report of May,,,\n{HEADER}\n".encode(), "the mapping must say `header_rows:`"),
        ("zipped.gz", gzip.compress(b"PAR1rest", mtime=0), "must not be packed with gzip"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_nothing_changes(
    ingested: Callable[..., tables.FileReport], name: str, content: bytes, words: str
) -> None:
    before = {file.name: file.read_bytes() for file in workspace.current().data.iterdir() if file.is_file()}
    with pytest.raises(SourceError, match=words):
        ingested(content=content, name=name)
    assert {file.name: file.read_bytes() for file in workspace.current().data.iterdir() if file.is_file()} == before


def test_a_missing_file_and_a_folder_are_refused(ingested: Callable[..., object], tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(SourceError, match="must be a file that can be read"):
            tables.ingest("canonical_cases", [file])


def test_a_header_alone_is_a_file_without_rows(ingested: Callable[..., tables.FileReport]) -> None:
    report = ingested(HEADER)
    assert report.rows_in == 0
    assert cases() == {"known"}
    assert "a header and no rows" in str(tables.IngestReport("s", "t", (report,), False))


def test_another_delimiter_is_found_out(ingested: Callable[..., tables.FileReport]) -> None:
    ingested(HEADER.replace(",", ";"), GOOD.replace(",", ";"))
    assert cases() == {"known", "a"}


def test_mixed_encodings_lose_only_the_rows_that_cannot_be_read(ingested: Callable[..., tables.FileReport]) -> None:
    rows = [HEADER.encode(), "ä,Zürich,2024-01-01T00:00Z,".encode(), "b,Zürich,2024-01-01T00:00Z,".encode("cp1252")]
    report = ingested(content=b"\n".join(rows))
    assert report.tables[0].set_aside == 1
    assert cases() == {"known", "ä"}
    assert rules() == ["must be utf-8 text like the rest of the file"]


def test_of_duplicate_keys_the_first_is_kept(ingested: Callable[..., tables.FileReport]) -> None:
    ingested(HEADER, GOOD, "b,V,2024-01-01T00:00Z,", GOOD.replace("U", "W"), GOOD)
    kept = tables.read("cases").to_pandas().set_index("case_id")["unit"]
    assert kept.to_dict() == {"known": "U", "a": "U", "b": "V"}
    assert tables.problems()["row_number"].tolist() == [4, 5]
    again = "must be the only row with its case_id: first in row 2"
    assert rules() == [again, "the same record stands in row 2 already"]


def test_an_end_before_its_start_is_set_aside(ingested: Callable[..., tables.FileReport]) -> None:
    ingested(HEADER, "a,U,2024-01-02T00:00Z,2024-01-01T00:00Z")
    (problem,) = tables.problems().itertuples()
    assert (problem.column, problem.rule) == ("resolved_at", "resolved_at must not be before opened_at")
    assert problem.value == "2024-01-01T00:00:00+00:00"


def test_one_moment_without_zone_is_a_bad_row(ingested: Callable[..., tables.FileReport]) -> None:
    ingested(HEADER, GOOD, "b,U,2024-01-01 00:00,")
    assert rules() == [NO_ZONE]


def test_no_moment_with_a_zone_is_a_mapping_that_must_be_mended(ingested: Callable[..., tables.FileReport]) -> None:
    words = "bad.csv: moments must be of a known zone: none of the 2 given for opened_at carries one.*--time-zone"
    with pytest.raises(SourceError, match=words):
        ingested(HEADER, "a,U,2024-01-01 00:00,", "b,U,2024-01-01 00:00,")


def test_a_tenth_of_garbage_is_set_aside_row_by_row(ingested: Callable[..., tables.FileReport]) -> None:
    rng = random.Random(20240501)
    rows = [f"k{place},U,2024-01-01T00:00Z," for place in range(2000)]
    bad = set(rng.sample(range(2000), 200))
    for place in bad:
        noise = bytes(rng.choice(b'abc,;"\x00\xff\xc3=<>') for _ in range(rng.randint(1, 40)))
        rows[place] = noise.decode("latin-1")
    report = ingested(content="\n".join([HEADER, *rows]).encode("latin-1"))
    assert report.rows_in == 2000
    assert (report.tables[0].accepted, report.tables[0].set_aside) == (1800, 200)
    assert set(tables.problems()["row_number"]) == {place + 2 for place in bad}


def test_two_hundred_columns_are_read_for_the_few_that_count(ingested: Callable[..., tables.FileReport]) -> None:
    extra = [f"x{place}" for place in range(200)]
    report = ingested(",".join([HEADER, *extra]), ",".join([GOOD, *extra]))
    assert report.tables[0].accepted == 1
    assert len(report.unused) == 200


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_data_and_is_neutralised_in_exports(
    ingested: Callable[..., tables.FileReport], tmp_path: Path, text: str
) -> None:
    columns = ["case_id", "unit", "customer_id", "journey", "stage", "reason", "channel", "priority"]
    ingested(",".join([*columns, "opened_at", "cost"]), f"{','.join([text] * 8)},2024-01-01T00:00Z,{text}")
    ingested(",".join([*columns, "opened_at"]), f"{','.join([text] * 8)},2024-01-01T00:00Z", name="good.csv")
    row = tables.read("cases").to_pandas().query("case_id != 'known'").iloc[0]
    assert [row[column] for column in columns] == [text] * 8
    problems = tables.problems()
    if len(problems):  # "+1" and "-1" are numbers; the rest are no cost
        assert text in problems["value"].iloc[0] or problems["value"].iloc[0] == "-1.0"
    tables.export_csv(tables.read("cases").to_pandas(), tmp_path / "out.csv")
    exported = pd.read_csv(tmp_path / "out.csv", dtype=str).query("case_id != 'known'").iloc[0]
    expected = text if text[0] in "<'{" else f"'{text}"
    assert exported["reason"] == exported["unit"] == expected
