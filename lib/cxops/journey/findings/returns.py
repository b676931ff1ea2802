"""What a leader should know about products that come back."""

from math import nan

import pandas as pd

from cxops.findings import Finding, Findings, Verdict
from cxops.theme.formats import by_chance, estimated, money, number, percent


def return_findings(
    by_stage: pd.DataFrame,
    unmapped: pd.DataFrame,
    lots: pd.DataFrame,
    carriers: pd.DataFrame,
    redesigns: pd.DataFrame,
) -> Findings:
    """The stage that causes most of the cost, the lot or carrier that stands out, and what a change did.

    Parameters
    ----------
    by_stage, unmapped, redesigns : as `returns_by_stage`, `unmapped_reasons` and `returns_redesigns` give them.
    lots, carriers : as `returns_by_stratum` gives them.
    """
    if by_stage.empty:
        text = "Which stage causes returns cannot be said: no return with a known cause is on record."
        return Findings([Finding("journey.returns", text, nan, "share", Verdict.UNKNOWN, "returns_cost")])
    return Findings(
        [costliest_stage(by_stage, unmapped), *stratum(pd.concat([lots, carriers])), *return_redesign(redesigns)]
    )


def costliest_stage(by_stage: pd.DataFrame, unmapped: pd.DataFrame) -> Finding:
    """The stage that causes most of what returns cost."""
    worst = by_stage.iloc[0]
    part, of_them = float(worst["cost_share"]), float(worst["returns_share"])
    text = f"{worst['stage']} causes {percent(part)} of what returns cost, {money(float(worst['cost']))}, with "
    text += f"{percent(of_them)} of them"
    if pd.isna(part):
        part, text = of_them, f"{worst['stage']} causes {percent(of_them)} of the returns; what they cost is not known"
    if pd.notna(worst["per_1000"]):
        low, high = number(worst["per_1000_low"], 1), number(worst["per_1000_high"], 1)
        text += f": {number(worst['per_1000'], 1)} for 1,000 orders (95 % interval {low} to {high})"
    unknown = float(unmapped["returns"].sum())
    text += f". For {number(unknown)} more no stage is named." if unknown else "."
    return Finding("journey.returns", text, part, "share", Verdict.COUNT, "returns_cost", subject=str(worst["stage"]))


def stratum(strata: pd.DataFrame) -> list[Finding]:
    """The lot or carrier of which more comes back than of the others, for the stage that causes it."""
    key, kpi = "journey.returns_stratum", "returned_orders_share"
    tested = strata[strata["p_value"].notna()].sort_values("p_value", kind="stable", ignore_index=True)
    if tested.empty:
        return []
    signals = tested[tested["is_signal"].astype(bool)]
    if signals.empty:
        text = "No lot and no carrier was found to have more returns than the others by more than noise."
        return [Finding(key, text, float(tested["share"].iloc[0]), "share", Verdict.NOISE, kpi)]
    with_cause_first = (signals["stage"] == "(any)").sort_values(kind="stable").index
    row = signals.loc[with_cause_first].iloc[0]
    share, low, high = (float(row[name]) for name in ("share", "share_low", "share_high"))
    cause = "" if row["stage"] == "(any)" else f" because of {row['stage']}"
    text = (
        f"More comes back{cause} with {row['stratum']}: of {number(row['trials'])} orders "
        f"{estimated(share, low, high)}, elsewhere {percent(row['rest_share'])}."
    )
    text += f" Others that stand out: {len(signals) - 1}." if len(signals) > 1 else ""
    name = f"{row['stratum']}, {row['stage']}"
    return [Finding(key, text, share, "share", Verdict.SIGNAL, kpi, low, high, "all others", 0.0, name)]


def return_redesign(redesigns: pd.DataFrame) -> list[Finding]:
    """What a change at a stage did to the orders that come back because of it: the clearest of them."""
    tested = redesigns[redesigns["p_value"].notna()]
    if tested.empty:
        return []
    row = tested.iloc[0]
    said = "was followed by" if row["is_signal"] else "was not shown to change returns;"
    text = (
        f"The change {row['change_id']} at {row['stage']} {said} {percent(row['share_after'])} of orders coming back "
        f"for that reason, {percent(row['share_before'])} before. What else changed at that time is in it."
    )
    verdict = Verdict.SIGNAL if row["is_signal"] else Verdict.NOISE
    value, low, high = (float(row[name]) for name in ("difference", "difference_low", "difference_high"))
    text += "" if row["is_signal"] else by_chance(low, high)
    key, kpi, name = "journey.returns_redesign", "returned_orders_share", f"{row['change_id']}, {row['stage']}"
    return [Finding(key, text, value, "share", verdict, kpi, low, high, "before", 0.0, name)]
