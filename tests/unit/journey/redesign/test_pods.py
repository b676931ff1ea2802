"""Pods: planted groups are found, a rehearsal changes who does the work and nothing else, gaps and starts are told."""

import math

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops.journey.redesign.pods import crossing, pods
from cxops.journey.redesign.rehearsal import pod_rehearsal, rehearsal
from cxops.journey.redesign.skill_cover import (
    abilities,
    needed_in_register,
    needed_skills,
    pod_members,
    registered_members,
    skill_cover,
)
from cxops.journey.redesign.tracking import pods_since
from cxops.journey.redesign.work import latest_cases, traffic, work, work_by_kind

GROUPS = {"A": ("a1", "a2", "a3"), "B": ("b1", "b2", "b3"), "C": ("c1", "c2", "c3")}
LOOK = {"latency_kept_share": 0.0}


def adjusted_rand(left: list[str], right: list[str]) -> float:
    """Hubert and Arabie's index by its definition, from the table of both groupings."""
    table = pd.crosstab(pd.Series(left), pd.Series(right)).to_numpy()
    pairs = sum(math.comb(int(n), 2) for n in table.ravel())
    rows, columns = (sum(math.comb(int(n), 2) for n in table.sum(axis=axis)) for axis in (1, 0))
    expected = rows * columns / math.comb(len(left), 2)
    return (pairs - expected) / ((rows + columns) / 2 - expected)


def test_the_index_itself_tells_right_from_wrong():
    assert adjusted_rand(list("aabb"), list("xxyy")) == 1
    assert adjusted_rand(list("aabb"), list("xyxy")) == pytest.approx(-0.5)  # by hand: (0 − 4/6) / (2 − 4/6)


@pytest.fixture
def grouped(log):
    """300 cases of 8 pieces of work each; a group of activities a case, every 20th move to another group (5 %).

    Each of a group's activities is another team's: the functional layout changes hands at nearly every move.
    """
    rng, rows, moves, crossed = np.random.default_rng(5), [], 0, 0
    for case in range(300):
        group = "ABC"[case % 3]
        for at in range(8):
            activity = GROUPS[group][(at + case) % 3]
            moves += at > 0
            if at > 0 and rng.random() < 0.05:
                crossed += 1
                other = "ABC".replace(group, "")[rng.integers(2)]
                activity = GROUPS[other][at % 3]
            start = case * 6 + at * 3.0
            rows.append((str(case), f"Team {activity[1]}", "active", start, start + 1, activity, "Work"))
    assert 0.03 < crossed / moves < 0.07
    return log(*rows)


@pytest.mark.parametrize("count", [3, None])
def test_c0_m2_b1_three_planted_groups_are_recovered(grouped, count):
    found = pods(traffic(work(grouped)).execute(), work_by_kind(work(grouped)).execute(), count=count, by_team=False)
    assert found["pod"].nunique() == 3
    planted = found["activity"].str[0].tolist()
    assert adjusted_rand(found["pod"].tolist(), planted) >= 0.95


def test_c0_m2_b1_handoffs_fall_and_the_work_is_the_same(grouped):
    done = work(grouped)
    found = pods(traffic(done).execute(), work_by_kind(done).execute(), count=3)
    rows = pod_rehearsal(rehearsal(done.execute(), found, **LOOK), replications=100, rng=np.random.default_rng(1))
    present, planned, change = (row for _, row in rows.iterrows())
    assert planned["handoffs_per_case"] < 0.3 * present["handoffs_per_case"]
    assert change["handoffs_per_case_high"] < 0
    assert present["work_hours"] == pytest.approx(300 * 8)  # a case has 8 pieces of an hour
    assert abs(planned["work_hours"] - present["work_hours"]) < 1e-6
    shares = crossing(traffic(done).execute(), found).set_index("layout")["crossing_share"]
    assert shares["pods"] < 0.15 < shares["present teams"]


def test_c0_m2_b1_handoffs_that_are_simulated_are_those_of_the_log(grouped):
    done = work(grouped).execute()
    found = pods(traffic(work(grouped)).execute(), work_by_kind(work(grouped)).execute(), count=3)
    rows = pod_rehearsal(rehearsal(done, found, **LOOK), replications=100, rng=np.random.default_rng(1))
    assert rows["handoffs_per_case"].iloc[0] == pytest.approx(
        (done["team"] != done["before_team"])[done["work_seq"] > 0].sum() / 300
    )


@pytest.fixture
def relay(log):
    """40 cases, two a day: five teams work an hour each, with 5 hours on the way between two of them."""
    rows = [
        (f"{case:02}", f"Team {at}", "active", case * 12 + at * 6, case * 12 + at * 6 + 1, f"Part {at}", "Work")
        for case in range(40)
        for at in range(5)
    ]
    return log(*rows)


def test_c4_m2_b3_four_handovers_of_five_hours_are_gone_in_a_single_pod(relay):
    done = work(relay)
    one = pods(traffic(done).execute(), work_by_kind(done).execute(), count=1)
    both = rehearsal(done.execute(), one, **LOOK)
    rows = pod_rehearsal(both, replications=100, rng=np.random.default_rng(1))
    assert rows["handoffs_per_case"].tolist() == [4, 0, -4]
    assert rows["latency_hours"].tolist() == pytest.approx([20, 0, -20])
    assert rows["lead_hours_p50"].tolist() == pytest.approx([25, 5, -20])
    assert rows["lead_hours_p50_high"].iloc[2] == pytest.approx(-20)
    assert abs(rows["work_hours"].iloc[2]) < 1e-6
    assert both.cases.groupby("layout")["work_hours"].sum().tolist() == pytest.approx([200, 200])
    assert rows["latency_p_value"].iloc[2] < 0.001


def test_what_stays_inside_a_pod_is_a_parameter(relay):
    done = work(relay)
    one = pods(traffic(done).execute(), work_by_kind(done).execute(), count=1)
    half = rehearsal(done.execute(), one, latency_kept_share=0.5)
    rows = pod_rehearsal(half, replications=100, rng=np.random.default_rng(1))
    assert rows["lead_hours_p50"].tolist() == pytest.approx([25, 15, -10])


def test_a_new_boundary_within_a_team_is_charged_what_a_handoff_takes(log):
    steps = log(
        *(
            (f"{case}", "A" if at < 2 else "B", "active", start, start + 1, f"Part {at}", "Work")
            for case in range(6)
            for at, start in ((0, case * 24), (1, case * 24 + 1), (2, case * 24 + 8))
        )
    )
    done = work(steps)
    split = (
        work_by_kind(done).execute().assign(pod=lambda rows: rows["activity"].map({"Part 0": "Pod 1"}).fillna("Pod 2"))
    )
    rows = pod_rehearsal(rehearsal(done.execute(), split, **LOOK), replications=100, rng=np.random.default_rng(1))
    # today: 3 hours of work and 6 on the way from A to B; pods: that is saved, and 6 hours are paid from Part 0 to 1
    assert rows["lead_hours_p50"].tolist() == pytest.approx([9, 9, 0])
    assert rows["handoffs_per_case"].tolist() == [1, 1, 0]


def test_the_present_replayed_is_what_happened(relay, grouped):
    for steps in (relay, grouped):
        done = work(steps).execute()
        found = pods(traffic(work(steps)).execute(), work_by_kind(work(steps)).execute(), count=2)
        cases = rehearsal(done, found, **LOOK).cases.query("layout == 'present teams'").set_index("case_id")
        ends = done["started_at"] + pd.to_timedelta(done["work_hours"], unit="h")
        lead = ends.groupby(done["case_id"]).max() - done.groupby("case_id")["started_at"].min()
        expected = lead.dt.total_seconds() / 3600
        pd.testing.assert_series_equal(cases["lead_hours"].sort_index(), expected, check_names=False)


SKILLS = pd.DataFrame(
    [("p1", "a1"), ("p1", "a2"), ("p2", "a3"), ("p2", "a2"), ("p3", "b1"), ("p4", "b2"), ("p4", "b1"), ("p5", "a1")],
    columns=["agent", "activity"],
)
NEEDED = pd.DataFrame(
    [("Pod 1", "a1", 5.0), ("Pod 1", "a2", 3.0), ("Pod 1", "a3", 2.0), ("Pod 2", "b1", 4.0), ("Pod 2", "b2", 3.0)],
    columns=["pod", "skill", "work_hours_total"],
)


def test_c0_m2_b1_pods_are_staffed_so_that_together_they_have_every_skill():
    staffed = pod_members(NEEDED, SKILLS)
    assert sorted(staffed["agent"]) == ["p1", "p2", "p3", "p4", "p5"]  # everybody is in one pod
    cover = skill_cover(NEEDED, staffed, SKILLS)
    assert not cover["is_gap"].any()
    assert set(staffed.loc[staffed["pod"] == "Pod 2", "agent"]) == {"p3", "p4"}


def test_c4_m2_b3_a_pod_that_lacks_a_skill_is_a_gap():
    needed = pd.concat([NEEDED, pd.DataFrame([("Pod 2", "b3", 9.0)], columns=NEEDED.columns)])
    cover = skill_cover(needed, pod_members(needed, SKILLS), SKILLS)
    assert cover.loc[cover["is_gap"], ["pod", "skill"]].to_numpy().tolist() == [["Pod 2", "b3"]]
    register = pd.DataFrame({"pod": ["X"], "activities": ["a1; b1"], "skills": [None], "members": ["p1; p5"]})
    kinds = pd.DataFrame({"activity": ["a1", "b1"], "team": "T", "cases": 9, "work_hours_total": [2.0, 1.0]})
    cover = skill_cover(needed_in_register(register, kinds), registered_members(register), SKILLS)
    assert cover.loc[cover["is_gap"], ["pod", "skill"]].to_numpy().tolist() == [["X", "b1"]]
    assert cover.set_index("skill")["people"].to_dict() == {"a1": 2, "b1": 0}


def test_people_are_shared_out_where_no_hours_of_work_are_known():
    needed = pd.DataFrame({"pod": ["Pod 1", "Pod 2"], "skill": ["a", "b"], "work_hours_total": 0.0})
    skills = pd.DataFrame({"agent": [f"p{n}" for n in range(7)], "activity": ["a"] * 4 + ["b"] * 3})
    assert pod_members(needed, skills)["pod"].value_counts().to_dict() == {"Pod 1": 4, "Pod 2": 3}


def test_people_with_a_skill_hold_up_work_that_others_of_the_pod_cannot_do(relay):
    done, kinds = work(relay).execute(), work_by_kind(work(relay)).execute()
    one = pods(traffic(work(relay)).execute(), kinds, count=1)
    able = {"Pod 1": [frozenset(f"Part {at}" for at in range(5))]}
    alone = rehearsal(done, one, **LOOK, abilities=able).crews.query("layout == 'pods'")
    assert alone["people"].tolist() == [5]
    split = {"Pod 1": [frozenset({"Part 0"}), *[frozenset({f"Part {at}" for at in range(1, 5)})] * 9]}
    lead = rehearsal(done.assign(started_at=done["started_at"].min()), one, **LOOK, abilities=split).cases
    free = rehearsal(done.assign(started_at=done["started_at"].min()), one, **LOOK).cases
    by = [each.query("layout == 'pods'")["lead_hours"].mean() for each in (lead, free)]
    assert by[0] > by[1]


def test_abilities_begin_with_who_can_do_what_others_cannot():
    members = pd.DataFrame({"pod": "P", "agent": ["p1", "p2", "p5"]})
    assert abilities(members, SKILLS) == {"P": [frozenset({"a2", "a3"}), frozenset({"a1", "a2"}), frozenset({"a1"})]}


def test_c4_m2_b3_latency_before_and_after_the_start_of_a_pod(log):
    """30 cases wait 6 ± 1 hours before the start, 30 wait 2 ± 1 after: 4 hours less, and no other pod is judged."""
    rows = []
    for case in range(60):
        start, wait = case * 24, (6 if case < 30 else 2) + (-1, 0, 1)[case % 3]
        rows += [
            (f"{case:02}", "A", "active", start, start + 1, "First", "Work"),
            (f"{case:02}", "B", "active", start + 1 + wait, start + 2 + wait, "Second", "Work"),
        ]
    register = pd.DataFrame(
        {
            "unit": "North",
            "pod": ["One", "Not begun"],
            "activities": ["First; Second", "First; Second"],
            "start_at": [pd.Timestamp("2025-01-06", tz="UTC") + pd.Timedelta(days=30), pd.NaT],
        }
    )
    cases = ibis.memtable(pd.DataFrame({"case_id": [f"{case:02}" for case in range(60)], "unit": "North"}))
    since = pods_since(work(log(*rows)), cases, register, minimum_count=5).set_index("arm")
    assert since["pod"].unique().tolist() == ["One"]
    assert since["latency_hours"].to_dict() == pytest.approx({"before": 6, "after": 2, "change": -4})
    assert since.loc["change", "latency_hours_high"] < -3
    assert since.loc["change", "p_value"] < 1e-6
    assert since.loc["before", "handoffs_per_case"] == 1
    assert pods_since(work(log(*rows)), cases, register, minimum_count=31).empty
    twice = pd.concat([register, register.assign(pod="Two")], ignore_index=True)
    both = pods_since(work(log(*rows)), cases, twice, minimum_count=5).set_index("arm").loc["change", "p_value"]
    assert both.tolist() == pytest.approx([2 * since.loc["change", "p_value"]] * 2), "Holm over two pods"


def test_hours_before_a_piece_are_cut_where_the_team_let_go(chain, log):
    rows = work(chain).execute()
    # the desk holds it 1–3, then it is on its way until 5; after the gap 6–8 the desk takes it up again
    assert rows[["held_hours", "handover_hours"]].to_numpy().tolist() == [[0, 0], [2, 2], [0, 2]]
    assert rows["work_hours"].tolist() == [1, 1, 1]
    done = log(("1", "A", "active", 0, 1), ("1", "A", "done", 1, 1), ("1", "B", "active", 49, 50))
    # 48 hours after completion are nobody's handoff
    assert work(done).execute()[["held_hours", "handover_hours"]].to_numpy().tolist()[1] == [48, 0]


def test_the_latest_cases_are_whole(relay):
    found = latest_cases(relay, cases=2).execute()
    assert sorted(found["case_id"].unique()) == ["38", "39"]
    assert len(found) == 10


def test_no_work_gives_no_rows(nothing):
    done = work(nothing).execute()
    kinds, moves = work_by_kind(work(nothing)).execute(), traffic(work(nothing)).execute()
    found = pods(moves, kinds, count=None)
    assert found.empty
    rehearsed = pod_rehearsal(rehearsal(done, found, **LOOK), replications=100, rng=np.random.default_rng(1))
    assert rehearsed.empty
    assert "latency_hours_low" in rehearsed
    assert needed_skills(found).empty
    assert crossing(moves, found)["crossing_share"].isna().all()
