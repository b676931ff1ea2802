"""What a leader should know of the journey as it is walked: one function a finding, from the measures of the map."""

import pandas as pd

from cxops.findings import Finding, Verdict
from cxops.theme.formats import by_chance, duration, estimated, number, percent, signed


def walked(
    curve: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    delays: pd.DataFrame,
    whole: pd.DataFrame,
    unmapped: pd.DataFrame,
    deviations: pd.DataFrame,
    audits: pd.DataFrame,
) -> list[Finding]:
    """All findings of the map, each from the measure that its own function names."""
    return [
        *trough(curve, steps),
        *slowest_passage(delays),
        *fitness(whole, unmapped),
        *costly_deviation(deviations),
        *overdue_audits(audits),
    ]


def trough(curve: pd.DataFrame, steps: pd.DataFrame) -> list[Finding]:
    """The step at which customers feel worst; of several troughs, the one with the most volume.

    Parameters
    ----------
    curve, steps : as `emotion` takes and gives them; steps with step_id and touchpoint.
    """
    key, kpi = "journey.trough", "step_sentiment"
    known = curve[curve["mean_sentiment"].notna()]
    if known.empty:
        text = "Where on the journey customers feel worst cannot be said: there is no evidence of any step."
        return [Finding(key, text, 0.0, "points from −1 to 1", Verdict.UNKNOWN, kpi)]
    low = known[known["is_trough"]]
    volume = known["n"].astype(float) * (known["journey_mean"] - known["mean_sentiment"])
    row = known.loc[[volume[low.index].idxmax() if len(low) else known["mean_sentiment"].idxmin()]].iloc[0]
    name = dict(zip(steps["step_id"], steps["touchpoint"], strict=True))[row["step_id"]]
    mean, lo, hi = (float(row[column]) for column in ("mean_sentiment", "lo", "hi"))
    felt = f"{signed(mean, 2)} (95 % interval {signed(lo, 2)} to {signed(hi, 2)}; "
    felt += f"journey {signed(row['journey_mean'], 2)})"
    silent = int((curve["evidence"] != "evidence").sum())
    gaps = f" There is no evidence of {silent} of {len(curve)} steps." if silent else ""
    if low.empty:
        text = f"No step feels worse than the whole journey by more than noise; the lowest is {name}, {felt}."
        text += by_chance(lo - row["journey_mean"], hi - row["journey_mean"]) + gaps
        return [
            Finding(key, text, mean, "points from −1 to 1", Verdict.NOISE, kpi, lo, hi, "the whole journey", 0.0, name)
        ]
    text = f"Customers feel worst at {name}: {felt}, from {number(float(row['n']))} remarks or answers.{gaps}"
    weight = float(row["n"]) * float(row["journey_mean"] - mean)
    return [
        Finding(key, text, mean, "points from −1 to 1", Verdict.SIGNAL, kpi, lo, hi, "the whole journey", weight, name)
    ]


def slowest_passage(delays: pd.DataFrame) -> list[Finding]:
    """Between which stages of the map passing on takes longest, by its median; counted, not tested.

    Parameters
    ----------
    delays : as `stage_delays` gives it, ways that too few cases took left out.
    """
    key, kpi = "journey.slowest_passage", "stage_delay"
    known = delays[delays["p50_h"].notna()]
    if known.empty:
        text = "Between which stages passing on takes longest cannot be said: no way between stages of a map is known."
        return [Finding(key, text, 0.0, "hours", Verdict.UNKNOWN, kpi)]
    row = known.sort_values("p50_h", ascending=False, kind="stable").iloc[0]
    name = f"from {row['from_stage']} to {row['to_stage']}"
    text = (
        f"Of all ways between stages, passing on takes longest {name}: half of {number(row['n'])} passes wait over "
        f"{duration(row['p50_h'])}, one in ten over {duration(row['p90_h'])}."
    )
    hours = float(row["p50_h"])
    return [Finding(key, text, hours, "hours", Verdict.COUNT, kpi, weight=float(row["total_h"]), subject=name)]


def fitness(whole: pd.DataFrame, unmapped: pd.DataFrame) -> list[Finding]:
    """How many cases went exactly as drawn, and what of the log is not on the map.

    Parameters
    ----------
    whole : one row, as `conformance` gives it.
    unmapped : as `unmapped_activities` gives it.
    """
    key, kpi = "journey.case_fitness", "case_fitness"
    if whole.empty:
        text = "Whether customers walk the drawn path cannot be said: no case can be held against a journey map."
        return [Finding(key, text, 0.0, "share", Verdict.UNKNOWN, kpi)]
    row = whole.iloc[0]
    share, low, high = (float(row[name]) for name in ("case_fitness", "low", "high"))
    strange = unmapped.loc[unmapped["place"] != "ignored", "events"].sum() if len(unmapped) else 0
    off = f" {number(float(strange))} events are of activities that are not on the map." if strange else ""
    text = (
        f"{estimated(share, low, high)} of {number(row['cases'])} cases went exactly as the map draws the journey.{off}"
    )
    return [Finding(key, text, share, "share", Verdict.ESTIMATE, kpi, low, high)]


def costly_deviation(deviations: pd.DataFrame) -> list[Finding]:
    """The way of leaving the path that goes with the most satisfaction lost; none, where no case left it.

    Parameters
    ----------
    deviations : as the measure of that name gives it.
    """
    key, kpi, unit = "journey.costly_deviation", "deviation_csat", "points of satisfaction"
    if deviations.empty:
        return []
    tested = deviations[deviations["difference"].notna()]
    if tested.empty:
        text = "Whether leaving the drawn path goes with less satisfaction cannot be said: too few such cases answered."
        return [Finding(key, text, 0.0, unit, Verdict.UNKNOWN, kpi)]
    signals = tested[tested["is_signal"]]
    row = (tested if signals.empty else signals).sort_values("csat_loss", ascending=False, kind="stable").iloc[0]
    name = _deviation(row)
    gap, low, high = (float(row[column]) for column in ("difference", "low", "high"))
    told = (
        f"{signed(gap, 2)} of 5 (95 % interval {signed(low, 2)} to {signed(high, 2)}, {number(row['answers'])} answers)"
    )
    beside = "cases without it; they differ in other ways too"
    if signals.empty:
        text = f"No way of leaving the drawn path goes with less satisfaction by more than noise; {name}: {told}."
        text += by_chance(low, high)
        return [Finding(key, text, gap, unit, Verdict.NOISE, kpi, low, high, beside, subject=name)]
    text = f"Satisfaction is lower where {name}: {told}. That concerns {percent(row['share'])} of cases."
    return [Finding(key, text, gap, unit, Verdict.SIGNAL, kpi, low, high, beside, float(row["csat_loss"]), name)]


def overdue_audits(audits: pd.DataFrame) -> list[Finding]:
    """How many audits of the journey are overdue or do not count; none, where all were held.

    Parameters
    ----------
    audits : as `journey_audits` gives it.
    """
    late = audits[audits["status"].isin(["overdue", "invalid"])]
    if late.empty:
        return []
    counts = late["status"].value_counts()
    parts = [
        f"{number(float(counts[name]))} {said}"
        for name, said in (("overdue", "were not held"), ("invalid", "had fewer than two functions"))
        if name in counts
    ]
    due = int(audits["status"].ne("due").sum())
    text = f"Of {number(due)} quarterly audits of the journey, {' and '.join(parts)}."
    return [
        Finding("journey.overdue_audits", text, float(len(late)), "audits", Verdict.COUNT, "journey_audits_overdue")
    ]


def _deviation(row: pd.Series) -> str:
    if row["kind"] == "skipped":
        return f"{row['name']} is skipped"
    return f"{row['name']} comes again or out of order" if row["step_id"] else f"{row['name']}, not on the map, is done"
