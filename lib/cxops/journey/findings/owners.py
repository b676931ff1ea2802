"""What a leader should know about who answers for the journey, and where it falls between."""

from math import nan

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.theme.formats import by_chance, number, percent, times

NOBODY_KNOWN = "The data set follows no journey map, so nobody is known to answer for a stage."


def owner_findings(owned: pd.DataFrame, owners: pd.DataFrame, effects: pd.DataFrame, cases: pd.DataFrame) -> Findings:
    """Stages without an owner, owners whose KPIs see one department, cases that somebody answers for, and change.

    Parameters
    ----------
    owned, owners, effects, cases : as `owned_stages`, `owners`, `owner_effects` and `owned_cases` give them.
    """
    if not (owned["status"] != "not on the map").any():
        return Findings(
            [Finding("journey.owned_stages", NOBODY_KNOWN, nan, "share", Verdict.UNKNOWN, "owned_stages_share")]
        )
    return Findings([owned_stages(owned), *reach(owners), *owned_cases(cases), *owner_change(effects)])


def owned_stages(owned: pd.DataFrame) -> Finding:
    """How many stages of the map have an owner, and the work in those that have none."""
    on_map = owned[owned["status"] != "not on the map"]
    gaps, stray = (owned[owned["status"] == status] for status in ("gap", "not on the map"))
    held, total = len(on_map) - len(gaps), len(on_map)
    text = f"{held} of {total} stages of the map have an owner."
    if len(gaps):
        text += f" Nobody answers for {', '.join(gaps['stage'])}."
    if len(stray):
        text += f" Stages of the log that are not on the map: {', '.join(stray['stage'])}."
    hours = float(pd.concat([gaps, stray])["touch_hours"].sum())
    if hours:
        text += f" {number(hours)} hours were worked there."
    key, kpi = "journey.owned_stages", "owned_stages_share"
    return Finding(
        key, text, held / total, "share", Verdict.COUNT, kpi, weight=hours, is_well=gaps.empty and stray.empty
    )


def reach(owners: pd.DataFrame) -> list[Finding]:
    """Owners whose KPIs do not see the journey from end to end."""
    if owners.empty:
        return []
    held = owners[owners["reach"] == "end-to-end"]
    text = f"{len(held)} of {len(owners)} owners have a KPI that sees more than one department."
    siloed, without = (", ".join(owners.loc[owners["reach"] == each, "role"]) for each in ("siloed", "no KPI"))
    text += f" The KPIs of {siloed} see one department only." if siloed else ""
    text += f" Without a KPI: {without}." if without else ""
    share = len(held) / len(owners)
    return [
        Finding(
            "journey.owner_reach", text, share, "share", Verdict.COUNT, "owners_end_to_end_share", is_well=share == 1
        )
    ]


def owned_cases(cases: pd.DataFrame) -> list[Finding]:
    """The share of logged cases that travel a journey for which somebody is accountable."""
    if cases.empty:
        return []
    row = cases.iloc[0]
    share, total = float(row["share"]), number(row["cases"])
    which = f"all {total}" if share == 1 else f"{number(row['owned'])} of {total} ({percent(share)})"
    text = f"For {which} cases somebody is accountable from end to end."
    return [
        Finding("journey.owned_cases", text, share, "share", Verdict.COUNT, "owned_cases_share", is_well=share == 1)
    ]


def owner_change(effects: pd.DataFrame) -> list[Finding]:
    """Whether cases stay longer or shorter in an owner's stages since the first day; the largest change of them."""
    tested = effects[effects["p_value"].notna()]
    if tested.empty:
        return []
    signals = tested[tested["is_signal"]]
    ranked = signals if len(signals) else tested
    row = ranked.sort_values("p_value", kind="stable").iloc[0]
    ratio, low, high = (float(row[name]) for name in ("ratio", "ratio_low", "ratio_high"))
    since = f"{row['role']} (since {row['since']:%Y-%m-%d})"
    typical = f"a typical case takes {times(ratio, low, high)} as long in the owner's stages as before"
    if signals.empty:
        text = f"No owner's first day was followed by a change that is more than noise; with {since}, {typical}."
        text += by_chance(low, high, 1.0)
    else:
        text = f"Since {since}, {typical}. What else changed at that time is in it."
        text += f" The same holds for {len(signals) - 1} more." if len(signals) > 1 else ""
    verdict = Verdict.NOISE if signals.empty else Verdict.SIGNAL
    hours = abs(float(row["hours_before"] - row["hours_after"])) * float(row["cases_after"]) if len(signals) else 0.0
    key, kpi, beside = "journey.owner_change", "owner_stage_time_ratio", "the time before the owner's first day"
    return [Finding(key, text, ratio, "times", verdict, kpi, low, high, beside, hours, str(row["id"]))]
