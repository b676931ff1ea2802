"""The tables beside the charts: whole names, and the numbers a chart has no room for.

A table that repeats its chart is folded away; its rows are the chart's, and the remainder stands last, uncounted.
"""

from typing import Any

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import ACTIVITIES, MOVES, PAIRS, VARIANTS, is_remainder, named
from cxops.journey.charts.variants import ARROW, numbered


def handoffs_table(by_pair: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams with their handoffs and hours, the most hours first."""
    return _table(
        _ends(by_pair, "from_team", "to_team"),
        rows,
        caption="Handoffs from one team to another, hours until the next team's work",
        remainder=PAIRS,
        columns={
            "name": "From → to",
            "latency_hours_total": "Hours in all",
            "latency_hours_p50": "Median hours",
            "latency_hours_p90": "One in ten over",
            "handoffs": "Handoffs",
        },
        kpis=("handoff_latency",),
    )


def bottlenecks_table(ranked: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams against all others, with the interval and what may be claimed in words.

    Parameters
    ----------
    ranked, rows : as `bottlenecks` gives it, and how many of its pairs to list.
    """
    records = ranked.to_dict("records")
    shown = _ends(ranked, "from_team", "to_team").assign(
        interval=[theme.ratio(row["ratio_to_rest"], row["ratio_low"], row["ratio_high"]) for row in records],
    )
    return _table(
        shown,
        rows,
        caption="How a pair's handoffs compare with all others, the most hours first",
        remainder=PAIRS,
        columns={
            "name": "From → to",
            "latency_hours_total": "Hours in all",
            "interval": "Times the rest (95 % interval)",
            "verdict": "Verdict",
            "p_value": "p over all pairs",
        },
        kpis=("handoff_wait_ratio", "handoff_latency"),
    )


def stage_flow_table(flow: pd.DataFrame, rows: int) -> theme.Table:
    """Moves between stages with the wait on the way."""
    return _table(
        _ends(flow, "from_stage", "to_stage"),
        rows,
        caption="Moves from one stage to another, with the hours until work began in the next",
        remainder=MOVES,
        columns={
            "name": "From → to",
            "transitions": "Moves",
            "wait_hours_total": "Hours in all",
            "wait_hours_p50": "Median hours",
            "wait_hours_p90": "One in ten over",
        },
        kpis=("transition_wait",),
    )


def ping_pong_table(by_pair: pd.DataFrame, rows: int) -> theme.Table:
    """Pairs of teams between which cases came straight back."""
    return _table(
        _ends(by_pair, "team", "other_team", between=" and "),
        rows,
        caption="Ping-pong: cases passed to the other team and straight back",
        remainder=PAIRS,
        columns={"name": "Between", "returns": "Returns", "cases": "Cases"},
        kpis=("ping_pong_share",),
    )


def rework_table(by_activity: pd.DataFrame, rows: int) -> theme.Table:
    """Activities repeated by the same team in the same case, the largest share of cases first."""
    shown = by_activity[by_activity["repeats"] > 0].sort_values("cases_share", ascending=False, kind="stable")
    return _table(
        shown.assign(name=shown["activity"]),
        rows,
        caption="Activities repeated by the same team",
        remainder=ACTIVITIES,
        columns={
            "name": "Activity",
            "cases_share": "Share of its cases",
            "cases": "Cases with a repeat",
            "repeats": "Repeats",
        },
        kpis=("repeated_activity_share",),
    )


def variants_table(variants: pd.DataFrame, rows: int) -> theme.Table:
    """The variants in full, numbered as in their chart."""
    is_rest = is_remainder(variants, VARIANTS, "variant")
    name = pd.concat(
        [pd.Series(numbered(variants.loc[~is_rest, "variant"].tolist()), dtype="str"), variants.loc[is_rest, "variant"]]
    )
    return _table(
        pd.concat([variants[~is_rest], variants[is_rest]]).assign(name=name.tolist()),
        rows,
        caption="Variants, the most frequent first",
        remainder=VARIANTS,
        columns={
            "name": "Variant",
            "cases_share": "Share of cases",
            "cases": "Cases",
            "lead_hours_p50": "Median lead time, hours",
        },
        kpis=("variant_share", "lead_time"),
    )


def directly_follows_table(follows: pd.DataFrame, rows: int) -> theme.Table:
    """Which activity directly follows which, and the hours in which nobody worked in between."""
    return _table(
        _ends(follows, "from_activity", "to_activity"),
        rows,
        caption="Which activity directly follows which, hours without work in between",
        remainder=PAIRS,
        columns={
            "name": "Activity → next activity",
            "transitions": "Times",
            "latency_hours_p50": "Median hours",
            "latency_hours_p90": "One in ten over",
        },
        is_folded=False,
    )


_DECIMALS = {"cases_share": 1, "p_value": 3, "latency_hours_total": 0, "wait_hours_total": 0} | dict.fromkeys(
    ["latency_hours_p50", "latency_hours_p90", "wait_hours_p50", "wait_hours_p90", "lead_hours_p50"], 1
)
"""Digits after the point by column; everything else is a count."""


def _table(
    frame: pd.DataFrame, rows: int, *, caption: str, remainder: str, columns: dict[str, str], **look: Any
) -> theme.Table:
    """The first `rows` rows by `name`, then the remainder's, and in the caption how many of how many."""
    all_named = named(frame, remainder, "name")
    rest = frame[is_remainder(frame, remainder, "name")]
    counts = frame[list(columns)].select_dtypes("number").columns
    return theme.table(
        pd.concat([all_named.head(rows), rest]),
        caption=f"{caption}: {min(rows, len(all_named))} of {len(all_named)}",
        columns=columns,
        decimals={name: _DECIMALS.get(str(name), 0) for name in counts},
        **({"is_folded": True} | look),
    )


def _ends(frame: pd.DataFrame, source: str, target: str, between: str = ARROW) -> pd.DataFrame:
    """The rows with both names as one; a remainder, whose two names are the same, has it once."""
    both = frame[source] + between + frame[target]
    is_rest = frame[source].isin([PAIRS, MOVES]) & (frame[source] == frame[target])
    return frame.assign(name=both.where(~is_rest, frame[source]))
