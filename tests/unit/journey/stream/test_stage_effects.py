"""What stages contribute to repeats and handling time: planted shares found, sums exact, effects with intervals."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
STAGES = ["Billing question", "Delivery", "Access", "Advice"]


def planted(seed: int, *, chances: tuple[float, ...]) -> tuple[ibis.Table, ibis.Table]:
    """Cases of 4,000 customers that arise evenly in four stages, and come again with a chance of each."""
    rng = np.random.default_rng(seed)
    stage = rng.integers(0, len(STAGES), 4000)
    opened = rng.uniform(0, 200, 4000)
    again = rng.random(4000) < np.array(chances)[stage]
    first = pd.DataFrame({"customer_id": range(4000), "day": opened, "stage": stage})
    # the second case arises anywhere, and comes within ten days; by itself nobody comes a third time
    second = first[again].assign(
        day=first["day"] + rng.uniform(1, 10, 4000), stage=rng.integers(0, len(STAGES), again.sum())
    )
    cases = pd.concat([first, second], ignore_index=True)
    cases = cases.assign(case_id=[f"c{n}" for n in range(len(cases))], reason="Bill")
    moment = (MIDNIGHT + pd.to_timedelta(cases["day"], unit="D")).astype("datetime64[us, UTC]")
    cases = cases.assign(
        customer_id="p" + cases["customer_id"].astype(str), stage=np.array(STAGES)[cases["stage"]], opened_at=moment
    )
    cases["resolved_at"] = cases["opened_at"] + pd.Timedelta("1h")
    steps = cases[["case_id", "stage"]].assign(
        started_at=cases["opened_at"], ended_at=cases["resolved_at"], step_seq=0, team="A", activity="Do",
        status="active",
    )  # fmt: skip
    return ibis.memtable(cases.drop(columns="day")), ibis.memtable(steps)


def found(cases: ibis.Table, steps: ibis.Table, **given: object) -> pd.DataFrame:
    again = journey.repeats(cases, steps, days=30).execute()
    return journey.stage_effects(again, journey.handling(steps).execute(), **{"alpha": 0.01 / 6} | given)


def test_c1_m1_b1_a_billing_question_with_60_per_cent_of_repeats_is_first():
    effects = found(*planted(1, chances=(0.9, 0.2, 0.2, 0.2)))
    top = effects.iloc[0]
    assert top["stage"] == "Billing question" and top["rank"] == 1
    assert top["repeats_share"] == pytest.approx(0.60, abs=0.03)
    assert top["repeats_low"] < 0.60 < top["repeats_high"]
    assert top["repeat_signal"] and top["repeat_effect_low"] > 0.3
    assert effects["repeats_share"].sum() == pytest.approx(1)
    assert effects["rank"].tolist() == [1, 2, 3, 4]


def test_c1_m1_b1_where_stages_do_not_differ_none_is_a_signal():
    false = [found(*planted(seed, chances=(0.3,) * 4))["repeat_signal"].any() for seed in range(20)]
    assert sum(false) <= 1


def test_c1_m1_b1_stage_contributions_to_handling_time_add_up_exactly():
    steps = ibis.memtable(demo.organisation(800, 5)["steps"])
    seconds = journey.handling(steps).execute()
    touched = journey.times_by_case(steps).execute()["touch_hours"]
    assert seconds["touch_seconds"].sum() == int((touched * 3600).round().sum())
    cases = ibis.memtable(demo.organisation(800, 5)["cases"])
    effects = found(cases, steps, minimum_count=5)
    assert effects["handling_hours"].sum() * 3600 == pytest.approx(seconds["touch_seconds"].sum(), abs=1e-6)
    assert effects["handling_share"].sum() == pytest.approx(1)


def test_c1_m1_b1_the_hours_a_visit_adds_are_found_beside_other_stages():
    rng = np.random.default_rng(6)
    rows = []
    for case in range(1500):
        rows.append((f"c{case}", "Ask", rng.exponential(3600)))
        if rng.random() < 0.4:
            rows.append((f"c{case}", "Check", 7200 + rng.normal(0, 600)))
        if rng.random() < 0.5:
            rows.append((f"c{case}", "Mend", 1800 + rng.normal(0, 300)))
    handled = pd.DataFrame(rows, columns=["case_id", "stage", "touch_seconds"])
    handled["touch_seconds"] = handled["touch_seconds"].clip(lower=1).round().astype(int)
    again = pd.DataFrame({
        "case_id": [f"c{n}" for n in range(1500)], "customer_id": pd.array([None] * 1500, dtype="str"), "stage": "Ask",
        "arose_known": 1, "repeats": 0,
    })  # fmt: skip
    effects = journey.stage_effects(again, handled, alpha=0.01).set_index("stage")
    assert effects.loc["Check", "handling_effect_low"] < 2 < effects.loc["Check", "handling_effect_high"]
    assert effects.loc["Mend", "handling_effect_low"] < 0.5 < effects.loc["Mend", "handling_effect_high"]
    assert np.isnan(effects.loc["Ask", "handling_effect"])  # every case visits it: nothing to compare with
    assert effects["repeats_share"].isna().all()
    assert effects.sort_values("rank").index[0] == "Check"


def test_c1_m1_b1_ease_moves_a_stage_up():
    cases, steps = planted(2, chances=(0.4, 0.3, 0.1, 0.1))
    assert found(cases, steps)["stage"].iloc[0] == "Billing question"
    assert found(cases, steps, ease={"Delivery": 50.0})["stage"].iloc[0] == "Delivery"


def test_repeats_by_hand(log):
    moment = [MIDNIGHT + pd.Timedelta(days=day) for day in (0, 10, 50, 5, 7, 0)]
    cases = pd.DataFrame({
        "case_id": list("abcdef"), "customer_id": ["p", "p", "p", "q", "p", None], "reason": list("xxxxyx"),
        "stage": ["S", "S", None, "S", "S", "S"], "opened_at": moment, "resolved_at": moment,
    })  # fmt: skip
    steps = log(
        *((case, "A", "active", 0, 1, "Do", "T") for case in "abcde"),
        ("f", "A", "active", 0, 1, "Do", "T"), ("f", "A", "done", 1, 1, "Close", "T"),
        ("f", "B", "active", 9, 10, "Do", "U"),
    )  # fmt: skip
    told = journey.repeats(ibis.memtable(cases), steps, days=30).execute().set_index("case_id")
    # a comes again as b after 10 days; b as c only after 40; e has another reason; f's customer is not known
    assert told["came_again"].fillna(-1).tolist() == [1, 0, 0, 0, 0, -1]
    assert told["reopened"].tolist() == [0, 0, 0, 0, 0, 1]
    assert told["stage"].tolist() == ["S", "S", "T", "S", "S", "S"]  # c's is the last it was in
    only = ibis.memtable(cases[cases["case_id"] == "a"])
    mine = steps.filter(steps.case_id == "a")
    assert journey.repeats(only, mine, days=30).execute()["came_again"].tolist() == [0]
    assert journey.repeats(only, mine, days=30, later=ibis.memtable(cases)).execute()["came_again"].tolist() == [1]


def test_small_stages_are_put_together():
    again = pd.DataFrame({"case_id": list("abcdefg"), "customer_id": list("abcdefg"), "stage": [*"SSSSS", "T", "U"]})
    handled = again[["case_id", "stage"]].assign(touch_seconds=3600)
    effects = journey.stage_effects(again.assign(repeats=1, arose_known=1), handled, alpha=0.01, minimum_count=2)
    assert set(effects["stage"]) == {"S", "(rarer stages)"}
    assert effects["handling_hours"].sum() == 7


def test_where_cases_ended_tells_no_effect_on_repeats():
    cases, steps = planted(1, chances=(0.9, 0.2, 0.2, 0.2))
    effects = found(cases.mutate(stage=ibis.null("string")), steps)
    assert effects["repeat_effect"].isna().all() and not effects["repeat_signal"].any()
    assert effects["repeats_share"].sum() == pytest.approx(1)


def test_fewer_customers_than_coefficients_tell_no_effect():
    again = pd.DataFrame({"case_id": [f"c{n}" for n in range(40)], "customer_id": ["p", "q"] * 20})
    again = again.assign(stage=["S", "S", "T", "T"] * 10, repeats=[1, 0, 0, 0] * 10, arose_known=1)
    handled = again[["case_id", "stage"]].assign(touch_seconds=3600)
    two = journey.stage_effects(again, handled, alpha=0.01)
    assert two[["repeat_effect", "handling_effect"]].isna().all(axis=None)
    many = journey.stage_effects(again.assign(customer_id=again["case_id"]), handled, alpha=0.01)
    assert many.set_index("stage").loc["S", "repeat_effect"] == pytest.approx(0.5)


def test_no_cases_give_no_stages(nothing):
    cases = pd.DataFrame({"case_id": ["x"], "customer_id": ["p"], "reason": ["r"], "stage": ["S"]})
    cases = ibis.memtable(cases.assign(opened_at=MIDNIGHT, resolved_at=MIDNIGHT))
    assert found(cases, nothing).empty
