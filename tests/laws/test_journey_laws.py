"""What must hold for the journey of any log: order of rows, names of teams and strangers' cases change nothing else."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEAMS, STAGES, STATUSES = ("A", "B", "C"), ("X", "Y"), ("active", "waiting", "done")
MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
MEASURES = {
    "closure": journey.closure,
    "directly_follows": journey.directly_follows,
    "handoffs": journey.handoffs,
    "handoffs_by_pair": lambda steps: journey.handoffs_by_pair(journey.handoffs(steps)),
    "ping_pong": journey.ping_pong,
    "rework_by_activity": journey.rework_by_activity,
    "stages": journey.stages,
    "stage_flow": journey.stage_flow,
    "time_split": journey.time_split,
    "times_by_case": journey.times_by_case,
    "variants": journey.variants,
}
checked = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def logs(draw: st.DrawFn) -> pd.DataFrame:
    """Steps of one to four cases: overlaps, equal starts, unknown ends, zero durations and every status occur."""
    step = st.tuples(
        st.sampled_from(TEAMS),
        st.sampled_from(STAGES),
        st.sampled_from(STATUSES),
        st.integers(0, 30),
        st.one_of(st.none(), st.integers(0, 20)),
    )
    cases = draw(st.lists(st.lists(step, min_size=1, max_size=9), min_size=1, max_size=4))
    rows = [(f"{number}", *each) for number, steps in enumerate(cases) for each in steps]
    frame = pd.DataFrame(rows, columns=["case_id", "team", "stage", "status", "start", "length"])
    start = (MIDNIGHT + pd.to_timedelta(frame["start"].astype(float), unit="h")).astype("datetime64[us, UTC]")
    length = pd.to_timedelta(frame["length"].astype(float), unit="h")
    frame = frame.assign(started_at=start, ended_at=(start + length).astype("datetime64[us, UTC]"))
    frame["step_seq"] = frame.groupby(["case_id", "started_at"]).cumcount()
    frame["activity"] = frame["stage"] + frame["team"].str.lower()
    return frame.drop(columns=["start", "length"])


def measured(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    return MEASURES[name](ibis.memtable(frame)).execute()


def rows_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.mark.parametrize("name", sorted(MEASURES))
@given(frame=logs(), seed=st.integers(0, 99))
@checked
def test_the_order_of_rows_changes_nothing(name, frame, seed):
    mixed = frame.sample(frac=1, random_state=seed, ignore_index=True)
    pd.testing.assert_frame_equal(measured(name, mixed), measured(name, frame))


@pytest.mark.parametrize("name", ["closure", "directly_follows", "stages", "stage_flow", "time_split", "times_by_case"])
@given(frame=logs())
@checked
def test_names_of_teams_change_no_number(name, frame):
    renamed = frame.assign(team=frame["team"].map({"A": "zebra", "B": "<b>", "C": "=1+1"}))
    pd.testing.assert_frame_equal(measured(name, renamed), measured(name, frame))


@pytest.mark.parametrize("name", ["handoffs", "handoffs_by_pair", "ping_pong"])
@given(frame=logs())
@checked
def test_names_of_teams_change_only_names(name, frame):
    names = {"A": "zebra", "B": "<b>", "C": "=1+1"}
    renamed = measured(name, frame.assign(team=frame["team"].map(names)))
    expected = measured(name, frame)
    for column in ("from_team", "to_team", "team", "other_team"):
        if column in expected:
            expected[column] = expected[column].map(names).astype(renamed[column].dtype)
    pd.testing.assert_frame_equal(rows_of(renamed), rows_of(expected))


@pytest.mark.parametrize("name", ["handoffs", "ping_pong", "times_by_case"])
@given(frame=logs(), other=logs())
@checked
def test_a_strangers_case_changes_nothing_for_the_others(name, frame, other):
    both = measured(name, pd.concat([frame, other.assign(case_id="stranger " + other["case_id"])], ignore_index=True))
    ours = both[~both["case_id"].str.startswith("stranger")].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, measured(name, frame), check_dtype=False)


@given(frame=logs())
@checked
def test_lead_time_is_touch_and_wait_and_spans_the_case(frame):
    found = measured("times_by_case", frame)
    assert (found["lead_hours"] == found["touch_hours"] + found["wait_hours"]).all()
    assert (found[["touch_hours", "wait_hours"]] >= 0).all(axis=None)
    spanned = (found["ended_at"] - found["started_at"]).dt.total_seconds() / 3600
    np.testing.assert_allclose(found["lead_hours"], spanned, rtol=1e-12)


@given(frame=logs())
@checked
def test_touch_time_is_the_union_of_active_steps(frame):
    """All starts and lengths are whole hours, so the union can be counted hour by hour."""
    known = frame[(frame["status"] == "active") & frame["ended_at"].notna()]
    hours: dict[str, set[int]] = {case: set() for case in frame["case_id"]}
    for case, start, end in zip(known["case_id"], known["started_at"], known["ended_at"], strict=True):
        first, last = ((moment - MIDNIGHT) // pd.Timedelta(hours=1) for moment in (start, end))
        hours[case] |= set(range(first, last))
    found = measured("times_by_case", frame).set_index("case_id")["touch_hours"]
    assert found.to_dict() == pytest.approx({case: len(each) for case, each in hours.items()})


@given(frame=logs())
@checked
def test_every_way_to_split_the_time_adds_up_to_the_lead_time(frame):
    total = measured("times_by_case", frame)["lead_hours"].sum()
    split, by_stage = measured("time_split", frame)["hours_total"], measured("stages", frame)
    assert (split >= 0).all()
    assert split.sum() == pytest.approx(total)
    assert by_stage[["touch_hours_total", "wait_hours_total"]].sum(axis=None) == pytest.approx(total)


@given(frame=logs())
@checked
def test_counts_are_conserved(frame):
    handoffs, pairs = measured("handoffs", frame), measured("handoffs_by_pair", frame)
    cases = measured("times_by_case", frame)
    assert cases["case_id"].tolist() == sorted(frame["case_id"].unique())
    assert cases["handoffs"].sum() == len(handoffs) == pairs["handoffs"].sum()
    assert pairs["latency_hours_total"].sum() == pytest.approx(handoffs["latency_hours"].sum())
    assert measured("directly_follows", frame)["transitions"].sum() == len(frame) - len(cases)
    assert measured("variants", frame)["cases"].sum() == len(cases) == measured("closure", frame)["cases"].iloc[0]
    grouped = journey.handoffs_by_pair(journey.handoffs(ibis.memtable(frame)), minimum_count=2).execute()
    assert grouped["handoffs"].sum() == len(handoffs)
    assert grouped["latency_hours_total"].sum() == pytest.approx(handoffs["latency_hours"].sum())


@given(frame=logs())
@checked
def test_latencies_are_never_negative(frame):
    for name, column in [("handoffs", "latency_hours"), ("directly_follows", "latency_hours_p50")]:
        assert (measured(name, frame)[column].dropna() >= 0).all()


@pytest.mark.parametrize("name", sorted(MEASURES))
@given(frame=logs())
@settings(max_examples=5, deadline=None)
def test_the_given_steps_are_not_changed(name, frame):
    before = frame.copy(deep=True)
    measured(name, frame)
    pd.testing.assert_frame_equal(frame, before)


@given(frame=logs(), seed=st.integers(0, 99))
@checked
def test_bottlenecks_know_teams_by_name_only(frame, seed):
    def judged(steps: pd.DataFrame) -> pd.DataFrame:
        found = journey.handoffs(ibis.memtable(steps))
        limits = {"minimum_count": 2, "alpha": 0.05, "material_ratio": 1.0, "permutations": 199}
        return journey.bottlenecks(found, **limits, rng=np.random.default_rng(seed))

    names = {"A": "c", "B": "b", "C": "a", "(rarer pairs)": "(rarer pairs)"}
    renamed, expected = judged(frame.assign(team=frame["team"].map(names))), judged(frame)
    for column in ("from_team", "to_team"):
        expected[column] = expected[column].map(names).astype(renamed[column].dtype)
    pd.testing.assert_frame_equal(rows_of(renamed), rows_of(expected), rtol=1e-9)
