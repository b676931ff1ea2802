"""Time study: sample sizes, times, classes of value, and what is typed twice."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops.journey.redesign.reentry import reentries
from cxops.journey.redesign.time_study import (
    minutes_by_class,
    rekeyed,
    required_observations,
    time_study,
    waste_by_step,
)

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
LOOK = {"allowance_share": 0.1, "error": 0.05, "minimum_count": 5}


def observed(seconds, value_class="value-adding", **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"seconds": np.asarray(seconds, dtype=float), "value_class": value_class})
    return frame.assign(**({"step_id": "register", "element": None, "rating": np.nan, "rekeyed_from": None} | columns))


def test_c2_m3_b4_sixty_two_observations_for_five_per_cent():
    assert required_observations(100, 20, error=0.05, confidence=0.95) == 62  # (1.96 × 20 / 5)² = 61.46
    assert required_observations(100, 20, error=0.05, confidence=0.99) == 107  # (2.576 × 20 / 5)² = 106.2
    assert required_observations(100, 0, error=0.05, confidence=0.95) == 1


def test_c2_m3_b4_observations_that_are_still_needed():
    spread = 20 * np.sqrt(9 / 10)  # ten values at 100 ± this have a standard deviation of 20
    row = time_study(observed([100 - spread] * 5 + [100 + spread] * 5), **LOOK).iloc[0]
    assert row["mean_seconds"] == pytest.approx(100)
    assert row["deviation_seconds"] == pytest.approx(20)
    assert (row["required"], row["still_needed"]) == (62, 52)


def test_c2_m3_b4_normal_and_standard_time():
    row = time_study(observed([80, 100, 120] * 4, rating=[1.25, 1.0, 1.0] * 4), **LOOK).iloc[0]
    # 80 × 1.25 = 100, 100 and 120: normal 320 / 3, and a tenth on top
    assert row["normal_seconds"] == pytest.approx(320 / 3)
    assert row["standard_seconds"] == pytest.approx(320 / 3 * 1.1)
    assert row["normal_low"] < row["normal_seconds"] < row["normal_high"]


def test_few_observations_say_only_how_many_are_needed():
    row = time_study(observed([80, 100]), **LOOK).iloc[0]
    assert pd.isna(row["normal_seconds"])
    assert (row["required"], row["still_needed"]) == (5, 3)


def test_c2_m3_b4_planted_waste_is_recovered_within_its_interval():
    """A quarter of the time is waste; in 200 studies of 400 observations, 95 % of the intervals hold 25 %."""
    rng, held = np.random.default_rng(8), 0
    for _ in range(200):
        value = rng.choice(["waste", "value-adding", "necessary"], 400, p=[0.25, 0.45, 0.30])
        row = minutes_by_class(observed(rng.gamma(4, 15, 400), value)).set_index("value_class").loc["waste"]
        held += row["share_low"] <= 0.25 <= row["share_high"]
    assert 183 <= held <= 198  # binomial(200, 0.95): 190 ± 2.3 standard deviations


def test_c2_m3_b4_minutes_by_class_by_hand():
    frame = observed([60, 120, 180, 240], ["waste", "value-adding", "necessary", "waste"])
    rows = minutes_by_class(frame).set_index("value_class")
    assert rows["minutes"].to_dict() == {"value-adding": 2, "necessary": 3, "waste": 5}
    assert rows["share"].sum() == pytest.approx(1)
    # R = 0.5; residuals 30, −60, −90, 120; √(4/3 × 27000) / 600 = 0.3162; t of 3 degrees 3.182: beyond both ends
    assert rows.loc["waste", ["share_low", "share_high"]].tolist() == [0, 1]
    assert rows.loc["waste", "share"] == 0.5


def test_c2_m3_b4_steps_with_the_most_waste():
    frame = pd.concat(
        [
            observed([60] * 6, ["waste"] * 2 + ["necessary"] * 4, step_id="one"),
            observed([60] * 6, ["waste"] * 4 + ["necessary"] * 2, step_id="two"),
            observed([600] * 2, "waste", step_id="few"),
        ]
    )
    rows = waste_by_step(frame, minimum_count=5)
    assert rows["step_id"].tolist() == ["two", "one"]
    assert rows["minutes"].tolist() == [4, 2]
    typed = frame.assign(rekeyed_from=["CRM"] * 5 + [None] * 9)
    assert rekeyed(typed, minimum_count=5)[["step_id", "rekeyed_from", "minutes"]].to_numpy().tolist() == [
        ["one", "CRM", 5]
    ]


def entries(*rows: tuple[str, str, str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["case_id", "system", "field", "value_hash", "hour"])
    at = (MIDNIGHT + pd.to_timedelta(frame["hour"], unit="h")).astype("datetime64[us, UTC]")
    frame = frame.assign(entry_id=[f"{n:03}" for n in range(len(frame))], entered_at=at, seconds=30.0)
    return ibis.memtable(frame.drop(columns="hour"))


def test_c2_m3_b4_a_field_typed_in_two_systems_is_found_as_re_entry():
    rows = [
        row
        for case in "abcdef"
        for row in (
            (case, "CRM", "IBAN", f"x{case}", 0.0),
            (case, "CRM", "note", f"n{case}", 0.1),
            (case, "Billing", "account", f"x{case}", 1.0),
        )
    ]
    rows += [("g", "Billing", "account", "xg", 0.0), ("g", "CRM", "IBAN", "xh", 0.0)]
    found = reentries(entries(*rows), within_hours=24, minimum_count=5).execute()
    assert found[["from_system", "from_field", "to_system", "to_field"]].to_numpy().tolist() == [
        ["CRM", "IBAN", "Billing", "account"]
    ]
    assert found["reentries"].tolist() == [6]
    assert found["minutes"].tolist() == [3]
    assert found["reentered_share"].tolist() == pytest.approx([6 / 7])


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("a", "CRM", "f", "x", 0.0), ("a", "CRM", "f", "x", 1.0)], "the same system"),
        ([("a", "CRM", "f", "x", 0.0), ("b", "Billing", "f", "x", 1.0)], "another case"),
        ([("a", "CRM", "f", "x", 0.0), ("a", "Billing", "f", "y", 1.0)], "another value"),
        ([("a", "CRM", "f", "x", 0.0), ("a", "Billing", "f", "x", 25.0)], "too late"),
    ],
)
def test_what_is_no_re_entry(rows, why):
    assert reentries(entries(*rows), within_hours=24, minimum_count=1).execute().empty, why


def test_nothing_observed_gives_nothing():
    empty = observed([]).iloc[:0]
    assert minutes_by_class(empty).empty
    assert waste_by_step(empty, minimum_count=5).empty
    assert time_study(empty, **LOOK).empty
    assert rekeyed(empty, minimum_count=5).empty
    assert reentries(entries(), within_hours=24, minimum_count=5).execute().empty
