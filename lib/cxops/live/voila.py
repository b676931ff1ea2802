"""Serving a workshop notebook with Voila: on loopback, from local files only, clearing up after visitors who left."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from cxops import workspace
from cxops.errors import ParameterError

TEMPLATES = Path(__file__).parent / "jupyter"
"""A Jupyter data folder with the page template `cxops`: Voila's own fetches fonts from a CDN and labels no slider."""
IDLE_SECONDS, CHECK_SECONDS = 600, 60
"""A page's kernel ends this long after its last visitor left, at the next check."""


def serve(
    name: str | Path = "journey_explorer", *, port: int = 8866, address: str = "127.0.0.1", open_browser: bool = False
) -> None:
    """Serves a workshop until it is stopped with Ctrl-C.

    Parameters
    ----------
    name : a notebook in `notebooks/workshops/`, without its ending, or the path of one.
    port : TCP port to listen on; must be free.
    address : of this machine; anything but loopback lets others on the network in.
    open_browser : whether to show the page on this machine.

    Raises
    ------
    ParameterError : there is no such workshop, or the port is taken.
    """
    notebook = workshop(name)
    check_free(address, port)
    server = subprocess.Popen(
        command(notebook, port=port, address=address, open_browser=open_browser), env=environment(), cwd=notebook.parent
    )
    try:
        server.wait()
    except KeyboardInterrupt:
        server.terminate()
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
