"""Notices of disruptions: who was told before asking, who after, who never; and what telling first saved."""

from typing import Any

import pandas as pd

from cxops import theme

NO_NOTICES = "No evidence: the register `notices` holds nothing for this unit and quarter."
NO_MATCH = "No evidence: no orders with and without a notice that could be compared."
_KPI = ("told_first_share",)
_PARTS = {
    "affected": "Affected orders",
    "told_first": "Told before they asked",
    "told_after": "Told after they asked",
    "never": "Never told",
    "contacted": "Asked us, told or not",
}


def notice_funnel(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars from the affected orders of all disruptions to those told first, told after and never told."""
    whole = _whole(frame)
    if whole is None:
        return theme.message(_nothing(frame), width=width)
    counts = [float(whole[name]) for name in _PARTS]
    shown = pd.DataFrame({"label": list(_PARTS.values()), "value": counts})
    shown["text"] = [
        theme.number(each) if at == 0 else f"{theme.percent(each / counts[0])} · {theme.number(each)}"
        for at, each in enumerate(counts)
    ]
    heading = theme.title(
        f"{theme.percent(whole['told_first_share'])} of customers heard of a disruption from us before they asked",
        "Bars: orders that a disruption affected.",
        width,
    )
    return theme.bars(shown, label="label", value="value", text="text", heading=heading, width=width)


def notices_figure(funnel: pd.DataFrame) -> theme.Figure:
    """The funnel of notices, with misses and false notices in words."""
    whole = _whole(funnel)
    if whole is None:
        said = _nothing(funnel)
        return theme.figure(notice_funnel, funnel, caption=said, alt=said, kpis=_KPI)
    first, after, never = (
        theme.estimated(whole[f"{name}_share"], whole[f"{name}_low"], whole[f"{name}_high"])
        for name in ("told_first", "told_after", "never")
    )
    caption = (
        f"Of {theme.number(whole['affected'])} affected orders, {first} were told before they asked, {after} after, "
        f"and {never} never. Notices to customers whose order was not affected: "
        f"{theme.number(whole['false_notices'])}."
    )
    if pd.notna(whole["lead_hours_p50"]):
        caption += f" Half of the notices came {_lead(whole['lead_hours_p50'])} the promised date."
    return theme.figure(notice_funnel, funnel, caption=caption, alt=f"Bars. {caption}", kpis=_KPI)


def notices_table(funnel: pd.DataFrame, rows: int) -> theme.Table:
    """The funnel by type of disruption."""
    shown = funnel.head(rows)
    records = shown.to_dict("records")
    shown = shown.assign(
        first=["–" if pd.isna(row["told_first_share"]) else _share(row, "told_first") for row in records],
        lead=["–" if pd.isna(row["lead_hours_p50"]) else _lead(row["lead_hours_p50"]) for row in records],
        note=[row["state"] if row["state"] != "measured" else "" for row in records],
    )
    columns = {
        "disruption_type": "Disruption",
        "affected": "Affected orders",
        "first": "Told first (95 % interval)",
        "told_after_share": "After, share",
        "never_share": "Never, share",
        "lead": "Median notice, promised date",
        "false_notices": "False notices",
        "note": "Note",
    }
    decimals = {"affected": 0, "told_after_share": 1, "never_share": 1, "false_notices": 0}
    said = f"Notices by type of disruption: {len(shown)} of {len(funnel)} rows" if len(funnel) else NO_NOTICES
    return theme.table(shown, caption=said, columns=columns, decimals=decimals, kpis=_KPI, is_folded=len(funnel) > 0)


def contacts_avoided_table(avoided: pd.DataFrame) -> theme.Table:
    """What telling customers saved in contacts, against matched ones who had not been told."""
    records = avoided.to_dict("records")
    shown = avoided.assign(
        name="Asked after the notices had gone out",
        apart=[_points(row) for row in records],
        saved=[_estimated(*(row[name] for name in ("avoided", "avoided_low", "avoided_high"))) for row in records],
        verdict=["differs" if row["is_signal"] else "cannot be told apart" for row in records],
    )
    columns = {
        "name": "What was asked",
        "told_contact_share": "Of those told, share",
        "not_told_contact_share": "Of matched, not told, share",
        "apart": "Fewer, points (95 % interval)",
        "saved": "Contacts avoided",
        "unmatched": "Told, without a match",
        "verdict": "Verdict",
    }
    decimals = {"told_contact_share": 1, "not_told_contact_share": 1, "unmatched": 0}
    said = "Contacts avoided by telling customers first" if len(avoided) else NO_MATCH
    return theme.table(shown, caption=said, columns=columns, decimals=decimals)


def _whole(funnel: pd.DataFrame) -> pd.Series | None:
    """The row of all types together, where it can be shown."""
    return funnel.iloc[0] if len(funnel) and funnel.iloc[0]["affected"] > 0 else None


def _nothing(funnel: pd.DataFrame) -> str:
    return NO_NOTICES if funnel.empty else "Too few orders were affected by a disruption here to show."


def _share(row: dict, name: str) -> str:
    share, low, high = (theme.percent(row[f"{name}_{each}"]) for each in ("share", "low", "high"))
    return f"{share} ({low} to {high})"


def _estimated(value: float, low: float, high: float) -> str:
    return f"{theme.number(value)} ({theme.number(low)} to {theme.number(high)})"


def _lead(hours: float) -> str:
    return f"{theme.duration(abs(hours))} {'before' if hours >= 0 else 'after'}"


def _points(row: dict[Any, Any]) -> str:
    """The difference in percentage points, with its interval."""
    value, low, high = (theme.signed(100 * row[name], 1) for name in ("difference", "low", "high"))
    return f"{value} ({low} to {high})"
