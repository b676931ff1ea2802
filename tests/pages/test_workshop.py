"""The journey explorer as a visitor meets it: real Voila, real browser, no network but loopback."""

import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from cxops import live

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
IDLE_SECONDS = 4
PATIENCE = 60_000
"""Milliseconds that a page may take on a machine that does other things too."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")


@pytest.fixture(scope="module")
def server(demo_data: Path) -> Iterator[tuple[str, psutil.Process]]:
    with serving() as started:
        yield started


@contextmanager
def serving() -> Iterator[tuple[str, psutil.Process]]:
    """Address and process of a Voila that serves the explorer on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    notebook = live.workshop("journey_explorer")
    command = live.command(notebook, port=port, idle_seconds=IDLE_SECONDS, check_seconds=1)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=live.environment(), cwd=notebook.parent, stdout=log, stderr=log)
        try:
            _wait_for(lambda: _answers(port), 60, "Voila must answer")
            yield f"http://127.0.0.1:{port}/", psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Visit:
    """A page in a browser of its own, with every request elsewhere stopped and written down."""

    def __init__(self, browser: Any, address: str, width: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 800})
        self.page = self.context.new_page()
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        self.failed: list[str] = []
        self.context.route(lambda url: not url.startswith((address, "data:", "blob:")), self._stop)
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", lambda answer: self.failed.append(answer.url) if answer.status >= 400 else None)

    def _stop(self, route: Any) -> None:
        self.elsewhere.append(route.request.url)
        route.abort()

    def open(self, address: str) -> "Visit":
        self.page.goto(address, timeout=PATIENCE)
        self.page.wait_for_selector(".cx-number", timeout=PATIENCE)
        return self

    def number(self) -> str:
        return self.page.inner_text(".cx-number")

    def wait_until_not(self, number: str) -> str:
        self.page.wait_for_function(
            "before => document.querySelector('.cx-number').innerText !== before", arg=number, timeout=PATIENCE
        )
        return self.number()


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/absent", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _wait_for(condition: Any, seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{otherwise} within {seconds} s"
        time.sleep(0.2)


def kernels(process: psutil.Process) -> list[psutil.Process]:
    """Kernels that the server runs now."""
    running = []
    for child in process.children(recursive=True):
        try:
            running += [child] if "ipykernel" in " ".join(child.cmdline()) else []
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return running


@pytest.mark.parametrize("width", [1280, 390])
def test_a_slider_moved_by_the_keyboard_changes_the_number_offline(server, browser, width):
    address, _ = server
    visit = Visit(browser, address, width).open(f"{address}?unit=Harbour")
    page = visit.page
    before, drawn = visit.number(), page.inner_html(".cx-figure")
    page.get_by_role("slider", name="Slow is over").focus()
    page.keyboard.press("ArrowRight")
    after = visit.wait_until_not(before)
    assert "longer than 8" in before
    assert "longer than 12" in after
    page.wait_for_function("before => document.querySelector('.cx-figure').innerHTML !== before", arg=drawn)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".cx-wide, .cx-narrow").evaluate_all("all => all.filter(one => one.offsetWidth).length") == 1
    assert visit.elsewhere == []
    assert visit.errors == []
    assert visit.failed == []
    visit.context.close()


def test_everything_is_reached_and_named_and_the_page_says_what_it_is(server, browser):
    address, _ = server
    visit = Visit(browser, address, 1280).open(address)
    page = visit.page
    for name in ("Unit", "Quarter", "Stage entered", "From → to team"):
        assert page.get_by_role("combobox", name=name, exact=True).count() == 1
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(e => e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].textContent) || '')"
                "(document.activeElement)"
            )
        )
    assert {"Unit", "Quarter", "Stage entered", "From → to team", "Slow is over"} <= reached
    assert page.title() == "Journey explorer"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "Synthetic data" in page.inner_text(".cx-notice")
    assert page.locator(".cx-live[aria-live=polite]").count() == 4
    assert "import" not in page.inner_text("body")
    assert violations(page) == []
    visit.context.close()


def violations(page: Any) -> list[str]:
    """Serious faults that axe-core finds."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe")
    found = axe.Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


def test_a_wrong_address_is_answered_in_words(server, browser):
    address, _ = server
    visit = Visit(browser, address, 390).open(f"{address}?unit=%3Cscript%3Ealert(1)%3C/script%3E")
    said = visit.page.get_by_role("alert").inner_text()
    assert "Unit must be one of all, Harbour, Meadow, Summit, Valley: got '<script>alert(1)</script>'" in said
    assert "Traceback" not in visit.page.inner_text("body")
    assert visit.errors == []
    visit.context.close()


def test_words_say_that_the_page_is_loading(server, browser):
    address, _ = server
    visit = Visit(browser, address, 390)
    visit.page.goto(address, timeout=PATIENCE, wait_until="commit")
    visit.page.wait_for_selector("#loading_text", timeout=PATIENCE)
    assert visit.page.get_by_role("status").first.inner_text().startswith("Loading the workshop")
    visit.page.wait_for_selector(".cx-number", timeout=PATIENCE)
    assert visit.page.locator("#loading_text").count() == 0
    visit.context.close()


def test_an_address_leads_to_a_view_with_its_claim(server, browser):
    address, _ = server
    query = "unit=Harbour&from_team=Specialists&to_team=Field+service&threshold_hours=4"
    visit = Visit(browser, address, 390).open(f"{address}?{query}")
    assert "of handoffs from Specialists to Field service took longer than 4" in visit.number()
    assert "distinguishable from noise" in visit.page.inner_text(".cx-signal")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    visit.context.close()


def test_the_address_follows_the_choice_and_leads_back_to_it(server, browser):
    address, _ = server
    visit = Visit(browser, address, 1280).open(f"{address}?unit=Harbour")
    before = visit.number()
    visit.page.get_by_role("slider", name="Slow is over").focus()
    visit.page.keyboard.press("ArrowRight")
    after = visit.wait_until_not(before)
    visit.page.wait_for_function("location.search === '?unit=Harbour&threshold_hours=12'", timeout=PATIENCE)
    assert visit.page.locator(".widget-readout").first.evaluate("shown => shown.isContentEditable") is False
    visit.page.reload(timeout=PATIENCE)
    visit.page.wait_for_selector(".cx-number", timeout=PATIENCE)
    assert visit.number() == after
    visit.context.close()


def test_a_lost_connection_is_said(demo_data, browser):
    """Nothing else on the page would tell: the controls still move, and the number stays what it was."""
    with serving() as (address, process):
        visit = Visit(browser, address, 390).open(address)
        lost = visit.page.locator("#cx-lost[role=alert]")
        assert lost.inner_text() == ""
        process.terminate()
        visit.page.wait_for_function("document.getElementById('cx-lost').innerText !== ''", timeout=PATIENCE)
        assert "connection to the workshop is lost" in lost.inner_text()
        visit.context.close()


def test_the_kernel_of_a_visitor_who_left_is_ended_and_that_of_one_who_stays_is_not(server, browser):
    address, process = server
    _wait_for(lambda: not kernels(process), 30, "kernels of earlier visitors must end")
    staying, leaving = (Visit(browser, address, 390).open(address) for _ in range(2))
    assert len(kernels(process)) == 2
    leaving.context.route("**/api/shutdown/**", lambda route: route.abort())  # as when a phone loses its network
    leaving.context.close()
    _wait_for(lambda: len(kernels(process)) == 1, 30, "the kernel of a visitor who left must end")
    time.sleep(IDLE_SECONDS + 2)
    before = staying.number()
    staying.page.get_by_role("slider", name="Slow is over").focus()
    staying.page.keyboard.press("ArrowRight")
    assert staying.wait_until_not(before) != before
    staying.context.close()
