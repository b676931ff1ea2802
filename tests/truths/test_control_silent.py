"""In the control unit no page of the journey calls anything a signal; what is planted elsewhere, they name where it is.

The pages are run as they stand, cell by cell in this process, and only nothing is drawn. Three small organisations are
a sample: tests/bench/control_seeds.py takes fifty and states the share that stays silent.
"""

import ast
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from cxops import demo, workspace
from cxops.demo import setting
from cxops.demo.truths import MISSED_STARTS, TOLD_LATE, WASTE, Truth
from cxops.findings import Findings
from cxops.journey import charts

PAGES = ("10_journey", "11_value_stream", "12_promises", "13_redesign")
SEEDS, CASES = (101, 102, 103), 6_000
SLOW = "from Specialists to Field service"


class Undrawn:
    """The charts of the journey, of which only the frames that pages take from them are made."""

    def __getattr__(self, name: str) -> Any:
        return _nothing if name.endswith(("_figure", "_table")) else getattr(charts, name)


def _nothing(*_: Any, **__: Any) -> None:
    """What stands for a figure or a table."""


def findings_on(page: str, unit: str) -> Findings:
    """The findings of a page about all quarters of one unit, from the data folder that `CXOPS_DATA` names."""
    return _executed(page, unit, os.environ["CXOPS_DATA"])


@cache
def _executed(page: str, unit: str, data: str) -> Findings:
    """The page's findings; `data` is the folder, so that each page of each organisation runs once."""
    notebook = nbformat.read(workspace.PROJECT / "notebooks" / f"{page}.ipynb", as_version=4)
    imports, parameters, *calls = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    names: dict[str, Any] = {}
    for source in (imports, parameters):
        exec(source, names)
    names |= {"charts": Undrawn(), "unit": unit}
    *before, last = ast.parse("\n".join(calls)).body
    assert isinstance(last, ast.Expr)
    with redirect_stdout(StringIO()):
        exec(compile(ast.Module(before, []), page, "exec"), names)
        return eval(compile(ast.Expression(last.value), page, "eval"), names)


def signals(unit: str, *pages: str) -> dict[str, str]:
    """What each signal of the pages is about, by its key."""
    return {each.key: each.subject for page in pages for each in findings_on(page, unit).signals}


@pytest.fixture(scope="module", params=SEEDS)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with one of the small organisations."""
    folder = tmp_path_factory.mktemp(f"seed-{request.param}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXOPS_DATA", str(folder))
        demo.write(demo.DemoParameters(cases=CASES, seed=request.param))
        yield folder


@pytest.fixture
def shipped(demo_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo organisation as it is shipped; a small one may still be named by `CXOPS_DATA`."""
    monkeypatch.setenv("CXOPS_DATA", str(demo_data))
    return demo_data


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_a_signal_in_the_control_unit(small: Path, page: str) -> None:
    found = findings_on(page, setting.CONTROL)
    assert [each.headline for each in found.signals] == []
    assert len(found) > 3


@pytest.mark.parametrize(
    ("unit", "page", "planted"),
    [
        ("Harbour", "10_journey", {"slowest_handoff": SLOW, "customer_cost": SLOW}),
        (
            "Harbour",
            "12_promises",
            {
                "under_served_stage": "Identity check",
                "recurring_failure": "missing data from Specialists to Field service, Harbour",
                "contacts_avoided": "",
            },
        ),
        ("Meadow", "10_journey", {"ping_pong": "between Back office and Specialists"}),
        ("Meadow", "11_value_stream", {"trough": "Proof of identity"}),
        ("Summit", "10_journey", {"rework": "Billing"}),
        (
            "Summit",
            "12_promises",
            {
                "returns_stratum": "Northline, Packing",
                "audited_redesign": "intake form, wrong team from Front desk to Specialists, Summit",
            },
        ),
    ],
)
def test_what_is_planted_is_a_signal_where_it_is_and_nothing_else_is(
    shipped: Path, unit: str, page: str, planted: dict[str, str]
) -> None:
    assert signals(unit, page) == {f"journey.{key}": subject for key, subject in planted.items()}


def test_work_that_goes_straight_back_shows_at_the_passing_points_too(shipped: Path) -> None:
    """The ping-pong of Meadow is between teams that meet where diagnosis passes to resolution."""
    assert signals("Meadow", "12_promises") == {"journey.bounced_work": "from Diagnosis to Resolution"}


@pytest.mark.parametrize(
    ("page", "key", "truth"),
    [
        ("12_promises", "journey.missed_starts", MISSED_STARTS),
        ("12_promises", "journey.told_first", TOLD_LATE),
        ("13_redesign", "journey.waste", WASTE),
    ],
)
def test_what_is_only_estimated_is_estimated_apart(shipped: Path, page: str, key: str, truth: Truth) -> None:
    """Held against no other unit these are no signals; the intervals tell the planted from the usual."""
    there, control = (
        next(each for each in findings_on(page, unit) if each.key == key) for unit in (truth.unit, setting.CONTROL)
    )
    assert truth.baseline is not None
    for found, size in ((there, truth.baseline + truth.size), (control, truth.baseline)):
        assert found.value == pytest.approx(size, abs=found.high - found.low)  # some four standard errors
    assert there.high < control.low or control.high < there.low
