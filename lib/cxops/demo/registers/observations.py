"""What observers of the demo organisation time, and what its systems know of fields typed."""

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.arrivals import level_arrivals
from cxops.demo.columns import moments, named, numbered
from cxops.demo.registers.voices import STEP_OF_ACTIVITY
from cxops.demo.setting import UNITS, Lognormal
from cxops.demo.truths import WASTE

CLASSES = ("value-adding", "necessary", "waste")
_ELEMENTS = (
    *("Listens to the customer", "Decides", "Explains"),
    *("Compares documents", "Records the result", "Asks for approval"),
    *("Types it again", "Looks for the file", "Waits for the system"),
)
"""Three for each class, in the order of `CLASSES`."""
_AGAIN = _ELEMENTS.index("Types it again")
_OBSERVED_PER_UNIT, _OBSERVERS, _SECONDS = 400, 6, Lognormal(40.0, 0.5)
_NECESSARY_SHARE = 0.4
"""Share of what is not waste."""
_RATINGS, _RATED_SHARE = (0.9, 0.95, 1.0, 1.05, 1.1), 0.9

SYSTEMS = ("CRM", "Archive", "Work orders")
_FIELDS = (
    *(("CRM", "postcode", 0, 0.9), ("CRM", "phone", 1, 0.9), ("CRM", "account_number", 2, 0.9)),
    *(("Archive", "postal_code", 0, 0.5), ("Archive", "account_no", 2, 0.5), ("Work orders", "zip", 0, 0.3)),
)
"""System, field, which of a case's three values it holds, and the share of cases in which it is typed."""
_TYPED_SHARE, _TYPO_SHARE, _ENTRY_SECONDS = 0.085, 0.03, Lognormal(6.0, 0.5)
_FIRST_MINUTES, _LATER_MINUTES = (1.0, 10.0), (60.0, 1_440.0)


def time_studies(rng: np.random.Generator) -> pd.DataFrame:
    """The canonical table `time_studies`: as many observations in each unit and step; time does not depend on class."""
    unit, step = (each.ravel() for each in np.meshgrid(range(len(UNITS)), range(_OBSERVED_PER_UNIT), indexing="ij"))
    step, count = step % len(STEP_OF_ACTIVITY), len(unit)
    observed = level_arrivals(rng, count)
    waste = setting.WASTE_SHARE + WASTE.size * WASTE.holds(unit, observed)
    is_useful = rng.random(count) >= waste
    value_class = np.where(is_useful, rng.random(count) < _NECESSARY_SHARE, CLASSES.index("waste")).astype(np.int64)
    element = value_class * 3 + rng.integers(0, 3, count)
    source = np.where(element == _AGAIN, rng.integers(0, len(SYSTEMS), count), -1)
    rating = np.asarray(_RATINGS)[rng.integers(0, len(_RATINGS), count)]
    return pd.DataFrame(
        {
            "observation_id": numbered("B", count),
            "unit": named(UNITS, unit),
            "step_id": named(tuple(STEP_OF_ACTIVITY.values()), step),
            "element": named(_ELEMENTS, element),
            "observed_at": moments(observed),
            "observer": named([f"W{number}" for number in range(_OBSERVERS)], rng.integers(0, _OBSERVERS, count)),
            "seconds": np.round(_SECONDS.draw(rng, count), 1),
            "rating": np.where(rng.random(count) < _RATED_SHARE, rating, np.nan),
            "value_class": named(CLASSES, value_class),
            "rekeyed_from": named(SYSTEMS, source),
        }
    )


def field_entries(rng: np.random.Generator, cases: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """The canonical table `field_entries`: what is typed for some cases, into the CRM and again into other systems."""
    case = np.flatnonzero(rng.random(len(cases)) < _TYPED_SHARE)
    value = rng.integers(0, 2**63, (len(case), 3))
    chance = np.array([share for *_, share in _FIELDS])
    which, field = np.nonzero(rng.random((len(case), len(_FIELDS))) < chance)
    count = len(which)
    is_first = np.array([system == SYSTEMS[0] for system, *_ in _FIELDS])[field]
    minutes = np.where(is_first, rng.uniform(*_FIRST_MINUTES, count), rng.uniform(*_LATER_MINUTES, count))
    entered = cases["opened"].to_numpy()[case[which]] + np.rint(minutes * 60).astype(np.int64)
    typed = value[which, np.array([position for _, _, position, _ in _FIELDS])[field]]
    typed = np.where(~is_first & (rng.random(count) < _TYPO_SHARE), rng.integers(0, 2**63, count), typed)
    rows = pd.DataFrame(
        {
            "unit": named(UNITS, cases["unit"].to_numpy()[case[which]]),
            "case_id": named(ids, case[which]),
            "system": named([system for system, *_ in _FIELDS], field),
            "field": named([name for _, name, *_ in _FIELDS], field),
            "value_hash": pd.Series([f"{each:016x}" for each in typed], dtype="str"),
            "entered_at": moments(entered),
            "seconds": np.round(_ENTRY_SECONDS.draw(rng, count), 1),
        }
    )[entered < setting.EXTRACT].sort_values("entered_at", kind="stable", ignore_index=True)
    rows.insert(0, "entry_id", numbered("N", len(rows)))
    return rows
