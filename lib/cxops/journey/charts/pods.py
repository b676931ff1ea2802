"""Pods: which work goes together, what a rehearsal says, which skill is missing, and what came of it."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import without_evidence

NO_WORK = "No evidence: no case in this scope has two pieces of work in a row, so nothing can be put together."
NO_SKILLS = (
    "No evidence: the register `skills` holds nothing for this unit, so nobody is known to be able to do a thing."
)
NO_PODS = "No evidence: no pod of the register `pods` has begun with enough cases before and after its start here."
_NAMES = {
    "handoffs_per_case": "Handoffs a case",
    "latency_hours": "Hours waiting at handoffs",
    "lead_hours_p50": "Hours from first to last, median",
}
_DIGITS = {"handoffs_per_case": 2, "latency_hours": 1, "lead_hours_p50": 1}
_KEPT = ["latency_kept_share"]
_USED = {
    "utilisation": "Share of open hours that is worked",
    "utilisation_highest": "The same, of the busiest team or pod",
}
_ASSUMED = (
    "Same cases, same hours of work, as many people; work passed on within a pod waits only until one of its people is "
    "free, or longer. Rehearsed, not observed."
)


def pods_table(pods: pd.DataFrame, rows: int, *, minimum_count: int) -> theme.Table:
    """The pods with the work they would do: activities, the teams it comes from, and its share of all hours."""
    if pods.empty:
        return without_evidence(NO_WORK, "Pods")
    known = pods[pods["cases"] >= minimum_count]
    if known.empty:
        return without_evidence(
            f"No kind of work was done in {minimum_count} cases or more, so no pod can be shown.", "Pods"
        )
    by_pod = known.groupby("pod", sort=False).agg(
        activities=("activity", lambda each: _shortened(list(dict.fromkeys(each)))),
        teams=("team", lambda each: _shortened(list(dict.fromkeys(each)))),
    )
    hours = pods.groupby("pod", sort=False)["work_hours_total"].sum()
    share = (hours / (hours.sum() or 1.0)).reindex(by_pod.index)
    shown = by_pod.assign(hours_share=share).reset_index().head(rows)
    count = pods["pod"].nunique()
    return theme.table(
        shown,
        caption=f"Pods: work that mostly follows each other, put together: {len(shown)} of {count}",
        columns={
            "pod": "Pod",
            "activities": "Activities, most hours first",
            "teams": "Work that comes from",
            "hours_share": "Share of the hours worked",
        },
        decimals={"hours_share": 1},
    )


def work_table(kinds: pd.DataFrame, rows: int, *, minimum_count: int) -> theme.Table:
    """Kinds of work, an activity as a team does it, the most hours first; those of too few cases are not named."""
    known = kinds[kinds["cases"] >= minimum_count]
    if known.empty:
        return without_evidence(NO_WORK, "Kinds of work")
    shown = known.head(rows)
    shown = shown.assign(name=shown["activity"] + ", " + shown["team"])
    return theme.table(
        shown,
        caption=f"Kinds of work: an activity as a team does it, the most hours first: {len(shown)} of {len(known)}",
        columns={"name": "Activity and team", "cases": "Cases", "work_hours_total": "Hours worked"},
        decimals={"cases": 0, "work_hours_total": 0},
        is_folded=True,
    )


def pod_rehearsal(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """What the pods make of each measure, in per cent of what it is with the present teams."""
    if frame.empty:
        return theme.message(NO_WORK, width=width)
    present, *pods = frame[frame["layout"] != "change"].drop_duplicates(["layout", *_KEPT]).to_dict("records")
    pods = [each for each in pods if each["layout"] == "pods"]
    rows = [
        {
            "label": f"{said}: {theme.number(present[name], _DIGITS[name])} today; {_stays(each)}",
            "value": each[name] / present[name] if present[name] else 1.0,
            "text": f"{theme.number(each[name], _DIGITS[name])} in pods",
        }
        for name, said in _NAMES.items()
        for each in (pods[:1] if name == "handoffs_per_case" else pods)
    ]
    how = "Bar: with pods, against the last bar, which is today. Stays: of the waiting between teams now in one pod."
    heading = theme.title(_headline(frame), how, width)
    shown = pd.DataFrame([*rows, {"label": "Today, each of the above", "value": 1.0, "text": "100 %"}])
    return theme.bars(shown, label="label", value="value", text="text", heading=heading, width=width)


def pod_rehearsal_figure(rehearsed: pd.DataFrame, cautious: pd.DataFrame, crossing: pd.DataFrame) -> theme.Figure:
    """The rehearsal of the pods in words: what falls, in which range, how sure, and what still crosses.

    Parameters
    ----------
    rehearsed, cautious : as `pod_rehearsal` gives them, with the most that pods can save and with less.
    crossing : as the measure of the same name gives it.
    """
    if rehearsed.empty:
        return theme.figure(pod_rehearsal, rehearsed, caption=NO_WORK, alt=NO_WORK)
    both, share = pd.concat([cautious, rehearsed]), crossing.set_index("layout")["crossing_share"]
    saved = " or ".join(
        f"{_interval(-row['latency_hours'], -row['latency_hours_high'], -row['latency_hours_low'])} if {_stays(row)}"
        for row in both[both["layout"] == "change"].to_dict("records")
    )
    caption = (
        f"{_headline(both)}. Where work changes hands a case would wait less by {saved}: a range, no promise. "
        f"{theme.percent(float(share['pods']))} of all moves from one piece of work to the next would still cross from "
        f"one pod to another; today {theme.percent(float(share['present teams']))} cross from team to team. {_ASSUMED}"
    )
    return theme.figure(
        pod_rehearsal,
        both,
        caption=caption,
        alt=f"Bars of each measure with pods, in per cent of today. {caption}",
        kpis=("handoffs_per_case", "lead_time", "pod_latency_saved"),
    )


def pod_rehearsal_table(rehearsed: pd.DataFrame, cautious: pd.DataFrame) -> theme.Table:
    """Each measure with the present teams, with the pods in both rehearsals, and the differences, with intervals."""
    if rehearsed.empty:
        return without_evidence(NO_WORK, "Rehearsal of the pods")
    layouts = [*cautious.to_dict("records"), *rehearsed.to_dict("records")[1:]]
    rows = [[said, *(_plain_interval(*_with_ends(row, name)) for row in layouts)] for name, said in _NAMES.items()]
    for name, said in _USED.items():
        rows.append([said, *(theme.percent(row[name]) for row in layouts)])
    rows.append(["Hours of work in all", *(theme.number(row["work_hours"], 1) for row in layouts)])
    cases = theme.number(float(rehearsed["cases"].iloc[0]))
    return theme.table(
        pd.DataFrame(rows, columns=["measure", "present", "cautious", "less", "pods", "change"]),
        caption=f"The same {cases} cases, begun last, with the present teams and with pods (95 % interval)",
        columns={
            "measure": "Measure",
            "present": "Present teams",
            "cautious": f"Pods, {_stays(layouts[1])}",
            "less": "Change so",
            "pods": f"Pods, {_stays(layouts[3])}",
            "change": "Change so",
        },
        kpis=("handoffs_per_case", "lead_time", "pod_latency_saved"),
        is_folded=True,
    )


def skill_cover_table(cover: pd.DataFrame, rows: int, *, of: str) -> theme.Table:
    """What each pod needs and how many of its people can do it, the gaps first.

    Parameters
    ----------
    cover, rows : as `skill_cover` gives it, and how many of its rows to list.
    of : whose skills, such as `the pods above`.
    """
    if cover.empty:
        return without_evidence(NO_SKILLS, f"Skills of {of}")
    gaps = int(cover["is_gap"].sum())
    said = {0: "no gap", 1: "one gap"}.get(gaps, f"{gaps} gaps")
    words = ["nobody: a gap", "one person", "two people"]
    shown = cover.head(rows).assign(
        who=[words[each] if each < 3 else "three or more" for each in cover["people"].head(rows)]
    )
    return theme.table(
        shown,
        caption=f"Skills of {of} and who can do them, the fewest first ({said}): {len(shown)} of {len(cover)}",
        columns={"pod": "Pod", "skill": "Skill", "who": "Of its people, can do it", "work_hours_total": "Hours worked"},
        decimals={"work_hours_total": 0},
    )


def pods_since_table(since: pd.DataFrame, *, alpha: float) -> theme.Table:
    """Before and after the start of each pod: handoffs and latency within its work."""
    if since.empty:
        return without_evidence(NO_PODS, "Pods since their start")
    shown = since.assign(
        interval=[
            _plain_interval(row["latency_hours"], row["latency_hours_low"], row["latency_hours_high"])
            for row in since.to_dict("records")
        ],
        verdict=[_since(row["p_value"], alpha) for row in since.to_dict("records")],
        name=since["pod"] + ", " + since["arm"],
    )
    return theme.table(
        shown,
        caption="Handoffs within a pod's work before and after it began, all cases of its unit that have this work",
        columns={
            "name": "Pod",
            "cases": "Cases",
            "handoffs_per_case": "Handoffs a case",
            "interval": "Hours waiting at them (95 % interval)",
            "verdict": "Verdict",
        },
        decimals={"handoffs_per_case": 2},
        kpis=("pod_latency_saved",),
    )


def _stays(row: dict[Hashable, Any]) -> str:
    share = float(row["latency_kept_share"])
    return f"{theme.percent(share, 0)} stays" if share else "none stays"


def _headline(both: pd.DataFrame) -> str:
    """Handoffs, and the lead time of the cautious rehearsal, which comes first."""
    present, pods = both.iloc[0], both.iloc[1]
    before, after = theme.lasting(float(present["lead_hours_p50"]), float(pods["lead_hours_p50"]))
    word = "fall" if pods["handoffs_per_case"] < present["handoffs_per_case"] else "do not fall"
    return (
        f"With pods, handoffs a case {word} from {theme.number(float(present['handoffs_per_case']), 2)} to "
        f"{theme.number(float(pods['handoffs_per_case']), 2)}; the median time is {after}, not {before} "
        f"({_stays(pods.to_dict())})"
    )


def _since(p_value: float, alpha: float) -> str:
    if pd.isna(p_value):
        return ""
    return "changed by more than noise" if p_value <= alpha else "cannot be told from noise"


def _interval(value: float, low: float, high: float) -> str:
    if pd.isna(low):
        return f"{theme.number(value, 1)} hours"
    return f"{theme.number(value, 1)} hours (95 % interval {theme.number(low, 1)} to {theme.number(high, 1)})"


def _plain_interval(value: float, low: float, high: float) -> str:
    if pd.isna(low):
        return theme.number(value, 2)
    return f"{theme.number(value, 2)} ({theme.number(low, 2)} to {theme.number(high, 2)})"


def _with_ends(row: dict[Hashable, Any], name: str) -> tuple[float, float, float]:
    return row[name], row[f"{name}_low"], row[f"{name}_high"]


def _shortened(names: list[str], most: int = 6) -> str:
    """The first few of the names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
