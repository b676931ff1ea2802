"""What is known about the newest attempt at a page: written beside it, read by the publisher."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxops import workspace
from cxops.errors import RunError
from cxops.runs.places import manifest_file
from cxops.runs.planning import Run
from cxops.tables import replacing
from cxops.workspace import Workspace


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Hashes(_Part):
    """SHA-256 of everything a page was made from."""

    tables: dict[str, str]
    notebook: str
    code: str
    params: dict[str, str]


class Manifest(_Part):
    """The newest attempt at a page.

    `status` is `ok` where the page beside it is that attempt. Where it is `failed` the page beside it, if there is
    one, is older; `last_good` holds the manifest it was made with, else None. `definitions` are the versions, by id,
    that held when the page was made. The other fields are those of `Run`.
    """

    page: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str
    question: str
    notebook: str
    unit: str
    quarter: str = Field(pattern=r"^(all|\d{4}Q[1-4])$")
    parameters: dict[str, Any]
    status: Literal["ok", "failed"]
    failed_cell: int | None
    error: str | None
    started_at: str
    seconds: float
    run_id: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    dataset: dict[str, Any]
    hashes: Hashes
    definitions: dict[str, int] = {}
    versions: dict[str, str]
    rows: dict[str, int]
    last_good: dict[str, Any] | None = None


def manifests() -> list[Manifest]:
    """Every manifest under the build folder, ordered by quarter, unit and page.

    Raises
    ------
    RunError : a manifest cannot be read.
    """
    return [read(file) for file in sorted(workspace.current().runs.glob("*/*/*.manifest.json"))]


def read(file: Path) -> Manifest:
    """One manifest.

    Raises
    ------
    RunError : it is not JSON, or not a manifest.
    """
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise RunError(f"a manifest must be whole: {where}: {first['msg']} ({file})") from None


def write_good(space: Workspace, run: Run, started_at: datetime, seconds: float) -> None:
    """Says that the page beside it is whole and made by this run."""
    _write(space, run, started_at, seconds, status="ok")


def write_failed(
    space: Workspace, run: Run, started_at: datetime, seconds: float, *, cell: int | None, error: str
) -> None:
    """Says that the newest attempt failed, and keeps what the last good page was made from."""
    last_good = _last_good(space, run)
    _write(space, run, started_at, seconds, status="failed", failed_cell=cell, error=error, last_good=last_good)


def _last_good(space: Workspace, run: Run) -> dict[str, Any] | None:
    """The manifest of the good page that stands there, if one does; an unreadable one proves nothing."""
    try:
        known = read(manifest_file(space, run.page, run.unit, run.quarter))
    except (RunError, FileNotFoundError):
        return None
    return known.model_dump() if known.status == "ok" else known.last_good


def _write(space: Workspace, run: Run, started_at: datetime, seconds: float, **outcome: Any) -> None:
    told = {key: value for key, value in asdict(run).items() if key != "files"}
    times = {"started_at": started_at.isoformat(timespec="seconds"), "seconds": round(seconds, 3)}
    made = Manifest(**(told | times | {"failed_cell": None, "error": None} | outcome))
    with replacing(manifest_file(space, run.page, run.unit, run.quarter)) as file:
        file.write_text(made.model_dump_json(indent=1) + "\n", "utf-8")
