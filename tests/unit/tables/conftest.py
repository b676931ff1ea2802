"""A data folder and a folder of mappings of one's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cxops import workspace

CASES = {"case_id": "id", "unit": "unit", "opened_at": "opened", "cost": {"column": "cost", "optional": True}}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes the mapping `mine` (by default one that feeds `cases` row by row) into a home of the test's own."""
    monkeypatch.setenv("CXOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    folder = tmp_path / "home" / "params" / "sources"
    folder.mkdir(parents=True)

    def written(tables: dict[str, object] | None = None, **settings: object) -> str:
        content = {"title": "Mine", "tables": tables or {"cases": {"columns": CASES}}, **settings}
        (folder / "mine.yml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        return "mine"

    written()
    return written


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of samples, with the mappings that ship and an empty data folder."""
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    return workspace.PROJECT / "tests" / "samples"
