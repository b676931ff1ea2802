"""What a run is made from: its declared inputs, and the hash that stands for all of them."""

import json
import platform
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cxops
from cxops import tables, workspace

PACKAGES = (
    *("altair", "duckdb", "ibis-framework", "ipykernel", "nbclient", "pandas"),
    *("papermill", "pyarrow", "scipy", "statsmodels"),
)


def file_hash(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    return sha256(file.read_bytes()).hexdigest()


def code_hash() -> str:
    """One SHA-256 over every module of the library: their paths and their bytes."""
    root = Path(cxops.__file__).parent
    modules = {str(file.relative_to(root)): file_hash(file) for file in sorted(root.rglob("*.py"))}
    return content_hash(modules)


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


def parameter_file_hashes() -> dict[str, str]:
    """SHA-256 of every file in `params/` that a page may read: all but the column mappings of the sources."""
    return {file.name: file_hash(file) for file in sorted(workspace.current().params.glob("*.yml"))}


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
