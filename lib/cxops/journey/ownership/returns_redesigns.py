"""What changes at a stage did to the orders that come back because of it."""

from typing import Any

import pandas as pd

from cxops.journey.ownership.returns import main_causes
from cxops.journey.statistics.before_after import before_after

_COUNTS = [f"{what}_{side}" for side in ("before", "after") for what in ("events", "trials")]


def returns_redesigns(
    orders: pd.DataFrame,
    returns: pd.DataFrame,
    weights: pd.DataFrame,
    changes: pd.DataFrame,
    *,
    follow_up_days: int,
    minimum_count: int,
    alpha: float,
    material_ratio: float,
) -> pd.DataFrame:
    """One row per change to a stage that causes returns: orders that came back because of it, before and since.

    Parameters
    ----------
    orders : one row per order; needs order_id, ordered_at.
    returns : one row per return; needs order_id, returned_at, reason.
    weights : as `cause_weights` gives them. A return counts for the stage that causes more than half of its reason.
    changes : one row per change; needs change_id, changed_at, activities (with semicolons between): a change touches a
        stage whose name is one of its activities, whatever the case of the letters.
    follow_up_days : days after an order in which a return counts.
    minimum_count, alpha, material_ratio : see `before_after`.

    Returns
    -------
    change_id, stage, changed_at, then the columns of `before_after`: trials are orders, events those with a return.

    Notes
    -----
    Every order is followed for the same time. An order whose time was not over when the last order or return was
    recorded is left out, and so is one that the change fell into the time of: it belongs to neither side. Before
    reaches back to the change before at the same stage, since reaches on to the next.
    """
    main = main_causes(weights)
    touched = _touched(changes, sorted(set(main.values())))
    window = pd.Timedelta(days=follow_up_days)
    last = pd.concat([orders["ordered_at"], returns["returned_at"]]).max()
    followed = orders[orders["ordered_at"] + window <= last]
    back = returns.assign(stage=returns["reason"].map(main))[["order_id", "returned_at", "stage"]].dropna()
    back = back.merge(followed[["order_id", "ordered_at"]], on="order_id", validate="many_to_one")
    back = back[back["returned_at"] <= back["ordered_at"] + window]
    rows = [row | _sides(followed, back[back["stage"] == row["stage"]], row, window) for row in touched]
    found = pd.DataFrame(rows, columns=["change_id", "stage", "changed_at", *_COUNTS])
    told = before_after(found, minimum_count=minimum_count, alpha=alpha, material_ratio=material_ratio)
    return told.sort_values(["p_value", "change_id", "stage"], ignore_index=True)


def _touched(changes: pd.DataFrame, stages: list[str]) -> list[dict[str, Any]]:
    """One entry per change and stage it touched, with the changes of the same stage right before and after."""
    named = changes.sort_values("changed_at", kind="stable").to_dict("records")
    entries = []
    for stage in stages:
        those = [row for row in named if stage.casefold() in _activities(str(row["activities"]))]
        moments = [pd.Timestamp.min.tz_localize("UTC"), *(row["changed_at"] for row in those)]
        moments.append(pd.Timestamp.max.tz_localize("UTC"))
        for at, row in enumerate(those, 1):
            kept = {"change_id": row["change_id"], "stage": stage, "changed_at": row["changed_at"]}
            entries.append(kept | {"earlier": moments[at - 1], "later": moments[at + 1]})
    return entries


def _activities(text: str) -> set[str]:
    return {each.strip().casefold() for each in text.split(";")}


def _sides(followed: pd.DataFrame, back: pd.DataFrame, change: dict[str, Any], window: pd.Timedelta) -> dict[str, int]:
    """Orders on either side of a change, and those of them of which something came back."""
    ordered, changed = followed["ordered_at"], change["changed_at"]
    sides = {
        "before": (ordered >= change["earlier"]) & (ordered + window <= changed),
        "after": (ordered >= changed) & (ordered < change["later"]),
    }
    came_back = followed["order_id"].isin(back["order_id"])
    return {
        f"{what}_{side}": int((is_inside & (came_back | (what == "trials"))).sum())
        for side, is_inside in sides.items()
        for what in ("events", "trials")
    }
