"""The present teams and the pods on the same cases: what passes between them, how long cases take, who is busy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from cxops.journey.redesign.crew_sizes import crews_of
from cxops.journey.redesign.pods import pod_of
from cxops.journey.redesign.replay import Crew, replay

LAYOUTS = ("present teams", "pods")
CHANGE = "change"
MEASURES = {"handoffs": "handoffs_per_case", "lead_hours": "lead_hours_p50", "latency_hours": "latency_hours"}
"""What is measured of a case, and what it is called over all."""
_COLUMNS = [
    *("layout", "latency_kept_share", "cases", "work_hours"),
    *(f"{name}{suffix}" for name in MEASURES.values() for suffix in ("", "_low", "_high")),
    *("utilisation", "utilisation_highest", "latency_p_value"),
]
_MONDAY = pd.Timestamp("1970-01-05", tz="UTC")
CONFIDENCE = 0.95
Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def laid_out(work: pd.DataFrame, pods: pd.DataFrame, *, latency_kept_share: float) -> pd.DataFrame:
    """Two rows per piece of work, one for each layout: the crew that does it and the delay before it joins the queue.

    Parameters
    ----------
    work : one row per piece of work, as `cxops.journey.work` gives them, of a stretch of time that has all its cases.
    pods : the pod of each kind of work; a kind in no pod stays with its team.
    latency_kept_share : of the latency of a handoff between two teams that are now in one pod, what stays (0–1).

    Returns
    -------
    layout, case_id, work_seq, crew, skill (the activity), work_hours, delay_hours, arrived_hours, crosses (whether the
    crew differs from that of the case's piece before), is_move (whether team or pod differ: the same in both layouts).

    Notes
    -----
    Present teams: the recorded hours lay before each piece. Pods: hours in which the case was held stay. The latency of
    a change of team stays where the pod changes too, and is cut to its kept share inside a pod. A change of pod within
    a team is a handoff that does not exist today: it is charged the mean latency of today's.
    """
    rows = work.sort_values(["case_id", "work_seq"], kind="stable", ignore_index=True)
    first = rows["work_seq"] == 0
    pod, before_pod = (
        pod_of(rows, pods),
        pod_of(rows.fillna({"before_activity": "", "before_team": ""}), pods, "before_"),
    )
    changed, crossed = ~first & (rows["team"] != rows["before_team"]), ~first & (pod != before_pod)
    new = rows.loc[changed, "handover_hours"].mean() if changed.any() else 0.0
    kept = rows["handover_hours"] * np.where(crossed, 1.0, latency_kept_share)
    began = (rows["started_at"] - _MONDAY) / pd.Timedelta("1h")
    shared = rows[["case_id", "work_seq", "work_hours"]].assign(
        skill=rows["activity"],
        is_move=changed | crossed,
        arrived_hours=began.groupby(rows["case_id"]).transform("first"),
    )
    present = {"crew": rows["team"], "crosses": changed, "delay_hours": rows["held_hours"] + rows["handover_hours"]}
    planned = {"crew": pod, "crosses": crossed}
    planned["delay_hours"] = rows["held_hours"] + kept + np.where(crossed & ~changed, new, 0.0)
    both = [shared.assign(layout=name, **each) for name, each in zip(LAYOUTS, (present, planned), strict=True)]
    return pd.concat(both, ignore_index=True)


@dataclass(frozen=True)
class Rehearsal:
    """What the rehearsed cases and crews were like.

    Parameters
    ----------
    cases : one row per layout and case: arrived_hours, lead_hours, handoffs, latency_hours, work_hours.
    crews : one row per layout and crew: people, work_hours, open_hours (of all its people), utilisation (0–1).
    latency_kept_share : what it was rehearsed with.
    """

    cases: pd.DataFrame
    crews: pd.DataFrame
    latency_kept_share: float


def rehearsal(
    work: pd.DataFrame,
    pods: pd.DataFrame,
    *,
    latency_kept_share: float,
    open_week: tuple[float, ...] = (),
    abilities: Mapping[str, Sequence[frozenset[str]]] | None = None,
) -> Rehearsal:
    """The same cases worked by the present teams and by the pods.

    Parameters
    ----------
    work : one row per piece of work, as `cxops.journey.work` gives them, of a stretch of time that has all its cases.
    pods : the pod of each kind of work, as `cxops.journey.pods` gives them.
    latency_kept_share : see `laid_out`.
    open_week : when all crews work, as `Crew` takes it; empty: at any hour, as recorded.
    abilities : by pod what each of its people can do, as `cxops.journey.abilities` gives it; those at work at once are
        taken from them in turn. A pod that is not named does all its work by anyone, as present teams do.

    Notes
    -----
    A team has as many people as were ever at work at once in these cases, so that a replay of the present finds them
    free, as they were: the waiting that was recorded is in the delays. The pods share the same number of people by the
    hours of their work, rounded by largest remainder, at least one each; so some may have to wait for them.

    A case's latency are the hours between the end of one piece and the start of the next wherever the team changes
    today or the pod would: the same moves in both layouts. Utilisation is work over the open hours of all people from
    the first arrival to the last end today, the same span in both layouts.
    """
    tasks = laid_out(work, pods, latency_kept_share=latency_kept_share)
    present, planned = (tasks[tasks["layout"] == name] for name in LAYOUTS)
    crews = dict(zip(LAYOUTS, crews_of(present, planned, open_week, abilities or {}), strict=True))
    done = [replay(rows, crews[str(layout)]) for layout, rows in tasks.groupby("layout", sort=False)]
    worked = pd.concat(done or [tasks.assign(ready_hours=0.0, started_hours=0.0, ended_hours=0.0)], ignore_index=True)
    return Rehearsal(_cases(worked), _busy(worked, crews), latency_kept_share)


def pod_rehearsal(rehearsal: Rehearsal, *, replications: int, rng: np.random.Generator) -> pd.DataFrame:
    """Three rows: the present teams, the pods, and `change`, the pods less the present teams.

    Parameters
    ----------
    rehearsal : of both layouts.
    replications : how often the days are drawn again for the intervals.
    rng : the source of randomness.

    Returns
    -------
    layout, latency_kept_share (as rehearsed), cases, work_hours, handoffs_per_case, lead_hours_p50, latency_hours
    (mean a case), each with `_low` and `_high`, utilisation (of all people), utilisation_highest (of the busiest
    crew), latency_p_value (of the change: that the mean latency did not change; a gap elsewhere). Without cases no
    rows.

    Notes
    -----
    Intervals are of 95 %, by a bootstrap of the days on which cases arrived: cases of one day meet in the same queues
    and stay together, and both layouts get the same days. With fewer than two days there is no interval. The p-value is
    that of a normal distribution with the bootstrap's spread.
    """
    cases = rehearsal.cases
    if cases.empty:
        return pd.DataFrame(columns=_COLUMNS)
    wide = cases.pivot(index="case_id", columns="layout", values=list(MEASURES))
    values = np.stack([wide[name][list(LAYOUTS)].to_numpy(float) for name in MEASURES])
    arrived = cases.drop_duplicates("case_id").set_index("case_id")["arrived_hours"].reindex(wide.index)
    drawn = _redrawn(values, pd.factorize(arrived // 24)[0], replications, rng)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    found, latency = _measured(values), list(MEASURES).index("latency_hours")
    rows = pd.DataFrame({"layout": [*LAYOUTS, CHANGE], "cases": len(wide)})
    rows["latency_kept_share"] = rehearsal.latency_kept_share
    work, use = cases.groupby("layout")["work_hours"].sum(), _use(rehearsal.crews)
    rows["work_hours"] = _with_change(work)
    for at, measure in enumerate(MEASURES.values()):
        for suffix, each in (("", found), ("_low", low), ("_high", high)):
            rows[f"{measure}{suffix}"] = each[:, at]
    rows["utilisation"], rows["utilisation_highest"] = _with_change(use["all"]), _with_change(use["highest"])
    spread = float(drawn[:, 2, latency].std(ddof=1))
    rows["latency_p_value"] = [np.nan, np.nan, _two_sided(float(found[2, latency]), spread)]
    return rows[_COLUMNS]


def _cases(done: pd.DataFrame) -> pd.DataFrame:
    """What each case was like in each layout."""
    idle = done["started_hours"] - done.groupby(["layout", "case_id"])["ended_hours"].shift()
    rows = done.assign(latency_hours=idle.where(done["is_move"], 0.0), last=done["ended_hours"])
    cases = rows.groupby(["layout", "case_id"], sort=False).agg(
        arrived_hours=("arrived_hours", "first"),
        last=("last", "max"),
        handoffs=("crosses", "sum"),
        latency_hours=("latency_hours", "sum"),
        work_hours=("work_hours", "sum"),
    )
    cases.insert(1, "lead_hours", cases.pop("last") - cases["arrived_hours"])
    return cases.reset_index()


def _busy(done: pd.DataFrame, crews: Mapping[str, Mapping[str, Crew]]) -> pd.DataFrame:
    """How busy each crew was in each layout."""
    present = done[done["layout"] == LAYOUTS[0]]
    span = present["ended_hours"].max() - present["arrived_hours"].min()
    rows = done.groupby(["layout", "crew"], as_index=False, sort=False).agg(work_hours=("work_hours", "sum"))
    used = [crews[layout][crew] for layout, crew in zip(rows["layout"], rows["crew"], strict=True)]
    rows["people"] = [len(each.people) for each in used]
    rows["open_hours"] = [len(each.people) * each.open_share * span for each in used]
    rows["utilisation"] = rows["work_hours"] / rows["open_hours"].replace(0.0, np.nan)
    return rows[["layout", "crew", "people", "work_hours", "open_hours", "utilisation"]]


def _use(busy: pd.DataFrame) -> pd.DataFrame:
    """By layout the utilisation of all people, and that of the busiest crew."""
    by_layout = busy.groupby("layout")
    people = by_layout.agg(work=("work_hours", "sum"), open=("open_hours", "sum"), highest=("utilisation", "max"))
    return people.assign(all=people["work"] / people["open"].replace(0.0, np.nan))


def _with_change(by_layout: pd.Series) -> list[float]:
    """The value of each layout, and the pods' less the present teams'."""
    present, planned = (float(by_layout[name]) for name in LAYOUTS)
    return [present, planned, planned - present]


def _redrawn(values: Reals, day: Codes, replications: int, rng: np.random.Generator) -> Reals:
    """The measures with the days drawn again, `replications` times; a gap if there are fewer than two days."""
    days = [np.flatnonzero(day == each) for each in range(day.max() + 1)]
    if len(days) < 2:
        return np.full((2, 3, 3), np.nan)
    draws = rng.integers(len(days), size=(replications, len(days)))
    return np.stack([_measured(values[:, np.concatenate([days[each] for each in draw])]) for draw in draws])


def _measured(values: Reals) -> Reals:
    """Layouts and their change by what `MEASURES` names: means over cases, of the lead time the median."""
    found = values.mean(axis=1)
    lead = list(MEASURES).index("lead_hours")
    found[lead] = np.median(values[lead], axis=0)
    return np.vstack([found.T, found[:, 1] - found[:, 0]])


def _two_sided(value: float, spread: float) -> float:
    """Chance of a value so far from 0 under a normal distribution; without spread 0, or 1 for no change at all."""
    if np.isnan(spread):
        return np.nan
    if spread < 1e-12:
        return float(abs(value) < 1e-12)
    return float(2 * stats.norm.sf(abs(value) / spread))
