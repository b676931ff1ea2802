"""What comes back: ping-pong between teams, rework, and the ways cases take."""

from itertools import groupby

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import is_remainder

ROWS, ARROW = 8, " → "
"""How many bars a chart can hold on a phone, and what stands between two steps of a variant."""
_NO_RETURNS = "No case came back to a team that had just given it away, so there is nothing to show."
_NO_REWORK = "No activity was repeated within a case, so there is nothing to show."
_NO_VARIANTS = "No way through the journey is taken by enough cases here, so there is nothing to show."


def ping_pong_by_pair(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of returns by pair of teams: given away and straight back."""
    if frame.empty:
        return theme.message(_NO_RETURNS, width=width)
    shown = frame.head(ROWS)
    shown = shown.assign(
        label=[f"{team} → {other} → {team}" for team, other in zip(shown["team"], shown["other_team"], strict=True)],
        text=[theme.number(each) for each in shown["returns"]],
    )
    top = shown.iloc[0]
    heading = theme.title(
        f"Most cases come straight back to {top['team']} from {top['other_team']}",
        "Bar: times a case came straight back.",
        width,
    )
    return theme.bars(shown, label="label", value="returns", text="text", heading=heading, width=width)


def ping_pong_figure(by_pair: pd.DataFrame) -> theme.Figure:
    """Returns by pair of teams, with the most frequent in words."""
    if by_pair.empty:
        return theme.figure(ping_pong_by_pair, by_pair, caption=_NO_RETURNS, alt=_NO_RETURNS)
    top = by_pair.iloc[0]
    caption = (
        f"{theme.number(top['returns'])} of {theme.number(by_pair['returns'].sum())} returns went from {top['team']} "
        f"to {top['other_team']} and straight back, in {theme.number(top['cases'])} cases."
    )
    return theme.figure(
        ping_pong_by_pair,
        by_pair,
        caption=caption,
        alt=f"Bars of returns by pair of teams. {caption}",
        kpis=("ping_pong_share",),
    )


def rework_by_activity(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the share of cases in which an activity was done again."""
    repeated = _repeated(frame)
    if repeated.empty:
        return theme.message(_NO_REWORK, width=width)
    shown = repeated.head(ROWS)
    shown = shown.assign(
        text=[
            f"{theme.percent(share)} · {theme.number(repeats)} repeats"
            for share, repeats in zip(shown["cases_share"], shown["repeats"], strict=True)
        ]
    )
    heading = theme.title(
        f"{shown.iloc[0]['activity']} is repeated in most cases", "Bar: share of cases with a repeat.", width
    )
    return theme.bars(shown, label="activity", value="cases_share", text="text", heading=heading, width=width)


def rework_figure(by_activity: pd.DataFrame) -> theme.Figure:
    """Repeated activities, with the most frequent in words."""
    repeated = _repeated(by_activity)
    if repeated.empty:
        return theme.figure(rework_by_activity, by_activity, caption=_NO_REWORK, alt=_NO_REWORK)
    top = repeated.iloc[0]
    caption = (
        f"{top['activity']} is done again in {theme.percent(top['cases_share'])} of cases "
        f"({theme.number(top['repeats'])} repeats); {len(repeated)} activities are repeated at all."
    )
    return theme.figure(
        rework_by_activity,
        by_activity,
        caption=caption,
        alt=f"Bars of repeats by activity. {caption}",
        kpis=("repeated_activity_share",),
    )


def variants(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the ways that most cases take."""
    shown = _frequent(frame)
    if shown.empty:
        return theme.message(_NO_VARIANTS, width=width)
    shown = shown.assign(
        label=[shortened(each, width) for each in shown["variant"]],
        text=[
            f"{theme.percent(row['cases_share'])} · median {theme.duration(row['lead_hours_p50'])}"
            for row in shown.to_dict("records")
        ],
    )
    heading = theme.title(
        f"The {len(shown)} most frequent ways cover {theme.percent(shown['cases_share'].sum(), 0)} of cases",
        "Bar: share of cases. ×2: done twice in a row.",
        width,
    )
    return theme.bars(shown, label="label", value="cases_share", text="text", heading=heading, width=width)


def variants_figure(ways: pd.DataFrame) -> theme.Figure:
    """The ways that most cases take, with the first in words."""
    shown = _frequent(ways)
    if shown.empty:
        return theme.figure(variants, ways, caption=_NO_VARIANTS, alt=_NO_VARIANTS)
    top, rare = shown.iloc[0], ways.loc[is_remainder(ways["variant"]), "cases_share"].sum()
    caption = (
        f"The {len(shown)} most frequent ways through the journey cover {theme.percent(shown['cases_share'].sum())} of "
        f"cases, ways too rare to show {theme.percent(rare)}. {theme.percent(top['cases_share'])} take the first: "
        f"{shortened(top['variant'], 900)}."
    )
    return theme.figure(
        variants, ways, caption=caption, alt=f"Bars of ways by share of cases. {caption}", kpis=("variant_share",)
    )


def shortened(variant: str, width: float) -> str:
    """A way in at most `width` pixels: what is done several times in a row is written once, the middle is counted.

    >>> shortened("Queue → Work → Work → Work → Close", 300)
    'Queue → Work ×3 → Close'
    >>> shortened("Queue → Work → Ask → Wait → Work → Close", 210)
    'Queue → Work → 3 more → Close'
    """
    runs = [(activity, len(list(run))) for activity, run in groupby(variant.split(ARROW))]
    steps = [activity if times == 1 else f"{activity} ×{times}" for activity, times in runs]
    kept = steps
    for left_out in range(2, len(steps) - 1):
        if theme.pixels(ARROW.join(kept), 12.5) <= width:
            break
        kept = [*steps[: -1 - left_out], f"{left_out} more", steps[-1]]
    return ARROW.join(kept)


def _frequent(ways: pd.DataFrame) -> pd.DataFrame:
    """The ways to draw, without the row of all that are too rare to show."""
    return ways[~is_remainder(ways["variant"])].head(ROWS)


def _repeated(by_activity: pd.DataFrame) -> pd.DataFrame:
    """Activities with a repeat, the most cases first."""
    return by_activity[by_activity["repeats"] > 0].sort_values("cases_share", ascending=False, kind="stable")
