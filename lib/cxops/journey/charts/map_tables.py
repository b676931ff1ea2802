"""Tables about the map itself: what the log shows of it, what is not on it, what changed, and its audits."""

import pandas as pd

from cxops import theme
from cxops.journey.charts.blueprint import NO_MAP

NO_MEETING = "No evidence: the register `meetings` holds nothing, so whether the journey was audited is not known."


def touchpoints_table(touchpoints: pd.DataFrame) -> theme.Table:
    """Every touchpoint by phase and stage, with what the log shows of it."""
    shown = touchpoints.assign(
        events=["–" if pd.isna(each) else theme.number(float(each)) for each in touchpoints["events"]]
    )
    missing = int((touchpoints["evidence"] != "in the log").sum())
    return theme.table(
        shown,
        caption=f"Touchpoints of the map: {missing} of {len(shown)} without an event in the log"
        if len(shown)
        else NO_MAP,
        columns={
            "touchpoint": "Touchpoint",
            "phase": "Phase",
            "stage": "Stage",
            "events": "Events",
            "evidence": "In the log",
        },
        is_folded=True,
    )


def unmapped_activities_table(unmapped: pd.DataFrame, rows: int, *, has_map: bool = True) -> theme.Table:
    """Activities of the log that are not on the map; each is listed or counted in the remainder."""
    unmapped = unmapped if has_map else unmapped.iloc[:0]
    listed = unmapped.head(rows)
    more = len(unmapped) - len(listed)
    rest = f", {theme.number(unmapped['events'].iloc[rows:].sum())} events of {more} more not shown" if more else ""
    none = "Every activity of the log is on the map." if has_map else NO_MAP
    return theme.table(
        listed,
        caption=f"Activities that are not on the map: {len(unmapped)}{rest}" if len(unmapped) else none,
        columns={
            "activity": "Activity",
            "log_stage": "Stage in the log",
            "place": "Why",
            "events": "Events",
            "cases": "Cases",
        },
    )


def map_changes_table(changes: pd.DataFrame, *, since: str = "", has_map: bool = True) -> theme.Table:
    """What changed from the version of the map before, a sentence each."""
    words = f" since {since}" if since else ""
    none = f"The map has not changed{words}." if has_map else NO_MAP
    return theme.table(
        changes,
        caption=f"Changes of the map{words}: {len(changes)}" if len(changes) else none,
        columns={"sentence": "Change", "kind": "Part of the map"},
        is_folded=len(changes) > 6,
    )


def journey_audits_table(audits: pd.DataFrame, rows: int) -> theme.Table:
    """Audits that a unit owes for a quarter: overdue and invalid ones first, then the newest."""
    order = {"overdue": 0, "invalid": 1, "due": 2, "held": 3}
    urgent = audits.assign(rank=audits["status"].map(order))
    listed = urgent.sort_values(["rank", "quarter", "unit"], ascending=[True, False, True], kind="stable").head(rows)
    shown = listed.assign(
        what=listed["unit"] + ", " + listed["quarter"],
        said=[_SAID[status] for status in listed["status"]],
        held=[f"{each:%Y-%m-%d}" if pd.notna(each) else "–" for each in listed["held_at"]],
    )
    counts = ", ".join(f"{theme.number((audits['status'] == name).sum())} {name}" for name in order)
    return theme.table(
        shown,
        caption=f"Audits of the journey, one a unit and quarter: {counts}; {len(shown)} of {len(audits)} shown"
        if len(audits)
        else NO_MEETING,
        columns={
            "what": "Unit and quarter",
            "said": "Audit",
            "functions": "Functions",
            "held": "Held on",
            "verdict": "Verdict",
        },
        kpis=("journey_audits_overdue",),
        is_folded=True,
    )


_SAID = {
    "held": "held",
    "invalid": "invalid: fewer than two functions",
    "overdue": "overdue: none held",
    "due": "due by the end of the quarter",
}
