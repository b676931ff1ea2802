"""The clocks of promises: when they start, stand still and stop, for a stage and for a handoff between stages."""

from collections.abc import Mapping
from math import nan
from typing import Any

import ibis
import pandas as pd
from ibis import ir

from cxops.journey.log.sequence import ORDER, blocks, numbered_blocks
from cxops.journey.promises.calendars import Calendar, calendar_named, due_at, working_hours

COLUMNS = [
    "promise",
    "case_id",
    "started_at",
    "hours",
    "elapsed_hours",
    "is_open",
    "target_hours",
    "promised",
    "calendar",
]
"""Of a frame of clocks; further columns, such as unit, are those of the cases."""
ARROW = " → "
_STAGE = ["stage", "sla_hours", "promised", "calendar", "pauses"]
_HANDOFF = ["from_stage", "to_stage", "clock_hours", "promised", "calendar"]


def observed_until(steps: ir.Table) -> pd.Timestamp:
    """The latest moment that the log knows of: when an extract without a date of its own must have been taken.

    >>> at = pd.to_datetime(["2025-01-06 09:00"], utc=True)
    >>> observed_until(ibis.memtable(pd.DataFrame({"started_at": at, "ended_at": at + pd.Timedelta("1h")})))
    Timestamp('2025-01-06 10:00:00+0000', tz='UTC')
    """
    latest = steps.aggregate(at=ibis.coalesce(steps.ended_at, steps.started_at).max()).execute()["at"].iloc[0]
    return pd.Timestamp(pd.to_datetime(latest, utc=True))


def visits(steps: ir.Table, cases: ir.Table) -> ir.Table:
    """One row per unbroken stay of a case in a stage: when it began and, if it did, ended.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, status.
    cases : one row per case; needs case_id and resolved_at.

    Returns
    -------
    case_id, stage, visit_seq (from 0), started_at, ended_at.

    Notes
    -----
    A stay ends with the latest known end of its steps, or where the stage was seen later than that, with the first
    step of the next stage. The last stay of a case is over only if its last step is `done` or the case is resolved:
    else somebody still waits, whatever ended before, and ended_at is a gap.
    """
    held = blocks(steps, "stage")
    rows = numbered_blocks(steps.select("case_id", *ORDER, "status", "stage"), "stage")
    done = rows.group_by("case_id", "block_seq").aggregate(
        is_done=(rows.status == "done").any(), seen=rows.started_at.max()
    )
    held = held.join(done, ["case_id", "block_seq"])
    resolved = cases.select(of="case_id", resolved_at="resolved_at")
    held = held.left_join(resolved, held.case_id == resolved.of)
    after = held.started_at.lead().over(ibis.window(group_by="case_id", order_by="block_seq"))
    is_over = held.onward.notnull() | held.is_done | held.resolved_at.notnull()
    ended_at = ibis.cases((is_over, ibis.coalesce(held.left_at, after, held.seen)))
    return held.select("case_id", stage="holder", visit_seq="block_seq", started_at="started_at", ended_at=ended_at)


def pauses(steps: ir.Table) -> ir.Table:
    """One row per step as a stretch in which a clock may stand still: case_id, stage, activity, started_at, ended_at.

    Notes
    -----
    A step without a known end lasts until the next step of the case starts; the last one of a case has a gap.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    ended_at = ibis.coalesce(steps.ended_at, steps.started_at.lead().over(case))
    return steps.select("case_id", "stage", "activity", "started_at", ended_at=ended_at)


def clocks(*parts: pd.DataFrame) -> pd.DataFrame:
    """The clocks of stages and of handoffs in one frame, so that they are judged together."""
    return pd.concat([each for each in parts if len(each)] or parts[:1], ignore_index=True)


def stage_clocks(
    steps: ir.Table, cases: ir.Table, stages: pd.DataFrame, calendars: Mapping[str, Calendar], *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per case and promised stage: the hours its clock has run.

    Parameters
    ----------
    steps, cases : as `visits` takes them; `unit` and `priority` of the cases are kept where they are there.
    stages : one row per stage of the map: stage, sla_hours (hours of its calendar; a gap: no promise), promised (the
        same in words), calendar (name; a gap: the clock never stops), pauses (activities during which it stops).
    calendars : by name.
    as_of : until when the data are known; what started later does not count, what ended later is still open.

    Returns
    -------
    promise (the stage), case_id, started_at (of the first visit), hours (that the clock ran), elapsed_hours (from the
    first start to the last end, whatever the calendar), is_open, target_hours, promised (in words), calendar, and unit
    and priority.

    Notes
    -----
    A case has one clock a stage. It runs while the case is in the stage, stands still while it is elsewhere, and goes
    on when it comes back: passing a case to and fro starts no new promise. It stands still outside opening hours and
    during pauses; where pauses overlap, once, and what of a pause lies outside the stays takes nothing off. It is open
    if the case is in the stage as of `as_of`.

    Raises
    ------
    ParameterError : a promise names a calendar that is not there, or that cannot be read.
    """
    promised = stages[stages["sla_hours"].notna()].reindex(columns=_STAGE)
    stays = _apart(_until(_of_stages(visits(steps, cases), promised), as_of))
    paused = _until(_of_stages(pauses(steps), promised), as_of)
    named = promised[["stage", "pauses"]].explode("pauses").rename(columns={"pauses": "activity"}).dropna()
    paused = paused.merge(named.drop_duplicates(), on=["stage", "activity"], validate="many_to_one")
    paused = _within(_apart(paused), stays)
    of = {name: (stays[stays["stage"] == name], paused[paused["stage"] == name]) for name in promised["stage"]}
    return _with_cases([_stage_clock(*of[row.stage], row, calendars) for row in promised.itertuples()], cases)


def handoff_clocks(
    steps: ir.Table,
    cases: ir.Table,
    transitions: pd.DataFrame,
    calendars: Mapping[str, Calendar],
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per passing from one stage to another that has a promise: the hours until it was taken up.

    Parameters
    ----------
    steps, cases, calendars, as_of : as for `stage_clocks`.
    transitions : one row per agreed transition: from_stage, to_stage, clock_hours (a gap: no promise), promised,
        calendar.

    Returns
    -------
    The columns of `stage_clocks`; promise is `from_stage → to_stage`, started_at when the work was given.

    Notes
    -----
    Given and taken up are those of `handoffs`, with stages for teams. A passing whose sender's end is not known has no
    start, so it has a gap for its hours. One that nobody took up as of `as_of` is open. Work that no step of the next
    stage has shown yet cannot be seen in a log.
    """
    promised = transitions[transitions["clock_hours"].notna()].reindex(columns=_HANDOFF)
    names = promised["from_stage"] + ARROW + promised["to_stage"]
    held = blocks(steps, "stage")
    given = held.filter(held.block_seq > 0).mutate(promise=held.sender + ARROW + held.holder)
    given = given.filter(given.promise.isin([*names, ""]))
    rows = given.select("case_id", "promise", started_at="given_at", ended_at="taken_up_at").to_pandas()
    rows = _until(rows, as_of)
    found = []
    for name, row in zip(names, promised.to_dict("records"), strict=True):
        own, calendar = rows[rows["promise"] == name], calendar_named(row["calendar"], calendars)
        hours = working_hours(own["started_at"], own["ended_at"], calendar).clip(lower=0)
        elapsed = working_hours(own["started_at"], own["ended_at"], None).clip(lower=0)
        clock = own.assign(hours=hours, elapsed_hours=elapsed, target_hours=row["clock_hours"])
        clock = clock.assign(promised=row["promised"], calendar=row["calendar"])
        found.append(clock.reindex(columns=COLUMNS))
    return _with_cases(found, cases)


def promised_elapsed_hours(clocks: pd.DataFrame, calendars: Mapping[str, Calendar]) -> float:
    """Hours on the wall clock that a promise allows, median over its clocks; a gap without any.

    Parameters
    ----------
    clocks : those of one promise; needs started_at, target_hours, calendar.
    calendars : by name.
    """
    if clocks.empty:
        return nan
    first = clocks.iloc[0]
    due = due_at(clocks["started_at"], float(first["target_hours"]), calendar_named(first["calendar"], calendars))
    return float(((due - clocks["started_at"]).dt.total_seconds() / 3600).median())


def _of_stages(rows: ir.Table, promised: pd.DataFrame) -> pd.DataFrame:
    """The rows of promised stages, executed; nothing else leaves the engine."""
    return rows.filter(rows.stage.isin([*promised["stage"], ""])).to_pandas()


def _until(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The rows as they stood at `as_of`: later ones left out, and what had not ended then still open."""
    rows = rows.assign(**{name: pd.to_datetime(rows[name], utc=True) for name in ("started_at", "ended_at")})
    rows = rows[~(rows["started_at"] > as_of)]
    is_open = rows["ended_at"].isna() | (rows["ended_at"] > as_of)
    return rows.assign(is_open=is_open, ended_at=rows["ended_at"].mask(is_open, as_of))


def _apart(rows: pd.DataFrame) -> pd.DataFrame:
    """The stretches of each case and stage in order, cut so that no moment lies in two of them."""
    keys = ["stage", "case_id"]
    rows = rows.sort_values([*keys, "started_at"], kind="stable", ignore_index=True)
    so_far = rows.assign(until=rows.groupby(keys)["ended_at"].cummax())
    before = so_far.groupby(keys)["until"].shift()
    started_at = rows["started_at"].where(~(before > rows["started_at"]), before)
    return rows.assign(from_at=started_at, until_at=rows["ended_at"].where(rows["ended_at"] > started_at, started_at))


def _within(paused: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """The parts of the pauses that lie in a stay: a clock that does not run anyway cannot be stopped."""
    keys = ["stage", "case_id"]
    both = paused[[*keys, "from_at", "until_at"]].merge(
        stays[[*keys, "from_at", "until_at"]], on=keys, suffixes=("", "_stay"), validate="many_to_many"
    )
    from_at = both["from_at"].where(both["from_at"] > both["from_at_stay"], both["from_at_stay"])
    until_at = both["until_at"].where(both["until_at"] < both["until_at_stay"], both["until_at_stay"])
    return both.assign(from_at=from_at, until_at=until_at)[from_at < until_at]


def _stage_clock(
    stays: pd.DataFrame, paused: pd.DataFrame, promise: Any, calendars: Mapping[str, Calendar]
) -> pd.DataFrame:
    """The clocks of one stage: the hours of its stays less those of its pauses."""
    calendar = calendar_named(promise.calendar, calendars)
    ran, stood = (working_hours(each["from_at"], each["until_at"], calendar) for each in (stays, paused))
    by_case = stays.assign(hours=ran).groupby("case_id")
    clock = by_case.agg(
        started_at=("started_at", "min"),
        ended_at=("ended_at", "max"),
        hours=("hours", "sum"),
        is_open=("is_open", "any"),
    )
    pause = stood.groupby(paused["case_id"]).sum().reindex(clock.index, fill_value=0.0)
    clock = clock.assign(
        promise=promise.stage,
        hours=(clock["hours"] - pause).clip(lower=0),
        elapsed_hours=working_hours(clock["started_at"], clock["ended_at"], None),
        target_hours=promise.sla_hours,
        promised=promise.promised,
        calendar=promise.calendar,
    )
    return clock.reset_index()[COLUMNS]


def _with_cases(clocks: list[pd.DataFrame], cases: ir.Table) -> pd.DataFrame:
    """The clocks in one frame, with the unit and the priority of their cases where these are there."""
    frame = pd.concat([each for each in clocks if len(each)] or [pd.DataFrame(columns=COLUMNS)], ignore_index=True)
    known = [name for name in ("unit", "priority") if name in cases.columns]
    of_case = cases.select("case_id", *known).to_pandas().drop_duplicates("case_id")
    typed = {
        "hours": "float64",
        "elapsed_hours": "float64",
        "target_hours": "float64",
        "is_open": "bool",
        "started_at": "datetime64[us, UTC]",
    }
    return frame.astype(typed).merge(
        of_case.astype({"case_id": frame["case_id"].dtype}), on="case_id", how="left", validate="many_to_one"
    )
