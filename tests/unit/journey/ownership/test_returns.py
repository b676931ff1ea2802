"""Returns by the stage that caused them: the matrix, rates, what no stage is named for, lots, carriers and changes."""

import pandas as pd
import pytest
from cxops import journey
from cxops.findings import Verdict
from cxops.journey.findings import return_findings
from scipy import stats

LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
START = pd.Timestamp("2025-01-01", tz="UTC")


def reasons(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["reason", "stage", "weight"]).astype({"reason": "str", "stage": "str"})


ONE_CAUSE = reasons(("crushed", "packing", None), ("late", "shipping", None), ("dead", "set-up", None))


def returned(**counts: int) -> pd.DataFrame:
    listed = [reason for reason, count in counts.items() for _ in range(count)]
    frame = pd.DataFrame({"reason": pd.Series(listed, dtype="str"), "cost": 2.0})
    names = pd.Series([f"O{number}" for number in range(len(frame))], dtype="str")
    return frame.assign(order_id=names, returned_at=START)


def by_stage(returns: pd.DataFrame, weights: pd.DataFrame, orders: int = 1000) -> pd.DataFrame:
    placed = pd.DataFrame({"order_id": range(orders)})
    return journey.returns_by_stage(journey.causes(returns, weights), placed, minimum_count=5).set_index("stage")


def test_c3_m4_b4_120_returns_60_packing_40_shipping_20_set_up_are_50_33_17_percent():
    stages = by_stage(returned(crushed=60, late=40, dead=20), journey.cause_weights(ONE_CAUSE))
    assert stages["returns_share"].to_dict() == pytest.approx({"packing": 0.5, "shipping": 1 / 3, "set-up": 1 / 6})
    assert stages["per_1000"].tolist() == [60.0, 40.0, 20.0]
    assert stages["cost"].tolist() == [120.0, 80.0, 40.0]
    assert stages["cumulative_share"].tolist() == pytest.approx([0.5, 5 / 6, 1.0])


def test_c3_m4_b4_a_rate_has_the_exact_interval_of_a_poisson_count():
    row = by_stage(returned(dead=10), journey.cause_weights(ONE_CAUSE)).loc["set-up"]
    # table of Poisson limits: 4.795 to 18.390 for a count of 10
    assert [row["per_1000_low"], row["per_1000_high"]] == pytest.approx([4.795, 18.390], abs=1e-3)
    low, high = row["per_1000_low"], row["per_1000_high"]
    assert stats.poisson.sf(9, low) == pytest.approx(0.025) and stats.poisson.cdf(10, high) == pytest.approx(0.025)


def test_c3_m4_b4_without_orders_there_is_no_rate():
    assert by_stage(returned(dead=10), journey.cause_weights(ONE_CAUSE), orders=0)["per_1000"].isna().all()


@pytest.mark.parametrize(
    ("given", "weights", "is_mended"),
    [
        ((None, None), [0.5, 0.5], False),
        ((0.7, 0.3), [0.7, 0.3], False),
        ((0.7, None), [0.7, 0.3], False),
        ((0.4, 0.4), [0.5, 0.5], True),
        ((1.0, 1.0), [0.5, 0.5], True),
        ((1.0, None), [1.0, 0.0], False),
        ((0.0, 0.0), [0.5, 0.5], True),
    ],
)
def test_c3_m4_b4_weights_of_a_reason_mapped_to_two_stages_sum_to_1(given, weights, is_mended):
    found = journey.cause_weights(reasons(("wet", "packing", given[0]), ("wet", "shipping", given[1])))
    assert found["weight"].tolist() == pytest.approx(weights)
    assert found["weight"].sum() == pytest.approx(1)
    assert found["is_mended"].tolist() == [is_mended] * 2


def test_c3_m4_b4_the_matrix_divides_returns_and_cost_by_the_weights():
    weights = journey.cause_weights(reasons(("wet", "packing", 0.75), ("wet", "shipping", None)))
    cells = journey.causes(returned(wet=8), weights)
    assert cells.to_numpy().tolist() == [["wet", "packing", 6.0, 12.0], ["wet", "shipping", 2.0, 4.0]]


def test_c3_m4_b4_an_unmapped_reason_is_listed_with_its_count():
    returns = returned(crushed=6, ugly=7, loud=3, pink=3)
    found = journey.unmapped_reasons(returns, journey.cause_weights(ONE_CAUSE), minimum_count=5)
    assert found.to_numpy().tolist() == [["ugly", 7, 14.0], ["(rarer)", 6, 12.0]]
    mapped = journey.causes(returns, journey.cause_weights(ONE_CAUSE))["returns"].sum()
    assert mapped + found["returns"].sum() == len(returns)


def shop(bad: int, good: int, orders: int = 400) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders by two carriers, of which so many came back crushed; and 10 of either came back late."""
    placed = pd.DataFrame({"order_id": [f"O{number}" for number in range(2 * orders)]})
    placed["carrier"] = ["Bad"] * orders + ["Good"] * orders
    placed["lot"] = None
    back = [*range(bad), *range(orders, orders + good)]
    crushed = pd.DataFrame({"order_id": [f"O{number}" for number in back], "reason": "crushed"})
    late = pd.DataFrame({"order_id": [f"O{number}" for number in [*range(10), *range(orders, orders + 10)]]})
    return placed, pd.concat([crushed, late.assign(reason="late")], ignore_index=True)


def test_c3_m4_b4_the_carrier_that_stands_out_is_named_with_the_stage():
    weights = journey.cause_weights(ONE_CAUSE)
    orders, returns = shop(40, 10)
    found = journey.returns_by_stratum(orders, returns, weights, "carrier", **LIMITS)
    named = found[found["is_signal"]].set_index(["stage", "stratum"])
    assert ("packing", "Bad") in named.index and ("shipping", "Bad") not in named.index
    row = named.loc[("packing", "Bad")]
    assert (row["trials"], row["events"], row["share"], row["rest_share"]) == (400, 40, 0.1, 0.025)
    exact = stats.fisher_exact([[40, 360], [10, 390]], alternative="greater").pvalue
    assert row["p_value"] == pytest.approx(2 * 3 * exact)  # Holm over two carriers, then three: any, packing, shipping


def test_c3_m4_b4_equal_carriers_and_orders_without_a_lot_name_nothing():
    weights = journey.cause_weights(ONE_CAUSE)
    orders, returns = shop(20, 20)
    assert not journey.returns_by_stratum(orders, returns, weights, "carrier", **LIMITS)["is_signal"].any()
    assert journey.returns_by_stratum(orders, returns, weights, "lot", **LIMITS).empty


def test_several_returns_of_one_order_count_once():
    orders, returns = shop(20, 20)
    twice = pd.concat([returns, returns])
    weights = journey.cause_weights(ONE_CAUSE)
    once, again = (journey.returns_by_stratum(orders, each, weights, "carrier", **LIMITS) for each in (returns, twice))
    pd.testing.assert_frame_equal(once, again)


@pytest.fixture
def redesigned() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """10 orders a day for 200 days; until day 100 every fifth comes back crushed after 5 days, then every tenth."""
    days = [day for day in range(200) for _ in range(10)]
    orders = pd.DataFrame({"order_id": [f"O{number}" for number in range(2000)]})
    orders["ordered_at"] = START + pd.to_timedelta(days, unit="D")
    back = [number for number, day in enumerate(days) if number % (5 if day < 100 else 10) == 0]
    returns = orders.iloc[back].assign(reason="crushed", cost=1.0)
    returns = returns.assign(returned_at=returns["ordered_at"] + pd.Timedelta(days=5)).drop(columns="ordered_at")
    changed = START + pd.Timedelta(days=100)
    changes = pd.DataFrame({"change_id": ["box"], "changed_at": [changed], "activities": "Packing; Label"})
    return orders, returns, changes


def test_c3_m4_b4_a_redesign_is_compared_before_and_since(redesigned):
    orders, returns, changes = redesigned
    weights = journey.cause_weights(ONE_CAUSE)
    row = journey.returns_redesigns(orders, returns, weights, changes, follow_up_days=10, **LIMITS).iloc[0]
    # before: days 0 to 90; since: days 100 to 194, ten days before the last return, of day 204
    assert (row["trials_before"], row["trials_after"]) == (910, 950)
    assert (row["share_before"], row["share_after"]) == (0.2, 0.1)
    assert row["difference_high"] < 0 and row["is_signal"]


def test_a_return_after_the_time_of_follow_up_does_not_count(redesigned):
    orders, returns, changes = redesigned
    weights = journey.cause_weights(ONE_CAUSE)
    row = journey.returns_redesigns(orders, returns, weights, changes, follow_up_days=4, **LIMITS).iloc[0]
    assert (row["events_before"], row["events_after"]) == (0, 0) and not row["is_signal"]


def test_a_change_that_names_no_stage_is_not_compared(redesigned):
    orders, returns, changes = redesigned
    weights = journey.cause_weights(ONE_CAUSE)
    other = changes.assign(activities="Repacking")
    found = journey.returns_redesigns(orders, returns, weights, other, follow_up_days=10, **LIMITS)
    assert found.empty and "is_signal" in found


def test_findings_of_returns(redesigned):
    weights = journey.cause_weights(ONE_CAUSE)
    orders, returns = shop(40, 10)
    lots, carriers = (journey.returns_by_stratum(orders, returns, weights, by, **LIMITS) for by in ("lot", "carrier"))
    stages = by_stage(returned(crushed=60, late=40), weights).reset_index()
    changed = journey.returns_redesigns(*redesigned[:2], weights, redesigned[2], follow_up_days=10, **LIMITS)
    found = return_findings(stages, pd.DataFrame({"returns": [7]}), lots, carriers, changed)
    by_key = {each.key: each for each in found}
    assert "packing causes 60.0 %" in by_key["journey.returns"].headline
    assert "For 7 more no stage is named" in by_key["journey.returns"].headline
    assert by_key["journey.returns_stratum"].subject == "Bad, packing"
    assert by_key["journey.returns_redesign"].verdict is Verdict.SIGNAL


def test_no_returns_give_a_finding_that_says_so():
    none = returned()
    weights = journey.cause_weights(reasons())
    stages = journey.returns_by_stage(journey.causes(none, weights), none, minimum_count=5)
    unmapped = journey.unmapped_reasons(none, weights, minimum_count=5)
    orders = pd.DataFrame({name: pd.Series(dtype="str") for name in ("order_id", "lot", "carrier")})
    orders["ordered_at"] = none["returned_at"]
    lots, carriers = (journey.returns_by_stratum(orders, none, weights, by, **LIMITS) for by in ("lot", "carrier"))
    changes = pd.DataFrame({name: pd.Series(dtype="str") for name in ("change_id", "changed_at", "activities")})
    changed = journey.returns_redesigns(orders, none, weights, changes, follow_up_days=10, **LIMITS)
    assert stages.empty and unmapped.empty and lots.empty and carriers.empty and changed.empty
    (finding,) = return_findings(stages, unmapped, lots, carriers, changed)
    assert finding.verdict is Verdict.UNKNOWN


def test_costs_that_nobody_recorded_are_a_gap_and_the_share_of_returns_is_told():
    returns = returned(crushed=30, late=10).assign(cost=None)
    stages = by_stage(returns, journey.cause_weights(ONE_CAUSE))
    assert stages["returns"].to_dict() == {"packing": 30, "shipping": 10}
    assert stages[["cost", "cost_share"]].isna().all(axis=None)
    none = pd.DataFrame(columns=["p_value", "is_signal", "returns"])
    said = return_findings(stages.reset_index(), none, none, none, none)[0].headline
    assert said.startswith("packing causes 75.0 % of the returns; what they cost is not known: 30.0 for 1,000 orders")
