"""Fixtures that every folder of tests may ask for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from cxops import demo, params, tables, workspace


@pytest.fixture(scope="session")
def demo_data() -> Iterator[Path]:
    """The folder of the demo organisation as `params/demo.yml` has it; `CXOPS_DATA` names it while the tests run.

    It is made when it is absent, or when other code or parameters made it. Parallel workers wait for the first.
    """
    folder = workspace.PROJECT / "data" / "demo"
    file = workspace.PROJECT / "params" / demo.DemoParameters.file
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXOPS_DATA", str(folder))
        demo.write(params.check(demo.DemoParameters, params.load(file), file))  # locks the folder
        yield folder


@pytest.fixture(scope="session")
def demo_tables(demo_data: Path) -> dict[str, pd.DataFrame]:
    """The demo organisation's tables as plain pandas frames; a test that changes one spoils it for the others."""
    return {file.stem: pd.read_parquet(file) for file in sorted(demo_data.glob("*.parquet"))}


@dataclass(frozen=True)
class House:
    """A small project of its own: two units, two quarters, a handful of cases, and the pages a test writes into it."""

    home: Path

    def add_page(self, name: str, *cells: str, declared: str = 'unit = "all"\nquarter = "all"\nleast = None') -> Path:
        """Writes `notebooks/<name>.ipynb` with the given code cells after its parameters cell, and its entry."""
        title = nbformat.v4.new_markdown_cell(f"# {name}")
        parameters = nbformat.v4.new_code_cell(declared, metadata={"tags": ["parameters"]})
        notebook = nbformat.v4.new_notebook(cells=[title, parameters, *map(nbformat.v4.new_code_cell, cells)])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        file = self.home / "notebooks" / f"{name}.ipynb"
        nbformat.write(notebook, file)
        catalogue = self.home / "params" / "pages.yml"
        entries = yaml.safe_load(catalogue.read_text("utf-8"))["pages"] if catalogue.exists() else {}
        entries[name] = {"notebook": file.name, "title": name.title(), "question": "Which?", "needs": ["cases"]}
        entries[name] |= {"parameters": "house_schema:HouseParameters", "uses": ["surveys"]}
        catalogue.write_text(yaml.safe_dump({"pages": entries}), "utf-8")
        return file


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A `House` that `CXOPS_HOME`, `CXOPS_DATA`, `CXOPS_BUILD` and `CXOPS_SITE` name while the test runs.

    Unit North opened two cases in 2025Q3 and one in 2025Q4, unit `../South` one in 2025Q3. `least` is 1 to 9.
    """
    home = tmp_path / "house"
    for folder in ("notebooks", "params", "data", "schema"):
        (home / folder).mkdir(parents=True)
    for name in ("home", "data", "build", "site"):
        monkeypatch.setenv(f"CXOPS_{name.upper()}", str(home if name == "home" else home / name))
    schema = "from pydantic import Field\nfrom cxops.params import PageParameters\n\n\n"
    schema += "class HouseParameters(PageParameters):\n    file = 'house.yml'\n    least: int = Field(ge=1, le=9)\n"
    (home / "schema" / "house_schema.py").write_text(schema, "utf-8")
    monkeypatch.syspath_prepend(str(home / "schema"))
    (home / "params" / "house.yml").write_text("least: 2\n", "utf-8")
    (home / "params" / "workbook.yml").write_text("data: data/demo\ncurrency: EUR\n", "utf-8")
    (home / "params" / "kpis.yml").write_text("kpis: []\n", "utf-8")
    moments = ["2025-07-01", "2025-09-30T23:59:59", "2025-10-01", "2025-08-01"]
    opened = pd.to_datetime(moments, utc=True, format="ISO8601")
    units = ["North", "North", "North", "../South"]
    tables.write("cases", pd.DataFrame({"case_id": list("abcd"), "unit": units, "opened_at": opened}))
    tables.describe(tables.Dataset("A small house", synthetic=True, description="made by a test"))
    return House(home)
