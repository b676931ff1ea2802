"""The blueprint for a phone: one card a stage, downwards, with the emotion curve running down beside the cards."""

from typing import Any

import altair as alt
import pandas as pd

from cxops import theme
from cxops.journey.charts.feeling import GROUND, ink, runs, span, special
from cxops.journey.charts.sheet import Sheet

_PAD, _LINE, _TRACK, _SMALL, _TEXT = 9, 15, 84, 11, 12
"""Pixels within a card, from line to line, of the curve's width, and letters."""
_BOLD = _SMALL * 1.13
"""Size of which bold small letters take up the room."""
_VISIBLE = (("", "channel"), ("Front stage", "front_stage"))
_HIDDEN = (("Back stage", "back_stage"), ("Team", "team"), ("Queue", "queue"), ("Systems", "systems"))


def down(frame: pd.DataFrame, heading: alt.Title, width: int) -> theme.Chart:
    """The whole map, one stage below the other."""
    sheet, wide = Sheet(), width - 2
    card = wide - _TRACK - 8
    points: list[tuple[float, pd.Series]] = []
    y, phase = 0.0, ""
    for _, rows in frame.groupby("stage", sort=False):
        first = rows.iloc[0]
        if first["phase"] != phase:
            phase = str(first["phase"])
            y = _phase(sheet, phase, y + (6 if y else 0), card)
        y = _delay(sheet, first, y, card)
        y = _card(sheet, rows, y, card, points)
    _track(sheet, points, wide, y)
    return sheet.chart(heading, width=wide, height=y + 2)


def _phase(sheet: Sheet, name: str, y: float, card: float) -> float:
    sheet.box(0, y, card, 24, fill=theme.MAIN)
    sheet.words(_PAD, y + 12.5, name, fontSize=_TEXT, fontWeight=600, color=theme.PAPER)
    return y + 24 + 6


def _delay(sheet: Sheet, row: pd.Series, y: float, card: float) -> float:
    """The way from the stage above, with the median wait on it."""
    if pd.isna(row["delay_h"]):
        return y
    colour = theme.ACCENT if row["is_slowest"] else theme.MUTED
    sheet.line([(_PAD + 8, y), (_PAD + 8, y + 20)], stroke=colour, strokeWidth=2)
    sheet.dot(_PAD + 8, y + 21, shape="triangle-down", size=60, fill=colour)
    text = f"{theme.duration(row['delay_h'])} median wait"
    sheet.box(_PAD + 22, y + 2, theme.pixels(text, _BOLD) + 14, 20, radius=10, fill=colour)
    sheet.words(_PAD + 29, y + 12.5, text, fontWeight=600, color=theme.PAPER)
    return y + 30


def _card(sheet: Sheet, rows: pd.DataFrame, top: float, card: float, points: list[tuple[float, pd.Series]]) -> float:
    first, room = rows.iloc[0], card - 2 * _PAD
    y = top
    title = theme.wrapped(str(first["stage"]), room, _TEXT * 1.1)[:3]
    sheet.box(0, y, card, len(title) * 16 + 10, fill=theme.TINTS[1], stroke=theme.GRID, strokeWidth=1)
    for line in title:
        sheet.words(_PAD, y + 13.5, line, fontSize=13, fontWeight=700, color=theme.INK)
        y += 16
    y += 10
    body = y
    for _, row in rows.iterrows():
        y = _step(sheet, row, y + 6, room, card, points)
    promise = f", promises {first['promised']}" if first["promised"] else ""
    owner = f"{first['owner'] or 'nobody'}{promise}"
    sheet.line([(_PAD, y + 4), (card - _PAD, y + 4)], stroke=theme.GRID, strokeWidth=1)
    y = _entry(sheet, "Owner", owner, y + 8, room)
    sheet.box(0, body, card, y + 5 - body, fill=theme.TINTS[0], stroke=theme.GRID, strokeWidth=1)
    return y + 5 + 4


def _step(
    sheet: Sheet, row: pd.Series, y: float, room: float, card: float, points: list[tuple[float, pd.Series]]
) -> float:
    points.append((y + 9, row))
    for line in theme.wrapped(row["touchpoint"] or "No step is drawn", room, _TEXT * 1.1):
        sheet.words(_PAD, y + 8, line, fontSize=_TEXT, fontWeight=600, color=theme.INK)
        y += 16
    for label, field in _VISIBLE:
        y = _entry(sheet, label, str(row[field]), y, room)
    hidden = [(label, str(row[field])) for label, field in _HIDDEN if row[field]]
    if hidden:
        text = "line of visibility"
        start = card - _PAD - theme.pixels(text, _SMALL) - 4
        sheet.line([(_PAD, y + 9), (start, y + 9)], stroke=theme.INK, strokeWidth=1.2, strokeDash=[5, 3])
        sheet.words(card - _PAD, y + 9, text, align="right", color=theme.INK)
        y += 18
    for label, text in hidden:
        if label != "Queue" or text != row["team"]:
            y = _entry(sheet, label, text, y, room)
    return y


def _entry(sheet: Sheet, label: str, text: str, y: float, room: float) -> float:
    """A label and, behind it, the text in as many lines as it takes."""
    if not text:
        return y
    for line in theme.wrapped(f"{label}: {text}" if label else text, room, _SMALL * 0.96):
        sheet.words(_PAD, y + 8, line, color=theme.INK if label else theme.MUTED)
        y += _LINE
    return y


def _track(sheet: Sheet, points: list[tuple[float, pd.Series]], wide: float, bottom: float) -> None:
    """The curve downwards: bad to the left, good to the right."""
    left, reach = wide - _TRACK, span(row for _, row in points)
    middle, half = left + _TRACK / 2, (_TRACK / 2 - 4) / (reach or 1)
    sheet.box(left, 0, _TRACK, bottom, fill=GROUND, stroke=theme.GRID, strokeWidth=1)
    if reach:
        sheet.words(left + 5, 12, f"−{reach:g}", color=theme.MUTED)
        sheet.words(wide - 5, 12, f"+{reach:g}", align="right", color=theme.MUTED)
        sheet.line([(middle, 24), (middle, bottom)], stroke=theme.QUIET, strokeWidth=1)
        mean = middle + points[0][1]["journey_mean"] * half
        sheet.line([(mean, 24), (mean, bottom)], stroke=theme.MUTED, strokeDash=[3, 3], strokeWidth=1)
    for known, run in runs(points):
        if known and len(run) > 1:
            band = [(y, middle + row["lo"] * half, middle + row["hi"] * half) for y, row in run]
            sheet.ribbon(band, down=True, fill=theme.MAIN, fillOpacity=0.14)
            line = [(middle + row["mean_sentiment"] * half, y) for y, row in run]
            sheet.line(line, stroke=theme.MAIN, strokeWidth=2.5)
    for y, row in points:
        _point(sheet, y, row, middle, half)


def _point(sheet: Sheet, y: float, row: pd.Series, middle: float, half: float) -> None:
    halo: Any = {"align": "center", "stroke": GROUND, "strokeWidth": 4, "color": GROUND}
    if pd.isna(row["mean_sentiment"]):
        for at, line in enumerate(theme.wrapped(str(row["evidence"]), _TRACK - 8, _SMALL)):
            sheet.words(middle, y + at * _LINE, line, fontStyle="italic", **halo)
            sheet.words(middle, y + at * _LINE, line, align="center", color=theme.MUTED, fontStyle="italic")
        return
    colour, words = ink(row), special(row)
    x, low, high = (middle + row[name] * half for name in ("mean_sentiment", "lo", "hi"))
    sheet.line([(low, y), (high, y)], stroke=colour, strokeWidth=2)
    sheet.dot(x, y, shape="circle", size=90, fill=colour, stroke=theme.PAPER, strokeWidth=1.5)
    for at, text in enumerate([theme.signed(row["mean_sentiment"], 2), *words]):
        sheet.words(middle, y + 18 + at * 13, text, fontWeight=600, **halo)
        sheet.words(
            middle, y + 18 + at * 13, text, align="center", fontWeight=600, color=colour if words else theme.INK
        )
