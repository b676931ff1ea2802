"""Which handoff to mend first for the customers' sake, as a sentence built from what its waiting costs them."""

import pandas as pd

from cxops.findings import Finding, Verdict
from cxops.journey.customers.customer_cost import SURE, CustomerCost
from cxops.journey.statistics.excess import hours_above
from cxops.theme.formats import by_chance, money, number, percent, probability, times

_SCALES = {"ces": "ease, on the scale of 1 to 7", "csat": "satisfaction, on the scale of 1 to 5"}
_FEEL = {"ces": "find it {points} points harder", "csat": "are {points} points less satisfied"}
_KPIS = {"ces": "effort_lost", "csat": "satisfaction_lost", "": "effort_lost"}
ASSOCIATED = (
    "cases that waited less between teams, units and segments apart; what makes a case long may also make it hard"
)
"""What the customers' answers are compared with, and what the comparison cannot tell."""


def customer_cost(lost: CustomerCost) -> Finding:
    """Which handoff to mend first for the customers' sake, and how sure that is.

    Notes
    -----
    A signal only if answers are the worse the longer the wait by more than noise, and it is sure which pair of teams
    costs customers most. The weight: the hours of its handoffs above the rest.
    """
    if not lost.score:
        return _unknown(lost)
    slope = lost.slopes[lost.slopes["score"] == lost.score].iloc[0]
    first = lost.pairs[lost.pairs["is_signal"]]
    if first.empty:
        return _silent(lost, slope)
    worst = first.iloc[0]
    name, score = f"from {worst['from_team']} to {worst['to_team']}", lost.score
    points, low, high = (float(worst[f"{score}_per_case{end}"]) for end in ("", "_low", "_high"))
    above = hours_above(float(worst["latency_hours_total"]), float(worst["ratio_to_rest"]))
    text = (
        f"For customers' sake, mend the handoff {name} first: it kept {number(worst['cases'])} cases waiting "
        f"{_hours(worst, above)}, and customers of those cases {_FEEL[score].format(points=number(points, 2))} for "
        f"that wait (95 % interval {number(low, 2)} to {number(high, 2)}; {_SCALES[score]}). "
        f"{_first(lost, worst)} {_answered(slope)}"
    )
    kpi = _KPIS[score]
    return Finding(
        "journey.customer_cost", text, points, "points", Verdict.SIGNAL, kpi, low, high, ASSOCIATED, above, name
    )


def mend_first(slow: pd.Series, lost: CustomerCost | None) -> str:
    """The one sentence about the slowest handoff: what it costs in hours, customers' answers and money, and how sure.

    Parameters
    ----------
    slow : its row of `bottlenecks`, with the stake in hours.
    lost : as `customer_cost` gives it, or None where customers were not asked.
    """
    name = f"from {slow['from_team']} to {slow['to_team']}"
    text = (
        f"Mend the handoff {name} first: it costs {number(slow['stake'])} hours of waiting above the rest, "
        f"{number(slow['latency_hours_total'])} in all"
    )
    told = _lost_there(slow, lost) if lost is not None and lost.score else ""
    ratio = times(*(float(slow[column]) for column in ("ratio_to_rest", "ratio_low", "ratio_high")))
    return text + (told or f". A typical wait there is {ratio} as long; what it costs customers cannot be said.")


def _lost_there(slow: pd.Series, lost: CustomerCost) -> str:
    """What customers lose at the handoff; empty where too few of them answered."""
    teams = ["from_team", "to_team"]
    own = lost.pairs[(lost.pairs[teams] == slow[teams].to_numpy()).all(axis=1) & lost.pairs["first_share"].notna()]
    if own.empty:
        return ""
    pair = own.iloc[0]
    points, low, high = (float(pair[f"{lost.score}_per_case{end}"]) for end in ("", "_low", "_high"))
    felt = _FEEL[lost.score].format(points=number(points, 2))
    worth = "" if pd.isna(pair["money_above"]) else f", worth {money(float(pair['money_above']))} above the rest"
    sure = probability(float(pair["first_share"]), lost.resamples)
    return (
        f", and its customers {felt} (95 % interval {number(low, 2)} to {number(high, 2)}){worth}. The probability "
        f"that it costs customers most of all handoffs is {sure}."
    )


def _hours(worst: pd.Series, above: float) -> str:
    hours = number(worst["latency_hours_total"])
    return f"{hours} hours, {number(above)} of them above what they would be if it were like the rest"


def _first(lost: CustomerCost, worst: pd.Series) -> str:
    sure = probability(float(worst["first_share"]), lost.resamples)
    return f"The probability that it costs customers most, beyond the rest, is {sure}."


def _answered(slope: pd.Series) -> str:
    return (
        f"{percent(slope['answer_share'])} of the {number(slope['asked'])} cases asked about count here; those who "
        "did not answer may feel otherwise."
    )


def _silent(lost: CustomerCost, slope: pd.Series) -> Finding:
    """The finding where waiting was not found to cost customers anything, or not at which handoff."""
    value, low, high = (float(slope[f"slope{end}"]) for end in ("", "_low", "_high"))
    interval = f"95 % interval {number(low, 2)} to {number(high, 2)}; {_SCALES[lost.score]}"
    each = f"{number(value, 2)} points for each doubling of the hours ({interval})"
    if slope["is_signal"]:
        text = f"Customers' answers are the worse the longer a case waited between teams: {each}. "
        text += f"At which handoff it costs them most cannot be told. {_leading(lost)}{_answered(slope)}"
    else:
        text = "Customers' answers were not found to be worse, by more than noise, the longer a case waited between "
        text += f"teams: {each}.{by_chance(low, high)} {_answered(slope)}"
    kpi = _KPIS[lost.score]
    return Finding("journey.customer_cost", text, value, "points", Verdict.NOISE, kpi, low, high, ASSOCIATED)


def _leading(lost: CustomerCost) -> str:
    first = lost.pairs[lost.pairs["rank"] == 1]
    if first.empty:
        return ""
    worst = first.iloc[0]
    name = f"from {worst['from_team']} to {worst['to_team']}"
    sure = probability(float(worst["first_share"]), lost.resamples)
    but = ", but was not found to be slower than the others by more than noise" if worst["first_share"] >= SURE else ""
    return f"The one {name} is first with a probability of {sure}{but}. "


def _unknown(lost: CustomerCost) -> Finding:
    why = "too few customers answered about cases whose waiting is known"
    if not lost.slopes["asked"].sum():
        why = "the table `surveys` holds no invitation about these cases"
    text = f"What waiting between teams costs customers cannot be said: {why}."
    return Finding("journey.customer_cost", text, 0.0, "points", Verdict.UNKNOWN, _KPIS[""])
