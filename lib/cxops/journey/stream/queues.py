"""The queues behind the touchpoints: what comes, how long it waits, how busy they are, which is the bottleneck."""

import ibis
import numpy as np
import pandas as pd
from ibis import ir

from cxops.journey.log.sequence import ORDER, blocks, larger, numbered_blocks, smaller
from cxops.journey.statistics.order_statistics import quantile_interval
from cxops.journey.stream.shifting import shifting_bottleneck
from cxops.journey.stream.utilisation import STAFFED, utilisation
from cxops.journey.waits.resources import busy_segments, staffed, staffed_intervals
from cxops.journey.waits.sweep import Codes

HOUR = 3600


def queue_visits(steps: ir.Table, cases: ir.Table) -> ir.Table:
    """One row per time that a case came to a team: when it came, was taken up and left (seconds since 1970).

    Parameters
    ----------
    steps : one row per step; needs what `blocks` needs, and `stream_step`.
    cases : one row per case; needs case_id, opened_at, channel.

    Returns
    -------
    case_id, block_seq, queue (the team), stream_step (of the first thing it did), channel, arrived, taken, left.

    Notes
    -----
    A case comes to a team when the team before lets go of it, and to its first team when it is opened. It is taken up
    with the team's first step that is not `waiting`, and leaves when that team lets go. What is not known is a gap: a
    case that was not taken up yet is still waiting.
    """
    held, acted = blocks(steps, "team"), numbered_blocks(steps, "team")
    acted = acted.mutate(idle=(acted.status == "waiting").cast("int64"))
    order = [acted.idle, *(acted[name] for name in ORDER)]
    acted = acted.mutate(place=ibis.row_number().over(ibis.window(group_by=["case_id", "block_seq"], order_by=order)))
    acted = acted.filter(acted.place == 0).select(acted_case="case_id", acted_seq="block_seq", at_step="stream_step")
    opened = cases.select(opened_case="case_id", opened=cases.opened_at.epoch_seconds(), channel=cases.channel)
    rows = held.join(acted, [held.case_id == acted.acted_case, held.block_seq == acted.acted_seq])
    rows = rows.left_join(opened, rows.case_id == opened.opened_case)
    began, given, taken = (rows[name].epoch_seconds() for name in ("started_at", "given_at", "taken_up_at"))
    came = ibis.coalesce(
        ibis.ifelse(rows.block_seq == 0, smaller(ibis.coalesce(rows.opened, began), began), given), began
    )
    rows = rows.mutate(came=smaller(came, ibis.coalesce(taken, came)), taken=taken, gone=rows.left_at.epoch_seconds())
    return rows.select(
        "case_id",
        "block_seq",
        queue="holder",
        stream_step="at_step",
        channel="channel",
        arrived=rows.came.cast("int64"),
        taken=rows.taken.cast("int64"),
        left=larger(rows.gone, rows.taken).cast("int64"),
    ).order_by("case_id", "block_seq")


def queue_works(steps: ir.Table) -> ir.Table:
    """One row per active step of known length: queue (the team), agent (a gap if not known), start, end (seconds)."""
    rows = steps.filter(steps.status == "active", steps.ended_at > steps.started_at)
    agent = rows.agent if "agent" in rows.columns else ibis.null("string")
    return rows.select(
        queue="team",
        agent=agent,
        start=rows.started_at.epoch_seconds().cast("int64"),
        end=rows.ended_at.epoch_seconds().cast("int64"),
    ).order_by("queue", "start", "end", "agent")


def queues(
    visits: pd.DataFrame, works: pd.DataFrame, staffing: ir.Table | None = None, *, minimum_count: int = 1
) -> pd.DataFrame:
    """One row per queue, the bottleneck first: what comes, how long it waits, how busy it is.

    First is the queue with the highest utilisation where all have staffed hours, else the one that is the shifting
    bottleneck longest, since hours that are guessed from the log cannot be compared.

    Parameters
    ----------
    visits : one row per time that a case came to a team, as `queue_visits` gives them.
    works : one row per active step, as `queue_works` gives them.
    staffing : one row per team and interval; needs team, interval_start, agents. None or empty where it is not kept.
    minimum_count : queues that fewer cases came to are left out.

    Returns
    -------
    queue, cases, volume (times a case came and was taken up), arrivals_per_hour,
    wait_hours_mean, wait_hours_p50, wait_hours_total, queue_length (mean number waiting), little_gap (see Notes),
    lead_share (share of all time in all queues, waiting and held, that is waited in this one), busy_hours,
    available_hours, utilisation, basis (what it is a share of), sole_share, shifting_share, bottleneck_share (see
    `shifting_bottleneck`).

    Notes
    -----
    Little's law: L = λW. The window of a queue runs from the first arrival to the last departure from the line, among
    the cases that were taken up, so that the line is empty at both ends. λ is arrivals per hour of the window, W their
    mean wait, and L the mean length of the line, found by counting who stands in it between any two changes. little_gap
    is |L − λW| ÷ L. With an empty line at both ends the law is exact, so a gap would be a fault of the computation.

    Utilisation is hours of active steps ÷ hours that people were there. The latter are, where staffing is kept, agents
    × length of their intervals within the time that works were seen; else the time from each person's first to last
    work of each day (UTC), which leaves out idle time at either end and so makes them look busier. Work on cases
    outside `visits`, and contacts, are not in the log and not counted.
    """
    kept = visits.groupby("queue")["case_id"].nunique()
    names = sorted(kept[kept >= minimum_count].index)
    codes = {name: at for at, name in enumerate(names)}
    seen, worked = (frame[frame["queue"].isin(names)] for frame in (visits, works))
    frame = pd.DataFrame({"queue": pd.Series(names, dtype="str"), "cases": [int(kept[name]) for name in names]})
    at = seen["queue"].map(codes).to_numpy(np.int64)
    hours = staffed(None if staffing is None else staffed_intervals(staffing).execute(), codes, len(names))
    group = worked["queue"].map(codes).to_numpy(np.int64)
    start, end = (worked[name].to_numpy(np.int64) for name in ("start", "end"))
    frame = frame.assign(**_lines(seen, at, len(names)), **utilisation(worked, group, hours, len(names)))
    active = busy_segments((group, start, end), hours, len(names), len(names))
    frame = frame.assign(**shifting_bottleneck(*active, len(names)))
    first = "utilisation" if (frame["basis"] == STAFFED).all() else "bottleneck_share"
    order = [first, "bottleneck_share", "wait_hours_total", "queue"]
    return frame.sort_values(order, ascending=[False, False, False, True], ignore_index=True)


def _lines(seen: pd.DataFrame, group: Codes, count: int) -> dict[str, np.ndarray]:
    """Arrivals, waits and the length of each line."""
    taken = seen["taken"].notna().to_numpy(bool)
    here = group[taken]
    arrived, left = (seen.loc[taken, name].to_numpy(np.float64).astype(np.int64) for name in ("arrived", "taken"))
    wait = (left - arrived).astype(np.float64)
    volume = np.bincount(here, minlength=count)
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, here, arrived)
    np.maximum.at(last, here, left)
    with np.errstate(divide="ignore", invalid="ignore"):
        window = np.where(volume > 0, (last - first) / HOUR, np.nan)
        rate = np.where(window > 0, volume / window, np.nan)
        mean = np.bincount(here, wait, minlength=count) / HOUR / np.where(volume > 0, volume, np.nan)
        length = _mean_length(here, arrived, left, count) / np.where(window > 0, window, np.nan) / HOUR
        gap = np.abs(length - rate * mean) / length
    medians = pd.Series(wait).groupby(here).median().reindex(range(count)).to_numpy() / HOUR
    held = seen["left"].notna().to_numpy(bool)
    stayed = (seen.loc[held, "left"].astype(float) - seen.loc[held, "arrived"].astype(float)).sum() / HOUR
    total = np.bincount(here, wait, minlength=count) / HOUR
    return {
        "volume": volume,
        "arrivals_per_hour": rate,
        "wait_hours_mean": mean,
        "wait_hours_p50": medians,
        "wait_hours_total": total,
        "queue_length": length,
        "little_gap": np.where(total > 0, gap, np.where(volume > 0, 0.0, np.nan)),
        "lead_share": total / stayed if stayed else np.full(count, np.nan),
    }


def _mean_length(group: Codes, arrived: Codes, left: Codes, count: int) -> np.ndarray:
    """By group the length of its line, counted between any two changes, times the seconds it lasted."""
    at, change = np.concatenate([arrived, left]), np.repeat(np.array([1, -1]), len(arrived))
    of = np.concatenate([group, group])
    order = np.lexsort((at, of))
    at, of, level = at[order], of[order], np.cumsum(change[order])
    same = of[:-1] == of[1:]
    return np.bincount(of[:-1][same], (level[:-1] * np.diff(at))[same].astype(np.float64), minlength=count)


def touchpoint_queues(
    steps: pd.DataFrame, visits: pd.DataFrame, queues: pd.DataFrame, *, minimum_count: int = 1
) -> pd.DataFrame:
    """One row per touchpoint of the map: its queue, what comes there for it, and how it waits.

    Parameters
    ----------
    steps : one row per step of the map: step_id, stage, touchpoint, queue (a team of the log, or a gap).
    visits : as `queue_visits` gives them.
    queues : as `queues` gives them.
    minimum_count : counts of fewer cases, but not of none, are gaps.

    Returns
    -------
    stage, step_id, touchpoint, queue, volume (visits taken up for the step, in whatever queue), elsewhere_share (0–1;
    of them, those that lay in another queue than the map's), wait_hours_p50, wait_hours_total, utilisation and
    bottleneck_share of the queue, problem (`no queue on the map`, `its queue is not in the log`, else empty).
    """
    rows = steps[["stage", "step_id", "touchpoint", "queue"]].copy()
    taken = visits.dropna(subset=["taken"])
    taken = taken.assign(wait=(taken["taken"].astype(float) - taken["arrived"].astype(float)) / HOUR)
    own = taken.merge(rows[["step_id", "queue"]], left_on="stream_step", right_on="step_id", suffixes=("", "_map"))
    own = own.assign(elsewhere=(own["queue"] != own["queue_map"]).where(own["queue_map"].notna()).astype("Float64"))
    found = own.groupby("step_id").agg(
        cases=("case_id", "nunique"),
        volume=("case_id", "size"),
        elsewhere_share=("elsewhere", "mean"),
        wait_hours_p50=("wait", "median"),
        wait_hours_total=("wait", "sum"),
    )
    rows = rows.merge(found, on="step_id", how="left", validate="one_to_one")
    few = rows["cases"].notna() & (rows["cases"] < minimum_count)
    rows.loc[few, ["volume", "elsewhere_share", "wait_hours_p50", "wait_hours_total"]] = np.nan
    seen = set(visits["queue"])
    problem = [
        "no queue on the map" if pd.isna(each) else "" if each in seen else "its queue is not in the log"
        for each in rows["queue"]
    ]
    load = queues[["queue", "utilisation", "bottleneck_share"]]
    return (
        rows.drop(columns="cases").merge(load, on="queue", how="left", validate="many_to_one").assign(problem=problem)
    )


def triage_by_channel(visits: pd.DataFrame, *, minimum_count: int = 1) -> pd.DataFrame:
    """One row per channel: how long cases waited from being opened until somebody first did something.

    Parameters
    ----------
    visits : as `queue_visits` gives them; only each case's first is looked at.
    minimum_count : channels of fewer cases are put together as `(rarer channels)`; left out where that is still fewer.

    Returns
    -------
    channel, cases, wait_hours_p50 with wait_hours_low and wait_hours_high (95 %, by order statistics), wait_hours_p90,
    wait_hours_total; the most hours first. Cases of no known channel are `(not known)`.
    """
    first = visits[(visits["block_seq"] == 0) & visits["taken"].notna()]
    wait = (first["taken"].astype(float) - first["arrived"].astype(float)) / HOUR
    channel = first["channel"].astype(object).where(first["channel"].notna(), "(not known)")
    count = channel.map(channel.value_counts())
    channel = channel.where(count >= minimum_count, "(rarer channels)")
    rows = [
        (
            name,
            len(part),
            *quantile_interval(np.array(part.tolist(), dtype=np.float64), 0.5),
            float(part.quantile(0.9)),
            part.sum(),
        )
        for name, part in wait.groupby(channel)
        if len(part) >= minimum_count
    ]
    columns = ["channel", "cases", "wait_hours_p50", "wait_hours_low", "wait_hours_high", "wait_hours_p90"]
    frame = pd.DataFrame(rows, columns=[*columns, "wait_hours_total"])
    return frame.sort_values(["wait_hours_total", "channel"], ascending=[False, True], ignore_index=True)
