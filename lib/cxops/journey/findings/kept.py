"""What a leader should know about promises of time, decision points and notices."""

import pandas as pd

from cxops.findings import Finding, Verdict
from cxops.theme.formats import estimated, number, percent, words


def clock_findings(kept: pd.DataFrame, unpromised: pd.DataFrame) -> list[Finding]:
    """The promise kept least, and the stages without any.

    Parameters
    ----------
    kept, unpromised : as the measures of the same names give them; kept by `attainment`.
    """
    return [_promise_kept(kept), *_unpromised(unpromised)]


def trigger_findings(audited: pd.DataFrame) -> list[Finding]:
    """The decision point with the most missed cases, and the rules that never fired; as `triggers` gives them."""
    if audited.empty:
        return []
    return [_missed(audited), *_never(audited)]


def notice_findings(funnel: pd.DataFrame, avoided: pd.DataFrame) -> list[Finding]:
    """How many customers were told first, and what that saved; as `notice_funnel` and `contacts_avoided` give them."""
    if funnel.empty or not funnel.iloc[0]["affected"] > 0:
        return []
    return [_told_first(funnel.iloc[0]), *(_avoided(row) for row in avoided.to_dict("records"))]


def _promise_kept(kept: pd.DataFrame) -> Finding:
    key, kpi = "journey.promise_kept", "promise_kept_share"
    known = kept[kept["share"].notna()]
    if known.empty:
        text = "Whether promises of time are kept cannot be said: none was made, or too few cases have a clock."
        return Finding(key, text, float("nan"), "share", Verdict.UNKNOWN, kpi)
    known = known.assign(late=known["clocks"] * (known["target_share"] - known["share"]))
    signals = known[known["is_signal"]]
    worst = (signals.sort_values("late", ascending=False) if len(signals) else known.sort_values("share")).iloc[0]
    value, low, high = (float(worst[name]) for name in ("share", "low", "high"))
    share, target, name = estimated(value, low, high), percent(worst["target_share"], 0), str(worst["promise"])
    aim = f"{target} aimed at"
    if signals.empty:
        text = f"No promise of time was found to be kept too rarely; the one kept least is {name}, {share}."
        return Finding(key, text, value, "share", Verdict.NOISE, kpi, low, high, aim, subject=name)
    others = f" Further promises are kept too rarely too: {len(signals) - 1}." if len(signals) > 1 else ""
    text = (
        f"The promise for {name} is kept too rarely: {share} of {number(worst['clocks'])} are in time, and {target} "
        f"are aimed at. That is {number(worst['late'])} more late than allowed.{others}"
    )
    return Finding(key, text, value, "share", Verdict.SIGNAL, kpi, low, high, aim, float(worst["late"]), name)


def _unpromised(unpromised: pd.DataFrame) -> list[Finding]:
    seen = unpromised[unpromised["cases"] > 0]
    if seen.empty:
        return []
    text = (
        f"Nobody has promised a time for {len(seen)} of the stages that cases go through: {', '.join(seen['stage'])}."
    )
    return [Finding("journey.unpromised", text, float(len(seen)), "stages", Verdict.COUNT, "unpromised_stages")]


def _missed(audited: pd.DataFrame) -> Finding:
    key, kpi = "journey.missed_starts", "trigger_coverage_share"
    known = audited[audited["coverage_share"].notna()]
    if known.empty:
        why = "too few cases came to one, or no start is on record"
        text = f"Whether workflows start at decision points cannot be said: {why}."
        return Finding(key, text, float("nan"), "share", Verdict.UNKNOWN, kpi)
    worst = known.loc[known["missed"].fillna(0.5).sort_values(ascending=False, kind="stable").index[0]]
    share = estimated(worst["coverage_share"], worst["coverage_low"], worst["coverage_high"])
    right, again, missed = worst["precision_share"], _counted(worst["duplicates"]), _counted(worst["missed"])
    precision = f" Of its starts, {percent(right)} were right; {again} were started twice." if pd.notna(right) else ""
    text = (
        f"At the decision point {worst['decision_point']} the workflow {words(worst['workflow'])} started for {share} "
        f"of {number(worst['decided'])} cases; {missed} were missed, the most of all."
        f"{precision}"
    )
    bounds = (float(worst["coverage_low"]), float(worst["coverage_high"]))
    value, name = float(worst["coverage_share"]), str(worst["decision_point"])
    return Finding(key, text, value, "share", Verdict.ESTIMATE, kpi, *bounds, subject=name)


def _counted(count: float) -> str:
    """A count in words where it is too small to show."""
    return "too few to show" if pd.isna(count) else number(count)


def _never(audited: pd.DataFrame) -> list[Finding]:
    idle = audited.loc[audited["state"].isin(["never reached", "never started"]), "decision_point"]
    if idle.empty:
        return []
    text = f"{len(idle)} of {len(audited)} decision points never started their workflow: {', '.join(idle)}."
    key, kpi = "journey.idle_rules", "trigger_coverage_share"
    return [Finding(key, text, float(len(idle)), "decision points", Verdict.COUNT, kpi)]


def _told_first(whole: pd.Series) -> Finding:
    share = estimated(whole["told_first_share"], whole["told_first_low"], whole["told_first_high"])
    text = (
        f"Of {number(whole['affected'])} orders that a disruption affected, {share} were told before they asked, "
        f"{percent(whole['told_after_share'])} after and {percent(whole['never_share'])} never."
    )
    bounds = (float(whole["told_first_low"]), float(whole["told_first_high"]))
    value = float(whole["told_first_share"])
    return Finding("journey.told_first", text, value, "share", Verdict.ESTIMATE, "told_first_share", *bounds)


def _avoided(row: dict) -> Finding:
    """What telling saved, said only as far as it is more than noise."""
    bounds = (float(row["avoided_low"]), float(row["avoided_high"]))
    contacts = number(row["avoided"]) + (" contact" if number(row["avoided"]) == "1" else " contacts")
    found = f"{contacts} (95 % interval {number(bounds[0])} to {number(bounds[1])})"
    who = f"among {number(row['told'])} customers, against matched ones not told"
    more = row["difference"] > 0
    start = (
        f"Telling customers first came with {'fewer' if more else 'more'} contacts"
        if row["is_signal"]
        else ("Whether telling customers first saves contacts cannot be told")
    )
    verdict = Verdict.SIGNAL if row["is_signal"] else Verdict.NOISE
    weight = max(float(row["avoided"]), 0.0) if row["is_signal"] else 0.0
    value, kpi = float(row["avoided"]), "contacts_avoided"
    text = f"{start}: {found} avoided {who}."
    return Finding("journey.contacts_avoided", text, value, "contacts", verdict, kpi, *bounds, weight=weight)
