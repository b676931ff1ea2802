"""Each page is whole or not made at all, and one that fails spoils no other."""

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import nbformat
import pytest
from cxops import runs, workspace
from cxops.errors import RunError


def only(house, page="listing"):
    """The one run of a page for unit North in 2025Q3."""
    return runs.plan([page], ["North"], ["2025Q3"])


def files(page="listing"):
    space, scope = workspace.current(), (page, "North", "2025Q3")
    return runs.page_file(space, *scope), runs.failed_file(space, *scope), runs.manifest_file(space, *scope)


def made(file):
    return json.loads(file.read_text("utf-8"))


def outputs(file):
    return [output for cell in nbformat.read(file, as_version=4).cells for output in cell.get("outputs", ())]


@pytest.fixture
def thread():
    """Runs in the test's own process: quick, and all that a unit test needs; processes are tested where they die."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_a_page_sees_its_parameters_and_the_folders(house, thread):
    house.add_page(
        "listing",
        "(unit, quarter, least)",
        "from cxops import tables\ntables.read('cases', unit=unit, quarter=quarter).count().to_pyarrow().as_py()",
    )
    report = runs.execute(only(house), executor=thread)
    assert report.is_ok and report.made == 1
    page, failed, manifest = files()
    assert [output["data"]["text/plain"] for output in outputs(page)] == ["('North', '2025Q3', 2)", "2"]
    assert not failed.exists()
    told = made(manifest)
    assert told["status"] == "ok" and told["failed_cell"] is None and told["error"] is None
    assert told["parameters"] == {"unit": "North", "quarter": "2025Q3", "least": 2}
    assert told["rows"] == {"cases": 2}
    assert [each.model_dump() for each in runs.manifests()] == [told]
    assert set(told) == {
        *("page", "title", "question", "notebook", "unit", "quarter", "parameters", "status", "failed_cell", "error"),
        *("started_at", "seconds", "run_id", "dataset", "hashes", "definitions", "versions", "rows", "last_good"),
    }


def test_the_same_inputs_give_the_same_bytes_and_no_trace_of_the_machine(house, thread):
    house.add_page("listing", "import warnings\nwarnings.warn('look')", "import os\nos.getcwd() + '/listing.ipynb'")
    runs.execute(only(house), executor=thread)
    first = files()[0].read_bytes()
    runs.execute(only(house), executor=thread)
    assert files()[0].read_bytes() == first
    text = first.decode()
    for trace in (str(house.home), "/tmp", "papermill", "start_time", "ipykernel_", ".venv"):
        assert trace not in text.replace('"papermill_', ""), trace
    assert "UserWarning: look" in text


def test_the_sources_cell_ids_are_kept_and_those_of_added_cells_are_new(house, thread):
    file = house.add_page("listing", "1")
    source = nbformat.read(file, as_version=4)
    for cell, name in zip(source.cells, ["added-1", "parameters", "last"], strict=True):
        cell["id"] = name
    nbformat.write(source, file)
    runs.execute(only(house), executor=thread)
    executed = nbformat.read(files()[0], as_version=4)
    assert [cell["id"] for cell in executed.cells] == ["added-1", "parameters", "added-2", "last"]


def test_a_page_that_fails_says_where_and_spoils_no_other(house, thread):
    house.add_page("bad", "1", "raise KeyError('team')\n# a second line", "3")
    house.add_page("good", "'fine'")
    seen = []
    report = runs.execute(
        runs.plan(["bad", "good"], ["North"], ["2025Q3"]), executor=thread, progress=lambda each: seen.append(each.page)
    )
    assert (report.made, len(report.failures)) == (1, 1)
    failure = report.failures[0]
    # title 1, parameters 2, `1` 3, the raise 4: the injected cell is not one of the analyst's
    assert (failure.page, failure.unit, failure.quarter, failure.cell) == ("bad", "North", "2025Q3", 4)
    assert failure.error == "KeyError: 'team'"
    assert sorted(seen) == ["bad", "good"]
    page, failed, manifest = files("bad")
    assert not page.exists() and made(manifest)["failed_cell"] == 4 and made(manifest)["last_good"] is None
    assert outputs(failed)[-1]["ename"] == "KeyError"
    assert str(house.home) not in failed.read_text("utf-8")
    assert files("good")[0].exists()


def test_the_last_good_page_stands_and_is_not_called_the_newest(house, thread):
    house.add_page("listing", "'first'")
    runs.execute(only(house), executor=thread)
    page, failed, manifest = files()
    good, told = page.read_bytes(), made(manifest)
    for attempt in ("1/0", "nothing_of_this_name"):
        house.add_page("listing", attempt)
        assert not runs.execute(only(house), executor=thread).is_ok
        assert page.read_bytes() == good
        assert made(manifest)["status"] == "failed" and failed.exists()
        assert made(manifest)["last_good"] == told, "also after a second failure"
    house.add_page("listing", "'third'")
    assert runs.execute(only(house), executor=thread).is_ok
    assert made(manifest)["status"] == "ok" and made(manifest)["last_good"] is None
    assert not failed.exists(), "the attempt that failed is no longer the newest"


def test_an_input_that_changes_meanwhile_fails_the_page(house, thread):
    house.add_page(
        "listing", "import pathlib, os\npathlib.Path(os.environ['CXOPS_DATA'], 'cases.parquet').touch()", "2"
    )
    assert runs.execute(only(house), executor=thread).is_ok, "the same bytes are no change"
    house.add_page(
        "listing", "from cxops import tables\ntables.write('cases', tables.read('cases').to_pandas().head(3))"
    )
    report = runs.execute(only(house), executor=thread)
    assert "cases.parquet did; run it again" in report.failures[0].error
    assert "'first'" not in files()[0].read_text("utf-8") and made(files()[2])["status"] == "failed"


def test_a_page_that_does_not_end_is_ended(house, thread):
    house.add_page("listing", "1", "import time\ntime.sleep(600)")
    report = runs.execute(only(house), executor=thread, timeout=3)
    assert report.failures[0].error == "the page must end within 3 s: it did not"
    assert report.failures[0].cell == 4
    assert report.seconds < 30


def test_a_kernel_that_dies_fails_its_page_only(house, thread):
    house.add_page("listing", "1", "import os\nos._exit(7)")
    report = runs.execute(only(house), executor=thread)
    assert report.failures[0].error == "the kernel must live until the last cell: it died"
    assert report.failures[0].cell == 4
    assert files()[1].exists()


def test_outcomes_come_in_the_order_of_the_plan(house):
    house.add_page("listing", "import time\ntime.sleep(2 if unit == 'all' else 0)")
    plan = runs.plan(["listing"], ["all", "North"], ["2025Q3"])
    seen = []
    with ThreadPoolExecutor(2) as executor:
        report = runs.execute(plan, executor=executor, progress=lambda each: seen.append(each.unit))
    assert [outcome.unit for outcome in report.outcomes] == ["all", "North"]
    assert seen == ["North", "all"]


def test_a_pool_of_processes_that_is_broken_is_reported(house):
    house.add_page("listing", "1")
    with ProcessPoolExecutor(1) as pool:
        pool.submit(_end).exception()
        report = runs.execute(only(house), executor=pool)
    assert report.failures[0].error == "the process that made the page must live until it is written: it was killed"
    assert made(files()[2])["status"] == "failed"


def _end():
    import os

    os._exit(1)


def test_nothing_to_do_is_done_at_once():
    assert str(runs.execute([])) == "0 pages made, 0 failed, 0.0 s"


def test_braces_and_blanks_in_the_projects_path_are_harmless(house, thread, monkeypatch):
    odd = house.home.parent / "a {name} with blanks"
    house.add_page("listing", "least")
    house.home.rename(odd)
    for name in ("home", "data", "build", "site"):
        monkeypatch.setenv(f"CXOPS_{name.upper()}", str(odd if name == "home" else odd / name))
    assert runs.execute(only(house), executor=thread).is_ok


def test_a_manifest_that_is_not_one_is_named(house):
    broken = files()[2]
    broken.parent.mkdir(parents=True)
    broken.write_text("{", "utf-8")
    with pytest.raises(RunError, match="listing.manifest.json"):
        runs.manifests()


def test_the_bar_counts_and_names_what_failed(capsys):
    with runs.progress_bar(2) as progress:
        progress(runs.Outcome("journey", "[red]North", "all", "1", 1.0))
        progress(runs.Outcome("journey", "all", "all", "1", 1.0, 4, "KeyError: 'team'"))
    said = capsys.readouterr().err
    assert "failed: journey · all · all, cell 4: KeyError: 'team'" in said
    assert "2/2" in said
