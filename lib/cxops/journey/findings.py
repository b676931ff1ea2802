"""What a leader should know about the journey, as sentences built from the measures."""

from typing import Any

import pandas as pd
from ibis import ir
from statsmodels.stats.proportion import proportion_confint

from cxops.findings import Finding, Findings, Verdict
from cxops.journey.closure import closure
from cxops.journey.excess import excess
from cxops.journey.rework import bounced_by_pair, rework_by_team
from cxops.journey.times import lead_time_by_handoffs, time_split, times_by_case
from cxops.theme.formats import duration, number, percent


def findings(
    steps: ir.Table, ranked: pd.DataFrame, *, minimum_count: int, alpha: float, material_ratio: float
) -> Findings:
    """Which handoff to look at first, who bounces and repeats work, where the time goes, and what is never completed.

    Parameters
    ----------
    steps : one row per step, all columns of the contract but agent.
    ranked : one row per pair of teams, as `bottlenecks` gives them for the same steps and limits.
    minimum_count, alpha, material_ratio : see `bottlenecks` and `excess`.

    Returns
    -------
    Signals first. With fewer than `minimum_count` cases, one finding that says so.
    """
    closed = closure(steps).execute()
    cases = int(closed["cases"].iloc[0])
    if cases < minimum_count:
        return Findings([_too_few(cases, minimum_count)])
    limits: dict[str, Any] = {"minimum_count": minimum_count, "alpha": alpha, "material_ratio": material_ratio}
    bounced = excess(bounced_by_pair(steps).execute(), **limits)
    repeated = excess(rework_by_team(steps).execute(), **limits)
    groups = lead_time_by_handoffs(times_by_case(steps)).execute()
    return Findings(
        [
            slowest_handoff(ranked),
            ping_pong(bounced, minimum_count),
            rework(repeated, minimum_count),
            where_time_goes(time_split(steps).execute()),
            *lead_time(groups[groups["cases"] >= minimum_count]),
            never_closed(closed, minimum_count),
            *reopened(closed, minimum_count),
        ]
    )


def slowest_handoff(pairs: pd.DataFrame) -> Finding:
    """Which handoff to mend first: of those slower than the rest, the one that takes the most hours in all."""
    key, kpi, total = "journey.slowest_handoff", "handoff_wait_ratio", pairs["latency_hours_total"].sum()
    tested = pairs[pairs["ratio_to_rest"].notna()]
    if tested.empty:
        why = "no case changed teams" if pairs.empty else "no pair of teams has enough handoffs of known length"
        return Finding(key, f"No handoff can be compared with the others: {why}.", 0.0, "times", Verdict.UNKNOWN, kpi)
    signals = tested[tested["is_signal"]]
    worst = (tested if signals.empty else signals).iloc[0]
    name = f"from {worst['from_team']} to {worst['to_team']}"
    hours = f"{number(worst['latency_hours_total'])} hours in all ({percent(worst['latency_hours_total'] / total)} of "
    hours += f"the waiting between teams, {number(worst['handoffs'])} handoffs)"
    ratio, low, high = (_ratio(worst[name]) for name in ("ratio_to_rest", "ratio_low", "ratio_high"))
    wait = f"a typical wait there is {ratio} times as long as at all other handoffs (95 % interval {low} to {high})"
    if signals.empty:
        text = f"No handoff stands out as slow. The one {name} takes the most time, {hours}; {wait}."
    else:
        others = _more(len(signals) - 1, "handoffs are slower than the rest")
        text = f"Mend the handoff {name} first: it takes {hours}, and {wait}.{others}"
    return Finding(
        key,
        text,
        float(worst["ratio_to_rest"]),
        "times",
        Verdict.NOISE if signals.empty else Verdict.SIGNAL,
        kpi,
        low=float(worst["ratio_low"]),
        high=float(worst["ratio_high"]),
        comparison="all other handoffs in scope",
        weight=float(worst["latency_hours_total"]),
    )


def ping_pong(bounced: pd.DataFrame, minimum_count: int) -> Finding:
    """The pair of teams between which cases bounce more than their traffic lets expect."""
    key, kpi, noun = "journey.ping_pong", "ping_pong_share", "first handoffs between two teams"
    if not bounced["p_value"].notna().any():
        text = "Whether some teams send cases back more than others cannot be said: too few cases changed teams."
        return Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)
    signals = bounced[bounced["is_signal"]].sort_values("events", ascending=False, kind="stable")
    if signals.empty:
        count = _of(bounced, noun, minimum_count)
        text = f"No two teams send cases straight back to each other more than others do: {count} came straight back."
        return _share(key, text, bounced, Verdict.NOISE, kpi, minimum_count)
    worst, others = signals.iloc[0], len(signals) - 1
    text = (
        f"Cases bounce between {worst['team']} and {worst['other_team']}: of {number(worst['trials'])} cases passed "
        f"between them, {_count(worst, minimum_count)} came straight back the first time, where "
        f"{number(worst['expected'])} were to be expected.{_more(others, 'pairs bounce')}"
    )
    return _share(key, text, signals.iloc[:1], Verdict.SIGNAL, kpi, minimum_count)


def rework(repeated: pd.DataFrame, minimum_count: int) -> Finding:
    """The team that takes up its own work again more than others do."""
    key, kpi, noun = "journey.rework", "rework_share", "pieces of work"
    if not repeated["p_value"].notna().any():
        text = "Whether a team takes up its own work again more than others cannot be said: too little to compare."
        return Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)
    signals = repeated[repeated["is_signal"]].sort_values("events", ascending=False, kind="stable")
    if signals.empty:
        count = _of(repeated, noun, minimum_count)
        text = f"No team takes up its own work again more than others do: {count} were taken up again by the same team."
        return _share(key, text, repeated, Verdict.NOISE, kpi, minimum_count)
    worst, others = signals.iloc[0], len(signals) - 1
    text = (
        f"{worst['team']} takes up its own work again more than other teams do: after {number(worst['trials'])} pieces "
        f"of work it did so {_count(worst, minimum_count)} times, where {number(worst['expected'])} were to be "
        f"expected.{_more(others, 'teams do so')}"
    )
    return _share(key, text, signals.iloc[:1], Verdict.SIGNAL, kpi, minimum_count)


def where_time_goes(split: pd.DataFrame) -> Finding:
    """How much of the lead time is work, and what the rest is."""
    hours = split.set_index("component")["hours_total"]
    total, work = hours.sum(), hours["working"]
    key, kpi = "journey.where_time_goes", "flow_efficiency"
    if total == 0:
        text = "Where the time goes cannot be said: no case has a known duration."
        return Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)
    rest = (hours.drop("working") / total).sort_values(ascending=False, kind="stable")
    parts = ", ".join(f"{percent(share)} {name}" for name, share in rest.items())
    text = f"Of {duration(total)} that all cases took together, {percent(work / total)} was work; the rest was {parts}."
    return Finding(key, text, float(work / total), "share", Verdict.COUNT, kpi, weight=float(total - work))


def lead_time(groups: pd.DataFrame) -> list[Finding]:
    """Lead time of cases that never changed teams beside that of the group with the most handoffs; else nothing."""
    if len(groups) < 2 or groups["handoffs_group"].iloc[0] != "0":
        return []
    none, many = groups.iloc[0], groups.iloc[-1]
    often = {"1": "once", "2": "twice", "3+": "three times or more"}[many["handoffs_group"]]
    short, long = duration(none["lead_hours_p50"]), duration(many["lead_hours_p50"])
    text = (
        f"Half of the {number(none['cases'])} cases that stayed with one team took up to {short}; "
        f"half of the {number(many['cases'])} that were handed over {often} took up to {long}."
    )
    return [
        Finding(
            "journey.lead_time_by_handoffs",
            text,
            float(many["lead_hours_p50"]),
            "hours",
            Verdict.COUNT,
            "lead_time",
            comparison=f"{short} without a handoff",
            weight=float(many["cases"] * many["lead_hours_p50"]),
        )
    ]


def never_closed(closed: pd.DataFrame, minimum_count: int) -> Finding:
    """The share of cases that no team ever considered complete."""
    counts = pd.DataFrame({"events": closed["cases"] - closed["closed"], "trials": closed["cases"]})
    text = f"{_of(counts, 'cases', minimum_count)} were never completed{_interval(counts, minimum_count)}."
    return _share("journey.never_closed", text, counts, Verdict.COUNT, "never_closed_share", minimum_count)


def reopened(closed: pd.DataFrame, minimum_count: int) -> list[Finding]:
    """The share of completed cases that were taken up again; nothing if fewer than `minimum_count` were completed."""
    counts = pd.DataFrame({"events": closed["reopened"], "trials": closed["closed"]})
    if counts["trials"].sum() < minimum_count:
        return []
    text = f"{_of(counts, 'completed cases', minimum_count)} were reopened{_interval(counts, minimum_count)}."
    return [_share("journey.reopened", text, counts, Verdict.COUNT, "reopened_share", minimum_count)]


def _too_few(cases: int, minimum_count: int) -> Finding:
    text = "No case in this scope has a step: there is no journey to describe."
    if cases:
        text = f"Fewer than {minimum_count} cases are in this scope: too few to show."
    return Finding("journey.cases", text, 0.0, "cases", Verdict.UNKNOWN, "cases")


def _is_small(count: float, minimum_count: int) -> bool:
    """Whether a count is too small to be shown: it could point at persons."""
    return 0 < count < minimum_count


def _count(row: pd.Series, minimum_count: int) -> str:
    """The events of a group, or that they are few."""
    return f"fewer than {minimum_count}" if _is_small(row["events"], minimum_count) else number(row["events"])


def _of(counts: pd.DataFrame, noun: str, minimum_count: int) -> str:
    """`1,891 of 7,554 cases (25.0 %)`, or that it is fewer than may be shown."""
    events, trials = counts["events"].sum(), counts["trials"].sum()
    if _is_small(events, minimum_count):
        return f"fewer than {minimum_count} of {number(trials)} {noun}"
    return f"{number(events)} of {number(trials)} {noun} ({percent(events / trials)})"


def _ratio(times: float) -> str:
    """A ratio with as many digits as it deserves."""
    return number(times, 2 if times < 2 else 1 if times < 10 else 0)


def _more(others: int, what: str) -> str:
    """How many others there are; `what` is a plural noun and its verb."""
    return f" Further {what} too: {others}." if others else ""


def _bounds(counts: pd.DataFrame, minimum_count: int) -> tuple[float, float, float]:
    """Share and its 95 % Wilson interval; of a count too small to be shown, 0 and what it can be at most."""
    events, trials = counts["events"].sum(), counts["trials"].sum()
    if _is_small(events, minimum_count):
        return 0.0, 0.0, float(minimum_count / trials)
    low, high = proportion_confint(events, trials, alpha=0.05, method="wilson")
    return float(events / trials), float(low), float(high)


def _interval(counts: pd.DataFrame, minimum_count: int) -> str:
    if _is_small(counts["events"].sum(), minimum_count):
        return ""
    _, low, high = _bounds(counts, minimum_count)
    return f", 95 % interval {percent(low)} to {percent(high)}"


def _share(key: str, text: str, counts: pd.DataFrame, verdict: Verdict, kpi: str, minimum_count: int) -> Finding:
    share, low, high = _bounds(counts, minimum_count)
    headline = text[:1].upper() + text[1:]
    return Finding(key, headline, share, "share", verdict, kpi, low=low, high=high)
