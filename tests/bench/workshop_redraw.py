"""How long a visitor of the journey explorer waits: for the first view, and at each kind of change.

    .venv/bin/python tests/bench/workshop_redraw.py

A real Voila and a real Chromium on this machine, offline, on the demo organisation. A first view starts a kernel; its
parts are measured in processes of their own. A change runs from the key that makes it until the number on the page is
another; what the kernel does for it is measured without a browser.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from cxops import live, workspace
from playwright.sync_api import Page, sync_playwright

PARTS = {
    "altair alone": "import altair",
    "all imports of the notebook": "from cxops.journey.widgets import explorer",
    "imports, data and first drawing": "from cxops.journey.widgets import explorer; explorer('')",
}
QUERY = "unit=Harbour&from_team=Specialists&to_team=Field+service"


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def press(page: Page, label: str, key: str) -> None:
    """Presses a key at a control and waits until the number on the page is another."""
    before = page.inner_text(".cx-number")
    page.get_by_label(label, exact=True).first.press(key)
    page.wait_for_function("before => document.querySelector('.cx-number').innerText !== before", arg=before)


def visit(page: Page, address: str) -> None:
    page.goto(address, timeout=120_000)
    page.wait_for_selector(".cx-number", timeout=120_000)


def report(what: str, taken: float) -> None:
    print(f"{what:44} {taken:6.2f} s", flush=True)


def main() -> None:
    os.environ.setdefault("CXOPS_DATA", str(workspace.PROJECT / "data" / "demo"))
    for what, code in {"an empty process": "pass", **PARTS}.items():
        report(what, min(seconds(lambda code=code: run(code)) for _ in range(2)))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    notebook = live.workshop("journey_explorer")
    serving = live.command(notebook, port=port)
    server = subprocess.Popen(
        serving, env=live.environment(), cwd=notebook.parent, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 390, "height": 800})
            with socket.socket() as knock:
                while knock.connect_ex(("127.0.0.1", port)):
                    time.sleep(0.1)
            address = f"http://127.0.0.1:{port}/"
            report("first view, first visitor", seconds(lambda: visit(page, address)))
            report("first view, scripts in the browser's cache", seconds(lambda: visit(page, address)))
            report("the same with a pair to judge", seconds(lambda: visit(page, f"{address}?{QUERY}")))
            report("unit changed (number and chart)", seconds(lambda: press(page, "Unit", "ArrowDown")))
            page.wait_for_timeout(3000)
            taken = [seconds(lambda: press(page, "Slow is over", "ArrowRight")) for _ in range(3)]
            report("slider moved, slowest of three", max(taken))
            browser.close()
    finally:
        live.voila.end(server)


if __name__ == "__main__":
    main()
