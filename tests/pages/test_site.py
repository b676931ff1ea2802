"""Every page of a built site, in a real browser at two widths: quiet, self-contained, accessible, safe."""

import json
import runpy
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
import yaml
from cxops import tables, workspace
from cxops.publish import publish
from cxops.publish.checks import find_faults
from cxops.runs import slug

SAMPLES = runpy.run_path(str(Path(__file__).parents[1] / "samples" / "executed_pages.py"))
CROWDED = runpy.run_path(str(Path(__file__).parents[1] / "samples" / "crowded.py"))["crowded"]
HOSTILE = SAMPLES["HOSTILE"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDTHS = (1280, 390)

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A site with two quarters, a page out of date and a failed one, and hostile text wherever text comes from data."""
    crowded = CROWDED()
    with pytest.MonkeyPatch.context() as patch:
        runs = SAMPLES["workspace"](tmp_path_factory.mktemp("site"), patch, whole_site=True)
        _take_real_definitions()
        for quarter in ("2025Q3", "2025Q4", "all"):
            for unit in ("all", "Harbour"):
                SAMPLES["page"](runs, unit, quarter)
            shown = (SAMPLES["findings"](HOSTILE), SAMPLES["figure"](HOSTILE, HOSTILE), SAMPLES["pairs_table"](HOSTILE))
            SAMPLES["page"](runs, HOSTILE, quarter, *shown, question=HOSTILE)
        SAMPLES["page"](runs, "Meadow", "2025Q4", *crowded)
        SAMPLES["page"](runs, "Summit", "2025Q4", status="failed", failed_cell=4, error=f"{HOSTILE}: {HOSTILE}")
        stale = {"tables": {"cases": "0" * 64}, "notebook": "1" * 64, "code": "2" * 64, "params": {}}
        SAMPLES["page"](runs, "Valley", "2025Q4", hashes=stale)
        _set_rows_aside()
        publish()
        yield workspace.current().site


def _take_real_definitions() -> None:
    """Method pages may link to any definition, so the project's own stand beside those of the samples."""
    real, file = SAMPLES["PROJECT"] / "params" / "kpis.yml", workspace.current().params / "kpis.yml"
    if real.exists():
        kpis = {kpi["id"]: kpi for each in (file, real) for kpi in yaml.safe_load(each.read_text("utf-8"))["kpis"]}
        file.write_text(yaml.safe_dump({"kpis": list(kpis.values())}, allow_unicode=True), "utf-8")


def _set_rows_aside() -> None:
    data = workspace.current().data
    counts = {"rows": 9, "accepted": 9, "set_aside": 1, "updated": 0}
    entry = {"file": HOSTILE, "source": HOSTILE, "sha256": "a" * 64, "rows_in": 10, "tables": {"cases": counts}}
    entry |= {"mapping_sha256": "b" * 64, "layout": "csv", "ingested_at": "2026-01-01T00:00:00+00:00"}
    data.joinpath("ingested.json").write_text(json.dumps([entry]), "utf-8")
    problem = {"file": HOSTILE, "source": HOSTILE, "table": "cases", "row_number": 7, "column": HOSTILE}
    pd.DataFrame([problem | {"value": "jane@example.org", "rule": HOSTILE}]).to_parquet(data / "problems.parquet")
    assert len(tables.problems()) == 1


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site served on loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


def pages(site: Path) -> list[str]:
    return sorted(file.relative_to(site).as_posix() for file in site.rglob("*.html"))


class Heard:
    """What a browser page said and asked for while it was open."""

    def __init__(self, page: object) -> None:
        self.console: list[str] = []
        self.requests: list[str] = []
        self.failed: list[str] = []
        page.on("console", lambda said: self.console.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("dialog", lambda dialog: (self.console.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", self._failed)
        page.on("response", lambda answer: self.failed.append(answer.url) if answer.status >= 400 else None)

    def _failed(self, request: object) -> None:
        """What the browser itself gave up because the page was left is no fault of the page."""
        if request.failure != "net::ERR_ABORTED":
            self.failed.append(request.url)


@in_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_quiet_local_accessible_and_fits(site, address, browser, width):
    from axe_playwright_python.sync_playwright import Axe

    faults: list[str] = []
    for place in pages(site):
        page = browser.new_page(viewport={"width": width, "height": 844})
        heard = Heard(page)
        page.goto(f"{address}/{place}", wait_until="load")
        faults += [f"{place}: console: {text}" for text in heard.console]
        faults += [f"{place}: failed: {url}" for url in heard.failed]
        faults += [f"{place}: outside: {url}" for url in heard.requests if not url.startswith((address, "data:"))]
        room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        faults += [f"{place}: scrolls sideways: {room}"] if room[0] > room[1] else []
        for found in Axe().run(page).response["violations"]:
            faults.append(f"{place}: {found['id']}: {found['nodes'][0]['html'][:200]}")
        page.close()
    assert not faults, "\n".join(faults)


KINDS = ("index.html", "reviews/2025Q4/meadow/journey.html", "about-this-run.html", "data-dictionary.html")
KINDS += ("data-problems.html", "glossary.html", "methods/data.html", "decisions/interactive-charts.html")
"""One page of each kind."""
WIDER_THAN_ITS_BOX = """() => {
    document.querySelectorAll('details').forEach(each => each.open = true);
    const style = each => getComputedStyle(each), unseen = each => each && style(each).clipPath !== 'none';
    return [...document.querySelectorAll('main *')].filter(each => each.scrollWidth > each.clientWidth + 1
        && each.checkVisibility() && style(each).display !== 'inline' && !each.closest('svg, pre')
        && !unseen(each) && !unseen(each.closest('thead')))
        .map(each => `${each.tagName} ${each.scrollWidth} in ${each.clientWidth}: ${each.textContent.trim()}`);
}"""
"""Code keeps its lines and scrolls; what is heard only has no size."""
ILL_PLACED = """() => {
    const drawn = [...document.querySelectorAll('figure.cx-figure svg')].filter(each => each.checkVisibility());
    return drawn.flatMap(svg => {
        const room = svg.getBoundingClientRect(), ill = [], seen = new Map();
        for (const text of svg.querySelectorAll('text')) {
            const box = text.getBoundingClientRect(), words = text.textContent.trim();
            if (words && (box.left < room.left - 1 || box.right > room.right + 1)) ill.push(`outside: ${words}`);
            if (words) seen.set([words, Math.round(box.x), Math.round(box.y)].join(), [words, box]);
        }
        const pills = [...svg.querySelectorAll('path')].map(each => each.getBoundingClientRect())
            .filter(each => each.height > 15 && each.height < 24);
        const holds = (pill, box) => pill.left <= box.left && pill.right >= box.right
            && pill.top < box.bottom - 4 && pill.bottom > box.top + 4;
        const all = [...seen.values()];
        all.forEach(([one, a], at) => {
            if (one.endsWith('median wait') && !pills.some(pill => holds(pill, a))) ill.push(`out of its pill: ${one}`);
            all.slice(at + 1).forEach(([other, b]) => {
                const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (across > 1 && down > 4) ill.push(`over each other: ${one} and ${other}`);
            });
        });
        return ill;
    });
}"""
"""Words of the drawings that leave them, lie on each other, or stick out of the pill with the wait in it."""


@in_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_its_box_and_no_words_of_a_drawing_collide(address, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 844})
    faults: list[str] = []
    for place in KINDS:
        page.goto(f"{address}/{place}", wait_until="load")
        found = page.evaluate(WIDER_THAN_ITS_BOX) + page.evaluate(ILL_PLACED)
        faults += [f"{place}: {each}" for each in found]
    page.close()
    assert not faults, "\n".join(faults)


@in_browser
def test_on_a_phone_a_table_of_many_columns_is_records_and_still_a_table(address, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}/reviews/2025Q4/meadow/journey.html")
    many = page.get_by_role("table", name="8 columns").first
    assert many.get_by_role("columnheader").count() == 8
    assert many.get_by_role("row").count() == 4
    assert many.get_by_role("rowheader").first.inner_text() == "Specialists → Identity check"
    cell = many.get_by_role("cell", name="2,158,170", exact=True).first
    assert "Hours above the rest" in cell.evaluate("each => getComputedStyle(each, '::before').content")
    few = page.get_by_role("table", name="3 columns").first
    assert few.get_by_role("columnheader").first.evaluate("each => each.getBoundingClientRect().height") > 10
    page.close()


@in_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_keyboard_reaches_every_link_and_control(site, address, browser, width):
    for place in ("index.html", "reviews/2025Q4/harbour/journey.html", "about-this-run.html"):
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.goto(f"{address}/{place}", wait_until="load")
        wanted = page.evaluate(
            """() => { const all = [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')];
            const shown = all.filter(each => each.checkVisibility({visibilityProperty: true}));
            shown.forEach((each, number) => each.dataset.number = number); return shown.length; }"""
        )
        reached = set()
        for _ in range(wanted + 3):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.dataset.number"))
        page.close()
        assert wanted > 10
        assert reached >= {str(number) for number in range(wanted)}, place


@in_browser
def test_first_stop_skips_to_the_content(address, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.goto(f"{address}/index.html")
    page.keyboard.press("Tab")
    skip = page.evaluate(
        "[document.activeElement.textContent, document.activeElement.getBoundingClientRect().left >= 0]"
    )
    page.keyboard.press("Enter")
    assert skip == ["Skip to the content", True]
    page.wait_for_url("**/index.html#quarto-document-content")
    page.close()


@in_browser
def test_site_reads_from_a_folder(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    heard = Heard(page)
    page.goto((site / "index.html").as_uri())
    page.get_by_role("table", name="Signals by quarter and unit").get_by_role("link", name="Journey").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Journey: All units")
    assert page.locator("figure.cx-figure .cx-wide svg").is_visible()
    assert not page.locator("#quarto-search").is_visible()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_text("browsers allow a page no search").is_visible()
    assert (heard.console, heard.failed) == ([], [])
    page.close()


@in_browser
def test_search_finds_a_finding_and_shows_hostile_text_as_text(address, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    heard = Heard(page)
    page.goto(f"{address}/index.html")
    page.get_by_role("searchbox").fill("alert takes 12 hours")
    page.locator(".search-result").first.wait_for()
    assert any(HOSTILE in text for text in page.locator(".search-result").all_inner_texts())
    assert heard.console == []
    page.close()


@in_browser
def test_printing_leaves_out_what_paper_cannot_do(address, browser):
    page = browser.new_page(viewport={"width": 800, "height": 1100})
    page.emulate_media(media="print")
    page.goto(f"{address}/reviews/2025Q4/harbour/journey.html")
    assert not page.locator("#quarto-header").is_visible()
    assert not page.locator(".cx-neighbours").is_visible()
    assert page.locator(".cx-synthetic").is_visible()
    assert page.locator("figure.cx-figure").is_visible()
    page.close()


def test_hostile_text_is_text_everywhere(site):
    escaped = "&lt;script&gt;alert("
    for place in (
        "index.html",
        "data-problems.html",
        "about-this-run.html",
        f"reviews/2025Q4/{slug(HOSTILE)}/journey.html",
    ):
        html = (site / place).read_text("utf-8")
        assert escaped in html, place
        assert "<script>alert" not in html, place


def test_values_of_rows_set_aside_are_nowhere(site):
    assert not [file for file in site.rglob("*") if file.is_file() and b"jane@example.org" in file.read_bytes()]


def test_machine_paths_and_time_stamps_of_the_tools_are_nowhere(site):
    secrets = (b"/secret/machine/path", b"secret stamp", b"secret_parameter")
    assert not [
        file for file in site.rglob("*") if file.is_file() and any(each in file.read_bytes() for each in secrets)
    ]


def test_synthetic_data_are_labelled_on_every_page(site):
    assert all("Synthetic demo data." in (site / place).read_text("utf-8") for place in pages(site))


def test_site_is_whole(site):
    assert find_faults(site) == []
