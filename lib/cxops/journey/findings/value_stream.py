"""What a leader should know about the value stream, as sentences built from the measures: one function a finding."""

from collections.abc import Iterable
from itertools import chain

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.theme.formats import estimated, money, number, percent

STAFFED = "staffed hours"
CAUSES = {
    "batching": "gathered into batches",
    "unavailability": "for a receiver who was not there",
    "prioritisation": "while the receiver worked on what came later",
    "contention": "while the receiver worked on what came earlier",
    "rest": "for no cause that the log shows",
}


def together(*found: Iterable[Finding]) -> Findings:
    """All findings of the page, ranked."""
    return Findings(chain.from_iterable(found))


def why_work_waits(total: pd.DataFrame) -> list[Finding]:
    """Which cause accounts for most of the waiting between teams; the rest is named beside it.

    Parameters
    ----------
    total : one row per cause, as `causes_total` gives it.
    """
    key, kpi = "journey.why_work_waits", "wait_cause_share"
    hours = total.set_index("cause")["hours"]
    if not hours.sum():
        text = "Why work waits between teams cannot be said: no handoff has a known wait."
        return [Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)]
    share = hours / hours.sum()
    top = str(share.drop("rest").idxmax())
    others = ", ".join(f"{percent(share[name])} {said}" for name, said in CAUSES.items() if name != top)
    text = (
        f"Of {number(hours.sum())} hours between teams, cases waited {percent(share[top])} {CAUSES[top]}; {others}. "
        "Each second counts for one cause."
    )
    value, weight = float(share[top]), float(hours[top])
    return [Finding(key, text, value, "share", Verdict.COUNT, kpi, weight=weight, subject=str(top))]


def cycle_efficiency(efficiency: tuple[float, float, float]) -> list[Finding]:
    """The share of the time until completion in which somebody worked, with its interval.

    Parameters
    ----------
    efficiency : estimate and interval, as the measure of the same name gives them.
    """
    key, kpi = "journey.cycle_efficiency", "flow_efficiency"
    share, low, high = efficiency
    if pd.isna(share):
        text = "How much of the time is work cannot be said: no case has a known duration."
        return [Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)]
    known = estimated(share, low, high) if pd.notna(low) else percent(share)
    text = f"Of the time that cases took until completion, {known} was work; all else was waiting."
    return [Finding(key, text, share, "share", Verdict.ESTIMATE, kpi, low, high)]


def rolled_yield(estimate: tuple[float, float, float], stream: pd.DataFrame) -> list[Finding]:
    """How many cases pass every step without anything coming back, and the step at which most comes back.

    Parameters
    ----------
    estimate : the rolled yield and its interval.
    stream : one row per step, as `value_stream` gives it by step.
    """
    key, kpi = "journey.rolled_yield", "rolled_yield"
    share, low, high = estimate
    if pd.isna(share):
        text = "What comes back cannot be said: no piece of work was passed on or completed."
        return [Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)]
    known = estimated(share, low, high) if pd.notna(low) else percent(share)
    hours, spent = stream["rework_hours"].sum(), stream["rework_cost"].sum(min_count=1)
    cost = "" if pd.isna(spent) else f" and cost {money(spent)}"
    worst = stream.sort_values("rework_hours", ascending=False, kind="stable").iloc[0]
    text = (
        f"If steps are independent, {known} of cases pass all of them without anything coming back. Doing over what "
        f"came back took {number(hours)} hours{cost}, most of them at {worst.get('touchpoint', worst['stream_step'])} "
        f"({number(worst['rework_hours'])} hours)."
    )
    return [Finding(key, text, share, "share", Verdict.ESTIMATE, kpi, low, high, weight=float(hours))]


def bottleneck_queue(queues: pd.DataFrame) -> list[Finding]:
    """The queue that holds up the rest, by utilisation and by the time it is the shifting bottleneck.

    Parameters
    ----------
    queues : one row per queue, the bottleneck first, as the measure `queues` gives them.
    """
    key = "journey.bottleneck_queue"
    if queues.empty:
        text = "Which queue is the bottleneck cannot be said: none has enough cases."
        return [Finding(key, text, 0.0, "share", Verdict.UNKNOWN, "bottleneck_time")]
    top = queues.iloc[0]
    longest = queues.sort_values("bottleneck_share", ascending=False, kind="stable").iloc[0]
    weight = float(top["wait_hours_total"])
    if (queues["basis"] == STAFFED).all():
        value, kpi = float(top["utilisation"]), "queue_utilisation"
        both = "it is also" if longest["queue"] == top["queue"] else f"{longest['queue']} is"
        text = (
            f"{top['queue']} is the busiest queue: work on cases takes {percent(value)} of its staffed hours, and "
            f"cases wait {number(weight)} hours there; {both} the bottleneck for the longest time "
            f"({percent(longest['bottleneck_share'])})."
        )
    else:
        value, kpi = float(top["bottleneck_share"]), "bottleneck_time"
        text = (
            f"{top['queue']} is the bottleneck for the longest time ({percent(value)}), and cases wait "
            f"{number(weight)} hours there; how busy queues are cannot be compared without staffed hours."
        )
    return [Finding(key, text, value, "share", Verdict.COUNT, kpi, weight=weight, subject=str(top["queue"]))]


def unmapped_touchpoints(touchpoints: pd.DataFrame) -> list[Finding]:
    """Touchpoints of the map that have no queue in the log; nothing where there is no map or none is lost.

    Parameters
    ----------
    touchpoints : one row per touchpoint, as `touchpoint_queues` gives them.
    """
    lost = touchpoints[touchpoints["problem"] != ""]
    if lost.empty:
        return []
    text = (
        f"{number(len(lost))} of {number(len(touchpoints))} touchpoints have no queue in the log, so nobody sees work "
        f"pile up there: {', '.join(lost['touchpoint'].astype(str))}."
    )
    value = float(len(lost))
    return [Finding("journey.unmapped_touchpoints", text, value, "touchpoints", Verdict.COUNT, "unmapped_touchpoints")]


def lead_time_per_handover(regression: pd.DataFrame, *, minimum_count: int) -> list[Finding]:
    """How lead time goes with the number of handovers, as an association.

    Every handover takes some time, so that lead time grows with them is no discovery but an amount, in any unit: it is
    estimated with its interval, and never called a signal.

    Parameters
    ----------
    regression : one row, as `lead_time_regression` gives it.
    minimum_count : fewer complete cases say nothing.
    """
    key, kpi = "journey.lead_time_per_handover", "lead_time_per_handover"
    row = regression.iloc[0]
    if pd.isna(row["hours_per_handover"]) or row["cases"] < minimum_count:
        text = "How lead time goes with handovers cannot be said: too few complete cases differ in them."
        return [Finding(key, text, 0.0, "hours", Verdict.UNKNOWN, kpi)]
    value, low, high = (float(row[name]) for name in ("hours_per_handover", "low", "high"))
    text = (
        f"With each handover more, complete cases took {number(value, 1)} hours longer (95 % interval {number(low, 1)} "
        f"to {number(high, 1)}). Harder cases are handed over more often and take longer anyway, so one handover less "
        "need not save as much."
    )
    return [Finding(key, text, value, "hours", Verdict.ESTIMATE, kpi, low, high)]


def stages_to_join(effects: pd.DataFrame, *, minimum_count: int) -> list[Finding]:
    """The first three stages to join up, and the stage that most repeats come from.

    Parameters
    ----------
    effects : one row per stage, as the measure `stage_effects` gives them.
    minimum_count : fewer repeats in all are not shown.
    """
    key, kpi = "journey.stages_to_join", "repeat_contacts"
    total = int(effects["repeats"].sum()) if len(effects) else 0
    first = effects[effects["stake_hours"] > 0].head(3) if len(effects) else effects
    if total < minimum_count:
        text = "Which stage brings customers back cannot be said: too few came again or were reopened in time."
        return [Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)]
    top = effects.sort_values("repeats_share", ascending=False, kind="stable").iloc[0]
    signal, is_told = bool(top["repeat_signal"]) and top["repeat_effect"] > 0, pd.notna(top["repeat_effect"])
    value, low, high = (float(top[name]) for name in ("repeats_share", "repeats_low", "repeats_high"))
    held = "more a case than the other stages" if signal else "not more a case than the others by more than noise"
    arose = "arose" if is_told else "ended"
    held = held if is_told else "whether that is more than elsewhere cannot be told, as where cases arose is not known"
    join = f" Most at stake, by effect × volume × ease: {', '.join(first['stage'])}." if len(first) else ""
    text = (
        f"Of {number(total)} repeats, {estimated(value, low, high)} come from cases that {arose} in {top['stage']}, "
        f"{held}.{join}"
    )
    verdict = Verdict.SIGNAL if signal else Verdict.NOISE if is_told else Verdict.ESTIMATE
    weight = float(top["stake_hours"]) if signal else 0.0
    return [Finding(key, text, value, "share", verdict, kpi, low, high, weight=weight, subject=str(top["stage"]))]
