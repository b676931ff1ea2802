"""Which promises customers find too long, as sentences built from what they tolerate and what slowness costs."""

import pandas as pd

from cxops.findings import Finding, Verdict
from cxops.journey.customers.criticality import UNTOLD
from cxops.journey.promises.stage_targets import NO_PROMISE
from cxops.theme.formats import estimated, number, percent

_COMPARISON = "the target inherited in the journey map"


def stage_promises(targets: pd.DataFrame) -> list[Finding]:
    """The stage whose promise is furthest beyond what customers tolerate, and the promises taken from history.

    Parameters
    ----------
    targets : one row per stage, as `stage_targets` gives them; those without a promise are not judged.
    """
    return [_worst(targets), *_from_history(targets)]


def _worst(targets: pd.DataFrame) -> Finding:
    key, kpi = "journey.under_served_stage", "stage_tolerance"
    known = targets.dropna(subset=["proposed_hours", "target_hours"])
    if known.empty:
        why = "the journey map promises no time for any stage"
        if (targets["service"] != NO_PROMISE).any():
            why = "the register `expectations` holds too few answers about the promised stages"
        return Finding(key, f"What customers tolerate cannot be said: {why}.", 0.0, "hours", Verdict.UNKNOWN, kpi)
    short = known[known["is_signal"] & (known["service"] == "under-served")]
    if short.empty:
        text = "No stage was found whose promise is longer than customers tolerate, by more than noise: "
        text += f"{number(len(known))} stages were compared."
        return Finding(key, text, 0.0, "hours", Verdict.NOISE, kpi)
    worst = short.assign(times=short["target_hours"] / short["proposed_hours"]).sort_values("times").iloc[-1]
    value, low, high = (float(worst[f"proposed_{name}"]) for name in ("hours", "low", "high"))
    accepted = estimated(worst["accepted_share"], worst["accepted_low"], worst["accepted_high"])
    text = (
        f"Tighten the promise for {worst['stage']} from {worst['promised']}, to {number(value, 1)} hours on the wall "
        f"(95 % interval {number(low, 1)} to {number(high, 1)}), which {percent(worst['tolerated_share'], 0)} of "
        f"customers would accept: {percent(worst['attainable_share'])} of passages take no longer than that already. "
        f"Today's promise is accepted by {accepted} of {number(worst['tolerance_answers'])} customers who answered."
        f"{_type(str(worst['kano']))}{_others(short)}"
    )
    weight = float(worst["ended_over_hours"]) if pd.notna(worst["ended_over_hours"]) else 0.0
    return Finding(key, text, value, "hours", Verdict.SIGNAL, kpi, low, high, _COMPARISON, weight, str(worst["stage"]))


def _type(kano: str) -> str:
    """How customers take the stage's time, where their answers tell it."""
    return "" if kano == UNTOLD else f" To customers the time of this stage is {kano}."


def _others(short: pd.DataFrame) -> str:
    return f" Further stages are under-served too: {len(short) - 1}." if len(short) > 1 else ""


def _from_history(targets: pd.DataFrame) -> list[Finding]:
    promised = targets[targets["service"] != NO_PROMISE]
    stages = promised.loc[promised["basis"] == "history", "stage"].tolist()
    if not stages:
        return []
    text = (
        f"{len(stages)} of {len(promised)} promises are to be revised, since they come from what was always managed "
        f"and not from customers: {', '.join(stages)}."
    )
    value = len(stages) / len(promised)
    return [
        Finding("journey.promises_from_history", text, value, "share", Verdict.COUNT, "promises_from_history_share")
    ]
