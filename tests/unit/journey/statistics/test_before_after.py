"""Before and after: the bounds by another formula, and events that begin from nothing."""

import math

import numpy as np
import pandas as pd
import pytest
from cxops.journey.statistics.before_after import before_after
from cxops.journey.statistics.completion import wilson

LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}


def changes(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["events_before", "trials_before", "events_after", "trials_after"])


def test_the_interval_is_newcombes_by_wilsons_bounds():
    row = before_after(changes((80, 400, 40, 400)), **LIMITS).iloc[0]
    (before_low, before_high), (after_low, after_high) = wilson(0.2, 400), wilson(0.1, 400)
    low = -0.1 - math.hypot(0.1 - after_low, before_high - 0.2)
    high = -0.1 + math.hypot(after_high - 0.1, 0.2 - before_low)
    assert row[["difference_low", "difference_high"]].tolist() == pytest.approx([low, high])


def test_what_never_happened_before_can_be_a_signal():
    row = before_after(changes((0, 100, 30, 100)), **LIMITS).iloc[0]
    assert row["ratio"] == np.inf and row["is_signal"]


def test_nothing_on_either_side_and_too_few_are_no_signal():
    found = before_after(changes((0, 100, 0, 100), (4, 4, 0, 100)), **LIMITS)
    assert found["ratio"].isna().all() and not found["is_signal"].any()
    assert found["p_value"].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
