"""Notices: told first, after or never, false notices, and contacts avoided against matched customers."""

import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.errors import TableError

MONDAY = pd.Timestamp("2025-01-06", tz="UTC")


def register(*groups: tuple, matched_on: str | None = "week 2", kind: str | None = "Storm") -> pd.DataFrame:
    """Groups of (orders, hours to the notice, hours to the contact, needed), detected on Monday, promised at 100 h."""
    rows = [(told, asked, needed) for count, told, asked, needed in groups for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["told", "asked", "needed"], dtype=object)
    moment = {
        name: MONDAY + pd.to_timedelta(frame[of].astype(float), unit="h")
        for name, of in (("notified_at", "told"), ("contacted_at", "asked"))
    }
    return pd.DataFrame(
        {
            "disruption_id": "D1",
            "order_id": [f"{kind}-{matched_on}-{each}" for each in range(len(frame))],
            "unit": "Harbour",
            "disruption_type": kind,
            "detected_at": MONDAY,
            "promised_at": MONDAY + pd.Timedelta(hours=100),
            **moment,
            "needed": frame["needed"].astype(bool),
            "matched_on": matched_on,
        }
    )


ACCEPTED = register((60, 1, None, True), (10, 1, 5, True), (20, 9, 8, True), (4, None, None, True), (6, None, 7, True))
"""100 affected: 70 told before contact (10 of them asked later), 20 after, 10 never (6 of them asked)."""


def funnel(notices: pd.DataFrame, minimum_count: int = 5) -> pd.DataFrame:
    return journey.notice_funnel(journey.notice_status(notices), minimum_count=minimum_count)


def test_c0_m5_b4_of_100_affected_70_told_before_contact_20_after_10_never():
    whole, storm = funnel(ACCEPTED).to_dict("records")
    shares = ["told_first_share", "told_after_share", "never_share"]
    assert [whole[each] for each in shares] == pytest.approx([0.70, 0.20, 0.10])
    assert [whole[each] for each in ("affected", "told_first", "told_after", "never", "contacted")] == [
        100,
        70,
        20,
        10,
        36,
    ]
    assert [whole["told_first_low"], whole["told_first_high"]] == pytest.approx([0.6042, 0.7811], abs=5e-5)
    assert {name: value for name, value in storm.items() if name != "disruption_type"} == pytest.approx(
        {name: value for name, value in whole.items() if name != "disruption_type"}, nan_ok=True
    )


def test_c0_m5_b4_a_notice_earlier_than_its_disruption_is_an_error():
    with pytest.raises(TableError, match="must not be earlier than its disruption: 1 are.*D1"):
        journey.notice_status(register((1, -1, None, True), (5, 1, None, True)))


def test_c0_m5_b4_an_unaffected_order_notified_counts_as_a_false_notice():
    whole = funnel(pd.concat([ACCEPTED, register((10, 2, None, False), (30, None, None, False))])).iloc[0]
    assert whole[["affected", "false_notices", "not_affected"]].tolist() == [100, 10, 40]
    assert whole["false_notice_share"] == pytest.approx(10 / 100), "of 70 + 20 + 10 notices"
    assert whole["told_first_share"] == pytest.approx(0.70)


def test_told_at_the_moment_of_asking_is_after():
    status = journey.notice_status(register((1, 5, 5, True), (1, 5, 6, True), (1, 5, None, True), (1, None, 5, True)))
    assert status["status"].tolist() == ["told after", "told first", "told first", "never told"]


def test_lead_time_runs_to_the_promised_date():
    found = funnel(register((10, 20, None, True), (10, 60, None, True), (10, 130, None, True))).iloc[0]
    assert found["lead_hours_p50"] == 40
    assert found["in_time_share"] == pytest.approx(20 / 30)


def test_types_stand_by_size_and_rare_ones_are_put_together():
    few, unnamed = register((3, 1, None, True), kind="Strike"), register((7, 1, None, True), kind=None)
    found = funnel(pd.concat([ACCEPTED, few, unnamed]))
    assert found["disruption_type"].tolist() == ["(all types)", "Storm", "(rarer types)"], (
        "3 alone would be told by 110"
    )
    assert found["affected"].tolist() == [110, 100, 10]
    assert funnel(pd.concat([ACCEPTED, unnamed]))["disruption_type"].tolist()[2] == "(no type given)"
    alone = funnel(few).iloc[0]
    assert alone["state"] == "too few orders"
    assert np.isnan(alone["affected"])


def test_c0_m5_b4_few_false_notices_and_few_dated_ones_tell_of_nobody():
    """A type without an affected order is counted by its orders; a median of two notices is that of two customers."""
    needless = register((2, 2, None, False), kind="Outage")
    found = funnel(pd.concat([ACCEPTED, register((6, 1, None, True), kind="Strike"), needless]))
    assert found["disruption_type"].tolist() == ["(all types)", "Storm", "(rarer types)"], "Outage is not named"
    undated = register((8, 1, None, True)).assign(promised_at=pd.Series(pd.NaT, dtype="datetime64[us, UTC]"))
    row = funnel(pd.concat([undated, register((2, 20, None, True))])).iloc[0]
    assert (row["affected"], row["told_first"]) == (10, 10)
    assert row[["lead_hours_p50", "in_time_share"]].isna().all()
    assert funnel(register((2, 2, None, False))).iloc[0][["affected", "false_notices"]].isna().all()


def avoided(*strata: pd.DataFrame, **more) -> pd.DataFrame:
    status = journey.notice_status(pd.concat(strata, ignore_index=True))
    return journey.contacts_avoided(status, **({"alpha": 0.01, "minimum_count": 5} | more))


def test_c0_m5_b4_contacts_avoided_against_matched_customers_not_told():
    row = avoided(register((90, 1, None, True), (10, 1, 5, True), (60, None, None, True), (40, None, 5, True))).iloc[0]
    assert row[["told_contact_share", "not_told_contact_share", "difference"]].tolist() == pytest.approx(
        [0.1, 0.4, 0.3]
    )
    assert row["avoided"] == pytest.approx(30)
    error = np.sqrt(0.1 * 0.9 / 100 + 0.4 * 0.6 / 100)
    assert row[["low", "high"]].tolist() == pytest.approx([0.3 - 1.96 * error, 0.3 + 1.96 * error], abs=1e-4)
    assert row["is_signal"]


def test_strata_are_joined_with_mantel_and_haenszels_weights():
    """By hand: 0.5 − 0.2 = 0.3 with 20 × 20 / 40 = 10, and 0.2 − 0.1 = 0.1 with 10 × 40 / 50 = 8."""
    one = register((16, 1, None, True), (4, 1, 5, True), (10, None, None, True), (10, None, 5, True), matched_on="a")
    two = register((9, 1, None, True), (1, 1, 5, True), (32, None, None, True), (8, None, 5, True), matched_on="b")
    alone = register((9, 1, None, True), matched_on="c")
    row = avoided(one, two, alone).iloc[0]
    assert row["difference"] == pytest.approx((10 * 0.3 + 8 * 0.1) / 18)
    assert row[["strata", "told", "not_told", "unmatched"]].tolist() == [2, 30, 60, 9]


def test_matching_undoes_a_difference_between_strata():
    """Angry weeks are told more often; within each week a notice changes nothing."""
    angry = register((40, 1, None, True), (40, 1, 5, True), (10, None, None, True), (10, None, 5, True), matched_on="a")
    calm = register((9, 1, None, True), (1, 1, 5, True), (72, None, None, True), (8, None, 5, True), matched_on="b")
    row = avoided(angry, calm).iloc[0]
    assert row["difference"] == pytest.approx(0, abs=1e-12)
    assert not row["is_signal"]


def test_who_asked_before_the_notices_went_out_praises_nobody():
    """Contacts at random in time, untouched by notices after 20 hours: counting all of them would show a gain."""
    rng = np.random.default_rng(4)
    orders = 4000
    asks, told = rng.uniform(0, 100, orders), rng.random(orders) < 0.5
    asks = np.where(rng.random(orders) < 0.6, asks, np.nan)
    notices = register((orders, None, None, True)).assign(
        contacted_at=MONDAY + pd.to_timedelta(asks, unit="h"),
        notified_at=pd.Series(MONDAY + pd.Timedelta(hours=20), index=range(orders)).where(told & ~(asks < 20)),
    )
    status = journey.notice_status(notices)
    naive = status.groupby("status")["contacted_at"].agg(lambda each: each.notna().mean())
    assert naive["never told"] - naive["told first"] > 0.05
    row = journey.contacts_avoided(status, alpha=0.01, minimum_count=5).iloc[0]
    assert row["low"] < 0 < row["high"]


def test_nothing_to_compare_is_no_row():
    assert avoided(ACCEPTED.iloc[:60]).empty
    assert avoided(ACCEPTED.iloc[:0]).empty
    assert funnel(ACCEPTED.iloc[:0]).empty


def test_the_register_is_not_changed():
    before = ACCEPTED.copy(deep=True)
    funnel(ACCEPTED)
    avoided(ACCEPTED)
    pd.testing.assert_frame_equal(ACCEPTED, before)


def pairs(*groups: tuple[int, bool, bool]) -> list[pd.DataFrame]:
    """Strata of two orders: how many, whether the one told asked, and whether the one not told did."""
    strata = [(told, other) for count, told, other in groups for _ in range(count)]
    return [
        register((1, 1, 5 if told else None, True), (1, None, 5 if other else None, True), matched_on=f"pair {each}")
        for each, (told, other) in enumerate(strata)
    ]


def test_matched_pairs_are_judged_by_those_that_differ():
    """McNemar by hand: of 10 pairs that differ, 9 where only the untold asked: p = 2 · (1 + 10) / 2¹⁰.

    The variance of a difference of paired shares is (b + c − (b − c)² / n) / n², here (9 + 1 − 8² / 20) / 20².
    """
    row = avoided(*pairs((9, False, True), (1, True, False), (4, True, True), (6, False, False))).iloc[0]
    assert row["p_value"] == pytest.approx(2 * 11 / 2**10)
    assert row["difference"] == pytest.approx(8 / 20)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * np.sqrt(10 - 8 * 8 / 20) / 20, rel=1e-3)


def test_many_small_strata_in_which_notices_change_nothing_are_seldom_a_signal():
    """Pairs at chance: with variances taken within each pair, which are 0, every one of these would be a signal."""
    rng = np.random.default_rng(3)
    drawn = (rng.random((40, 30, 2)) < 2 / 3).tolist()
    rows = [avoided(*pairs(*((1, told, other) for told, other in each)), alpha=0.05).iloc[0] for each in drawn]
    assert sum(row["is_signal"] for row in rows) <= 4
    assert sum(row["low"] <= 0 <= row["high"] for row in rows) >= 35


def test_whoever_is_told_for_asking_does_not_set_the_moment():
    """Two in three ask, told or not, and those who ask are told at once: a notice changes nothing."""
    first = [(4, 10, 40, True), (2, 10, None, True)]
    strata = [
        register(*first, (2, 50, 48, True), (1, None, None, True), matched_on=f"week {each}") for each in range(9)
    ]
    row = avoided(*strata).iloc[0]
    assert row["difference"] == pytest.approx(0)
    assert row[["told", "not_told"]].tolist() == [54, 27]
