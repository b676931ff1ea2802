"""A matrix of two categories: the tint and the number in a cell say the same."""

from string import ascii_uppercase

import altair as alt
import pandas as pd

from cxops.theme.formats import compact, elided, pixels
from cxops.theme.look import INK, PAPER, SMALL, TEXT, TINTS, Chart

_CELL, _ABOVE = 34, 20
"""Height of a cell and of the names above, pixels."""
_EMPTY = "#f7f9fb"


def matrix(
    frame: pd.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    heading: alt.Title,
    width: int,
    untinted: str | None = None,
) -> Chart:
    """One cell for each row of the frame, tinted by value in steps, the darkest for the most, with the value in it.

    Where the columns' names would not fit above the cells, letters stand for them, beside the same names on the left.

    Parameters
    ----------
    frame : one row a cell; names are shown in the order they first appear in `row`, then in `column`; at most 26.
    row, column, value : columns of the frame; `value` from 0.
    heading : see `theme.title`.
    width : of the whole drawing, pixels.
    untinted : a name, such as that of a remainder, whose cells hold their number only and do not set the scale.
    """
    names = list(dict.fromkeys([*frame[row], *frame[column]]))
    room = max(width * 0.3, width - 36 * len(names))
    left = min(max(pixels(f"A  {each}", TEXT) for each in names) + 10, room, width * 0.4)
    letters = ascii_uppercase[: len(names)]
    fits = max(pixels(each, TEXT) for each in names) < (width - left) / len(names) - 4
    beside = names if fits else [f"{letter}  {name}" for letter, name in zip(letters, names, strict=True)]
    sides = pd.DataFrame({"above": names if fits else list(letters), "beside": beside}).assign(at=range(len(names)))
    sides["beside"] = [elided(each, left - 8, TEXT) for each in sides["beside"]]
    tinted = ~frame[row].isin([untinted]) & ~frame[column].isin([untinted])
    steps = (frame[value].where(tinted) / (frame.loc[tinted, value].max() or 1.0) * (len(TINTS) - 1)).fillna(0)
    cells = pd.DataFrame(
        {
            "row_at": frame[row].map(names.index),
            "column_at": frame[column].map(names.index),
            "value": frame[value],
            "text": [compact(each) for each in frame[value]],
            "tint": [TINTS[int(step)] for step in steps],
        }
    )
    cells.loc[~tinted, "tint"] = PAPER
    cells["ink"] = cells["tint"].map(lambda tint: PAPER if tint in TINTS[3:] else INK)
    return _drawn(cells, sides, left, heading, width)


def _drawn(cells: pd.DataFrame, sides: pd.DataFrame, left: float, heading: alt.Title, width: int) -> Chart:
    """The cells at `row_at` and `column_at`, on a ground of empty ones, and the names above and beside them."""
    height, order = _ABOVE + len(sides) * _CELL, list(sides["at"])
    down = alt.Scale(domain=order, range=[_ABOVE, height], paddingInner=0.06, paddingOuter=0)
    across = alt.Scale(domain=order, range=[left, width - 2], paddingInner=0.03, paddingOuter=0)
    base = alt.Chart(cells).encode(
        x=alt.X("column_at:O", scale=across, axis=None), y=alt.Y("row_at:O", scale=down, axis=None)
    )
    names = alt.Chart(sides)
    beside = names.encode(y=alt.Y("at:O", scale=down, axis=None))
    layers = [
        beside.mark_rect(fill=_EMPTY).encode(x=alt.value(left), x2=alt.value(width - 2)),
        base.mark_rect().encode(fill=alt.Fill("tint:N", scale=None)),
        base.mark_text(fontSize=SMALL).encode(text="text:N", color=alt.Color("ink:N", scale=None)),
        beside.mark_text(align="left").encode(x=alt.value(0), text="beside:N"),
        names.mark_text(baseline="top").encode(
            x=alt.X("at:O", scale=across, axis=None), y=alt.value(0), text="above:N"
        ),
    ]
    return alt.layer(*layers).properties(width=width - 2, height=height, title=heading)
