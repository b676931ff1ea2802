"""What comes back: ping-pong between teams, and repeated activities."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import ACTIVITIES, PAIRS, largest, named

ROWS = 8
"""How many bars a chart can hold on a phone."""
_NO_RETURNS = "No two teams sent enough cases straight back to each other here, so there is nothing to show."
_NO_REPEATS = "No activity was repeated in enough cases here, so there is nothing to show."


def ping_pong_by_pair(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of returns by pair of teams, whichever of the two got the case back."""
    shown = named(frame, PAIRS, "team", "other_team").head(ROWS)
    if shown.empty:
        return theme.message(_NO_RETURNS, width=width)
    shown = shown.assign(
        label=[f"{team} and {other}" for team, other in zip(shown["team"], shown["other_team"], strict=True)],
        text=[theme.number(each) for each in shown["returns"]],
    )
    top = largest(shown, "returns")
    heading = theme.title(
        f"Ping-pong is most frequent between {top['label']}: {theme.number(top['returns'])} of "
        f"{theme.number(frame['returns'].sum())} returns",
        "Bar: times a case came straight back, to either of the two.",
        width,
    )
    return theme.bars(shown, label="label", value="returns", text="text", heading=heading, width=width)


def ping_pong_figure(by_pair: pd.DataFrame) -> theme.Figure:
    """Returns by pair of teams, with the most frequent in words."""
    shown = named(by_pair, PAIRS, "team", "other_team")
    if shown.empty:
        return theme.figure(ping_pong_by_pair, by_pair, caption=_NO_RETURNS, alt=_NO_RETURNS)
    top = largest(shown, "returns")
    caption = (
        f"{theme.number(top['returns'])} of {theme.number(by_pair['returns'].sum())} returns were between "
        f"{top['team']} and {top['other_team']}, in {theme.number(top['cases'])} cases: one passed the case to the "
        f"other and got it straight back."
    )
    return theme.figure(
        ping_pong_by_pair,
        by_pair,
        caption=caption,
        alt=f"Bars of returns by pair of teams. {caption}",
        kpis=("ping_pong_share",),
    )


def rework_by_activity(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the share of its cases in which an activity was repeated."""
    shown = _repeated(frame).head(ROWS)
    if shown.empty:
        return theme.message(_NO_REPEATS, width=width)
    shown = shown.assign(
        text=[
            f"{theme.percent(part)} · {theme.number(repeats)} repeats"
            for part, repeats in zip(shown["cases_share"], shown["repeats"], strict=True)
        ]
    )
    top = shown.iloc[0]
    heading = theme.title(
        f"The activity repeated most often is {top['activity']}: in {theme.percent(top['cases_share'])} of the cases "
        f"that have it",
        "Bar: share of the activity's cases in which it was repeated.",
        width,
    )
    return theme.bars(shown, label="activity", value="cases_share", text="text", heading=heading, width=width)


def rework_figure(by_activity: pd.DataFrame) -> theme.Figure:
    """Repeated activities, with the most frequent in words."""
    repeated = _repeated(by_activity)
    if repeated.empty:
        return theme.figure(rework_by_activity, by_activity, caption=_NO_REPEATS, alt=_NO_REPEATS)
    top = repeated.iloc[0]
    caption = (
        f"{top['activity']} was repeated by the same team in {theme.percent(top['cases_share'])} of the cases that "
        f"have it ({theme.number(top['repeats'])} of {theme.number(by_activity['repeats'].sum())} repeats)."
    )
    return theme.figure(
        rework_by_activity,
        by_activity,
        caption=caption,
        alt=f"Bars of repeats by activity. {caption}",
        kpis=("repeated_activity_share",),
    )


def _repeated(by_activity: pd.DataFrame) -> pd.DataFrame:
    """Activities with a repeat, the largest share of cases first."""
    rows = named(by_activity, ACTIVITIES, "activity")
    return rows[rows["repeats"] > 0].sort_values("cases_share", ascending=False, kind="stable")
