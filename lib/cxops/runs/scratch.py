"""Where a page is made before it takes its place: a folder that the next run clears away if this one is killed."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from cxops.workspace import Workspace

FOLDER, LOCK = ".scratch", ".lock"


@contextmanager
def scratch(space: Workspace) -> Iterator[Path]:
    """An empty folder within the build folder, gone when the block ends.

    A folder is held by a lock that dies with its process, so what a killed run left is told from what another run is
    making just now; whoever makes a folder clears the former away first.
    """
    parent = space.build / FOLDER
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / LOCK).open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _clear(parent)
        made = Path(mkdtemp(prefix="page-", dir=parent))
        held = (made / LOCK).open("a")
        fcntl.flock(held, fcntl.LOCK_EX)
    with held:
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _clear(parent: Path) -> None:
    """Removes the folders that nobody holds."""
    for left in parent.glob("page-*"):
        try:
            held = (left / LOCK).open("a")
        except FileNotFoundError:  # being removed, or killed before it held a lock: nobody else is here to take one
            shutil.rmtree(left, ignore_errors=True)
            continue
        with held:
            if _is_free(held):
                shutil.rmtree(left, ignore_errors=True)


def _is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
