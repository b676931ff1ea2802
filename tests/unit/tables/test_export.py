"""What goes to a spreadsheet cannot run there."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from cxops import tables

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '=HYPERLINK("http://a.example")']


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path: Path, text: str) -> None:
    tables.export_csv(pd.DataFrame({"said": [text], "change": [-1.5], text: ["fine"]}), tmp_path / "out.csv")
    raw = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(raw, newline="")))
    assert rows == [["said", "change", f"'{text}"], [f"'{text}", "-1.5", "fine"]]


def test_no_cell_can_start_a_line_of_its_own(tmp_path: Path) -> None:
    tables.export_csv(pd.DataFrame({"said": ["fine\r=1+1", "fine\n=1+1"]}), tmp_path / "out.csv")
    raw = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
    assert raw.splitlines()[1:] == ['"fine', '=1+1"', '"fine', '=1+1"']  # still inside the quotation marks


def test_markup_numbers_and_gaps_are_left_alone(tmp_path: Path) -> None:
    frame = pd.DataFrame({"said": ["<script>alert(1)</script>", None], "n": [-1, 2]})
    tables.export_csv(frame, tmp_path / "out.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv"), frame)


def test_the_frame_given_is_not_changed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"said": ["=1"]})
    tables.export_csv(frame, tmp_path / "out.csv")
    assert frame["said"].tolist() == ["=1"]
