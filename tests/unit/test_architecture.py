"""Imports run one way: the arrows of the design, as data, held against every import in lib/cxops."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cxops import workspace

LIBRARY = workspace.PROJECT / "lib" / "cxops"
DOMAINS = {
    file.relative_to(LIBRARY).parts[0] for file in [*LIBRARY.glob("*/schema.py"), *LIBRARY.glob("*/schema/*.py")]
}

SPINE = {
    "__init__": set(),
    "errors": set(),
    "workspace": {"errors"},
    "findings": {"errors", "theme"},
    "theme": {"errors", "workspace"},
    "params": {"errors", "workspace"},
    "kpis": {"errors", "workspace", "params"},
    "tables": {"errors", "workspace", "params", "kpis"},
    "demo": {"errors", "workspace", "params", "tables"},
    "live": {"errors", "workspace", "params", "tables"},
    "runs": {"__init__", "errors", "workspace", "params", "kpis", "tables", "findings"},
    "publish": {"__init__", "errors", "workspace", "params", "kpis", "tables", "findings", "theme", "runs", "demo"},
    "cli": {
        *("__init__", "errors", "workspace", "params", "kpis", "tables", "findings", "theme"),
        *("demo", "live", "runs", "publish"),
    },
}
"""What each module of the spine may import from the spine. None of them may import a domain."""

DOMAIN = {
    "schema": ({"errors", "workspace", "params", "kpis", "tables"}, {"schema", "compute"}),
    "compute": ({"errors", "kpis"}, {"compute"}),
    "findings": ({"errors", "kpis", "findings", "theme"}, {"compute", "findings"}),
    "charts": ({"errors", "theme"}, {"charts"}),
    "widgets": (
        {"errors", "params", "tables", "findings", "theme", "live"},
        {"charts", "compute", "findings", "schema", "widgets"},
    ),
    "__init__": (set(), {"compute"}),
}
"""What each part of a domain may import: from the spine, and from its own domain. Never from another domain.

A schema may import compute, never the other way: what is decided is then checked by the very code that will follow it.
"""

OUTSIDE = {
    "altair": {"theme", "charts"},
    "ipywidgets": {"widgets", "live"},
    "papermill": {"runs"},
    "pathlib": {*SPINE, "schema", "widgets"} - {"findings"},
    "os": {*SPINE} - {"findings"},
    "duckdb": {"tables"},
    "typer": {"cli"},
}
"""Who may import what does work, draws or reaches files; a package that is not named here is free, but in compute."""

COMPUTE_PACKAGES = {"ibis", "pandas", "numpy", "scipy", "statsmodels", "sklearn", "networkx", "cxops"}


def role(file: Path, root: Path) -> tuple[str, str | None]:
    """What a module is — a name of SPINE or of DOMAIN — and its domain, if it belongs to one."""
    top, *rest = file.relative_to(root).with_suffix("").parts
    if top in SPINE or not rest:
        return top, None
    part = rest[0] if rest[0] in DOMAIN else "compute"
    return part, top


def imports(file: Path, root: Path) -> Iterator[str]:
    """Absolute dotted names of everything a module imports, wherever in it the import stands."""
    package = ("cxops", *file.relative_to(root).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def target(name: str, root: Path) -> tuple[str, str | None]:
    """What an imported name of cxops belongs to."""
    parts = name.split(".")[1:]
    while parts:
        for file in (root.joinpath(*parts).with_suffix(".py"), root.joinpath(*parts, "__init__.py")):
            if file.exists():
                kind, domain = role(file, root)
                # a name taken from the domain's own front is one of the compute it re-exports
                return ("compute", domain) if domain and kind == "__init__" else (kind, domain)
        parts = parts[:-1]
    return "__init__", None


def violations(root: Path) -> list[str]:
    """One line per import that no arrow allows."""
    return [
        f"{file.relative_to(root)} ({kind}) must not import {name}"
        for file in sorted(root.rglob("*.py"))
        for kind, domain in [role(file, root)]
        for name in sorted(set(imports(file, root)))
        if not is_allowed(kind, domain, name, root)
    ]


def is_allowed(kind: str, domain: str | None, name: str, root: Path) -> bool:
    package = name.split(".")[0]
    if package != "cxops":
        free = kind != "compute" or package in COMPUTE_PACKAGES or package in sys.stdlib_module_names
        return free and kind in OUTSIDE.get(package, {kind})
    wanted, of = target(name, root)
    if of is not None:
        return of == domain and wanted in DOMAIN[kind][1]
    return wanted == kind or wanted in (SPINE.get(kind, set()) if domain is None else DOMAIN[kind][0])


def test_every_import_follows_an_arrow():
    assert violations(LIBRARY) == []


def test_every_module_of_the_spine_has_its_arrows():
    modules = {file.stem for file in LIBRARY.glob("*.py")}
    packages = {file.parent.name for file in LIBRARY.glob("*/__init__.py")}
    domains = DOMAINS - set(SPINE)
    assert modules | packages - domains <= set(SPINE)
    assert "journey" in domains


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("journey/handoffs.py", "import altair as alt", True),
        ("journey/handoffs.py", "from pathlib import Path", True),
        ("journey/handoffs.py", "import papermill.execute", True),
        ("journey/handoffs.py", "def f():\n    from ipywidgets import HTML", True),
        ("journey/handoffs.py", "import requests", True),
        ("journey/handoffs.py", "from cxops import tables", True),
        ("journey/handoffs.py", "from cxops.journey.charts import handoffs", True),
        ("journey/handoffs.py", "from . import charts", True),
        ("journey/handoffs.py", "from .. import tables", True),
        ("journey/handoffs.py", "from ..survey.weights import weight", True),
        ("journey/handoffs.py", "import cxops.survey", True),
        ("journey/handoffs.py", "from cxops.journey.sequence import ordered", False),
        ("journey/handoffs.py", "import ibis, scipy.stats\nfrom cxops.errors import WorkbookError", False),
        ("journey/charts.py", "from cxops.journey import handoffs", True),
        ("journey/charts.py", "import altair\nfrom cxops import theme", False),
        ("journey/charts/matrix.py", "import altair\nfrom cxops.theme import svg", False),
        ("journey/charts/matrix.py", "from cxops.journey.handoffs import handoffs", True),
        ("journey/findings.py", "from cxops.journey import charts", True),
        ("journey/findings.py", "from cxops.journey import handoffs\nfrom cxops.findings import Finding", False),
        ("journey/schema.py", "from cxops.journey import handoffs\nfrom cxops import kpis", False),
        ("journey/schema.py", "from cxops.journey import charts", True),
        ("journey/handoffs.py", "from cxops.journey import schema", True),
        ("journey/widgets.py", "import ipywidgets\nfrom cxops import tables\nfrom cxops.journey import charts", False),
        ("journey/widgets.py", "from cxops import runs", True),
        ("journey/__init__.py", "from cxops.journey.charts import handoffs", True),
        ("journey/__init__.py", "from cxops.journey.handoffs import handoffs", False),
        ("runs/x.py", "from cxops import journey", True),
        ("runs/x.py", "from cxops import publish", True),
        ("publish/x.py", "import papermill", True),
        ("publish/x.py", "from cxops.runs import manifests", False),
        ("errors.py", "from cxops import workspace", True),
        ("params.py", "from cxops import kpis", True),
        ("tables/store.py", "from cxops.tables.contracts import CONTRACTS", False),
        ("cli.py", "from cxops.journey import handoffs", True),
    ],
)
def test_the_rule_tells_right_from_wrong(tmp_path, module, line, wrong):
    for name in (
        *("errors.py", "workspace.py", "params.py", "kpis.py", "findings.py", "__init__.py", "cli.py"),
        *("tables/__init__.py", "tables/contracts.py", "theme/__init__.py", "runs/__init__.py", "publish/__init__.py"),
        *("journey/__init__.py", "journey/schema.py", "journey/handoffs.py", "journey/sequence.py"),
        *("journey/findings.py", "survey/__init__.py", "survey/weights.py"),
        *(() if module == "journey/charts.py" else ("journey/charts/__init__.py",)),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert violations(tmp_path) == []
    (tmp_path / module).write_text(line, "utf-8")
    assert bool(violations(tmp_path)) == wrong


@pytest.mark.parametrize("domain", sorted(DOMAINS - set(SPINE)))
def test_importing_a_domain_loads_nothing_that_draws(domain):
    heavy = "altair ipywidgets papermill vl_convert great_tables cxops.tables"
    script = f"import sys, cxops.{domain}; print(*sorted(set({heavy.split()}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []
