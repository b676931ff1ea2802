"""Tables that leadership reads, and the notice of what the numbers are made from."""

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Protocol

import great_tables as gt
import pandas as pd

from cxops.theme.formats import shortened
from cxops.theme.table_styles import kinds, style

_CAPTION, _CELL = 1000, 300
"""Letters of a caption and of a cell at most: names in the data have any length."""
_ROLES = {"tr": "row", "td": "cell", "thead": "rowgroup", "tbody": "rowgroup"}
"""Said again, because some browsers take a row that is laid out as a grid for no row at all."""


@dataclass(frozen=True)
class Table:
    """A table as HTML, inside a region that a keyboard can reach."""

    frame: pd.DataFrame
    caption: str
    html: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": f"{self.caption}\n{self.frame.to_string(index=False)}", "text/html": self.html}


class Described(Protocol):
    """What a data set says about itself; `tables.Dataset` does."""

    @property
    def title(self) -> str: ...
    @property
    def synthetic(self) -> bool: ...
    @property
    def description(self) -> str: ...


@dataclass(frozen=True)
class Notice:
    """A sentence above everything else on a page."""

    label: str
    text: str

    @property
    def html(self) -> str:
        return (
            '<p class="cx-notice" role="note" style="margin:1rem 0;padding:.6rem .8rem;border-left:4px solid #b5480b;'
            'background:#fdf3ec;color:#1f2933;line-height:1.4">'
            f"<strong>{escape(self.label)}</strong> {escape(self.text)}</p>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": f"{self.label} {self.text}".strip(), "text/html": self.html}


def table(
    frame: pd.DataFrame,
    *,
    caption: str,
    columns: dict[str, str] | None = None,
    decimals: dict[str, int] | None = None,
    kpis: tuple[str, ...] = (),
    is_folded: bool = False,
) -> Table:
    """The frame as a table: caption, first column as the rows' headings, aligned numbers; on a phone it still fits.

    Parameters
    ----------
    frame : rows to show; every text in it is escaped.
    caption : what one row is and what the table says.
    columns : the columns to show, in this order, with the names a reader should see; without it all, named as they are.
    decimals : digits after the point by column; a column (0–1) with the word `share` in its name is shown
        in per cent. Whole numbers need none.
    kpis : ids of the definitions in `params/kpis.yml` that its numbers follow.
    is_folded : whether only the caption is seen until a reader opens it; on paper it is open. Without rows there is
        nothing to open.

    Notes
    -----
    great_tables formats and escapes. Its stylesheet (10 kB a table, two rules of which reach every table of the page),
    its ids and its caption in a row of headings are replaced.
    """
    frame = frame if columns is None else frame[list(columns)]
    first = str(frame.columns[0])
    shown = gt.GT(frame, rowname_col=first, id="cx")
    decimals = dict.fromkeys(frame.select_dtypes("integer").columns, 0) | (decimals or {})
    for column, digits in decimals.items():
        if column == first:
            continue
        shares = re.search(r"(\b|_)share\b", column.lower()) is not None
        if shares:
            shown = shown.fmt_percent(column, decimals=digits, incl_space=True)
        else:
            shown = shown.fmt_number(column, decimals=digits)
    shown = shown.cols_label({name: label for name, label in (columns or {}).items() if name != first})
    shown = shown.tab_stubhead((columns or {}).get(first, first))
    drawn = shown.sub_missing(missing_text="–").as_raw_html()
    names, caption = [(columns or {}).get(name, str(name)) for name in frame.columns], shortened(caption, _CAPTION)
    return Table(frame, caption, _html(drawn, caption, kpis, names, is_folded and len(frame) > 0))


def notice(dataset: Described) -> Notice:
    """What the numbers on the page are made from; says first, and in words, that made-up data is made up."""
    label = f"Synthetic data: {dataset.title}." if dataset.synthetic else f"Data: {dataset.title}."
    return Notice(label, dataset.description)


def _html(drawn: str, caption: str, kpis: tuple[str, ...], names: list[str], is_folded: bool) -> str:
    """Table markup of great_tables in the workbook's frame: no ids, no foreign style, a real caption."""
    start, end = drawn.index("<thead"), drawn.rindex("</table>")
    body = re.sub(r"<(t[rdh]|thead|tbody)\b([^<>]*)>", _plain, drawn[start:end])
    body = re.sub(r"(<t[hd]\b[^<>]*)>([^<>]{81,})(?=</t[hd]>)", _brief, body)
    body = re.sub(r"<tr\b.*?</tr>", lambda row: _labelled(row[0], names[1:]), body, flags=re.DOTALL)
    label = escape(caption)
    seen = "" if is_folded else f"<caption><span>{label}</span></caption>"
    shown = (
        f'<div class="cx-across" role="region" tabindex="0" aria-label="{label}">'
        f'<table role="table" aria-label="{label}" style="--cx-columns:{max(len(names) - 1, 1)}" '
        f'data-quarto-disable-processing="true">{seen}{body}</table></div>'
    )
    if is_folded:
        shown = f"<details><summary>Table: {label}</summary>{shown}</details>"
    look = " ".join(["cx-table", *kinds(len(names))])
    return f'<div class="{look}" data-kpi="{escape(" ".join(kpis))}">{style(len(names))}{shown}</div>'


def _brief(cell: re.Match[str]) -> str:
    """The cell with a text of any length shortened, and whole in its title."""
    whole = unescape(cell[2])
    shown = shortened(whole, _CELL)
    return cell[0] if shown == whole else f'{cell[1]} title="{escape(whole)}">{escape(shown)}'


def _labelled(row: str, names: list[str]) -> str:
    """The row with its column's name on each cell, for the layout of records."""
    labels = iter(names)
    return re.sub("<td ", lambda _: f'<td data-label="{escape(next(labels))}" ', row)


def _plain(tag: re.Match[str]) -> str:
    """The tag without ids, and with its role in the table."""
    name, rest = tag[1], re.sub(' (?:id|headers)="[^"]*"', "", tag[2])
    role = _ROLES.get(name) or ("rowheader" if 'scope="row"' in rest else "columnheader")
    return f'<{name} role="{role}"{rest}>'
