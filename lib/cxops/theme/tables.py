"""Tables that leadership reads, and the notice of what the numbers are made from."""

import re
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

import great_tables as gt
import pandas as pd

_STYLE = (
    "<style>.cx-table{container-type:inline-size;overflow-x:auto;margin:1rem 0;background:#fff;color:#1f2933}"
    ".cx-table:focus-visible{outline:2px solid #1f5f8b;outline-offset:2px}"
    ".cx-table table{border-collapse:collapse;width:100%;margin:0;font-size:.9rem;line-height:1.35;color:#1f2933}"
    ".cx-table caption{caption-side:top;text-align:left;color:#1f2933;font-weight:600;padding:.25rem .5rem}"
    ".cx-table caption span{display:inline-block;max-width:calc(100cqw - 1rem)}"
    ".cx-table th,.cx-table td{padding:.35rem .5rem;border:0;border-bottom:1px solid #d9dee4;text-align:left;"
    "vertical-align:top;background:#fff;color:#1f2933;white-space:normal;"
    "min-width:5.5rem;max-width:22rem;overflow-wrap:break-word}"
    ".cx-table thead th{border-bottom:2px solid #52606d;color:#52606d;font-weight:600;vertical-align:bottom}"
    ".cx-table tbody th{font-weight:400}"
    ".cx-table .gt_right{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;min-width:0}</style>"
)


@dataclass(frozen=True)
class Table:
    """A table as HTML, inside a region that a keyboard can scroll sideways."""

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
) -> Table:
    """The frame as a table: caption, first column as the rows' headings, aligned numbers, scrolls sideways on a phone.

    Parameters
    ----------
    frame : rows to show; every text in it is escaped.
    caption : what one row is and what the table says.
    columns : the columns to show, in this order, with the names a reader should see; without it all, named as they are.
    decimals : digits after the point by column; a column (0–1) with the word `share` in its name is shown
        in per cent. Whole numbers need none.
    kpis : ids of the definitions in `params/kpis.yml` that its numbers follow.

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
        shown = (shown.fmt_percent if shares else shown.fmt_number)(column, decimals=digits)
    shown = shown.cols_label({name: label for name, label in (columns or {}).items() if name != first})
    shown = shown.tab_stubhead((columns or {}).get(first, first))
    drawn = shown.sub_missing(missing_text="–").as_raw_html()
    return Table(frame, caption, _html(drawn, caption, kpis))


def notice(dataset: Described) -> Notice:
    """What the numbers on the page are made from; says first, and in words, that made-up data is made up."""
    label = f"Synthetic data: {dataset.title}." if dataset.synthetic else f"Data: {dataset.title}."
    return Notice(label, dataset.description)


def _html(drawn: str, caption: str, kpis: tuple[str, ...]) -> str:
    """Table markup of great_tables in the workbook's frame: no ids, no foreign style, a real caption."""
    start, end = drawn.index("<thead"), drawn.rindex("</table>")
    named = escape(" ".join(kpis))
    body = re.sub(r"<(t[dh])( [^<>]*)>", _without_ids, drawn[start:end])
    return (
        f'<div class="cx-table" role="region" tabindex="0" aria-label="{escape(caption)}" data-kpi="{named}">{_STYLE}'
        f'<table data-quarto-disable-processing="true"><caption><span>{escape(caption)}</span></caption>'
        f"{body}</table></div>"
    )


def _without_ids(tag: re.Match[str]) -> str:
    return "<" + tag[1] + re.sub(' (?:id|headers)="[^"]*"', "", tag[2]) + ">"
