"""What is known about the newest attempt at a page: written beside it, read by the publisher."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from cxops import workspace
from cxops.errors import RunError
from cxops.runs.places import manifest_file
from cxops.runs.planning import Run
from cxops.tables import replacing
from cxops.workspace import Workspace


def manifests() -> list[dict[str, Any]]:
    """Every manifest under the build folder, ordered by quarter, unit and page.

    `status` is `ok` where the page beside it is the newest attempt. Where it is `failed` the page beside it, if there
    is one, is older; `last_good` holds the manifest it was made with, else None.

    Raises
    ------
    RunError : a manifest cannot be read.
    """
    return [read(file) for file in sorted(workspace.current().runs.glob("*/*/*.manifest.json"))]


def read(file: Path) -> dict[str, Any]:
    """One manifest.

    Raises
    ------
    RunError : it is not JSON, or not a manifest.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise RunError(f"a manifest must be JSON: {error} ({file})") from None
    if not isinstance(content, dict) or content.get("status") not in ("ok", "failed"):
        raise RunError(f"a manifest must have the status ok or failed: {file} has not")
    return content


def write_good(space: Workspace, run: Run, started_at: datetime, seconds: float) -> None:
    """Says that the page beside it is whole and made by this run."""
    _write(space, run, _content(run, started_at, seconds) | {"status": "ok", "last_good": None})


def write_failed(
    space: Workspace, run: Run, started_at: datetime, seconds: float, *, cell: int | None, error: str
) -> None:
    """Says that the newest attempt failed, and keeps what the last good page was made from."""
    content = _content(run, started_at, seconds) | {"failed_cell": cell, "error": error}
    _write(space, run, content | {"status": "failed", "last_good": _last_good(space, run)})


def _content(run: Run, started_at: datetime, seconds: float) -> dict[str, Any]:
    told = {key: value for key, value in asdict(run).items() if key != "files"}
    times = {"started_at": started_at.isoformat(timespec="seconds"), "seconds": round(seconds, 3)}
    return told | times | {"failed_cell": None, "error": None}


def _last_good(space: Workspace, run: Run) -> dict[str, Any] | None:
    """The manifest of the good page that stands there, if one does; an unreadable one proves nothing."""
    file = manifest_file(space, run.page, run.unit, run.quarter)
    try:
        known = read(file)
    except (RunError, FileNotFoundError):
        return None
    return known if known["status"] == "ok" else known.get("last_good")


def _write(space: Workspace, run: Run, content: dict[str, Any]) -> None:
    with replacing(manifest_file(space, run.page, run.unit, run.quarter)) as file:
        file.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
