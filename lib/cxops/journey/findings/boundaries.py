"""What a leader should know about the passing points between stages."""

from math import nan

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.journey.ownership.boundaries import RARER, boundary_totals
from cxops.theme.formats import estimated, number, percent


def boundary_findings(boundaries: pd.DataFrame) -> Findings:
    """How much of the work passes where somebody has agreed to take it up, the grey zones, and what bounces.

    Parameters
    ----------
    boundaries : one row per passing point, as `boundaries` gives them.
    """
    return Findings([clear_boundaries(boundaries, boundary_totals(boundaries)), bounced_work(boundaries)])


def clear_boundaries(boundaries: pd.DataFrame, totals: pd.DataFrame) -> Finding:
    """The share of crossings at a registered passing point with one accepting team; the weight, hours in grey zones."""
    key, kpi = "journey.clear_boundaries", "clear_boundary_share"
    if totals.empty:
        why = "no passing point between stages is registered" if len(boundaries) else "no case changes stages"
        return Finding(
            key, f"Who takes work up between stages cannot be said: {why}.", nan, "share", Verdict.UNKNOWN, kpi
        )
    row = totals.iloc[0]
    share, low, high = (float(row[name]) for name in ("clear_share", "clear_share_low", "clear_share_high"))
    text = (
        f"{estimated(share, low, high)} of the {number(row['crossings'])} crossings between stages are at a passing "
        f"point where one team has agreed to take the work up{_taken_up(boundaries)}."
    )
    if row["grey_points"] and pd.isna(row["grey_hours"]):
        text += " The others are grey zones, with too few cases to say what happened there."
    elif row["grey_points"]:
        text += (
            f" The others are grey zones: {number(row['grey_hours'])} hours passed there until work began, and "
            f"{number(row['grey_bounced'])} crossings bounced."
        )
        worst = boundaries[boundaries["status"] == "grey zone"].iloc[0]
        if worst["from_stage"] != worst["to_stage"]:
            text += f" The one with most hours is from {worst['from_stage']} to {worst['to_stage']}."
    weight = float(row["grey_hours"]) if pd.notna(row["grey_hours"]) else 0.0
    return Finding(key, text, share, "share", Verdict.ESTIMATE, kpi, low, high, weight=weight)


def _taken_up(boundaries: pd.DataFrame) -> str:
    """How much of the work at those passing points the team that agreed to it does take up."""
    held = boundaries[(boundaries["status"] == "registered") & boundaries["accepting_team"].notna()]
    crossings, accepted = held["crossings"].sum(), held["accepted"].sum()
    return f"; that team takes up {percent(accepted / crossings)} of it, other teams the rest" if crossings else ""


def bounced_work(boundaries: pd.DataFrame) -> Finding:
    """The passing point with more bounced work than the others; of several the one with the most bounced.

    What is put together as `(rarer moves)` is no passing point: it is compared with, and never named.
    """
    key, kpi, others = "journey.bounced_work", "bounced_share", "all other passing points"
    tested = boundaries[boundaries["bounced_p_value"].notna()]
    if tested.empty:
        text = "Whether more work bounces at some passing point cannot be said: too little came straight back."
        return Finding(key, text, nan, "share", Verdict.UNKNOWN, kpi)
    signals = tested[tested["is_signal"] & (tested["from_stage"] != RARER)].sort_values(
        "bounced", ascending=False, kind="stable"
    )
    if signals.empty:
        share = float(tested["bounced"].sum() / tested["handed"].sum())
        text = f"No passing point was found to have more bounced work than the others: {percent(share)} over all."
        return Finding(key, text, share, "share", Verdict.NOISE, kpi)
    worst = signals.iloc[0]
    share, low, high = (float(worst[f"bounced_share{end}"]) for end in ("", "_low", "_high"))
    name = f"from {worst['from_stage']} to {worst['to_stage']}"
    rest = tested.drop(worst.name)
    elsewhere = percent(rest["bounced"].sum() / rest["handed"].sum())
    text = (
        f"Work bounces most {name}: of {number(worst['handed'])} crossings that changed teams, "
        f"{number(worst['bounced'])} came straight back, {estimated(share, low, high)}; elsewhere {elsewhere}."
    )
    text += f" Further passing points with more bounced work: {len(signals) - 1}." if len(signals) > 1 else ""
    hours = float(worst["bounced"]) * float(worst["wait_hours_p50"])
    return Finding(key, text, share, "share", Verdict.SIGNAL, kpi, low, high, others, hours, name)
