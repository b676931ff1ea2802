"""The tables beside the charts: whole names, and the numbers a chart has no room for."""

import pandas as pd

from cxops import theme

_HOURS = {"latency_hours_p50": 1, "latency_hours_p90": 1, "latency_hours_total": 0}
_WAITS = {"wait_hours_p50": 1, "wait_hours_p90": 1, "wait_hours_total": 0, "touch_hours_total": 0}


def large_enough(frame: pd.DataFrame, minimum_count: int, count: str = "cases") -> pd.DataFrame:
    """The rows that enough cases stand behind; fewer could point at persons.

    >>> large_enough(pd.DataFrame({"team": ["A", "B"], "cases": [4, 5]}), 5)["team"].tolist()
    ['B']
    """
    return frame[frame[count] >= minimum_count].reset_index(drop=True)


def handoffs_table(by_pair: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams with their handoffs and hours, the most hours first."""
    return theme.table(
        by_pair.head(rows),
        caption=f"Handoffs from one team to another, hours until the next team's work: {_part(by_pair, rows)}",
        columns={
            "from_team": "From",
            "to_team": "To",
            "handoffs": "Handoffs",
            "cases": "Cases",
            "latency_hours_p50": "Median hours",
            "latency_hours_p90": "90th percentile",
            "latency_hours_total": "Hours in all",
        },
        decimals=_HOURS,
        kpis=("handoff_latency",),
    )


def bottlenecks_table(ranked: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams against all others, with the interval and what may be claimed in words."""
    tested = ranked["p_value"].notna()
    verdict = ranked["is_signal"].map({True: "slower than the rest", False: "within noise"}).where(tested, "not tested")
    interval = [
        f"{theme.number(low, 2)} to {theme.number(high, 2)}"
        for low, high in zip(ranked["ratio_low"], ranked["ratio_high"], strict=True)
    ]
    return theme.table(
        ranked.assign(verdict=verdict, interval=pd.Series(interval, ranked.index, dtype="str").where(tested)).head(
            rows
        ),
        caption=f"How a pair's handoffs compare with all others: {_part(ranked, rows)}",
        columns={
            "from_team": "From",
            "to_team": "To",
            "verdict": "Verdict",
            "ratio_to_rest": "Times the rest",
            "interval": "95 % interval",
            "p_value": "p over all pairs",
        },
        decimals={"ratio_to_rest": 2, "p_value": 3},
        kpis=("handoff_wait_ratio", "handoff_latency"),
    )


def stage_flow_table(flow: pd.DataFrame, rows: int) -> theme.Table:
    """Moves between stages with the wait on the way."""
    return theme.table(
        flow.head(rows),
        caption=f"Moves from one stage to another, with the hours nobody worked on the way: {_part(flow, rows)}",
        columns={
            "from_stage": "From",
            "to_stage": "To",
            "transitions": "Moves",
            "wait_hours_p50": "Median hours",
            "wait_hours_p90": "90th percentile",
            "wait_hours_total": "Hours in all",
        },
        decimals=_WAITS,
        kpis=("transition_wait",),
    )


def variants_table(ways: pd.DataFrame, rows: int) -> theme.Table:
    """The ways cases take, in full."""
    return theme.table(
        ways.head(rows),
        caption=f"Ways through the journey, the most frequent first: {_part(ways, rows)}",
        columns={
            "variant": "Way",
            "cases": "Cases",
            "cases_share": "Share",
            "lead_hours_p50": "Median lead time, hours",
        },
        decimals={"cases_share": 1, "lead_hours_p50": 1},
        kpis=("variant_share", "lead_time"),
    )


def ping_pong_table(by_pair: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams between which cases came straight back."""
    return theme.table(
        by_pair.head(rows),
        caption=f"Cases given away and straight back: {_part(by_pair, rows)}",
        columns={"team": "Team", "other_team": "Gave to, and got back from", "returns": "Returns", "cases": "Cases"},
        kpis=("ping_pong_share",),
    )


def rework_table(by_activity: pd.DataFrame, rows: int) -> theme.Table:
    """Activities done again by the same team in the same case."""
    return theme.table(
        by_activity.head(rows),
        caption=f"Activities done again by the same team: {_part(by_activity, rows)}",
        columns={
            "activity": "Activity",
            "cases": "Cases with a repeat",
            "cases_share": "Share of its cases",
            "repeats": "Repeats",
        },
        decimals={"cases_share": 1},
        kpis=("repeated_activity_share",),
    )


def _part(frame: pd.DataFrame, rows: int) -> str:
    return f"{min(rows, len(frame))} of {len(frame)}"
