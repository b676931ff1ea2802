"""How each step feels, in numbers: what the curve of the blueprint has no room for."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from cxops import theme
from cxops.journey.charts.blueprint import NO_MAP

_KPI = ("step_sentiment",)


def emotion_table(curve: pd.DataFrame, steps: pd.DataFrame) -> theme.Table:
    """Every step with its mean feeling and interval, or that there is no evidence of it.

    Parameters
    ----------
    curve : as `emotion` gives it.
    steps : one row per step of the map: step_id, stage, touchpoint, emotion (its source).
    """
    told = curve.merge(steps[["step_id", "stage", "touchpoint", "emotion"]], on="step_id", validate="one_to_one")
    records = told.to_dict("records")
    shown = pd.DataFrame(
        {
            "touchpoint": told["touchpoint"],
            "stage": told["stage"],
            "source": told["emotion"].fillna("none named").astype(str),
            "feeling": [_feeling(row) for row in records],
            "n": ["–" if pd.isna(row["n"]) else theme.number(row["n"]) for row in records],
            "mark": [_marks(row) for row in records],
        }
    )
    return theme.table(
        shown,
        caption="How each step feels, from −1 to 1" if len(shown) else NO_MAP,
        columns={
            "touchpoint": "Step",
            "stage": "Stage",
            "source": "Read from",
            "feeling": "Mean (95 % interval)",
            "n": "Remarks or answers",
            "mark": "On the curve",
        },
        kpis=_KPI,
        is_folded=True,
    )


def troughs_table(troughs: pd.DataFrame) -> theme.Table:
    """The troughs by volume: where most customers felt worse than on the whole journey."""
    shown = troughs.assign(
        feeling=[_feeling(row) for row in troughs.to_dict("records")],
        volume=troughs["volume"].astype(float),
    )
    return theme.table(
        shown,
        caption="Troughs by volume: how many felt how much worse than on the whole journey"
        if len(shown)
        else "No step was found to feel worse than the whole journey by more than noise.",
        columns={
            "touchpoint": "Step",
            "stage": "Stage",
            "feeling": "Mean (95 % interval)",
            "n": "Remarks or answers",
            "below": "Below the journey's mean",
            "volume": "Volume (remarks × points below)",
        },
        decimals={"below": 2, "volume": 0},
        kpis=_KPI,
    )


def _feeling(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["mean_sentiment"]):
        return str(row["evidence"])
    mean, low, high = (theme.signed(row[name], 2) for name in ("mean_sentiment", "lo", "hi"))
    return f"{mean} ({low} to {high})"


def _marks(row: dict[Hashable, Any]) -> str:
    return ", ".join(word for word in ("trough", "peak", "end") if row[f"is_{word}"])
