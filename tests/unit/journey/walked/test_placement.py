"""Events on the map: each in one stage, what is not on it listed; delays between stages (c4.m1.b1)."""

import ibis
import numpy as np
import pandas as pd
import pytest
import yaml
from cxops import journey, params
from cxops.journey.charts import stage_delays_figure, touchpoints_table, unmapped_activities_table
from cxops.journey.schema import maps

STAGES = pd.DataFrame(
    {
        "stage": ["Awareness", "Onboarding", "Support", "Renewal"],
        "phase": ["Awareness", "Onboarding", "Support", "Renewal"],
        "position": range(4),
        "optional": [True, False, False, True],
    }
)
STEPS = pd.DataFrame(
    {
        "phase": ["Awareness", "Onboarding", "Support", "Support", "Renewal"],
        "stage": ["Awareness", "Onboarding", "Support", "Support", "Renewal"],
        "step_id": ["read", "register", "diagnose", "mend", "renew"],
        "touchpoint": ["Help pages", "First contact", "Questions", "Solution", "Offer"],
        "activities": [(), ("Register",), ("Diagnose",), ("Mend", "Repair"), ("Renew",)],
        "optional": [True, False, False, False, False],
    }
)
ACTIVITIES = pd.DataFrame(
    [("Register", "Onboarding", "register"), ("Diagnose", "Support", "diagnose"), ("Mend", "Support", "mend")]
    + [("Repair", "Support", "mend"), ("Renew", "Renewal", "renew")],
    columns=["activity", "stage", "step_id"],
)


def placed(steps: ibis.Table, **more) -> ibis.Table:
    return journey.placement(steps, STAGES, ACTIVITIES, **more)


def test_c4_m1_b1_each_event_falls_in_exactly_one_stage_and_an_unmapped_activity_is_listed(log):
    """Five events: two of the map, one supporting in a stage of the log, one ignored, one on no map."""
    steps = log(
        ("1", "A", "active", 0, 1, "Register", "anything"),
        ("1", "A", "waiting", 1, 2, "Wait", "Onboarding"),
        ("1", "B", "active", 2, 3, "Mend", "Onboarding"),
        ("1", "B", "active", 3, 4, "Fax", "Support"),
        ("1", "B", "active", 4, 5, "Coffee", "Support"),
    )
    on_map = placed(steps, supporting=("Wait",), ignored=("Coffee",))
    found = on_map.execute().set_index("activity")
    assert found["stage"].astype(object).where(found["stage"].notna(), None).to_dict() == {
        "Register": "Onboarding",
        "Wait": "Onboarding",
        "Mend": "Support",
        "Fax": None,
        "Coffee": None,
    }
    assert found["place"].tolist() == ["placed", "supporting", "placed", "unmapped", "ignored"]
    assert found.loc["Mend", ["log_stage", "phase", "step_id"]].tolist() == ["Onboarding", "Support", "mend"]
    assert len(found) == 5
    listed = journey.unmapped_activities(on_map).execute()
    assert listed.to_numpy().tolist() == [["Coffee", "Support", "ignored", 1, 1], ["Fax", "Support", "unmapped", 1, 1]]


def test_a_supporting_activity_in_a_stage_that_the_map_has_not_is_unmapped(log):
    on_map = placed(log(("1", "A", "waiting", 0, 1, "Wait", "Moon")), supporting=("Wait",)).execute()
    assert on_map[["place"]].to_numpy().tolist() == [["unmapped"]]
    assert on_map["stage"].isna().all()


def test_an_activity_of_two_stages_goes_where_the_log_says(log):
    both = pd.concat([ACTIVITIES, pd.DataFrame([("Mend", "Renewal", "renew")], columns=ACTIVITIES.columns)])
    steps = log(
        ("1", "A", "active", 0, 1, "Mend", "Renewal"),
        ("1", "A", "active", 1, 2, "Mend", "Support"),
        ("1", "A", "active", 2, 3, "Mend", "Moon"),
    )
    found = journey.placement(steps, STAGES, both, supporting=("Mend",)).order_by("started_at").execute()
    assert found["step_id"].fillna("-").tolist() == ["renew", "mend", "-"]
    assert found["place"].tolist() == ["placed", "placed", "unmapped"]


def test_rare_unmapped_activities_are_put_together_and_stay_counted(log):
    rows = [(str(case), "A", "active", 0, 1, "Fax", "Support") for case in range(9)]
    rows += [(str(case), "A", "active", 1, 2, f"Rare {case}", "Support") for case in range(6)]
    listed = journey.unmapped_activities(placed(log(*rows)), minimum_count=5).execute()
    assert listed[["activity", "events"]].to_numpy().tolist() == [["Fax", 9], ["(rarer activities)", 6]]


def test_c4_m1_b1_touchpoints_without_events_are_listed_never_dropped(log):
    steps = log(
        *((str(case), "A", "active", 0, 1, "Register", "") for case in range(5)), ("9", "A", "active", 0, 1, "Mend")
    )
    seen = journey.events_by_step(placed(steps)).execute()
    found = journey.touchpoints(STEPS, seen, minimum_count=5).set_index("step_id")
    assert found["evidence"].to_dict() == {
        "read": "not in any log",
        "register": "in the log",
        "diagnose": "no event in the log",
        "mend": "in the log",
        "renew": "no event in the log",
    }
    assert found.loc["register", "events"] == 5
    assert found.loc["diagnose", "events"] == 0
    assert pd.isna(found.loc["read", "events"])  # unknown, not 0
    assert pd.isna(found.loc["mend", "events"])  # one case could point at a person
    assert "4 of 5 without an event" not in touchpoints_table(found.reset_index()).caption
    assert "3 of 5 without an event" in touchpoints_table(found.reset_index()).caption


def test_c4_m1_b1_a_delay_of_20_hours_planted_onboarding_to_support_comes_first(log):
    """201 cases whose waits are 20 h ± 2 h by exact quantiles, beside 6 h from support to renewal: p50 20 ± 0.5."""
    rows = []
    for case, wait in enumerate(np.linspace(18, 22, 201)):
        rows += [
            (str(case), "Front", "active", 0, 1, "Register", ""),
            (str(case), "Back", "waiting", 3, None, "Wait", "Support"),
            (str(case), "Back", "active", 1 + wait, 2 + wait, "Mend", ""),
            (str(case), "Sales", "active", 8 + wait, 9 + wait, "Renew", ""),
        ]
    on_map = placed(log(*rows), supporting=("Wait",))
    delays = journey.stage_delays(on_map, "phase").execute()
    first = delays.iloc[0]
    assert first[["from_stage", "to_stage", "n"]].tolist() == ["Onboarding", "Support", 201]
    assert first["p50_h"] == pytest.approx(20, abs=0.5)
    assert first["p90_h"] == pytest.approx(21.6, abs=1e-6)  # rank 180 of 0 to 200: 18 + 4 × 0.9
    assert delays.iloc[1][["from_stage", "to_stage", "p50_h"]].tolist() == ["Support", "Renewal", 6.0]
    teams = journey.stage_delays(on_map, by_team=True).execute()
    assert teams.iloc[0][["from_team", "to_team"]].tolist() == ["Front", "Back"]
    assert teams["n"].sum() == delays["n"].sum()
    assert "Onboarding to Support the median of 201 passes waits 20 h" in stage_delays_figure(delays).caption


def test_a_delay_that_nobody_can_know_is_a_gap_and_comes_last(log):
    """The sender's end is not known, so the pass counts and its delay does not."""
    steps = log(
        ("1", "A", "active", 0, None, "Register", ""),
        ("1", "A", "active", 5, 6, "Mend", ""),
        ("2", "A", "active", 0, 1, "Mend", ""),
        ("2", "A", "active", 2, 3, "Renew", ""),
    )
    delays = journey.stage_delays(placed(steps)).execute()
    assert delays[["from_stage", "n"]].to_numpy().tolist() == [["Support", 1], ["Onboarding", 1]]
    assert delays["p50_h"].isna().tolist() == [False, True]


def test_what_is_not_on_the_map_takes_no_part_in_delays(log):
    steps = log(
        ("1", "A", "active", 0, 1, "Register", ""),
        ("1", "A", "active", 2, 3, "Fax", "Moon"),
        ("1", "A", "active", 5, 6, "Mend", ""),
    )
    delays = journey.stage_delays(placed(steps)).execute()
    assert delays[["from_stage", "to_stage", "p50_h"]].to_numpy().tolist() == [["Onboarding", "Support", 4.0]]


def of_service(steps: ibis.Table) -> ibis.Table:
    drawn = maps.journey_map("service")
    return journey.placement(steps, drawn.stage_frame(), drawn.activity_frame(), supporting=drawn.supporting[:3])


@pytest.mark.parametrize(
    "measure",
    [
        journey.unmapped_activities,
        journey.events_by_step,
        journey.stage_delays,
        lambda rows: journey.stage_delays(rows, "phase"),
        lambda rows: journey.stage_delays(rows, by_team=True),
        lambda rows: journey.traces(rows).order_by("case_id"),
    ],
    ids=["unmapped", "events", "delays", "phases", "teams", "traces"],
)
def test_sqlite_gives_what_duckdb_gives_on_the_map(check_same, measure):
    check_same(lambda tables: measure(of_service(tables["steps"])))


def test_no_steps_and_no_map_give_no_rows(nothing, log):
    for rows in (placed(nothing), journey.placement(nothing, STAGES.iloc[:0], ACTIVITIES.iloc[:0])):
        for measure in (journey.unmapped_activities, journey.events_by_step, journey.stage_delays, journey.traces):
            assert len(measure(rows).execute()) == 0
    without = maps.journey_map(None)
    unmapped = journey.placement(log(("1", "A", "active", 0, 1)), without.stage_frame(), without.activity_frame())
    assert unmapped.place.execute().tolist() == ["unmapped"]
    told = unmapped_activities_table(journey.unmapped_activities(unmapped).execute(), 5, has_map=False)
    assert told.caption.startswith("No journey map is named for this data set")
    assert (
        "no case of this log goes from one stage"
        in stage_delays_figure(journey.stage_delays(unmapped).execute()).caption
    )


def test_every_event_of_the_demo_has_its_place(demo_tables):
    """All 9 activities of the demo are on its map, 4 of them where they occur."""
    drawn = maps.journey_map("service")
    found = journey.placement(
        ibis.memtable(demo_tables["steps"]), drawn.stage_frame(), drawn.activity_frame(), supporting=drawn.supporting
    )
    counts = found.place.value_counts().execute().set_index("place").iloc[:, 0]
    assert set(counts.index) == {"placed", "supporting"}
    assert counts.sum() == len(demo_tables["steps"])
    assert found.filter(found.stage != found.log_stage).count().execute() == 0


SHOP = """
title: Shop
version: 1
effective_on: 2025-01-01
stages:
  - name: Intake
    phase: Support
    sla: {target: 4, unit: hours, basis: customer}
    steps: [{id: register, touchpoint: Call, activities: [Register, Ask]}]
  - name: Repair
    phase: Support
    steps: [{id: mend, touchpoint: Visit, activities: [Mend]}]
transitions:
  - {from_stage: Intake, to_stage: Repair, accepting_team: Bench}
"""


def test_c4_m1_b1_a_log_whose_stages_are_its_activities_has_the_maps_stages_on_every_page(log):
    """Register 0–1 and Ask 1–3 are Intake, Mend is Repair; a fax is in no stage of the map and keeps the log's."""
    drawn = params.check(maps.JourneyMap, yaml.safe_load(SHOP), "shop.yml")
    rows = [("Desk", 0, 1, "Register"), ("Desk", 1, 3, "Ask"), ("Bench", 5, 6, "Mend"), ("Bench", 6, 7, "Fax")]
    raw = log(
        *((f"{case}", team, "active", start, end, act, act) for case in range(9) for team, start, end, act in rows)
    )
    found = journey.placement(raw, drawn.stage_frame(), drawn.activity_frame())
    steps = journey.staged(found)
    assert steps.columns == raw.columns
    ids = [str(case) for case in range(9)]
    cases = ibis.memtable(pd.DataFrame({"case_id": ids, "journey": "Shop", "resolved_at": pd.Timestamp("2025-01-09")}))
    passing = journey.boundaries(
        journey.crossings(steps), drawn.transition_frame(), cases, minimum_count=5, alpha=0.01, material_ratio=1.25
    )
    seen = passing.set_index(["from_stage", "to_stage"])[["status", "crossings"]].T.to_dict("list")
    assert seen == {("Intake", "Repair"): ["registered", 9], ("Repair", "Fax"): ["grey zone", 9]}
    now = pd.Timestamp("2025-02-01", tz="UTC")
    clocks = journey.stage_clocks(steps, cases, drawn.stage_frame(), drawn.calendars, as_of=now)
    assert clocks[["promise", "hours"]].drop_duplicates().to_numpy().tolist() == [["Intake", 3.0]]
    outside = journey.outside(cases, steps, drawn.journeys, drawn.stage_frame(), minimum_count=5)
    assert outside["name"].tolist() == ["Fax"]
    in_delays = journey.stage_delays(found).execute()["to_stage"].unique().tolist()
    assert in_delays == ["Repair"]
    unchanged = journey.staged(journey.placement(raw, drawn.stage_frame().iloc[:0], drawn.activity_frame().iloc[:0]))
    pd.testing.assert_frame_equal(unchanged.execute(), raw.execute())
