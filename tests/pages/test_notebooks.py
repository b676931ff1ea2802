"""Notebooks are thin, and on the demo organisation their checked cells give the numbers they hold.

Thin means: title and question, imports, parameters, load, call and show, findings; nothing is computed, drawn or looked
for in files outside lib. A workshop's notebook is an app: it has neither parameters nor checked numbers of its own.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from cxops import runs, workspace
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

NOTEBOOKS = workspace.PROJECT / "notebooks"
PAGES = sorted(NOTEBOOKS.glob("*.ipynb"))
WORKSHOPS = sorted(NOTEBOOKS.glob("workshops/*.ipynb"))
CHECKED = "nbval-check-output"
HEADING = re.compile(r"## [A-Z][^\n#<>]{2,60}")
MOST_LINES = 7
MOST_NAMES = 2
"""Of a call-and-show cell: a measure, and what is shown of it."""
MOST_CHARACTERS = 4000
"""Of a checked output: a small text result, not a picture of the page."""

STATEMENTS = (ast.Assign, ast.Expr)
EXPRESSIONS = (ast.Call, ast.keyword, ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.List, ast.Dict)
FRAME_WORK = {
    *(
        "groupby",
        "merge",
        "join",
        "agg",
        "aggregate",
        "apply",
        "assign",
        "query",
        "pivot",
        "filter",
        "mutate",
        "select",
    ),
    *("group_by", "order_by", "sort_values", "plot", "Chart", "encode", "read_csv", "read_parquet", "to_csv"),
}
"""Methods that mean work which belongs in lib."""
FUNCTIONS = {"open", "Path", "eval", "exec", "getattr", "__import__"}
"""Functions that do."""


def faults(notebook: NotebookNode, *, is_workshop: bool = False) -> list[str]:
    """What keeps a notebook from being thin, cell by cell, numbered from 1."""
    cells = list(enumerate(notebook.cells, 1))
    code = [(n, cell) for n, cell in cells if cell.cell_type == "code"]
    found = _title_faults(cells) + [fault for n, cell in code for fault in _output_faults(n, cell)]
    if is_workshop:
        return found + [fault for n, cell in code for fault in _work_faults(n, cell.source)]
    if not any(CHECKED in tags(cell) for _, cell in code):
        found.append(f"at least one cell must be tagged {CHECKED}")
    if len(code) < 5:
        return [*found, "imports, parameters, load, call and show, and findings must each have a cell"]
    return found + _order_faults(code)


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _title_faults(cells: list[tuple[int, NotebookNode]]) -> list[str]:
    title = cells[0][1]
    text = [(n, cell.source) for n, cell in cells[1:] if cell.cell_type != "code"]
    found = [
        f"cell {n}: only the title and headings may be text" for n, source in text if not HEADING.fullmatch(source)
    ]
    if title.cell_type != "markdown" or not title.source.startswith("# ") or "?" not in title.source:
        found.append("cell 1: must be the title and the question it answers")
    return found


def _order_faults(code: list[tuple[int, NotebookNode]]) -> list[str]:
    (first, imports), (second, parameters), (third, load), *shown = code
    found = []
    if not all(isinstance(node, ast.Import | ast.ImportFrom) for node in parsed(imports.source)):
        found.append(f"cell {first}: must be imports only")
    if "parameters" not in tags(parameters) or not _is_literal_only(parameters.source):
        found.append(f"cell {second}: must be tagged parameters and hold literals only")
    if not all(isinstance(node, STATEMENTS) and isinstance(node.value, ast.Call) for node in parsed(load.source)):
        found.append(f"cell {third}: must load, by calls only")
    for n, cell in [code[2], *shown]:
        found += _work_faults(n, cell.source)
    for n, cell in shown:
        kinds = [type(node) for node in parsed(cell.source)]
        if kinds.count(ast.Assign) > MOST_NAMES or kinds.count(ast.Expr) != 1 or kinds[-1] is not ast.Expr:
            found.append(f"cell {n}: must name at most {MOST_NAMES} measures and show one thing, at the end")
    if "findings" not in shown[-1][1].source:
        found.append(f"cell {shown[-1][0]}: the last cell must show the findings")
    return found


def _is_literal_only(source: str) -> bool:
    def is_literal(node: ast.stmt) -> bool:
        if not isinstance(node, ast.Assign) or not all(isinstance(name, ast.Name) for name in node.targets):
            return False
        try:
            ast.literal_eval(node.value)
        except ValueError:
            return False
        return True

    return all(is_literal(node) for node in parsed(source))


def _work_faults(n: int, source: str) -> list[str]:
    """Anything but calls with names and literals."""
    found = []
    if len(source.splitlines()) > MOST_LINES:
        found.append(f"cell {n}: must be under {MOST_LINES + 1} lines")
    for statement in parsed(source):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        if not isinstance(statement, STATEMENTS):
            found.append(f"cell {n}: must only call and show: {type(statement).__name__}")
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.expr | ast.keyword) and not isinstance(node, EXPRESSIONS):
                found.append(f"cell {n}: must only call and show: {type(node).__name__}")
            name = getattr(node, "attr", getattr(node, "id", ""))
            forbidden = FUNCTIONS if isinstance(node, ast.Name) else FRAME_WORK
            if name in forbidden or name.startswith("mark_"):
                found.append(f"cell {n}: must leave {name} to lib")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and {"/", "\\"} & set(node.value):
                found.append(f"cell {n}: must not hold a path: {node.value!r}")
    return found


def parsed(source: str) -> list[ast.stmt]:
    """The cell's statements; what Python cannot read, such as `%magic` and `!command`, counts as a `pass`."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return [ast.Pass()]


def _output_faults(n: int, cell: NotebookNode) -> list[str]:
    if CHECKED not in tags(cell):
        stripped = not cell.outputs and cell.execution_count is None
        return [] if stripped else [f"cell {n}: must be stripped of its output and its count"]
    if not cell.outputs or cell.execution_count is None:
        return [f"cell {n}: nbval compares nothing without an output and an execution count"]
    shown = [output.get("data", {"text/plain": output.get("text", "")}) for output in cell.outputs]
    if any(set(data) != {"text/plain"} or len(data["text/plain"]) > MOST_CHARACTERS for data in shown):
        return [f"cell {n}: a checked output must be a small text"]
    return []


def thin() -> NotebookNode:
    """A notebook without a fault."""
    checked = new_code_cell("print(measure)", metadata={"tags": [CHECKED]}, execution_count=5)
    checked.outputs = [new_output("stream", name="stdout", text="7\n")]
    cells = [
        new_markdown_cell("# Journey\n\nWhere does it wait?"),
        new_code_cell("from cxops import journey, params, tables, theme"),
        new_code_cell('unit = "all"\nleast = None\nshare = 0.05', metadata={"tags": ["parameters"]}),
        new_code_cell('given = params.resolve(Model, unit=unit)\nsteps = tables.read("steps", unit=given.unit)'),
        new_code_cell("measure = journey.handoffs(steps)\ntheme.table(measure, caption='Handoffs')"),
        checked,
        new_code_cell("journey.findings(measure)"),
    ]
    return new_notebook(cells=cells)


def test_a_thin_notebook_has_no_fault():
    assert faults(thin()) == []
    assert faults(thin(), is_workshop=True) == []


@pytest.mark.parametrize(
    ("cell", "source", "said"),
    [
        (1, "Journey", "cell 1: must be the title"),
        (1, "# Journey", "and the question"),
        (2, "import altair\nx = 1", "cell 2: must be imports only"),
        (3, 'unit = "a" + "b"', "cell 3: must be tagged parameters and hold literals only"),
        (3, "from datetime import date\nday = date(2025, 1, 1)", "literals only"),
        (4, "1", "cell 4: must load"),
        (4, 'steps = tables.read("steps")\nlate = steps.filter(steps.late)', "must leave filter to lib"),
        (4, 'steps = read("../data/steps.parquet")', "cell 4: must not hold a path: '../data/steps.parquet'"),
        (5, "def f(): pass", "must only call and show: FunctionDef"),
        (5, "class A: pass", "ClassDef"),
        (5, "for a in b: c(a)", "For"),
        (5, "while True: f()", "While"),
        (5, "if a: f()", "If"),
        (5, "try:\n    f()\nfinally:\n    g()", "Try"),
        (5, "with f(): g()", "With"),
        (5, "show(lambda x: x)", "Lambda"),
        (5, "show([f(x) for x in y])", "ListComp"),
        (5, "show({f(x) for x in y})", "SetComp"),
        (5, "show({x: 1 for x in y})", "DictComp"),
        (5, "show(x for x in y)", "GeneratorExp"),
        (5, "show(a if b else c)", "IfExp"),
        (5, "show(a[0])", "Subscript"),
        (5, "show(a + 1)", "BinOp"),
        (5, "show(a > 1)", "Compare"),
        (5, "steps.groupby('team').size()", "must leave groupby to lib"),
        (5, "steps.merge(cases)", "must leave merge to lib"),
        (5, "alt.Chart(steps).mark_bar()", "must leave mark_bar to lib"),
        (5, "steps.plot()", "must leave plot to lib"),
        (5, "open('x')", "must leave open to lib"),
        (5, "%matplotlib inline", "Pass"),
        (5, "!ls", "Pass"),
        (5, "a = f()\nb = g()\nc = h()\nc", "cell 5: must name at most 2 measures"),
        (5, "a = f()", "and show one thing, at the end"),
        (5, "show(a)\nb = f()", "and show one thing, at the end"),
        (5, "show(a)\nshow(b)", "and show one thing, at the end"),
        (5, "", "and show one thing, at the end"),
        (5, "Path(a)", "must leave Path to lib"),
        (5, "f(\n1,\n2,\n3,\n4,\n5,\n6\n)", "cell 5: must be under 8 lines"),
        (7, "show(steps)", "cell 7: the last cell must show the findings"),
    ],
)
def test_each_rule_catches_its_fault(cell, source, said):
    notebook = thin()
    notebook.cells[cell - 1].source = source
    assert said in "\n".join(faults(notebook))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("for unit in units: explorer(unit)", "cell 5: must only call and show: For"),
        ("explorer('../data')", "cell 5: must not hold a path"),
        ("explorer(\n1,\n2,\n3,\n4,\n5,\n6\n)", "cell 5: must be under 8 lines"),
    ],
)
def test_a_workshop_is_thin_too(source, said):
    notebook = thin()
    notebook.cells[4].source = source
    (fault,) = faults(notebook, is_workshop=True)
    assert fault.startswith(said)


def spoilt(what: str) -> NotebookNode:
    """A thin notebook with one fault that does not lie in a cell's source."""
    notebook = thin()
    cells = notebook.cells
    if what == "untagged":
        cells[2].metadata.tags = []
    elif what == "unchecked":
        cells.pop(5)
    elif what == "uncounted":
        cells[5].execution_count = None
    elif what == "no output":
        cells[5].outputs = []
    elif what == "html":
        cells[5].outputs = [new_output("display_data", data={"text/plain": "7", "text/html": "<b>7</b>"})]
    elif what == "long":
        cells[5].outputs[0].text = "7" * 5000
    elif what == "unstripped":
        cells[4].outputs = [new_output("stream", name="stdout", text="7")]
    elif what == "counted":
        cells[4].execution_count = 4
    elif what == "text":
        cells.insert(5, new_markdown_cell("As everyone knows, billing is slow."))
    elif what == "swapped":
        cells[1], cells[2] = cells[2], cells[1]
    elif what == "short":
        del cells[4:]
    return notebook


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("untagged", "must be tagged parameters"),
        ("unchecked", "at least one cell must be tagged nbval-check-output"),
        ("uncounted", "nbval compares nothing"),
        ("no output", "nbval compares nothing"),
        ("html", "a checked output must be a small text"),
        ("long", "a checked output must be a small text"),
        ("unstripped", "cell 5: must be stripped"),
        ("counted", "cell 5: must be stripped"),
        ("text", "cell 6: only the title and headings may be text"),
        ("swapped", "cell 2: must be imports only"),
        ("short", "must each have a cell"),
    ],
)
def test_each_rule_about_cells_catches_its_fault(what, said):
    assert said in "\n".join(faults(spoilt(what)))


@pytest.mark.parametrize("file", PAGES + WORKSHOPS, ids=lambda file: file.stem)
def test_notebooks_are_thin(file):
    assert faults(nbformat.read(file, as_version=4), is_workshop=file in WORKSHOPS) == []


@pytest.mark.parametrize("file", PAGES + WORKSHOPS, ids=lambda file: file.stem)
def test_notebooks_hold_no_trace_of_a_machine(file):
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "title"}
    assert str(workspace.PROJECT) not in file.read_text("utf-8")


def checked_by_nbval(file: Path) -> subprocess.CompletedProcess[str]:
    """Runs every cell of a notebook and compares the checked ones, as `pytest --nbval-lax` does for anyone."""
    arguments = ["--nbval-lax", "-p", "no:cacheprovider", "-p", "no:xdist", "--import-mode=importlib", "-q"]
    command = [sys.executable, "-m", "pytest", *arguments, "--rootdir", file.parent, "-c", os.devnull, file]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.parametrize("file", PAGES + WORKSHOPS, ids=lambda file: file.stem)
def test_notebooks_run_and_checked_cells_give_the_numbers_they_hold(file, demo_data):
    result = checked_by_nbval(file)
    assert result.returncode == 0, result.stdout[-4000:]


def test_every_page_of_the_review_has_its_notebook():
    assert {page.notebook for page in runs.pages().values()} == {file.name for file in PAGES}


def test_a_number_that_changed_fails(tmp_path):
    notebook = thin()
    cells = [*notebook.cells[:1], new_code_cell("measure = 7"), notebook.cells[5]]
    file = tmp_path / "counted.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "3"}}), file)
    assert checked_by_nbval(file).returncode == 0
    file.write_text(file.read_text("utf-8").replace("measure = 7", "measure = 8"), "utf-8")
    result = checked_by_nbval(file)
    assert result.returncode == 1
    assert "Cell outputs differ" in result.stdout
