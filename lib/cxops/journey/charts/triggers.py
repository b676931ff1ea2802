"""Decision points: for how many of the cases that came there a workflow started, how fast, and with what result."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.shares import share_intervals

NO_POINTS = "No evidence: the journey map names no decision point, so there is nothing to hold the starts against."
NO_OUTCOMES = "No evidence: too few cases came to a decision point, or all or none of them got a start."
NO_STARTS = "No evidence: the register `workflow_starts` holds nothing for these cases."
_KPI = ("trigger_coverage_share",)
_NAMES = {"lead_hours": "Lead time, hours", "csat": "Satisfaction, 1 to 5", "reopened": "Reopened, share"}


def triggers(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """One dot a decision point: the share of its cases for which the workflow started, with its interval."""
    known = _known(frame)
    if known.empty:
        return theme.message(_nothing(frame), width=width)
    shown = known.assign(
        label=known["decision_point"],
        text=[
            f"{theme.percent(row['coverage_share'])} of {theme.number(row['decided'])}"
            for row in known.to_dict("records")
        ],
        share=known["coverage_share"],
        low=known["coverage_low"],
        high=known["coverage_high"],
        is_signal=False,
    )
    worst = known.iloc[0]
    heading = theme.title(
        _headline(worst),
        "From the most cases missed. Dot: share of the cases that came there. Line: 95 % interval.",
        width,
    )
    return share_intervals(shown, heading=heading, width=width)


def triggers_figure(audited: pd.DataFrame) -> theme.Figure:
    """Coverage of the decision points, with the one missed by most cases in words."""
    known = _known(audited)
    if known.empty:
        said = _nothing(audited)
        return theme.figure(triggers, audited, caption=said, alt=said, kpis=_KPI)
    worst = known.iloc[0]
    share = theme.estimated(worst["coverage_share"], worst["coverage_low"], worst["coverage_high"])
    caption = (
        f"Of {theme.number(worst['decided'])} cases that came to {worst['decision_point']}, {share} got the workflow "
        f"{theme.words(worst['workflow'])}; {_counted(worst['missed'])} were missed, the most of all. Cases still "
        f"within the promised time are left out. Rules are replayed on the fields as they stand in the extract."
    )
    idle = audited.loc[audited["state"].isin(["never reached", "never started"]), "decision_point"].tolist()
    never = f" Never fired: {', '.join(idle)}." if idle else ""
    return theme.figure(triggers, audited, caption=caption + never, alt=f"Dots. {caption}{never}", kpis=_KPI)


def triggers_table(audited: pd.DataFrame) -> theme.Table:
    """Decision points with coverage, precision, delay, misses, duplicates and rules that never fired."""
    records = audited.to_dict("records")
    shown = audited.assign(
        delay=[_between(row["delay_hours_p95"], row["p95_low"], row["p95_high"]) for row in records],
        in_time=["–" if pd.isna(row["in_time_share"]) else theme.percent(row["in_time_share"]) for row in records],
        note=[_note(row) for row in records],
    )
    columns = {
        "decision_point": "Decision point",
        "arrivals": "Cases that came",
        "decided": "of them judged",
        "coverage_share": "Started, share",
        "missed": "Missed",
        "precision_share": "Rightly, share",
        "duplicates": "Started twice",
        "delay": "One in twenty waits over",
        "in_time": "In the promised time",
        "note": "Note",
    }
    decimals = {"arrivals": 0, "decided": 0, "coverage_share": 1, "missed": 0, "precision_share": 1, "duplicates": 0}
    said = (
        "Decision points replayed over the log, with the workflows that started there (–: not known or too few). "
        "Judged: all but those still within the promised time"
    )
    said = said if len(audited) else NO_POINTS
    return theme.table(shown, caption=said, columns=columns, decimals=decimals, kpis=_KPI)


def starts_table(by_workflow: pd.DataFrame) -> theme.Table:
    """Starts of each workflow by what they were, so that false and double ones can be looked for."""
    columns = {
        "workflow": "Workflow",
        "starts": "Starts",
        "right": "For a case at the decision point",
        "false": "For no such case, or too soon",
        "duplicate": "Once more for the same arrival",
    }
    said = "Starts of workflows (–: too few to show)" if len(by_workflow) else NO_STARTS
    return theme.table(
        by_workflow.assign(workflow=by_workflow["workflow"].map(theme.words)),
        caption=said,
        columns=columns,
        decimals=dict.fromkeys(list(columns)[1:], 0),
    )


def trigger_outcomes_table(outcomes: pd.DataFrame) -> theme.Table:
    """What became of cases with a start, beside those that were missed."""
    known = outcomes[outcomes["difference"].notna()]
    records = known.to_dict("records")
    shown = known.assign(
        name=[_NAMES[row["outcome"]] for row in records],
        with_start=[_value(row, "started_value") for row in records],
        without=[_value(row, "missed_value") for row in records],
        apart=[_apart(row) for row in records],
        verdict=["differs" if row["is_signal"] else "cannot be told apart" for row in records],
    )
    columns = {
        "name": "Outcome",
        "with_start": "Workflow started",
        "without": "Missed",
        "apart": "Difference (95 % interval)",
        "verdict": "Verdict",
    }
    said = "Cases with and without a start; not drawn by lot, so a difference is not an effect of the workflow"
    return theme.table(shown, caption=said if len(known) else NO_OUTCOMES, columns=columns)


def _known(audited: pd.DataFrame) -> pd.DataFrame:
    """Decision points of known coverage, from the most cases missed; a few that are not shown are more than none."""
    known = audited[audited["coverage_share"].notna()]
    return known.sort_values("missed", key=lambda missed: missed.fillna(0.5), ascending=False, kind="stable")


def _nothing(audited: pd.DataFrame) -> str:
    if audited.empty:
        return NO_POINTS
    if (audited["state"] == "no starts on record").any():
        return "No evidence: the register `workflow_starts` is not kept, so nothing is known of starts."
    return f"None of the {len(audited)} decision points was reached by enough cases here, so there is nothing to show."


def _note(row: dict) -> str:
    if row["state"] != "measured":
        return str(row["state"])
    return f"{_counted(row['false_starts'])} false starts" if row["false_starts"] != 0 else ""


def _headline(worst: pd.Series) -> str:
    if worst["missed"] == 0:
        return "At no decision point a case was missed"
    return f"{worst['decision_point']} is missed most; cases without its workflow: {_counted(worst['missed'])}"


def _counted(count: float) -> str:
    """A count in words where it is too small to show."""
    return "too few to show" if pd.isna(count) else theme.number(count)


def _between(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    ends = [theme.duration(each) if pd.notna(each) else "open" for each in (low, high)]
    return f"{theme.duration(value)} ({ends[0]} to {ends[1]})"


def _value(row: dict, side: str) -> str:
    return theme.percent(row[side]) if row["unit"] == "share" else theme.number(row[side], 2)


def _apart(row: dict) -> str:
    value, low, high = (row[name] for name in ("difference", "low", "high"))
    if row["unit"] == "ratio":
        return f"{theme.ratio(value, low, high)} times"
    digits, scale, unit = (1, 100, " points of a hundred") if row["unit"] == "share" else (2, 1, "")
    value, low, high = (theme.signed(each * scale, digits) for each in (value, low, high))
    return f"{value} ({low} to {high}){unit}"
