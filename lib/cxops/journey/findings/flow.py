"""What a leader should know about the journey, as sentences built from the measures."""

from math import nan
from typing import Any

import pandas as pd
from ibis import ir

from cxops.findings import Finding, Findings, Verdict
from cxops.journey.customers.customer_cost import CustomerCost
from cxops.journey.findings.customer_cost import customer_cost, mend_first
from cxops.journey.log.closure import closure
from cxops.journey.log.rework import bounced_by_pair, rework_by_team
from cxops.journey.log.rework import ping_pong as ping_pong_returns
from cxops.journey.log.times import lead_time_by_handoffs, time_split, times_by_case
from cxops.journey.statistics.excess import by_stake, excess
from cxops.theme.formats import by_chance, estimated, lasting, number, percent, times

INDEPENDENT = "all other handoffs, cases, and weeks, taken as independent of each other"
"""What the slowest handoff is compared with, and what the comparison takes for granted."""


def findings(
    steps: ir.Table,
    ranked: pd.DataFrame,
    lost: CustomerCost | None = None,
    *,
    minimum_count: int,
    alpha: float,
    material_ratio: float,
) -> Findings:
    """Which handoff to mend first, where ping-pong and rework are, where the time goes, and what was not completed.

    Parameters
    ----------
    steps : one row per step, all columns of the contract but agent.
    ranked : one row per pair of teams, as `bottlenecks` gives them for the same steps and limits.
    lost : what the handoffs cost customers, as `customer_cost` gives it; without it nothing is said about that.
    minimum_count, alpha, material_ratio : see `bottlenecks` and `excess`; alpha is each test's share of the page's.

    Returns
    -------
    Signals first, then by weight: calendar hours at stake. With fewer than `minimum_count` cases, one finding that
    says so. What was not found to differ has nothing at stake, and a weight of 0.
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
            *([] if lost is None else [customer_cost(lost)]),
            slowest_handoff(ranked, lost),
            ping_pong(bounced),
            rework(repeated),
            where_time_goes(time_split(steps).execute()),
            *lead_time(groups[groups["cases"] >= minimum_count]),
            cases_with_ping_pong(ping_pong_returns(steps), cases, minimum_count),
            never_closed(closed, minimum_count),
            *reopened(closed, minimum_count),
        ]
    )


def slowest_handoff(pairs: pd.DataFrame, lost: CustomerCost | None = None) -> Finding:
    """Which handoff to mend first: of those slower than the rest, the one with the most hours above what it would take.

    Notes
    -----
    The hours above, also the finding's weight, are those of `hours_above`: hours in all × (1 − 1 / ratio).
    """
    key, kpi, others = "journey.slowest_handoff", "handoff_wait_ratio", INDEPENDENT
    total = pairs["latency_hours_total"].sum()
    tested = pairs[pairs["ratio_to_rest"].notna()]
    if tested.empty:
        why = "no case changed teams" if pairs.empty else "no pair of teams has enough handoffs of known length"
        return Finding(key, f"No handoff can be compared with the others: {why}.", 0.0, "times", Verdict.UNKNOWN, kpi)
    signals = by_stake(tested, "latency_hours_total")
    worst = (tested if signals.empty else signals).iloc[0]
    name, hours = f"from {worst['from_team']} to {worst['to_team']}", number(worst["latency_hours_total"])
    part = f"{percent(worst['latency_hours_total'] / total)} of the waiting between teams"
    ratio, low, high = (float(worst[column]) for column in ("ratio_to_rest", "ratio_low", "ratio_high"))
    wait = f"a typical wait there is {times(ratio, low, high)} as long as at all other handoffs"
    took = f"{hours} hours in {number(worst['handoffs'])} handoffs ({part})"
    if signals.empty:
        text = "No handoff was found to be slower than the others by more than noise. "
        text += f"The one {name} takes the most time, {took}; {wait}."
        text += by_chance(low, high, 1.0) if low > 1 else ""
        return Finding(key, text, ratio, "times", Verdict.NOISE, kpi, low, high, others, subject=name)
    text = f"Mend the handoff {name} first: {wait}. Of its {took}, {number(worst['stake'])} hours are above what they "
    text += f"would be if it were like the rest.{_more(len(signals) - 1, 'handoffs are slower than the rest')}"
    stake, lead = float(worst["stake"]), mend_first(worst, lost)
    return Finding(key, text, ratio, "times", Verdict.SIGNAL, kpi, low, high, others, stake, name, lead)


def ping_pong(bounced: pd.DataFrame) -> Finding:
    """The two teams with more ping-pong between them than elsewhere; of several, those with the most hours above.

    Notes
    -----
    The weight: of the hours from when a team let go of a case until it took it up again, those above (`hours_above`).
    """
    key, kpi = "journey.ping_pong", "ping_pong_share"
    signals = by_stake(bounced, "hours")
    if signals.empty:
        unknown = "Whether there is more ping-pong between some teams cannot be said: too few cases came straight back."
        silent = "No two teams were found to have more ping-pong between them than others by more than noise"
        return _unnamed(key, kpi, bounced, unknown, silent, "first handoffs between two teams came straight back")
    worst = signals.iloc[0]
    name = f"between {worst['team']} and {worst['other_team']}"
    text = (
        f"Ping-pong {name}: of {number(worst['trials'])} cases passed "
        f"between them, whichever began, {number(worst['events'])} came straight back the first time, "
        f"{_compared(worst)}. Those cases were away for {_above(worst)}."
        f"{_more(len(signals) - 1, 'pairs of teams have more ping-pong')}"
    )
    return _named(key, text, worst, kpi, "all other pairs of teams in scope", name)


def rework(repeated: pd.DataFrame) -> Finding:
    """The team with more rework than the others; of several, the one with the most hours above.

    Notes
    -----
    The weight: of the hours from the end of a piece of work to the end of its rework, those above (`hours_above`). In
    a log of states nobody can be seen to do the same twice in a row, so nothing can be said.
    """
    key, kpi = "journey.rework", "rework_share"
    signals = by_stake(repeated, "hours")
    if signals.empty:
        unknown = (
            "Whether a team has more rework than others cannot be said: too little work was done again straight away."
        )
        silent = "No team was found to have more rework than others by more than noise"
        return _unnamed(key, kpi, repeated, unknown, silent, "pieces of work were done again straight away")
    worst = signals.iloc[0]
    text = (
        f"{worst['team']} has more rework than other teams: of {number(worst['trials'])} pieces of work, it did "
        f"{number(worst['events'])} again straight away, {_compared(worst)}. That took {_above(worst)}."
        f"{_more(len(signals) - 1, 'teams have more rework')}"
    )
    return _named(key, text, worst, kpi, "all other teams in scope", worst["team"])


def where_time_goes(split: pd.DataFrame) -> Finding:
    """How much of the time until completion is work, and what the rest is; the time after completion apart.

    Notes
    -----
    Of a case that was not completed, all its known time counts as before completion. Hours are calendar hours; the
    weight is those in which nobody worked.
    """
    hours = split.set_index("component")["hours_total"]
    before, after = hours.drop("after completion"), hours["after completion"]
    total, work = before.sum(), before["working"]
    key, kpi = "journey.where_time_goes", "flow_efficiency"
    if total == 0:
        text = "Where the time goes cannot be said: no case has a known duration before completion."
        return Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)
    rest = (before.drop("working") / total).sort_values(ascending=False, kind="stable")
    parts = " and ".join(f"{percent(share)} {name}" for name, share in rest.items())
    text = (
        f"Of the {number(total)} hours that cases took until completion, nights and weekends included, "
        f"{percent(work / total)} was work, {parts}."
    )
    if after:
        text += f" A further {number(after)} hours passed after completion, before cases were reopened or last changed."
    return Finding(key, text, float(work / total), "share", Verdict.COUNT, kpi, weight=float(total - work))


def lead_time(groups: pd.DataFrame) -> list[Finding]:
    """Lead time of cases that never changed teams beside that of the group with the most handoffs; else nothing.

    Notes
    -----
    The weight is the difference of the medians, in hours, times the cases of the group with the most handoffs.
    """
    if len(groups) < 2 or groups["handoffs_group"].iloc[0] != "0":
        return []
    none, many = groups.iloc[0], groups.iloc[-1]
    often = {"1": "once", "2": "twice", "3+": "three times or more"}[many["handoffs_group"]]
    short, long = lasting(none["lead_hours_p50"], many["lead_hours_p50"])
    text = (
        f"Half of the {number(none['cases'])} cases without a handoff took up to {short}; half of the "
        f"{number(many['cases'])} that were handed over {often} took up to {long}. Cases with more handoffs differ in "
        "other ways too, such as being harder, so this does not say that handoffs make them long."
    )
    key, value, beside = "journey.lead_time_by_handoffs", float(many["lead_hours_p50"]), f"{short} without a handoff"
    weight = float(many["cases"] * max(0.0, value - none["lead_hours_p50"]))
    return [Finding(key, text, value, "hours", Verdict.COUNT, "lead_time", comparison=beside, weight=weight)]


def cases_with_ping_pong(returns: ir.Table, cases: int, minimum_count: int) -> Finding:
    """The share of all cases that a team passed on and got straight back at least once."""
    returned = int(returns.case_id.nunique().execute())
    counts = pd.DataFrame({"events": [returned], "trials": [cases]})
    text = f"{_of(counts, 'cases', minimum_count)} had ping-pong: a team passed them on and got them straight back."
    return _counted("journey.cases_with_ping_pong", text, counts, "ping_pong_cases_share", minimum_count)


def never_closed(closed: pd.DataFrame, minimum_count: int) -> Finding:
    """The share of cases that no team had considered complete by the time the data were taken."""
    counts = pd.DataFrame({"events": closed["cases"] - closed["closed"], "trials": closed["cases"]})
    text = f"{_of(counts, 'cases', minimum_count)} were not completed by the time the data were taken."
    return _counted("journey.never_closed", text, counts, "never_closed_share", minimum_count)


def reopened(closed: pd.DataFrame, minimum_count: int) -> list[Finding]:
    """The share of completed cases that were taken up again; nothing if fewer than `minimum_count` were completed."""
    counts = pd.DataFrame({"events": closed["reopened"], "trials": closed["closed"]})
    if counts["trials"].sum() < minimum_count:
        return []
    text = f"{_of(counts, 'completed cases', minimum_count)} were reopened by the time the data were taken."
    return [_counted("journey.reopened", text, counts, "reopened_share", minimum_count)]


def _too_few(cases: int, minimum_count: int) -> Finding:
    text = "No case in this scope has a step: there is no journey to describe."
    if cases:
        text = f"Fewer than {minimum_count} cases are in this scope: too few to show."
    return Finding("journey.cases", text, 0.0, "cases", Verdict.UNKNOWN, "cases")


def _compared(worst: pd.Series) -> str:
    share = estimated(worst["share"], worst["share_low"], worst["share_high"])
    return f"{share}, elsewhere {percent(worst['rest_share'])}"


def _above(worst: pd.Series) -> str:
    return f"{number(worst['hours'])} hours, {number(worst['stake'])} of them above what the share elsewhere would give"


def _named(key: str, text: str, worst: pd.Series, kpi: str, comparison: str, subject: str) -> Finding:
    """The finding about a group whose share is above that of the others."""
    low, high = float(worst["share_low"]), float(worst["share_high"])
    share, weight = float(worst["share"]), float(worst["stake"])
    return Finding(key, text, share, "share", Verdict.SIGNAL, kpi, low, high, comparison, weight, subject)


def _unnamed(key: str, kpi: str, judged: pd.DataFrame, unknown: str, silent: str, noun: str) -> Finding:
    """The finding where no group stands out: that nothing could be tested, or that no test found anything."""
    if not judged["p_value"].notna().any():
        return Finding(key, unknown, 0.0, "share", Verdict.UNKNOWN, kpi)
    share = float(judged["events"].sum() / judged["trials"].sum())
    return Finding(key, f"{silent}: over all, {percent(share)} of {noun}.", share, "share", Verdict.NOISE, kpi)


def _is_small(counts: pd.DataFrame, minimum_count: int) -> bool:
    """Whether a count is too small to be shown: it could point at persons."""
    return bool(0 < counts["events"].sum() < minimum_count)


def _of(counts: pd.DataFrame, noun: str, minimum_count: int) -> str:
    """`1,891 of 7,554 cases (25.0 %)`, or that it is fewer than may be shown."""
    events, trials = counts["events"].sum(), counts["trials"].sum()
    if _is_small(counts, minimum_count):
        return f"Fewer than {minimum_count} of {number(trials)} {noun}"
    return f"{number(events)} of {number(trials)} {noun} ({percent(events / trials)})"


def _counted(key: str, text: str, counts: pd.DataFrame, kpi: str, minimum_count: int) -> Finding:
    """A share of all cases: counted, so it has no interval; not known to the reader where the count is too small."""
    share = nan if _is_small(counts, minimum_count) else float(counts["events"].sum() / counts["trials"].sum())
    return Finding(key, text, share, "share", Verdict.COUNT, kpi)


def _more(others: int, what: str) -> str:
    """How many others there are; `what` is a plural noun and its verb."""
    return f" Further {what} too: {others}." if others else ""
