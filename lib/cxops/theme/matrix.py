"""A matrix of two categories: the tint and the number in a cell say the same."""

from string import ascii_uppercase

import altair as alt
import pandas as pd

from cxops.theme.formats import compact, elided, pixels
from cxops.theme.look import GRID, INK, PAPER, TEXT, TINTS

_CELL, _ABOVE = 34, 20
"""Height of a cell and of the names above, pixels."""


def matrix(frame: pd.DataFrame, *, row: str, column: str, value: str, heading: alt.Title, width: int) -> alt.Chart:
    """One cell for each row of the frame, tinted by value in five steps, with the value in it.

    Where the columns' names would not fit above the cells, letters stand for them, beside the same names on the left.

    Parameters
    ----------
    frame : one row a cell; names are shown in the order they first appear in `row`, then in `column`; at most 26.
    row, column, value : columns of the frame; `value` from 0.
    heading : see `theme.title`.
    width : of the whole drawing, pixels.
    """
    names = list(dict.fromkeys([*frame[row], *frame[column]]))
    left = min(max(pixels(f"A  {each}", TEXT) for each in names) + 10, width * 0.34)
    fits = max(pixels(each, TEXT) for each in names) < (width - left) / len(names) - 4
    letters = ascii_uppercase[: len(names)]
    sides = pd.DataFrame(
        {
            "at": range(len(names)),
            "above": names if fits else list(letters),
            "beside": [
                elided(f"{letter}  {name}", left - 8, TEXT) for letter, name in zip(letters, names, strict=True)
            ],
        }
    )
    if fits:
        sides["beside"] = [elided(name, left - 8, TEXT) for name in names]
    steps = (frame[value] / (frame[value].max() or 1.0) * len(TINTS)).fillna(0).clip(0, len(TINTS) - 1).astype(int)
    cells = frame[[row, column, value]].assign(
        row_at=frame[row].map(names.index),
        column_at=frame[column].map(names.index),
        text=[compact(each) for each in frame[value]],
        tint=[TINTS[step] for step in steps],
        ink=[INK if step < 3 else PAPER for step in steps],
    )
    return _drawn(cells, sides, left, heading, width)


def _drawn(cells: pd.DataFrame, sides: pd.DataFrame, left: float, heading: alt.Title, width: int) -> alt.Chart:
    """The cells at `row_at` and `column_at`, and the names above and beside them."""
    height, order = _ABOVE + len(sides) * _CELL, list(sides["at"])
    down = alt.Scale(domain=order, range=[_ABOVE, height], paddingInner=0.06, paddingOuter=0)
    across = alt.Scale(domain=order, range=[left, width], paddingInner=0.03, paddingOuter=0)
    base = alt.Chart(cells).encode(
        x=alt.X("column_at:O", scale=across, axis=None), y=alt.Y("row_at:O", scale=down, axis=None)
    )
    names = alt.Chart(sides)
    layers = [
        names.mark_rule(color=GRID).encode(
            y=alt.Y("at:O", scale=down, axis=None), x=alt.value(left), x2=alt.value(width)
        ),
        base.mark_rect().encode(fill=alt.Fill("tint:N", scale=None)),
        base.mark_text(fontSize=TEXT).encode(text="text:N", color=alt.Color("ink:N", scale=None)),
        names.mark_text(align="left").encode(y=alt.Y("at:O", scale=down, axis=None), x=alt.value(0), text="beside:N"),
        names.mark_text(baseline="top").encode(
            x=alt.X("at:O", scale=across, axis=None), y=alt.value(0), text="above:N"
        ),
    ]
    return alt.layer(*layers).properties(width=width, height=height, title=heading, padding=0).configure_text(color=INK)
