"""What a leader should know about the audit of handoffs."""

from math import nan

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.theme.formats import by_chance, estimated, number, percent


def audit_findings(recurrence: pd.DataFrame, redesigns: pd.DataFrame, overdue: pd.DataFrame, as_of: str) -> Findings:
    """The failure that recurs, what redesigns did to failures, and pairs whose audit is overdue.

    Parameters
    ----------
    recurrence, redesigns, overdue : as `recurrence`, `audited_redesigns` and `overdue` give them.
    as_of : the quarter audited.
    """
    if recurrence.empty:
        text = "Whether handover failures recur cannot be said: no audit of handoffs is on record."
        return Findings(
            [Finding("journey.recurring_failure", text, nan, "share", Verdict.UNKNOWN, "handover_failure_share")]
        )
    return Findings([recurring_failure(recurrence), *audited_redesign(redesigns), *audits_overdue(overdue, as_of)])


def recurring_failure(recurrence: pd.DataFrame) -> Finding:
    """The failure above its acceptable level for quarters in a row, by more than noise; of several the worst."""
    key, kpi = "journey.recurring_failure", "handover_failure_share"
    signals = recurrence[recurrence["is_signal"].astype(bool)]
    if signals.empty:
        share = float(recurrence["above"].sum() / recurrence["audited"].sum())
        text = (
            f"None of the {number(len(recurrence))} kinds of handover failure that were audited was found to recur; "
            f"{percent(share)} of all audits were above the acceptable level."
        )
        return Finding(key, text, share, "share", Verdict.NOISE, kpi)
    worst = signals.iloc[0]
    share, low, high = (float(worst[f"share{end}"]) for end in ("", "_low", "_high"))
    name = f"{worst['failure_code']} from {worst['from_team']} to {worst['to_team']}, {worst['unit']}"
    still = " It was still so in the last of them." if worst["current"] == worst["longest"] else ""
    text = (
        f"A handover failure recurs: {name}, {number(worst['longest'])} quarters in a row above its acceptable level, "
        f"in {estimated(share, low, high)} of the handoffs looked at.{still}"
    )
    text += f" Further failures that recur: {len(signals) - 1}." if len(signals) > 1 else ""
    return Finding(key, text, share, "share", Verdict.SIGNAL, kpi, low, high, "its acceptable level", 0.0, name)


def audited_redesign(redesigns: pd.DataFrame) -> list[Finding]:
    """What a redesign did to a failure: the clearest of them."""
    tested = redesigns[redesigns["p_value"].notna()]
    if tested.empty:
        return []
    row = tested.iloc[0]
    points = tuple(100 * float(row[name]) for name in ("difference", "difference_low", "difference_high"))
    name = f"{row['redesign_id']}, {row['failure_code']} from {row['from_team']} to {row['to_team']}, {row['unit']}"
    moved = (
        f"{percent(row['share_before'])} of the handoffs looked at failed before and {percent(row['share_after'])} "
        f"since, {points[0]:+.1f} points (95 % interval {points[1]:+.1f} to {points[2]:+.1f})".replace("-", "−")
    )
    said = (
        "A redesign was followed by a change"
        if row["is_signal"]
        else "No redesign was shown to change a failure; closest"
    )
    verdict = Verdict.SIGNAL if row["is_signal"] else Verdict.NOISE
    low, high = float(row["difference_low"]), float(row["difference_high"])
    chance = "" if row["is_signal"] else by_chance(low, high)
    text = f"{said}: {name}, {moved}. What else changed at that time is in it.{chance}"
    key, kpi = "journey.audited_redesign", "handover_failure_share"
    return [Finding(key, text, float(row["difference"]), "share", verdict, kpi, low, high, "before", 0.0, name)]


def audits_overdue(overdue: pd.DataFrame, as_of: str) -> list[Finding]:
    """Pairs that handed over in the quarter and were not audited in it; the weight, their hours."""
    if overdue.empty:
        return []
    worst = overdue.iloc[0]
    text = (
        f"{number(len(overdue))} pairs of teams handed over in {as_of} and were not audited in it, most of all "
        f"{worst['from_team']} to {worst['to_team']} ({number(worst['handoffs'])} handoffs)."
    )
    hours = float(overdue["latency_hours_total"].sum())
    key, kpi = "journey.audits_overdue", "audit_coverage_share"
    return [Finding(key, text, float(len(overdue)), "pairs", Verdict.COUNT, kpi, weight=hours)]
