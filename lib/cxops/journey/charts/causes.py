"""Why handoffs wait: the causes of all waiting, and of each pair of teams."""

from typing import Any

import altair as alt
import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import PAIRS, is_remainder, named, share

ROWS = 8
"""How many pairs a chart can hold on a phone."""
MEANINGS = {
    "batching": "gathered into a batch",
    "unavailability": "receiver not there",
    "prioritisation": "receiver busy with later work",
    "contention": "receiver busy with earlier work",
    "rest": "no cause in the log",
}
_LETTERS = {"batching": "B", "unavailability": "U", "prioritisation": "P", "contention": "C", "rest": "R"}
_COLOURS = dict(zip(MEANINGS, (theme.GOOD, theme.MUTED, theme.ACCENT, theme.MAIN, theme.QUIET), strict=True))
_ROW, _KEY, _SIZE = 44, 19, 12
_NO_WAITS = "No handoff here has a known wait, so there is nothing to show."
_SPLIT = "Each second of waiting counts for one cause; how they are told apart stands in the methods."


def causes_total(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Waterfall of what all waiting between teams consists of."""
    if not frame["hours"].sum():
        return theme.message(_NO_WAITS, width=width)
    shown = frame.assign(
        label=[f"{cause} · {MEANINGS[cause]}" for cause in frame["cause"]],
        text=[
            f"{theme.percent(part)} · {theme.number(hours)} h"
            for part, hours in zip(frame["hours_share"], frame["hours"], strict=True)
        ],
    )
    top = _leading(frame)
    heading = theme.title(
        f"{theme.percent(top['hours_share'])} of the waiting between teams is {top['cause']}, the largest known cause",
        f"Parts of {theme.number(frame['hours'].sum())} hours from one team's work to the next team's.",
        width,
    )
    return theme.waterfall(shown, label="label", value="hours", text="text", heading=heading, width=width)


def causes_total_figure(total: pd.DataFrame) -> theme.Figure:
    """What all waiting between teams consists of, in words too."""
    if not total["hours"].sum():
        return theme.figure(causes_total, total, caption=_NO_WAITS, alt=_NO_WAITS)
    parts = ", ".join(
        f"{row['cause']} ({MEANINGS[row['cause']]}) {theme.percent(row['hours_share'])}"
        for row in total.to_dict("records")
    )
    caption = f"Why {theme.number(total['hours'].sum())} hours between teams were waited: {parts}. {_SPLIT}"
    return theme.figure(
        causes_total, total, caption=caption, alt=f"Waterfall of causes. {caption}", kpis=("wait_cause_share",)
    )


def causes_by_pair(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """One bar a pair of teams, cut into the causes of its waiting; a letter in each part says which."""
    shown = _drawn_pairs(frame)
    if shown.empty:
        return theme.message(_NO_WAITS, width=width)
    top = shown.iloc[0]
    cause, part = _main(top)
    heading = theme.title(
        f"{top['from_team']} to {top['to_team']} waits most: {theme.number(top['wait_hours'])} hours, "
        f"{theme.percent(part)} of them {cause}",
        "Length: hours waited. Parts and letters: why, see the key.",
        width,
    )
    return _stacked(shown, heading, width)


def causes_figure(by_pair: pd.DataFrame) -> theme.Figure:
    """The causes of waiting by pair of teams, with those of the pair that waits most in words.

    Parameters
    ----------
    by_pair : as the measure `causes_by_pair` gives it.
    """
    shown = _drawn_pairs(by_pair)
    if shown.empty:
        return theme.figure(causes_by_pair, by_pair, caption=_NO_WAITS, alt=_NO_WAITS)
    said = "; ".join(
        f"{row['from_team']} to {row['to_team']} {theme.number(row['wait_hours'])} hours, mostly {_main(row)[0]} "
        f"({theme.percent(_main(row)[1])})"
        for row in shown.to_dict("records")
    )
    hours, every = shown["wait_hours"].sum(), by_pair["wait_hours"].sum()
    drawn = f" Shown: {theme.number(hours)} of {theme.number(every)} hours." if hours < every else ""
    top = shown.iloc[0]
    parts = ", ".join(f"{cause} {theme.percent(share(top[f'{cause}_hours'], top['wait_hours']))}" for cause in MEANINGS)
    caption = f"From {top['from_team']} to {top['to_team']}: {parts}.{drawn} {_SPLIT}"
    return theme.figure(
        causes_by_pair,
        by_pair,
        caption=caption,
        alt=f"Bars of hours waited by pair of teams, cut by cause. {said}.{drawn}",
        kpis=("wait_cause_share", "handoff_latency"),
    )


def causes_table(by_pair: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams with the hours waited and the share of each cause, the most hours first."""
    shares = {
        f"{cause}_share": by_pair[f"{cause}_hours"] / by_pair["wait_hours"].where(by_pair["wait_hours"] > 0)
        for cause in MEANINGS
    }
    is_rest = is_remainder(by_pair, PAIRS, "from_team", "to_team")
    both = by_pair["from_team"] + " → " + by_pair["to_team"]
    shown = by_pair.assign(name=both.where(~is_rest, PAIRS), **shares)
    columns = {"name": "From → to", "wait_hours": "Hours waited", **{f"{n}_share": n.capitalize() for n in MEANINGS}}
    return theme.table(
        pd.concat([shown[~is_rest].head(rows), shown[is_rest]]),
        caption=f"Why handoffs wait, share of the hours: {min(rows, int((~is_rest).sum()))} of {int((~is_rest).sum())}",
        columns=columns,
        decimals={"wait_hours": 0} | {f"{name}_share": 1 for name in MEANINGS},
        kpis=("wait_cause_share", "handoff_latency"),
        is_folded=True,
    )


def _drawn_pairs(by_pair: pd.DataFrame) -> pd.DataFrame:
    pairs = named(by_pair, PAIRS, "from_team", "to_team")
    pairs = pairs[pairs["wait_hours"] > 0]
    return pairs.sort_values("wait_hours", ascending=False, kind="stable").head(ROWS)


def _leading(total: pd.DataFrame) -> pd.Series:
    """The cause with the most hours, other than the rest; the rest only where it is all there is."""
    known = total[total["cause"] != "rest"]
    known = known if known["hours"].sum() else total
    return known.sort_values("hours", ascending=False, kind="stable").iloc[0]


def _main(row: Any) -> tuple[str, float]:
    """The cause with the most hours of a pair, in words, and its share."""
    cause = max(MEANINGS, key=lambda name: row[f"{name}_hours"])
    return ("without a cause in the log" if cause == "rest" else cause), share(row[f"{cause}_hours"], row["wait_hours"])


def _stacked(shown: pd.DataFrame, heading: alt.Title, width: int) -> theme.Chart:
    """The bars, their labels above them, a letter where a part has room, and the key below."""
    most = float(shown["wait_hours"].max())
    scale = (width - 2) / most
    parts = pd.DataFrame([part for at, row in enumerate(shown.to_dict("records")) for part in _parts(at, row, scale)])
    labels = pd.DataFrame(
        {
            "y": [_ROW * at + 9 for at in range(len(shown))],
            "text": [
                theme.elided(
                    f"{row['from_team']} → {row['to_team']} · {theme.number(row['wait_hours'])} h", width - 4, _SIZE
                )
                for row in shown.to_dict("records")
            ],
        }
    )
    used = [cause for cause in MEANINGS if shown[f"{cause}_hours"].sum()]
    bottom = _ROW * len(shown)
    key = pd.DataFrame([_key(at, cause, bottom) for at, cause in enumerate(used)])
    x, y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
    colour = alt.Color("colour:N", scale=None)
    bars = alt.Chart(parts).mark_rect(stroke=theme.PAPER, strokeWidth=1)
    letters = alt.Chart(parts[parts["text"] != ""]).mark_text(fontWeight=600, fontSize=_SIZE)
    layers = [
        bars.encode(alt.X("left:Q", scale=None, axis=None), alt.Y("top:Q", scale=None, axis=None), color=colour).encode(
            x2="right", y2="bottom"
        ),
        letters.encode(x, y, text="text:N", color=alt.Color("ink:N", scale=None)),
        alt.Chart(labels).mark_text(align="left").encode(y, x=alt.value(0), text="text:N"),
        alt.Chart(key).mark_square(size=190, opacity=1).encode(y, x=alt.value(9), color=colour),
        alt.Chart(key)
        .mark_text(fontWeight=600, fontSize=11)
        .encode(y, x=alt.value(9), text="letter:N", color=alt.Color("ink:N", scale=None)),
        alt.Chart(key).mark_text(align="left").encode(y, x=alt.value(24), text="text:N"),
    ]
    return alt.layer(*layers).properties(width=width - 2, height=bottom + _KEY * len(used) + 4, title=heading)


def _parts(at: int, row: dict[Any, Any], scale: float) -> list[dict[str, Any]]:
    """The parts of one bar, in pixels, with the share where it fits and else the letter where that does."""
    parts, left = [], 0.0
    for cause in MEANINGS:
        size = row[f"{cause}_hours"] * scale
        letter = _LETTERS[cause]
        full = f"{letter} {theme.percent(share(row[f'{cause}_hours'], row['wait_hours']), 0)}"
        fitting = [text for text in (full, letter) if theme.pixels(text, _SIZE * 1.1) + 4 < size]
        parts.append(
            {
                "left": left,
                "right": left + size,
                "top": _ROW * at + 18,
                "bottom": _ROW * at + 38,
                "x": left + size / 2,
                "y": _ROW * at + 28,
                "text": fitting[0] if fitting else "",
                "colour": _COLOURS[cause],
                "ink": _ink(cause),
            }
        )
        left += size
    return [part for part in parts if part["right"] > part["left"]]


def _key(at: int, cause: str, bottom: float) -> dict[str, Any]:
    return {
        "y": bottom + _KEY * at + 12,
        "letter": _LETTERS[cause],
        "text": f"{cause}: {MEANINGS[cause]}",
        "colour": _COLOURS[cause],
        "ink": _ink(cause),
    }


def _ink(cause: str) -> str:
    """Letters that read on the cause's colour."""
    return theme.INK if cause == "rest" else theme.PAPER
