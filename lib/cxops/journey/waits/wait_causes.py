"""Why a handoff waits: its time split by cause, second by second, so that the causes add up to the wait exactly."""

import ibis
import numpy as np
import pandas as pd
from ibis import ir

from cxops.journey.log.handoffs import PAIR, with_rarer_pairs
from cxops.journey.log.sequence import ORDER, blocks, larger, not_negative, numbered_blocks, smaller
from cxops.journey.waits.batches import batches
from cxops.journey.waits.presence import presence
from cxops.journey.waits.resources import Resources, resources, staffed_intervals
from cxops.journey.waits.sweep import Codes, Flags, covered

CAUSES = ("batching", "unavailability", "prioritisation", "contention", "rest")
"""In the order in which they claim a second; what none claims is the rest."""
_LATER, _FULL = CAUSES.index("prioritisation"), CAUSES.index("contention")


def wait_causes(
    steps: ir.Table,
    staffing: ir.Table | None = None,
    *,
    batch_cases: int,
    batch_gap_minutes: float,
    batch_free_minutes: float,
    calendar_support: float,
    calendar_days: int,
) -> pd.DataFrame:
    """One row per handoff of known wait: the seconds it waited, by cause, and the batch it was taken up in.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, activity, stage, team, status; agent if
        it is known.
    staffing : one row per team and interval; needs team, interval_start, agents. Without it, or without rows, hours of
        presence are read from the steps.
    batch_cases : fewest cases that make a batch, at least 2.
    batch_gap_minutes : longest break between two cases of a batch.
    batch_free_minutes : the receiver must have been there and free for at least so long while the batch gathered.
    calendar_support, calendar_days : see `presence`; staffing hours need neither.

    Returns
    -------
    case_id, handoff_seq, from_team, to_team, batch (number of the batch; a gap if it was in none), wait_seconds,
    batching_seconds, unavailability_seconds, prioritisation_seconds, contention_seconds, rest_seconds: whole numbers,
    the causes adding up to the wait in every row.

    Notes
    -----
    The wait runs from when the sender let go until the receiver's first step that is not `waiting` (see `handoffs`).
    The receiver is the person who took the case up, where that is known, else the team as a whole. Each second goes to
    the first of these that holds:

    1. batching: the case was taken up in a batch (`batches`), and its last case had not been handed over yet;
    2. unavailability: the receiver was not there: outside its usual hours (`presence`) or its team's staffed hours;
    3. prioritisation: the receiver was busy, and among what it then worked on was work handed to it later;
    4. contention: the receiver was busy with work handed to it no later;
    5. rest: it was there and free, or what kept it busy is not in the log.

    A person is busy during any active step of their own, in whatever team. A team is busy while it works on as many
    cases as it has agents at the time (staffing, rounded up), or without staffing on as many as it ever worked on at
    once. The measures before the sweep are Ibis expressions; the sweep itself is NumPy, over one row a handoff and one
    a step worked on.

    References
    ----------
    Lashkevich, Milani, Chapela-Campa, Suvorau, Dumas (2023), Why am I Waiting? Data-Driven Analysis of Waiting Times
    in Business Processes: the five causes. The order, and what makes a batch, are this workbook's own.
    """
    rows = _taken_up(steps).execute()
    works = _works(steps).execute()
    hours = None if staffing is None else staffed_intervals(staffing).execute()
    known = resources(rows, works, hours)
    present = presence(*known.sights, known.count, support=calendar_support, days=calendar_days)
    batch, gathered = batches(
        known,
        present,
        cases=batch_cases,
        gap=round(batch_gap_minutes * 60),
        free=round(batch_free_minutes * 60),
    )
    shares = _attributed(known, present, gathered)
    numbers = pd.Series(batch, index=rows.index, dtype="Int64")
    return rows[["case_id", "handoff_seq", *PAIR]].assign(
        batch=numbers.where(numbers >= 0),
        wait_seconds=known.until - known.since,
        **{f"{cause}_seconds": shares[:, at] for at, cause in enumerate(CAUSES)},
    )


def causes_by_pair(causes: pd.DataFrame, *, minimum_count: int = 1) -> pd.DataFrame:
    """One row per pair of teams: handoffs of known wait, the hours waited and the hours by cause; most hours first.

    Parameters
    ----------
    causes : one row per handoff, as `wait_causes` gives them.
    minimum_count : pairs seen in fewer cases are put together, as by `handoffs_by_pair`.

    Returns
    -------
    from_team, to_team, handoffs, cases, wait_hours, batching_hours, unavailability_hours, prioritisation_hours,
    contention_hours, rest_hours: the causes are whole seconds until they are divided by 3600.
    """
    rows = with_rarer_pairs(ibis.memtable(causes.drop(columns="batch")), minimum_count)
    names = ["wait", *CAUSES]
    by_pair = rows.group_by(PAIR).aggregate(
        handoffs=rows.count(), cases=rows.case_id.nunique(), **{f"{n}_hours": rows[f"{n}_seconds"].sum() for n in names}
    )
    frame = by_pair.execute()
    frame = frame.assign(**{f"{name}_hours": frame[f"{name}_hours"].astype(np.int64) / 3600 for name in names})
    return frame.sort_values(["wait_hours", *PAIR], ascending=[False, True, True], ignore_index=True)


def causes_total(causes: pd.DataFrame) -> pd.DataFrame:
    """One row per cause, in the order in which they claim time: hours and share of all waiting (0–1).

    Parameters
    ----------
    causes : one row per handoff or per pair, with wait and causes in seconds or in hours.

    >>> row = {"wait_seconds": [7200], "batching_seconds": [1800], "unavailability_seconds": [0],
    ...        "prioritisation_seconds": [0], "contention_seconds": [3600], "rest_seconds": [1800]}
    >>> causes_total(pd.DataFrame(row))["hours"].tolist()
    [0.5, 0.0, 0.0, 1.0, 0.5]
    """
    unit, size = ("seconds", 3600) if "wait_seconds" in causes else ("hours", 1)
    hours = [float(causes[f"{cause}_{unit}"].sum()) / size for cause in CAUSES]
    total = float(causes[f"wait_{unit}"].sum()) / size
    shares = [each / total if total else np.nan for each in hours]
    return pd.DataFrame({"cause": CAUSES, "hours": hours, "hours_share": shares})


def _attributed(known: Resources, present: Flags, gathered: Codes) -> Codes:
    """Seconds of each handoff by cause; a second that several causes could claim goes to the first of them."""
    since, until = known.since, known.until
    windows = np.arange(len(since))
    parts = [
        (windows, since, np.minimum(gathered, until)),
        known.away(present, known.receiver, known.team, since, until),
        known.overtaking(known.receiver, since, until),
        known.busy(known.receiver, since, until),
        (windows, since, until),
    ]
    owner, low, high = (np.concatenate(each) for each in zip(*parts, strict=True))
    kind = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    owner, length, covers = covered(owner, kind, low, high, len(parts))
    covers[:, _LATER] &= covers[:, _FULL]
    cell = owner * len(CAUSES) + covers.argmax(axis=1)
    return np.bincount(cell, length, minlength=len(since) * len(CAUSES)).astype(np.int64).reshape(-1, len(CAUSES))


def _taken_up(steps: ir.Table) -> ir.Table:
    """One row per handoff of known wait: when it was given and taken up, by whom, and for what activity."""
    held = blocks(steps, "team")
    held = held.filter(held.block_seq > 0, held.given_at.notnull(), held.taken_up_at.notnull())
    acted = numbered_blocks(steps, "team")
    acted = acted.filter(acted.status != "waiting")
    first = ibis.row_number().over(ibis.window(group_by=["case_id", "block_seq"], order_by=ORDER))
    agent = acted.agent if "agent" in acted.columns else ibis.null("string")
    acted = acted.mutate(place=first, by=agent, until=acted.ended_at)
    acted = acted.filter(acted.place == 0).select(
        acted_case="case_id", acted_seq="block_seq", by="by", activity="activity", until="until"
    )
    both = held.left_join(acted, [held.case_id == acted.acted_case, held.block_seq == acted.acted_seq])
    since, taken = both.given_at.epoch_seconds(), both.taken_up_at.epoch_seconds()
    return both.select(
        "case_id",
        handoff_seq="block_seq",
        from_team="sender",
        to_team="holder",
        agent="by",
        activity="activity",
        since=since.cast("int64"),
        until=larger(taken, since).cast("int64"),
        finished=larger(ibis.coalesce(both.until.epoch_seconds(), taken), taken).cast("int64"),
    ).order_by("case_id", "handoff_seq")


def _works(steps: ir.Table) -> ir.Table:
    """One row per active step of known end: who worked from when to when, and when it was handed to them.

    It was handed over when all that was done before in the case had ended, and the case's first work when it began.
    """
    before = ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=0)
    rows = numbered_blocks(steps, "team")
    start, end = rows.started_at.epoch_seconds(), rows.ended_at.epoch_seconds()
    rows = rows.mutate(start=start, end=end, done_by=ibis.cases((rows.status != "waiting", end)))
    rows = rows.mutate(so_far=rows.done_by.max().over(before))
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = rows.mutate(handed=ibis.coalesce(smaller(rows.so_far.lag().over(case), rows.start), rows.start))
    agent = rows.agent if "agent" in rows.columns else ibis.null("string")
    rows = rows.filter(rows.status == "active", rows.end.notnull(), not_negative(rows.end - rows.start) > 0)
    return rows.select(
        "case_id",
        "team",
        agent=agent,
        start=rows.start.cast("int64"),
        end=rows.end.cast("int64"),
        handed=rows.handed.cast("int64"),
    ).order_by("case_id", "start", "end")
