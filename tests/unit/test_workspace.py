"""Folders come from the environment, else from the project; data sets never share a build folder."""

import os

import pytest
from cxops import theme, workspace
from cxops.errors import ParameterError


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HOME", "DATA", "BUILD", "SITE"):
        monkeypatch.delenv(f"CXOPS_{name}", raising=False)
    monkeypatch.setenv("CXOPS_HOME", str(tmp_path))
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "workbook.yml").write_text("data: data/demo\n", "utf-8")
    return tmp_path


def test_the_projects_own_folders(home):
    space = workspace.current()
    assert (space.home, space.data, space.site) == (home, home / "data" / "demo", home / "site" / "_site")
    assert (space.build, space.runs) == (home / "build" / "demo", home / "build" / "demo" / "runs")
    assert space.params == home / "params"


def test_each_data_folder_has_its_own_build_folder(home, monkeypatch):
    monkeypatch.setenv("CXOPS_DATA", "data/tables")
    assert workspace.current().build == home / "build" / "tables"


def test_the_environment_wins_and_relative_folders_start_at_the_project(home, monkeypatch):
    for name in ("DATA", "BUILD", "SITE"):
        monkeypatch.setenv(f"CXOPS_{name}", f"x/{name}")
    space = workspace.current()
    assert (space.data, space.build, space.site) == (home / "x/DATA", home / "x/BUILD", home / "x/SITE")


def test_an_empty_variable_is_none_and_never_the_folder_one_stands_in(home, monkeypatch):
    expected = workspace.current()
    for name in ("DATA", "BUILD", "SITE"):
        monkeypatch.setenv(f"CXOPS_{name}", "")
    assert workspace.current() == expected
    monkeypatch.setenv("CXOPS_HOME", "")
    assert workspace.current().home == workspace.PROJECT


def test_a_child_process_finds_the_same_folders(home, monkeypatch):
    space = workspace.current()
    for name, value in space.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(os.sep)
    assert workspace.current() == space


def test_money_has_the_currency_of_the_organisation(home):
    file = home / "params" / "workbook.yml"
    for code in ("EUR", "USD", "JPY"):
        file.write_text(f"data: data/demo\ncurrency: {code}\n", "utf-8")
        assert workspace.currency() == code
        assert theme.money(-1234.5) == f"{code}\N{NO-BREAK SPACE}\N{MINUS SIGN}1,234"


@pytest.mark.parametrize("line", ["", "currency:", "currency: ERU", "currency: eur", "currency: €", "currency: [EUR]"])
def test_a_currency_that_iso_4217_does_not_know_is_an_error(home, line):
    (home / "params" / "workbook.yml").write_text(f"data: data/demo\n{line}\n", "utf-8")
    with pytest.raises(ParameterError, match=r"ISO 4217.*workbook\.yml, currency"):
        workspace.currency()


@pytest.mark.parametrize("text", [None, "", "data:\n", "data: ''\n", "data: [1]\n", "- data\n", "data: [\n"])
def test_a_project_that_names_no_data_folder_is_an_error(home, text):
    file = home / "params" / "workbook.yml"
    file.unlink() if text is None else file.write_text(text, "utf-8")
    with pytest.raises(ParameterError, match="workbook.yml"):
        workspace.current()
