"""Losses of the handoffs that add up to the total, their ranks and intervals, and which is a signal."""

import time

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.customers.answers import waits_by_case
from cxops.journey.customers.customer_cost import CustomerCost, customer_cost
from cxops.journey.customers.effort import effort_slopes
from cxops.journey.findings.customer_cost import customer_cost as finding


def waits_of(rows: list[tuple], **more: object) -> pd.DataFrame:
    """Waits of `(case, from, to, hours)`."""
    frame = pd.DataFrame(rows, columns=["case_id", "from_team", "to_team", "hours"])
    logs = np.log(frame["hours"].clip(lower=1 / 60))
    return frame.assign(customer_id="P" + frame["case_id"], handoffs=1, known=1, log_hours=logs, cost=10.0, **more)


def judged(waits: pd.DataFrame, *slow: tuple[str, str]) -> pd.DataFrame:
    pairs = waits[["from_team", "to_team"]].drop_duplicates()
    return pairs.assign(is_signal=[pair in slow for pair in pairs.itertuples(index=False, name=None)])


def costed(waits: pd.DataFrame, rows: pd.DataFrame, slopes: pd.DataFrame, *slow: tuple, **more) -> CustomerCost:
    given = {"minimum_count": 5, "resamples": 400, "rng": np.random.default_rng(3)} | more
    return customer_cost(waits, rows, slopes, judged(waits, *slow), **given)


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """400 cases by A to B and B to C, the latter 4 times as slow; answers as in `scored`, by the sum of both."""
    rng = np.random.default_rng(7)
    first, second = rng.lognormal(1, 1, 400), 4 * rng.lognormal(1, 1, 400)
    waits = waits_of(
        [(str(case), "A", "B", hours) for case, hours in enumerate(first)]
        + [(str(case), "B", "C", hours) for case, hours in enumerate(second)]
    )
    ease = 6 - 0.3 * np.log2(1 + first + second) + rng.normal(0, 0.7, 400)
    rows = pd.DataFrame({"case_id": [str(case) for case in range(400)], "unit": "North", "segment": None})
    rows = rows.assign(customer_id="P" + rows["case_id"], wait_hours=first + second, ces=ease, csat=4.0)
    return waits, rows


def test_the_losses_of_the_pairs_add_up_to_the_total_exactly(world, slopes_of):
    waits, rows = world
    found = costed(waits, rows, slopes_of()).pairs
    total = 0.3 * np.log2(1 + waits.groupby("case_id")["hours"].sum()).sum()
    assert found["ces_lost"].sum() == pytest.approx(total, rel=1e-12)


def test_a_case_shares_its_loss_by_hours_and_the_part_above_the_rest_follows_the_ratio(scored, slopes_of):
    # One case, 1 h and 3 h: log2(1 + 4) · 0.3 points, a quarter and three quarters of it. Ratios 1/3 and 3.
    waits = waits_of([("1", "A", "B", 1.0), ("1", "B", "C", 3.0)])
    found = costed(waits, scored(), slopes_of()).pairs.set_index("from_team")
    points = 0.3 * np.log2(5)
    assert found["ces_lost"].to_dict() == pytest.approx({"A": points / 4, "B": points * 3 / 4})
    assert found["ratio_to_rest"].to_dict() == pytest.approx({"A": 1 / 3, "B": 3.0})
    assert found["ces_above"].to_dict() == pytest.approx({"A": 0.0, "B": points * 3 / 4 * (1 - 1 / 3)})
    assert found["hours_above"].to_dict() == pytest.approx({"A": 0.0, "B": 2.0})
    assert found["rank"].to_dict() == {"A": 2, "B": 1}


def test_the_ratio_is_that_of_the_bottlenecks(scored, slopes_of):
    tables = demo.organisation(600, 2)
    table = ibis.memtable(tables["steps"].drop(columns="agent"))
    waits = waits_by_case(table, ibis.memtable(tables["cases"]), minimum_count=5).execute()
    ranked = journey.bottlenecks(
        journey.handoffs(table),
        minimum_count=5,
        alpha=0.01,
        material_ratio=1,
        permutations=199,
        rng=np.random.default_rng(1),
    )
    found = customer_cost(
        waits, scored(), slopes_of(), ranked, minimum_count=5, resamples=200, rng=np.random.default_rng(1)
    )
    both = found.pairs.merge(ranked, on=["from_team", "to_team"], suffixes=("", "_there")).dropna(
        subset="ratio_to_rest_there"
    )
    assert len(both) > 5
    for name in ("ratio_to_rest", "handoffs", "cases", "latency_hours_total"):
        assert both[name].tolist() == pytest.approx(both[f"{name}_there"].tolist())


def test_the_slow_pair_is_first_and_a_signal_only_if_slope_and_bottleneck_are(world):
    waits, rows = world
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    found = costed(waits, rows, slopes, ("B", "C"))
    first = found.pairs.iloc[0]
    assert first[["from_team", "to_team", "rank", "first_share", "is_signal"]].tolist() == ["B", "C", 1, 1.0, True]
    assert found.pairs["is_signal"].sum() == 1
    assert not costed(waits, rows, slopes).pairs["is_signal"].any()
    assert not costed(waits, rows, slopes.assign(is_signal=False), ("B", "C")).pairs["is_signal"].any()


def test_two_pairs_alike_are_not_told_apart(scored, slopes_of):
    rng = np.random.default_rng(11)
    pairs = [("A", "B"), ("B", "C"), ("C", "D")]
    hours = rng.lognormal(1, 1, (3, 300)) * np.array([[3.0], [3.0], [1.0]])
    waits = waits_of([(str(case), *pair, hours[at, case]) for at, pair in enumerate(pairs) for case in range(300)])
    rows = scored(600).assign(customer_id=lambda frame: "P" + frame["case_id"])
    found = costed(waits, rows, slopes_of(), *pairs)
    assert not found.pairs["is_signal"].any()
    assert (found.pairs["first_share"] < 0.95).all()
    assert found.pairs["first_share"].sum() == pytest.approx(1.0)


def test_where_waiting_costs_nothing_nothing_is_ranked(world):
    waits, rows = world
    helped = rows.assign(ces=lambda frame: 12 - frame["ces"])
    found = costed(waits, helped, effort_slopes(helped, minimum_count=5, alpha=0.01), ("B", "C"))
    assert found.pairs["rank"].isna().all() and not found.pairs["is_signal"].any()
    assert found.ranks.empty and (found.pairs["first_share"] == 0).all()


def test_the_interval_of_the_slope_in_the_points_is_that_of_the_cluster_robust_error(world):
    """One pair's points per case are the slope times its doublings: relative widths must agree, 400 draws, ± 15 %."""
    waits, rows = world
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    alone = waits[waits["from_team"] == "A"].assign(hours=2.0)
    found = costed(alone, rows, slopes).pairs.iloc[0]
    slope = slopes.iloc[0]
    drawn = (found["ces_per_case_high"] - found["ces_per_case_low"]) / found["ces_per_case"]
    assert drawn == pytest.approx((slope["slope_high"] - slope["slope_low"]) / -slope["slope"], rel=0.15)


def test_customers_are_drawn_with_all_their_cases(world):
    waits, rows = world
    few = waits.assign(customer_id="P" + (waits["case_id"].astype(int) // 10).astype(str))
    few_rows = rows.assign(customer_id="P" + (rows["case_id"].astype(int) // 10).astype(str))
    shifted = few_rows.assign(ces=few_rows["ces"] + np.random.default_rng(5).normal(0, 1, 40)[np.arange(400) // 10])
    wide = costed(few, shifted, effort_slopes(shifted, minimum_count=5, alpha=0.01)).pairs.iloc[0]
    narrow = costed(waits, shifted, effort_slopes(shifted, minimum_count=5, alpha=0.01)).pairs.iloc[0]
    assert wide["latency_hours_total"] == narrow["latency_hours_total"]
    assert wide["ces_above_high"] - wide["ces_above_low"] != pytest.approx(
        narrow["ces_above_high"] - narrow["ces_above_low"]
    )


def test_the_same_seed_gives_the_same_ranking_and_arguments_stay_as_they_were(world):
    waits, rows = world
    before = waits.copy(), rows.copy()
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    one, two = (costed(waits, rows, slopes, ("B", "C")) for _ in range(2))
    pd.testing.assert_frame_equal(one.pairs, two.pairs)
    pd.testing.assert_frame_equal(waits, before[0])
    pd.testing.assert_frame_equal(rows, before[1])


def test_money_is_only_what_was_spent_or_what_a_point_was_settled_to_be_worth(world, slopes_of):
    waits, rows = world
    plain, priced = costed(waits, rows, slopes_of()), costed(waits, rows, slopes_of(), money_per_effort_point=2.0)
    assert plain.pairs["money_above"].isna().all()
    assert priced.pairs["money_above"].tolist() == pytest.approx((2 * priced.pairs["ces_above"]).tolist())
    assert plain.pairs["cost_total"].tolist() == [4000.0, 4000.0]
    unknown = costed(waits.assign(cost=np.nan), rows, slopes_of())
    assert unknown.pairs["cost_total"].isna().all()


def test_rarer_pairs_are_counted_and_not_ranked(scored, slopes_of):
    rare = {"from_team": "(rarer pairs)", "to_team": "(rarer pairs)"}
    waits = waits_of([(str(case), "A", "B", 2.0 + case % 3) for case in range(50)] + [("50", *rare.values(), 500.0)])
    found = costed(waits, scored(), slopes_of()).pairs
    last = found.iloc[-1]
    assert last["from_team"] == "(rarer pairs)" and last["ces_lost"] > 0
    assert np.isnan(last["rank"]) and np.isnan(last["ratio_to_rest"])


@pytest.mark.parametrize("missing", ["waits", "answers", "both"])
def test_nothing_to_join_gives_gaps_with_the_same_columns(world, missing):
    waits, rows = world
    usual = costed(waits, rows, effort_slopes(rows, minimum_count=5, alpha=0.01))
    waits = waits.iloc[:0] if missing != "answers" else waits
    rows = rows.iloc[:0] if missing != "waits" else rows
    found = costed(waits, rows, effort_slopes(rows, minimum_count=5, alpha=0.01))
    assert found.pairs.columns.tolist() == usual.pairs.columns.tolist()
    assert found.ranks.columns.tolist() == usual.ranks.columns.tolist()
    assert found.ranks.empty and not found.pairs["is_signal"].any()
    assert finding(found).verdict is not Verdict.SIGNAL
    for figure in (charts.customer_cost_figure(found.pairs), charts.customer_cost_table(found.pairs, 5)):
        assert figure.caption


def test_a_thousand_resamples_take_less_than_a_second(scored):
    rng = np.random.default_rng(1)
    size, pairs = 17_000, [(f"T{a}", f"T{b}") for a in range(5) for b in range(5) if a != b]
    waits = waits_of(
        [(str(case), *pairs[rng.integers(20)], hours) for case, hours in enumerate(rng.lognormal(1, 1, size))]
    )
    rows = scored(3000).assign(customer_id=lambda frame: "P" + frame["case_id"])
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    start = time.perf_counter()
    costed(waits, rows, slopes, resamples=1000)
    assert time.perf_counter() - start < 3  # alone about 0.3 s; two cores shared with other tests
