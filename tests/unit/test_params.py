"""Parameters are typed, bounded and complete, or nothing starts and the message names file, key, value and way out."""

from pathlib import Path

import pytest
from cxops import params
from cxops.errors import ParameterError, WorkbookError
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Limits(params.PageParameters):
    file = "limits.yml"
    minimum_count: int = Field(ge=1, le=1000)
    alpha: float = Field(gt=0, lt=1)


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str


class Listing(params.Parameters):
    file = "listing.yml"
    items: tuple[Item, ...] = ()
    named: dict[str, Item] = {}


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("CXOPS_HOME", str(tmp_path))
    monkeypatch.setenv("CXOPS_DATA", "data")
    (tmp_path / "params").mkdir()

    def written(text: str, name: str = "limits.yml") -> Path:
        file = tmp_path / "params" / name
        file.write_bytes(text.encode("latin-1"))
        return file

    written("minimum_count: 30\nalpha: 0.05\n")
    return written


def message(call, *arguments, **given) -> str:
    with pytest.raises(ParameterError) as raised:
        call(*arguments, **given)
    return str(raised.value)


def test_the_file_gives_what_is_not_given(write):
    found = params.resolve(Limits, unit="Harbour", minimum_count=None, alpha=0.1)
    assert found == Limits(unit="Harbour", quarter="all", minimum_count=30, alpha=0.1)


def test_parameters_cannot_be_changed(write):
    with pytest.raises(ValidationError, match="frozen"):
        params.resolve(Limits).alpha = 0.2


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"minimum_cuont": 5}, ["minimum_cuont is not a parameter", "got 5", "did you mean minimum_count?"]),
        ({"zzz": 5}, ["zzz is not a parameter", "allowed: unit, quarter, minimum_count, alpha"]),
        ({"minimum_count": 0}, ["minimum_count", "greater than or equal to 1", "got 0"]),
        ({"minimum_count": 1001}, ["minimum_count", "less than or equal to 1000", "got 1001"]),
        ({"minimum_count": "many"}, ["minimum_count", "valid integer", "got 'many'"]),
        ({"minimum_count": 2.5}, ["minimum_count", "got 2.5"]),
        ({"alpha": float("nan")}, ["alpha", "got nan"]),
        ({"alpha": float("inf")}, ["alpha", "finite number", "got inf"]),
        ({"quarter": "2025Q5"}, ["quarter", "got '2025Q5'"]),
        ({"quarter": "2025Q1\n"}, ["quarter"]),
        ({"unit": ""}, ["unit", "got ''"]),
        ({"model": 1}, ["model is not a parameter"]),
    ],
)
def test_a_wrong_value_is_named_with_its_file(write, given, parts):
    said = message(params.resolve, Limits, **given)
    for part in [*parts, "limits.yml"]:
        assert part in said


def test_a_missing_key_is_named(write):
    write("alpha: 0.05\n")
    assert "minimum_count must be given: it is missing" in message(params.resolve, Limits)


def test_every_fault_is_named_at_once(write):
    write("minimum_count: 0\nalhpa: 0.05\n")
    said = message(params.resolve, Limits)
    for part in ("minimum_count: ", "alpha must be given", "alhpa is not a parameter: got 0.05; did you mean alpha?"):
        assert part in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("minimum_count: 30\nminimum_count: 40\nalpha: 0.05\n", "key given twice: minimum_count"),
        ("alpha: [1, 2", "must be valid YAML"),
        ("- a\n- b\n", "must hold `key: value` lines: got a list"),
        ("alpha: \xe9", "must be valid YAML"),
        ("alpha: !!python/object/apply:os.getcwd []\n", "must be valid YAML"),
        ("? [a]\n: 1\n", "must be valid YAML"),
        ("1: 2\n", "limits.yml"),
        ("", "minimum_count must be given"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(write, text, said):
    file = write(text)
    found = message(params.resolve, Limits)
    assert said in found
    assert str(file) in found


def test_a_missing_file_is_named(write):
    file = write("")
    file.unlink()
    assert message(params.resolve, Limits) == f"the parameters file must exist: there is no {file}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("items: [{tilte: a}]\n", "items[no. 1].tilte is not a parameter: got 'a'; did you mean title?"),
        ("named: {first: {tilte: a}}\n", "named.first.tilte is not a parameter: got 'a'; did you mean title?"),
        ("named: {first: {zzz: a}}\n", "named.first.zzz is not a parameter: got 'a'; allowed: title"),
        ("itmes: []\n", "did you mean items?"),
    ],
)
def test_the_hint_is_about_the_place_of_the_fault(write, text, said):
    write(text, "listing.yml")
    assert said in message(params.resolve, Listing)


def test_several_faults_stand_on_lines_of_their_own_and_a_long_value_is_cut_short(write):
    file = write(f"itmes: [{'very long indeed, ' * 20}]\nitems: [{{tilte: a}}]\n", "listing.yml")
    first, *faults = message(params.resolve, Listing).splitlines()
    assert first == f"{file} has {len(faults)} faults:"
    assert all(each.startswith("- ") and len(each) < 250 for each in faults)


def test_an_entry_of_a_list_is_called_by_its_name(write):
    assert params.entry_name({"id": "a", "name": "b"}, params.Parameters.named_by) == "a"
    assert params.entry_name({"to": "b", "from": "a"}, (("id",), ("from", "to"))) == "a, b"
    assert params.entry_name({"id": None}, (("id",),)) == params.entry_name(3, (("id",),)) == ""


def test_a_query_string_wins_over_what_is_given_and_both_over_the_file(write):
    found = params.from_query(Limits, "unit=Harbour+North&minimum_count=40", unit="all", alpha=0.1)
    assert found == Limits(unit="Harbour North", minimum_count=40, alpha=0.1)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("unit=a&unit=b", "unit stands twice"),
        ("minimum_cuont=1", "did you mean minimum_count?"),
        ("minimum_count=", "got ''"),
        ("minimum_count=1e9", "got '1e9'"),
        ("model=x", "model is not a parameter"),
        ("query=x&self=y", "query is not a parameter"),
        ("alpha=nan", "alpha"),
        ("quarter=%3Cscript%3E", "got '<script>'"),
    ],
)
def test_a_hostile_query_string_is_an_error_like_any_other(write, query, said):
    assert said in message(params.from_query, Limits, query)


def test_every_parameters_file_of_the_project_can_be_read():
    for file in sorted((Path(__file__).parents[2] / "params").rglob("*.yml")):
        assert params.load(file), file


def test_parameter_errors_are_the_workbooks_own():
    assert issubclass(ParameterError, WorkbookError) and issubclass(WorkbookError, ValueError)


def test_a_date_that_no_calendar_has_is_an_error_of_the_file(tmp_path):
    file = tmp_path / "map.yml"
    file.write_text("since: 2024-02-30\n", "utf-8")
    with pytest.raises(ParameterError, match=r"map\.yml must be valid YAML: day"):
        params.load(file)
