"""What an executed notebook shows: findings, figures, tables and text, lifted out of its cells.

Notebook metadata (papermill's and nbclient's time stamps and paths) is left behind. HTML comes from the library, which
escapes data; HTML that could run or fetch something is a fault and stops the publication.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat

from cxops import findings
from cxops.errors import PublishError
from cxops.publish.markup import raw, scrolling

DETAILS_TAG = "details"
"""Of a cell whose output stands folded at the end of its section."""
HIDDEN_TAGS = {"parameters", "injected-parameters", "remove-cell", "hide-cell"}
ACTIVE_TAGS = {"script", "iframe", "object", "embed", "form", "base", "link", "meta", "noscript"}
IMAGES = ("image/png", "image/jpeg", "image/svg+xml")
NOTICE = "cx-notice"
"""What `theme.notice` shows; the site says the same once, at the head of the page."""
REGION = "cx-table"
"""What `theme.table` shows; it scrolls and has its caption."""
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Block:
    """One thing to show, as Markdown around raw HTML.

    Parameters
    ----------
    markdown : safe to put on a page.
    kpis : ids of the definitions a figure or table names in `data-kpi`.
    sourced : whether it carries numbers, so that its source must stand beneath it.
    is_detail : whether it stands folded at the end of its section.
    """

    markdown: str
    kpis: tuple[str, ...] = ()
    sourced: bool = False
    is_detail: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether a section begins with it."""
        return self.markdown.startswith("#")


@dataclass(frozen=True)
class Contents:
    """The findings of a page, what else it shows in order, and its code."""

    findings: findings.Findings
    blocks: tuple[Block, ...]
    code: tuple[str, ...]


def contents(file: Path) -> Contents:
    """What an executed notebook shows.

    Raises
    ------
    PublishError : it cannot be read, holds an error, or an output could run or fetch something.
    """
    cells = list(enumerate(_notebook(file).cells, 1))
    shown = [(number, cell) for number, cell in cells if not HIDDEN_TAGS & set(cell.metadata.get("tags", []))]
    code = [cell for _, cell in shown if cell.cell_type == "code"]
    found = [out.data[findings.MIME] for cell in code for out in cell.outputs if findings.MIME in out.get("data", {})]
    return Contents(
        findings=_findings([row for rows in found for row in rows], file),
        blocks=tuple(_blocks(shown, file)),
        code=tuple(cell.source.strip() for cell in code if cell.source.strip()),
    )


def _notebook(file: Path) -> Any:
    try:
        text = file.read_text("utf-8")
        nbformat.validate(json.loads(text), version=4)
        return nbformat.reads(text, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise PublishError(f"an executed page must be a notebook: {type(error).__name__} ({file})") from None


def _findings(rows: list[dict[str, Any]], file: Path) -> findings.Findings:
    try:
        return findings.from_json(rows)
    except (TypeError, ValueError, KeyError) as error:
        raise PublishError(f"stored findings must be findings: {error} ({file})") from None


def _blocks(cells: list[tuple[int, Any]], file: Path) -> Iterator[Block]:
    """Everything but findings, in order; the first Markdown cell is the title and stands in the manifest."""
    title = next((cell for _, cell in cells if cell.cell_type == "markdown"), None)
    for number, cell in cells:
        if cell.cell_type == "markdown" and cell is not title:
            yield Block(re.sub(r"(?m)^#", "##", cell.source))
        for output in cell.get("outputs", []):
            block = _block(output, f"{file}, cell {number}")
            if block:
                yield replace(block, is_detail=DETAILS_TAG in cell.metadata.get("tags", []))


def _block(output: Any, where: str) -> Block | None:
    if output.output_type == "error":
        raise PublishError(f"a page that is said to be whole must hold no error: got {output.ename} ({where})")
    if output.output_type == "stream":
        return _printed(output.text) if output.name == "stdout" else None
    data = output.data
    if findings.MIME in data or WIDGET in data:
        return None
    if "text/html" in data:
        return _html(data["text/html"], where)
    image = next((mime for mime in IMAGES if mime in data), None)
    if image:
        return _image(image, data[image], data.get("text/plain", ""), where)
    return _printed(data.get("text/plain", ""))


def _printed(text: str) -> Block | None:
    shown = scrolling(f"<pre>{escape(text.rstrip())}</pre>", "Printed result")
    return Block(raw(shown), sourced=True) if text.strip() else None


def _image(mime: str, content: str, alt: str, where: str) -> Block:
    if not alt.strip() or alt.startswith("<"):
        raise PublishError(f"an image must have a text alternative as its text/plain: got {alt!r} ({where})")
    encoded = content if mime != "image/svg+xml" else b64encode(content.encode()).decode()
    source = f"data:{mime};base64,{''.join(encoded.split())}"
    return Block(raw(f'<figure class="cx-figure"><img src="{source}" alt="{escape(alt)}"></figure>'), sourced=True)


def _html(html: str, where: str) -> Block | None:
    reader = _Reader()
    reader.feed(html)
    if reader.active:
        raise PublishError(f"an output must not run or fetch anything: got {', '.join(reader.active)} ({where})")
    if NOTICE in reader.classes:
        return None
    if reader.has_table and REGION not in reader.classes:
        html = scrolling(html, "Table")
    return Block(raw(html.strip()), kpis=tuple(reader.kpis), sourced=True)


class _Reader(HTMLParser):
    """Finds in HTML what could run or fetch something, and the definitions it names."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []
        self.kpis: list[str] = []
        self.classes: set[str] = set()
        self.has_table = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.active += [f"<{tag}>"] if tag in ACTIVE_TAGS else []
        self.active += [name for name, value in values.items() if name.startswith("on") or _runs(name, value)]
        self.kpis += values.get("data-kpi", "").split()
        self.classes |= set(values.get("class", "").split())
        self.has_table |= tag == "table"


def _runs(name: str, value: str) -> bool:
    address = re.sub(r"[\s\x00-\x1f]", "", value).lower()
    return name in {"href", "src", "xlink:href", "action", "srcdoc"} and address.startswith(
        ("javascript:", "data:text")
    )
