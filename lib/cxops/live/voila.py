"""Serving a workshop notebook with Voila: on loopback, from local files only, clearing up after visitors who left."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cxops import workspace
from cxops.errors import ParameterError, RunError

TEMPLATES = Path(__file__).parent / "jupyter"
"""A Jupyter data folder with the page template `cxops`: Voila's own fetches fonts from a CDN and labels no slider."""
IDLE_SECONDS, CHECK_SECONDS = 600, 60
"""A page's kernel ends this long after its last visitor left, at the next check."""
PATIENCE_SECONDS = 10
"""The server has this long to end its kernels and itself."""


def serve(
    name: str | Path = "journey_explorer", *, port: int = 8866, address: str = "127.0.0.1", open_browser: bool = False
) -> None:
    """Serves a workshop until it is told to stop: Ctrl-C, SIGTERM, or the terminal closed. Nothing is left running.

    Parameters
    ----------
    name : a notebook in `notebooks/workshops/`, without its ending, or the path of one.
    port : TCP port to listen on; must be free.
    address : of this machine; anything but loopback lets others on the network in.
    open_browser : whether to show the page on this machine.

    Raises
    ------
    ParameterError : there is no such workshop, or the port is taken; nothing was started.
    RunError : the server ended by itself.
    """
    notebook = workshop(name)
    check_free(address, port)
    told_to = command(notebook, port=port, address=address, open_browser=open_browser)
    with interruptible():
        # a session of its own: Ctrl-C reaches this process alone, which ends the server in order
        server = subprocess.Popen(told_to, env=environment(), cwd=notebook.parent, start_new_session=True)
        try:
            code = server.wait()
        except KeyboardInterrupt:
            return
        finally:
            end(server)
    raise RunError(f"the workshop's server must run until it is told to stop: it ended with code {code}")


@contextmanager
def interruptible() -> Iterator[None]:
    """In the block the first SIGINT, SIGTERM or SIGHUP raises KeyboardInterrupt; those that follow are ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: Any) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def end(server: subprocess.Popen[bytes]) -> None:
    """Ends a server and what it started: on SIGTERM Voila ends its kernels; one that does not is killed.

    Kernels live in sessions of their own and end by themselves when their server was killed.
    """
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(PATIENCE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def workshop(name: str | Path) -> Path:
    """The notebook of a workshop."""
    folder = workspace.current().home / "notebooks" / "workshops"
    there = {file.stem: file for file in sorted(folder.glob("*.ipynb"))}
    notebook = Path(name) if Path(name).suffix == ".ipynb" else there.get(str(name))
    if notebook is None or not notebook.is_file():
        raise ParameterError(f"the workshop must be one of {', '.join(there) or 'none'}: got {str(name)!r} ({folder})")
    return notebook.resolve()


def command(
    notebook: Path,
    *,
    port: int,
    address: str = "127.0.0.1",
    open_browser: bool = False,
    idle_seconds: int = IDLE_SECONDS,
    check_seconds: int = CHECK_SECONDS,
) -> list[str]:
    """The command that serves a notebook; see `serve`.

    Notes
    -----
    Sources are stripped and tracebacks hidden: a visitor sees the page and nothing of the machine. A kernel is ended
    when nobody is connected to it and nothing happened in it for `idle_seconds`; Voila itself never does so.
    """
    return [
        *(sys.executable, "-m", "voila", str(notebook)),
        f"--Voila.ip={address}",
        f"--port={port}",
        "--Voila.open_browser=True" if open_browser else "--no-browser",
        "--template=cxops",
        "--strip_sources=True",
        "--show_tracebacks=False",
        f"--MappingKernelManager.cull_idle_timeout={idle_seconds}",
        f"--MappingKernelManager.cull_interval={check_seconds}",
        "--MappingKernelManager.cull_connected=False",
        "--MappingKernelManager.cull_busy=False",
    ]


def environment() -> dict[str, str]:
    """The environment of the server and its kernels: the same folders, and the template among Jupyter's own."""
    paths = [str(TEMPLATES), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {**os.environ, **workspace.current().environment(), "JUPYTER_PATH": os.pathsep.join(paths)}


def query() -> str:
    """What stands behind the `?` in the address of the visitor's page; nothing where there is no visitor."""
    return os.environ.get("QUERY_STRING", "")


def check_free(address: str, port: int) -> None:
    """Raises ParameterError unless a server can listen there: Voila would quietly take another port."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise ParameterError(
                f"address and port must be free to listen on: got {address}, port {port}: {error.strerror}"
            ) from None
