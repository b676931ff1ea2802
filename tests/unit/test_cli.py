"""The command: what it wires, what it says, and how it fails. The stages themselves have tests of their own."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from cxops import cli, runs, tables
from cxops.errors import ParameterError, PublishError, RunError, SourceError, TableError
from cxops.publish import publication
from typer.testing import CliRunner

CASES = "case_id,unit,opened_at\nc1,North,2025-01-01T10:00:00Z\nc2,North,2025-13-45\n=1+1,South,2025-01-02T10:00:00Z\n"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    for name in ("DATA", "BUILD", "SITE"):
        monkeypatch.setenv(f"CXOPS_{name}", str(tmp_path / name.lower()))


@pytest.fixture
def extract(tmp_path) -> Path:
    file = tmp_path / "cases.csv"
    file.write_text(CASES, "utf-8")
    return file


def said(*words: object) -> str:
    """What the command prints; an error is raised, not printed."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_ingest_reports_and_writes_into_the_folder_it_is_told(extract, tmp_path):
    text = said("ingest", "canonical_cases", extract, "--data", tmp_path / "here", "--title", "Ours")
    assert "cases" in text
    assert f"Next: cxops review --data {tmp_path / 'here'}" in text
    assert list(pd.read_parquet(tmp_path / "here" / "cases.parquet")["case_id"]) == ["=1+1", "c1"]
    assert yaml.safe_load((tmp_path / "here" / "dataset.yml").read_text("utf-8"))["title"] == "Ours"


def test_a_dry_run_writes_nothing_and_shows_what_would_be_set_aside(extract, tmp_path):
    text = said("ingest", "canonical_cases", extract, "--dry-run")
    assert "2025-13-45" in text
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").glob("*.parquet"))


def test_problems_are_counted_on_the_screen_and_listed_in_a_file(extract, tmp_path):
    said("ingest", "canonical_cases", extract)
    assert "opened_at" in said("problems")
    assert "1 problems written" in said("problems", "--to", tmp_path / "p.csv").replace("\n", " ")
    assert "2025-13-45" in (tmp_path / "p.csv").read_text("utf-8-sig")


def test_real_files_are_kept_apart_from_the_demo(extract, tmp_path):
    said("demo", "--cases", 1000)
    with pytest.raises(SourceError, match="synthetic"):
        said("ingest", "canonical_cases", extract)


def test_demo_twice_makes_it_once():
    assert "Made" in said("demo", "--cases", 1000)
    assert "Already there" in said("demo", "--cases", 1000)
    assert tables.units() == ["Harbour", "Meadow", "Summit", "Valley"]


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (("run", "jurney"), ParameterError, "journey"),
        (("run", "journey", "-p", "minimum_count"), ParameterError, "name=value"),
        (("run", "journey", "-p", "alpha="), ParameterError, "name=value"),
        (("run", "journey", "-p", "alpha=0.1", "-p", "alpha=0.2"), ParameterError, "once"),
        (("run", "journey", "-p", "alpha=["), ParameterError, "valid YAML"),
        (("run", "journey", "-p", "material_ratio=yes"), ParameterError, "not yes or no"),
        (("run", "journey", "-p", "minimum_cuont=3"), ParameterError, "minimum_count"),
        (("run", "journey", "-p", "minimum_count=-3"), ParameterError, "minimum_count"),
        (("run", "journey", "--unit", "Harbor"), TableError, "Harbour"),
        (("run", "journey", "--quarter", "2031Q1"), TableError, "2025Q4"),
        (("problems", "--data", "nowhere"), TableError, "must be filled"),
        (("review", "canonical_cases"), ParameterError, "must be named"),
        (("ingest", "nosuch", "x.csv"), ParameterError, "canonical_cases"),
        (("demo", "--cases", "7"), ParameterError, "1000"),
    ],
)
def test_a_wrong_word_stops_before_any_work_and_names_what_is_allowed(words, error, message, tmp_path):
    said("demo", "--cases", 1000)
    with pytest.raises(error, match=message):
        said(*words)
    assert not (tmp_path / "build").exists() or not list((tmp_path / "build").rglob("*.ipynb"))


def test_a_review_that_may_not_be_published_stops_before_its_pages_are_made(extract, tmp_path, monkeypatch):
    said("demo", "--cases", 1000)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / publication.IDENTITY).write_text('{"title": "Ours", "synthetic": false}', "utf-8")
    with pytest.raises(PublishError, match="must not give way to synthetic"):
        said("review", "--unit", "Valley", "--quarter", "2025Q4", "--data", tmp_path / "data")
    assert not list(tmp_path.rglob("*.ipynb"))


def test_check_finds_no_fault_in_the_projects_own_files():
    assert "no fault found" in said("check")


def test_a_fault_a_person_can_mend_is_a_message_and_not_a_traceback(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cxops", "run", "jurney"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    printed = capsys.readouterr()
    assert stopped.value.code == 1
    assert printed.err.startswith("Error: ")
    assert "Traceback" not in printed.err


def test_review_goes_from_an_extract_to_a_site(tmp_path, monkeypatch):
    """One command: two canonical files would be two ingests, so the cases come first and the steps with the review."""
    log = tmp_path / "cases.csv"
    log.write_text(CASES, "utf-8")
    steps = tmp_path / "steps.csv"
    steps.write_text(
        "case_id,started_at,step_seq,ended_at,activity,stage,team,status\n"
        "c1,2025-01-01T10:00:00Z,0,2025-01-01T11:00:00Z,Ask,Intake,Front,active\n"
        "c1,2025-01-01T15:00:00Z,0,2025-01-01T16:00:00Z,Answer,Resolution,Back,active\n",
        "utf-8",
    )
    said("ingest", "canonical_cases", log)
    text = said("review", "canonical_steps", steps, "--unit", "all", "--quarter", "all")
    assert "4 pages made, 0 failed" in text
    assert (tmp_path / "site" / "index.html").exists()


def test_a_page_that_failed_is_an_error_after_all_others_were_made_and_published(monkeypatch):
    said("demo", "--cases", 1000)
    lost = runs.Outcome("journey", "all", "all", "0", 0.0, 3, "KeyError: 'team'")
    monkeypatch.setattr(runs, "execute", lambda plan, **_: runs.Report((lost,), 0.0))
    with pytest.raises(RunError, match="1 of 1 failed"):
        said("run", "journey", "--unit", "all", "--quarter", "all")
