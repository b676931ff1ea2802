"""The look of a table by the number of its columns and the room it has; no rule reaches beyond the table."""

_HIDDEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
"""Heard, not seen."""
_EVERY = (
    ".cx-table{container-type:inline-size;margin:1rem 0;background:#fff;color:#1f2933}"
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
    f".cx-table table:not(:has(tbody tr)) thead{{{_HIDDEN}}}"
    "@media print{.cx-table details{display:block!important}"
    ".cx-table details::details-content{content-visibility:visible;block-size:auto}}"
)
_FEW, _RECORDS, _DENSE = ".cx-table.cx-few", ".cx-table.cx-records", ".cx-table.cx-dense"
_KINDS = {
    "cx-few": (
        f"@container (max-width:520px){{{_FEW} tr{{display:grid;padding:.3rem 0;border-bottom:1px solid #d9dee4;"
        "grid-template-columns:repeat(var(--cx-columns),minmax(0,1fr))}"
        f"{_FEW} thead tr{{border-bottom:2px solid #52606d}}"
        f"{_FEW} tr>*,{_FEW} thead tr>*{{padding:.1rem .25rem;border:0;min-width:0;max-width:none;align-self:end}}"
        f"{_FEW} tr>:first-child{{grid-column:1/-1}}{_FEW} tbody td{{align-self:start;overflow-wrap:anywhere}}"
        f"{_FEW} tbody th{{font-weight:600}}{_FEW} thead th{{font-size:.8rem;line-height:1.2;hyphens:auto}}}}"
    ),
    "cx-records": (
        f"@container (max-width:640px){{{_RECORDS} thead{{{_HIDDEN}}}"
        f"{_RECORDS} table,{_RECORDS} tbody,{_RECORDS} tr,{_RECORDS} caption,{_RECORDS} tbody th{{display:block}}"
        f"{_RECORDS} tr{{padding:.45rem 0;border-bottom:1px solid #d9dee4}}"
        f"{_RECORDS} tr>*{{padding:.1rem .25rem;border:0;min-width:0;max-width:none}}"
        f"{_RECORDS} tbody th{{font-weight:600}}"
        f"{_RECORDS} td,{_RECORDS} td.gt_right{{display:flex;justify-content:space-between;gap:1rem;"
        "text-align:right;white-space:normal;font-variant-numeric:tabular-nums}"
        f"{_RECORDS} td::before{{content:attr(data-label);content:attr(data-label)/'';flex:1 0 42%;"
        "text-align:left;color:#52606d;font-size:.82rem}}"
    ),
    "cx-dense": (
        f"{_DENSE} table{{font-size:.78rem}}{_DENSE} th,{_DENSE} td{{padding:.3rem .22rem;min-width:2.5rem}}"
        f"{_DENSE} tr>:first-child{{padding-left:.5rem}}"
    ),
}
"""By number of columns, where there is little room. A few: a row's name stands above its numbers. More: each row is a
record of labels and values, and the labels are silent, because a reader of the screen hears the columns' names. Either
way no column is cut off and nothing scrolls sideways. Dense: smaller letters and gaps, so that ten columns fit beside
each other on a page of 800 pixels."""
_RECORDS_FROM, _DENSE_FROM = 5, 8
"""Columns from which a row is a record where there is little room, and from which a table is dense."""


def kinds(columns: int) -> list[str]:
    """Classes of a table with so many columns.

    >>> kinds(4), kinds(5), kinds(8)
    (['cx-few'], ['cx-records'], ['cx-records', 'cx-dense'])
    """
    layout = "cx-few" if columns < _RECORDS_FROM else "cx-records"
    return [layout] + ["cx-dense"] * (columns >= _DENSE_FROM)


def style(columns: int) -> str:
    """The rules that such a table needs."""
    return f"<style>{_EVERY}{''.join(_KINDS[kind] for kind in kinds(columns))}</style>"
