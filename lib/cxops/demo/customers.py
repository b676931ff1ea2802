"""The customers of the demo organisation."""

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.columns import Codes, drawn, named
from cxops.demo.setting import Lognormal

PER_CASE = 0.5
"""Customers per case: each has two cases on average."""
_LIFETIME_VALUE = (Lognormal(400.0, 0.7), Lognormal(900.0, 0.7), Lognormal(2_000.0, 0.7))
"""By tier, in the organisation's currency."""
_CHURN = (2.0, 12.0)
"""Parameters of the beta distribution of churn risk: mean 1/7."""
_CONSENT_SHARE = 0.85


def codes(rng: np.random.Generator, cases: int) -> pd.DataFrame:
    """One row per customer: unit, segment and tier as codes, value, risk and consent."""
    count = max(len(setting.UNITS), round(cases * PER_CASE))
    unit = np.sort(np.concatenate([np.arange(4), drawn(rng, setting.UNIT_SHARE, count - 4)]))
    tier = drawn(rng, setting.TIER_SHARE, count)
    median = np.array([each.median for each in _LIFETIME_VALUE])[tier]
    return pd.DataFrame(
        {
            "unit": unit,
            "segment": drawn(rng, setting.SEGMENT_SHARE, count),
            "tier": tier,
            "lifetime_value": np.round(median * np.exp(_LIFETIME_VALUE[0].sigma * rng.standard_normal(count)), 2),
            "churn_risk": np.round(rng.beta(*_CHURN, count), 3),
            "consent": rng.random(count) < _CONSENT_SHARE,
        }
    )


def table(customers: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """The canonical table `customers`."""
    columns = {
        "customer_id": ids,
        "unit": named(setting.UNITS, customers["unit"].to_numpy()),
        "segment": named(setting.SEGMENTS, customers["segment"].to_numpy()),
        "tier": named(setting.TIERS, customers["tier"].to_numpy()),
    }
    return pd.DataFrame(columns | {name: customers[name] for name in ("lifetime_value", "churn_risk", "consent")})


def of_unit(rng: np.random.Generator, customers: pd.DataFrame, units: Codes) -> Codes:
    """For each unit code given, one of that unit's customers, all equally likely."""
    first = np.searchsorted(customers["unit"], np.arange(len(setting.UNITS)))
    count = np.bincount(customers["unit"], minlength=len(setting.UNITS))
    return np.asarray(first[units] + (rng.random(len(units)) * count[units]).astype(np.int64))
