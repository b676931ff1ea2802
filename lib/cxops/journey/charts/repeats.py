"""What comes back: ping-pong between teams, rework, and the ways cases take."""

from itertools import groupby

import altair as alt
import pandas as pd

from cxops import theme

ROWS = 8
"""How many bars a chart can hold on a phone."""
_NO_RETURNS = "No case came back to a team that had just given it away, so there is nothing to show."
_NO_REWORK = "No activity was repeated within a case, so there is nothing to show."
_NO_VARIANTS = "There is no case here, so there is nothing to show."


def ping_pong_by_pair(frame: pd.DataFrame, *, width: int) -> alt.LayerChart | alt.Chart:
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
        f"{top['other_team']} sends most cases back to {top['team']}", "Bar: times a case came straight back.", width
    )
    return theme.bars(shown, label="label", value="returns", text="text", heading=heading, width=width)


def ping_pong_figure(by_pair: pd.DataFrame) -> theme.Figure:
    """Returns by pair of teams, with the most frequent in words."""
    if by_pair.empty:
        return theme.figure(ping_pong_by_pair, by_pair, caption=_NO_RETURNS, alt=_NO_RETURNS)
    top = by_pair.iloc[0]
    caption = (
        f"{theme.number(top['returns'])} of {theme.number(by_pair['returns'].sum())} returns went from {top['team']} to "
        f"{top['other_team']} and straight back, in {theme.number(top['cases'])} cases."
    )
    return theme.figure(ping_pong_by_pair, by_pair, caption=caption, alt=f"Bars of returns by pair of teams. {caption}")


def rework_by_activity(frame: pd.DataFrame, *, width: int) -> alt.LayerChart | alt.Chart:
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
    return theme.figure(rework_by_activity, by_activity, caption=caption, alt=f"Bars of repeats by activity. {caption}")


def variants(frame: pd.DataFrame, *, width: int) -> alt.LayerChart | alt.Chart:
    """Bars of the ways that most cases take."""
    if frame.empty:
        return theme.message(_NO_VARIANTS, width=width)
    shown = frame.head(ROWS)
    shown = shown.assign(
        label=[shortened(each) for each in shown["variant"]],
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
    if ways.empty:
        return theme.figure(variants, ways, caption=_NO_VARIANTS, alt=_NO_VARIANTS)
    top, shown = ways.iloc[0], ways.head(ROWS)
    caption = (
        f"{theme.number(len(ways))} ways through the journey. The {len(shown)} most frequent cover "
        f"{theme.percent(shown['cases_share'].sum())} of cases; {theme.percent(top['cases_share'])} take the first: "
        f"{shortened(top['variant'])}."
    )
    return theme.figure(variants, ways, caption=caption, alt=f"Bars of ways by share of cases. {caption}")


def shortened(variant: str) -> str:
    """A way with what is done several times in a row written once.

    >>> shortened("Queue → Work → Work → Work → Close")
    'Queue → Work ×3 → Close'
    """
    runs = ((activity, len(list(run))) for activity, run in groupby(variant.split(" → ")))
    return " → ".join(activity if times == 1 else f"{activity} ×{times}" for activity, times in runs)


def _repeated(by_activity: pd.DataFrame) -> pd.DataFrame:
    """Activities with a repeat, the most cases first."""
    return by_activity[by_activity["repeats"] > 0].sort_values("cases_share", ascending=False, kind="stable")
