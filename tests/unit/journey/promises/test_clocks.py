"""Clocks of stages and handoffs by hand, promises kept, what customers tolerate, and what is not promised at all."""

import itertools

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.errors import ParameterError
from cxops.journey import charts
from cxops.journey.promises.calendars import DAYS, OpeningHours
from cxops.journey.schema import maps
from cxops.journey.statistics.completion import done_within, wilson, worth
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

MONDAY = pd.Timestamp("2025-01-06", tz="UTC")
OFFICE = {"office": OpeningHours("UTC", dict.fromkeys(DAYS[:5], "09:00-17:00"))}
LEVELS = {"target_share": 0.9, "alpha": 0.05, "minimum_count": 5}


def at(hours: float) -> pd.Timestamp:
    return MONDAY + pd.Timedelta(hours=hours)


def promised(stage="Diagnosis", hours=4.0, calendar=None, pauses=()) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": [stage],
            "sla_hours": [hours],
            "promised": [f"{hours:g} hours"],
            "calendar": [calendar],
            "pauses": [pauses],
        }
    )


def cases(*ids: str, resolved: tuple[str, ...] = ()) -> ibis.Table:
    moment = pd.to_datetime([MONDAY if each in resolved else None for each in ids], utc=True).as_unit("us")
    frame = pd.DataFrame({"case_id": ids, "unit": "Harbour", "priority": "High", "resolved_at": moment})
    return ibis.memtable(frame)


def clock(steps, stages, *, until=100.0, calendars=OFFICE, ids=("1",), **known) -> pd.DataFrame:
    return journey.stage_clocks(steps, cases(*ids, **known), stages, calendars, as_of=at(until))


def test_a_stage_runs_from_its_first_step_to_its_last_known_end(log):
    steps = log(
        ("1", "A", "active", 10, 11, "Ask", "Intake"),
        ("1", "B", "waiting", 12, 13, "Queue", "Diagnosis"),
        ("1", "B", "active", 13, 15, "Diagnose", "Diagnosis"),
        ("1", "C", "active", 20, 21, "Mend", "Resolution"),
    )
    row = clock(steps, promised()).iloc[0]
    assert row[["promise", "hours", "elapsed_hours", "is_open", "target_hours"]].tolist() == [
        "Diagnosis",
        3,
        3,
        False,
        4,
    ]
    assert row[["unit", "priority"]].tolist() == ["Harbour", "High"]


def test_c4_m1_b3_the_clock_stops_outside_opening_hours_and_during_pauses(log):
    steps = log(
        ("1", "B", "active", 15, 16, "Diagnose", "Diagnosis"),  # Monday 15:00, then the customer is asked
        ("1", "B", "waiting", 16, 34, "Wait for customer", "Diagnosis"),  # until Tuesday 10:00
        ("1", "B", "active", 34, 36, "Diagnose", "Diagnosis"),  # until Tuesday 12:00
        ("1", "C", "active", 40, 41, "Mend", "Resolution"),
    )
    assert clock(steps, promised(calendar="office")).iloc[0]["hours"] == pytest.approx(2 + 3)
    paused = clock(steps, promised(calendar="office", pauses=("Wait for customer",))).iloc[0]
    assert paused["hours"] == pytest.approx(5 - 2), "16 to 17 and 9 to 10 stand still"
    assert paused["elapsed_hours"] == 21


def test_overlapping_pauses_stop_the_clock_once(log):
    steps = log(
        ("1", "B", "active", 0, 10, "Diagnose", "Diagnosis"),
        ("1", "B", "waiting", 2, 6, "Wait", "Diagnosis"),
        ("1", "B", "waiting", 3, 5, "Wait", "Diagnosis"),
        ("1", "B", "waiting", 4, 8, "Hold", "Diagnosis"),
        ("1", "C", "active", 12, 13, "Mend", "Resolution"),
    )
    assert clock(steps, promised(pauses=("Wait", "Hold"))).iloc[0]["hours"] == 10 - 6


def test_c4_m1_b3_a_pause_takes_nothing_off_while_the_case_is_elsewhere(log):
    """The wait has no end of its own, so it lasts until Billing begins; of it only 1 to 2 lies in the stage."""
    steps = log(
        ("1", "A", "active", 0, 2, "Diagnose", "Diagnosis"),
        ("1", "A", "waiting", 1, None, "Wait for customer", "Diagnosis"),
        ("1", "B", "active", 10, 12, "Check", "Billing"),
        ("1", "A", "active", 20, 28, "Diagnose", "Diagnosis"),
    )
    row = clock(steps, promised(pauses=("Wait for customer",)), resolved=("1",)).iloc[0]
    assert row["hours"] == (2 + 8) - 1


def test_c4_m1_b3_the_clock_is_the_hours_in_the_stage_and_in_no_pause_hour_by_hour(log):
    """300 random cases on whole hours with overlaps, returns and missing ends, each counted by the hour."""
    rng = np.random.default_rng(5)
    rows, expected = [], {}
    for number in range(300):
        steps = random_case(rng)
        rows += [(f"{number:03}", "A", "active", *step) for step in steps]
        expected[f"{number:03}"] = hours_by_hand(steps)
    found = clock(log(*rows), promised(pauses=("Wait",)), ids=tuple(expected), resolved=tuple(expected))
    told = found.set_index("case_id")["hours"].to_dict()
    assert told == {case: hours for case, hours in expected.items() if hours is not None}
    assert len(set(told.values())) > 15


def random_case(rng: np.random.Generator) -> list[tuple]:
    """Steps of `(start, end, activity, stage)` in the order of their starts, which all differ."""
    starts = sorted(rng.choice(40, size=rng.integers(2, 8), replace=False).tolist())
    ends = [None if rng.random() < 0.3 else start + int(rng.integers(0, 12)) for start in starts]
    said = [(str(rng.choice(["Work", "Wait"])), str(rng.choice(["Diagnosis", "Billing"]))) for _ in starts]
    return [(start, end, *names) for start, end, names in zip(starts, ends, said, strict=True)]


def hours_by_hand(steps: list[tuple]) -> int | None:
    """Hours that lie in a stay in Diagnosis and in none of its waits; None of a case that never was there.

    A stay lasts until the latest known end of its steps, or where one began later than that, until the next stage
    begins, or for the last stay its last start.
    """
    stays: set[int] = set()
    for name, block in itertools.groupby(range(len(steps)), key=lambda at: steps[at][3]):
        own = list(block)
        first, last, after = steps[own[0]][0], steps[own[-1]][0], [step[0] for step in steps[own[-1] + 1 :]]
        known = max([steps[at][1] for at in own if steps[at][1] is not None], default=-1)
        until = known if known >= last else (after or [last])[0]
        stays |= set(range(first, until)) if name == "Diagnosis" else set()
    waits: set[int] = set()
    for at, (start, end, activity, stage) in enumerate(steps):
        after = [step[0] for step in steps[at + 1 :]]
        until = end if end is not None else (after or [100])[0]
        waits |= set(range(start, until)) if (activity, stage) == ("Wait", "Diagnosis") else set()
    return len(stays - waits) if any(step[3] == "Diagnosis" for step in steps) else None


def test_coming_back_starts_no_new_promise(log):
    steps = log(
        ("1", "B", "active", 0, 2, "Diagnose", "Diagnosis"),
        ("1", "C", "active", 5, 6, "Mend", "Resolution"),
        ("1", "B", "active", 10, 13, "Diagnose", "Diagnosis"),
        ("1", "C", "active", 20, 21, "Mend", "Resolution"),
    )
    row = clock(steps, promised()).iloc[0]
    assert row[["hours", "elapsed_hours"]].tolist() == [5, 13]


def test_what_is_not_over_runs_until_now(log):
    steps = log(("1", "B", "active", 0, 2, "Diagnose", "Diagnosis"))
    assert clock(steps, promised(), until=7).iloc[0][["hours", "is_open"]].tolist() == [7, True], "nobody finished it"
    over = clock(steps, promised(), until=7, resolved=("1",)).iloc[0]
    assert over[["hours", "is_open"]].tolist() == [2, False], "the case is resolved"
    done = log(("1", "B", "active", 0, 2, "Diagnose", "Diagnosis"), ("1", "B", "done", 2, 2, "Close", "Diagnosis"))
    assert clock(done, promised(), until=7).iloc[0][["hours", "is_open"]].tolist() == [2, False]


def test_a_pause_still_running_keeps_the_clock_still(log):
    steps = log(
        ("1", "B", "active", 0, 2, "Diagnose", "Diagnosis"), ("1", "B", "waiting", 2, None, "Wait", "Diagnosis")
    )
    assert clock(steps, promised(pauses=("Wait",)), until=9).iloc[0][["hours", "is_open"]].tolist() == [2, True]


def test_later_steps_are_not_known_yet(log):
    steps = log(
        ("1", "B", "active", 0, 6, "Diagnose", "Diagnosis"),
        ("1", "C", "active", 8, 9, "Mend", "Resolution"),
        ("2", "B", "active", 5, 6, "Diagnose", "Diagnosis"),
        ("2", "C", "active", 8, 9, "Mend", "Resolution"),
    )
    found = clock(steps, promised(), until=4, ids=("1", "2"))
    assert found[["case_id", "hours", "is_open"]].to_numpy().tolist() == [["1", 4, True]]


def test_state_logs_end_a_stage_where_the_next_begins(log):
    steps = log(
        ("1", "B", "active", 0, None, "Diagnose", "Diagnosis"), ("1", "C", "active", 5, None, "Mend", "Resolution")
    )
    assert clock(steps, promised()).iloc[0][["hours", "is_open"]].tolist() == [5, False]


def test_handoff_clock_runs_from_given_to_taken_up(log):
    steps = log(
        ("1", "A", "active", 15, 16, "Ask", "Intake"),
        ("1", "B", "waiting", 17, 34, "Queue", "Diagnosis"),
        ("1", "B", "active", 34, 36, "Diagnose", "Diagnosis"),
        ("2", "A", "active", 10, 11, "Ask", "Intake"),
        ("2", "B", "waiting", 12, None, "Queue", "Diagnosis"),
        ("3", "A", "active", 10, None, "Ask", "Intake"),
        ("3", "B", "active", 12, 13, "Diagnose", "Diagnosis"),
    )
    agreed = pd.DataFrame(
        {"from_stage": ["Intake"], "to_stage": ["Diagnosis"], "clock_hours": [4.0], "calendar": ["office"]}
    ).assign(promised="4 opening hours")
    found = journey.handoff_clocks(steps, cases("1", "2", "3"), agreed, OFFICE, as_of=at(40)).set_index("case_id")
    assert found["promise"].unique().tolist() == ["Intake → Diagnosis"]
    assert found.loc["1", ["hours", "is_open"]].tolist() == [2, False], "16 to 17 and 9 to 10"
    assert found.loc["2", ["hours", "is_open"]].tolist() == [6 + 7, True], "nobody took it up by Tuesday 16:00"
    assert np.isnan(found.loc["3", "hours"]), "nobody knows when it was given"


def test_a_promise_of_an_unknown_calendar_is_an_error(log):
    with pytest.raises(ParameterError, match="night.*calendars of the journey map"):
        clock(log(("1", "B", "active", 0, 2, "Diagnose", "Diagnosis")), promised(calendar="night"))


def test_c4_m1_b3_unknown_unit_is_an_error_of_the_map():
    with pytest.raises(ValueError, match="minutes|hours|days"):
        maps.Promise(target=4, unit="weeks", basis="customer")


def made(met: int, late: int, early: int = 0, overdue: int = 0, target: float = 4.0) -> pd.DataFrame:
    """Clocks: stopped in time, stopped late, still open within the target, still open beyond it."""
    rows = [(1.0, False)] * met + [(9.0, False)] * late + [(0.5, True)] * early + [(9.0, True)] * overdue
    frame = pd.DataFrame(rows, columns=["hours", "is_open"])
    start = pd.Series([MONDAY] * len(frame), dtype="datetime64[us, UTC]")
    named = {
        "promise": "Diagnosis",
        "target_hours": target,
        "promised": "4 hours",
        "calendar": None,
        "started_at": start,
    }
    return frame.assign(case_id=range(len(frame)), elapsed_hours=frame["hours"], **named)


def test_c4_m1_b3_80_of_100_in_time_is_080_with_wilson_bounds():
    row = journey.attainment(made(80, 20), **LEVELS).iloc[0]
    assert row["share"] == pytest.approx(0.80)
    assert [row["low"], row["high"]] == pytest.approx([0.7112, 0.8666], abs=5e-5)
    assert [row["low"], row["high"]] == pytest.approx(proportion_confint(80, 100, method="wilson"), abs=1e-12)
    assert row[["cases", "met", "missed", "running"]].tolist() == [100, 80, 20, 0]
    assert row["is_signal"], "80 % of 100 is below 90 % by more than noise: z = -3.33"
    assert row["p_value"] == pytest.approx(0.00043, abs=5e-6)


def test_c4_m1_b3_a_case_that_passes_often_is_one_case():
    """Six passings of one case tell of one person; those of ten cases that all end alike are worth ten."""
    one = made(0, 6).assign(case_id="K")
    assert journey.attainment(one, **LEVELS).iloc[0]["state"] == "too few cases"
    ten = pd.concat([made(0, 10)] * 6, ignore_index=True)
    row, once = (journey.attainment(each, **LEVELS).iloc[0] for each in (ten, made(0, 10)))
    assert row[["cases", "clocks", "missed"]].tolist() == [10, 60, 60]
    assert row[["share", "low", "high", "p_value"]].tolist() == once[["share", "low", "high", "p_value"]].tolist()
    mixed = pd.concat([made(80, 20)] * 3, ignore_index=True)
    row, once = (journey.attainment(each, **LEVELS).iloc[0] for each in (mixed, made(80, 20)))
    assert row[["share", "low", "high", "closed_low"]].tolist() == pytest.approx(
        once[["share", "low", "high", "closed_low"]].tolist()
    )


def test_c4_m1_b3_promises_of_one_unit_are_listed_once():
    one = journey.attainment(made(80, 20).assign(unit="Harbour"), by=("unit",), **LEVELS)
    two = pd.concat([made(80, 20).assign(unit=unit) for unit in ("Harbour", "Meadow")])
    both = charts.attainment_table(journey.attainment(two, by=("unit",), **LEVELS), 10, by=("unit",))
    assert charts.attainment_table(one, 10, by=("unit",)).frame.empty
    assert both.frame["name"].tolist() == ["Diagnosis · 4 hours · Harbour", "Diagnosis · 4 hours · Meadow"]


def test_c4_m1_b3_open_cases_are_censored_and_not_ignored():
    row = journey.attainment(made(80, 10, early=10, overdue=10), **LEVELS).iloc[0]
    assert row["closed_share"] == pytest.approx(80 / 90), "what is usually reported: of the closed alone"
    # 10 leave the risk set after half an hour: of 100 that ran an hour, 80 stopped; 20 went on beyond the target
    assert row["share"] == pytest.approx(0.80)
    assert row[["met", "missed", "running"]].tolist() == [80, 20, 10]
    assert row["low"] < 0.80 < row["high"] < row["closed_share"] + 0.02


def test_too_early_and_too_few_are_said_and_not_guessed():
    early = journey.attainment(
        made(5, 0, early=3).assign(hours=lambda each: each["hours"].where(~each["is_open"], 2.0)), **LEVELS
    )
    assert early.iloc[0]["state"] == "too early to say"
    assert early[["share", "low", "high", "p_value"]].isna().all(axis=None)
    few = journey.attainment(made(3, 1), **LEVELS).iloc[0]
    assert few["state"] == "too few cases"
    assert few[["cases", "met", "share"]].isna().all()
    assert journey.attainment(made(0, 0), **LEVELS).empty


def test_a_promise_always_or_never_kept_has_an_interval():
    always, never = (journey.attainment(made(*each), **LEVELS).iloc[0] for each in ((20, 0), (0, 20)))
    assert always[["share", "high"]].tolist() == [1, 1]
    assert always["low"] == pytest.approx(0.839, abs=1e-3)
    assert never[["share", "low"]].tolist() == [0, 0]
    assert never["is_signal"]


def test_segments_are_told_apart():
    both = pd.concat([made(80, 20).assign(unit="Harbour"), made(95, 5).assign(unit="Valley")])
    found = journey.attainment(both, by=("unit",), **LEVELS).set_index("unit")
    assert found["share"].to_dict() == pytest.approx({"Harbour": 0.80, "Valley": 0.95})
    assert found["is_signal"].to_dict() == {"Harbour": True, "Valley": False}


SIX_MP = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
"""Remission in weeks of the 21 treated patients of Freireich et al. (1963), Blood 21; minus: still in remission."""


@pytest.mark.parametrize(
    ("week", "left", "error"),
    [
        (6, 0.857, 0.0764),
        (7, 0.807, 0.0869),
        (10, 0.753, 0.0963),
        (13, 0.690, 0.1068),
        (16, 0.627, 0.1141),
        (23, 0.448, 0.1346),
    ],
)
def test_kaplan_meier_and_greenwood_give_the_published_values(week, left, error):
    weeks, is_open = np.abs(np.array(SIX_MP, dtype=float)), np.array(SIX_MP) < 0
    share, spread = done_within(weeks, is_open, week)
    assert [1 - share, spread] == pytest.approx([left, error], abs=5e-4)
    curve = SurvfuncRight(weeks, ~is_open)
    place = np.searchsorted(curve.surv_times, week, side="right") - 1
    assert [1 - share, spread] == pytest.approx([curve.surv_prob[place], curve.surv_prob_se[place]], abs=1e-12)


def test_nothing_open_is_worth_all_and_censoring_costs():
    hours, nobody = np.repeat([1.0, 9.0], [80, 20]), np.zeros(100, bool)
    assert worth(*done_within(hours, nobody, 4), 100) == pytest.approx(100)
    some = nobody.copy()
    some[:30] = True
    assert worth(*done_within(np.where(some, 0.5, hours), some, 4), 70) == pytest.approx(70)
    assert all(np.isnan(wilson(float("nan"), 5)))


def test_the_interval_holds_what_it_promises_with_open_cases():
    """Coverage of 95 % intervals where a third is censored: 300 samples of 60; binomial margin about 2.5 points."""
    rng, truth, inside = np.random.default_rng(3), 1 - np.exp(-1.0), 0
    for _ in range(300):
        done, seen = rng.exponential(1.0, 60), rng.uniform(0.2, 3.0, 60)
        hours, is_open = np.minimum(done, seen), seen < done
        share, error = done_within(hours, is_open, 1.0)
        low, high = wilson(share, worth(share, error, int(((hours > 1) | ~is_open).sum())))
        inside += low <= truth <= high
    assert 0.92 <= inside / 300 <= 0.985


def test_c4_m1_b3_a_stage_without_sla_is_listed():
    stages = pd.DataFrame({"stage": ["Intake", "Diagnosis", "Renewal"], "sla_hours": [4.0, None, None]})
    seen = pd.DataFrame({"stage": ["Diagnosis", "Intake", "Audit"], "cases": [40, 50, 3]})
    found = journey.unpromised(stages, seen, minimum_count=5)
    assert found["stage"].tolist() == ["Diagnosis", "Renewal", "Audit"]
    assert found["why"].tolist() == ["no promise in the map", "no promise in the map", "not a stage of the map"]
    assert found["cases"].fillna(-1).tolist() == [40, -1, -1], "few are not counted out"


def targets_of(tolerated: np.ndarray, clocks: pd.DataFrame, calendars=None, *, hours: float = 4.0) -> pd.Series:
    """The row of the one promised stage, whose type is not known, for tolerances in hours on the wall."""
    return journey.stage_targets(
        pd.DataFrame(
            {"stage": ["Diagnosis"], "sla_hours": [hours], "promised": ["4 opening hours"], "basis": ["history"]}
        ),
        pd.DataFrame({"stage": [], "kano": []}),
        pd.DataFrame({"stage": "Diagnosis", "tolerance_hours": tolerated}),
        clocks,
        calendars or {},
        tolerated_shares={"cannot be told": 0.9},
        alpha=0.05,
        minimum_count=5,
    ).iloc[0]


def test_c4_m1_b3_expectation_percentile_and_gap():
    found = targets_of(np.linspace(1, 10, 91), made(80, 20))  # a tenth tolerate less than 1.9 h, 61 of 91 four or more
    assert found["proposed_hours"] == pytest.approx(1.9)
    assert found["gap_hours"] == pytest.approx(4 - 1.9)
    assert found["gap_low"] < found["gap_hours"] < found["gap_high"]
    assert found["accepted_share"] == pytest.approx(61 / 91)
    assert found["accepted_low"] < 61 / 91 < found["accepted_high"]
    assert found["attainable_share"] == pytest.approx(0.8), "80 of 100 took one hour"
    assert found[["service", "is_signal"]].tolist() == ["under-served", True]


def test_c4_m1_b3_tolerance_and_promise_are_held_against_each_other_on_one_clock():
    """Four office hours from Monday 15:00 end on Tuesday at 11:00: 20 hours on the wall, which 91 of 91 tolerate.

    Read as office hours, half of the same answers would have been called too short.
    """
    late = made(10, 0).assign(calendar="office", started_at=at(15))
    found = targets_of(np.linspace(20, 30, 91), late, OFFICE)
    assert (found["target_hours"], found["accepted_share"]) == (20, 1.0)
    assert found["promised"] == "4 opening hours, about 20 hours on the wall"
    assert targets_of(np.linspace(4, 10, 91), late, OFFICE)["accepted_share"] == 0.0


def test_columns_of_open_and_of_ended_passages_cannot_be_mistaken_for_each_other():
    found = targets_of(np.linspace(1, 10, 91), made(80, 20, early=7)).to_frame().T.infer_objects()
    table = charts.stage_passages_table(found)
    assert table.frame[["passages", "over"]].to_numpy().tolist() == [[107, "20 of 100 ended"]]
    assert "of ended passages alone" in table.caption


def test_few_answers_are_not_shown():
    few = targets_of(np.array([1.0, 2.0]), made(80, 20))
    assert np.isnan(few[["proposed_hours", "accepted_share"]].to_numpy(float)).all()
    assert few["proposal"] == "ask customers"


def test_sqlite_gives_the_same_clocks(demo_on_both):
    drawn = maps.journey_map("service")
    found = []
    for tables in demo_on_both:
        args, now = (tables["steps"], tables["cases"]), journey.observed_until(tables["steps"])
        both = journey.clocks(
            journey.stage_clocks(*args, drawn.stage_frame(), drawn.calendars, as_of=now),
            journey.handoff_clocks(*args, drawn.transition_frame(), drawn.calendars, as_of=now),
        )
        found.append(both.sort_values(["promise", "case_id", "started_at"], ignore_index=True))
    pd.testing.assert_frame_equal(*found, check_dtype=False, rtol=1e-9)
    assert len(found[0]) > 1000


def test_no_map_and_no_steps_give_no_clocks(chain, nothing):
    empty = maps.journey_map(None)
    args = (cases("1"), empty.stage_frame(), {})
    for steps in (chain, nothing):
        found = journey.stage_clocks(steps, *args, as_of=MONDAY)
        assert found.empty
        assert journey.attainment(found, **LEVELS).empty
    drawn = maps.journey_map("service")
    assert journey.stage_clocks(nothing, cases("1"), drawn.stage_frame(), drawn.calendars, as_of=MONDAY).empty
    assert journey.handoff_clocks(nothing, cases("1"), drawn.transition_frame(), drawn.calendars, as_of=MONDAY).empty
