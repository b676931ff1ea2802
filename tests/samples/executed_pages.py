"""A small made-up workspace with executed pages, for tests of publishing: load it with `runpy.run_path`."""

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import altair as alt
import nbformat.v4 as v4
import pandas as pd
import yaml
from cxops import kpis, tables, theme
from cxops import runs as engine
from cxops.findings import Finding, Findings, Verdict

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = '<script>alert("x")</script>'
KPIS = {"handoff_latency": "Handoff latency", "ping_pong": "Ping-pong share"}


def workspace(folder: Path, monkeypatch: Any, *, whole_site: bool = False) -> Path:
    """Sets the workspace to folders under `folder`: two tables, two definitions and the project's own site sources.

    Of the methods and decisions only the index pages are taken, unless the whole site is asked for. Returns where
    executed pages belong.
    """
    home = folder / "home"
    for name in ("methods", "decisions"):
        pages = PROJECT.joinpath("site", name).glob("*.qmd" if whole_site else "index.qmd")
        (home / "site" / name).mkdir(parents=True)
        for file in pages:
            shutil.copy(file, home / "site" / name)
    for file in PROJECT.joinpath("site").glob("[!.]*.*"):
        shutil.copy(file, home / "site")
    (home / "params").mkdir()
    (home / "params" / "kpis.yml").write_text(yaml.safe_dump({"kpis": [kpi(*each) for each in KPIS.items()]}), "utf-8")
    (home / "params" / "journey.yml").write_text("minimum_count: 30\n", "utf-8")
    (home / "params" / "workbook.yml").write_text("data: data/demo\ncurrency: EUR\n", "utf-8")
    entry = {"notebook": "10_journey.ipynb", "title": "Journey", "question": "Where?", "needs": ["cases", "steps"]}
    entry |= {"parameters": "cxops.journey.schema:JourneyParameters"}
    (home / "params" / "pages.yml").write_text(yaml.safe_dump({"pages": {"journey": entry}}), "utf-8")
    (home / "notebooks").mkdir()
    (home / "notebooks" / "10_journey.ipynb").write_text("its hash is all that matters here", "utf-8")
    folders = {"HOME": home, "DATA": folder / "data", "BUILD": folder / "build", "SITE": folder / "public" / "site"}
    for name, value in folders.items():
        monkeypatch.setenv(f"CXOPS_{name}", str(value))
    monkeypatch.delenv("CXOPS_ENGINE", raising=False)
    write_tables(1)
    return folder / "build" / "runs"


def kpi(name: str, title: str) -> dict[str, Any]:
    """A definition as `params/kpis.yml` holds it."""
    owners = {"owner_cx": "Head of Care", "owner_operations": "Head of Operations"}
    shape = {"numerator": "hours", "unit": "hours", "direction": "lower is better", "version": 1}
    about = {"meaning": f"{title} as these tests define it.", "source": "a test", "effective_on": "2024-01-01"}
    return {"id": name, "name": title} | owners | shape | about


def write_tables(cases: int, *, synthetic: bool = True, title: str = "Demo organisation") -> None:
    """Writes as many cases, each with one step; another number gives other hashes."""
    opened = pd.Timestamp("2025-10-01", tz="UTC")
    ids = [f"c{number}" for number in range(cases)]
    tables.write("cases", pd.DataFrame({"case_id": ids, "unit": "Harbour", "opened_at": opened}))
    step = {"started_at": opened, "step_seq": 0, "activity": "Answer", "stage": "Intake", "team": "Front desk"}
    tables.write("steps", pd.DataFrame({"case_id": ids, **step, "status": "done"}))
    tables.describe(tables.Dataset(title, synthetic, "Four units, eight quarters."))


def figure(caption: str = "Hours between teams", team: str = "Specialists") -> theme.Figure:
    """A bar chart of two teams."""
    frame = pd.DataFrame({"team": ["Front desk", team], "hours": [3.0, 12.0]})

    def draw(frame: pd.DataFrame, width: int) -> alt.Chart:
        chart = alt.Chart(frame, width=width - 110, height=120)
        return chart.mark_bar().encode(x=alt.X("hours", title="Hours"), y=alt.Y("team", title=None))

    return theme.figure(draw, frame, caption=caption, alt=f"{team} wait 12 hours, Front desk 3.")


def pairs_table(team: str = "Specialists") -> theme.Table:
    """A table of two pairs of teams."""
    frame = pd.DataFrame({"From": ["Front desk", team], "To": [team, "Billing"], "Waiting hours": [12.0, 3.5]})
    return theme.table(frame, caption="Pairs of teams by hours between them", decimals={"Waiting hours": 1})


def findings(
    team: str = "Specialists", kpi: str = "handoff_latency", weight: float = 400.0, subject: str = ""
) -> Findings:
    """One signal with its interval, and one count."""
    hours = {"value": 12.0, "unit": "hours", "low": 9.0, "high": 15.0, "comparison": "all other pairs"}
    slow = Finding(
        "t.slow",
        f"Front desk to {team} takes 12 hours",
        verdict=Verdict.SIGNAL,
        kpi=kpi,
        weight=weight,
        subject=subject,
        **hours,
    )
    back = Finding("t.back", "8 % of cases come back", 0.08, "share", Verdict.COUNT, "ping_pong", weight=weight / 10)
    return Findings([back, slow])


def notebook(*shown: Any) -> dict[str, Any]:
    """An executed notebook: title, tagged parameters, and one cell for each object or raw bundle that is shown."""
    tags = {"tags": ["injected-parameters"], "papermill": {"started": "secret stamp"}}
    parameters = v4.new_code_cell("secret_parameter = 'all'", metadata=tags, execution_count=1)
    cells = [v4.new_markdown_cell("# Journey\n\nWhere do cases wait?"), parameters]
    for each in shown:
        bundle = each if isinstance(each, dict) else each._repr_mimebundle_()
        output = v4.new_output("display_data", data=bundle)
        cells.append(v4.new_code_cell("show(pairs < 3)", outputs=[output], execution_count=2))
    return v4.new_notebook(cells=cells, metadata={"papermill": {"input_path": "/secret/machine/path"}})


def page(runs: Path, unit: str, quarter: str, *shown: Any, **changes: Any) -> Path:
    """Writes one executed page with its manifest, and returns the manifest; `changes` overwrite parts of it."""
    folder = runs / quarter / engine.slug(unit)
    folder.mkdir(parents=True, exist_ok=True)
    executed = notebook(*(shown or (findings(), figure(), pairs_table())))
    (folder / "journey.ipynb").write_text(json.dumps(executed), "utf-8")
    file = folder / "journey.manifest.json"
    file.write_text(json.dumps(manifest(unit, quarter) | changes), "utf-8")
    return file


def manifest(unit: str, quarter: str) -> dict[str, Any]:
    """A manifest as `cxops.runs` writes it, of a page made from everything as it is."""
    now = engine.present()
    about = {"page": "journey", "title": "Journey", "question": "Where do cases wait?", "notebook": "10_journey.ipynb"}
    hashes = {"tables": now.tables, "notebook": now.notebooks["10_journey.ipynb"], "code": now.code}
    hashes |= {"params": {name: now.params[name] for name in ("journey.yml", "kpis.yml", "workbook.yml")}}
    return about | {
        "unit": unit,
        "quarter": quarter,
        "parameters": {"unit": unit, "quarter": quarter, "minimum_count": 30, "alpha": 0.01},
        "status": "ok",
        "failed_cell": None,
        "error": None,
        "last_good": None,
        "started_at": "2026-01-05T08:00:00+00:00",
        "seconds": 2.5,
        "run_id": sha256(f"{unit} {quarter}".encode()).hexdigest()[:12],
        "dataset": vars(tables.dataset()),
        "hashes": hashes,
        "definitions": {kpi.id: kpi.version for kpi in kpis.catalogue().values()},
        "versions": {"python": "3.11", "cxops": "0.1.0"},
        "rows": {"cases": 1, "steps": 1},
    }
