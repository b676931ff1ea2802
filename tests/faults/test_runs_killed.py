"""Processes that are killed, interrupted or out of disk: the last good page stands, nothing is left running."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest
from cxops import runs, workspace
from cxops.runs.processes import Processes
from cxops.runs.scratch import scratch

SCRIPT = """
import sys
from cxops import runs

if __name__ == "__main__":
    report = runs.execute(runs.plan(quarters=["all"]))
    print(report)
    sys.exit(0 if report.is_ok else 1)
"""
WAITING = "import time, os, pathlib\npathlib.Path(os.environ['CXOPS_HOME'], unit.strip('./')).touch()\ntime.sleep(600)"


@pytest.fixture
def started(house):
    """Starts `runs.execute` in a process of its own; whatever is left of it is ended with the test."""
    script = house.home / "script.py"
    script.write_text(SCRIPT, "utf-8")
    processes = []

    def start(limit=None):
        def limited():
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        processes.append(
            subprocess.Popen(
                [sys.executable, script],
                env=os.environ | {"PYTHONPATH": str(house.home / "schema")},
                cwd=house.home,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                preexec_fn=limited,
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
    for left in alive(house):
        left.kill()


def alive(house):
    """Processes that were started for the house: workers and kernels find it in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CXOPS_HOME") == str(house.home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def kernels(house):
    return [process for process in alive(house) if "ipykernel_launcher" in " ".join(process.cmdline())]


def until(condition, seconds=60):
    """Waits for what must come; fails the test if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def a_good_page(house):
    """Makes a page for all units and quarters; its files as they stand then."""
    house.add_page("listing", "'first'")
    with ThreadPoolExecutor(1) as executor:
        assert runs.execute(runs.plan(units=["all"], quarters=["all"]), executor=executor).is_ok
    return {file.name: file.read_bytes() for file in place().iterdir()}


def scratched():
    """Folders in which pages are made."""
    return list((workspace.current().build / ".scratch").glob("page-*"))


def place(unit="all"):
    return runs.folder(workspace.current(), unit, "all")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_the_last_good_page_and_no_process(house, started, number):
    stood = a_good_page(house)
    house.add_page("listing", f"if unit == 'all':\n    exec({WAITING!r})")
    process = started()
    until(lambda: (house.home / "all").exists() and len(runs.manifests()) == 3)  # one process waits, another is idle
    assert kernels(house)
    # the whole group, as a terminal does on Ctrl-C; the others reach the process alone
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    said, _ = process.communicate(timeout=30)
    assert process.returncode != 0
    assert said.count("Traceback") == (number == signal.SIGINT), f"only the caller is interrupted: {said}"
    until(lambda: not alive(house), 15)
    assert {file.name: file.read_bytes() for file in place().iterdir()} == stood
    assert scratched(), "the page that was being made, where the next run finds it"
    a_good_page(house)
    assert scratched() == []


def test_what_another_run_is_making_is_not_cleared_away(house):
    house.add_page("listing", "'first'")
    with scratch(workspace.current()) as other:
        a_good_page(house)
        assert other.exists() and scratched() == [other]
    assert scratched() == []


def test_a_run_that_is_interrupted_while_it_starts_leaves_no_process(house, started):
    house.add_page("listing", WAITING)
    process = started()
    until(lambda: len(alive(house)) > 1)  # the run itself, and a first worker
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    until(lambda: not alive(house), 15)
    assert runs.manifests() == []


def test_a_worker_that_is_killed_costs_its_page_only(house, started):
    house.add_page("listing", f"if unit == 'North':\n    exec({WAITING!r})")
    process = started()
    until(lambda: (house.home / "North").exists())
    until(lambda: len(kernels(house)) == 1)
    (kernel,) = kernels(house)
    kernel.parent().kill()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "2 pages made, 1 failed" in said
    assert "listing · North · all: the process that made the page must live until it is written: it was killed" in said
    until(lambda: not alive(house), 15)
    status = {each.unit: each.status for each in runs.manifests()}
    assert status == {"all": "ok", "North": "failed", "../South": "ok"}


def test_a_full_disk_leaves_the_last_good_page(house, started):
    stood = a_good_page(house)
    house.add_page("listing", "print('x' * 3_000_000) if unit == 'all' else 1")
    process = started(limit=1_000_000)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "2 pages made, 1 failed" in said and "OSError: [Errno 27] File too large" in said
    assert (place() / "listing.ipynb").read_bytes() == stood["listing.ipynb"]
    told = json.loads((place() / "listing.manifest.json").read_text("utf-8"))
    assert told["status"] == "failed" and told["last_good"] == json.loads(stood["listing.manifest.json"])
    assert not [file for file in place().iterdir() if file.name.startswith(".")], "no half-written file is left"


def test_a_disk_that_is_full_for_the_manifest_too_is_reported(house, monkeypatch):
    stood = a_good_page(house)
    house.add_page("listing", "'second'")
    plan = runs.plan(units=["all"], quarters=["all"])
    monkeypatch.setattr("cxops.runs.manifest.replacing", no_space)
    with ThreadPoolExecutor(1) as executor:
        report = runs.execute(plan, executor=executor)
    assert "No space left" in report.failures[0].error
    assert "its manifest could not be written" in report.failures[0].error
    assert {file.name: file.read_bytes() for file in place().iterdir()} == stood


def test_a_page_cut_short_between_page_and_manifest_is_not_called_the_newest(house, monkeypatch):
    a_good_page(house)
    house.add_page("listing", "'second'")
    plan = runs.plan(units=["all"], quarters=["all"])
    monkeypatch.setattr("cxops.runs.manifest.write_good", no_space)
    monkeypatch.setattr(
        "cxops.runs.execution._lost", lambda run, *_: runs.Outcome("listing", "all", "all", "", 0, None, "-")
    )
    with ThreadPoolExecutor(1) as executor:
        runs.execute(plan, executor=executor)
    assert "second" in (place() / "listing.ipynb").read_text("utf-8")
    (told,) = runs.manifests()
    assert told.status == "failed" and "cut short" in told.error


def no_space(*_):
    raise OSError(28, "No space left on device")


def test_a_lane_whose_process_was_killed_takes_a_new_one():
    with Processes(1) as processes:
        assert isinstance(processes.submit(os._exit, 9).exception(), BrokenProcessPool)
        assert processes.submit(os.getpid).result() != os.getpid()


def test_any_cluster_that_is_an_executor_makes_the_same_page(house):
    distributed = pytest.importorskip("distributed")
    a_good_page(house)
    expected = (place() / "listing.ipynb").read_bytes()
    (place() / "listing.ipynb").unlink()
    with (
        distributed.LocalCluster(processes=True, n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        house.add_page("bad", "1/0")
        report = runs.execute(runs.plan(units=["all"], quarters=["all"]), executor=executor)
    assert [outcome.error for outcome in report.outcomes] == ["ZeroDivisionError: division by zero", None]
    assert (place() / "listing.ipynb").read_bytes() == expected
