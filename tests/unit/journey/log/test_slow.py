"""Slow handoffs: counted right."""

import pandas as pd
from cxops.journey import slow_by_pair


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
