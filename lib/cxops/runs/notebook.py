"""One notebook through Papermill: executed in a scratch folder, then freed of what only that execution knows."""

import logging
import os
import re
import sys
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillException, PapermillExecutionError

from cxops.errors import WorkbookError
from cxops.runs.places import papermill_path
from cxops.workspace import Workspace

log = logging.getLogger("cxops.runs")
log.addHandler(logging.NullHandler())

FAILURES = (PapermillException, CellControlSignal, DeadKernelError, RuntimeError)
"""What Papermill and its kernel raise when a page fails; anything else is a fault of the machine or of this code."""

_RARELY = "__import__('gc').set_threshold(100_000, 20, 50)"
"""A kernel looks for cycles in memory this seldom: as often as Python does of itself takes it a tenth of a page."""


class _Engine(NBClientEngine):
    """Papermill's own engine, with an environment and a folder for the kernel and a deadline for the whole notebook."""

    @classmethod
    def execute_managed_notebook(  # type: ignore[override]
        cls, nb_man: Any, kernel_name: str, *, environment: Mapping[str, str], folder: str, timeout: float, **_: Any
    ) -> NotebookNode:
        deadline = time.monotonic() + timeout
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            log=log,
            record_timing=False,
            shutdown_kernel="immediate",
            extra_arguments=["--IPKernelApp.log_level=ERROR", f"--IPKernelApp.exec_lines={_RARELY}"],
            startup_timeout=60,
            timeout_func=lambda _: max(deadline - time.monotonic(), 0.01),
        )
        return client.execute(env=os.environ | environment, cwd=folder)


papermill_engines.register("cxops", _Engine)


def execute(
    source: Path, executed: Path, parameters: Mapping[str, Any], *, environment: Mapping[str, str], timeout: float
) -> None:
    """Runs the notebook at `source` with the parameters and writes it, cell by cell, to `executed`.

    Parameters
    ----------
    environment : added to the kernel's environment.
    timeout : seconds the whole notebook may take.

    Raises
    ------
    One of FAILURES; what was executed until then stands in `executed`.
    """
    execute_notebook(
        papermill_path(source),
        papermill_path(executed),
        parameters=dict(parameters),
        engine_name="cxops",
        kernel_name="python3",
        progress_bar=False,
        environment=dict(environment),
        folder=str(source.parent),
        timeout=timeout,
    )


def failed_cell(notebook: NotebookNode) -> int | None:
    """The number, from 1, that the last cell to be started has in the source; the injected cell counts for none."""
    own = [cell for cell in notebook.cells if not _TAGS_OF_PAPERMILL & set(cell.metadata.get("tags", ()))]
    started = [n for n, cell in enumerate(own, 1) if cell.metadata.get("papermill", {}).get("start_time")]
    return started[-1] if started else None


def reason(error: BaseException, timeout: float) -> str:
    """What went wrong, in one line."""
    if isinstance(error, PapermillExecutionError):
        return f"{error.ename}: {_first_line(error.evalue)}"
    if isinstance(error, CellControlSignal) and isinstance(error, TimeoutError):
        return f"the page must end within {timeout:g} s: it did not"
    if isinstance(error, DeadKernelError):
        return "the kernel must live until the last cell: it died"
    return str(error) if isinstance(error, WorkbookError) else f"{type(error).__name__}: {_first_line(str(error))}"


def clean(notebook: NotebookNode, known_ids: set[str]) -> NotebookNode:
    """The notebook without times, random ids and Papermill's marks; the same inputs give the same bytes.

    Parameters
    ----------
    known_ids : ids of the source's cells, which are kept.
    """
    cells = [cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", ())]
    free = (name for n in count(1) if (name := f"added-{n}") not in known_ids)
    kept = [_clean_cell(cell, cell["id"] if cell.get("id") in known_ids else next(free)) for cell in cells]
    metadata = {key: value for key, value in notebook.metadata.items() if key != "papermill"}
    return nbformat.from_dict({**notebook, "cells": kept, "metadata": metadata})


def without_places(text: str, space: Workspace) -> str:
    """The text with this machine's folders taken out: paths become relative to the project or to Python."""
    for folder in (space.data, space.build, space.home, Path(sys.prefix), Path(sys.base_prefix)):
        if len(folder.parts) > 2:
            text = text.replace(f"{folder}/", "" if folder == space.home else f"{folder.name}/")
    return re.sub(r"/[^\s\"'<>:]*/ipykernel_\d+/\d+\.py", "cell", text)


_TAGS_OF_PAPERMILL = {"injected-parameters", "papermill-error-cell-tag"}


def _clean_cell(cell: NotebookNode, name: str) -> dict[str, Any]:
    metadata = {key: value for key, value in cell.metadata.items() if key not in ("papermill", "execution")}
    if not metadata.get("tags"):
        metadata.pop("tags", None)
    return {**cell, "id": name, "metadata": metadata}


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
