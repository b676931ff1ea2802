"""Text that came from data, made safe for a page; pages are Markdown around blocks of raw HTML.

Quarto and smalldocs pass raw blocks through untouched, so both show the same and neither adds a script. Everything in
a block is escaped here, which also disarms shortcodes: `{{<` becomes `{{&lt;`.
"""

import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote


def raw(html: str) -> str:
    """A Markdown block that passes HTML through, fenced so that nothing in the HTML can close it.

    >>> print(raw("<p>`` ` ``</p>"), end="")
    ```{=html}
    <p>`` ` ``</p>
    ```
    """
    longest = max((len(run) for run in re.findall(r"`+", html)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{=html}}\n{html}\n{fence}\n"


def plain(text: str) -> str:
    r"""Text as Markdown that shows just that text, on one line; commas and colons between words need no help.

    >>> print(plain("a, *b*: <i>"))
    a, \*b\*\: \<i\>
    """
    signs = r"(?<=\w)[,:](?= |$)|([!-/:-@\[-`{-~])"
    return re.sub(signs, lambda sign: f"\\{sign[1]}" if sign[1] else sign[0], " ".join(text.split()))


def heading(level: int, text: str, anchor: str) -> str:
    """A Markdown heading that shows the text literally and can be linked to."""
    return f"{'#' * level} {plain(text)} {{#{anchor}}}\n"


def front_matter(title: str, **options: object) -> str:
    """The page's options as YAML; the title is shown literally."""
    rows = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in options.items()]
    return "\n".join(["---", f"title: {json.dumps(plain(title), ensure_ascii=False)}", *rows, "---", "", ""])


def link(text: str, target: str, origin: str) -> str:
    """An HTML link from one page to another, relative, so that it works from a folder as from a server.

    Parameters
    ----------
    text : shown, escaped.
    target : page within the site and, after `#`, an anchor.
    origin : page within the site on which the link stands.

    >>> link("Latency", "glossary.html#kpi-latency", "reviews/2025Q4/all/journey.html")
    '<a href="../../../glossary.html#kpi-latency">Latency</a>'
    """
    page, _, anchor = target.partition("#")
    path = posixpath.relpath(page, posixpath.dirname(origin) or ".")
    return f'<a href="{escape(quote(path))}{"#" + quote(anchor) if anchor else ""}">{escape(text)}</a>'


def table(caption: str, columns: Iterable[str], rows: Iterable[Iterable[str]], *, kind: str = "cx-rows") -> str:
    """A captioned HTML table; the first cell of a row is its header.

    With more than four columns (class `cx-many`) each row is a record of labels and values on a phone; the roles are
    said again, because some browsers take a row that is laid out as a block for no row at all.

    Parameters
    ----------
    caption, columns : plain text, escaped here.
    rows : cells as HTML, escaped by the caller.
    kind : CSS class.
    """
    names = [escape(column) for column in columns]
    head = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in names)
    body = "".join(_row(names, row) for row in rows)
    look = f"{kind} cx-many" if len(names) > 4 else kind
    opening = f'<table role="table" class="{look}" data-quarto-disable-processing="true">'
    opening += f'<caption>{escape(caption)}</caption><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
    return scrolling(f'{opening}<tbody role="rowgroup">{body}</tbody></table>', caption)


def _row(names: list[str], cells: Iterable[str]) -> str:
    first, *rest = cells
    labelled = zip(names[1:], rest, strict=True)
    shown = "".join(f'<td role="cell" data-label="{name}">{cell}</td>' for name, cell in labelled)
    return f'<tr role="row"><th role="rowheader" scope="row">{first}</th>{shown}</tr>'


def facts(caption: str, values: Mapping[str, str]) -> str:
    """A two-column table of names (escaped here) and values (HTML)."""
    rows = ([escape(name), value] for name, value in values.items())
    return table(caption, ["What", "Value"], rows, kind="cx-facts")


def scrolling(html: str, label: str) -> str:
    """A region that scrolls sideways on a narrow screen and can be reached by keyboard."""
    return f'<div class="cx-scroll" role="region" tabindex="0" aria-label="{escape(label)}">{html}</div>'
