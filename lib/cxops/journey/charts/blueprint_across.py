"""The blueprint for a wide screen: stages as columns, lanes below each other, the line of visibility between them."""

from itertools import groupby
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme
from cxops.journey.charts.feeling import GROUND, ink, runs, span, special
from cxops.journey.charts.sheet import Sheet

MOST = 7
"""Stages that stand beside each other; more go on below."""
_GAP, _PAD, _LINE, _LABEL, _CURVE = 4, 7, 14, 20, 140
"""Pixels between columns, within a card, from line to line, for a lane's name, and of the curve's height."""
_SMALL, _TEXT = 11, 12
_LANES: tuple[tuple[str, tuple[tuple[str, bool], ...], str], ...] = (
    ("What the customer meets", (("touchpoint", True), ("channel", False)), theme.TINTS[1]),
    ("Front stage", (("front_stage", False),), theme.TINTS[0]),
    ("Back stage", (("back_stage", False),), "#f2f3f5"),
    ("Team and queue", (("held", False),), "#f2f3f5"),
    ("Systems", (("systems", False),), "#f2f3f5"),
    ("Owner and promise", (("owner", True), ("promise", False)), theme.PAPER),
)
_VISIBLE = 2
"""Lanes above the line of visibility."""
_PER_STAGE = "Owner and promise"


def across(frame: pd.DataFrame, heading: alt.Title, width: int) -> theme.Chart:
    """The whole map; with more than seven stages in several rows of about as many."""
    names = list(dict.fromkeys(frame["stage"]))
    bands = -(-len(names) // MOST)
    each = -(-len(names) // bands)
    sheet, top = Sheet(), 0.0
    for band in range(bands):
        part = names[band * each : (band + 1) * each]
        top = _band(sheet, frame[frame["stage"].isin(part)], top + (24 if band else 0), width - 2, each)
    return sheet.chart(heading, width=width - 2, height=top)


def _band(sheet: Sheet, frame: pd.DataFrame, top: float, width: float, columns: int) -> float:
    pitch = (width + _GAP) / columns
    stages = [rows for _, rows in frame.groupby("stage", sort=False)]
    wide = pitch * len(stages) - _GAP
    top = _phases(sheet, stages, top, pitch)
    top = _curve(sheet, stages, top, pitch, wide)
    top = _names(sheet, stages, top, pitch)
    for at, (label, fields, fill) in enumerate(_LANES):
        if at == _VISIBLE:
            top = _visibility(sheet, top, wide)
        top = _lane(sheet, stages, top, pitch, label, fields, fill)
    return top


def _phases(sheet: Sheet, stages: list[pd.DataFrame], top: float, pitch: float) -> float:
    start = 0
    for phase, group in groupby(stages, key=lambda rows: rows["phase"].iloc[0]):
        count = len(list(group))
        sheet.box(start * pitch, top, count * pitch - _GAP, 24, fill=theme.MAIN)
        shown = theme.elided(phase, count * pitch - _GAP - 2 * _PAD, _TEXT * 1.1)
        sheet.words(start * pitch + _PAD, top + 12.5, shown, fontSize=_TEXT, fontWeight=600, color=theme.PAPER)
        start += count
    return top + 24


def _names(sheet: Sheet, stages: list[pd.DataFrame], top: float, pitch: float) -> float:
    """The stages' names, and below, on the line between two of them, how long it takes to get from one to the next."""
    lines = [theme.wrapped(rows["stage"].iloc[0], pitch - _GAP - 6, _TEXT * 1.08)[:3] for rows in stages]
    height = max(map(len, lines)) * 15 + 12
    for at, text in enumerate(lines):
        sheet.box(at * pitch, top, pitch - _GAP, height, fill=theme.TINTS[4])
        for line, words in enumerate(text):
            y = top + height / 2 + (line - (len(text) - 1) / 2) * 15
            look: Any = {"fontSize": _TEXT, "fontWeight": 600, "color": theme.PAPER, "align": "center"}
            sheet.words(at * pitch + (pitch - _GAP) / 2, y, words, **look)
    if not any(pd.notna(rows["delay_h"].iloc[0]) for rows in stages):
        return top + height + 4
    sheet.words(0, top + height + _LABEL / 2 + 2, "Median wait between stages", color=theme.MUTED, fontWeight=600)
    for at, rows in enumerate(stages):
        if at:
            _delay(sheet, rows.iloc[0], at * pitch - _GAP / 2, top + height + _LABEL - 4, pitch)
    return top + height + _LABEL + 24


def _delay(sheet: Sheet, row: pd.Series, x: float, top: float, pitch: float) -> None:
    """An arrow over the boundary between two columns, with the median wait on it."""
    if pd.isna(row["delay_h"]):
        return
    colour = theme.ACCENT if row["is_slowest"] else theme.MUTED
    y, half = top + 16, min(pitch * 0.42, 46)
    sheet.line([(x - half, y), (x + half - 4, y)], stroke=colour, strokeWidth=1.5)
    sheet.dot(x + half - 4, y, shape="triangle-right", size=50, fill=colour)
    text = theme.duration(row["delay_h"])
    room = theme.pixels(text, _TEXT) + 10
    sheet.box(x - room / 2, y - 9, room, 18, radius=9, fill=colour)
    sheet.words(x, y + 0.5, text, align="center", fontWeight=600, color=theme.PAPER)


def _visibility(sheet: Sheet, top: float, wide: float) -> float:
    y, text = top + 15, "Line of visibility"
    room = theme.pixels(text, _SMALL * 1.13) + 4
    sheet.line([(0, y), (wide - room, y)], stroke=theme.INK, strokeWidth=1.5, strokeDash=[6, 4])
    sheet.words(wide, y, text, align="right", fontWeight=600, color=theme.INK)
    return top + 22


def _lane(
    sheet: Sheet,
    stages: list[pd.DataFrame],
    top: float,
    pitch: float,
    label: str,
    fields: tuple[tuple[str, bool], ...],
    fill: str,
) -> float:
    """One card a column; the entries of several steps below each other, in the order of the steps."""
    room = pitch - _GAP - 2 * _PAD
    cards = [_card(rows.head(1) if label == _PER_STAGE else rows, fields, room) for rows in stages]
    height = max((sum(step for _, _, step in card) for card in cards), default=0) + 2 * _PAD - 2
    sheet.words(0, top + _LABEL / 2 + 2, label, color=theme.MUTED, fontWeight=600)
    top += _LABEL
    for at, card in enumerate(cards):
        x, y = at * pitch, top + _PAD - 1
        if card:
            sheet.box(x, top, pitch - _GAP, height, fill=fill, stroke=theme.GRID, strokeWidth=1)
        else:
            sheet.line([(x + 10, top + height / 2), (x + 22, top + height / 2)], stroke=theme.QUIET, strokeWidth=1.5)
        for text, is_bold, step in card:
            look: Any = {"fontWeight": 600, "color": theme.INK} if is_bold else {"color": theme.INK}
            sheet.words(x + _PAD, y + _LINE / 2, text, **look)
            y += step
    return top + height + 2


def _card(rows: pd.DataFrame, fields: tuple[tuple[str, bool], ...], room: float) -> list[tuple[str, bool, float]]:
    """Lines of a card: text, whether it is bold, and the pixels it takes; of several steps, each with its number."""
    entries = [[(str(row[name]), bold) for name, bold in fields if row[name]] for _, row in _spelt(rows).iterrows()]
    if all(entry == entries[0] for entry in entries):
        entries = entries[:1]
    lines: list[tuple[str, bool, float]] = []
    for number, entry in enumerate(entries, 1):
        if not entry:
            continue
        if lines:
            lines[-1] = (*lines[-1][:2], _LINE + 6.0)
        text, bold = entry[0]
        numbered = [(f"{number} {text}" if len(entries) > 1 else text, bold), *entry[1:]]
        lines += [
            (line, bold, float(_LINE))
            for text, bold in numbered
            for line in theme.wrapped(text, room, _SMALL * (1.06 if bold else 1))
        ]
    return lines


def _spelt(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what a card says of the team and its queue, and of the promise."""
    queue = rows["queue"].where(rows["queue"].ne(rows["team"]) & rows["queue"].ne(""))
    held = rows["team"] + ("; queue " + queue).fillna("")
    promise = [f"within {each}" if each else "" for each in rows["promised"]]
    return rows.assign(held=held.str.removeprefix("; "), promise=promise)


def _curve(sheet: Sheet, stages: list[pd.DataFrame], top: float, pitch: float, wide: float) -> float:
    """The feeling at each step, above the stages: interval, line and what is special; a gap where nothing is known."""
    points = [
        (at * pitch + (pitch - _GAP) * (place + 0.5) / len(rows), row)
        for at, rows in enumerate(stages)
        for place, (_, row) in enumerate(rows.iterrows())
    ]
    reach = span(row for _, row in points)
    label = "How it feels" if reach == 0 else "How it feels, with 95 % intervals; dashed: mean of the journey"
    sheet.words(0, top + 13, theme.elided(label, wide, _SMALL), color=theme.MUTED, fontWeight=600)
    top += 24
    height = _CURVE if reach else 34
    middle, half = top + height / 2, height / 2 / (reach or 1)
    sheet.box(0, top, wide, height, fill=GROUND, stroke=theme.GRID, strokeWidth=1)
    if reach:
        _axis(sheet, points[0][1], top, middle, half, wide, reach)
    for known, run in runs(points):
        if known and len(run) > 1:
            band = [(x, middle - row["hi"] * half, middle - row["lo"] * half) for x, row in run]
            line = [(x, middle - row["mean_sentiment"] * half) for x, row in run]
            sheet.ribbon(band, fill=theme.MAIN, fillOpacity=0.14, interpolate="monotone")
            sheet.line(line, stroke=theme.MAIN, strokeWidth=2.5, interpolate="monotone")
    for at, rows in enumerate(stages):
        for text, x, room in _unknown(rows, at * pitch, pitch - _GAP):
            _gap(sheet, x, text, middle - (10 if reach else 0), room)
    is_wide = pitch / max(map(len, stages)) > 44
    for x, row in points:
        if pd.notna(row["mean_sentiment"]):
            _point(sheet, x, row, middle, half, top, is_told=is_wide or bool(special(row)))
    return top + height + 8


def _axis(sheet: Sheet, row: pd.Series, top: float, middle: float, half: float, wide: float, reach: float) -> None:
    sheet.line([(0, middle), (wide, middle)], stroke=theme.QUIET, strokeWidth=1)
    mean = middle - row["journey_mean"] * half
    sheet.line([(0, mean), (wide, mean)], stroke=theme.MUTED, strokeDash=[3, 3], strokeWidth=1)
    sheet.words(wide - 5, top + 10, f"good +{reach:g}", align="right", color=theme.MUTED)
    sheet.words(wide - 5, top + _CURVE - 9, f"bad −{reach:g}", align="right", color=theme.MUTED)


def _unknown(rows: pd.DataFrame, left: float, wide: float) -> list[tuple[str, float, float]]:
    """What is said of steps without evidence, where, and the room for it; once for a stage in which all are alike."""
    if rows["mean_sentiment"].isna().all() and rows["evidence"].nunique() == 1:
        return [(str(rows["evidence"].iloc[0]), left + wide / 2, wide)]
    room = wide / len(rows)
    return [
        (str(row["evidence"]), left + room * (at + 0.5), room)
        for at, (_, row) in enumerate(rows.iterrows())
        if pd.isna(row["mean_sentiment"])
    ]


def _gap(sheet: Sheet, x: float, text: str, lowest: float, room: float) -> None:
    lines = theme.wrapped(text, room, _SMALL) if room > 56 else ["?"]
    for at, line in enumerate(reversed(lines)):
        sheet.words(x, lowest - _LINE * at, line, align="center", color=theme.MUTED, fontStyle="italic")


def _point(sheet: Sheet, x: float, row: pd.Series, middle: float, half: float, top: float, *, is_told: bool) -> None:
    """A step's mean with its interval, its number if there is room, and whether it is trough, peak or end."""
    y, low, high = (middle - row[name] * half for name in ("mean_sentiment", "lo", "hi"))
    colour = ink(row)
    sheet.line([(x, high), (x, low)], stroke=colour, strokeWidth=2)
    sheet.dot(x, y, shape="circle", size=90, fill=colour, stroke=theme.PAPER, strokeWidth=1.5)
    if not is_told:
        return
    is_above = row["mean_sentiment"] >= row["journey_mean"]
    above, below = high - 12, low + 12
    fits_above, fits_below = above > top + 8, below < top + _CURVE - 8
    side = above if (is_above and fits_above) or not fits_below else below
    words = special(row)
    number = f"{' and '.join(words).capitalize()} {theme.signed(row['mean_sentiment'], 2)}".strip()
    look: Any = {"align": "center", "fontWeight": 600}
    sheet.words(x, side, number, stroke=GROUND, strokeWidth=4, color=GROUND, **look)
    sheet.words(x, side, number, color=colour if words else theme.INK, **look)
