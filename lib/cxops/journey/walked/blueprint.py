"""The journey map with what the log and the customers say about it: all that its drawing shows, in one frame."""

from typing import Any

import numpy as np
import pandas as pd

FELT = ["mean_sentiment", "lo", "hi", "journey_mean", "is_trough", "is_peak", "is_end", "evidence"]
_DRAWN = [
    *("phase", "stage", "step_id", "touchpoint", "channel", "front_stage", "back_stage", "team", "queue", "systems"),
    *("owner", "promised", "delay_h", "is_slowest", *FELT),
]


def blueprint(
    stages: pd.DataFrame, steps: pd.DataFrame, owners: pd.DataFrame, curve: pd.DataFrame, delays: pd.DataFrame
) -> pd.DataFrame:
    """One row per step of the map in its order; a stage without steps has one row, in which the step is empty.

    Parameters
    ----------
    stages, steps, owners : the map's frames: of stages in order, of steps in order, and of owners with their roles.
    curve : one row per step: how it feels, as `emotion` gives it.
    delays : one row per pair of stages, as `stage_delays` gives it, of which those with too few passes are left out.

    Returns
    -------
    phase, stage, step_id, touchpoint, channel, front_stage, back_stage, team, queue, systems (all text), owner (the
    role), promised (in words), delay_h (median hours on the way from the stage drawn before; a gap where nobody goes
    that way), is_slowest (the longest of these, if any is above 0), and from the curve mean_sentiment, lo, hi,
    journey_mean, is_trough, is_peak, is_end, evidence.
    """
    before = stages["stage"].shift()
    medians = {(one, other): hours for one, other, hours in delays[["from_stage", "to_stage", "p50_h"]].values}
    hours: list[float] = [medians.get(pair, np.nan) for pair in zip(before, stages["stage"], strict=True)]
    drawn = stages[["stage", "phase", "owner", "promised"]].assign(
        delay_h=hours,
        owner=stages["owner"].map(dict(zip(owners["id"], owners["role"], strict=True))).fillna(""),
    )
    drawn = drawn.astype({"delay_h": "float64"})
    drawn["is_slowest"] = drawn["delay_h"].gt(0) & drawn["delay_h"].eq(drawn["delay_h"].max())
    rows = drawn.merge(steps.drop(columns=["phase", "position"]), on="stage", how="left", validate="one_to_many")
    rows = rows.merge(curve[["step_id", *FELT]], on="step_id", how="left", validate="many_to_one")
    rows = rows.assign(systems=rows["systems"].map(_listed), evidence=rows["evidence"].fillna("no evidence"))
    flags = {name: rows[name].eq(True) for name in ("is_trough", "is_peak", "is_end")}
    texts = ["step_id", "touchpoint", "channel", "front_stage", "back_stage", "team", "queue", "promised"]
    return rows.assign(**flags, **{name: rows[name].fillna("").astype(str) for name in texts})[_DRAWN]


def _listed(names: Any) -> str:
    return ", ".join(names) if isinstance(names, tuple | list) else ""
