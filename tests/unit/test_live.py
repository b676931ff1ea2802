"""Serving a workshop: the command, its environment, and what stops it before it starts."""

import os
import socket
import sys
from pathlib import Path

import pytest
from cxops import live, workspace
from cxops.errors import ParameterError
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
