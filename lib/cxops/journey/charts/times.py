"""Where the time goes: the waterfall of lead time, and lead time by number of handoffs."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import GROUPS, is_remainder

_NO_TIME = "No case here has a known length, so there is nothing to show."


def time_split(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Waterfall of what lead time consists of."""
    if not _hours(frame):
        return theme.message(_NO_TIME, width=width)
    shown = frame.assign(
        text=[
            f"{theme.percent(share)} · {theme.number(hours)} h"
            for share, hours in zip(frame["hours_share"], frame["hours_total"], strict=True)
        ]
    )
    heading = theme.title(
        f"Cases wait in a team or between teams for {theme.percent(_waiting(frame))} of their time",
        f"Parts of {theme.number(_hours(frame))} hours from first to last step, over all cases.",
        width,
    )
    return theme.waterfall(shown, label="component", value="hours_total", text="text", heading=heading, width=width)


def time_split_figure(split: pd.DataFrame) -> theme.Figure:
    """The waterfall with each part's share in words."""
    if not _hours(split):
        return theme.figure(time_split, split, caption=_NO_TIME, alt=_NO_TIME)
    parts = ", ".join(
        f"{component} {theme.percent(share)}"
        for component, share in zip(split["component"], split["hours_share"], strict=True)
    )
    caption = (
        f"Where {theme.number(_hours(split))} hours of lead time go: {parts}. Parts are apart and add up to the whole; "
        f"between teams is what lies between one team's work and the next team's.{_until_completion(split)}"
    )
    return theme.figure(
        time_split,
        split,
        caption=caption,
        alt=f"Waterfall of lead time. {caption}",
        kpis=("flow_efficiency", "wait_time"),
    )


def _until_completion(split: pd.DataFrame) -> str:
    """The work as a share of the time until completion: the flow efficiency, told apart from its share of lead time."""
    hours = split.set_index("component")["hours_total"]
    before = hours.drop("after completion").sum()
    if not hours["after completion"] or not before:
        return ""
    return (
        f" Of the time until completion alone, working is {theme.percent(hours['working'] / before)} (flow efficiency)."
    )


def lead_time_by_handoffs(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of median lead time by how often the case changed teams."""
    known = frame.dropna(subset=["lead_hours_p50"])
    if known.empty:
        return theme.message(_NO_TIME, width=width)
    shown = known.assign(
        label=[f"{group} handoff{'' if group == '1' else 's'}" for group in known["handoffs_group"]],
        text=[
            f"{theme.duration(hours)} · {theme.number(cases)} cases"
            for hours, cases in zip(known["lead_hours_p50"], known["cases"], strict=True)
        ],
    )
    heading = theme.title("How long do cases take that change hands more often?", "Bar: median.", width)
    return theme.bars(shown, label="label", value="lead_hours_p50", text="text", heading=heading, width=width)


def lead_time_figure(by_handoffs: pd.DataFrame) -> theme.Figure:
    """Median lead times by number of handoffs, in words too."""
    known = by_handoffs.dropna(subset=["lead_hours_p50"])
    if known.empty:
        return theme.figure(lead_time_by_handoffs, by_handoffs, caption=_NO_TIME, alt=_NO_TIME)
    said = ", ".join(
        f"{theme.duration(row['lead_hours_p50'])} with {row['handoffs_group']}" for row in known.to_dict("records")
    )
    left_out = by_handoffs.loc[is_remainder(by_handoffs, GROUPS, "handoffs_group"), "cases"].sum()
    caption = (
        f"Median lead time by number of handoffs: {said}. More handoffs come with other differences between cases."
        f"{f' Left out: {theme.number(left_out)} cases in groups too small to show.' if left_out else ''}"
    )
    return theme.figure(
        lead_time_by_handoffs, by_handoffs, caption=caption, alt=f"Bars. {caption}", kpis=("lead_time",)
    )


def _hours(split: pd.DataFrame) -> float:
    return float(split["hours_total"].sum())


def _waiting(split: pd.DataFrame) -> float:
    """Share of the time waited for a team; what follows completion is not waited for."""
    return float(split.loc[split["component"].str.startswith("waiting"), "hours_share"].sum())
