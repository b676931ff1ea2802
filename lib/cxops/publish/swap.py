"""The new site takes the old one's place in one step, or not at all."""

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxops.errors import PublishError

_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV}


@contextmanager
def locked(file: Path) -> Iterator[int]:
    """Holds a lock while the block runs; the system lets go of it when the process dies, however it dies.

    Raises
    ------
    PublishError : another process holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublishError(f"one publication at a time: another one is under way ({file})") from None
        yield handle.fileno()


def lock_file(site: Path) -> Path:
    """The lock that whoever replaces the site holds."""
    return site.with_name(f".{site.name}.lock")


def staging(site: Path) -> Path:
    """Where a new site waits beside the old one, on the same disk."""
    return site.with_name(f".{site.name}.new")


def _aside(site: Path) -> Path:
    return site.with_name(f".{site.name}.old")


def recover(site: Path) -> None:
    """Undoes what a publication that was killed left behind; the caller holds the lock."""
    if _aside(site).exists() and not site.exists():
        _aside(site).rename(site)
    for left in (_aside(site), staging(site)):
        shutil.rmtree(left, ignore_errors=True)


def replace(site: Path, built: Path) -> None:
    """Copies the built folder beside the site, safely onto the disk, and lets it take the site's place."""
    new = staging(site)
    try:
        shutil.copytree(built, new, copy_function=_copied)
        _take_place(new, site)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _copied(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    with open(target, "rb") as written:
        os.fsync(written.fileno())
    return target


def _take_place(new: Path, site: Path) -> None:
    if not site.exists():
        new.rename(site)
        return
    if not _exchanged(new, site):
        site.rename(_aside(site))
        new.rename(site)
        shutil.rmtree(_aside(site), ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system swapped the two folders in one step; not every system and file system can."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(other))
