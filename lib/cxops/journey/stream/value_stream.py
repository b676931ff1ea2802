"""The value stream: for every step what is worked, what is waited, how much comes back, and what that costs."""

from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.log.rare import rare_names
from cxops.journey.log.sequence import ORDER
from cxops.journey.log.times import split_spans
from cxops.journey.statistics.resampling import interval
from cxops.journey.stream.outputs import outputs

OFF_MAP, RARER = "(not on the map)", "(rarer steps)"


def streamed(placed: ir.Table, activities: pd.DataFrame, *, minimum_count: int = 1) -> ir.Table:
    """The steps of the log with `stream_step`: the step of the value stream that each belongs to.

    Parameters
    ----------
    placed : as `placement` gives it; needs case_id, step_id, stage, log_stage.
    activities : one row per activity that a step of the map names: activity, stage, step_id.
    minimum_count : steps that fewer cases come to are put together as `(rarer steps)`.

    Notes
    -----
    It is the map's step where the activity is that of a step; the only step of its stage where a supporting activity,
    such as waiting in a queue, occurs in a stage with one; else the stage. Without a map it is the stage of the log.
    What a map does not know is `(not on the map)`.
    """
    one = activities.drop_duplicates(["stage", "step_id"]).drop_duplicates("stage", keep=False)
    pairs = [(placed.stage == stage, step) for stage, step in zip(one["stage"], one["step_id"], strict=True)]
    of_stage = ibis.cases(*pairs) if pairs else ibis.null("string")
    off = ibis.literal(OFF_MAP) if len(activities) else placed.log_stage
    rows = placed.mutate(stream_step=ibis.coalesce(placed.step_id, of_stage, placed.stage, off))
    counts = rows.group_by("stream_step").aggregate(cases=rows.case_id.nunique()).execute()
    rare = rare_names(counts.set_index("stream_step")["cases"], minimum_count)
    return rows.mutate(stream_step=ibis.ifelse(rows.stream_step.isin(rare), RARER, rows.stream_step)) if rare else rows


def times_by_step(steps: ir.Table) -> ir.Table:
    """One row per case, step of the stream and team: how long it was worked on and how long it waited.

    Parameters
    ----------
    steps : one row per step of the log, with `stream_step`; needs also what `split_spans` needs.

    Returns
    -------
    case_id, stream_step, team, process_hours, held_hours (waiting in the team), handover_hours (from when the team
    before let go until this one took it up), after_hours (after completion), wait_hours (the last three together).

    Notes
    -----
    Process and wait of a case add up to its lead time: they are the parts of `split_spans`, except that the time
    after the sender let go counts for the step and team that the case is on its way to.
    """
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = split_spans(steps)
    rows = rows.mutate(
        next_step=rows.stream_step.lead().over(case),
        next_team=rows.team.lead().over(case),
        sent=ibis.ifelse(rows.is_done, 0.0, rows.leaving),
        received=ibis.ifelse(rows.is_done, 0.0, rows.arriving),
    )
    own = rows.select(
        "case_id", "stream_step", "team", "held_seconds", "after_seconds",
        process=rows.working_seconds, handover=rows.received,
    )  # fmt: skip
    onward = rows.filter(rows.sent > 0).select(
        "case_id",
        stream_step="next_step",
        team="next_team",
        held_seconds=ibis.literal(0.0),
        after_seconds=ibis.literal(0.0),
        process=ibis.literal(0.0),
        handover="sent",
    )
    both = ibis.union(own, onward, distinct=False)
    by = both.group_by("case_id", "stream_step", "team").aggregate(
        process_hours=both.process.sum() / 3600,
        held_hours=both.held_seconds.sum() / 3600,
        handover_hours=both.handover.sum() / 3600,
        after_hours=both.after_seconds.sum() / 3600,
    )
    return by.mutate(wait_hours=by.held_hours + by.handover_hours + by.after_hours).order_by(
        "case_id", "stream_step", "team"
    )


def value_stream(steps: ir.Table, rates: pd.Series, *, by: Sequence[str] = ("stream_step",)) -> pd.DataFrame:
    """One row per step of the value stream, or per step and team.

    Parameters
    ----------
    steps : one row per step of the log, with `stream_step` (`streamed`).
    rates : money per hour of work by team, as `hourly_rates` gives them.
    by : what a row is: `("stream_step",)` or `("stream_step", "team")`.

    Returns
    -------
    by, cases, process_hours, wait_hours, held_hours, handover_hours, after_hours (see `times_by_step`), outputs,
    came_back, complete_accurate_share (0–1; share of outputs that did not come back) with complete_accurate_low and
    _high (Wilson's 95 %; outputs taken as independent), rework_hours, process_cost and rework_cost (money: hours × the
    team's rate; a gap where no rate is known). In the order in which cases mostly reach the steps.
    """
    keys = list(by)
    times = times_by_step(steps)
    hours = ["process_hours", "wait_hours", "held_hours", "handover_hours", "after_hours"]
    cells = times.group_by("stream_step", "team").aggregate(**{name: times[name].sum() for name in hours}).execute()
    made = outputs(steps)
    counted = made.groupby(["stream_step", "team"], as_index=False).agg(
        outputs=("came_back", "size"), came_back=("came_back", "sum"), rework_hours=("rework_hours", "sum")
    )
    if cells.empty:
        return pd.DataFrame(columns=[*keys, *_COLUMNS])
    cells = pd.concat([cells, counted]).groupby(["stream_step", "team"], as_index=False).sum()
    rate = cells["team"].map(rates).astype(float)
    cells = cells.assign(process_cost=cells["process_hours"] * rate, rework_cost=cells["rework_hours"] * rate)
    summed = cells.groupby(keys, as_index=False)[
        [*hours, "outputs", "came_back", "rework_hours", "process_cost", "rework_cost"]
    ].sum(min_count=1)
    cases = times.group_by(keys).aggregate(cases=times.case_id.nunique()).execute()
    frame = cases.merge(summed, on=keys, how="right", validate="one_to_one")
    return _in_order(_with_shares(frame), reached(steps).execute(), keys)


def reached(steps: ir.Table) -> ir.Table:
    """One row per step of the stream with `place`: the mean number of steps of the case before its first time there."""
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = steps.mutate(at=ibis.row_number().over(case))
    first = rows.group_by("case_id", "stream_step").aggregate(at=rows["at"].min())
    return first.group_by("stream_step").aggregate(place=first["at"].cast("float64").mean()).order_by("place")


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.astype({"outputs": np.int64, "came_back": np.int64, "cases": np.int64})
    good = (frame["outputs"] - frame["came_back"]).to_numpy(np.float64)
    count = frame["outputs"].to_numpy(np.float64)
    some = count > 0
    low, high = proportion_confint(good[some], count[some], alpha=0.05, method="wilson")
    shares = pd.DataFrame(
        np.nan,
        index=frame.index,
        columns=["complete_accurate_share", "complete_accurate_low", "complete_accurate_high"],
    )
    shares.loc[some] = np.column_stack([good[some] / count[some], low, high])
    return pd.concat([frame, shares], axis=1)


def _in_order(frame: pd.DataFrame, reached: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    place = frame["stream_step"].map(reached.set_index("stream_step")["place"])
    ordered = frame.assign(place=place).sort_values(["place", *keys], kind="stable", ignore_index=True)
    return ordered[[*keys, *_COLUMNS]]


_COLUMNS = [
    *("cases", "process_hours", "wait_hours", "held_hours", "handover_hours", "after_hours", "outputs", "came_back"),
    *("complete_accurate_share", "complete_accurate_low", "complete_accurate_high"),
    *("rework_hours", "process_cost", "rework_cost"),
]


def rolled_yield(stream: pd.DataFrame) -> float:
    """The chance that a case passes every step without anything coming back, if steps are independent.

    Parameters
    ----------
    stream : one row per step; needs complete_accurate_share (0–1); steps without outputs have a gap and are left out.

    >>> round(rolled_yield(pd.DataFrame({"complete_accurate_share": [0.9, 0.8, 0.95]})), 3)
    0.684
    """
    shares = stream["complete_accurate_share"].dropna()
    return float(np.prod(shares.to_numpy(np.float64))) if len(shares) else np.nan


def rolled_yield_interval(steps: ir.Table, *, resamples: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """The rolled yield over all steps of the stream with its 95 % interval, cases drawn again.

    Notes
    -----
    The product over steps of 1 − what came back ÷ outputs. Cases that come back at one step may do so at others too;
    drawing whole cases lets the interval know of that.
    """
    made = outputs(steps)
    if made.empty:
        return np.nan, np.nan, np.nan
    frame = made.groupby(["case_id", "stream_step"], as_index=False).agg(
        made=("came_back", "size"), back=("came_back", "sum")
    )
    table = frame.pivot(index="case_id", columns="stream_step", values=["made", "back"]).fillna(0)
    count = table.shape[1] // 2

    def statistic(totals: np.ndarray) -> np.ndarray:
        return np.prod(1 - totals[:, count:] / totals[:, :count], axis=1)

    return interval(table.to_numpy(np.float64), statistic, resamples=resamples, rng=rng)


def cycle_efficiency(steps: ir.Table, *, resamples: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Process cycle efficiency: the share of the time until completion in which somebody worked, with its interval.

    Parameters
    ----------
    steps : one row per step of the log, with `stream_step`.

    Notes
    -----
    Process hours ÷ (process + wait − after completion), of all cases together; the 95 % interval is over cases drawn
    again. Hours are calendar hours.
    """
    times = times_by_step(steps)
    case = times.group_by("case_id").aggregate(
        process=times.process_hours.sum(), wait=(times.wait_hours - times.after_hours).sum()
    )
    values = case.order_by("case_id").execute()[["process", "wait"]].to_numpy(np.float64)
    if not len(values):
        return np.nan, np.nan, np.nan
    return interval(values, lambda totals: totals[:, 0] / totals.sum(axis=1), resamples=resamples, rng=rng)
