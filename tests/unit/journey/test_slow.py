"""Slow handoffs: counted right, compared with an interval that allows for cases that come back."""

import numpy as np
import pandas as pd
import pytest
from cxops.journey import slow_by_pair, slowness


def rows(*latencies: tuple[str, str, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(latencies, columns=["case_id", "from_team", "to_team", "latency_hours"])


def test_by_pair_counts_what_is_known_and_longer_than_the_threshold():
    # A → B: 2, 8 and 10 h, one unknown; over 8 h only the 10 (2 hours over). B → A: 20 h, 12 over.
    frame = rows(
        ("1", "A", "B", 2), ("2", "A", "B", 8), ("3", "A", "B", 10), ("4", "A", "B", None), ("3", "B", "A", 20)
    )
    pd.testing.assert_frame_equal(
        slow_by_pair(frame, threshold_hours=8),
        pd.DataFrame(
            {
                "from_team": ["B", "A"],
                "to_team": ["A", "B"],
                "handoffs": [1, 3],
                "cases": [1, 3],
                "slow": [1, 1],
                "slow_share": [1.0, 1 / 3],
                "hours_over": [12.0, 2.0],
            }
        ),
        check_dtype=False,
    )


def made(inside: list[bool], outside: list[bool], cases: list[int] | None = None) -> pd.DataFrame:
    """Handoffs A → B, slow where True, then C → D; one case each unless `cases` says which."""
    slow = [*inside, *outside]
    return pd.DataFrame(
        {
            "case_id": [str(each) for each in (cases or range(len(slow)))],
            "from_team": ["A"] * len(inside) + ["C"] * len(outside),
            "to_team": ["B"] * len(inside) + ["D"] * len(outside),
            "latency_hours": np.where(slow, 10.0, 1.0),
        }
    )


def test_with_one_handoff_a_case_the_interval_is_that_of_two_proportions():
    # 30 of 100 against 40 of 400: variance 0.3 × 0.7 / 100 + 0.1 × 0.9 / 400 = 0.002325, times 100 / 99;
    # t(0.975, 99) = 1.98422 (printed tables); 0.2 ± 1.98422 × sqrt(0.0023485) = 0.2 ± 0.09616
    found = slowness(
        made([True] * 30 + [False] * 70, [True] * 40 + [False] * 360), "A", "B", threshold_hours=8, confidence=0.95
    )
    assert (found.handoffs, found.cases, found.slow) == (100, 100, 30)
    assert (found.slow_share, found.rest_share, found.hours_over) == (0.3, 0.1, 60.0)
    assert (found.low, found.high) == pytest.approx((0.10384, 0.29616), abs=2e-5)
    assert found.is_signal


def test_a_case_that_comes_back_does_not_count_twice():
    inside, outside = [True] * 30 + [False] * 70, [True] * 40 + [False] * 360
    twice = made(inside * 2, outside, cases=[*range(100), *range(100), *range(1000, 1400)])
    once = slowness(made(inside, outside), "A", "B", threshold_hours=8, confidence=0.95)
    again = slowness(twice, "A", "B", threshold_hours=8, confidence=0.95)
    assert (again.low, again.high) == pytest.approx((once.low, once.high))


def test_more_confidence_makes_a_wider_interval():
    frame = made([True] * 30 + [False] * 70, [True] * 40 + [False] * 360)
    narrow, wide = (slowness(frame, "A", "B", threshold_hours=8, confidence=each) for each in (0.9, 0.999))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("inside", "outside"), [([True] * 4 + [False] * 50, [True, False] * 50), ([True, False] * 50, []), ([], [True] * 9)]
)
def test_too_few_are_not_compared(inside, outside):
    found = slowness(made(inside, outside), "A", "B", threshold_hours=8, confidence=0.95)
    assert not found.is_comparable
    assert not found.is_signal


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(20250106)
    signals = [
        slowness(
            made((rng.random(200) < 0.2).tolist(), (rng.random(800) < 0.2).tolist()),
            "A",
            "B",
            threshold_hours=8,
            confidence=0.95,
        ).is_signal
        for _ in range(400)
    ]
    # 5 % of 400 is 20; more than 36 happens by chance less than once in a thousand (binomial, 400 × 0.05)
    assert 5 <= sum(signals) <= 36
