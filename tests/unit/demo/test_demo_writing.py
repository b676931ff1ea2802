"""Whether the demo organisation is written once, again when it must be, and never over somebody's own tables."""

import json
from pathlib import Path

import pandas as pd
import pytest
from cxops import demo, params, tables
from cxops.errors import ParameterError, SourceError

SMALL = demo.DemoParameters(cases=1_000, seed=1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each visible file's bytes and when they were written."""
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in folder.glob("[!.]*")}


def test_it_writes_every_table_and_says_that_it_is_synthetic(data: Path) -> None:
    assert demo.write(SMALL)
    assert tables.available() == tuple(tables.CONTRACTS)
    assert tables.dataset().synthetic
    assert "synthetic" in tables.dataset().title
    assert tables.dataset().description.startswith("Synthetic")
    assert tables.units() == ["Harbour", "Meadow", "Summit", "Valley"]
    assert sorted(each.name for each in data.glob("[!.]*")) == sorted(
        ["dataset.yml", "demo.json", *(f"{name}.parquet" for name in tables.CONTRACTS)]
    )


def test_the_second_time_it_writes_nothing(data: Path) -> None:
    demo.write(SMALL)
    before = contents(data)
    assert not demo.write(SMALL)
    assert contents(data) == before


def test_the_same_parameters_give_the_same_bytes(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write(SMALL)
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "elsewhere"))
    demo.write(SMALL)
    first, second = contents(data), contents(tmp_path / "elsewhere")
    assert {name: each for name, (each, _) in first.items()} == {name: each for name, (each, _) in second.items()}


def test_other_parameters_write_another_organisation(data: Path) -> None:
    demo.write(SMALL)
    before = tables.table_hash("cases")
    assert demo.write(SMALL.model_copy(update={"seed": 2}))
    assert tables.table_hash("cases") != before


def test_other_code_writes_again(data: Path) -> None:
    demo.write(SMALL)
    stamp = json.loads((data / "demo.json").read_text("utf-8"))
    (data / "demo.json").write_text(json.dumps(stamp | {"code": "another"}), "utf-8")
    assert demo.write(SMALL)
    assert json.loads((data / "demo.json").read_text("utf-8")) == stamp


def test_a_table_that_was_changed_is_made_again(data: Path) -> None:
    demo.write(SMALL)
    wanted = tables.table_hash("surveys")
    tables.write("surveys", pd.read_parquet(data / "surveys.parquet").head(3))
    assert demo.write(SMALL)
    assert tables.table_hash("surveys") == wanted


def test_it_leaves_other_tables_alone(data: Path) -> None:
    opened = pd.to_datetime(["2025-01-01"], utc=True)
    tables.write("cases", pd.DataFrame({"case_id": ["mine"], "unit": ["North"], "opened_at": opened}))
    before = contents(data)
    with pytest.raises(SourceError, match="a data folder of its own"):
        demo.write(SMALL)
    assert contents(data) == before


def test_a_failure_on_the_way_leaves_what_was_there(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write(SMALL)
    before = contents(data)

    def full(self: pd.DataFrame, path: Path, **_: object) -> None:
        if path.name == "surveys.parquet":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(SourceError, match="No space left on device; nothing was changed"):
        demo.write(SMALL.model_copy(update={"seed": 2}))
    assert contents(data) == before
    assert not list(data.glob(".staging-*"))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"cases": 999}, "cases"), ({"cases": 2_000_001}, "cases"), ({"seed": -1}, "seed"), ({"case": 9}, "cases?")],
)
def test_parameters_have_bounds(given: dict[str, int], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        params.check(demo.DemoParameters, {"cases": 60_000, "seed": 1} | given, "params/demo.yml")
