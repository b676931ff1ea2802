"""What a leader should know about other arrangements of the work: what would save most, and how sure that is."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.theme.formats import estimated, number, percent, signed, words

PAIRS = "all pairs of teams between which cases go round"


def redesign_findings(*groups: list[Finding]) -> Findings:
    """The findings of the page, signals first, then by hours at stake."""
    return Findings(finding for group in groups for finding in group)


def pod_findings(
    rehearsed: pd.DataFrame,
    cautious: pd.DataFrame,
    pods: pd.DataFrame,
    since: pd.DataFrame,
    cover: pd.DataFrame,
    *,
    alpha: float,
) -> list[Finding]:
    """In which range pods would save in the rehearsals, what they saved since they began, and which skill they lack.

    The value, its interval, verdict and weight are those of the cautious rehearsal: nobody is to read a promise.

    Parameters
    ----------
    rehearsed, cautious : as `pod_rehearsal` gives them, with the most that pods can save and with less.
    pods : as the measure of the same name gives them.
    since : as `pods_since` gives it; may be empty.
    cover : as `skill_cover` gives it; may be empty.
    alpha : each test's share of the page's.
    """
    key, kpi = "journey.pods", "pod_latency_saved"
    if rehearsed.empty:
        text = "Whether pods would save time cannot be said: no case has two pieces of work in a row."
        return [Finding(key, text, math.nan, "hours a case", Verdict.UNKNOWN, kpi)]
    present, planned, change = (row for _, row in cautious.iterrows())
    saved, low, high = (-float(change[f"latency_hours{end}"]) for end in ("", "_high", "_low"))
    best = rehearsed.iloc[2]
    most, most_low, most_high = (-float(best[f"latency_hours{end}"]) for end in ("", "_high", "_low"))
    count = pods["pod"].nunique()
    text = (
        f"{count} {'pod' if count == 1 else 'pods'} in place of the present teams: in a rehearsal of "
        f"{number(float(change['cases']))} cases with the same work and as many people, handoffs a case go from "
        f"{number(float(present['handoffs_per_case']), 2)} to {number(float(planned['handoffs_per_case']), 2)}, and a "
        f"case waits {number(saved, 1)} hours less where work changes hands{_ends(low, high)} if "
        f"{percent(float(change['latency_kept_share']), 0)} of the waiting between teams now in one pod stays, "
        f"and {number(most, 1)} hours less{_ends(most_low, most_high)} if "
        f"{percent(float(best['latency_kept_share']), 0)} of it does: the most that pods could save."
    )
    is_signal, verdict = _rehearsed(float(change["latency_p_value"]), alpha)
    weight = max(saved, 0.0) * int(pods["cases"].max()) if is_signal else 0.0
    found = [Finding(key, text, saved, "hours a case", verdict, kpi, low, high, "the present teams", weight)]
    return found + _since(since, alpha) + _gaps(cover)


def decision_findings(
    decisions: pd.DataFrame, ranked: pd.DataFrame, *, alpha: float, error_share: float, rework_hours: float
) -> list[Finding]:
    """Which decision to move to the contact point, and which right to grant at a stage.

    Parameters
    ----------
    decisions : as `decisions` gives them.
    ranked : as `rights_to_grant` gives them.
    alpha : each test's share of the page's.
    error_share, rework_hours : what `decisions` was judged by.
    """
    return [_decision(decisions, alpha, error_share, rework_hours), _right(ranked, alpha)]


def module_findings(confinement: pd.DataFrame, propagation_cost: float, *, alpha: float) -> list[Finding]:
    """How far a change spreads, how many stay within a module, and whether those take fewer tests.

    Parameters
    ----------
    confinement : as `confinement` gives it; may be empty.
    propagation_cost : share (0–1); a gap where there is no structure.
    alpha : each test's share of the page's.
    """
    found = []
    if not math.isnan(propagation_cost):
        text = f"A change to one activity may reach {percent(propagation_cost)} of all on average, itself included."
        found.append(Finding("journey.propagation", text, propagation_cost, "share", Verdict.COUNT, "propagation_cost"))
    for _, row in confinement.iterrows():
        share, low, high = (float(row[f"confined_{end}"]) for end in ("share", "low", "high"))
        text = (
            f"{number(float(row['confined']))} of {number(float(row['changes']))} changes stayed within one module, "
            f"{estimated(share, low, high)}; {_tests(row)} {_retested(float(row['tests_fewer']))}"
        )
        _, verdict = _judged(float(row["tests_p_value"]), alpha)
        name, beside = "confined_changes_share", "tests of other changes to as many activities"
        found.append(Finding("journey.confined_changes", text, share, "share", verdict, name, low, high, beside))
    return found


def rights_since_findings(since: pd.DataFrame) -> list[Finding]:
    """What came of each decision right that moved, as `rights_since` gives it; unknown where the cases are too few."""
    return [_moved(row) for row in since.to_dict("records")]


def study_findings(minutes: pd.DataFrame, waste: pd.DataFrame, reentries: pd.DataFrame) -> list[Finding]:
    """How much of the timed work is waste, where most of it is, and what typing twice takes.

    Parameters
    ----------
    minutes, waste : as `minutes_by_class` and `waste_by_step` give them; may be empty.
    reentries : as `reentries` gives them; may be empty.
    """
    found = []
    wasted = minutes[minutes["value_class"] == "waste"]
    for _, row in wasted.iterrows():
        share, low, high = (float(row[f"share{end}"]) for end in ("", "_low", "_high"))
        text = f"{estimated(share, low, high)} of the {number(minutes['minutes'].sum())} minutes timed were waste"
        if len(waste):
            text += f", most of it in the step {words(str(waste['step_id'].iloc[0]))}"
        hours = float(row["minutes"]) / 60
        found.append(
            Finding(
                "journey.waste", f"{text}.", share, "share", Verdict.ESTIMATE, "waste_share", low, high, weight=hours
            )
        )
    if len(reentries):
        top, total = reentries.iloc[0], float(reentries["minutes"].sum())
        start, end = (f"{top[f'{side}_system']} {words(str(top[f'{side}_field']))}" for side in ("from", "to"))
        name = f"{start} into {end}"
        text = (
            f"Typing what another system already had took {number(total)} minutes; most often {name}, "
            f"{number(float(top['reentries']))} times."
        )
        kpi = "reentry_minutes"
        found.append(
            Finding("journey.reentry", text, total, "minutes", Verdict.COUNT, kpi, weight=total / 60, subject=name)
        )
    return found


def _since(since: pd.DataFrame, alpha: float) -> list[Finding]:
    """One finding for each pod that has begun."""
    found = []
    for _, row in since[since["arm"] == "change"].iterrows():
        change, low, high = (float(row[f"latency_hours{end}"]) for end in ("", "_low", "_high"))
        is_signal, verdict = _judged(float(row["p_value"]), alpha)
        word = "less" if change < 0 else "more"
        said = f"{number(abs(change), 2)} hours {word} at handoffs within its work than before{_ends(low, high)}"
        text = f"Since the pod {row['pod']} began, a case of its unit waits {said}; what else changed then is in it."
        if not is_signal:
            text = f"Whether the pod {row['pod']} shortened the waiting in its work cannot be told from noise: {said}."
        weight = -change * float(row["cases"]) if is_signal and change < 0 else 0.0
        found.append(
            Finding(
                *("journey.pod_since", text, change, "hours a case", verdict, "pod_latency_saved", low, high),
                *("before its start", weight, str(row["pod"])),
            )
        )
    return found


def _gaps(cover: pd.DataFrame) -> list[Finding]:
    """What pods need and nobody in them can do."""
    if cover.empty:
        return []
    gaps = cover[cover["is_gap"]]
    named = "; ".join(f"{row['pod']}: {row['skill']}" for row in gaps.head(3).to_dict("records"))
    text = (
        f"Skills that no one in the pod would have: {len(gaps)} ({named})."
        if len(gaps)
        else "Every pod has all skills."
    )
    key, kpi = "journey.pod_gaps", "pod_skill_gaps"
    return [Finding(key, text, float(len(gaps)), "skills", Verdict.COUNT, kpi, is_well=gaps.empty)]


def _decision(decisions: pd.DataFrame, alpha: float, error_share: float, rework_hours: float) -> Finding:
    key, kpi = "journey.contact_decision", "decision_hours_saved"
    if decisions.empty:
        text = (
            "Whether the contact point should decide itself cannot be said: too few cases went round between two teams."
        )
        return Finding(key, text, math.nan, "hours", Verdict.UNKNOWN, kpi)
    sure = decisions[(decisions["net_p_value"] <= alpha) & (decisions["net_hours_total"] > 0)]
    top = (decisions if sure.empty else sure).iloc[0]
    name, total = f"{top['team']} asking {top['other_team']}", float(top["net_hours_total"])
    is_signal, verdict = _rehearsed(float(top["net_p_value"]), alpha)
    even = percent(float(top["break_even_share"]), 0)
    terms = f"with {percent(error_share, 0)} wrong decisions that cost {number(rework_hours)} hours each"
    text = (
        f"If {top['team']} decided what it asks {top['other_team']}, where {number(float(top['cases']))} cases came "
        f"straight back after a known time, {number(total)} hours in all would be saved {terms}; it saves time as long "
        f"as no more than {even} of its decisions are wrong."
    )
    if not is_signal or total <= 0:
        text = f"No decision was found that the contact point should take itself, {terms}; closest is {name}."
    weight = total if is_signal and total > 0 else 0.0
    return Finding(key, text, total, "hours", verdict, kpi, None, None, PAIRS, weight, name)


def _right(ranked: pd.DataFrame, alpha: float) -> Finding:
    key, kpi = "journey.right_to_grant", "escalation_hours"
    issues = ranked[ranked["issue"] != "(rarer issues)"]
    if issues.empty:
        text = "No issue left the department that took it up often enough to be shown."
        return Finding(key, text, math.nan, "hours", Verdict.UNKNOWN, kpi)
    top = issues.iloc[0]
    hours, low, high = (float(top[f"hours_{end}"]) for end in ("saved", "low", "high"))
    is_signal, verdict = _rehearsed(float(top["p_value"]), alpha)
    ahead = "more than any other issue" if is_signal else "though the next issue may save as much"
    start = "" if is_signal else "No issue was found to save more than the next by more than noise. "
    text = (
        f"{start}If {top['department']} settled {top['issue']} in {top['stage']}, where "
        f"{number(float(top['escalated']))} of {number(float(top['cases']))} cases left it, {number(hours)} hours of "
        f"waiting would be saved (95 % interval {number(low)} to {number(high)}), {ahead}. Decision right: "
        f"{top['right']}."
    )
    name = f"{top['issue']} in {top['stage']}"
    return Finding(key, text, hours, "hours", verdict, kpi, low, high, "the next issue", hours, name)


def _moved(row: dict[Hashable, Any]) -> Finding:
    """Whether more is settled in the department, and waits less, since a right moved."""
    key, kpi = "journey.right_since", "resolved_in_stage_share"
    name = f"{row['issue']} in {row['stage']}, {row['unit']}"
    moved = f"the decision about {name}, moved to {row['moved_to']} ({row['effective_at']:%Y-%m-%d})"
    if row["state"] != "measured":
        text = f"What came of {moved}, cannot be said: {row['state']}."
        return Finding(key, text, math.nan, "share", Verdict.UNKNOWN, kpi, subject=name)
    change, low, high = (float(row[f"difference{end}"]) for end in ("", "_low", "_high"))
    wait, hours = float(row["latency_change"]), _ends(float(row["latency_low"]), float(row["latency_high"]))
    is_signal = bool(row["is_signal"] or row["latency_is_signal"])
    start = "Something changed since" if is_signal else "No change was found, by more than noise, since"
    text = (
        f"{start} {moved}: {percent(float(row['share_since']))} of {number(float(row['cases_since']))} cases are "
        f"settled in the department, before {percent(float(row['share_before']))} (difference "
        f"{signed(100 * change, 1)} points, 95 % interval {signed(100 * low, 1)} to {signed(100 * high, 1)}); a case "
        f"waits {signed(wait, 1)} hours{hours} at hops. What else changed then is in it."
    )
    weight = max(-wait, 0.0) * float(row["cases_since"]) if row["latency_is_signal"] else 0.0
    verdict, beside = Verdict.SIGNAL if is_signal else Verdict.NOISE, "before the move"
    return Finding(key, text, change, "share", verdict, kpi, low, high, beside, weight, name)


def _tests(row: pd.Series) -> str:
    """Tests a change took, of those within one module and of the others; of which there may be none."""
    within, other = float(row["tests_confined"]), float(row["tests_other"])
    said = [f"those took {number(within, 1)} tests each"] if not math.isnan(within) else []
    said += [f"the others took {number(other, 1)} each"] if not math.isnan(other) else []
    return f"{', '.join(said) or 'how many tests they took is not known'}."


def _retested(tests_fewer: float) -> str:
    """How the tests compare where changes touch as many activities."""
    if math.isnan(tests_fewer):
        return "Too few changes to as many activities can be compared."
    word = "fewer" if tests_fewer >= 0 else "more"
    return f"Of changes to as many activities, those within one module took {number(abs(tests_fewer), 1)} {word}."


def _judged(p_value: float, alpha: float) -> tuple[bool, Verdict]:
    """Whether a p-value makes a signal, and the verdict; one that is not known says nothing."""
    if math.isnan(p_value):
        return False, Verdict.UNKNOWN
    return p_value <= alpha, Verdict.SIGNAL if p_value <= alpha else Verdict.NOISE


def _ends(low: float, high: float) -> str:
    return "" if math.isnan(low) else f" (95 % interval {number(low, 1)} to {number(high, 1)})"


def _rehearsed(p_value: float, alpha: float) -> tuple[bool, Verdict]:
    """The same of what was rehearsed: what is more than noise there has still not been observed."""
    is_sure, verdict = _judged(p_value, alpha)
    return is_sure, Verdict.REHEARSAL if is_sure else verdict
