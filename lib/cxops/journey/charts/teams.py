"""Between teams: the handoff matrix and the bottlenecks."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import PAIRS, largest, named, share

TEAMS, ROWS = 6, 8
"""How many teams a matrix and how many bars a chart can hold on a phone; the other teams are shown as one."""
OTHER = "(other teams)"
_NO_HANDOFFS = "No pair of teams has enough handoffs here, so there is nothing to show."
_NONE_SLOW = "No pair of teams stands out as slower than the rest"
_INDEPENDENT = "A pair must differ by case and by week: what waits in one week counts as one event."
_RARE = "Pairs too rare to show stand in the cell of other teams with other teams; an empty cell may hold some of them."
_NO_SLOW = "No handoff took longer than the threshold here."


def handoffs_by_pair(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Matrix of who hands to whom: rows give, columns receive, a cell holds the hours until the receiver's work."""
    if _pairs(frame).empty:
        return theme.message(_NO_HANDOFFS, width=width)
    worst, hours = largest(_pairs(frame), "latency_hours_total"), frame["latency_hours_total"].sum()
    heading = theme.title(
        f"{theme.percent(share(worst['latency_hours_total'], hours))} of the hours between teams pass from "
        f"{worst['from_team']} to {worst['to_team']}, the largest part",
        "Row hands to column. Number and tint: hours in total.",
        width,
    )
    return _matrix(frame, "latency_hours_total", heading, width)


def handoffs_figure(by_pair: pd.DataFrame) -> theme.Figure:
    """The handoff matrix, with its worst pair in words."""
    if _pairs(by_pair).empty:
        return theme.figure(handoffs_by_pair, by_pair, caption=_NO_HANDOFFS, alt=_NO_HANDOFFS)
    worst, hours = largest(_pairs(by_pair), "latency_hours_total"), by_pair["latency_hours_total"].sum()
    finding = (
        f"{worst['from_team']} to {worst['to_team']} takes {theme.number(worst['latency_hours_total'])} of "
        f"{theme.number(hours)} hours ({theme.percent(share(worst['latency_hours_total'], hours))}), in "
        f"{theme.number(worst['handoffs'])} of {theme.number(by_pair['handoffs'].sum())} handoffs; "
        f"the median took {theme.duration(worst['latency_hours_p50'])}."
    )
    rare = f" {_RARE}" if len(_pairs(by_pair)) < len(by_pair) else ""
    caption = f"Hours from a team's last work on a case to the next team's first. {finding}{rare}"
    return theme.figure(
        handoffs_by_pair,
        by_pair,
        caption=caption,
        alt=f"Matrix of hours between teams, giver by receiver. {finding}",
        kpis=("handoff_latency",),
    )


def slow_by_pair(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Matrix of who hands to whom, a cell holding the hours beyond the threshold of slow handoffs."""
    if frame.empty or not frame["slow"].any():
        return theme.message(_NO_HANDOFFS if frame.empty else _NO_SLOW, width=width)
    worst = largest(_pairs(frame), "hours_over")
    heading = theme.title(
        f"{theme.percent(share(worst['hours_over'], frame['hours_over'].sum()))} of the hours beyond the threshold "
        f"pass from {worst['from_team']} to {worst['to_team']}, the largest part",
        "Row hands to column. Number and tint: hours beyond it.",
        width,
    )
    return _matrix(frame, "hours_over", heading, width)


def slow_figure(by_pair: pd.DataFrame, threshold_hours: float) -> theme.Figure:
    """The matrix of slow handoffs, with its worst pair in words."""
    if by_pair.empty or not by_pair["slow"].any():
        said = _NO_HANDOFFS if by_pair.empty else _NO_SLOW
        return theme.figure(slow_by_pair, by_pair, caption=said, alt=said)
    worst, hours = largest(_pairs(by_pair), "hours_over"), by_pair["hours_over"].sum()
    caption = (
        f"Hours that handoffs took beyond {theme.duration(threshold_hours)}: {theme.number(hours)} in all, "
        f"{theme.percent(share(worst['hours_over'], hours))} of them from {worst['from_team']} to {worst['to_team']}."
    )
    alt_text = f"Matrix of hours beyond the threshold, giver by receiver. {caption}"
    return theme.figure(slow_by_pair, by_pair, caption=caption, alt=alt_text, kpis=("slow_handoff_share",))


def folded(by_pair: pd.DataFrame, most: int, value: str = "latency_hours_total") -> pd.DataFrame:
    """Handoffs and hours by pair, with all but the `most` busiest teams made one; the sums stay what they were.

    Busy means hours, in the column `value`, of the handoffs a team gave or received. Teams come by name, so that they
    keep their places while a threshold moves.
    Handoffs among the other teams are kept, in a cell of their own, with the pairs too rare to show.
    """
    pairs = _pairs(by_pair)
    given = [pairs.groupby(end)[value].sum() for end in ("from_team", "to_team")]
    hours = given[0].add(given[1], fill_value=0).rename_axis("team").reset_index(name="hours")
    order = hours.sort_values(["hours", "team"], ascending=[False, True])["team"].tolist()
    shown = sorted(order if len(order) <= most + 1 else order[:most])
    ends = {end: by_pair[end].where(by_pair[end].isin(shown), OTHER) for end in ("from_team", "to_team")}
    cells = by_pair.assign(**ends).groupby(["from_team", "to_team"], as_index=False, sort=False)
    sums = cells[[value, "handoffs"]].sum()
    rank = {team: at for at, team in enumerate([*shown, OTHER])}
    return sums.sort_values(["from_team", "to_team"], key=lambda ends: ends.map(rank), ignore_index=True)


def bottlenecks(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """How many times as long each pair's handoffs take as the rest, with the interval; filled marks are signals."""
    if _tested(frame).empty:
        return theme.message(_NO_HANDOFFS, width=width)
    shown = _tested(frame).head(ROWS)
    shown = shown.assign(
        low=shown["ratio_low"], high=shown["ratio_high"], label=[_bottleneck(row) for row in shown.to_dict("records")]
    )
    slow = int((frame["is_signal"] & (frame["ratio_to_rest"] > 1)).sum())
    said = {0: "No pair of teams stands", 1: "One pair of teams stands"}.get(slow, f"{slow} pairs of teams stand")
    heading = theme.title(
        f"{said} out as slower than the rest",
        "Most hours first. Dot: ratio, line: 95 % interval; filled: stands out.",
        width,
    )
    return theme.intervals(shown, label="label", value="ratio_to_rest", text="label", heading=heading, width=width)


def bottlenecks_figure(ranked: pd.DataFrame) -> theme.Figure:
    """The bottlenecks with those that are slower by more than noise in words."""
    if _tested(ranked).empty:
        return theme.figure(bottlenecks, ranked, caption=_NO_HANDOFFS, alt=_NO_HANDOFFS)
    slow = ranked[ranked["is_signal"] & (ranked["ratio_to_rest"] > 1)]
    named_pairs = "; ".join(
        f"{row['from_team']} to {row['to_team']}, "
        f"{theme.times(row['ratio_to_rest'], row['ratio_low'], row['ratio_high'])}"
        for row in slow.head(ROWS).to_dict("records")
    )
    finding = f"Slower than the rest: {named_pairs}." if named_pairs else f"{_NONE_SLOW}."
    shown = f"{len(_tested(ranked).head(ROWS))} of {len(_tested(ranked))} pairs tested, most hours first."
    return theme.figure(
        bottlenecks,
        ranked,
        caption=f"{finding} Shown: {shown} {_INDEPENDENT}",
        alt=f"Ratios with intervals. {finding} {_INDEPENDENT}",
        kpis=("handoff_wait_ratio", "handoff_latency"),
    )


def _bottleneck(row: dict[Hashable, Any]) -> str:
    return f"{row['from_team']} → {row['to_team']} · {theme.number(row['latency_hours_total'])} h"


def _pairs(by_pair: pd.DataFrame) -> pd.DataFrame:
    """The pairs, without the row of those too rare to show."""
    return named(by_pair, PAIRS, "from_team", "to_team")


def _tested(ranked: pd.DataFrame) -> pd.DataFrame:
    return ranked.dropna(subset=["ratio_to_rest", "ratio_low", "ratio_high"])


def _matrix(by_pair: pd.DataFrame, value: str, heading: Any, width: int) -> theme.Chart:
    """Who hands to whom, with the hours in `value`; the other teams' cells are not tinted."""
    cells = folded(by_pair, TEAMS, value)
    ends = {"row": "from_team", "column": "to_team", "untinted": OTHER}
    return theme.matrix(cells, **ends, value=value, heading=heading, width=width)
