"""What a run is made from: its declared inputs, and the hash that stands for all of them."""

import json
import platform
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cxops
from cxops import kpis, params, tables, workspace
from cxops.errors import ParameterError

NOT_OF_PAGES = {"cli.py", "demo", "live", "publish", "runs"}
"""Parts of the library that no page is computed or drawn with."""

PACKAGES = (
    *("altair", "duckdb", "ibis-framework", "ipykernel", "nbclient", "pandas"),
    *("papermill", "pyarrow", "scipy", "statsmodels"),
)


def file_hash(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    return sha256(file.read_bytes()).hexdigest()


def code_hash() -> str:
    """One SHA-256 over every module that a page may be made with: their paths and their bytes."""
    root = Path(cxops.__file__).parent
    modules = {file.relative_to(root): file for file in root.rglob("*.py")}
    used = {place.as_posix(): file_hash(file) for place, file in modules.items() if place.parts[0] not in NOT_OF_PAGES}
    return content_hash(used)


def content_hash(content: Any) -> str:
    """SHA-256 of plain values, whatever the order of their keys.

    >>> content_hash({"unit": "all", "quarter": "2025Q4"}) == content_hash({"quarter": "2025Q4", "unit": "all"})
    True
    """
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def table_hashes(names: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of each table that is there."""
    there = tables.available()
    return {name: tables.table_hash(name) for name in names if name in there}


def parameter_files(model: type[params.PageParameters], journey_map: str | None) -> dict[str, Path]:
    """The files in `params/` that a page follows, by name: its own, the definitions, the workbook's, the journey maps.

    A page of an earlier quarter follows the version of the map that was in force then, so all of them belong to it.

    Raises
    ------
    ParameterError : the data set names a journey map that is not there.
    """
    space = workspace.current()
    drawn = [] if journey_map is None else [f"journeys/{journey_map}.yml"]
    for name in drawn:
        if not (space.params / name).is_file():
            raise ParameterError(
                f"the data set's journey map must be in {space.params / 'journeys'}: got {journey_map!r} "
                f"({space.data / 'dataset.yml'})"
            )
    earlier = sorted((space.params / "journeys" / "earlier" / str(journey_map)).glob("*.yml"))
    drawn += [file.relative_to(space.params).as_posix() for file in earlier]
    return {name: space.params / name for name in (model.file, kpis.FILE, workspace.FILE, *drawn)}


def definitions() -> dict[str, int]:
    """Versions of the definitions by id."""
    return {kpi.id: kpi.version for kpi in kpis.catalogue().values()}


def versions() -> dict[str, str]:
    """Versions of Python, of the workbook and of the packages that numbers and pages come from."""
    return {"python": platform.python_version(), "cxops": cxops.__version__} | {
        name: version(name) for name in PACKAGES
    }


def rows(names: tuple[str, ...], unit: str, quarter: str) -> dict[str, int]:
    """Rows of each table that is there, for the unit and the quarter."""
    there = tables.available()
    counted = {name: tables.read(name, unit=unit, quarter=quarter).count() for name in names if name in there}
    return {name: int(count.to_pyarrow().as_py()) for name, count in counted.items()}
