"""What waiting between teams costs customers: the pairs of teams ranked, and the answers by hours waited."""

from collections.abc import Hashable
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import PAIRS, named
from cxops.journey.charts.variants import ARROW

ROWS = 8
"""How many pairs a chart can hold on a phone."""
_ROW, _HEIGHT = 44, 260
_WORDS = {"ces": "ease (1 to 7)", "csat": "satisfaction (1 to 5)", "": "ease (1 to 7)"}
_NAMES = {"ces": "ease", "csat": "satisfaction", "": "ease"}
_KPIS = {"ces": "effort_lost", "csat": "satisfaction_lost", "": "effort_lost"}
_NO_ANSWERS = (
    "What waiting costs customers cannot be told here: the table surveys holds too few answers about these cases."
)
_NO_HANDOFFS = "No pair of teams has enough handoffs here, so there is nothing to show."
_ASSOCIATED = "What goes with waiting in the answers that came; not shown to be its effect."


def customer_cost(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Points lost above the rest by pair of teams, with the interval and how often it is first; filled is a signal."""
    if not _is_ranked(frame):
        return theme.message(_missing(frame), width=width)
    score, shown = frame["score"].iloc[0], _shown(frame)
    heading = theme.title(
        _headline(frame),
        "Bar and number: beyond the rest, all cases. Orange: stands out. Line: 95 % interval. "
        "Per cent: resamples in which it is first.",
        width,
    )
    text = [_points(row, score) for row in shown.to_dict("records")]
    room = width - 12 - max(theme.pixels(each, 13) for each in text)
    rows = pd.DataFrame(
        {
            "row": range(len(shown)),
            "label": [theme.elided(each, room, 12) for each in shown["from_team"] + ARROW + shown["to_team"]],
            "text": text,
            "value": shown[f"{score}_above"].to_numpy(),
            "low": shown[f"{score}_above_low"].to_numpy(),
            "high": shown[f"{score}_above_high"].to_numpy(),
            "fill": [theme.ACCENT if each else theme.QUIET for each in shown["is_signal"]],
        }
    )
    bounds = pd.concat([rows["low"], rows["high"], rows["value"], pd.Series([0.0, 1.0])])
    scale = alt.Scale(domain=[float(bounds.min()), float(bounds.max()) * 1.05], nice=False)
    axis = alt.Axis(title=f"points of {_WORDS[score]} lost beyond the rest", tickCount=4, labelFlush=True)
    down = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(rows)
    layers = [
        base.mark_bar(height=12, yOffset=10).encode(
            alt.X("value:Q", scale=scale, axis=axis), down, color=alt.Color("fill:N", scale=None)
        ),
        base.mark_rule(color=theme.INK, strokeWidth=2, yOffset=10).encode(alt.X("low:Q", scale=scale), down, x2="high"),
    ]
    sides: Any = {"label": {"align": "left"}, "text": {"align": "right", "fontWeight": 600}}
    halo: Any = {"stroke": theme.PAPER, "strokeWidth": 4}
    for column, look in sides.items():
        at = alt.value(0 if column == "label" else width - 2)
        words = base.encode(y=down, text=f"{column}:N", x=at)
        layers += [words.mark_text(dy=-10, **look, **halo), words.mark_text(dy=-10, **look)]
    return alt.layer(*layers).properties(width=width - 2, height=len(rows) * _ROW, title=heading)


def customer_cost_figure(pairs: pd.DataFrame) -> theme.Figure:
    """The pairs of teams by what they cost customers, with the one to mend first in words."""
    if not _is_ranked(pairs):
        return theme.figure(customer_cost, pairs, caption=_missing(pairs), alt=_missing(pairs))
    score = pairs["score"].iloc[0]
    finding = f"{_headline(pairs)}. {_told(_shown(pairs).iloc[0], score)}"
    return theme.figure(
        customer_cost,
        pairs,
        caption=f"{finding} {_ASSOCIATED}",
        alt=f"Bars with intervals. {finding} {_ASSOCIATED}",
        kpis=(_KPIS[score], "handoff_latency"),
    )


def customer_cost_table(pairs: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams with volume, hours, points lost, money and how sure their rank is."""
    score = pairs["score"].iloc[0] if len(pairs) else ""
    key = score or "ces"
    all_named = named(pairs, PAIRS, "from_team", "to_team")
    shown = all_named.head(rows)
    records = shown.to_dict("records")
    shown = shown.assign(
        name=shown["from_team"] + ARROW + shown["to_team"],
        per_case=[_interval(row, f"{key}_per_case") for row in records],
        ranks=[_ranks(row) for row in records],
        first=[theme.probability(row["first_share"], row["resamples"]) for row in records],
    )
    columns = {
        "name": "From → to",
        "cases": "Cases",
        "latency_hours_total": "Hours in all",
        "hours_above": "Hours above the rest",
        "per_case": f"Points of {_NAMES[score]} lost per case (95 % interval)",
        f"{key}_lost": "Points lost, all cases",
        f"{key}_above": "Above the rest",
        "ranks": "Rank (95 % interval)",
        "first": "Probability of being first",
        "cost_total": f"Money spent on its cases, {theme.currency()}",
    }
    if shown["money_above"].notna().any():
        columns["money_above"] = f"Worth of the points above the rest, {theme.currency()}"
    whole = ["latency_hours_total", "hours_above", f"{key}_lost", f"{key}_above", "cost_total", "money_above"]
    return theme.table(
        shown,
        caption=(
            "What the waiting at each handoff costs customers, as their answers have it. Money spent on the cases is "
            f"not caused by the wait: {len(shown)} of {len(all_named)}"
        ),
        columns=columns,
        decimals={name: 0 for name in whole if name in columns},
        kpis=(_KPIS[score], "handoff_latency"),
        is_folded=True,
    )


def effort_slopes_table(slopes: pd.DataFrame) -> theme.Table:
    """What customers were asked, how many answered, and how their answers differ with the hours waited."""
    records = slopes.to_dict("records")
    shown = slopes.assign(
        name=[_WORDS[row["score"]] for row in records],
        slopes=[_interval(row, "slope") for row in records],
        verdict=[_verdict(row) for row in records],
    )
    return theme.table(
        shown,
        caption="Answers about cases that waited between teams: points for each doubling of the hours",
        columns={
            "name": "Asked for",
            "asked": "Cases asked about",
            "answered": "Answers that count",
            "answer_share": "Share of cases",
            "slopes": "Points per doubling (95 % interval)",
            "verdict": "Verdict",
        },
        decimals={"answer_share": 1},
        kpis=("effort_lost", "satisfaction_lost"),
    )


def _verdict(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["p_value"]):
        return "too few answers to say"
    return "worse the longer the wait" if row["is_signal"] else "not shown to be worse"


def answers_by_wait(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Mean answers by hours waited between teams, with intervals, beside the fitted line; hours double step by step."""
    if frame.empty:
        return theme.message(_NO_ANSWERS, width=width)
    score = frame["score"].iloc[0]
    heading = theme.title(
        f"{_NAMES[score].capitalize()} by hours the case waited between teams",
        "Dot: mean answer, line through it: 95 % interval. Orange: the line fitted to all answers.",
        width,
    )
    last = frame["doublings"].max()
    ticks = list(range(0, int(last) + 2, 1 if last < 8 else 2))
    across = alt.Scale(domain=[0, max(float(last) * 1.05, 1.0)], nice=False)
    axis = alt.Axis(
        title="hours waited between teams (each step doubles)",
        values=ticks,
        labelExpr="format(pow(2, datum.value) - 1, '~r')",
        labelFlush=True,
    )
    bounds = pd.concat([frame[name] for name in ("low", "high", "mean", "fitted")]).dropna()
    up = alt.Scale(domain=[float(bounds.min()) - 0.1, float(bounds.max()) + 0.1], nice=False, zero=False)
    base = alt.Chart(frame)
    upright = alt.Axis(title=f"mean {_WORDS[score]}", titleAngle=0, titleAlign="left", titleAnchor="end", titleY=-6)
    x = alt.X("doublings:Q", scale=across, axis=axis)
    layers = [
        base.mark_line(color=theme.ACCENT, strokeWidth=2, strokeDash=[6, 3]).encode(
            x, alt.Y("fitted:Q", scale=up, axis=upright)
        ),
        base.mark_rule(color=theme.INK, strokeWidth=2).encode(x, alt.Y("low:Q", scale=up), y2="high"),
        base.mark_point(size=80, filled=True, opacity=1, color=theme.MAIN).encode(x, alt.Y("mean:Q", scale=up)),
    ]
    return alt.layer(*layers).properties(width=width - 34, height=_HEIGHT, title=heading)


def answers_by_wait_figure(bands: pd.DataFrame, slopes: pd.DataFrame, score: str) -> theme.Figure:
    """The answers of one score by hours waited, with the slope in words.

    Parameters
    ----------
    bands, slopes : one row per score and band, and one per score, as the measures give them.
    score : the one to show; empty where no slope is known.
    """
    shown = bands[bands["score"] == score].reset_index(drop=True)
    if shown.empty:
        return theme.figure(answers_by_wait, shown, caption=_NO_ANSWERS, alt=_NO_ANSWERS)
    line = slopes[slopes["score"] == score].iloc[0]
    slope = [theme.number(line[f"slope{end}"], 2) for end in ("", "_low", "_high")]
    verdict = "more than noise" if line["is_signal"] else "not shown to be a worsening"
    finding = (
        f"With each doubling of the hours waited between teams, {_NAMES[score]} differs by {slope[0]} points (95 % "
        f"interval {slope[1]} to {slope[2]}): {verdict}."
    )
    finding += "" if line["is_signal"] else theme.by_chance(line["slope_low"], line["slope_high"])
    said = "; ".join(
        f"{_band(row)}: {theme.number(row['mean'], 2)} ({theme.number(row['low'], 2)} to "
        f"{theme.number(row['high'], 2)})"
        for row in shown.to_dict("records")
    )
    share = [theme.percent(line[f"answer_{end}"]) for end in ("share", "low", "high")]
    response = (
        f"{theme.number(line['answered'])} of {theme.number(line['asked'])} cases asked about count ({share[0]}; 95 % "
        f"interval {share[1]} to {share[2]}); those who did not answer may feel otherwise."
    )
    return theme.figure(
        answers_by_wait,
        shown,
        caption=f"{finding} {response} {_ASSOCIATED}",
        alt=f"Mean answers by waiting. {finding} {said}. {response}",
        kpis=(_KPIS[score],),
    )


def _band(row: dict[Hashable, Any]) -> str:
    if row["hours_until"] == float("inf"):
        return f"from {theme.number(row['hours_from'])} h"
    return f"{theme.number(row['hours_from'])} to {theme.number(row['hours_until'])} h"


def _is_ranked(pairs: pd.DataFrame) -> bool:
    return bool(len(pairs)) and bool(pairs["first_share"].notna().any())


def _missing(pairs: pd.DataFrame) -> str:
    return _NO_HANDOFFS if named(pairs, PAIRS, "from_team", "to_team").empty else _NO_ANSWERS


def _shown(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[pairs["first_share"].notna()].head(ROWS)


def _headline(pairs: pd.DataFrame) -> str:
    signals = pairs[pairs["is_signal"]]
    if signals.empty:
        return "No handoff was found to cost customers most by more than noise"
    return f"{signals['from_team'].iloc[0]} to {signals['to_team'].iloc[0]} costs customers most"


def _told(worst: pd.Series, score: str) -> str:
    """The first pair in numbers: beyond doubt or not, the probability says."""
    per_case = [theme.number(worst[f"{score}_per_case{end}"], 2) for end in ("", "_low", "_high")]
    return (
        f"The {theme.number(worst['handoffs'])} handoffs from {worst['from_team']} to {worst['to_team']} waited "
        f"{theme.number(worst['latency_hours_total'])} hours, {theme.number(worst['hours_above'])} above the rest, and "
        f"{per_case[0]} points of {_WORDS[score]} per case are lost with that (95 % interval {per_case[1]} to "
        f"{per_case[2]}). {_sure(worst)}"
    )


def _sure(worst: pd.Series) -> str:
    """How sure its rank is; where it is no signal, what that is worth."""
    often = theme.probability(worst["first_share"], worst["resamples"])
    if worst["is_signal"]:
        return f"The probability that this costs customers most is {often}."
    return (
        f"It is first in {often} of the resamples: a signal from 95 %, and only if waiting was found to cost customers "
        "and this handoff to be slower than the others, both by more than noise."
    )


def _points(row: dict[Hashable, Any], score: str) -> str:
    return f"{theme.number(row[f'{score}_above'])} · {theme.probability(row['first_share'], row['resamples'])}"


def _interval(row: dict[Hashable, Any], name: str) -> str:
    value, low, high = (theme.number(row[f"{name}{end}"], 2) for end in ("", "_low", "_high"))
    return value if value == "–" else f"{value} ({low} to {high})"


def _ranks(row: dict[Hashable, Any]) -> str:
    rank, low, high = (theme.number(row[name]) for name in ("rank", "rank_low", "rank_high"))
    return f"{rank} ({low} to {high})"
