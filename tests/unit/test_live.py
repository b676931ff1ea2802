"""Serving a workshop: the command, its environment, and what stops it before it starts."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from cxops import live, workspace
from cxops.errors import ParameterError, RunError
from cxops.live import voila


def test_the_command_hides_the_machine_and_ends_idle_kernels():
    command = live.command(Path("a.ipynb"), port=1234, idle_seconds=7, check_seconds=3)
    assert command[:4] == [sys.executable, "-m", "voila", "a.ipynb"]
    assert {"--Voila.ip=127.0.0.1", "--port=1234", "--no-browser", "--template=cxops"} <= set(command)
    assert {"--strip_sources=True", "--show_tracebacks=False"} <= set(command)
    assert {f"--MappingKernelManager.cull_{name}" for name in ("idle_timeout=7", "interval=3")} <= set(command)


def test_a_browser_is_opened_only_when_asked():
    assert "--no-browser" not in live.command(Path("a.ipynb"), port=1, open_browser=True)


def test_children_find_the_same_folders_and_the_template(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    environment = live.environment()
    assert environment["CXOPS_DATA"] == str(workspace.current().data)
    ours, theirs = environment["JUPYTER_PATH"].split(os.pathsep)
    assert theirs == "/elsewhere"
    assert (Path(ours) / "voila" / "templates" / "cxops" / "index.html.j2").is_file()


def test_the_template_names_no_outside_address():
    files = [file for file in voila.TEMPLATES.rglob("*") if file.is_file()]
    assert len(files) == 3
    assert not any("//" in line for file in files for line in file.read_text("utf-8").splitlines() if "http" in line)


def test_a_workshop_is_found_by_name_or_path():
    found = live.workshop("journey_explorer")
    assert found == live.workshop(found)


@pytest.mark.parametrize("name", ["journey_explore", "../10_journey", "missing.ipynb"])
def test_an_unknown_workshop_is_said_with_those_there_are(name):
    with pytest.raises(ParameterError, match="the workshop must be one of .*journey_explorer"):
        live.workshop(name)


def test_a_taken_port_is_said_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ParameterError, match=f"must be free to listen on: got 127.0.0.1, port {port}"):
            live.serve("journey_explorer", port=port)


def test_the_query_is_that_of_the_visitor_and_empty_without_one(monkeypatch):
    monkeypatch.setenv("QUERY_STRING", "unit=Harbour")
    assert live.query() == "unit=Harbour"
    monkeypatch.delenv("QUERY_STRING")
    assert live.query() == ""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{otherwise} within {seconds} s"
        time.sleep(0.1)


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def has_kernel(process: psutil.Process) -> bool:
    return any("ipykernel" in " ".join(each.cmdline()) for each in process.children(recursive=True))


@pytest.mark.usefixtures("demo_data")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_workshop_told_to_stop_leaves_no_server_and_no_kernel(port, number):
    cli = [sys.executable, "-c", "from cxops.cli import main; main()", "workshop", "--port", str(port)]
    process = subprocess.Popen(cli, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family: list[psutil.Process] = []
    try:
        wait_for(lambda: is_taken(port), "the server must listen")
        with socket.create_connection(("127.0.0.1", port)) as visitor:  # who asks for the page gets a kernel
            visitor.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            wait_for(lambda: has_kernel(psutil.Process(process.pid)), "a kernel must start")
            family = psutil.Process(process.pid).children(recursive=True)
            assert len(family) >= 2
            process.send_signal(number)
            assert process.wait(30) == 0
        assert psutil.wait_procs(family, 5)[1] == []
        assert not is_taken(port)
    finally:
        for each in [process, *family]:
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                each.kill()


def test_a_server_that_does_not_heed_the_signal_is_killed_with_what_it_started(monkeypatch):
    monkeypatch.setattr(voila, "PATIENCE_SECONDS", 0.2)
    deaf = "trap '' TERM; sleep 60 & echo $!; wait; wait; sleep 60"
    server = subprocess.Popen(["sh", "-c", deaf], stdout=subprocess.PIPE, start_new_session=True)
    assert server.stdout is not None
    child = psutil.Process(int(server.stdout.readline()))
    voila.end(server)
    assert server.returncode == -signal.SIGKILL
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child must end", 5)
    server.stdout.close()


def test_a_server_that_ends_by_itself_is_said(monkeypatch, port):
    monkeypatch.setattr(voila, "command", lambda *_, **__: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(RunError, match="must run until it is told to stop: it ended with code 3"):
        live.serve(port=port)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
