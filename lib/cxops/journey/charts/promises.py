"""Promises of time: how many are kept, who would be needed, and where nothing is promised."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.shares import share_intervals

ROWS = 12
"""How many promises a chart can hold on a phone."""
NO_PROMISE = "No evidence: the journey map promises no time for any stage or handoff that the log shows."
NO_MAP = "No evidence: the data set follows no journey map, so no step is known to have a tool or none."
_KPI = ("promise_kept_share",)


def attainment(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """One dot a promise with its interval, against the share that is to be in time."""
    known = _known(frame)
    if known.empty:
        return theme.message(NO_PROMISE if frame.empty else _too_little(frame), width=width)
    shown = known.head(ROWS).assign(
        label=[_promised(row) for row in known.head(ROWS).to_dict("records")],
        text=[theme.percent(share) for share in known.head(ROWS)["share"]],
    )
    target = float(known["target_share"].iloc[0])
    how = f"Dashed: {theme.percent(target, 0)} aimed at. Filled: below it by more than noise. Line: 95 % interval."
    return share_intervals(shown, heading=theme.title(_headline(known), how, width), width=width, target=target)


def attainment_figure(kept: pd.DataFrame) -> theme.Figure:
    """Promises kept, with the one kept least in words."""
    known = _known(kept)
    if known.empty:
        said = NO_PROMISE if kept.empty else _too_little(kept)
        return theme.figure(attainment, kept, caption=said, alt=said, kpis=_KPI)
    worst = known.iloc[0]
    caption = (
        f"{worst['promise']} is to take at most {worst['promised']}; "
        f"{theme.estimated(worst['share'], worst['low'], worst['high'])} of {theme.number(worst['clocks'])} do. "
        f"Cases still open count for as long as they have run; of closed ones alone it would be "
        f"{theme.percent(worst['closed_share'])}."
    )
    every = "; ".join(f"{row['promise']} {theme.percent(row['share'])}" for row in known.to_dict("records"))
    left = len(kept) - len(known)
    rest = f" Not shown: {left} of {len(kept)} promises, with too few cases or too early to say." if left else ""
    return theme.figure(
        attainment, kept, caption=caption + rest, alt=f"Dots with intervals. {caption} {every}.", kpis=_KPI
    )


def attainment_table(kept: pd.DataFrame, rows: int, *, by: tuple[str, ...] = ()) -> theme.Table:
    """Promises with their share, interval, what of it is still running, and what may be claimed.

    Parameters
    ----------
    kept : as `attainment` gives it.
    rows : how many to list, those kept least first.
    by : the columns that it was divided by, such as unit or priority.
    """
    if by and len(kept) and len(kept[[*by]].drop_duplicates()) == 1:
        said = f"There is one {' and '.join(by)} here: its promises are those told above"
        return theme.table(kept.iloc[:0], caption=said, columns={"promise": "Promise"})
    ordered = kept.sort_values("share", kind="stable")
    shown = ordered.head(rows).assign(
        name=[
            " · ".join([_promised(row), *(str(row[each]) for each in by)])
            for row in ordered.head(rows).to_dict("records")
        ],
        interval=[_interval(row["low"], row["high"]) for row in ordered.head(rows).to_dict("records")],
        verdict=[_verdict(row) for row in ordered.head(rows).to_dict("records")],
    )
    said = f"Promises kept, least first: {min(rows, len(kept))} of {len(kept)}" if len(kept) else NO_PROMISE
    columns = {
        "name": "Promise",
        "share": "Share in time",
        "interval": "95 % interval",
        "closed_share": "Share of closed alone",
        "cases": "Cases",
        "clocks": "Stays or passings",
        "verdict": "Verdict",
    }
    decimals = {"share": 1, "closed_share": 1, "cases": 0, "clocks": 0}
    return theme.table(shown, caption=said, columns=columns, decimals=decimals, kpis=_KPI, is_folded=len(kept) > 0)


def unpromised_table(unpromised: pd.DataFrame) -> theme.Table:
    """Stages for which nobody has promised a time."""
    said = (
        f"Stages without a promised time: {len(unpromised)}" if len(unpromised) else "Every stage has a promised time."
    )
    columns = {"stage": "Stage", "cases": "Cases in the log", "why": "Why"}
    return theme.table(unpromised, caption=said, columns=columns, decimals={"cases": 0})


def agents_table(needed: pd.DataFrame) -> theme.Table:
    """The fewest agents with whom a stage's queue could keep its promise, beside those there are."""
    columns = {
        "stage": "Stage",
        "arrivals_per_hour": "Cases an opening hour",
        "handling_hours": "Hours of work a case",
        "agents_needed": "Agents for today's promise",
        "occupancy_share": "Occupancy, share",
        "agents_present": "Agents there",
        "short_by": "Missing for it, at least",
        "state": "Note",
    }
    shown = needed.assign(occupancy_share=needed["occupancy"])
    decimals = {"arrivals_per_hour": 1, "handling_hours": 2, "agents_needed": 0, "occupancy_share": 0}
    said = (
        "Fewest agents with whom each stage's queue alone could keep its promise (Erlang C): a lower bound, not a plan"
    )
    return theme.table(
        shown,
        caption=said if len(needed) else NO_PROMISE,
        columns=columns,
        decimals=decimals | {"agents_present": 1, "short_by": 1},
    )


def tool_gaps_table(gaps: pd.DataFrame, steps: pd.DataFrame) -> theme.Table:
    """Steps of the map that no system supports.

    Parameters
    ----------
    gaps, steps : as `tool_gaps` gives them, and all steps of the map.
    """
    said = f"Steps of the journey map without a system: {len(gaps)} of {len(steps)}" if len(steps) else NO_MAP
    columns = {"touchpoint": "Step", "stage": "Stage", "team": "Team"}
    return theme.table(gaps, caption=said, columns=columns)


def _known(kept: pd.DataFrame) -> pd.DataFrame:
    """Promises of which a share is known, those kept least first."""
    return kept[kept["share"].notna()].sort_values("share", kind="stable")


def _headline(known: pd.DataFrame) -> str:
    below = int(known["is_signal"].sum())
    worst = known.iloc[0]
    said = f"{worst['promise']} is kept least: {theme.percent(worst['share'])} in time"
    return f"{below} of {len(known)} promises are kept too rarely; {said}" if below else said


def _too_little(kept: pd.DataFrame) -> str:
    return f"None of the {len(kept)} promises can be judged yet: too few cases, or too early to say."


def _promised(row: dict) -> str:
    return f"{row['promise']} · {row['promised']}"


def _interval(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{theme.percent(low)} to {theme.percent(high)}"


def _verdict(row: dict) -> str:
    if row["state"] != "measured":
        return str(row["state"])
    if row["is_signal"]:
        return "too rarely"
    return "often enough" if row["low"] >= row["target_share"] else "cannot be told"
