"""Why products come back: the stage that caused it, what it cost, and which lot or carrier stands out."""

from typing import Any

import pandas as pd

from cxops import theme
from cxops.journey.charts.audits import before_after_table

NO_RETURNS = "No evidence: the register `returns` holds nothing for this unit and quarter."
NO_CAUSES = "No evidence: the register `return_reasons` names no stage for any reason of these returns."
_ROWS = 8


def returns_table(returns: pd.DataFrame, orders: pd.DataFrame) -> theme.Table:
    """How many orders and returns the register holds, and what the returns cost."""
    shown = pd.DataFrame({"what": ["Orders", "Returns", f"Cost of returns, {theme.currency()}"]})
    shown["count"] = [len(orders), len(returns), returns["cost"].astype("float64").sum(min_count=1)]
    return theme.table(
        shown if len(returns) else shown.head(0),
        caption="Orders and returns in this unit and quarter" if len(returns) else NO_RETURNS,
        columns={"what": "What", "count": "In all"},
        decimals={"count": 0},
    )


def returns_by_stage(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of what returns cost, by the stage that caused them, the most first."""
    if frame.empty:
        return theme.message(NO_CAUSES, width=width)
    shown = frame.head(_ROWS)
    shown = shown.assign(text=[_beside(row) for row in shown.to_dict("records")])
    unit = f"Cost of returns in {theme.currency()}; returns for 1,000 orders, with 95 % interval."
    heading = theme.title(_headline(frame), unit, width)
    return theme.bars(shown, label="stage", value="cost", text="text", heading=heading, width=width)


def returns_by_stage_figure(by_stage: pd.DataFrame, returns: pd.DataFrame) -> theme.Figure:
    """Returns by the stage that caused them, with the costliest in words."""
    if by_stage.empty:
        said = NO_RETURNS if returns.empty else NO_CAUSES
        return theme.figure(returns_by_stage, by_stage, caption=said, alt=said)
    parts = ", ".join(
        f"{row['stage']} {theme.percent(row['returns_share'])}" for row in by_stage.head(_ROWS).to_dict("records")
    )
    worst = by_stage.iloc[0]
    rate = "" if pd.isna(worst["per_1000"]) else f", {_rate(worst.to_dict())} for 1,000 orders"
    caption = (
        f"{_headline(by_stage)}: {theme.money(worst['cost'])} for {theme.number(worst['returns'])} returns{rate}. "
        f"Of the returns with a known cause: {parts}."
    )
    alt = f"Bars of cost by stage. {caption}"
    return theme.figure(returns_by_stage, by_stage, caption=caption, alt=alt, kpis=("returns_per_1000", "returns_cost"))


def _headline(by_stage: pd.DataFrame) -> str:
    worst = by_stage.iloc[0]
    if pd.isna(worst["cost_share"]):
        return f"{worst['stage']} causes {theme.percent(worst['returns_share'])} of the returns; costs are not known"
    return f"{worst['stage']} causes {theme.percent(worst['cost_share'])} of what returns cost"


def _beside(row: dict[Any, Any]) -> str:
    return theme.compact(row["cost"]) + ("" if pd.isna(row["per_1000"]) else f"; {_rate(row)}")


def _rate(row: dict[Any, Any]) -> str:
    value, low, high = (theme.number(row[name], 1) for name in ("per_1000", "per_1000_low", "per_1000_high"))
    return f"{value} ({low} to {high})"


def return_causes_table(causes: pd.DataFrame, weights: pd.DataFrame, rows: int, *, minimum_count: int) -> theme.Table:
    """The cause-stage matrix: reasons with the stages that cause them; what few returns stand behind is left out."""
    shown = causes.groupby("reason")["returns"].transform("sum")
    listed = causes[shown >= minimum_count]
    weight = weights.set_index(["reason", "stage"])["weight"]
    listed = listed.assign(weight_share=[weight[pair] for pair in zip(listed["reason"], listed["stage"], strict=True)])
    mended = weights.loc[weights["is_mended"], "reason"].nunique()
    caption = f"Reasons and the stages that cause them: {min(rows, len(listed))} of {len(listed)}"
    said = f"; weights that did not add up to 1 were scaled for {mended} reasons" if mended else ""
    left = causes.loc[shown < minimum_count, "reason"].nunique()
    rare = f"; {left} reasons with too few returns to show" if left else ""
    return theme.table(
        listed.head(rows),
        caption=f"{caption}{said}{rare}" if len(listed) else NO_CAUSES,
        columns={
            "reason": "Reason",
            "stage": "Stage",
            "weight_share": "Of its returns",
            "returns": "Returns",
            "cost": f"Cost, {theme.currency()}",
        },
        decimals={"weight_share": 0, "returns": 0, "cost": 0},
        kpis=("returns_cost",),
        is_folded=True,
    )


def unmapped_table(unmapped: pd.DataFrame, returns: pd.DataFrame) -> theme.Table:
    """Reasons for which no stage is named."""
    count = unmapped["returns"].sum()
    said = f"Reasons that no stage is named for: {theme.number(count)} of {theme.number(len(returns))} returns"
    return theme.table(
        unmapped.astype({"returns": "float64"}),
        caption=NO_RETURNS if returns.empty else said if count else "Every reason has a stage that causes it",
        columns={"reason": "Reason", "returns": "Returns", "cost": f"Cost, {theme.currency()}"},
        decimals={"returns": 0, "cost": 0},
        is_folded=True,
    )


def strata_table(strata: pd.DataFrame, rows: int, *, by: str) -> theme.Table:
    """Lots, or carriers, with the share of their orders that came back, the most striking first."""
    tested = strata[strata["p_value"].notna()]
    found = tested[tested["is_signal"]]
    records = tested.head(max(len(found), min(rows, 5))).to_dict("records")
    shown = pd.DataFrame(
        {
            "name": [f"{row['stratum']}, {row['stage']}" for row in records],
            "rate": [theme.estimated(row["share"], row["share_low"], row["share_high"]) for row in records],
            "rest": [theme.percent(row["rest_share"]) for row in records],
            "verdict": ["stands out" if row["is_signal"] else "does not stand out" for row in records],
        },
        columns=["name", "rate", "rest", "verdict"],
    )
    caption = f"{len(found) or 'No'} of {len(tested)} {by}s, by stage that caused the return, stand out"
    return theme.table(
        shown,
        caption=f"{caption}; the most striking first" if len(tested) else f"No evidence: too few orders name a {by}.",
        columns={
            "name": f"{by.title()}, stage",
            "rate": "Orders that came back",
            "rest": "Elsewhere",
            "verdict": "Verdict",
        },
        kpis=("returned_orders_share",),
        is_folded=len(found) == 0,
    )


def returns_redesigns_table(redesigns: pd.DataFrame, rows: int, *, follow_up_days: int) -> theme.Table:
    """Orders that came back before and since a change at the stage that causes it."""
    listed = redesigns.head(rows)
    names = [f"{row['change_id']} ({row['changed_at']:%Y-%m-%d}), {row['stage']}" for row in listed.to_dict("records")]
    return before_after_table(
        listed.assign(name=names),
        caption=f"Orders that came back within {follow_up_days} days, before a change at the stage and since"
        if len(redesigns)
        else "No evidence: the register `changes` names no stage that causes returns.",
        head="Change",
        kpi="returned_orders_share",
    )
