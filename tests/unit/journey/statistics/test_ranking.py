"""Ranks of drawn results, their probabilities and intervals."""

import numpy as np
import pandas as pd
import pytest
from cxops.journey.statistics.ranking import rank_intervals, rank_probabilities, ranks, resample_counts


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
