"""The demo's registers speak of what there is: the map's steps, stages and workflows, the log's teams and agents."""

import importlib

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import demo, journey, kpis, workspace
from cxops.demo import registers, setting
from cxops.demo.registers import agreements, deliveries, voices, workflows
from cxops.demo.truths import IMPATIENCE
from cxops.demo.verbatims import HOSTILE
from cxops.demo.writing import DESCRIPTION
from cxops.journey.promises.calendars import due_at
from cxops.journey.promises.targets import promised_hours
from cxops.journey.schema.maps import JourneyMap, journey_map

whole = importlib.import_module("cxops.demo.organisation")  # its name in the package is the function's
SYSTEMS = ("cases", "steps", "contacts", "surveys", "customers", "staffing")


@pytest.fixture(scope="module")
def small() -> dict[str, pd.DataFrame]:
    return demo.organisation(2_000, 7)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> JourneyMap:
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    assert DESCRIPTION.journey_map is not None
    return journey_map(DESCRIPTION.journey_map)


def parts(column: pd.Series) -> set[str]:
    """The entries of cells that hold lists."""
    return set(column.dropna().str.split("; ").explode())


def test_the_streams_of_the_systems_tables_are_those_from_before_there_were_registers() -> None:
    before = [each.generate_state(4) for each in np.random.SeedSequence(7).spawn(7)]
    assert np.array_equal([each.generate_state(4) for each in whole._seeds(7)[:7]], before)


def test_registers_leave_the_systems_tables_as_they_are(
    small: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "registers", lambda *_: {})
    without = demo.organisation(2_000, 7)
    assert tuple(without) == SYSTEMS
    for name, frame in without.items():
        pd.testing.assert_frame_equal(small[name], frame)


@pytest.mark.parametrize("register", registers.NAMES)
def test_a_register_has_a_stream_of_its_own(monkeypatch: pytest.MonkeyPatch, register: str) -> None:
    """Other chance in one register changes that one alone, and of orders what comes of them."""
    made = registers.registers

    def otherwise(rngs: dict[str, np.random.Generator], *rest: object) -> dict[str, pd.DataFrame]:
        return made(rngs | {register: np.random.default_rng(99)}, *rest)

    usual = demo.organisation(500, 7)
    monkeypatch.setattr(whole, "registers", otherwise)
    other = demo.organisation(500, 7)
    changed = {name for name, frame in usual.items() if not frame.equals(other[name])}
    agreed = {"return_reasons", "scorecards", "skills", "pods", "decision_rights"}
    assert changed == {"orders": {"orders", "notices", "returns"}}.get(register, {register} - agreed)


def test_audits_look_at_handoffs_that_there_were(small: dict[str, pd.DataFrame]) -> None:
    steps = small["steps"].query("status == 'active'").merge(small["cases"][["case_id", "unit"]], on="case_id")
    steps["from_team"] = steps.groupby("case_id")["team"].shift()
    handed = steps.query("from_team.notna() and from_team != team").rename(columns={"team": "to_team"})
    quarter = handed["started_at"].dt.tz_localize(None).dt.to_period("Q").astype("str").rename("quarter")
    there = handed.groupby(["unit", quarter, "from_team", "to_team"]).size()
    audited = small["handoff_audits"].groupby(["unit", "quarter", "from_team", "to_team"])["handoffs"]
    assert audited.nunique().eq(1).all()
    assert audited.first().eq(there.clip(upper=250)).all()
    assert audited.size().eq(3).all()


def test_amounts_are_those_of_a_review_that_stays_quick(demo_tables: dict[str, pd.DataFrame]) -> None:
    bounds = {"feedback": (15e3, 25e3), "orders": (20e3, 30e3), "notices": (2e3, 5e3), "field_entries": (18e3, 22e3)}
    for name, (low, high) in bounds.items():
        assert low <= len(demo_tables[name]) <= high, name
    assert 0.02 < len(demo_tables["returns"]) / len(demo_tables["orders"]) < 0.03
    assert len(demo_tables["handoff_audits"]) == 4 * 8 * 20 * 3
    assert len(demo_tables["time_studies"]) == 1_600
    assert len(demo_tables["changes"]) == 4 * 8 * 4 + 4


def test_steps_and_stages_are_the_maps(small: dict[str, pd.DataFrame], drawn: JourneyMap) -> None:
    steps = drawn.activity_frame().set_index("activity")["step_id"].to_dict()
    assert voices.STEP_OF_ACTIVITY.items() <= steps.items()
    assert set(small["feedback"]["step_id"].dropna()) - set(drawn.step_frame()["step_id"]) == {voices.ELSEWHERE}
    assert set(small["time_studies"]["step_id"]) <= set(drawn.step_frame()["step_id"])
    stages = set(drawn.stage_frame()["stage"])
    assert set(small["expectations"]["stage"]) == set(setting.STAGES) <= stages
    assert set(small["decision_rights"]["stage"]) <= stages


def test_customers_expect_half_as_much_again_as_the_map_promises(
    small: dict[str, pd.DataFrame], drawn: JourneyMap
) -> None:
    """On the wall: the median time from the start of a case in the stage until the promise's calendar has run it."""
    steps, cases = (ibis.memtable(small[name]) for name in ("steps", "cases"))
    as_of = pd.Timestamp("2026-01-01", tz="UTC")
    clocks = journey.stage_clocks(steps, cases, drawn.stage_frame(), drawn.calendars, as_of=as_of)
    for stage, tolerated in zip(setting.STAGES, setting.TOLERANCE_HOURS, strict=True):
        runs = clocks[clocks["promise"] == stage]
        calendar = drawn.calendars[runs["calendar"].iloc[0]]
        due = due_at(runs["started_at"], float(runs["target_hours"].iloc[0]), calendar)
        on_the_wall = (due - runs["started_at"]).dt.total_seconds().median() / 3_600
        assert tolerated == pytest.approx(1.5 * on_the_wall, rel=0.05), stage


def test_customers_of_one_stage_expect_it_sooner_than_the_map_promises(drawn: JourneyMap) -> None:
    promised = drawn.stage_frame().set_index("stage")
    stage = IMPATIENCE.where["stage"]
    hours = promised.loc[stage, "sla_hours"]
    assert promised.loc[stage, "basis"] == "history"
    assert f"promises {hours:g} opening hours" in IMPATIENCE.measure
    assert IMPATIENCE.size * IMPATIENCE.baseline < hours, "on either reading of the hours"


def test_workflows_and_their_promises_are_the_maps(drawn: JourneyMap) -> None:
    assert {
        each.workflow: promised_hours(each.within, drawn.calendars) for each in drawn.decision_points
    } == workflows.WORKFLOWS
    conditions = {point.workflow: point.condition for point in drawn.decision_points}
    assert conditions == {
        "retention_call": f"churn_risk >= {workflows.AT_RISK}",
        "fast_lane": "priority == 'Urgent'",
        "complaint_review": "reason == 'Complaint'",
    }


def test_who_is_rewarded_is_known_and_by_what(small: dict[str, pd.DataFrame], drawn: JourneyMap) -> None:
    cards = small["scorecards"]
    held = cards.groupby("holder_type")["holder"].agg(set)
    assert held["team"] == set(setting.TEAMS) - {"Field service"}
    assert held["owner"] <= {owner.id for owner in drawn.owners}
    assert set(cards["kpi"]) <= set(kpis.catalogue())
    assert np.allclose(cards.groupby(["unit", "holder"])["weight"].sum(), 1)


def test_people_teams_and_activities_are_the_logs(small: dict[str, pd.DataFrame]) -> None:
    steps, skills = small["steps"].dropna(subset="agent"), small["skills"]
    team = steps.merge(small["cases"][["case_id", "unit"]], on="case_id").groupby("agent")[["unit", "team"]].first()
    known = skills.groupby("agent")[["unit", "team"]].first()
    assert known.loc[team.index].equals(team)
    activities = set(steps["activity"])
    assert set(skills["activity"]) <= activities
    assert parts(small["pods"]["activities"]) <= activities
    assert parts(small["changes"]["activities"]) - activities == {agreements.REPACKED}
    assert parts(small["pods"]["members"]) <= set(skills["agent"])
    for column in ("held_by", "moved_to"):
        assert set(small["decision_rights"][column].dropna()) <= set(setting.TEAMS)
    assert set(small["decision_rights"]["issue"]) == set(setting.REASONS)
    assert (small["decision_rights"]["moved_to"].notna() == small["decision_rights"]["effective_at"].notna()).all()


def test_a_pod_has_the_skills_it_needs(small: dict[str, pd.DataFrame]) -> None:
    can = small["skills"].groupby("agent")["activity"].agg(set)
    for pod in small["pods"].itertuples():
        assert set(pod.activities.split("; ")) <= set().union(*(can[member] for member in pod.members.split("; ")))


def test_every_unit_holds_its_audits(small: dict[str, pd.DataFrame]) -> None:
    meetings = small["meetings"].query("type == 'journey_audit'")
    quarter = meetings["held_at"].dt.tz_localize(None).dt.to_period("Q").astype(str)
    assert meetings.groupby(["unit", quarter]).size().eq(1).sum() == 4 * 8
    assert meetings["functions"].str.split("; ").str.len().ge(2).all()


def test_nothing_is_told_or_returned_before_its_cause(small: dict[str, pd.DataFrame]) -> None:
    notices, back = small["notices"], small["returns"].merge(small["orders"], on="order_id", validate="1:1")
    assert not (notices["notified_at"] < notices["detected_at"]).any()
    assert not (notices["contacted_at"] < notices["detected_at"]).any()
    assert (notices["promised_at"] > notices["detected_at"]).all()
    assert notices.groupby("disruption_id")["detected_at"].nunique().eq(1).all()
    assert (back["returned_at"] > back["ordered_at"]).all()
    ordered = small["notices"].merge(small["orders"], on="order_id")
    assert (ordered["ordered_at"] < ordered["detected_at"]).all()


def test_one_reason_for_returns_is_placed_nowhere_and_the_weights_of_the_others_are_whole(
    small: dict[str, pd.DataFrame],
) -> None:
    placed = small["return_reasons"].groupby("reason")["weight"].sum()
    assert set(setting.RETURN_REASONS) - set(placed.index) == {"Changed mind"}
    assert placed.eq(1).all()


def test_what_customers_write_holds_hostile_texts_too(demo_tables: dict[str, pd.DataFrame]) -> None:
    counts = demo_tables["feedback"]["text"].value_counts()
    assert counts[list(HOSTILE)].tolist() == [2] * len(HOSTILE)
    scored = demo_tables["feedback"].dropna(subset=["text", "sentiment"])
    kind, sour = (scored["sentiment"][scored["text"].str.startswith(words)] for words in ("Thank you", "I had to"))
    assert kind.min() >= 0.2 and sour.max() < -0.2


def test_lots_belong_to_the_month_of_the_order(small: dict[str, pd.DataFrame]) -> None:
    orders = small["orders"]
    assert orders["lot"].str[:7].equals(orders["ordered_at"].dt.strftime("%Y-%m").astype("str"))
    assert set(orders["lot"]) <= set(deliveries.LOTS)
