"""A small made-up workspace with executed pages, for tests of publishing: load it with `runpy.run_path`."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import altair as alt
import nbformat.v4 as v4
import pandas as pd
import yaml

from cxops import tables, theme
from cxops.findings import Finding, Findings, Verdict

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = '<script>alert("x")</script>'
KPIS = {
    "handoff_latency": "Handoff latency",
    "ping_pong": "Ping-pong share",
}


def workspace(folder: Path, monkeypatch, *, methods: bool = False) -> Path:
    """Sets the workspace to new folders under `folder`, with two tables, definitions and the project's own site sources."""
    home, data = folder / "home", folder / "data"
    own = (
        shutil.ignore_patterns("_site*", ".*")
        if methods
        else shutil.ignore_patterns("_site*", ".*", "[0-9a-hj-z]*.qmd")
    )
    for name in ("methods", "decisions"):
        shutil.copytree(PROJECT / "site" / name, home / "site" / name, ignore=own)
    for file in (each for each in (PROJECT / "site").iterdir() if each.is_file() and not each.name.startswith(".")):
        shutil.copy(file, home / "site")
    (home / "params").mkdir()
    (home / "params" / "kpis.yml").write_text(yaml.safe_dump({"kpis": [kpi(*each) for each in KPIS.items()]}), "utf-8")
    for name, value in {
        "HOME": home,
        "DATA": data,
        "BUILD": folder / "build",
        "SITE": folder / "public" / "site",
    }.items():
        monkeypatch.setenv(f"CXOPS_{name}", str(value))
    monkeypatch.delenv("CXOPS_ENGINE", raising=False)
    write_tables(1)
    return folder / "build" / "runs"


def kpi(name: str, title: str) -> dict:
    return {
        "id": name, "name": title, "meaning": f"{title} as these tests define it.", "numerator": "hours", "unit": "hours",
        "direction": "lower is better", "owner_cx": "Head of Care", "owner_operations": "Head of Operations",
        "source": "made up for a test", "version": 1, "effective_on": "2024-01-01",
    }  # fmt: skip


def write_tables(cases: int, *, synthetic: bool = True, title: str = "Demo organisation") -> None:
    opened = pd.Timestamp("2025-10-01", tz="UTC")
    ids = [f"c{number}" for number in range(cases)]
    tables.write("cases", pd.DataFrame({"case_id": ids, "unit": "Harbour", "opened_at": opened}))
    step = {"started_at": opened, "step_seq": 0, "activity": "Answer", "stage": "Intake", "team": "Front desk"}
    tables.write("steps", pd.DataFrame({"case_id": ids, **step, "status": "done"}))
    tables.describe(tables.Dataset(title, synthetic, "Four units, eight quarters."))


def figure(caption: str = "Hours between teams", team: str = "Specialists") -> theme.Figure:
    frame = pd.DataFrame({"team": ["Front desk", team], "hours": [3.0, 12.0]})

    def draw(frame: pd.DataFrame, width: int) -> alt.Chart:
        chart = alt.Chart(frame, width=width - 110, height=120)
        return chart.mark_bar().encode(x=alt.X("hours", title="Hours"), y=alt.Y("team", title=None))

    return theme.figure(draw, frame, caption=caption, alt=f"{team} wait 12 hours, Front desk 3.")


def findings(team: str = "Specialists", kpi: str = "handoff_latency") -> Findings:
    return Findings(
        [
            Finding("journey.slowest", f"Front desk to {team} takes 12 hours", 12.0, "hours", Verdict.SIGNAL, kpi, 9.0, 15.0, "all other pairs", 400.0),
            Finding("journey.back", "8 % of cases come back", 0.08, "share", Verdict.COUNT, "ping_pong", weight=30.0),
        ]
    )  # fmt: skip


def notebook(*shown: object, code: str = "show()") -> dict:
    """An executed notebook: title, tagged parameters, and one cell for each object that is shown."""
    parameters = v4.new_code_cell("unit = 'all'", metadata={"tags": ["injected-parameters"]}, execution_count=1)
    cells = [v4.new_markdown_cell("# Journey\n\nWhere do cases wait?"), parameters]
    for each in shown:
        bundle = each._repr_mimebundle_() if hasattr(each, "_repr_mimebundle_") else {"text/html": each._repr_html_()}
        output = v4.new_output("display_data", data={"text/plain": "…", **bundle})
        cells.append(v4.new_code_cell(code, outputs=[output], execution_count=2))
    return v4.new_notebook(cells=cells, metadata={"papermill": {"input_path": "/secret/machine/path"}})


def pairs_table(team: str = "Specialists"):
    return theme.table(
        pd.DataFrame({"From": ["Front desk", team], "To": [team, "Billing"], "Handoffs": [120, 80], "Waiting hours": [12.0, 3.5]}),
        caption="Pairs of teams by hours between them", decimals={"Waiting hours": 1},
    )  # fmt: skip


def page(runs: Path, unit: str, quarter: str, *shown: object, slug: str | None = None, **changes: object) -> Path:
    """Writes one executed page with its manifest; `changes` overwrite parts of the manifest."""
    folder = runs / quarter / (slug or unit.lower().replace(" ", "-"))
    folder.mkdir(parents=True, exist_ok=True)
    notebook_ = notebook(*(shown or (findings(), figure(), pairs_table())))
    (folder / "journey.ipynb").write_text(json.dumps(notebook_), "utf-8")
    manifest = {
        "page": "journey", "title": "Journey", "question": "Where do cases change hands, wait and come back?", "notebook": "10_journey.ipynb",
        "unit": unit, "quarter": quarter, "parameters": {"unit": unit, "quarter": quarter, "minimum_count": 30}, "status": "ok",
        "failed_cell": None, "error": None, "started_at": "2026-01-05T08:00:00Z", "seconds": 2.5,
        "run_id": sha256(f"{unit} {quarter}".encode()).hexdigest()[:12],
        "dataset": {"title": "Demo organisation", "synthetic": True, "description": ""},
        "hashes": {"tables": {name: tables.table_hash(name) for name in ("cases", "steps")}, "notebook": "ab" * 32, "code": "cd" * 32, "params": {"journey.yml": "ef" * 32}},
        "versions": {"python": "3.11", "cxops": "0.1.0"}, "rows": {"cases": 1, "steps": 1},
    } | changes  # fmt: skip
    file = folder / "journey.manifest.json"
    file.write_text(json.dumps(manifest), "utf-8")
    return file
