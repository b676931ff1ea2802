"""A kill or a full disk at any moment leaves the last good state, or the next one whole; never something between."""

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from cxops import tables, workspace
from cxops.errors import SourceError
from cxops.tables import commit

LAST = 40
CHILD = """
import sys
from cxops import tables
print("ready", flush=True)
for file in sys.argv[1:]:
    tables.ingest("bpic2013", [file])
print("done", flush=True)
"""


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the code may catch it."""


@pytest.fixture
def extracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Extracts of one log: the n-th says n in every product and group, and has one row that must be set aside."""
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    header = "case:concept:name,concept:name,lifecycle:transition,org:group,org:resource,time:timestamp,impact,product"
    files = []
    for turn in range(LAST):
        file = tmp_path / f"extract{turn:02}.csv"
        rows = [f"c{k},Accepted,In Progress,{turn},r,2024-01-01T0{k % 9}:00:00Z,Low,{turn}" for k in range(300)]
        file.write_text("\n".join([header, *rows, "broken"]))
        files.append(file)
    return files


def turn() -> int:
    """Which extract the data folder stands at; every table, the ledger and the problems must say the same."""
    (product,) = set(tables.read("cases").to_pandas()["reason"])
    groups = set(tables.read("steps").to_pandas()["team"])
    entries, problems = tables.entries(), tables.problems()
    assert groups == {str(each) for each in range(int(product) + 1)}  # an event of another group is another event
    assert len(entries) == int(product) + 1
    assert problems["file"].nunique() == len(entries)
    assert len(problems) == 2 * len(entries)  # one broken row, set aside for two tables
    assert not tables.dataset().synthetic
    return int(product)


def test_sigkill_at_random_moments(extracts: list[Path]) -> None:
    rng = random.Random(7)
    tables.ingest("bpic2013", extracts[:1])
    reached = [turn()]
    for _ in range(4):
        arguments = [sys.executable, "-c", CHILD, *map(str, extracts)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            try:
                child.wait(rng.uniform(0.05, 1.0))
            except subprocess.TimeoutExpired:
                child.kill()
        reached.append(turn())
    assert reached == sorted(reached)
    tables.ingest("bpic2013", extracts)
    assert turn() == LAST - 1
    assert not list(workspace.current().data.glob(f"{commit.STAGING}*"))


def test_a_kill_at_each_step_of_a_commit(extracts: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call that touches the disk is made the last one, in turn; cleaning up is not to be counted on."""
    tables.ingest("bpic2013", extracts[:1])
    outcomes, point = [], 0
    while outcomes[-1:] != ["finished"]:
        before = turn()
        with monkeypatch.context() as patch:
            _kill_at(patch, point)
            try:
                tables.ingest("bpic2013", [extracts[before + 1]])
                outcomes.append("finished")
            except Killed:
                outcomes.append("killed")
        after = turn()
        assert after in (before, before + 1)
        outcomes[-1:] = [outcomes[-1] if outcomes[-1] == "finished" else f"killed, {after - before} further"]
        point += 1
    assert "killed, 0 further" in outcomes
    assert "killed, 1 further" in outcomes
    assert len(outcomes) > 12


def _kill_at(patch: pytest.MonkeyPatch, point: int) -> None:
    calls = {"left": point}

    def fatal(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            calls["left"] -= 1
            if calls["left"] < 0:
                raise Killed
            return real(*args, **kwargs)

        return call

    for owner, name in (
        (os, "fsync"),
        (Path, "rename"),
        (Path, "replace"),
        (Path, "rmdir"),
        (Path, "write_text"),
        (commit.shutil, "rmtree"),
        (commit.tempfile, "mkdtemp"),
        (pd.DataFrame, "to_parquet"),
    ):
        patch.setattr(owner, name, fatal(getattr(owner, name)))


@pytest.fixture
def largest_file() -> Iterator[Callable[[int], None]]:
    """Sets the largest file this process may write, in bytes: writing more fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 10, 500, 3000, 6000])
def test_a_disk_that_runs_full(extracts: list[Path], largest_file: Callable[[int], None], size: int) -> None:
    tables.ingest("bpic2013", extracts[:1])
    folder = workspace.current().data
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest_file(size)
    try:
        with pytest.raises(SourceError, match="must have room and be writable.*nothing was changed"):
            tables.ingest("bpic2013", [extracts[1]])
    finally:
        largest_file(soft)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    tables.ingest("bpic2013", [extracts[1]])
    assert turn() == 1


def test_a_small_file_system_that_is_full(
    extracts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a file system can be mounted only by root")
    monkeypatch.setenv("CXOPS_DATA", str(mount / "data"))
    try:
        tables.ingest("bpic2013", extracts[:1])
        room = os.statvfs(mount)
        (mount / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize - 8192))
        with pytest.raises(SourceError, match="must have room and be writable.*No space left.*nothing was changed"):
            tables.ingest("bpic2013", [extracts[1]])
        assert turn() == 0
        (mount / "ballast").unlink()
        tables.ingest("bpic2013", [extracts[1]])
        assert turn() == 1
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_ingests_at_once_take_turns(extracts: list[Path]) -> None:
    """Three processes bring in the same ten files each; the folder ends as if one had."""
    tables.ingest("bpic2013", extracts[:1])
    arguments = [sys.executable, "-c", CHILD, *map(str, extracts[1:10])]
    children = [subprocess.Popen(arguments, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [child.wait(120) for child in children] == [0, 0, 0]
    assert turn() == 9


def test_a_data_folder_that_cannot_be_written(
    extracts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "taken"))
    with pytest.raises(SourceError, match="the data folder must be writable"):
        tables.ingest("bpic2013", extracts[:1])
