"""Bars with their label above and their number at the end: they read the same on a phone and on paper."""

from typing import Any

import altair as alt
import pandas as pd

from cxops.theme.formats import elided, pixels
from cxops.theme.look import ACCENT, INK, MAIN, MUTED, PAPER, TEXT, Chart

_ROW, _BOLD, _TRACK = 44, TEXT * 1.1, "#f1f4f7"
"""Pixels from one bar to the next with its label, size that bold letters take up, and the ground a bar lies on."""
_FINE = (0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 2.5, 3, 4, 5)
_COARSE = tuple(step * 10.0**size for size in range(-3, 6) for step in (1, 2, 5))
_DECADES = tuple(10.0**size for size in range(-3, 6))
"""Ticks of a logarithmic axis of ratios: for less than a fivefold span, for less than two hundredfold, for more."""
"""Ratios that may be marked on a short and on a long logarithmic axis."""


def bars(frame: pd.DataFrame, *, label: str, value: str, text: str, heading: alt.Title, width: int) -> Chart:
    """One bar a row, in the frame's order.

    Parameters
    ----------
    frame : the rows to draw, few enough to read.
    label, value, text : columns: whose bar it is; its length, from 0; the number, with its unit, beside it.
    heading : see `theme.title`.
    width : of the whole drawing, pixels.
    """
    end = frame[value].astype(float).fillna(0)
    room = width - max((pixels(each, _BOLD) for each in frame[text]), default=0) - 14
    rows = _rows(frame, label, text, width).assign(start=0.0, end=end.tolist(), at=end.tolist(), side="left")
    return _drawn(rows, (end.max() or 1.0) * width / max(room, width * 0.2), heading, width)


def waterfall(frame: pd.DataFrame, *, label: str, value: str, text: str, heading: alt.Title, width: int) -> Chart:
    """One bar a row, each beginning where the one above ended: parts that add up to a whole.

    Parameters are those of `bars`.
    """
    part = frame[value].astype(float)
    end = part.cumsum()
    whole = float(end.iloc[-1]) or 1.0
    need = [(pixels(each, _BOLD) + 10) * whole / width for each in frame[text]]
    fits = [whole - last >= each for last, each in zip(end, need, strict=True)]
    rows = _rows(frame, label, text, width).assign(
        start=(end - part).tolist(),
        end=end.tolist(),
        side=["left" if fit else "right" for fit in fits],
        at=[last if fit else last - size for last, size, fit in zip(end, part, fits, strict=True)],
    )
    inside = [not fit and size >= each for size, each, fit in zip(part, need, fits, strict=True)]
    rows.loc[inside, "at"] = rows.loc[inside, "end"]
    rows["ink"] = [PAPER if each else INK for each in inside]
    return _drawn(rows, whole, heading, width)


def intervals(frame: pd.DataFrame, *, label: str, value: str, text: str, heading: alt.Title, width: int) -> Chart:
    """One estimate a row with its interval, on a logarithmic axis around 1: filled where it is a signal, else hollow.

    Parameters
    ----------
    frame : as for `bars`, with the ratio in `value`, its bounds in `low` and `high`, and `is_signal`.
    """
    rows = _rows(frame, label, text, width).assign(
        value=frame[value].tolist(), low=frame["low"].tolist(), high=frame["high"].tolist()
    )
    rows["fill"] = [ACCENT if each else PAPER for each in frame["is_signal"]]
    bounds = pd.concat([rows["low"], rows["high"], pd.Series([0.8, 1.25])]).dropna()
    bounds = bounds[bounds > 0]
    low, high = float(bounds.min()) * 0.9, float(bounds.max()) * 1.1
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    span = high / low
    ticks = [tick for tick in (_FINE if span < 5 else _COARSE if span < 200 else _DECADES) if low <= tick <= high]
    axis = alt.Axis(title="times as long as the rest (log scale)", values=ticks, format="~r", labelFlush=True)
    down = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(rows)
    at_one = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(color=MUTED, strokeDash=[3, 3])
    layers = [
        at_one.encode(alt.X("one:Q", scale=scale, axis=axis)),
        base.mark_rule(color=INK, strokeWidth=2, yOffset=10).encode(alt.X("low:Q", scale=scale), down, x2="high"),
        base.mark_point(size=90, opacity=1, stroke=ACCENT, strokeWidth=2, yOffset=10).encode(
            alt.X("value:Q", scale=scale), down, fill=alt.Fill("fill:N", scale=None)
        ),
        base.mark_text(align="left", dy=-10, stroke=PAPER, strokeWidth=4).encode(
            y=down, text="label:N", x=alt.value(0)
        ),
        base.mark_text(align="left", dy=-10).encode(y=down, text="label:N", x=alt.value(0)),
    ]
    return alt.layer(*layers).properties(width=width - 2, height=len(rows) * _ROW, title=heading)


def _rows(frame: pd.DataFrame, label: str, text: str, width: int) -> pd.DataFrame:
    """Position, label and number of each bar."""
    return pd.DataFrame(
        {
            "row": range(len(frame)),
            "label": [elided(str(each), width - 8, TEXT) for each in frame[label]],
            "text": [str(each) for each in frame[text]],
            "ink": INK,
        }
    )


def _drawn(rows: pd.DataFrame, most: float, heading: alt.Title, width: int) -> Chart:
    """Bars from `start` to `end`, labels above them, `text` beside `at`, on the `side` its letters begin."""
    down = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    length = alt.Scale(domain=[0, most], nice=False)
    base = alt.Chart(rows)
    layers = [
        base.mark_bar(height=16, yOffset=10, color=_TRACK).encode(y=down, x=alt.value(0), x2=alt.value(width - 2)),
        base.mark_bar(height=16, yOffset=10, color=MAIN).encode(
            alt.X("start:Q", scale=length, axis=None), down, x2="end"
        ),
        base.mark_text(align="left", dy=-10, color=INK).encode(y=down, text="label:N", x=alt.value(0)),
    ]
    for side, shift in (("left", 5), ("right", -5)):
        look: Any = {"align": side, "dx": shift, "dy": 10, "fontWeight": 600}
        mark = alt.Chart(rows[rows["side"] == side]).mark_text(**look)
        beside = alt.X("at:Q", scale=length, axis=None)
        layers.append(mark.encode(beside, down, text="text:N", color=alt.Color("ink:N", scale=None)))
    return alt.layer(*layers).properties(width=width - 2, height=max(len(rows), 1) * _ROW, title=heading)
