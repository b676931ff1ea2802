"""The search index of a site made by smalldocs, which leaves out what stands in raw HTML; Quarto indexes all of it."""

import json
from html.parser import HTMLParser
from pathlib import Path

NOT_INDEXED = {"style", "script", "svg", "details", "nav"}
UNFOLDED = "cx-more"
"""Class of what is folded and searched all the same: it is part of the page, and not where a number comes from."""
UNCLOSED = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
HEADINGS = {"h1", "h2", "h3"}


def write_index(site: Path) -> None:
    """Writes `search.json`: one entry for each section of each page, with its whole text."""
    places = {file.relative_to(site).as_posix(): file for file in sorted(site.rglob("*.html"))}
    found = [entry for place, file in places.items() for entry in entries(place, file.read_text("utf-8"))]
    (site / "search.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def entries(place: str, html: str) -> list[dict[str, str]]:
    """Title, section heading, text and address of each section of a page's main part.

    >>> page = '<main><h1>A</h1>b<section id="x"><h2>C</h2><p>d</p><style>e</style></section></main>'
    >>> [(entry["href"], entry["section"], entry["text"]) for entry in entries("p.html", page)]
    [('p.html', '', 'b'), ('p.html#x', 'C', 'd')]
    """
    reader = _Reader()
    reader.feed(html)
    title = reader.headings.get("", "")
    found = []
    for anchor, parts in reader.texts.items():
        href = f"{place}#{anchor}" if anchor else place
        section = reader.headings.get(anchor, "") if anchor else ""
        text = " ".join(" ".join(parts).split())
        found.append({"objectID": href, "href": href, "title": title, "section": section, "text": text})
    return found


class _Reader(HTMLParser):
    """Texts and headings by the id of the section they stand in; before the first section the id is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.headings: dict[str, str] = {}
        self._open: list[tuple[str, str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in UNCLOSED:
            given = dict(attrs)
            is_indexed = tag not in NOT_INDEXED or UNFOLDED in (given.get("class") or "").split()
            self._open.append((tag, (given.get("id") or "") if tag == "section" else "", is_indexed))

    def handle_endtag(self, tag: str) -> None:
        while tag in (name for name, *_ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, *_ in self._open}
        if "main" not in tags or not all(is_indexed for *_, is_indexed in self._open):
            return
        section = next((anchor for _, anchor, _ in reversed(self._open) if anchor), "")
        if tags & HEADINGS:
            self.headings[section] = self.headings.get(section, "") + data
        elif data.strip():
            self.texts.setdefault(section, []).append(data)
