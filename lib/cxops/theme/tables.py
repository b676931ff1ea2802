"""Tables that leadership reads, and the notice of what the numbers are made from."""

import re
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

import great_tables as gt
import pandas as pd

_STYLE = (
    "<style>.cx-table{container-type:inline-size;margin:1rem 0;background:#fff;color:#1f2933}"
    ".cx-table .cx-across{overflow-x:auto}"
    ".cx-table .cx-across:focus-visible,.cx-table summary:focus-visible{outline:2px solid #1f5f8b;outline-offset:2px}"
    ".cx-table details{margin:0;padding:0;border:0}"
    ".cx-table summary{padding:.35rem 0;color:#1f5f8b;font-size:.9rem;font-weight:500;cursor:pointer}"
    ".cx-table table{border-collapse:collapse;width:100%;margin:0;font-size:.9rem;line-height:1.35;color:#1f2933}"
    ".cx-table caption{caption-side:top;text-align:left;color:#1f2933;font-weight:600;padding:.25rem .5rem}"
    ".cx-table caption span{display:inline-block;max-width:calc(100cqw - 1rem)}"
    ".cx-table th,.cx-table td{padding:.35rem .5rem;border:0;border-bottom:1px solid #d9dee4;text-align:left;"
    "vertical-align:top;background:#fff;color:#1f2933;white-space:normal;"
    "min-width:4rem;max-width:26rem;overflow-wrap:break-word}"
    ".cx-table thead th{border-bottom:2px solid #52606d;color:#52606d;font-weight:600;vertical-align:bottom}"
    ".cx-table tbody th{font-weight:400}"
    ".cx-table .gt_right{text-align:right;font-variant-numeric:tabular-nums;min-width:0}"
    ".cx-table td.gt_right{white-space:nowrap}"
    "@container (max-width:520px){.cx-table tr{display:grid;padding:.3rem 0;border-bottom:1px solid #d9dee4;"
    "grid-template-columns:repeat(var(--cx-columns),minmax(0,1fr))}"
    ".cx-table thead tr{border-bottom:2px solid #52606d}"
    ".cx-table tr>*,.cx-table thead tr>*{padding:.1rem .25rem;border:0;min-width:0;max-width:none;align-self:end;"
    "overflow-wrap:anywhere}"
    ".cx-table tr>:first-child{grid-column:1/-1}.cx-table tbody td{align-self:start}"
    ".cx-table tbody th{font-weight:600}.cx-table thead th{font-size:.8rem;line-height:1.2}}"
    "@media print{.cx-table details{display:block!important}"
    ".cx-table details::details-content{content-visibility:visible;block-size:auto}}</style>"
)
"""Where there is little room a row's name stands above its numbers: no column is cut off, nothing scrolls sideways."""
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
    """The frame as a table: caption, first column as the rows' headings and on a phone above them, aligned numbers.

    Parameters
    ----------
    frame : rows to show; every text in it is escaped.
    caption : what one row is and what the table says.
    columns : the columns to show, in this order, with the names a reader should see; without it all, named as they are.
    decimals : digits after the point by column; a column (0–1) with the word `share` in its name is shown
        in per cent. Whole numbers need none.
    kpis : ids of the definitions in `params/kpis.yml` that its numbers follow.
    is_folded : whether only the caption is seen until a reader opens it; on paper it is open.

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
    return Table(frame, caption, _html(drawn, caption, kpis, len(frame.columns) - 1, is_folded))


def notice(dataset: Described) -> Notice:
    """What the numbers on the page are made from; says first, and in words, that made-up data is made up."""
    label = f"Synthetic data: {dataset.title}." if dataset.synthetic else f"Data: {dataset.title}."
    return Notice(label, dataset.description)


def _html(drawn: str, caption: str, kpis: tuple[str, ...], columns: int, is_folded: bool) -> str:
    """Table markup of great_tables in the workbook's frame: no ids, no foreign style, a real caption."""
    start, end = drawn.index("<thead"), drawn.rindex("</table>")
    body = re.sub(r"<(t[rdh]|thead|tbody)\b([^<>]*)>", _plain, drawn[start:end])
    label = escape(caption)
    seen = "" if is_folded else f"<caption><span>{label}</span></caption>"
    shown = (
        f'<div class="cx-across" role="region" tabindex="0" aria-label="{label}">'
        f'<table role="table" aria-label="{label}" style="--cx-columns:{max(min(columns, 5), 1)}" '
        f'data-quarto-disable-processing="true">{seen}{body}</table></div>'
    )
    if is_folded:
        shown = f"<details><summary>Table: {label}</summary>{shown}</details>"
    return f'<div class="cx-table" data-kpi="{escape(" ".join(kpis))}">{_STYLE}{shown}</div>'


def _plain(tag: re.Match[str]) -> str:
    """The tag without ids, and with its role in the table."""
    name, rest = tag[1], re.sub(' (?:id|headers)="[^"]*"', "", tag[2])
    role = _ROLES.get(name) or ("rowheader" if 'scope="row"' in rest else "columnheader")
    return f'<{name} role="{role}"{rest}>'
