"""Answers that follow a known line, and slopes by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def scored() -> Callable[..., pd.DataFrame]:
    return _scored


@pytest.fixture(scope="session")
def slopes_of() -> Callable[..., pd.DataFrame]:
    return _slopes_of


def _scored(count: int = 400, slope: float = -0.3, seed: int = 1, per_customer: int = 2) -> pd.DataFrame:
    """Answers that follow a line on the doublings of the hours, with a shift for each customer and for a unit."""
    rng = np.random.default_rng(seed)
    customer = np.arange(count) // per_customer
    unit = np.where(rng.random(count) < 0.4, "North", "South")
    hours = rng.lognormal(1, 1, count) * np.where(unit == "North", 2.0, 1.0)
    noise = rng.normal(0, 0.5, count) + rng.normal(0, 0.5, count)[customer]
    ease = 6 + slope * np.log2(1 + hours) - 0.8 * (unit == "North") + noise
    frame = pd.DataFrame({"case_id": np.arange(count).astype(str), "customer_id": customer.astype(str), "unit": unit})
    return frame.assign(segment=None, wait_hours=hours, ces=ease, csat=4.0 + rng.normal(0, 1, count))


def _slopes_of(ces: float = -0.3, csat: float = np.nan, is_signal: bool = True) -> pd.DataFrame:
    """A slope for each score, with what else a page shows of it."""
    frame = pd.DataFrame(
        {"score": ["ces", "csat"], "asked": 100, "answered": 60, "answer_share": 0.6, "slope": [ces, csat]}
    )
    frame = frame.assign(answer_low=0.5, answer_high=0.7, at_once=6.0, slope_low=-0.4, slope_high=-0.2, p_value=0.001)
    return frame.assign(is_signal=[is_signal, False])
