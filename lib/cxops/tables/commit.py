"""Changing several files of the data folder as one: all of them or none, through kills, full disks and rivals.

New files are written whole into `.staging-…`, then that folder is renamed `.commit`: from that moment the change holds.
Moving its files into place can be repeated: whoever next reads or writes finishes what a killed process left.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxops.errors import SourceError

LOCK, COMMIT, STAGING = ".lock", ".commit", ".staging-"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder against every other writer; waits for its turn."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a")
    except OSError as error:
        raise SourceError(f"the data folder must be writable: {error.strerror} ({folder})") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def committing(folder: Path) -> Iterator[Path]:
    """An empty folder to write to; its files take their places in `folder` together when the block ends without error.

    Call it under `locked`.

    Raises
    ------
    SourceError : the disk is full or cannot be written; the folder is as it was.
    """
    finish(folder)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
    try:
        yield staging
        for file in staging.iterdir():
            _flush(file)
        _flush(staging)
        staging.rename(folder / COMMIT)
    except OSError as error:
        raise SourceError(
            f"the data folder must have room and be writable: {error.strerror or error}; nothing was changed ({folder})"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    finish(folder)


def finish(folder: Path) -> None:
    """Moves a committed change into place and clears away what was never committed. Call it under `locked`."""
    for abandoned in folder.glob(f"{STAGING}*"):
        shutil.rmtree(abandoned)
    commit = folder / COMMIT
    if not commit.exists():
        return
    _flush(folder)
    for file in sorted(commit.iterdir()):
        file.replace(folder / file.name)
    _flush(folder)
    commit.rmdir()


def recover(folder: Path) -> None:
    """Finishes a change that was committed and then interrupted; costs one look where there is none."""
    if (folder / COMMIT).exists():
        with locked(folder):
            finish(folder)


def _flush(path: Path) -> None:
    """Puts a file or a folder's entries on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
