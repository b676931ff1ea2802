"""Logs and registers as they come: no page of the journey fails on them, and each says plainly what is missing.

The cells of a page are executed in this process, as its kernel would execute them; `tests/pages` runs them in kernels.
"""

import ast
import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey, tables, workspace
from cxops.journey.promises.calendars import OpeningHours, working_hours
from cxops.tables.registers import REGISTERS

PAGES = sorted(workspace.PROJECT.joinpath("notebooks").glob("1*.ipynb"))
REGISTER_NAMES = [register.name for register in REGISTERS]
ONE, OTHER = set(REGISTER_NAMES[::2]), set(REGISTER_NAMES[1::2])
JIRA = "Issue key,Project,Issue type,Priority,Created,Changed,Author,Field,From,To,Summary"
WAY = ["In Progress", "In Review", "Ready for test", "In Test", "Done"]
BACK = ["In Progress", "In Review", "In Progress", "Blocked", "In Progress", "In Review", "Ready for test", "In Test"]
DISCO = "Case ID,Activity,Resource,Role,Start Timestamp,Complete Timestamp,Region,Channel,Variant,Variant index"
ROLES = {"Register": "Front desk", "Diagnose": "Specialists", "Repair": "Field", "Close": "Front desk"}


def code(page: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(page, as_version=4).cells if cell.cell_type == "code"]


def shown(page: Path, **given: str) -> str:
    """All that the page shows when it is made with the parameters."""
    names: dict[str, Any] = {}
    said = io.StringIO()
    with redirect_stdout(said):
        for cell in code(page):
            *body, last = ast.parse(cell.source).body
            is_shown = isinstance(last, ast.Expr)
            exec(compile(ast.Module(body if is_shown else [*body, last], []), page.name, "exec"), names)
            value = eval(compile(ast.Expression(last.value), page.name, "eval"), names) if is_shown else None
            if value is not None:
                said.write(rendered(value))
            if "parameters" in cell.metadata.get("tags", []):
                names.update(given)
    return said.getvalue()


def rendered(value: Any) -> str:
    found = [each for each in ("_repr_mimebundle_", "_repr_html_", "_repr_markdown_") if hasattr(value, each)]
    return str(getattr(value, found[0])() if found else value)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    return tmp_path


def ingested(folder: Path, source: str, header: str, rows: list[str], **given: str) -> tables.FileReport:
    file = folder / f"{source}.csv"
    file.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return tables.ingest(source, [file], **given).files[0]


def issues(rng: np.random.Generator, number: int) -> Iterator[tuple[pd.Timestamp, str]]:
    """The changes of an issue: one in four goes back from review, one in ten is still open, some are handed on."""
    opened = pd.Timestamp("2024-01-02", tz="Europe/Vienna") + pd.Timedelta(hours=float(rng.uniform(0, 8_000)))
    way = [*BACK, "Done"] if rng.random() < 0.25 else WAY
    at, before = opened, "To Do"
    for state in way[: rng.integers(1, len(way))] if rng.random() < 0.1 else way:
        at += pd.Timedelta(hours=float(rng.exponential(20)))
        changes = [("status", before, state)] + [("assignee", "p1", "p2")] * (rng.random() < 0.2)
        start = f"WEB-{number},{'Web shop' if number % 3 else 'Stock'},Bug,High,{opened:%Y-%m-%dT%H:%M:%S.000%z}"
        for field, left, to in changes:
            yield at, f"{start},{at:%Y-%m-%dT%H:%M:%S.000%z},p{rng.integers(9)},{field},{left},{to},words"
        before = state


def test_every_page_is_made_from_a_history_of_issues(data: Path) -> None:
    """From Jira's export alone: no map, no registers, no surveys. The newest change stands first."""
    rng = np.random.default_rng(3)
    rows = sorted((row for number in range(50) for row in issues(rng, number)), reverse=True)
    report = ingested(data, "jira", JIRA, [row for _, row in rows])
    counts = {each.table: (each.accepted, each.set_aside) for each in report.tables}
    aside = sum(",assignee," in row for _, row in rows)
    assert counts == dict.fromkeys(("cases", "steps"), (len(rows) - aside, aside))
    for page in PAGES:
        assert len(shown(page)) > 1_000, page.name


def work(case: str, *pieces: tuple[str, float, float | None]) -> list[str]:
    """Rows of an activity log: what was done from one hour after a Monday in 2024 to another, or until nobody knows."""
    monday = pd.Timestamp("2024-01-08")
    moments = [
        [f"{monday + pd.Timedelta(hours=at):%Y/%m/%d %H:%M:%S.000}" for at in (start, end or start)]
        for _, start, end in pieces
    ]
    return [
        f"{case},{activity},r{number % 4},{ROLES[activity]},{begun},{ended if end is not None else ''},North,phone,V,1"
        for number, ((activity, _, end), (begun, ended)) in enumerate(zip(pieces, moments, strict=True))
    ]


def test_every_page_is_made_from_an_activity_log_however_odd(data: Path) -> None:
    """One event, a thousand, overlaps, ends that are missing, and moments that have not come, beside sound cases."""
    rng = np.random.default_rng(4)
    rows = []
    for number in range(50):
        starts = np.cumsum(rng.exponential(9, 4)) + rng.uniform(0, 8_000)
        ends = starts + rng.exponential(2, 4)
        rows += work(str(number), *zip(ROLES, starts.tolist(), ends.tolist(), strict=True))
    rows += [row for number in range(6) for row in work(f"one{number}", ("Register", 50.0 * number, None))]
    rows += work("thousand", *[(list(ROLES)[turn % 3], 2.0 * turn, 2.0 * turn + 1) for turn in range(1_000)])
    rows += [row for n in range(6) for row in work(f"o{n}", ("Register", n, n + 9), ("Repair", n + 1, n + 3))]
    rows += [row for n in range(6) for row in work(f"m{n}", ("Register", n, None), ("Close", n + 4, None))]
    ahead = pd.Timestamp.now("UTC") + pd.Timedelta(days=3)
    rows.append(f"future,Register,r1,Front desk,{ahead:%Y/%m/%d %H:%M:%S.000},,North,phone,V,1")
    report = ingested(data, "disco", DISCO, rows)
    assert {each.table: each.set_aside for each in report.tables} == {"cases": 1, "steps": 1}
    for page in PAGES:
        assert len(shown(page)) > 1_000, page.name


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return demo.organisation(400, 7)


@pytest.mark.parametrize(("missing", "quarter"), [(ONE, "2024Q3"), (OTHER, "all")], ids=["one half", "the other"])
def test_pages_say_which_registers_are_missing(data: Path, organisation: Any, missing: set[str], quarter: str) -> None:
    """Half of the registers gone, then the other; 2024Q3 is reviewed under the map that was in force then."""
    for name, frame in organisation.items():
        if name not in missing:
            tables.write(name, frame)
    tables.describe(tables.Dataset("Demo", synthetic=True, journey_map="service"))
    unsaid = []
    for page in PAGES[1:]:
        text = shown(page, quarter=quarter)
        asked = {name for name in missing for cell in code(page) if f'"{name}"' in cell.source}
        unsaid += [f"{page.stem}: {name}" for name in sorted(asked) if name not in text]
    assert not unsaid


def test_work_across_the_change_of_the_clocks_lasts_as_long_as_it_did(data: Path) -> None:
    """Vienna, 30 to 31 March 2024, 22:00 to 06:00 by the clock: 7 hours, 6 of them within 20:00-05:00 (2 + 4)."""
    row = "1,Register,r1,Front desk,2024/03/{0} 22:00:00.000,2024/03/{1} 06:00:00.000,North,phone,V,1"
    ingested(data, "disco", DISCO, [row.format("30", "31")], time_zone="Europe/Vienna")
    steps = tables.read("steps")
    assert journey.times_by_case(steps).execute()["touch_hours"].tolist() == [7.0]
    night = OpeningHours("Europe/Vienna", {"Sat": "20:00-24:00", "Sun": "00:00-05:00"})
    step = steps.execute()
    assert working_hours(step["started_at"], step["ended_at"], night).tolist() == [6.0]
