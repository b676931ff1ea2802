"""What waiting between teams costs customers: answers beside waits, slopes, losses that add up, and ranks."""

import sqlite3
import time

import ibis
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from cxops import demo, journey
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.customers.answers import asked_cases, waits_by_case
from cxops.journey.customers.customer_cost import CustomerCost, customer_cost
from cxops.journey.customers.effort import FEWEST_CUSTOMERS, answers_by_wait, clustered_slope, doublings, effort_slopes
from cxops.journey.findings.customer_cost import customer_cost as finding
from cxops.journey.statistics.ranking import rank_intervals, rank_probabilities, ranks, resample_counts

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
HOSTILE = '<script>alert("1")</script>'


def at(hour: float | None) -> pd.Timestamp:
    return pd.NaT if pd.isna(hour) else MIDNIGHT + pd.Timedelta(hours=hour)


def cases_of(*ids: str, customers: tuple[str | None, ...] = (), unit: str = "North", cost: float = 10.0) -> ibis.Table:
    frame = pd.DataFrame({"case_id": ids, "customer_id": list(customers) or [f"P{each}" for each in ids]})
    return ibis.memtable(frame.assign(unit=unit, stage="Intake", cost=cost).astype({"customer_id": "str"}))


def surveys_of(*rows: tuple) -> ibis.Table:
    """Invitations of `(invitation, case, answered, ces, csat)`, hours after midnight."""
    frame = pd.DataFrame(rows, columns=["invitation_id", "case_id", "answered_at", "ces", "csat"])
    frame["answered_at"] = pd.Series([at(each) for each in frame["answered_at"]], dtype="datetime64[us, UTC]")
    return ibis.memtable(frame.astype({"ces": float, "csat": float, "case_id": "str", "invitation_id": "str"}))


def customers_of(**segments: str) -> ibis.Table:
    frame = pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())})
    return ibis.memtable(frame.astype("str"))


@pytest.fixture
def steps(log) -> ibis.Table:
    """Case 1 waits 2 h from A to B and 4 h from B to C; case 2 never changes teams; case 3 waits an unknown time."""
    return log(
        ("1", "A", "active", 0, 1),
        ("1", "B", "active", 3, 4),
        ("1", "C", "active", 8, 9),
        ("2", "A", "active", 0, 1),
        ("3", "A", "active", 0, None),
        ("3", "B", "active", 5, 6),
        ("4", "A", "active", 0, 1),
        ("4", "B", "active", 8, 9),
    )


def asked(steps: ibis.Table, *rows: tuple, **segments: str) -> pd.DataFrame:
    tables = (cases_of("1", "2", "3", "4", "5"), surveys_of(*rows), customers_of(**(segments or {"P1": "Home"})))
    return asked_cases(steps, *tables).execute().set_index("case_id")


def test_an_answer_is_joined_to_the_hours_its_case_waited_until_then(steps):
    found = asked(steps, ("i", "1", 20, 3, 2), ("j", "2", 20, 7, 5))
    assert found["wait_hours"].to_dict() == {"1": 6.0, "2": 0.0}
    assert found.loc["1", ["ces", "csat", "segment", "customer_id"]].tolist() == [3.0, 2.0, "Home", "P1"]


def test_what_came_after_the_answer_does_not_count_and_a_wait_under_way_counts_so_far(steps):
    assert asked(steps, ("i", "1", 3.5, 3, 2))["wait_hours"].tolist() == [2.0]
    assert asked(steps, ("i", "1", 7, 3, 2))["wait_hours"].tolist() == [5.0]  # 2 h, and 3 of the 4 under way


def test_of_several_answers_the_latest_counts_whole(steps):
    found = asked(steps, ("i", "1", 10, 3, 2), ("j", "1", 12, None, 5), ("k", "1", None, 1, 1))
    assert len(found) == 1
    assert found.loc["1", "csat"] == 5 and np.isnan(found.loc["1", "ces"])


def test_a_case_whose_waiting_is_not_known_has_a_gap_and_one_without_steps_is_left_out(steps):
    found = asked(steps, ("i", "3", 20, 3, 2), ("j", "5", 20, 3, 2), ("k", "4", None, None, None))
    assert found.index.tolist() == ["3", "4"]
    assert found["wait_hours"].isna().all()  # unknown; and nobody answered
    assert found["answered_at"].notna().tolist() == [True, False]


def test_waits_are_summed_by_case_and_pair(steps):
    found = waits_by_case(steps, cases_of("1", "2", "3", "4"), minimum_count=1).execute()
    rows = found[["case_id", "from_team", "to_team", "handoffs", "known", "hours"]].values.tolist()
    expected = [
        ["1", "A", "B", 1, 1, 2.0],
        ["1", "B", "C", 1, 1, 4.0],
        ["3", "A", "B", 1, 0, 0.0],
        ["4", "A", "B", 1, 1, 7.0],
    ]
    assert rows == expected
    assert found["log_hours"].tolist() == pytest.approx([np.log(2), np.log(4), 0.0, np.log(7)])
    assert found["cost"].tolist() == [10.0] * 4


def test_sqlite_joins_answers_as_duckdb_does(tmp_path):
    tables = demo.organisation(800, 5)
    names = ["steps", "cases", "surveys", "customers"]
    frames = {name: tables[name].drop(columns=["agent", "verbatim"], errors="ignore") for name in names}
    frames = {
        name: frame.assign(
            **{c: frame[c].dt.tz_localize(None) for c in frame if isinstance(frame[c].dtype, pd.DatetimeTZDtype)}
        )
        for name, frame in frames.items()
    }
    with sqlite3.connect(tmp_path / "engine.db") as connection:
        for name, frame in frames.items():
            moments = [column for column in frame if column.endswith("_at")]
            frame.to_sql(name, connection, index=False, dtype=dict.fromkeys(moments, "TIMESTAMP"))
    connection.close()
    lite = ibis.sqlite.connect(tmp_path / "engine.db")
    duck = {name: ibis.memtable(frame) for name, frame in frames.items()}
    for measure in (
        lambda t: asked_cases(t["steps"], t["cases"], t["surveys"], t["customers"]).drop("answered_at"),
        lambda t: waits_by_case(t["steps"], t["cases"], minimum_count=5),
    ):
        found, expected = lite.to_pandas(measure({name: lite.table(name) for name in names})), measure(duck).execute()
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)
        assert len(expected) > 50


def scored(count: int = 400, slope: float = -0.3, seed: int = 1, per_customer: int = 2) -> pd.DataFrame:
    """Answers that follow a line on the doublings of the hours, with a shift for each customer and for a unit."""
    rng = np.random.default_rng(seed)
    customer = np.arange(count) // per_customer
    unit = np.where(rng.random(count) < 0.4, "North", "South")
    hours = rng.lognormal(1, 1, count) * np.where(unit == "North", 2.0, 1.0)
    noise = rng.normal(0, 0.5, count) + rng.normal(0, 0.5, count)[customer]
    ease = 6 + slope * np.log2(1 + hours) - 0.8 * (unit == "North") + noise
    frame = pd.DataFrame({"case_id": np.arange(count).astype(str), "customer_id": customer.astype(str), "unit": unit})
    return frame.assign(segment=None, wait_hours=hours, ces=ease, csat=4.0 + rng.normal(0, 1, count))


def test_the_slope_and_its_error_are_those_of_statsmodels():
    rows = scored().assign(doublings=lambda frame: doublings(frame["wait_hours"]))
    fit = smf.ols("ces ~ doublings + C(unit)", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["customer_id"].astype(int)}, use_t=True
    )
    found = effort_slopes(rows, minimum_count=5, alpha=0.01).iloc[0]
    assert found["slope"] == pytest.approx(fit.params["doublings"], rel=1e-9)
    assert found[["slope_low", "slope_high"]].tolist() == pytest.approx(
        fit.conf_int().loc["doublings"].tolist(), rel=1e-9
    )
    assert found["p_value"] == pytest.approx(2 * fit.pvalues["doublings"], rel=1e-6)  # Holm over two scores
    assert found["is_signal"]


def test_the_slope_by_hand():
    # x 0 1 2 3, y 1 1 3 3: slope Σ(x−1.5)(y−2) / Σ(x−1.5)² = 4 / 5.
    slope, error = clustered_slope(np.array([0.0, 1, 2, 3]), np.array([1.0, 1, 3, 3]), np.ones((4, 1)), np.arange(4))
    # residuals .2 −.6 .6 −.2; pulls −.3 .3 .3 −.3; √(4/3 · 3/2 · .36) / 5
    assert (slope, error) == pytest.approx((0.8, np.sqrt(2 * 0.36) / 5))


def test_units_that_differ_in_both_do_not_pass_for_a_slope():
    rows = scored(slope=0.0)
    assert abs(effort_slopes(rows, minimum_count=5, alpha=0.01)["slope"].iloc[0]) < 0.05
    assert effort_slopes(rows.assign(unit="all"), minimum_count=5, alpha=0.01)["slope"].iloc[0] < -0.08


def test_waits_that_go_wholly_with_the_unit_give_no_slope():
    rows = scored().assign(wait_hours=lambda frame: np.where(frame["unit"] == "North", 3.0, 1.0))
    found = effort_slopes(rows, minimum_count=5, alpha=0.01)
    assert found[["slope", "p_value"]].isna().all(axis=None) and not found["is_signal"].any()


def test_the_share_that_answered_is_told_with_its_interval():
    rows = scored(100)
    rows.loc[:39, ["ces", "csat"]] = np.nan
    rows.loc[40, "wait_hours"] = np.nan  # answered, but its waiting is not known
    found = effort_slopes(rows, minimum_count=5, alpha=0.01).iloc[0]
    assert found[["asked", "answered"]].tolist() == [100, 59]
    assert found["answer_low"] < found["answer_share"] == 0.59 < found["answer_high"]


def test_few_customers_give_no_slope():
    rows = scored(2 * FEWEST_CUSTOMERS - 2)
    assert effort_slopes(rows, minimum_count=5, alpha=0.01)["slope"].isna().all()
    assert effort_slopes(scored(2 * FEWEST_CUSTOMERS), minimum_count=5, alpha=0.01)["slope"].notna().all()


def waits_of(rows: list[tuple], **more: object) -> pd.DataFrame:
    """Waits of `(case, from, to, hours)`."""
    frame = pd.DataFrame(rows, columns=["case_id", "from_team", "to_team", "hours"])
    logs = np.log(frame["hours"].clip(lower=1 / 60))
    return frame.assign(customer_id="P" + frame["case_id"], handoffs=1, known=1, log_hours=logs, cost=10.0, **more)


def slopes_of(ces: float = -0.3, csat: float = np.nan, is_signal: bool = True) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"score": ["ces", "csat"], "asked": 100, "answered": 60, "answer_share": 0.6, "slope": [ces, csat]}
    )
    frame = frame.assign(answer_low=0.5, answer_high=0.7, at_once=6.0, slope_low=-0.4, slope_high=-0.2, p_value=0.001)
    return frame.assign(is_signal=[is_signal, False])


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


def test_the_losses_of_the_pairs_add_up_to_the_total_exactly(world):
    waits, rows = world
    found = costed(waits, rows, slopes_of()).pairs
    total = 0.3 * np.log2(1 + waits.groupby("case_id")["hours"].sum()).sum()
    assert found["ces_lost"].sum() == pytest.approx(total, rel=1e-12)


def test_a_case_shares_its_loss_by_hours_and_the_part_above_the_rest_follows_the_ratio():
    # One case, 1 h and 3 h: log2(1 + 4) · 0.3 points, a quarter and three quarters of it. Ratios 1/3 and 3.
    waits = waits_of([("1", "A", "B", 1.0), ("1", "B", "C", 3.0)])
    found = costed(waits, scored(), slopes_of()).pairs.set_index("from_team")
    points = 0.3 * np.log2(5)
    assert found["ces_lost"].to_dict() == pytest.approx({"A": points / 4, "B": points * 3 / 4})
    assert found["ratio_to_rest"].to_dict() == pytest.approx({"A": 1 / 3, "B": 3.0})
    assert found["ces_above"].to_dict() == pytest.approx({"A": 0.0, "B": points * 3 / 4 * (1 - 1 / 3)})
    assert found["hours_above"].to_dict() == pytest.approx({"A": 0.0, "B": 2.0})
    assert found["rank"].to_dict() == {"A": 2, "B": 1}


def test_the_ratio_is_that_of_the_bottlenecks():
    steps = demo.organisation(600, 2)["steps"].drop(columns="agent")
    table, cases = ibis.memtable(steps), cases_of(*steps["case_id"].unique())
    waits = waits_by_case(table, cases, minimum_count=5).execute()
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


def test_two_pairs_alike_are_not_told_apart():
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


def test_money_is_only_what_was_spent_or_what_a_point_was_settled_to_be_worth(world):
    waits, rows = world
    plain, priced = costed(waits, rows, slopes_of()), costed(waits, rows, slopes_of(), money_per_effort_point=2.0)
    assert plain.pairs["money_above"].isna().all()
    assert priced.pairs["money_above"].tolist() == pytest.approx((2 * priced.pairs["ces_above"]).tolist())
    assert plain.pairs["cost_total"].tolist() == [4000.0, 4000.0]
    unknown = costed(waits.assign(cost=np.nan), rows, slopes_of())
    assert unknown.pairs["cost_total"].isna().all()


def test_rarer_pairs_are_counted_and_not_ranked():
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


def test_resamples_draw_as_many_as_there_are_and_ranks_are_whole():
    drawn = resample_counts(50, 200, np.random.default_rng(1))
    assert (drawn.sum(axis=1) == 50).all() and drawn.mean() == 1
    assert drawn.var() == pytest.approx(1 - 1 / 50, rel=0.05)  # binomial (50, 1/50)
    found = ranks(np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0]]), np.array([[1.0, 1, 1], [1, 3, 2]]))
    assert found.tolist() == [[1, 3, 2], [3, 1, 2]]


def test_rank_probabilities_by_hand():
    drawn = np.array([[1, 2, 3], [1, 3, 2], [2, 1, 3], [1, 2, 3]])
    found = rank_probabilities(drawn, pd.DataFrame({"pair": list("xyz")}), resamples=4)
    table = found.pivot_table(index="pair", columns="rank", values="probability", fill_value=0)
    assert table.to_numpy().tolist() == [[0.75, 0.25, 0], [0.25, 0.5, 0.25], [0, 0.25, 0.75]]
    assert rank_intervals(drawn).tolist() == [[1.25, 1, 2], [2.0, 1, 3], [2.75, 2, 3]]


def test_a_thousand_resamples_take_less_than_a_second():
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


def test_bands_of_waiting_hold_enough_and_double():
    rows = scored(400)
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    found = answers_by_wait(rows, slopes, minimum_count=20).query("score == 'ces'")
    assert (found["answers"] >= 20).all() and found["answers"].sum() == 400
    assert found["hours_from"].iloc[0] == 0 and np.isinf(found["hours_until"].iloc[-1])
    assert found["hours_from"].iloc[1:].tolist() == found["hours_until"].iloc[:-1].tolist()
    assert set(np.log2(1 + found["hours_from"]) % 1) == {0.0}
    assert (found["low"] < found["mean"]).all() and (found["mean"] < found["high"]).all()
    assert answers_by_wait(rows.iloc[:3], slopes, minimum_count=5).empty


def lost(**more: object) -> CustomerCost:
    """A hand-made result: B to C first in 97 of 100 resamples."""
    row = {
        "from_team": "B",
        "to_team": "C",
        "handoffs": 40,
        "cases": 38,
        "latency_hours_total": 600.0,
        "hours_above": 450.0,
    }
    row |= {"cost_total": 900.0, "ratio_to_rest": 4.0, "money_above": np.nan, "rank": 1.0, "rank_mean": 1.03}
    row |= {"rank_low": 1.0, "rank_high": 2.0, "first_share": 0.97, "score": "ces", "is_signal": True}
    for score in ("ces", "csat"):
        row |= {f"{score}_lost": 20.0}
        row |= {
            f"{score}_{name}{end}": value
            for name in ("above", "per_case")
            for end, value in (("", 0.5), ("_low", 0.3), ("_high", 0.7))
        }
    pairs = pd.DataFrame([row | more])
    return CustomerCost(pairs, pd.DataFrame(), slopes_of(), "ces", 100)


def test_the_sentence_says_which_handoff_to_mend_first_and_how_sure_that_is():
    found = finding(lost())
    assert found.headline == (
        "For customers' sake, mend the handoff from B to C first: it kept 38 cases waiting 600 hours, 450 of them "
        "above what they would be if it were like the rest, and customers of those cases find it 0.50 points harder "
        "for that wait (95 %"
        " interval 0.30 to 0.70; ease, on the scale of 1 to 7). The probability that it costs customers "
        "most, beyond the rest, is 97.0 %. "
        "60.0 % of the 100 cases asked about count here; those who did not answer may feel otherwise."
    )
    assert (found.value, found.low, found.high, found.weight) == (0.5, 0.3, 0.7, 450.0)
    assert found.verdict is Verdict.SIGNAL and found.kpi == "effort_lost"


def test_without_a_sure_first_the_sentence_claims_none():
    found = finding(lost(is_signal=False, first_share=0.6))
    assert found.verdict is Verdict.NOISE and found.weight == 0
    assert (
        "At which handoff it costs them most cannot be told. The one from B to C is first with a probability of 60.0 %"
        in found.headline
    )
    silent = lost(is_signal=False)
    silent = finding(CustomerCost(silent.pairs, silent.ranks, slopes_of(is_signal=False), "ces", 100))
    assert silent.headline.startswith("Customers' answers were not found to be worse, by more than noise, the longer")


def test_without_answers_the_sentence_says_why():
    none = CustomerCost(pd.DataFrame(), pd.DataFrame(), slopes_of().assign(asked=0, slope=np.nan), "", 100)
    assert "`surveys` holds no invitation" in finding(none).headline
    few = CustomerCost(pd.DataFrame(), pd.DataFrame(), slopes_of().assign(slope=np.nan), "", 100)
    assert "too few customers answered" in finding(few).headline
    assert finding(few).verdict is finding(none).verdict is Verdict.UNKNOWN


def test_figures_state_the_numbers_and_escape_names():
    hostile = lost(from_team=HOSTILE).pairs
    figure, table = charts.customer_cost_figure(hostile), charts.customer_cost_table(hostile, 5)
    assert "0.50 points of ease (1 to 7) per case are lost with that (95 % interval 0.30 to 0.70)" in figure.caption
    assert "The probability that this costs customers most is 97.0 %" in figure.caption
    for html in (figure.html, table.html, charts.effort_slopes_table(slopes_of()).html):
        assert "<script>" not in html
    assert "worth" not in table.html.lower()
    assert "worth" in charts.customer_cost_table(lost(money_above=5.0).pairs, 5).html.lower()


def test_the_costliest_handoff_has_its_whole_name_and_its_numbers_on_a_phone():
    pairs = lost(from_team="Specialists", to_team="Field service", ces_above=841.0, first_share=1.0).pairs
    drawn = charts.customer_cost_figure(pairs).narrow
    assert ">Specialists → Field service<" in drawn
    assert ">841 · 100 %<" in drawn


def test_the_curve_says_the_slope_and_who_answered():
    rows = scored()
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    figure = charts.answers_by_wait_figure(answers_by_wait(rows, slopes, minimum_count=5), slopes, "ces")
    assert "more than noise" in figure.caption and "400 of 400 cases asked about count" in figure.caption
    nothing = charts.answers_by_wait_figure(answers_by_wait(rows.iloc[:0], slopes, minimum_count=5), slopes, "")
    assert "too few answers" in nothing.caption
