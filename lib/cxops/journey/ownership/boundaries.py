"""The boundary register held against the log: who takes work up at a passing point, what bounces, how long it lies."""

from collections.abc import Collection, Hashable
from typing import Any

import ibis
import pandas as pd
from ibis import ir
from statsmodels.stats.proportion import proportion_confint

from cxops.errors import ParameterError
from cxops.journey.log.folding import with_rarer
from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.sequence import shallow
from cxops.journey.statistics.excess import excess

PAIR = ["from_stage", "to_stage"]
RARER = "(rarer moves)"
"""Stands for both stages in the one row that holds every unregistered passing point with too few cases to show."""


def boundaries(
    crossings: ir.Table,
    transitions: pd.DataFrame,
    cases: ir.Table,
    *,
    minimum_count: int,
    alpha: float,
    material_ratio: float,
) -> pd.DataFrame:
    """One row per passing point that is registered or occurs: what was agreed there, and what happened.

    Parameters
    ----------
    crossings : one row per crossing, as `crossings` gives them.
    transitions : the map's `transition_frame`; without a row there is no register, and every crossing is a grey zone.
    cases : one row per case, all columns of the contract; the required fields are looked up there.
    minimum_count : cases that must stand behind an unregistered passing point; the others are put together as
        `(rarer moves)`. With fewer cases, a registered one has counts, but neither shares nor hours.
    alpha, material_ratio : see `excess`, which tests whether a passing point has more bounced work than the others.

    Returns
    -------
    from_stage, to_stage, status (`registered`, `grey zone` or `never seen`), exit_rule, accepting_team, clock_hours,
    has_calendar, register_gaps (what the register leaves open, in words), crossings, cases, accepted,
    accepted_share (of the crossings, taken up by the accepting team) with _low and _high, complete (crossings whose
    case has every required field), complete_share, within, known and within_share (taken up within the clock, of
    those whose wait is known; only where the clock never stops) with _low and _high, wait_hours_p50, _p90 and _total,
    handed (crossings that changed teams), bounced, bounced_share (of the handed) with _low and _high, bounced_p_value,
    is_signal (more bounced work than elsewhere).
    In the order of the register, then grey zones, the most hours first. Intervals: Wilson, 95 %.

    Raises
    ------
    ParameterError : a transition is registered twice, so that two teams could accept it, or a required field is no
        column of cases.
    """
    check_register(transitions, cases.columns)
    seen = _with_rarer(_seen(crossings, transitions, cases), transitions, minimum_count)
    rows = transitions[_AGREED].merge(seen, how="outer", on=PAIR, indicator=True, validate="one_to_one")
    order = {pair: at for at, pair in enumerate(zip(*(transitions[end] for end in PAIR), strict=True))}
    place = [order.get((row.from_stage, row.to_stage), len(order)) for row in rows.itertuples()]
    rows = rows.assign(place=place).sort_values(
        ["place", "wait_hours_total", *PAIR], ascending=[True, False, True, True], ignore_index=True
    )
    status = rows["_merge"].map({"left_only": "never seen", "right_only": "grey zone", "both": "registered"})
    rows = rows.assign(
        status=status.astype(object), register_gaps=[_register_gaps(row) for row in rows.to_dict("records")]
    )
    counts = ["crossings", "cases", "accepted", "complete", "within", "known", "handed", "bounced"]
    rows = rows.assign(**{name: rows[name].fillna(0).astype("int64") for name in counts})
    return _estimated(rows, minimum_count, alpha, material_ratio)[_COLUMNS]


_AGREED = [*PAIR, "exit_rule", "accepting_team", "required_fields", "clock_hours", "calendar"]
_SHARES = {"accepted": "crossings", "complete": "crossings", "within": "known", "bounced": "handed"}
_COLUMNS = [
    *(*PAIR, "status", "exit_rule", "accepting_team", "clock_hours", "has_calendar", "register_gaps"),
    *("crossings", "cases", "accepted", "accepted_share", "accepted_share_low", "accepted_share_high"),
    *("complete", "complete_share", "complete_share_low", "complete_share_high"),
    *("within", "known", "within_share", "within_share_low", "within_share_high"),
    *("wait_hours_p50", "wait_hours_p90", "wait_hours_total"),
    *("handed", "bounced", "bounced_share", "bounced_share_low", "bounced_share_high", "bounced_p_value", "is_signal"),
]


def check_register(transitions: pd.DataFrame, fields: Collection[str]) -> None:
    """Raises ParameterError for a transition that is registered twice or asks for a field that cases do not have."""
    for row in transitions[transitions.duplicated(PAIR)].to_dict("records"):
        both = transitions[(transitions[PAIR] == [row["from_stage"], row["to_stage"]]).all(axis=1)]
        teams = ", ".join(str(each) for each in both["accepting_team"])
        raise ParameterError(
            f"a transition must have one accepting team: got {teams} ({row['from_stage']} to {row['to_stage']})"
        )
    for row in transitions.to_dict("records"):
        unknown = [each for each in row["required_fields"] if each not in fields]
        if unknown:
            raise ParameterError(
                f"required fields must be columns of cases: got {', '.join(unknown)} "
                f"({row['from_stage']} to {row['to_stage']})"
            )


def _with_rarer(seen: pd.DataFrame, transitions: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """The passing points, unregistered ones with too few cases in one row; it takes in the next until it has enough."""
    known = pd.MultiIndex.from_frame(transitions[PAIR])
    is_grey = ~pd.MultiIndex.from_frame(seen[PAIR]).isin(known)
    sums = [name for name in seen.columns if name not in (*PAIR, "wait_hours_p50", "wait_hours_p90")]
    grey = with_rarer(seen[is_grey], PAIR, "cases", minimum_count=minimum_count, remainder=RARER, sums=sums)
    return pd.concat([seen[~is_grey], grey], ignore_index=True)


def _with_register(crossings: ir.Table, transitions: pd.DataFrame) -> ir.Table:
    """The crossings, each with what the register says there: the team, the clock where it never stops, the fields.

    A join, not a choice by name in the query: DuckDB 2.0 fails to fold a comparison with a choice among names.
    """
    names = {"from_stage": "left", "to_stage": "entered", "accepting_team": "team", "clock_hours": "clock"}
    listed = transitions.assign(clock_hours=transitions["clock_hours"].mask(transitions["calendar"].notna()))
    listed = listed[list(names)].rename(columns=names)
    asked = {
        f"asks_{field}": [field in each for each in transitions["required_fields"]] for field in _fields(transitions)
    }
    kinds = dict.fromkeys(names.values(), "string") | {"clock": "float64"} | dict.fromkeys(asked, "boolean")
    register = ibis.memtable(listed.assign(**asked), schema=kinds)
    return crossings.left_join(register, [("from_stage", "left"), ("to_stage", "entered")]).drop("left", "entered")


def _lacks(rows: ir.Table, fields: list[str], cases: ir.Table) -> ir.Table:
    """The crossings with `is_complete`: whether the case has every field that the register requires there."""
    if not fields:
        return rows.mutate(is_complete=ibis.literal(True))
    gaps = cases.select(gap_case="case_id", **{f"no_{field}": cases[field].isnull() for field in fields})
    both = rows.left_join(gaps, [("case_id", "gap_case")])
    lacks = [both[f"asks_{each}"].fill_null(False) & both[f"no_{each}"].fill_null(True) for each in fields]
    return both.mutate(is_complete=~ibis.or_(*lacks))


def _fields(transitions: pd.DataFrame) -> list[str]:
    return sorted({field for each in transitions["required_fields"] for field in each})


def _seen(crossings: ir.Table, transitions: pd.DataFrame, cases: ir.Table) -> pd.DataFrame:
    """Per passing point of the log: counts, hours, and what was kept of what the register says."""
    rows = _with_register(shallow(crossings), transitions)
    rows = _lacks(rows, _fields(transitions), cases)
    rows = rows.mutate(
        is_accepted=(rows.to_team == rows.team).fill_null(False),
        is_within=(rows.wait_hours <= rows.clock).fill_null(False),
        is_known=rows.wait_hours.notnull() & rows.clock.notnull(),
    )
    rows = ranked(rows, PAIR, "wait_hours")
    counted = rows.group_by(PAIR).aggregate(
        crossings=rows.count(),
        cases=rows.case_id.nunique(),
        **{
            name: rows[f"is_{name}"].cast("int64").sum()
            for name in ("accepted", "complete", "within", "known", "handed", "bounced")
        },
        wait_hours_p50=quantile(rows, "wait_hours", 0.5),
        wait_hours_p90=quantile(rows, "wait_hours", 0.9),
        wait_hours_total=rows.wait_hours.sum().fill_null(0.0),
    )
    return counted.order_by(PAIR).execute()


def _register_gaps(row: dict[Hashable, Any]) -> str:
    """What the register leaves open at a passing point, in words."""
    if row["_merge"] == "right_only":
        return "not registered"
    open_ends = {"exit_rule": "no exit rule", "accepting_team": "no accepting team", "clock_hours": "no clock"}
    return ", ".join(said for name, said in open_ends.items() if pd.isna(row[name]) or row[name] == "")


def _estimated(rows: pd.DataFrame, minimum_count: int, alpha: float, material_ratio: float) -> pd.DataFrame:
    """The passing points with shares and their intervals; gaps where too few cases stand behind them."""
    is_enough = rows["cases"] >= minimum_count
    applies = {
        "accepted": rows["accepting_team"].notna(),
        "complete": rows["required_fields"].map(lambda each: isinstance(each, tuple) and len(each) > 0),
        "within": rows["clock_hours"].notna() & rows["calendar"].isna(),
        "bounced": pd.Series(True, index=rows.index),
    }
    estimates: dict[str, Any] = {}
    for name, whole in _SHARES.items():
        told = is_enough & applies[name] & (rows[whole] > 0)
        events, trials = rows[name].where(told), rows[whole].where(told)
        low, high = proportion_confint(events, trials, alpha=0.05, method="wilson")
        estimates |= {f"{name}_share": events / trials, f"{name}_share_low": low, f"{name}_share_high": high}
    hours = {name: rows[name].where(is_enough) for name in ("wait_hours_p50", "wait_hours_p90", "wait_hours_total")}
    counts = pd.DataFrame({"trials": rows["handed"], "events": rows["bounced"]})
    counts.loc[~is_enough] = 0
    judged = excess(counts, minimum_count=minimum_count, alpha=alpha, material_ratio=material_ratio)
    marks = {"bounced_p_value": judged["p_value"], "is_signal": judged["is_signal"]}
    return rows.assign(**estimates, **hours, **marks, has_calendar=rows["calendar"].notna())


def boundary_totals(boundaries: pd.DataFrame) -> pd.DataFrame:
    """One row: how many of the log's crossings have a clear owner, and what lies in grey zones.

    Parameters
    ----------
    boundaries : one row per passing point, as `boundaries` gives them.

    Returns
    -------
    crossings, clear (at a registered passing point with one accepting team), clear_share with _low and _high (Wilson,
    95 %), grey_points, grey_crossings, grey_hours and grey_bounced (of the points with enough cases to show; gaps
    where none has), unused (registered and never seen). No row without a
    crossing, or without a register.
    """
    total = int(boundaries["crossings"].sum())
    if total == 0 or (boundaries["status"] == "grey zone").all():
        return pd.DataFrame(columns=_TOTALS)
    grey = boundaries[boundaries["status"] == "grey zone"]
    held = boundaries[(boundaries["status"] == "registered") & boundaries["accepting_team"].notna()]
    clear = int(held["crossings"].sum())
    low, high = proportion_confint(clear, total, alpha=0.05, method="wilson")
    told = grey["wait_hours_total"].notna()
    sums = [int(grey["crossings"].sum()), *(grey.loc[told, ["wait_hours_total", "bounced"]].sum(min_count=1))]
    unused = int((boundaries["status"] == "never seen").sum())
    row = [total, clear, clear / total, float(low), float(high), len(grey), *sums, unused]
    return pd.DataFrame([row], columns=_TOTALS)


_TOTALS = [
    *("crossings", "clear", "clear_share", "clear_share_low", "clear_share_high"),
    *("grey_points", "grey_crossings", "grey_hours", "grey_bounced", "unused"),
]
