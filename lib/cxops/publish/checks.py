"""Faults of a built site: broken links and anchors, outside addresses, images without text, pages without a title."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"href", "src", "xlink:href", "action", "poster", "data", "formaction", "background"}
_LOADED = re.compile(r"""(?:url\(\s*|@import\s*)["']?\s*((?:https?:)?//[^"')\s;]+)""", re.IGNORECASE)


@dataclass
class Page:
    """What a built page holds."""

    addresses: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    repeated_ids: set[str] = field(default_factory=set)
    images_without_text: int = 0
    headings: int = 0
    title: str = ""
    styles: list[str] = field(default_factory=list)


def find_faults(site: Path) -> list[str]:
    """A sentence for each fault in a folder of HTML, in the order of its pages; none if the site is whole.

    Parameters
    ----------
    site : the folder; every address in it must lead to something in it.
    """
    pages = {file.relative_to(site).as_posix(): _page(file) for file in sorted(site.rglob("*.html"))}
    if "index.html" not in pages:
        return ["a site must have an index.html: it has none"]
    faults = [f"{place}: {fault}" for place, page in pages.items() for fault in _page_faults(place, page, pages, site)]
    for sheet in sorted(site.rglob("*.css")):
        loaded = _LOADED.findall(sheet.read_text("utf-8", errors="replace"))
        faults += [f"{sheet.relative_to(site)}: must load nothing from outside: {address}" for address in loaded]
    return faults


def _page_faults(place: str, page: Page, pages: dict[str, Page], site: Path) -> Iterator[str]:
    if not page.title.strip():
        yield "must have a title"
    if page.headings != 1:
        yield f"must have one h1: got {page.headings}"
    if page.images_without_text:
        yield f"images must have an alt: {page.images_without_text} have none"
    if page.repeated_ids:
        yield f"an id must stand once: {', '.join(sorted(page.repeated_ids))}"
    for style in page.styles:
        yield from (f"must load nothing from outside: {address}" for address in _LOADED.findall(style))
    for address in dict.fromkeys(page.addresses):
        fault = _address_fault(address, place, pages, site)
        if fault:
            yield fault


def _address_fault(address: str, place: str, pages: dict[str, Page], site: Path) -> str:
    parts = urlsplit(address)
    if parts.scheme in {"data", "mailto"}:
        return ""
    if parts.scheme or parts.netloc:
        return f"must name no outside address: {address}"
    path = unquote(parts.path)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(place), path)) if path else place
    target = "index.html" if target == "." else target
    if (site / target).is_dir():
        target = f"{target}/index.html"
    if path.startswith("/") or target.startswith("../") or not (site / target).is_file():
        return f"a link must lead somewhere: {address}"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].ids:
        return f"a link's anchor must exist: {address}"
    return ""


def _page(file: Path) -> Page:
    reader = _Reader()
    reader.feed(file.read_text("utf-8", errors="replace"))
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Headings and repeated ids count in the main part only: what stands around it is the renderer's own."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside = ""
        self._in_main = False
        self._in_svg = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        page = self.page
        self._in_main |= tag == "main"
        self._in_svg += tag == "svg"
        page.addresses += [value for name, value in values.items() if name in ADDRESSES and value]
        page.addresses += [part.split()[0] for part in values.get("srcset", "").split(",") if part.split()]
        page.styles += [values["style"]] if "style" in values else []
        page.headings += tag == "h1" and self._in_main
        page.images_without_text += tag == "img" and "alt" not in values
        if "id" in values:
            page.repeated_ids |= {values["id"]} & page.ids if self._in_main else set()
            page.ids.add(values["id"])
        if tag == "style" or (tag == "title" and not self._in_svg):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._in_main &= tag != "main"
        self._in_svg -= tag == "svg"
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.page.title += data
        elif self._inside == "style":
            self.page.styles.append(data)
