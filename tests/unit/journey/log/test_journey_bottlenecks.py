"""The tests that say whether a pair of teams, or a team, differs from the rest."""

from itertools import permutations as orders

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops.journey import bottlenecks, excess
from cxops.journey.log.handoffs import RARER
from cxops.journey.statistics.excess import by_stake
from cxops.journey.statistics.exchange import adjusted_p_values
from scipy import stats

LIMITS = {"minimum_count": 5, "alpha": 0.05, "material_ratio": 1.0}


def table(rows: list[tuple[str, int, str, str, float | None]]) -> ibis.Table:
    columns = ["case_id", "handoff_seq", "from_team", "to_team", "latency_hours"]
    frame = pd.DataFrame(rows, columns=columns).assign(stage="Diagnosis")
    weeks = pd.to_timedelta(
        7 * pd.factorize(frame["case_id"], sort=True)[0], unit="D"
    )  # each case in a week of its own
    return ibis.memtable(frame.assign(handed_at=pd.Timestamp("2000-01-03", tz="UTC") + weeks))


def judged(rows, seed: int = 1, permutations: int = 199, **limits) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return bottlenecks(table(rows), **LIMITS | limits, permutations=permutations, rng=rng)


def noise(seed: int, cases: int = 80) -> list[tuple[str, int, str, str, float]]:
    """Cases that bounce between two of four teams, with latencies that depend on the case and on nothing else."""
    rng = np.random.default_rng(seed)
    rows = []
    for case in range(cases):
        own, pair = rng.normal(0, 2), rng.permutation(4)[:2]
        for number in range(1, 1 + int(rng.integers(1, 9))):
            sender, receiver = pair if number % 2 else pair[::-1]
            rows.append((str(case), number, f"T{sender}", f"T{receiver}", float(np.exp(1 + own + rng.normal()))))
    return rows


def test_a_slow_pair_is_named_and_its_ratio_is_that_of_the_geometric_means():
    # A → B: 8 h in ten cases; C → D: 2 h in ten cases, jittered by the same factors: the ratio is 4.
    jitter = [0.5, 2.0] * 5
    rows = [(f"a{n}", 1, "A", "B", 8.0 * j) for n, j in enumerate(jitter)]
    rows += [(f"c{n}", 1, "C", "D", 2.0 * j) for n, j in enumerate(jitter)]
    found = judged(rows).set_index("from_team")
    assert found.loc["A", "ratio_to_rest"] == pytest.approx(4.0)
    assert found.loc["C", "ratio_to_rest"] == pytest.approx(0.25)
    assert found["is_signal"].to_dict() == {"A": True, "C": False}
    # One handoff a case: the squared error of the difference of means is Σ(y − mean)² / n² on both sides, times 10 / 9.
    error = np.log(2) * np.sqrt(10 / 100 + 10 / 100) * np.sqrt(10 / 9)
    margin = stats.t.ppf(0.975, 9) * error
    assert found.loc["A", "ratio_low"] == pytest.approx(4 * np.exp(-margin))
    assert found.loc["A", "ratio_high"] == pytest.approx(4 * np.exp(margin))


def test_a_latency_under_a_minute_counts_as_a_minute_in_the_ratio_only():
    rows = [(f"a{n}", 1, "A", "B", 1.0) for n in range(6)] + [(f"c{n}", 1, "C", "D", 0.0) for n in range(6)]
    found = judged(rows).set_index("from_team")
    assert found.loc["A", "ratio_to_rest"] == pytest.approx(60)
    assert found.loc["C", "latency_hours_total"] == 0.0


def test_rare_pairs_and_unknown_latencies_are_counted_and_not_tested():
    rows = [(f"a{n}", 1, "A", "B", 1.0 + n) for n in range(6)]
    rows += [(f"b{n}", 1, "B", "C", None if n else 3.0) for n in range(6)]  # enough cases, one known latency
    rows += [(f"c{n}", 1, "C", "D", 2.0) for n in range(4)]
    rows += [("d", 1, "D", "A", 4.0)]
    found = judged(rows).set_index("from_team")
    assert sorted(found.index) == [RARER, "A", "B"]
    assert found["handoffs"].sum() == 17
    assert found["latency_hours_total"].sum() == 21 + 3 + 8 + 4
    assert found.loc["A", ["ratio_to_rest", "p_value"]].notna().all()
    assert found.loc[["B", RARER], ["ratio_to_rest", "ratio_low", "ratio_high", "p_value"]].isna().all(axis=None)
    assert not found["is_signal"].any()


def quarter(seed: int, held_up: dict[int, float]) -> pd.DataFrame:
    """Thirteen weeks in which six pairs hand over 40 cases a week alike, but that A → B takes longer in given weeks."""
    rng = np.random.default_rng(seed)
    pairs = [("A", "B"), ("B", "A"), ("A", "C"), ("C", "A"), ("B", "C"), ("C", "B")]
    rows = pd.DataFrame(
        [(*pair, week) for week in range(13) for pair in pairs for _ in range(40)],
        columns=["from_team", "to_team", "week"],
    )
    hours = np.exp(rng.normal(1, 1, len(rows)))
    late = rows["week"].map(held_up).fillna(1.0).where((rows["from_team"] == "A") & (rows["to_team"] == "B"), 1.0)
    handed_at = pd.Timestamp("2025-01-06", tz="UTC") + pd.to_timedelta(
        rows.pop("week") * 168 + rng.integers(0, 120, len(rows)), unit="h"
    )
    cases = [f"{number:04d}" for number in range(len(rows))]
    return rows.assign(case_id=cases, handoff_seq=1, stage="Diagnosis", handed_at=handed_at, latency_hours=hours * late)


def signals(frame: pd.DataFrame, seed: int) -> list[list[str]]:
    limits = {"minimum_count": 5, "alpha": 0.0025, "material_ratio": 1.25, "permutations": 499}
    found = bottlenecks(ibis.memtable(frame), **limits, rng=np.random.default_rng(seed))
    return found.loc[found["is_signal"], ["from_team", "to_team"]].to_numpy().tolist()


def by_cases_alone(frame: pd.DataFrame, seed: int) -> float:
    """The p-value of A → B if all that is exchanged are cases."""
    inside = ((frame["from_team"] == "A") & (frame["to_team"] == "B")).to_numpy()
    groups = pd.factorize(frame["from_team"] + frame["to_team"])[0].astype(np.int64)
    values, cases = np.log(frame["latency_hours"].to_numpy()), np.arange(len(frame))
    tested, rng = np.ones(6, dtype=bool), np.random.default_rng(seed)
    found = adjusted_p_values(values, groups, cases, tested=tested, permutations=499, rng=rng)
    return found[groups[inside.argmax()]]


def test_a_backlog_of_one_week_is_one_event_though_cases_by_the_dozen_waited_through_it():
    """Waits of one week in thirteen a hundred times as long: a ratio of 1.4 that cases alone would call certain."""
    for seed in range(20):
        frame = quarter(seed, {6: 100.0})
        assert by_cases_alone(frame, seed) <= 0.0025
        assert signals(frame, seed) == []


def test_a_pair_that_is_slower_in_every_week_is_still_named():
    """The same hours spread over all weeks: 100 to the power of 1/13 is 1.43."""
    for seed in range(20):
        assert signals(quarter(seed, dict.fromkeys(range(13), 100 ** (1 / 13))), seed) == [["A", "B"]]


def test_a_quiet_quarter_names_nobody():
    assert [signals(quarter(seed, {}), seed) for seed in range(20)] == [[]] * 20


def test_a_wait_counts_in_the_week_in_which_it_ended():
    """Handed over in five weeks and taken up in one: one event, too few to be tested; a week more each, and it is."""
    rows = quarter(0, {}).query("from_team != 'C'")
    late = rows[(rows["from_team"] == "A") & (rows["to_team"] == "B")].groupby(rows["handed_at"].dt.isocalendar().week)
    late = late.head(1).head(5)
    rest = rows[(rows["from_team"] != "A") | (rows["to_team"] != "B")]
    cleared = (pd.Timestamp("2025-03-12 12:00", tz="UTC") - late["handed_at"]).dt.total_seconds() / 3600
    limits = LIMITS | {"permutations": 199, "rng": np.random.default_rng(0)}
    for hours, is_tested in ((cleared, False), (cleared * 0 + 168.0, True)):
        found = bottlenecks(ibis.memtable(pd.concat([rest, late.assign(latency_hours=hours)])), **limits)
        of = found.set_index(["from_team", "to_team"]).loc[("A", "B")]
        assert (of["cases"], np.isfinite(of["p_value"])) == (5, is_tested)


def test_a_backlog_cleared_on_one_day_is_one_event_and_not_tested():
    rows = [(f"a{n}", 1, "A", "B", 1.0 + n / 9) for n in range(9)]
    late = [(f"c{n}", 1, "C", "D", 900.0 - 168 * n) for n in range(5)]  # five weeks in a row, all taken up on one day
    found = judged([*late, *rows]).set_index("from_team")
    assert np.isnan(found.loc["C", "p_value"])
    assert found.loc["C", "cases"] == 5
    apart = [(case, number, sender, receiver, 900.0) for case, number, sender, receiver, _ in late]
    assert judged([*apart, *rows]).set_index("from_team").loc["C", "is_signal"]


def test_a_remainder_too_small_to_be_shown_takes_in_the_next_pair():
    rows = [(f"a{n}", 1, "A", "B", 1.0) for n in range(9)] + [(f"b{n}", 1, "B", "C", 2.0) for n in range(6)]
    found = judged([*rows, ("c", 1, "C", "D", 50.0)]).set_index("from_team")
    assert found["cases"].to_dict() == {RARER: 7, "A": 9}


def test_one_pair_alone_has_nothing_to_be_compared_with():
    found = judged([(f"a{n}", 1, "A", "B", 1.0 + n) for n in range(6)])
    assert found[["ratio_to_rest", "p_value"]].isna().all(axis=None)


def test_no_handoffs_give_no_rows():
    found = bottlenecks(
        table([("1", 1, "A", "B", 1.0)]).limit(0), **LIMITS, permutations=199, rng=np.random.default_rng()
    )
    assert found.empty
    assert found.columns.tolist() == judged(noise(0)).columns.tolist()


def test_a_ratio_under_the_material_one_is_no_signal_however_certain():
    rng = np.random.default_rng(3)
    rows = [(f"a{n}", 1, "A", "B", float(1.2 * np.exp(rng.normal(0, 0.1)))) for n in range(200)]
    rows += [(f"c{n}", 1, "C", "D", float(np.exp(rng.normal(0, 0.1)))) for n in range(200)]
    certain = judged(rows).set_index("from_team").loc["A"]
    assert certain["p_value"] <= 0.01 and certain["is_signal"]
    small = judged(rows, material_ratio=1.5).set_index("from_team")
    assert not small.loc["A", "is_signal"]
    assert small["verdict"].to_dict() == {"A": "slower, but less than 1.5 times", "C": "not slower"}


def test_a_verdict_is_held_against_the_alpha_that_the_signal_is():
    rng = np.random.default_rng(3)
    rows = [(f"a{n}", 1, "A", "B", float(1.2 * np.exp(rng.normal(0, 0.1)))) for n in range(200)]
    rows += [(f"c{n}", 1, "C", "D", float(np.exp(rng.normal(0, 0.1)))) for n in range(200)]
    rows += [(f"{team}{n}", 1, team, "H", 1.0) for team in "EF" for n in range(4)]
    found = judged(rows, material_ratio=1.1).set_index("from_team")["verdict"]
    assert found["A"] == "slower than the rest" and found[RARER] == "not tested"
    # 199 exchanges give no p-value under 1/200: against 0.001 nothing can be told.
    assert judged(rows, alpha=0.001).set_index("from_team").loc["A", "verdict"] == "cannot be told"


def test_the_same_seed_gives_the_same_answer_whatever_the_order_of_rows():
    rows = noise(5)
    mixed = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    pd.testing.assert_frame_equal(judged(rows), judged(mixed))


def test_handoffs_that_depend_on_each_other_within_cases_raise_no_false_alarm():
    """In 100 logs without any slow pair, but with strong case effects, the 20 % test may name a pair in 20.

    More than 31 would have a chance of 0.3 % (binomial). Shuffling single rows would name one in two logs of three.
    """
    alarms = sum((judged(noise(seed), seed)["p_value"] <= 0.2).any() for seed in range(100))
    assert 9 <= alarms <= 31


def test_the_interval_covers_what_is_true_also_when_handoffs_depend_on_each_other():
    found = pd.concat([judged(noise(seed), seed) for seed in range(60)])
    found = found[found["ratio_to_rest"].notna()]
    covered = ((found["ratio_low"] <= 1) & (found["ratio_high"] >= 1)).mean()
    assert len(found) > 500
    assert 0.92 <= covered <= 0.98  # too few if errors were summed by row instead of by case


def test_the_p_value_is_that_of_all_exchanges():
    """Four cases of one row: 24 orders, counted one by one; the test draws them at random."""
    values, groups = np.array([1.0, 2.0, 4.0, 9.0]), np.array([0, 0, 1, 1])
    sums = np.array([np.bincount(groups[list(order)], values) for order in orders(range(4))])
    scaled = (sums - sums.mean(axis=0)) / sums.std(axis=0)
    exact = (scaled.max(axis=1)[:, None] >= scaled[0] - 1e-9).mean(axis=0)
    found = adjusted_p_values(
        values, groups, np.arange(4), tested=np.array([True, True]), permutations=20_000, rng=np.random.default_rng(1)
    )
    assert exact.tolist() == pytest.approx([1.0, 1 / 3])  # the top half falls to either group: 8 of 24 orders
    assert found.tolist() == pytest.approx(exact.tolist(), abs=0.02)


def test_sequences_that_cannot_be_exchanged_prove_nothing():
    # Two cases of different length: nothing can be exchanged, whatever the values.
    found = adjusted_p_values(
        np.array([1.0, 100.0, 100.0]),
        np.array([0, 1, 1]),
        np.array([0, 1, 1]),
        tested=np.array([True, True]),
        permutations=199,
        rng=np.random.default_rng(1),
    )
    assert found.tolist() == [1.0, 1.0]


def test_excess_is_fishers_exact_test_by_holm():
    frame = pd.DataFrame({"team": ["A", "B", "C"], "trials": [20, 30, 50], "events": [10, 3, 5]})
    found = excess(frame, **LIMITS)
    tables = [[[10, 10], [8, 72]], [[3, 27], [15, 55]], [[5, 45], [13, 37]]]
    exact = sorted(stats.fisher_exact(each, alternative="greater").pvalue for each in tables)
    assert found["p_value"].min() == pytest.approx(3 * exact[0])  # Holm: the smallest of three, times three
    assert found["share"].tolist() == [0.5, 0.1, 0.1]
    assert found["rest_share"].tolist() == pytest.approx([8 / 80, 15 / 70, 13 / 50])
    assert found["ratio_to_rest"].iloc[0] == pytest.approx((10 / 20) / (8 / 80))
    assert found["is_signal"].tolist() == [True, False, False]


def test_excess_gives_wilsons_interval():
    # 10 of 20, by hand: centre (p + z²/2n) / (1 + z²/n) = 0.5, half-width z √(p(1−p)/n + z²/4n²) / (1 + z²/n)
    found = excess(pd.DataFrame({"team": ["A", "B"], "trials": [20, 80], "events": [10, 8]}), **LIMITS).iloc[0]
    z, n = 1.959964, 20
    half = z * np.sqrt(0.25 / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert found[["share_low", "share_high"]].tolist() == pytest.approx([0.5 - half, 0.5 + half], abs=1e-6)


def test_excess_calls_nothing_a_signal_that_rests_on_too_few_to_show():
    # 4 of 5 against none of 1,000: certain (p < 1e-8), and yet fewer than the five that may be shown.
    found = excess(pd.DataFrame({"team": ["A", "B"], "trials": [5, 1000], "events": [4, 0]}), **LIMITS)
    assert found["p_value"].iloc[0] < 1e-6 and not found["is_signal"].any()


def test_the_most_hours_above_the_rest_come_first():
    # 900 h at 1.5 times the rest: 300 h above. 500 h at 5 times: 400 h above. The third is no signal.
    judged = pd.DataFrame({"hours": [900.0, 500.0, 9000.0], "ratio_to_rest": [1.5, 5.0, 9.0]})
    found = by_stake(judged.assign(is_signal=[True, True, False]), "hours")
    assert found["stake"].tolist() == pytest.approx([400.0, 300.0])


def test_excess_leaves_small_groups_untested_and_in_the_rest():
    frame = pd.DataFrame({"team": ["A", "B"], "trials": [4, 30], "events": [4, 3]})
    found = excess(frame, **LIMITS)
    assert found["p_value"].isna().tolist() == [True, False]
    assert not found["is_signal"].any()
    assert found["ratio_to_rest"].iloc[1] == pytest.approx((3 / 30) / (4 / 4))


@pytest.mark.parametrize("rows", [[], [("A", 50, 5)], [("A", 50, 0), ("B", 50, 0)]])
def test_excess_of_nothing_is_no_signal(rows):
    found = excess(pd.DataFrame(rows, columns=["team", "trials", "events"]), **LIMITS)
    assert not found["is_signal"].any()
