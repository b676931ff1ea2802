"""Workflow starts held against the decision points that cases came to: covered, missed, false, double, and how fast."""

from collections.abc import Collection, Iterable, Mapping
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import ir

from cxops.journey.promises.calendars import Calendar, calendar_named, working_hours
from cxops.journey.promises.conditions import fields
from cxops.journey.promises.decision_points import CUSTOMER_FIELDS, DecisionPoint
from cxops.journey.promises.targets import Promise, promised_hours
from cxops.journey.statistics.completion import shares
from cxops.journey.statistics.order_statistics import quantile_interval

RIGHT, FALSE, DUPLICATE = "right", "false", "duplicate"
STARTED, MISSED, WAITING = "started", "missed", "waiting"
MEASURED, UNREACHED, IDLE, FEW = "measured", "never reached", "never started", "too few cases"
NO_CUSTOMERS, NO_STARTS = "customers not known", "no starts on record"
_COUNTS = [STARTED, MISSED, "decided", WAITING, "starts", "false_starts", "duplicates"]
_DELAYS = ["delay_hours_p50", "p50_low", "p50_high", "delay_hours_p95", "p95_low", "p95_high"]


def case_starts(starts: ir.Table, cases: ir.Table, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row per start of a workflow for one of the cases, not later than `as_of`: case_id, workflow, started_at.

    Notes
    -----
    Starts for other cases are left out: whether they were right cannot be told from these.
    """
    own = starts.semi_join(cases, "case_id").select("case_id", "workflow", "started_at").to_pandas()
    return own[own["started_at"] <= as_of].reset_index(drop=True)


def judged_starts(arrivals: pd.DataFrame, starts: pd.DataFrame) -> pd.DataFrame:
    """The starts, each with `reached_at` (the arrival it answers) and `verdict`: right, false or duplicate.

    Parameters
    ----------
    arrivals : one row per decision point and case, as `arrivals` gives them.
    starts : one row per start: case_id, workflow, started_at.

    Notes
    -----
    A start answers the latest arrival of its case, at a decision point with its workflow, that is not later than the
    start. It is false if there is none: the case never came there, or had not come yet. It is a duplicate if another
    start answers the same arrival before it.
    """
    keys = ["case_id", "workflow"]
    own = _keyed(starts).sort_values("started_at", kind="stable")
    reached = _keyed(arrivals)[[*keys, "reached_at"]].drop_duplicates().sort_values("reached_at", kind="stable")
    reached = reached.assign(at=reached["reached_at"]).astype({"at": own["started_at"].dtype})
    answers = pd.merge_asof(own, reached, left_on="started_at", right_on="at", by=keys).drop(columns="at")
    is_false = answers["reached_at"].isna()
    is_again = answers.duplicated([*keys, "reached_at"]) & ~is_false
    return answers.assign(verdict=np.select([is_false, is_again], [FALSE, DUPLICATE], RIGHT))


def starts_by_workflow(judged: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per workflow: starts, and how many of them were right, false or duplicate.

    Parameters
    ----------
    judged : as `judged_starts` gives them.
    minimum_count : a smaller number of starts is a gap.
    """
    counts = pd.crosstab(judged["workflow"], judged["verdict"]).reindex(columns=[RIGHT, FALSE, DUPLICATE], fill_value=0)
    counts = counts.assign(starts=counts.sum(axis=1)).astype("float64")
    shown = counts.where((counts == 0) | (counts >= minimum_count))
    return shown.rename_axis(columns=None).reset_index()[["workflow", "starts", RIGHT, FALSE, DUPLICATE]]


def answered_arrivals(
    arrivals: pd.DataFrame,
    starts: pd.DataFrame,
    points: Iterable[DecisionPoint],
    calendars: Mapping[str, Calendar],
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The arrivals, each with its first start from then on, the delay and what became of it.

    Parameters
    ----------
    arrivals, starts : as for `judged_starts`.
    points, calendars : the decision points, with the time within which each workflow is to start, and its calendar.
    as_of : until when the data are known.

    Returns
    -------
    The arrivals with started_at, delay_hours (by the calendar of the promise), within_hours, is_in_time (a gap without
    a promise) and status: started; missed; or waiting, that is not started and still within the promised time.
    """
    first = _keyed(starts)[["case_id", "workflow", "started_at"]].sort_values("started_at", kind="stable")
    asked = _keyed(arrivals).assign(at=arrivals["reached_at"]).astype({"at": first["started_at"].dtype})
    asked = asked.sort_values("at", kind="stable")
    found = pd.merge_asof(
        asked, first, left_on="at", right_on="started_at", by=["case_id", "workflow"], direction="forward"
    )
    promises = {point.name: point.within for point in points}
    parts = [_timed(part, promises[str(name)], calendars, as_of) for name, part in found.groupby("decision_point")]
    whole = pd.concat(parts, ignore_index=True) if parts else _timed(found, None, {}, as_of)
    return whole.drop(columns="at")


def triggers(
    answered: pd.DataFrame,
    judged: pd.DataFrame,
    points: Iterable[DecisionPoint],
    *,
    minimum_count: int,
    held: Collection[str] = ("customers", "workflow_starts"),
) -> pd.DataFrame:
    """One row per decision point: how many came, for how many its workflow started, how fast, and how often wrongly.

    Parameters
    ----------
    answered, judged : as `answered_arrivals` and `judged_starts` give them.
    points : the decision points of the map, in their order; one that no case came to is listed too.
    minimum_count : of fewer arrivals nothing is said but that they are too few; smaller counts, but not of none, are
        gaps.
    held : names of the tables there are. Without customers nothing is known of arrivals that depend on them; without
        workflow_starts, nothing of starts.

    Returns
    -------
    decision_point, workflow, arrivals, started, missed, decided (the two together), waiting, coverage_share with
    coverage_low and coverage_high, starts, false_starts, duplicates, precision_share with its bounds, in_time_share
    with its bounds, delay_hours_p50 and delay_hours_p95 with theirs, state.

    Notes
    -----
    coverage = started / (started + missed). precision = right / (right + false) starts of the workflow, duplicates left
    out; decision points with one workflow share its starts. in_time = started within the promised time / (started +
    missed). Shares have Wilson's 95 % interval, delays that of order statistics.
    """
    rows = [
        _trigger(
            point, answered[answered["decision_point"] == point.name], judged[judged["workflow"] == point.workflow]
        )
        for point in points
    ]
    columns = ["decision_point", "workflow", "arrivals", STARTED, MISSED, WAITING, "in_time"]
    frame = pd.DataFrame(rows, columns=[*columns, "right", "false_starts", "duplicates", *_DELAYS])
    numbers = [name for name in frame if name not in ("decision_point", "workflow")]
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    decided = frame[STARTED] + frame[MISSED]
    frame = frame.assign(decided=decided, starts=frame["right"] + frame["false_starts"] + frame["duplicates"])
    frame = frame.join(shares(frame[STARTED], decided, "coverage"))
    frame = frame.join(shares(frame["right"], frame["right"] + frame["false_starts"], "precision"))
    frame = frame.join(shares(frame["in_time"], decided, "in_time"))
    frame = _hidden(frame, _states(frame, points, minimum_count, held)).drop(columns=["right", "in_time"])
    counts = frame[_COUNTS]
    return frame.assign(**counts.where((counts == 0) | (counts >= minimum_count)))


def _states(
    frame: pd.DataFrame, points: Iterable[DecisionPoint], minimum_count: int, held: Collection[str]
) -> npt.NDArray[np.str_]:
    """What can be said of each decision point."""
    asks = np.array([bool(fields(point.condition) & set(CUSTOMER_FIELDS)) for point in points], dtype=bool)
    unknown = asks & ("customers" not in held)
    few, none, silent = frame["arrivals"] < minimum_count, frame["arrivals"] == 0, frame["starts"] == 0
    unseen = np.full(len(frame), "workflow_starts" not in held)
    return np.select([unknown, none, few, unseen, silent], [NO_CUSTOMERS, UNREACHED, FEW, NO_STARTS, IDLE], MEASURED)


def _hidden(frame: pd.DataFrame, states: npt.NDArray[np.str_]) -> pd.DataFrame:
    """The frame with its states, and gaps for all that is not known or may not be shown."""
    kept = ["decision_point", "workflow"]
    numbers = [str(name) for name in frame if name not in kept]
    about_starts = [name for name in numbers if name != "arrivals"]
    frame = frame.assign(state=states)
    frame[numbers] = frame[numbers].mask(frame["state"].isin([FEW, NO_CUSTOMERS]))
    frame[about_starts] = frame[about_starts].mask(frame["state"] == NO_STARTS)
    return frame


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with plain keys: pandas cannot match Arrow's texts where either side is empty."""
    return frame.astype({"case_id": "object", "workflow": "object"})


def _timed(
    part: pd.DataFrame, within: Promise | None, calendars: Mapping[str, Calendar], as_of: pd.Timestamp
) -> pd.DataFrame:
    """The arrivals at one decision point with their delays, held against its promise."""
    calendar = calendar_named(within.calendar, calendars) if within else None
    limit = promised_hours(within, calendars) if within else nan
    delay = working_hours(part["reached_at"], part["started_at"], calendar)
    so_far = working_hours(part["reached_at"], pd.Series(as_of, index=part.index), calendar)
    status = np.select([delay.notna(), so_far <= limit], [STARTED, WAITING], MISSED)
    in_time = (delay <= limit).astype("boolean").mask(np.full(len(part), within is None))
    return part.assign(delay_hours=delay, within_hours=limit, is_in_time=in_time, status=status)


def _trigger(point: DecisionPoint, answered: pd.DataFrame, judged: pd.DataFrame) -> dict[str, Any]:
    """Counts and delays of one decision point."""
    status, verdict = answered["status"].value_counts(), judged["verdict"].value_counts()
    delays = answered["delay_hours"].dropna().to_numpy(np.float64)
    spread = [*quantile_interval(delays, 0.5), *quantile_interval(delays, 0.95)]
    counts = {name: int(status.get(name, 0)) for name in (STARTED, MISSED, WAITING)}
    starts = {"right": RIGHT, "false_starts": FALSE, "duplicates": DUPLICATE}
    return {
        "decision_point": point.name,
        "workflow": point.workflow,
        "arrivals": len(answered),
        "in_time": int(answered["is_in_time"].sum()) if point.within else nan,
        **counts,
        **{name: int(verdict.get(each, 0)) for name, each in starts.items()},
        **dict(zip(_DELAYS, spread, strict=True)),
    }
