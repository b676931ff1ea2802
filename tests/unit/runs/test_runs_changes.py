"""A page is what a run would make now, or it says what has changed since."""

import ast
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
import yaml
from cxops import runs, tables, workspace
from cxops.runs import provenance

MAPS = ("service.yml", "earlier/service/2024-01.yml")


@pytest.fixture
def page(house):
    """The manifest of a page that was just made."""
    house.add_page("listing", "1")
    tables.describe(tables.Dataset("A small house", synthetic=True, journey_map="service"))
    for name in MAPS:
        (house.home / "params" / "journeys" / name).parent.mkdir(parents=True, exist_ok=True)
        write(f"params/journeys/{name}", "title: the way of a case\n")
    with ThreadPoolExecutor(1) as executor:
        assert runs.execute(runs.plan(["listing"], ["North"], ["2025Q3"]), executor=executor).is_ok
    (made,) = runs.manifests()
    return made


def write(name, text):
    (workspace.current().home / name).write_text(text, "utf-8")


def test_a_page_just_made_is_current_and_stays_so_whatever_it_does_not_depend_on(page, house):
    assert runs.changes(page, runs.present()) == ()
    house.add_page("other", "2")  # another notebook, another entry in params/pages.yml
    write("params/demo.yml", "cases: 1\n")
    (house.home / "params" / "sources").mkdir()
    write("params/sources/desk.yml", "format: csv\n")
    assert runs.changes(page, runs.present()) == ()


def change_table():
    tables.write("cases", tables.read("cases").to_pandas().head(3))


def add_table_that_is_used():
    tables.path("surveys").write_bytes(b"any bytes: only their hash is taken")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_table, "the table cases"),
        (add_table_that_is_used, "the table surveys"),
        (lambda: write("params/house.yml", "least: 3\n"), "params/house.yml"),
        (lambda: (workspace.current().params / "house.yml").unlink(), "params/house.yml"),
        (lambda: write("params/workbook.yml", "data: data/demo\ncurrency: USD\n"), "params/workbook.yml"),
        (lambda: write("params/kpis.yml", "# another meaning\nkpis: []\n"), "params/kpis.yml"),
        *[(lambda m=m: write(f"params/journeys/{m}", "title: another\n"), f"params/journeys/{m}") for m in MAPS],
        (lambda: write("notebooks/listing.ipynb", "{}"), "notebooks/listing.ipynb"),
        (lambda: write("params/pages.yml", "pages: {}\n"), "params/pages.yml, where the page no longer is"),
    ],
)
def test_what_has_changed_is_named(page, change, said):
    change()
    assert runs.changes(page, runs.present()) == (said,)


def test_other_code_is_a_change(page, monkeypatch):
    monkeypatch.setattr(provenance, "code_hash", lambda: "f" * 64)
    assert runs.changes(page, runs.present()) == ("the library's code",)


def test_the_manifest_keeps_the_versions_of_the_definitions(house):
    owners = {"owner_cx": "Head of Care", "owner_operations": "Head of Operations"}
    shape = {"name": "Wait", "meaning": "m", "numerator": "n", "unit": "hours", "direction": "neither", "source": "s"}
    known = {"id": "wait", "version": 3, "effective_on": "2024-01-01"} | owners | shape
    write("params/kpis.yml", yaml.safe_dump({"kpis": [known]}))
    house.add_page("listing", "1")
    (run,) = runs.plan(["listing"], ["North"], ["2025Q3"])
    assert run.definitions == {"wait": 3}


def test_no_page_is_made_with_code_that_is_not_hashed():
    """What every notebook of the review imports, and the domains with it, is in the hash of the code."""
    sources = [
        cell.source
        for file in workspace.PROJECT.glob("notebooks/*.ipynb")
        for cell in nbformat.read(file, as_version=4).cells
        if cell.cell_type == "code"
    ]
    nodes = [node for source in sources for node in ast.parse(source).body]
    wanted = [ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    script = "\n".join([*wanted, "import sys, json", "print(json.dumps(sorted(sys.modules)))"])
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    loaded = {name.split(".")[1] for name in json.loads(said) if name.startswith("cxops.")}
    assert "tables" in loaded
    assert not loaded & {Path(name).stem for name in provenance.NOT_OF_PAGES}
