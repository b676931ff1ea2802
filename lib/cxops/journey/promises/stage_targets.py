"""Promises from what customers tolerate: for each stage the target they would accept, beside the one inherited."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxops.journey.customers.criticality import UNTOLD
from cxops.journey.promises.agents_needed import agents_needed
from cxops.journey.promises.calendars import Calendar
from cxops.journey.promises.clocks import promised_elapsed_hours
from cxops.journey.promises.targets import on_the_wall
from cxops.journey.statistics.completion import share_within, wilson
from cxops.journey.statistics.order_statistics import quantile_interval

Reals = npt.NDArray[np.float64]
COLUMNS = [
    *("stage", "kano", "basis", "promised", "target_hours", "tolerance_answers", "tolerated_share"),
    *("accepted_share", "accepted_low", "accepted_high"),
    *("proposed_hours", "proposed_low", "proposed_high", "gap_hours", "gap_low", "gap_high", "passages"),
    *("kept_share", "kept_low", "kept_high", "attainable_share", "attainable_low", "attainable_high"),
    *("ended", "ended_over", "ended_over_hours", "service", "proposal", "is_signal"),
]
NO_PROMISE = "no promise"
"""What a stage is called that customers were asked about and nobody has promised a time for."""


def stage_targets(
    stages: pd.DataFrame,
    critical: pd.DataFrame,
    answers: pd.DataFrame,
    clocks: pd.DataFrame,
    calendars: Mapping[str, Calendar],
    *,
    tolerated_shares: Mapping[str, float],
    minimum_count: int,
    alpha: float,
) -> pd.DataFrame:
    """One row per stage: the target that customers tolerate, the inherited one, and what to change.

    Parameters
    ----------
    stages : one row per stage of the map: stage, sla_hours (a gap: no promise), promised (in words), basis (customer or
        history).
    critical : one row per stage, as `criticality` gives them: stage, kano.
    answers : one row per answer: stage, tolerance_hours (the longest acceptable time, hours on the wall).
    clocks : one row per case and promised stage, as `stage_clocks` gives them.
    calendars : by name.
    tolerated_shares : by Kano type, the share (0–1) of customers who must find the target acceptable; the type
        `cannot be told` also stands for stages of unknown type. More for must-be stages makes their target tighter.
    minimum_count : answers, and passages, below which nothing is told of a stage.
    alpha : chance (0–1) of calling any stage under-served or over-served where none is.

    Returns
    -------
    stage, kano, basis, promised (in words, with about how long that takes on the wall),
    target_hours (inherited), tolerance_answers, tolerated_share, accepted_share (0–1, of those
    asked, who tolerate the inherited target; Wilson, 95 %), proposed_hours with its 95 % interval, gap_hours
    (inherited less proposed; above 0 the promise is too slow) with bounds, passages (of cases through the stage, open
    ones too), kept_share and attainable_share (0–1, of passages within the inherited and within the proposed target
    now) with 95 % intervals, ended (passages that are over), ended_over and ended_over_hours (of those, beyond the
    proposed target, and by how much: the work to win), service (under-served: the promise is longer than customers
    tolerate; over-served: shorter; in line; unknown; no promise), proposal (tighten, may loosen, keep, ask customers,
    promise a time) and is_signal. First the stages with a promise, then those without one of which customers said what
    they tolerate; each in the order of `stages`, stages that are not on the map last.

    Notes
    -----
    Customers wait through nights and weekends, so all hours here are hours on the wall. target_hours is the median,
    over the cases, of the time from the start until a clock that never pauses has run the promise on its calendar.

    proposed_hours is the quantile of the tolerances at 1 − tolerated_share, so that this share of the customers asked
    tolerates at least that. Its interval is by order statistics (`quantile_interval`). A stage is under-served or
    over-served by more than noise if the inherited target lies outside the interval at the level alpha / stages
    (Bonferroni); over-served is held against the share of stages of unknown type, so that no stage is called that for
    being indifferent alone. Only stages that are indifferent to customers may loosen. A stage whose basis is
    history is to be revised whatever the answers say: nobody has asked its customers.

    Cases still open count with the time they have had so far (`done_within`): they are neither left out nor taken as
    kept. For what a tighter target would take in staff see `cost_of_change`.
    """
    promised = stages[stages["sla_hours"].notna()]
    kano = dict(zip(critical["stage"], critical["kano"], strict=True))
    level = alpha / max(1, len(promised))
    rows = []
    for stage in promised[["stage", "basis", "promised"]].to_dict("records"):
        name, kind = str(stage["stage"]), kano.get(stage["stage"], UNTOLD)
        wanted = answers.loc[answers["stage"] == name, "tolerance_hours"].dropna().to_numpy(np.float64)
        passages = clocks[clocks["promise"] == name]
        share = tolerated_shares[kind]
        row = {"stage": name, "kano": kind, "basis": stage["basis"]}
        target = promised_elapsed_hours(passages, calendars)
        is_open_hours = passages["calendar"].notna().any()
        row |= {"promised": on_the_wall(stage["promised"], target) if is_open_hours else stage["promised"]}
        row["target_hours"] = target
        wanted = wanted if len(wanted) >= minimum_count else wanted[:0]
        row |= _proposed(wanted, share, row["target_hours"]) | {"tolerated_share": share}
        row |= _passed(passages, row, minimum_count)
        rows.append(row | _judged(row, wanted, max(share, tolerated_shares[UNTOLD]), level))
    rows += _unpromised(stages, answers, kano, tolerated_shares, minimum_count)
    return pd.DataFrame(rows, columns=COLUMNS)


def _unpromised(
    stages: pd.DataFrame,
    answers: pd.DataFrame,
    kano: Mapping[str, str],
    tolerated_shares: Mapping[str, float],
    minimum_count: int,
) -> list[dict[str, Any]]:
    """What customers tolerate in stages for which nobody has promised a time."""
    order = [*stages.loc[stages["sla_hours"].isna(), "stage"]]
    order += [each for each in answers["stage"].dropna().unique() if each not in set(stages["stage"])]
    rows: list[dict[str, Any]] = []
    for name in order:
        wanted = answers.loc[answers["stage"] == name, "tolerance_hours"].dropna().to_numpy(np.float64)
        if len(wanted) < minimum_count:
            continue
        kind = kano.get(name, UNTOLD)
        said = {"stage": name, "kano": kind, "basis": None, "promised": None, "target_hours": np.nan}
        said |= _proposed(wanted, tolerated_shares[kind], np.nan) | {"tolerated_share": tolerated_shares[kind]}
        rows.append(said | {"service": NO_PROMISE, "proposal": "promise a time", "is_signal": False})
    return rows


def _proposed(wanted: Reals, share: float, target: float) -> dict[str, Any]:
    """The target that the share of customers tolerates, how far the inherited one is from it, and who accepts that."""
    at, low, high = quantile_interval(wanted, 1 - share)
    told = len(wanted) > 0 and not np.isnan(target)
    accepted = float((wanted >= target).mean()) if told else np.nan
    ends = wilson(accepted, len(wanted)) if told else (np.nan, np.nan)
    return {
        "tolerance_answers": len(wanted),
        **dict(zip(("accepted_share", "accepted_low", "accepted_high"), (accepted, *ends), strict=True)),
        "proposed_hours": at,
        "proposed_low": low,
        "proposed_high": high,
        "gap_hours": target - at,
        "gap_low": target - high,
        "gap_high": target - low,
    }


def _passed(passages: pd.DataFrame, row: dict[str, Any], minimum_count: int) -> dict[str, Any]:
    """How many passages keep either target now, and of those that are over the hours beyond the proposed one."""
    known = passages.dropna(subset=["elapsed_hours"])
    hours, is_open = known["elapsed_hours"].to_numpy(np.float64), known["is_open"].to_numpy(bool)
    counted: dict[str, Any] = {"passages": len(hours), "ended": int((~is_open).sum())}
    for name, target in (("kept", row["target_hours"]), ("attainable", row["proposed_hours"])):
        enough = len(hours) >= minimum_count and not np.isnan(target)
        found = share_within(hours, is_open, target) if enough else (np.nan,) * 3
        counted |= dict(zip([f"{name}_{each}" for each in ("share", "low", "high")], found, strict=True))
    done = hours[~is_open]
    over = done[done > row["proposed_hours"]] - row["proposed_hours"]
    told = len(hours) >= minimum_count and not np.isnan(row["proposed_hours"])
    beyond = (
        (len(over), float(over.sum())) if told and (not len(over) or len(over) >= minimum_count) else (None, np.nan)
    )
    return counted | {"ended_over": beyond[0], "ended_over_hours": beyond[1]}


def _judged(row: dict[str, Any], wanted: Reals, usual_share: float, level: float) -> dict[str, Any]:
    """Whether the inherited promise serves customers, and what to do about it; `usual_share` never loosens."""
    if np.isnan(row["proposed_hours"]) or np.isnan(row["target_hours"]):
        return {"service": "unknown", "proposal": "ask customers", "is_signal": False}
    _, low, high = quantile_interval(wanted, 1 - row["tolerated_share"], alpha=level)
    _, usual_low, _ = quantile_interval(wanted, 1 - usual_share, alpha=level)
    target = row["target_hours"]
    service = "under-served" if target > high else "over-served" if target < usual_low else "in line"
    proposal = "keep"
    if service == "under-served":
        proposal = "tighten"
    elif row["kano"] == "indifferent" and target < low:
        proposal = "may loosen"
    return {"service": service, "proposal": proposal, "is_signal": service != "in line"}


def cost_of_change(
    targets: pd.DataFrame, queues: pd.DataFrame, present: pd.DataFrame, *, target_share: float
) -> pd.DataFrame:
    """The targets with what the proposed one takes in staff: agents_inherited, agents_proposed, agents_more.

    Parameters
    ----------
    targets : one row per promised stage, as `stage_targets` gives them.
    queues, present, target_share : see `agents_needed`; the queues' target_hours are those of the map.

    Notes
    -----
    Both are the fewest agents by Erlang C (`agents_needed`), so agents_more is the least that the change takes, below 0
    where fewer would do. The proposed target is put on the promise's calendar by the ratio of proposed to inherited
    hours on the wall. Gaps where either cannot be computed, as where handling alone takes longer than the target.
    """
    ratio = targets.set_index("stage")["proposed_hours"] / targets.set_index("stage")["target_hours"]
    proposed = queues.assign(target_hours=queues["target_hours"] * queues["stage"].map(ratio))
    proposed = proposed[proposed["target_hours"].notna()]
    needed = {
        name: agents_needed(each, present, target_share=target_share).set_index("stage")["agents_needed"]
        for name, each in (("agents_inherited", queues), ("agents_proposed", proposed))
    }
    costed = targets.assign(**{name: targets["stage"].map(each).astype("float64") for name, each in needed.items()})
    return costed.assign(agents_more=costed["agents_proposed"] - costed["agents_inherited"])
