"""What the demo organisation delivers: orders, disruptions that customers are told of, and what comes back."""

import numpy as np
import pandas as pd

from cxops.demo import customers, setting
from cxops.demo.arrivals import level_arrivals
from cxops.demo.columns import UNKNOWN, Codes, Reals, drawn, moments, named, numbered
from cxops.demo.setting import RETURN_REASONS, UNITS, Lognormal
from cxops.demo.truths import BAD_PACKING, TELLING_HELPS, TOLD_LATE

CARRIERS = ("Eastway", "Northline", "Southbound", "Westward")
_ORDERS_PER_CASE = 0.5
_LOTS_A_MONTH, _MONTHS = 2, 24
LOTS = tuple(
    f"{2024 + month // 12}-{month % 12 + 1:02d}-{letter}" for month in range(_MONTHS) for letter in "AB"[:_LOTS_A_MONTH]
)
_RETURNED_DAYS, _RETURN_COST = Lognormal(12.0, 0.5), Lognormal(20.0, 0.4)

DISRUPTIONS = ("Carrier delay", "Stock shortage", "Recall", "Storm")
PRODUCTS = ("Router", "Phone", "Screen")
_WEEKS = tuple(f"week of {np.datetime64('2024-01-01') + 7 * week}" for week in range(106))
_TOUCHED_SHARE, _NEEDED_SHARE = 0.10, 0.92
_TOLD_HOURS, _ASKED_HOURS, _ANSWERED_HOURS, _PROMISED_DAYS = (1.0, 24.0), (24.0, 72.0), (1.0, 24.0), (3.0, 10.0)
"""First notices go out within a day, before anybody asks: whether a customer is told first owes nothing to when he
would have asked. The others are told when they have asked, and those who never ask, one in three, never."""
_FIRST_AND_SECOND_DAY = 2 * 86_400


def orders(rng: np.random.Generator, people: pd.DataFrame, cases: int) -> pd.DataFrame:
    """One row per order in the order of time: unit, customer, lot and carrier as codes, ordered in seconds."""
    count = round(cases * _ORDERS_PER_CASE)
    unit = drawn(rng, setting.UNIT_SHARE, count)
    ordered = np.sort(level_arrivals(rng, count))
    return pd.DataFrame(
        {
            "unit": unit,
            "customer": customers.of_unit(rng, people, unit),
            "ordered": ordered,
            "lot": _month(ordered) * _LOTS_A_MONTH + rng.integers(0, _LOTS_A_MONTH, count),
            "carrier": drawn(rng, [1.0] * len(CARRIERS), count),
        }
    )


def order_table(placed: pd.DataFrame, ids: dict[str, list[str]]) -> pd.DataFrame:
    """The canonical table `orders`; identifiers of orders and customers under O and P."""
    return pd.DataFrame(
        {
            "order_id": ids["O"],
            "unit": named(UNITS, placed["unit"].to_numpy()),
            "customer_id": named(ids["P"], placed["customer"].to_numpy()),
            "ordered_at": moments(placed["ordered"].to_numpy()),
            "lot": named(LOTS, placed["lot"].to_numpy()),
            "carrier": named(CARRIERS, placed["carrier"].to_numpy()),
        }
    )


def returns(rng: np.random.Generator, placed: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """The canonical table `returns`: at most one per order."""
    unit, ordered, carrier = (placed[name].to_numpy() for name in ("unit", "ordered", "carrier"))
    below = _return_shares(unit, ordered, carrier).cumsum(axis=1)
    reason = (below <= rng.random((len(placed), 1))).sum(axis=1)
    came = ordered + np.rint(_RETURNED_DAYS.draw(rng, len(placed)) * 86_400).astype(np.int64)
    cost = np.round(_RETURN_COST.draw(rng, len(placed)), 2)
    back = np.flatnonzero((reason < len(RETURN_REASONS)) & (came < setting.EXTRACT))
    back = back[np.argsort(came[back], kind="stable")]
    return pd.DataFrame(
        {
            "return_id": numbered("R", len(back)),
            "unit": named(UNITS, unit[back]),
            "order_id": named(ids, back),
            "returned_at": moments(came[back]),
            "reason": named(tuple(RETURN_REASONS), reason[back]),
            "cost": cost[back],
        }
    )


def _return_shares(unit: Codes, ordered: Codes, carrier: Codes) -> Reals:
    """Chance that each order comes back for each reason."""
    usual = np.array([share for share, _ in RETURN_REASONS.values()])
    by_packing = np.array(
        [stages == (BAD_PACKING.where["return_reasons.stage"],) for _, stages in RETURN_REASONS.values()]
    )
    there = BAD_PACKING.holds(unit, ordered) & (carrier == CARRIERS.index(BAD_PACKING.where["orders.carrier"]))
    return np.asarray(usual * np.where(there[:, None] & by_packing, BAD_PACKING.size, 1.0))


def return_reasons() -> pd.DataFrame:
    """The canonical table `return_reasons`: each reason that somebody has placed, by each stage that causes it."""
    rows = [(reason, stage, 1 / len(stages)) for reason, (_, stages) in RETURN_REASONS.items() for stage in stages]
    return pd.DataFrame(rows, columns=["reason", "stage", "weight"])


def notices(rng: np.random.Generator, placed: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """The canonical table `notices`: what became of the orders of a month that a disruption touched in the next."""
    is_over = _month(placed["ordered"].to_numpy()) < _MONTHS - 1  # the last month's disruptions are not known yet
    touched = np.flatnonzero((rng.random(len(placed)) < _TOUCHED_SHARE) & is_over)
    unit, month = placed["unit"].to_numpy()[touched], _month(placed["ordered"].to_numpy()[touched])
    kind = drawn(rng, [1.0] * len(DISRUPTIONS), len(touched))
    disruption = (unit * _MONTHS + month) * len(DISRUPTIONS) + kind
    detected = _detected(rng)[disruption]
    promised = detected + _seconds(rng, _PROMISED_DAYS, len(touched), 86_400)
    needed = rng.random(len(touched)) < _NEEDED_SHARE
    told, asked = _told(rng, unit, detected, needed)
    week = (promised - setting.START) // (7 * 86_400)
    product = drawn(rng, [1.0] * len(PRODUCTS), len(touched))
    alike = tuple(f"{product}, {week}" for product in PRODUCTS for week in _WEEKS)
    rows = pd.DataFrame(
        {
            "disruption_id": named([f"D{code:04d}" for code in range(_disruptions())], disruption),
            "order_id": named(ids, touched),
            "unit": named(UNITS, unit),
            "disruption_type": named(DISRUPTIONS, kind),
            **{f"{name}_at": moments(at) for name, at in _named(detected, promised, told, asked).items()},
            "needed": needed,
            "matched_on": named(alike, product * len(_WEEKS) + week),
        }
    )
    return rows.sort_values(["disruption_id", "order_id"], ignore_index=True)


def _named(detected: Codes, promised: Codes, told: Codes, asked: Codes) -> dict[str, Codes]:
    return {"detected": detected, "promised": promised, "notified": told, "contacted": asked}


def _told(rng: np.random.Generator, unit: Codes, detected: Codes, needed: np.ndarray) -> tuple[Codes, Codes]:
    """When each customer was told and when he asked, `UNKNOWN` if never; nobody asks about an order that is fine."""
    count = len(unit)
    share = setting.TOLD_FIRST_SHARE + TOLD_LATE.size * TOLD_LATE.holds(unit, detected)
    first = ~needed | (rng.random(count) < share)
    helps = first & TELLING_HELPS.holds(unit, detected)
    asks = needed & (rng.random(count) < setting.ASKED_SHARE * np.where(helps, TELLING_HELPS.size, 1.0))
    told_first = detected + _seconds(rng, _TOLD_HOURS, count)
    would_ask = detected + _seconds(rng, _ASKED_HOURS, count)
    answered = np.where(asks, would_ask + _seconds(rng, _ANSWERED_HOURS, count), UNKNOWN)
    return np.where(first, told_first, answered), np.where(asks, would_ask, UNKNOWN)


def _detected(rng: np.random.Generator) -> Codes:
    """When each disruption of a unit, month and kind came to be known: in the first two days of the next month."""
    months = np.datetime64("2024-02", "M") + np.arange(_MONTHS)
    start = months.astype("datetime64[s]").astype(np.int64)
    start = np.broadcast_to(start[:, None], (len(UNITS), _MONTHS, len(DISRUPTIONS))).ravel()
    return start + rng.integers(0, _FIRST_AND_SECOND_DAY, _disruptions())


def _disruptions() -> int:
    return len(UNITS) * _MONTHS * len(DISRUPTIONS)


def _month(seconds: Codes) -> Codes:
    """Months since January 2024."""
    months = seconds.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months - np.datetime64("2024-01", "M").astype(np.int64))


def _seconds(rng: np.random.Generator, bounds: tuple[float, float], count: int, unit: int = 3_600) -> Codes:
    """Whole seconds, evenly between the bounds."""
    return np.asarray(np.rint(rng.uniform(*bounds, count) * unit), dtype=np.int64)
