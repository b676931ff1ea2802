"""Everything that can be wrong with a run is said before any work is done."""

import json

import pandas as pd
import pytest
import yaml
from cxops import runs, tables
from cxops.errors import ParameterError, TableError


@pytest.fixture
def listing(house):
    house.add_page("listing", "least")
    return house


def scope(plan):
    return [(run.unit, run.quarter) for run in plan]


def test_a_review_is_all_units_and_each_for_the_latest_quarter_and_all(listing):
    # ../South opened no case in 2025Q4, so it has no run there; see the fixture.
    assert scope(runs.plan()) == [
        ("all", "2025Q4"),
        ("all", "all"),
        ("../South", "all"),
        ("North", "2025Q4"),
        ("North", "all"),
    ]


def test_what_is_asked_for_is_planned_once_and_in_order(listing):
    plan = runs.plan(["listing", "listing"], ["North", "all", "North"], ["2025Q3"])
    assert scope(plan) == [("North", "2025Q3"), ("all", "2025Q3")]


def test_an_organisation_of_one_unit_has_no_second_page_that_says_the_same(listing):
    opened = pd.to_datetime(["2025-07-01", "2025-10-01"], utc=True)
    tables.write("cases", pd.DataFrame({"case_id": ["a", "b"], "unit": "North", "opened_at": opened}))
    assert scope(runs.plan()) == [("all", "2025Q4"), ("all", "all")]
    assert scope(runs.plan(units=["North"], quarters=["all"])) == [("North", "all")]


def test_a_run_carries_what_it_is_made_from(listing):
    (run,) = runs.plan(["listing"], ["North"], ["2025Q3"], {"least": "4"})
    assert run.parameters == {"unit": "North", "quarter": "2025Q3", "least": 4}
    assert run.rows == {"cases": 2}
    described = {"title": "A small house", "synthetic": True, "description": "made by a test", "journey_map": None}
    assert run.dataset == described
    assert set(run.hashes) == {"tables", "notebook", "code", "params"}
    assert set(run.hashes["params"]) == {"house.yml", "kpis.yml", "workbook.yml"}
    assert {"python", "cxops", "pandas", "papermill"} <= set(run.versions)


def test_the_run_id_changes_with_each_input_and_with_nothing_else(listing):
    def run_id(**overrides):
        return runs.plan(["listing"], ["North"], ["2025Q3"], overrides)[0].run_id

    first = run_id()
    assert run_id() == first
    assert run_id(least=2) == first, "2 is what the file says"
    assert run_id(least=3) != first
    assert runs.plan(["listing"], ["all"], ["2025Q3"])[0].run_id != first
    listing.add_page("listing", "least + 1")
    assert run_id() != first
    second = run_id()
    (listing.home / "params" / "house.yml").write_text("least: 3\n", "utf-8")
    assert run_id(least=2) != second, "another value could have been read from the file"


def test_a_run_follows_the_journey_map_that_the_data_set_names(listing):
    def planned():
        return runs.plan(["listing"], ["North"], ["2025Q3"])[0]

    without = planned().run_id
    tables.describe(tables.Dataset("A small house", synthetic=True, journey_map="service"))
    with pytest.raises(ParameterError, match="the data set's journey map must be in .*journeys: got 'service'"):
        planned()
    (listing.home / "params" / "journeys").mkdir()
    drawn = listing.home / "params" / "journeys" / "service.yml"
    drawn.write_text("title: Service\n", "utf-8")
    first = planned()
    assert set(first.hashes["params"]) == {"house.yml", "kpis.yml", "workbook.yml", "journeys/service.yml"}
    assert str(drawn) in first.files
    drawn.write_text("title: Another\n", "utf-8")
    assert len({without, first.run_id, planned().run_id}) == 3


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((["lsting"],), ParameterError, "got 'lsting'; did you mean listing?"),
        ((["zzz"],), ParameterError, "got 'zzz'; allowed: listing"),
        ((None, None, None, {"leest": 3}), ParameterError, "leest is not a parameter: got 3; did you mean least?"),
        ((None, None, None, {"least": 10}), ParameterError, "least: input should be less than or equal to 9: got 10"),
        ((None, None, None, {"unit": "North"}), ParameterError, "must be asked for as such: got unit"),
        ((None, ["Nord"], None), TableError, "unit must be one of all, ../South, North: got 'Nord'"),
        ((None, None, ["2024Q1"]), TableError, "quarter must be one of all, 2025Q3, 2025Q4: got '2024Q1'"),
        ((None, None, ["../x"]), TableError, "got '../x'"),
        ((None, ["../South"], ["2025Q4"]), TableError, "unit '../South' opened none in 2025Q4"),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_named(listing, arguments, error, said):
    with pytest.raises(error) as raised:
        runs.plan(*arguments)
    assert said in str(raised.value)
    assert not (listing.home / "build").exists()


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('unit = "all"\nquarter = "all"', "least is missing from the cell"),
        (
            'unit = "all"\nquarter = "all"\nleast = 1\nmost = 2',
            "most is not a parameter of house_schema:HouseParameters",
        ),
    ],
)
def test_a_parameters_cell_that_differs_from_the_model_is_an_error(house, declared, said):
    house.add_page("listing", "1", declared=declared)
    with pytest.raises(ParameterError, match=said):
        runs.plan()


def test_a_notebook_without_a_parameters_cell_is_an_error(listing):
    file = listing.home / "notebooks" / "listing.ipynb"
    notebook = json.loads(file.read_text("utf-8"))
    notebook["cells"][1]["metadata"] = {}
    file.write_text(json.dumps(notebook), "utf-8")
    with pytest.raises(ParameterError, match="must have a cell tagged parameters"):
        runs.plan()


@pytest.mark.parametrize(("content", "said"), [(None, "must exist"), ("{", "must be a notebook"), ("{}", "notebook")])
def test_a_missing_or_broken_notebook_is_an_error(listing, content, said):
    file = listing.home / "notebooks" / "listing.ipynb"
    file.unlink() if content is None else file.write_text(content, "utf-8")
    with pytest.raises(ParameterError, match=said):
        runs.plan()


def test_a_table_that_is_needed_must_be_there(listing):
    edit(listing, needs=["cases", "steps"])
    with pytest.raises(TableError, match="the page listing needs the table steps: got cases"):
        runs.plan()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"needs": ["casses"]}, "pages.listing.needs[no. 1]: "),
        ({"neds": ["cases"]}, "neds is not a parameter"),
        ({"title": None}, "listing.title"),
        ({"notebook": "../x.ipynb"}, "listing.notebook"),
        ({"parameters": "house_schema:Nothing"}, "must name a class that can be imported: got 'house_schema:Nothing'"),
        ({"parameters": "no_such_schema:Nothing"}, "No module named 'no_such_schema'"),
        ({"parameters": "cxops.errors:RunError"}, "must name a subclass of PageParameters"),
    ],
)
def test_a_wrong_entry_in_the_catalogue_is_named(listing, change, said):
    edit(listing, **change)
    with pytest.raises(ParameterError) as raised:
        runs.plan()
    assert said in str(raised.value)
    assert "pages.yml" in str(raised.value)
    assert "faults" not in str(raised.value), "one change, one fault"


def test_the_catalogue_of_the_project_is_whole():
    assert "journey" in runs.pages()


def edit(house, **change):
    file = house.home / "params" / "pages.yml"
    content = yaml.safe_load(file.read_text("utf-8"))
    content["pages"]["listing"].update(change)
    file.write_text(yaml.safe_dump(content), "utf-8")
