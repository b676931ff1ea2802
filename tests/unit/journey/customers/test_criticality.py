"""How critical customers find each stage, and the promise that follows from what they tolerate."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from cxops import params
from cxops.errors import ParameterError
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.customers.criticality import UNTOLD, criticality
from cxops.journey.findings.criticality import stage_promises
from cxops.journey.promises.stage_targets import cost_of_change, stage_targets
from cxops.journey.schema import PromisesParameters

START = pd.Timestamp("2025-01-06 09:00", tz="UTC")
LIMITS = {"extreme_share": 0.25, "material_points": 0.25, "minimum_count": 5, "alpha": 0.01}
SHARES = {"must-be": 0.9, "one-dimensional": 0.8, "attractive": 0.8, "indifferent": 0.5, UNTOLD: 0.8}
EFFECTS = {"Check": (0.8, 0.0), "Chat": (0.0, 0.0), "Gift": (0.0, 0.8), "Repair": (0.7, 0.7)}
"""Points that the slowest quarter loses and the quickest wins, by stage."""
HOSTILE = '<script>alert("1")</script>'


def stages(**promised: tuple[float, str]) -> pd.DataFrame:
    rows = [(name, hours, basis) for name, (hours, basis) in promised.items()]
    return pd.DataFrame(rows, columns=["stage", "sla_hours", "basis"]).assign(
        promised=[f"{hours:g} opening hours" for _, hours, _ in rows]
    )


def world(seed: int = 1, cases: int = 2000, per_customer: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clocks of four stages, a third of the cases without the last, and answers with the effects above."""
    rng = np.random.default_rng(seed)
    ids = np.arange(cases).astype(str)
    csat, clocks = 3.5 + rng.normal(0, 0.8, cases), []
    for stage, (penalty, reward) in EFFECTS.items():
        hours = rng.lognormal(1, 1, cases)
        passed = rng.random(cases) < (1 if stage != "Repair" else 0.67)
        low, high = np.quantile(hours[passed], [0.25, 0.75])
        csat += np.where(passed & (hours > high), -penalty, 0) + np.where(passed & (hours <= low), reward, 0)
        clocks.append(pd.DataFrame({"promise": stage, "case_id": ids[passed], "elapsed_hours": hours[passed]}))
    frame = pd.concat(clocks, ignore_index=True).assign(
        is_open=False, target_hours=8.0, calendar=None, started_at=START
    )
    customer = (np.arange(cases) // per_customer).astype(str)
    return frame, pd.DataFrame({"case_id": ids, "customer_id": customer, "csat": csat})


NAMED = stages(**dict.fromkeys(EFFECTS, (8.0, "history")))


def test_c2_m2_b5_a_strong_penalty_without_reward_is_must_be_and_no_effect_is_indifferent():
    found = criticality(NAMED, *world(), **LIMITS).set_index("stage")
    assert found["kano"].to_dict() == {
        "Check": "must-be",
        "Chat": "indifferent",
        "Gift": "attractive",
        "Repair": "one-dimensional",
    }
    for stage, (penalty, reward) in EFFECTS.items():
        assert found.loc[stage, "penalty"] == pytest.approx(penalty, abs=0.15)
        assert found.loc[stage, "reward"] == pytest.approx(reward, abs=0.15)


def test_c2_m2_b5_the_intervals_hold_what_is_planted_as_often_as_they_say():
    held = [
        row[f"{name}_low"] <= planted <= row[f"{name}_high"]
        for seed in range(25)
        for row in criticality(NAMED, *world(seed, 600), **LIMITS).to_dict("records")
        for name, planted in zip(("penalty", "reward"), EFFECTS[row["stage"]], strict=True)
    ]
    assert len(held) == 200
    assert sum(held) >= 180  # 95 %: under 180 of 200 would have a chance of 0.2 %


def test_c2_m2_b5_where_nothing_is_planted_no_stage_is_called_critical():
    clocks, answers = world(3)
    rng = np.random.default_rng(9)
    silent = [
        criticality(NAMED, clocks, answers.assign(csat=3.5 + rng.normal(0, 1, len(answers))), **LIMITS)
        for _ in range(10)
    ]
    assert set(pd.concat(silent)["kano"]) <= {"indifferent", UNTOLD}


def test_effects_and_errors_are_those_of_statsmodels():
    clocks, answers = world(2, 500)
    found = criticality(NAMED, clocks, answers, **LIMITS).set_index("stage")
    columns = {}
    for stage, rows in clocks.groupby("promise", sort=False):
        hours = answers["case_id"].map(rows.set_index("case_id")["elapsed_hours"])
        columns |= {f"{stage} slow": hours > found.loc[stage, "slow_hours"]}
        columns |= {f"{stage} quick": hours <= found.loc[stage, "quick_hours"], f"{stage} at all": hours.notna()}
    frame = pd.DataFrame(columns).astype(float)
    frame = frame.loc[:, frame.nunique() > 1].assign(one=1.0)
    fit = sm.OLS(answers["csat"], frame).fit(
        cov_type="cluster", cov_kwds={"groups": answers["customer_id"].astype(int)}, use_t=True
    )
    for stage in EFFECTS:
        assert found.loc[stage, "penalty"] == pytest.approx(-fit.params[f"{stage} slow"])
        low, high = fit.conf_int().loc[f"{stage} quick"]
        assert found.loc[stage, ["reward_low", "reward_high"]].tolist() == pytest.approx([low, high], rel=1e-6)


def test_a_stage_that_goes_with_another_takes_no_blame_for_it():
    """Chat is slow whenever Check is slow, mostly; alone it would look as bad."""
    clocks, answers = world(4)
    check = clocks[clocks["promise"] == "Check"].set_index("case_id")["elapsed_hours"]
    noise = np.random.default_rng(1).lognormal(0, 0.5, len(check))
    tied = clocks["elapsed_hours"].where(
        clocks["promise"] != "Chat", clocks["case_id"].map(check * pd.Series(noise, check.index))
    )
    both = clocks.assign(elapsed_hours=tied)
    alone = criticality(NAMED[NAMED["stage"] == "Chat"], both, answers, **LIMITS).iloc[0]
    beside = criticality(NAMED, both, answers, **LIMITS).set_index("stage").loc["Chat"]
    assert alone["penalty"] > 0.4 and abs(beside["penalty"]) < 0.2


def test_little_known_of_a_stage_is_not_called_indifferent():
    found = criticality(NAMED, *world(5, 120), **LIMITS)
    assert UNTOLD in set(found["kano"])
    assert "indifferent" not in set(found["kano"])


def test_few_customers_or_answers_give_no_rows():
    clocks, answers = world(6, 200)
    few = answers.assign(customer_id=(np.arange(200) % 29).astype(str))
    assert criticality(NAMED, clocks, few, **LIMITS).empty
    nothing = criticality(NAMED, clocks.iloc[:0], answers.iloc[:0], **LIMITS)
    assert nothing.empty and list(nothing) == list(criticality(NAMED, clocks, answers, **LIMITS))
    assert "cannot be told" in charts.criticality_figure(nothing).caption


def tolerances(**hours: np.ndarray) -> pd.DataFrame:
    return pd.concat([pd.DataFrame({"stage": name, "tolerance_hours": each}) for name, each in hours.items()])


def typed(**kano: str) -> pd.DataFrame:
    return pd.DataFrame({"stage": list(kano), "kano": list(kano.values())})


def clocks_of(stage: str, hours: list[float], target: float, *, still: int = 0) -> pd.DataFrame:
    """One row per case; the last `still` are open."""
    frame = pd.DataFrame({"promise": stage, "elapsed_hours": hours, "target_hours": target, "started_at": START})
    is_open = [at >= len(hours) - still for at in range(len(hours))]
    return frame.assign(case_id=[f"{stage}{at}" for at in range(len(hours))], is_open=is_open, calendar=None)


HOURS = np.arange(1.0, 101.0)


def targets_of(kano: dict[str, str], promised: float = 60.0, basis: str = "history", **more) -> pd.DataFrame:
    given = stages(**dict.fromkeys(kano, (promised, basis)))
    clocks = pd.concat([clocks_of(name, HOURS.tolist(), promised, **more) for name in kano])
    answers = tolerances(**dict.fromkeys(kano, HOURS))
    return stage_targets(
        given, typed(**kano), answers, clocks, {}, tolerated_shares=SHARES, minimum_count=5, alpha=0.01
    ).set_index("stage")


def test_c2_m2_b5_a_must_be_stage_gets_a_tighter_target_and_an_indifferent_one_may_loosen():
    found = targets_of({"Check": "must-be", "Repair": "one-dimensional", "Chat": "indifferent"})
    # tolerances 1 to 100 h: the quantiles at 0.1, 0.2 and 0.5 by linear interpolation
    assert found["proposed_hours"].to_dict() == pytest.approx({"Check": 10.9, "Repair": 20.8, "Chat": 50.5})
    assert found["service"].to_dict() == {"Check": "under-served", "Repair": "under-served", "Chat": "in line"}
    loose = targets_of({"Chat": "indifferent", "Repair": "one-dimensional"}, promised=30.0)
    assert loose["proposal"].to_dict() == {"Chat": "may loosen", "Repair": "keep"}
    short = targets_of({"Check": "must-be", "Chat": "indifferent"}, promised=1.0)
    assert short["service"].to_dict() == {"Check": "over-served", "Chat": "over-served"}
    assert short["proposal"].to_dict() == {"Check": "keep", "Chat": "may loosen"}


def test_c2_m2_b5_a_promise_from_history_is_listed_for_revision():
    found = targets_of({"Check": "must-be"}).reset_index()
    revised = stage_promises(found)[1]
    assert revised.headline.startswith("1 of 1 promises are to be revised") and revised.headline.endswith(": Check.")
    assert (revised.value, revised.verdict) == (1.0, Verdict.COUNT)
    assert "to be revised: from history" in charts.stage_passages_table(found).html
    asked = targets_of({"Check": "must-be"}, basis="customer").reset_index()
    assert len(stage_promises(asked)) == 1


def test_attainment_counts_open_cases_and_the_hours_to_win():
    found = targets_of({"Repair": "one-dimensional"}).loc["Repair"]
    assert found[["kept_share", "attainable_share"]].tolist() == pytest.approx([0.60, 0.20])
    low, high = found[["kept_low", "kept_high"]]
    assert (low, high) == pytest.approx((0.502, 0.691), abs=0.001)  # Wilson for 60 of 100
    assert found["ended_over"] == 80
    assert found["ended_over_hours"] == pytest.approx(sum(hours - 20.8 for hours in range(21, 101)))
    with_open = targets_of({"Repair": "one-dimensional"}, still=10).loc["Repair"]
    assert with_open[["passages", "ended", "ended_over"]].tolist() == [100, 90, 70]


def test_hours_are_hours_on_the_wall():
    class Office:
        timezone = "UTC"
        hours = dict.fromkeys(("Mon", "Tue", "Wed", "Thu", "Fri"), "09:00-17:00")
        holidays = ()

    clocks = clocks_of("Check", [1.0] * 20, 12.0).assign(calendar="office")
    found = stage_targets(
        stages(Check=(12.0, "customer")),
        typed(Check="must-be"),
        tolerances(Check=HOURS),
        clocks,
        {"office": Office()},
        tolerated_shares=SHARES,
        minimum_count=5,
        alpha=0.01,
    )
    # 12 office hours from Monday 09:00 are over on Tuesday at 13:00: 28 hours on the wall.
    assert found["target_hours"].tolist() == [28.0]


def test_stages_without_promise_answers_or_passages_are_left_open():
    given = stages(Check=(8.0, "customer"), Chat=(8.0, "history"), Gift=(np.nan, "customer"))
    clocks = clocks_of("Check", [1.0] * 20, 8.0)
    found = stage_targets(
        given,
        typed(),
        tolerances(Chat=HOURS, Check=HOURS[:4]),
        clocks,
        {},
        tolerated_shares=SHARES,
        minimum_count=5,
        alpha=0.01,
    )
    assert found["stage"].tolist() == ["Check", "Chat"]
    assert found["proposal"].tolist() == ["ask customers"] * 2 and not found["is_signal"].any()
    assert found["kano"].tolist() == [UNTOLD] * 2
    nothing = stage_targets(
        given.iloc[:0],
        typed(),
        tolerances(Chat=HOURS),
        clocks,
        {},
        tolerated_shares=SHARES,
        minimum_count=5,
        alpha=0.01,
    )
    assert nothing[["stage", "service", "proposal"]].to_numpy().tolist() == [["Chat", "no promise", "promise a time"]]
    assert list(nothing) == list(found)
    assert stage_promises(nothing)[0].headline.endswith("the journey map promises no time for any stage.")
    assert "no promise" in charts.stage_targets_table(nothing.assign(agents_more=np.nan)).html
    assert "promises no time" in charts.stage_passages_table(nothing).caption
    assert "promises no time" in charts.stage_targets_table(nothing.iloc[:0].assign(agents_more=np.nan)).caption


def test_c4_m1_b3_tolerances_of_stages_without_a_promise_are_listed_and_not_judged():
    given = stages(Check=(60.0, "history"), Gift=(np.nan, "customer"))
    answers = tolerances(Check=HOURS, Gift=HOURS, Audit=HOURS, Chat=HOURS[:4])
    clocks = clocks_of("Check", HOURS.tolist(), 60.0)
    found = stage_targets(given, typed(), answers, clocks, {}, tolerated_shares=SHARES, minimum_count=5, alpha=0.01)
    assert found["stage"].tolist() == ["Check", "Gift", "Audit"], "of Chat too few said what they tolerate"
    assert found["service"].tolist() == ["under-served", "no promise", "no promise"]
    assert found["proposed_hours"].tolist() == pytest.approx([20.8] * 3)
    assert stage_promises(found)[1].headline.startswith("1 of 1 promises")
    assert charts.stage_passages_table(found).frame["stage"].tolist() == ["Check"]
    assert "no promise" in charts.stage_targets_table(found.assign(agents_more=np.nan)).html


def test_a_promise_within_the_interval_is_in_line():
    assert targets_of({"Repair": "one-dimensional"}, promised=22.0)["service"].tolist() == ["in line"]
    found = stage_promises(targets_of({"Repair": "one-dimensional"}, promised=22.0).reset_index())[0]
    assert found.verdict is Verdict.NOISE


def test_the_sentence_names_the_stage_furthest_beyond_and_what_it_must_be():
    found = stage_promises(targets_of({"Check": "must-be", "Repair": "one-dimensional"}).reset_index())[0]
    assert found.headline.startswith(
        "Tighten the promise for Check from 60 opening hours, to 10.9 hours on the wall (95 % interval "
    )
    assert (
        "which 90 % of customers would accept: 10.0 % of passages take no longer than that already." in found.headline
    )
    assert "accepted by 41.0 % (95 % interval 31.9 % to 50.8 %) of 100 customers who answered." in found.headline
    assert "To customers the time of this stage is must-be. Further stages are under-served too: 1." in found.headline
    assert (found.verdict, found.value) == (Verdict.SIGNAL, pytest.approx(10.9))


def test_the_cost_of_a_tighter_target_is_the_agents_it_takes_more():
    targets = targets_of({"Check": "must-be"}, promised=60.0).reset_index()
    # 1,000 cases in 1,000 h of half an hour each: 0.5 erlangs. One agent waits (0.5 of them) e^(−0.5 · 119) for 59.5 h.
    queues = pd.DataFrame(
        {"stage": ["Check"], "cases": [1000], "open_hours": [1000.0], "touch_hours": [500.0], "target_hours": [60.0]}
    )
    present = pd.DataFrame({"stage": ["Check"], "agents": [2.0]})
    found = cost_of_change(targets, queues, present, target_share=0.9).iloc[0]
    assert found[["agents_inherited", "agents_proposed", "agents_more"]].tolist() == [1.0, 1.0, 0.0]
    tight = cost_of_change(targets.assign(proposed_hours=0.6), queues, present, target_share=0.9).iloc[0]
    assert tight["agents_more"] == 1.0  # 0.1 h to wait: 1 − 0.5 e^(−0.5 · 0.2) = 0.55 with one; 0.93 with two
    unknown = cost_of_change(targets.assign(proposed_hours=np.nan), queues, present, target_share=0.9).iloc[0]
    assert np.isnan(unknown["agents_more"])


def test_the_figure_says_the_types_and_escapes_names():
    clocks, answers = world()
    renamed = clocks.replace({"promise": {"Check": HOSTILE}})
    found = criticality(NAMED.replace({"stage": {"Check": HOSTILE}}), renamed, answers, **LIMITS)
    figure = charts.criticality_figure(found)
    assert figure.caption.startswith(f"Slowness is not forgiven in {HOSTILE}.")
    assert "<script>" not in figure.html
    assert "must-be: slow loses" in figure.alt


def test_shares_must_name_every_type():
    assert set(params.resolve(PromisesParameters).tolerated_shares) == set(SHARES)
    with pytest.raises(ParameterError, match="tolerated_shares"):
        params.resolve(PromisesParameters, tolerated_shares={"must-be": 0.9})


def test_stages_that_the_same_cases_pass_alike_cannot_be_told_apart():
    clocks, asked = world(cases=600)
    twin = clocks[clocks["promise"] == "Check"].assign(promise="Chat")
    both = pd.concat([clocks[clocks["promise"] != "Chat"], twin], ignore_index=True)
    found = criticality(NAMED, both, asked, **LIMITS).set_index("stage")
    assert found.loc[["Check", "Chat"], ["penalty", "reward_low", "penalty_p_value"]].isna().all(axis=None)
    assert found.loc[["Check", "Chat"], "kano"].tolist() == [UNTOLD, UNTOLD]
    assert found.loc["Gift", "kano"] == "attractive"
    assert "Chat" in str(charts.criticality_figure(found.reset_index()).alt)
