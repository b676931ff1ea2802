"""Carrying out a plan: each page whole or not at all, none spoilt by another."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from cxops import workspace
from cxops.errors import RunError
from cxops.runs import manifest, notebook, places, provenance
from cxops.runs.planning import Run
from cxops.runs.processes import Processes
from cxops.runs.report import Outcome, Report
from cxops.runs.scratch import scratch
from cxops.tables import replacing
from cxops.workspace import Workspace

PAGE_SECONDS = 600.0
"""What one page may take unless the caller says otherwise."""


def execute(
    plan: Sequence[Run],
    *,
    executor: Executor | None = None,
    progress: Callable[[Outcome], None] | None = None,
    timeout: float = PAGE_SECONDS,
) -> Report:
    """Makes the planned pages; one that fails is reported and spoils no other.

    A page and its manifest take the place of the last good ones only when they are whole. Where the newest attempt
    failed, the last good page stays, the manifest says `failed`, and the attempt is kept as `<page>.failed.ipynb`.

    Parameters
    ----------
    plan : runs, as `plan` returns them.
    executor : any executor of `concurrent.futures`; it must see the same folders. None means a local process a core.
    progress : called with each outcome as it comes.
    timeout : seconds one page may take.
    """
    began = time.monotonic()
    if executor is None:
        with Processes(min(os.cpu_count() or 1, len(plan))) as own:
            outcomes = _outcomes(plan, own, progress, timeout)
    else:
        outcomes = _outcomes(plan, executor, progress, timeout)
    return Report(tuple(outcomes), round(time.monotonic() - began, 3))


def attempt(run: Run, space: Workspace, environment: Mapping[str, str], timeout: float) -> Outcome:
    """Makes one page, in the process that calls it.

    Parameters
    ----------
    space : the folders; the same for all.
    environment : what the kernel must find in its environment to see them too.
    timeout : seconds the page may take.

    Raises
    ------
    OSError : the page or its manifest cannot be written; the last good page stands.
    """
    started_at, began = datetime.now(UTC), time.monotonic()
    source = space.home / "notebooks" / run.notebook
    with scratch(space) as folder:
        made = folder / "page.ipynb"
        try:
            _check_unchanged(run)
            notebook.execute(source, made, run.parameters, environment=environment, timeout=timeout)
            _check_unchanged(run)
        except (*notebook.FAILURES, RunError) as error:
            spent, why = time.monotonic() - began, notebook.without_places(notebook.reason(error, timeout), space)
            cell = _keep_failed(run, space, made) if not isinstance(error, RunError) else None
            manifest.write_failed(space, run, started_at, spent, cell=cell, error=why)
            return Outcome(run.page, run.unit, run.quarter, run.run_id, round(spent, 3), cell, why)
        _publish(run, space, nbformat.read(made, as_version=4), started_at, began)
    return Outcome(run.page, run.unit, run.quarter, run.run_id, round(time.monotonic() - began, 3))


def _outcomes(
    plan: Sequence[Run], executor: Executor, progress: Callable[[Outcome], None] | None, timeout: float
) -> list[Outcome]:
    """Outcomes in the order of the plan."""
    space, started_at = workspace.current(), datetime.now(UTC)
    told = {key: value for key, value in os.environ.items() if key.startswith("CXOPS_")} | space.environment()
    futures = {_submitted(executor, run, space, told, timeout): n for n, run in enumerate(plan)}
    outcomes: dict[int, Outcome] = {}
    try:
        for future in as_completed(futures):
            n = futures[future]
            outcomes[n] = _lost(plan[n], space, started_at, future) or future.result()
            if progress is not None:
                progress(outcomes[n])
    finally:
        for future in futures:
            future.cancel()
    return [outcomes[n] for n in range(len(plan))]


def _submitted(
    executor: Executor, run: Run, space: Workspace, environment: Mapping[str, str], timeout: float
) -> Future[Outcome]:
    try:
        return executor.submit(attempt, run, space, environment, timeout)
    except BrokenExecutor as error:
        refused: Future[Outcome] = Future()
        refused.set_exception(error)
        return refused


def _lost(run: Run, space: Workspace, started_at: datetime, future: Future[Outcome]) -> Outcome | None:
    """The outcome of a run whose process died or could not write; None if it came to an end by itself."""
    error = future.exception()
    if error is None:
        return None
    why = notebook.without_places(notebook.reason(error, 0), space)
    if isinstance(error, BrokenExecutor):
        why = "the process that made the page must live until it is written: it was killed"
    try:
        places.failed_file(space, run.page, run.unit, run.quarter).unlink(missing_ok=True)
        manifest.write_failed(space, run, started_at, 0.0, cell=None, error=why)
    except OSError as full:
        why = f"{why}; and its manifest could not be written: {full.strerror}"
    return Outcome(run.page, run.unit, run.quarter, run.run_id, 0.0, None, why)


def _check_unchanged(run: Run) -> None:
    """Raises RunError if a file the page is made from is no longer what was planned."""
    for file, digest in run.files.items():
        if not Path(file).exists() or provenance.file_hash(Path(file)) != digest:
            raise RunError(f"what a page is made from must not change meanwhile: {Path(file).name} did; run it again")


def _publish(run: Run, space: Workspace, made: NotebookNode, started_at: datetime, began: float) -> None:
    """Puts page and manifest in place; if this is cut short, the manifest says that the page is not the newest."""
    manifest.write_failed(space, run, started_at, 0.0, cell=None, error="the page was being replaced: it was cut short")
    _write(places.page_file(space, run.page, run.unit, run.quarter), made, run, space)
    places.failed_file(space, run.page, run.unit, run.quarter).unlink(missing_ok=True)
    manifest.write_good(space, run, started_at, time.monotonic() - began)


def _keep_failed(run: Run, space: Workspace, made: Path) -> int | None:
    """Keeps what was executed before the failure and tells which cell failed; no notebook if none was begun."""
    kept = places.failed_file(space, run.page, run.unit, run.quarter)
    if not made.exists():
        kept.unlink(missing_ok=True)
        return None
    attempted = nbformat.read(made, as_version=4)
    _write(kept, attempted, run, space)
    return notebook.failed_cell(attempted)


def _write(target: Path, made: NotebookNode, run: Run, space: Workspace) -> None:
    source = nbformat.read(space.home / "notebooks" / run.notebook, as_version=4)
    cleaned = notebook.clean(made, {cell["id"] for cell in source.cells if "id" in cell})
    with replacing(target) as file:
        file.write_text(notebook.without_places(nbformat.writes(cleaned), space) + "\n", "utf-8")
