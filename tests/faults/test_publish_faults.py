"""Whatever goes wrong while a site is made, readers see the old one, whole, or the new one, whole."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from cxops import workspace
from cxops.errors import PublishError
from cxops.publish import publish
from cxops.publish.checks import find_faults
from cxops.publish.swap import lock_file, locked

SAMPLES = runpy.run_path(str(Path(__file__).parents[1] / "samples" / "executed_pages.py"))


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A workspace with one page that is published."""
    runs = SAMPLES["workspace"](tmp_path, monkeypatch)
    SAMPLES["page"](runs, "all", "2025Q4")
    publish()
    return runs


def snapshot():
    site = workspace.current().site
    return {file.relative_to(site): file.read_bytes() for file in sorted(site.rglob("*")) if file.is_file()}


def titles():
    """The dataset's title as each page of the site has it in its banner."""
    pages = [file.read_text("utf-8") for file in workspace.current().site.rglob("*.html")]
    return {re.search(r"Synthetic demo data\.</strong> (.*?): every number", page).group(1) for page in pages}


def check_refused(pattern):
    """Publishing fails with this message and changes nothing; the folder beside the site is left clean."""
    before = snapshot()
    with pytest.raises(PublishError, match=pattern):
        publish()
    assert snapshot() == before
    site = workspace.current().site
    assert {each.name for each in site.parent.iterdir()} <= {site.name, lock_file(site).name}


def test_nothing_was_run(runs, monkeypatch, tmp_path):
    monkeypatch.setenv("CXOPS_BUILD", str(tmp_path / "empty"))
    check_refused("at least one page must have been run")


def test_every_page_failed(runs):
    SAMPLES["page"](runs, "all", "2025Q4", status="failed", failed_cell=3, error="KeyError: 'x'")
    check_refused(r"at least one page must be whole .*: 1 failed: cell 3: KeyError")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", "\x00\xff"])
def test_a_corrupt_manifest(runs, content):
    SAMPLES["page"](runs, "Harbour", "2025Q4").write_text(content, "utf-8")
    check_refused(r"a manifest must be whole: .*harbour/journey\.manifest\.json")


@pytest.mark.parametrize("change", [{"quarter": "../.."}, {"page": "../x"}, {"run_id": '"><script>'}, {"hashes": {}}])
def test_a_manifest_that_would_lead_astray(runs, change):
    manifest = SAMPLES["page"](runs, "Harbour", "2025Q4")
    manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | change), "utf-8")
    check_refused("a manifest must be whole")


def test_two_pages_of_one_run(runs):
    SAMPLES["page"](runs, "Harbour", "2025Q4", run_id=SAMPLES["manifest"]("all", "2025Q4")["run_id"])
    check_refused("an id must stand once: run-")


def test_a_cut_notebook(runs):
    notebook = SAMPLES["page"](runs, "Harbour", "2025Q4").with_name("journey.ipynb")
    notebook.write_bytes(notebook.read_bytes()[:500])
    check_refused(r"must be a notebook: .*harbour/journey\.ipynb")


def test_a_missing_notebook(runs):
    SAMPLES["page"](runs, "Harbour", "2025Q4").with_name("journey.ipynb").unlink()
    check_refused("must be a notebook: FileNotFoundError")


def test_a_script_in_an_output(runs):
    SAMPLES["page"](runs, "Harbour", "2025Q4", {"text/html": "<script src='https://cdn.example.org/vega.js'></script>"})
    check_refused("must not run or fetch anything: got <script>")


def test_a_finding_without_definition(runs):
    SAMPLES["page"](runs, "Harbour", "2025Q4", SAMPLES["findings"](kpi="handof_latency"))
    check_refused(r"names 'handof_latency'; did you mean handoff_latency\?")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("[gone](gone.qmd)", r"methods/index.html: a link must lead somewhere: gone.html"),
        ("[gone](../glossary.qmd#gone)", r"anchor must exist: ../glossary.html#gone"),
        ("[out](https://example.org)", r"must name no outside address: https://example.org"),
        ("![](gone.png)", r"a link must lead somewhere: gone.png"),
        ("<!-- cxops: nonsense -->", r"a marker must be one of .*: got 'nonsense' \(index.qmd\)"),
    ],
)
def test_a_broken_link_in_a_page_written_by_hand(runs, words, fault):
    page = workspace.current().home / "site" / "methods" / "index.qmd"
    page.write_text(f"---\ntitle: Methods\n---\n\n{words}\n", "utf-8")
    check_refused(fault)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: b: c\n", "a: [b]\n", "a: b\na: c\n"])
@pytest.mark.parametrize("name", ["terms.yml", "_quarto.yml"])
def test_a_broken_file_of_the_site(runs, name, text):
    (workspace.current().home / "site" / name).write_text(text, "utf-8")
    check_refused(f"must.*{name}|{name}.* must")


def test_broken_options_of_a_page(runs):
    method = workspace.current().home / "site" / "methods" / "waiting.qmd"
    method.write_text("---\ntitle: a: b\n---\n", "utf-8")
    check_refused(r"a page's options must be YAML: .*waiting\.qmd")


def test_a_broken_data_description(runs):
    (workspace.current().data / "dataset.yml").unlink()
    check_refused("must be filled by")


def test_a_corrupt_table_of_problems(runs):
    (workspace.current().data / "problems.parquet").write_bytes(b"PAR1 not really")
    check_refused("table of problems must be readable")


def test_two_publications_at_once(runs):
    with locked(lock_file(workspace.current().site)):
        check_refused("one publication at a time")
    publish()


def test_a_disk_that_is_full(runs):
    """No file may grow beyond 30 kB: the style sheets of the renderer alone are larger."""
    before = snapshot()
    done = subprocess.run(
        [sys.executable, "-c", _FULL], capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )
    assert (done.returncode, snapshot()) == (7, before), done.stderr
    assert "must fit on the disk, the old one stands" in done.stdout
    publish()


_FULL = """
import resource, sys
from cxops.errors import PublishError
from cxops.publish import publish
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
try:
    publish()
except PublishError as error:
    print(error)
    sys.exit(7)
"""

_KILLED = """
import json, os, random, signal, sys, time
import yaml
from cxops import workspace
from cxops.publish import publish
from cxops.publish.checks import find_faults

space, chance = workspace.current(), random.Random(20260101)
description = yaml.safe_load((space.data / "dataset.yml").read_text("utf-8"))
for number in range(25):
    description["title"] = f"Edition {number}"
    (space.data / "dataset.yml").write_text(yaml.safe_dump(description), "utf-8")
    began = time.monotonic()
    child = os.fork()
    if not child:
        publish()
        os._exit(0)
    time.sleep(chance.uniform(0.0, float(sys.argv[1])))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    pages = [page.read_text("utf-8") for page in space.site.rglob("*.html")]
    seen = {page.split("data.</strong> ")[1].split(": every number")[0] for page in pages}
    print(json.dumps([os.WIFSIGNALED(status), sorted(seen), find_faults(space.site)]), flush=True)
"""


def test_killed_at_any_moment(runs, tmp_path):
    """25 editions, each killed at a random moment of its making: the site is always one edition, whole."""
    seconds = f"{1.2 * publish().seconds:.3f}"
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, seconds], capture_output=True, text=True, timeout=240, check=False
    )
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(seen) == 25, done.stderr
    assert any(was_killed for was_killed, _, _ in seen)
    assert all(len(editions) == 1 and not faults for _, editions, faults in seen), seen
    publish()
    assert titles() == {"Edition 24"}
    site = workspace.current().site
    assert {each.name for each in site.parent.iterdir()} == {site.name, lock_file(site).name}
    assert find_faults(site) == []
