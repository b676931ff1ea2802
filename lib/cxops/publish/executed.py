"""Executed pages as the runs left them: manifest, state and place on the site."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxops import tables
from cxops.errors import PublishError


class State(StrEnum):
    """What becomes of an executed page; the value is the text shown."""

    CURRENT = "published"
    STALE = "out of date"
    FAILED = "failed"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Hashes(_Part):
    """SHA-256 of everything a page was made from."""

    tables: dict[str, str]
    notebook: str
    code: str
    params: dict[str, str] = {}


class Manifest(_Part):
    """What a run wrote down about one page; see `cxops.runs`."""

    page: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str
    question: str = ""
    unit: str
    quarter: str = Field(pattern=r"^(all|\d{4}Q[1-4])$")
    parameters: dict[str, Any]
    status: Literal["ok", "failed"]
    failed_cell: int | None = None
    error: str | None = None
    started_at: str
    seconds: float
    run_id: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    dataset: dict[str, Any]
    hashes: Hashes
    versions: dict[str, str]
    rows: dict[str, int]


@dataclass(frozen=True)
class ExecutedPage:
    """One page of the review for one unit and quarter."""

    manifest: Manifest
    notebook: Path
    state: State

    @property
    def unit(self) -> str:
        return "All units" if self.manifest.unit == tables.ALL else self.manifest.unit

    @property
    def quarter(self) -> str:
        return "All quarters" if self.manifest.quarter == tables.ALL else self.manifest.quarter

    @property
    def name(self) -> str:
        return f"{self.manifest.title}: {self.unit}, {self.quarter}"

    @property
    def href(self) -> str:
        """The page's place on the site; a folder name that is not plain ASCII is replaced by its hash."""
        folder = self.notebook.parent.name
        safe = (
            folder if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", folder) else sha256(folder.encode()).hexdigest()[:12]
        )
        return f"reviews/{self.manifest.quarter}/{safe}/{self.manifest.page}.html"

    @property
    def run(self) -> str:
        """Where the site tells how the page was made."""
        return f"about-this-run.html#run-{self.manifest.run_id}"

    @property
    def failure(self) -> str:
        """Where it failed and the kind of error; its message may quote data and is not published."""
        kind = re.match(r"[A-Za-z_][\w.]*(?=:|$)", self.manifest.error or "")
        where = f"cell {self.manifest.failed_cell}" if self.manifest.failed_cell else "outside its cells"
        return f"{where}: {kind.group() if kind else 'error'}"


def executed_pages(runs: Path) -> tuple[ExecutedPage, ...]:
    """Every page that has a manifest, newest quarter first, then by unit (all first) and page.

    Raises
    ------
    PublishError : a manifest cannot be read, or there is none.
    """
    current = _current_hash()
    pages = [_executed_page(file, current) for file in sorted(runs.glob("*/*/*.manifest.json"))]
    if not pages:
        raise PublishError(f"at least one page must have been run (`cxops run`): found no manifest in {runs}")
    pages.sort(key=lambda page: (page.manifest.unit != tables.ALL, page.manifest.unit, page.manifest.page))
    dated = [page for page in pages if page.manifest.quarter != tables.ALL]
    dated.sort(key=lambda page: page.manifest.quarter, reverse=True)
    return (*dated, *(page for page in pages if page.manifest.quarter == tables.ALL))


def _executed_page(file: Path, current: Callable[[str], str | None]) -> ExecutedPage:
    try:
        manifest = Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise PublishError(f"a manifest must be whole: {where}: {first['msg']} ({file})") from None
    notebook = file.with_name(file.name.removesuffix(".manifest.json") + ".ipynb")
    return ExecutedPage(manifest, notebook, _state(manifest, current))


def _state(manifest: Manifest, current: Callable[[str], str | None]) -> State:
    if manifest.status == "failed":
        return State.FAILED
    same = all(current(name) == given for name, given in manifest.hashes.tables.items())
    return State.CURRENT if same else State.STALE


def _current_hash() -> Callable[[str], str | None]:
    """The hash of a table as it is now, read once; None where there is no such table."""

    @cache
    def current(table: str) -> str | None:
        known = table in tables.CONTRACTS and tables.path(table).exists()
        return tables.table_hash(table) if known else None

    return current
