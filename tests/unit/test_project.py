"""The project's own files agree with one another."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from cxops import cli
from typer.main import get_command

PROJECT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
README = (PROJECT / "README.md").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text("utf-8"), re.M))
MISSION = {"jupyterlab", "ipywidgets", "voila", "altair", "pandas", "statsmodels", "papermill", "quarto-cli", "nbval"}


def name(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement).group().lower().replace("_", "-")


def requirements() -> set[str]:
    extras = [each for extra, wanted in PYPROJECT["optional-dependencies"].items() for each in wanted]
    return {name(each) for each in PYPROJECT["dependencies"] + extras}


def pinned() -> dict[str, str]:
    lines = (PROJECT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_every_package_of_the_mission_is_declared():
    assert requirements() >= MISSION


def test_constraints_pin_every_dependency_exactly():
    assert requirements() <= set(pinned())
    assert all(re.fullmatch(r"[0-9][0-9a-z.!+]*", version) for version in pinned().values())


def test_environment_yml_follows_pyproject():
    conda = yaml.safe_load((PROJECT / "environment.yml").read_text("utf-8"))["dependencies"]
    (pip,) = [each["pip"] for each in conda if isinstance(each, dict)]
    assert f"python{PYPROJECT['requires-python']}" in conda
    assert "quarto" in conda
    assert pip == ["--constraint constraints.txt", "--editable .[dev,cluster]"]
    assert {"dev", "cluster", "postgres", "quarto"} == set(PYPROJECT["optional-dependencies"])


def test_make_help_lists_every_target():
    shown = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert {"help", "setup", "review", "test", "check", "lab", "bench", "clean"} <= TARGETS
    assert all(f"make {target} " in shown for target in TARGETS)


def imported(file: Path) -> set[str]:
    """Top-level names of what a module imports."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in plain | {n.module for n in nodes if isinstance(n, ast.ImportFrom)} if name}


def test_every_import_is_a_declared_dependency():
    provided = {"yaml": "pyyaml", "ibis": "ibis-framework", "ruamel": "ruamel.yaml"}
    used = set().union(*map(imported, (PROJECT / "lib").rglob("*.py"))) - set(sys.stdlib_module_names) - {"cxops"}
    packages = {provided.get(each, each).replace("_", "-").removesuffix("-python").lower() for each in used}
    assert packages <= {each.removesuffix("-python") for each in requirements()}


def test_ci_installs_the_browser_and_calls_the_readme_test_command():
    script = (PROJECT / ".ci" / "run").read_text("utf-8")
    assert re.search(r"apt-get install .*\bchromium$", script, re.M)
    assert script.rstrip().endswith("exec make test")


def test_readme_shows_a_page_that_is_there():
    pictures = re.findall(r"!\[([^]]+)\]\(([^)]+)\)", README)
    assert pictures
    assert all(alternative and (PROJECT / file).stat().st_size > 10_000 for alternative, file in pictures)


def test_every_command_in_readme_exists():
    commands = get_command(cli.app).commands
    used = re.findall(r"\.venv/bin/cxops (\w+)([^`#\n]*)", README)
    assert {name for name, _ in used} >= {"ingest", "review", "problems", "run", "publish", "workshop"}
    for name, rest in used:
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, name


def test_every_make_target_in_readme_exists():
    used = set(re.findall(r"(?:^    |`)make ([a-z]+)", README, re.M))
    assert {"review", "test", "help", "lab", "check"} <= used <= TARGETS


@pytest.mark.parametrize("folder", ["notebooks", "lib", "data", "params", "site", "tests"])
def test_the_top_level_is_the_missions(folder):
    assert (PROJECT / folder).is_dir()
