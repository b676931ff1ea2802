"""Shares with their intervals against a target, drawn so that they read on a phone: the label and the number above."""

import altair as alt
import pandas as pd

from cxops import theme

_ROW = 46


def share_intervals(frame: pd.DataFrame, *, heading: alt.Title, width: int, target: float | None = None) -> theme.Chart:
    """One dot a row with its interval, on an axis in per cent; filled where it is a signal, else hollow.

    Parameters
    ----------
    frame : the rows to draw: label, text (the number, in bold at the right), share, low, high, is_signal.
    heading, width : see `theme.title`; width of the whole drawing, pixels.
    target : share that is aimed at, a dashed line.
    """
    beside = max((theme.pixels(each, 13.2) for each in frame["text"]), default=0)
    rows = frame.assign(
        row=range(len(frame)),
        label=[theme.elided(str(each), width - beside - 24, 12) for each in frame["label"]],
        fill=[theme.ACCENT if each else theme.PAPER for each in frame["is_signal"]],
        stroke=[theme.ACCENT if each else theme.MAIN for each in frame["is_signal"]],
    )
    scale = alt.Scale(domain=_domain(frame, target), nice=False, clamp=True)
    axis = alt.Axis(format="%", title=None, tickCount=5 if width > 500 else 3, labelFlush=True)
    down = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(rows)
    layers: list[alt.Chart] = [
        base.mark_rule(color=theme.INK, strokeWidth=2, yOffset=11).encode(
            alt.X("low:Q", scale=scale, axis=axis), down, x2="high"
        ),
        base.mark_point(size=90, opacity=1, strokeWidth=2, yOffset=11).encode(
            alt.X("share:Q", scale=scale),
            down,
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
        ),
        base.mark_text(align="left", dy=-9, stroke=theme.PAPER, strokeWidth=4).encode(
            y=down, text="label:N", x=alt.value(0)
        ),
        base.mark_text(align="left", dy=-9).encode(y=down, text="label:N", x=alt.value(0)),
        base.mark_text(align="right", dy=-9, fontWeight=600, stroke=theme.PAPER, strokeWidth=4).encode(
            y=down, text="text:N", x=alt.value(width - 2)
        ),
        base.mark_text(align="right", dy=-9, fontWeight=600).encode(y=down, text="text:N", x=alt.value(width - 2)),
    ]
    if target is not None:
        line = alt.Chart(pd.DataFrame({"target": [target]})).mark_rule(color=theme.ACCENT, strokeDash=[4, 3])
        layers.insert(0, line.encode(alt.X("target:Q", scale=scale, axis=axis)))
    return alt.layer(*layers).properties(width=width - 2, height=len(rows) * _ROW, title=heading)


def _domain(frame: pd.DataFrame, target: float | None) -> list[float]:
    """From a tenth below the lowest bound to 1, so that differences between high shares can be seen."""
    lowest = min([float(frame["low"].min()), *([target] if target is not None else [])])
    return [max(0.0, int((lowest - 0.02) * 20) / 20), 1.0]
