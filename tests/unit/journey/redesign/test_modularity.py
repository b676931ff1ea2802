"""Modules: planted blocks, propagation cost by hand, confined changes."""

import numpy as np
import pandas as pd
import pytest
from cxops.journey.findings.redesign import module_findings
from cxops.journey.redesign.modularity import (
    changed_activities,
    confinement,
    couplings,
    couplings_to_break,
    modules,
    propagation_cost,
    structure_matrix,
    visibility,
)
from scipy import stats

NONE = pd.DataFrame({"change_id": [], "activities": [], "tests_run": []}).astype({"activities": "str"})


def moves(*rows: tuple[str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["from_activity", "to_activity", "transitions"])
    return frame.assign(from_team="T", to_team="T", cases=9, handover_hours_total=0.0)


BLOCKS = moves(("a", "b", 50), ("b", "a", 50), ("c", "d", 40), ("d", "e", 40), ("e", "c", 40))
"""Two blocks without a coupling: a and b depend on each other, c, d and e in a circle."""


def changes(*touched: str, tests: int = 10) -> pd.DataFrame:
    return pd.DataFrame(
        {"change_id": [f"G{at}" for at in range(len(touched))], "activities": touched, "tests_run": tests}
    )


def test_c4_m2_b2_a_block_diagonal_matrix_gives_its_blocks_back():
    coupled = couplings(BLOCKS, changed_activities(NONE), dependence_share=0.1, together_share=0.5)
    found = modules(coupled, count=None)
    assert found.groupby("module")["activity"].agg(tuple).to_dict() == {
        "Module 1": ("c", "d", "e"),
        "Module 2": ("a", "b"),
    }
    matrix = structure_matrix(coupled, found)
    assert matrix.columns.tolist() == ["c", "d", "e", "a", "b"]
    assert not matrix.loc[["c", "d", "e"], ["a", "b"]].to_numpy().any()
    assert matrix.loc["b", "a"]
    # in a block everything reaches everything: 3 × 3 + 2 × 2 of 5 × 5
    assert propagation_cost(matrix) == pytest.approx(13 / 25)
    assert couplings_to_break(coupled, found).empty


def test_c4_m2_b2_propagation_cost_as_computed_by_hand():
    chain = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], dtype=bool)
    assert propagation_cost(chain) == pytest.approx(10 / 16)  # 4 + 3 + 2 + 1
    assert propagation_cost(np.zeros((4, 4), dtype=bool)) == pytest.approx(4 / 16)  # each sees itself
    assert propagation_cost(np.ones((4, 4), dtype=bool)) == 1
    assert visibility(chain)[0].all()
    assert np.isnan(propagation_cost(np.zeros((0, 0), dtype=bool)))


def test_visibility_is_the_sum_of_powers():
    rng = np.random.default_rng(3)
    links = rng.random((9, 9)) < 0.15
    power, seen = np.eye(9, dtype=int), np.eye(9, dtype=int)
    for _ in range(9):
        power = power @ links
        seen = seen + power
    assert (visibility(links) == (seen > 0)).all()


def test_c4_m2_b2_eight_of_ten_changes_in_one_module():
    coupled = couplings(BLOCKS, changed_activities(NONE), dependence_share=0.1, together_share=0.5)
    found = modules(coupled, count=None)
    touched = changed_activities(changes("a; b", "a", "b", "c; d", "d;e", "c", "e", "c; d; e", "a; c", "b; e"))
    row = confinement(touched, found).iloc[0]
    assert (row["confined"], row["changes"]) == (8, 10)
    assert row["confined_share"] == pytest.approx(0.80)
    assert (row["confined_low"], row["confined_high"]) == pytest.approx((0.490, 0.943), abs=0.001)  # Wilson, by hand


def test_c4_m2_b2_retests_of_confined_changes_and_others():
    found = modules(couplings(BLOCKS, changed_activities(NONE), dependence_share=0.1, together_share=0.5), count=None)
    log = changes(*["a; b"] * 6, *["a; c"] * 6)
    log["tests_run"] = [4, 5, 6, 4, 5, 6, 19, 20, 21, 19, 20, 21]
    row = confinement(changed_activities(log), found).iloc[0]
    assert (row["tests_confined"], row["tests_other"]) == (5, 20)
    assert row["tests_fewer"] == pytest.approx(15)
    assert row["tests_p_value"] == pytest.approx(stats.ttest_ind([4, 5, 6] * 2, [19, 20, 21] * 2).pvalue)


def test_c4_m2_b2_small_changes_do_not_make_modules_look_good():
    """Twelve tests for each activity: confined changes take fewer for being smaller, and as many of like size."""
    found = modules(couplings(BLOCKS, changed_activities(NONE), dependence_share=0.1, together_share=0.5), count=None)
    log = changes(*["a"] * 8, *["a; b"] * 4, *["a; c"] * 4)
    log["tests_run"] = [11, 13] * 4 + [23, 25] * 4
    row = confinement(changed_activities(log), found).iloc[0]
    assert (row["tests_confined"], row["tests_other"]) == (16, 24)
    assert (row["tests_fewer"], row["tests_p_value"]) == pytest.approx((0, 1))
    assert np.isnan(confinement(changed_activities(log.iloc[:8]), found).iloc[0]["tests_fewer"])


def test_changes_together_couple_what_never_follows_each_other():
    together = changed_activities(changes("a; d", "a; d", "b"))
    coupled = couplings(BLOCKS, together, dependence_share=0.1, together_share=0.5)
    pair = coupled.set_index(["from_activity", "to_activity"]).loc[("a", "d")]
    assert (pair["transitions"], pair["changes_together"], pair["is_dependency"]) == (0, 2, True)
    seldom = changed_activities(changes("a; d", "a; d", "a", "a", "a", "d", "d", "d"))  # two of five and of five
    coupled = couplings(BLOCKS, seldom, dependence_share=0.1, together_share=0.5)
    assert not coupled.set_index(["from_activity", "to_activity"]).loc[("a", "d"), "is_dependency"]


def test_breaking_the_one_bridge_takes_its_cost_away():
    bridged = pd.concat([BLOCKS, moves(("b", "c", 10))], ignore_index=True)
    coupled = couplings(bridged, changed_activities(NONE), dependence_share=0.1, together_share=0.5)
    found = modules(coupled, count=2)
    # c, d and e see all five, a and b see two: (15 + 4) / 25; without the bridge 13 / 25
    assert propagation_cost(structure_matrix(coupled)) == pytest.approx(19 / 25)
    row = couplings_to_break(coupled, found).iloc[0]
    assert (row["from_activity"], row["to_activity"]) == ("b", "c")
    assert row["cost_saved"] == pytest.approx(6 / 25)


def test_a_rare_sequence_is_no_dependency():
    rare = pd.concat([BLOCKS, moves(("b", "c", 1))], ignore_index=True)
    coupled = couplings(rare, changed_activities(NONE), dependence_share=0.1, together_share=0.5)
    assert not coupled.set_index(["from_activity", "to_activity"]).loc[("b", "c"), "is_dependency"]


def test_nothing_gives_nothing():
    coupled = couplings(moves(), changed_activities(NONE), dependence_share=0.1, together_share=0.5)
    assert coupled.empty
    found = modules(coupled, count=None)
    assert found.empty
    assert structure_matrix(coupled, found).empty
    assert confinement(changed_activities(NONE), found).empty
    assert couplings_to_break(coupled, found).empty


def test_tests_of_changes_that_there_were_none_of_are_not_told():
    row = {"confined": 5.0, "changes": 5.0, "confined_share": 1.0, "confined_low": 0.6, "confined_high": 1.0}
    row |= {"tests_confined": 18.5, "tests_other": float("nan"), "tests_fewer": float("nan"), "tests_p_value": 1.0}
    text = module_findings(pd.DataFrame([row]), float("nan"), alpha=0.01)[0].headline
    assert "those took 18.5 tests each. Too few" in text
    assert "–" not in text
