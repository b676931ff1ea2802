"""The slope of answers on doublings of waiting: its error, its units, who answered."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from cxops.journey import charts
from cxops.journey.customers.effort import FEWEST_CUSTOMERS, answers_by_wait, clustered_slope, doublings, effort_slopes


def test_the_slope_and_its_error_are_those_of_statsmodels(scored):
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


def test_units_that_differ_in_both_do_not_pass_for_a_slope(scored):
    rows = scored(slope=0.0)
    assert abs(effort_slopes(rows, minimum_count=5, alpha=0.01)["slope"].iloc[0]) < 0.05
    assert effort_slopes(rows.assign(unit="all"), minimum_count=5, alpha=0.01)["slope"].iloc[0] < -0.08


def test_waits_that_go_wholly_with_the_unit_give_no_slope(scored):
    rows = scored().assign(wait_hours=lambda frame: np.where(frame["unit"] == "North", 3.0, 1.0))
    found = effort_slopes(rows, minimum_count=5, alpha=0.01)
    assert found[["slope", "p_value"]].isna().all(axis=None) and not found["is_signal"].any()


def test_the_share_that_answered_is_told_with_its_interval(scored):
    rows = scored(100)
    rows.loc[:39, ["ces", "csat"]] = np.nan
    rows.loc[40, "wait_hours"] = np.nan  # answered, but its waiting is not known
    found = effort_slopes(rows, minimum_count=5, alpha=0.01).iloc[0]
    assert found[["asked", "answered"]].tolist() == [100, 59]
    assert found["answer_low"] < found["answer_share"] == 0.59 < found["answer_high"]


def test_few_customers_give_no_slope(scored):
    rows = scored(2 * FEWEST_CUSTOMERS - 2)
    assert effort_slopes(rows, minimum_count=5, alpha=0.01)["slope"].isna().all()
    assert effort_slopes(scored(2 * FEWEST_CUSTOMERS), minimum_count=5, alpha=0.01)["slope"].notna().all()


def test_bands_of_waiting_hold_enough_and_double(scored):
    rows = scored(400)
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    found = answers_by_wait(rows, slopes, minimum_count=20).query("score == 'ces'")
    assert (found["answers"] >= 20).all() and found["answers"].sum() == 400
    assert found["hours_from"].iloc[0] == 0 and np.isinf(found["hours_until"].iloc[-1])
    assert found["hours_from"].iloc[1:].tolist() == found["hours_until"].iloc[:-1].tolist()
    assert set(np.log2(1 + found["hours_from"]) % 1) == {0.0}
    assert (found["low"] < found["mean"]).all() and (found["mean"] < found["high"]).all()
    assert answers_by_wait(rows.iloc[:3], slopes, minimum_count=5).empty


def test_the_curve_says_the_slope_and_who_answered(scored):
    rows = scored()
    slopes = effort_slopes(rows, minimum_count=5, alpha=0.01)
    figure = charts.answers_by_wait_figure(answers_by_wait(rows, slopes, minimum_count=5), slopes, "ces")
    assert "more than noise" in figure.caption and "400 of 400 cases asked about count" in figure.caption
    nothing = charts.answers_by_wait_figure(answers_by_wait(rows.iloc[:0], slopes, minimum_count=5), slopes, "")
    assert "too few answers" in nothing.caption
