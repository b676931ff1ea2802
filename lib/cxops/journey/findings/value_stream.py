"""What a leader should know about the value stream, as sentences built from the measures: one function a finding."""

from collections.abc import Iterable
from itertools import chain

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.theme.formats import estimated, number, percent

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
    top = share.drop("rest").idxmax()
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
    return [Finding(key, text, share, "share", Verdict.COUNT, kpi, low, high)]
