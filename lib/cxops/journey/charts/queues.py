"""The queues behind the touchpoints: how busy they are, where work piles up, and what has no queue."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import largest

ROWS = 8
"""How many queues a chart can hold on a phone."""
STAFFED = "staffed hours"
_NO_QUEUES = "No queue has enough cases here, so there is nothing to show."


def queues(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of utilisation, or, where hours of presence are not known for all, of time as the bottleneck."""
    if frame.empty:
        return theme.message(_NO_QUEUES, width=width)
    shown, staffed = frame.head(ROWS), _is_staffed(frame)
    value = "utilisation" if staffed else "bottleneck_share"
    shown = shown.assign(
        text=[
            f"{theme.percent(row['utilisation'], 0)} busy · {theme.percent(row['bottleneck_share'], 0)} bottleneck"
            for row in shown.to_dict("records")
        ]
    )
    top = shown.iloc[0]
    said = (
        f"{top['queue']} is the busiest queue: {theme.percent(top['utilisation'])} of its {STAFFED} are work on cases"
        if staffed
        else f"{top['queue']} is the bottleneck longest: {theme.percent(top['bottleneck_share'])} of the time"
    )
    reading = "Bar: share of staffed hours." if staffed else "Bar: share of time as bottleneck."
    return theme.bars(
        shown, label="queue", value=value, text="text", heading=theme.title(said, reading, width), width=width
    )


def queues_figure(by_queue: pd.DataFrame) -> theme.Figure:
    """The queues, with the bottleneck by both tests in words."""
    if by_queue.empty:
        return theme.figure(queues, by_queue, caption=_NO_QUEUES, alt=_NO_QUEUES)
    top, longest = by_queue.iloc[0], largest(by_queue, "bottleneck_share")
    basis = "; ".join(by_queue["basis"].drop_duplicates())
    gap = by_queue["little_gap"].max()
    law = f"Little's law holds within {theme.percent(gap)} in every queue." if pd.notna(gap) else ""
    first = (
        f"{top['queue']} is busiest with {theme.percent(top['utilisation'])}"
        if _is_staffed(by_queue)
        else f"{top['queue']} is busy for {theme.percent(top['utilisation'])}"
    )
    caption = (
        f"{first}; {longest['queue']} is the bottleneck for the longest time, "
        f"{theme.percent(longest['bottleneck_share'])} ({theme.percent(longest['sole_share'])} alone). In "
        f"{top['queue']} {theme.number(top['queue_length'], 1)} cases wait at a time, "
        f"{theme.duration(top['wait_hours_mean'])} each on average. {law} Busy: work on cases as a share of {basis}."
    )
    return theme.figure(
        queues,
        by_queue,
        caption=caption,
        alt=f"Bars by queue. {caption}",
        kpis=("queue_utilisation", "bottleneck_time"),
    )


def queues_table(by_queue: pd.DataFrame, rows: int) -> theme.Table:
    """Queues with what comes, how long it waits and how long the line is."""
    return (
        theme.table(
            by_queue.head(rows).assign(busy_share=by_queue["utilisation"]),
            caption=f"Queues, the bottleneck first: {min(rows, len(by_queue))} of {len(by_queue)}",
            columns={
                "queue": "Queue",
                "volume": "Taken up",
                "arrivals_per_hour": "Arrivals an hour",
                "wait_hours_mean": "Mean wait, hours",
                "wait_hours_p50": "Median wait, hours",
                "queue_length": "Mean number waiting",
                "lead_share": "Share of lead time",
                "busy_share": "Busy, share",
                "sole_share": "Bottleneck alone, share",
                "bottleneck_share": "Bottleneck, share",
            },
            decimals={"arrivals_per_hour": 2, "wait_hours_mean": 1, "wait_hours_p50": 1, "queue_length": 1}
            | dict.fromkeys(["lead_share", "busy_share", "sole_share", "bottleneck_share"], 1),
            kpis=("queue_utilisation", "bottleneck_time"),
            is_folded=True,
        )
        if len(by_queue)
        else theme.table(pd.DataFrame({"queue": []}), caption=_NO_QUEUES, columns={"queue": "Queue"})
    )


def touchpoint_queues_table(by_touchpoint: pd.DataFrame) -> theme.Table:
    """Touchpoints of the map with their queues; those without one stand first."""
    if by_touchpoint.empty:
        caption = "No evidence: these cases follow no journey map, so touchpoints cannot be laid over queues"
        return theme.table(pd.DataFrame({"touchpoint": []}), caption=caption, columns={"touchpoint": "Touchpoint"})
    lost = by_touchpoint["problem"] != ""
    shown = pd.concat([by_touchpoint[lost], by_touchpoint[~lost]])
    shown = shown.assign(problem=shown["problem"].where(shown["problem"] != "", "–"), queue=shown["queue"].fillna("–"))
    numbers = ["volume", "elsewhere_share", "wait_hours_p50", "utilisation", "bottleneck_share"]
    return theme.table(
        shown.assign(
            **{name: shown[name].astype(float) for name in numbers}, busy_share=shown["utilisation"].astype(float)
        ),
        caption=f"Touchpoints and their queues: {int(lost.sum())} of {len(by_touchpoint)} without a queue in the log",
        columns={
            "touchpoint": "Touchpoint",
            "queue": "Queue",
            "problem": "Problem",
            "volume": "Taken up",
            "elsewhere_share": "Of these in other queues",
            "wait_hours_p50": "Median wait, hours",
            "busy_share": "Queue busy, share",
            "bottleneck_share": "Queue is bottleneck, share",
        },
        decimals={"volume": 0, "elsewhere_share": 1, "wait_hours_p50": 1, "busy_share": 1, "bottleneck_share": 1},
    )


def triage_table(by_channel: pd.DataFrame) -> theme.Table:
    """How long cases wait for the first person by channel."""
    interval = [
        f"{theme.duration(row['wait_hours_low'])} to {theme.duration(row['wait_hours_high'])}"
        for row in by_channel.to_dict("records")
    ]
    return theme.table(
        by_channel.assign(interval=pd.Series(interval, index=by_channel.index, dtype="str")),
        caption="Wait from a case's opening until somebody first works on it, by channel",
        columns={
            "channel": "Channel",
            "cases": "Cases",
            "wait_hours_total": "Hours in all",
            "wait_hours_p50": "Median hours",
            "interval": "95 % interval",
            "wait_hours_p90": "One in ten over, hours",
        },
        decimals={"cases": 0, "wait_hours_total": 0, "wait_hours_p50": 2, "wait_hours_p90": 2},
        kpis=("triage_wait",),
    )


def _is_staffed(by_queue: pd.DataFrame) -> bool:
    return bool((by_queue["basis"] == STAFFED).all())
