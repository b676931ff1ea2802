"""The boundary register on the log: who takes up, what bounces, how long it lies, and the grey zones."""

import ibis
import pandas as pd
import pytest
from cxops import journey, params
from cxops.errors import ParameterError
from cxops.findings import Verdict
from cxops.journey.charts import grey_zones_figure
from cxops.journey.findings import boundary_findings
from cxops.journey.ownership.owner_effects import hours_by_side
from cxops.journey.schema.maps import JourneyMap, journey_map

LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
COLUMNS = ["from_stage", "to_stage", "exit_rule", "accepting_team", "required_fields", "clock_hours", "calendar"]


def register(*rows: tuple) -> pd.DataFrame:
    """Agreed transitions of `(from, to, accepting team, required fields, clock in hours)`."""
    listed = [(start, end, "ready", team, fields, clock, None) for start, end, team, fields, clock in rows]
    return pd.DataFrame(listed, columns=COLUMNS).astype({"clock_hours": "float64"})


def cases_of(steps, **columns) -> ibis.Table:
    names = sorted(steps.execute()["case_id"].unique())
    return ibis.memtable(pd.DataFrame({"case_id": names} | (columns or {"reason": "Fault"})))


@pytest.fixture
def two_hundred(log):
    """200 cases from A (Desk) to B (Back office) after an hour each; 20 go straight back to the Desk."""
    rows = []
    for number in range(200):
        case = f"{number:03}"
        rows += [(case, "Desk", "active", 0, 1, "W", "A"), (case, "Back", "active", 2, 3, "W", "B")]
        if number < 20:
            rows += [(case, "Desk", "active", 4, 5, "W", "A" if number % 2 else "B")]
    return log(*rows)


def test_c3_m2_b1_20_planted_bounces_of_200_are_010(two_hundred):
    agreed = register(("A", "B", "Back", (), 2.0))
    row = journey.boundaries(journey.crossings(two_hundred), agreed, cases_of(two_hundred), **LIMITS).iloc[0]
    assert (row["crossings"], row["handed"], row["bounced"], row["bounced_share"]) == (200, 200, 20, 0.10)
    # Wilson, by hand: (20 + 1.9207) / 203.8415 -/+ 1.96 / 203.8415 * sqrt(20 * 180 / 200 + 0.9604)
    assert [row["bounced_share_low"], row["bounced_share_high"]] == pytest.approx([0.0657, 0.1494], abs=5e-4)
    assert (row["accepted_share"], row["within_share"], row["wait_hours_p50"]) == (1.0, 1.0, 1.0)


def test_c3_m2_b1_a_transition_of_the_log_that_is_not_registered_is_a_grey_zone_with_its_count(two_hundred):
    found = journey.boundaries(
        journey.crossings(two_hundred), register(("A", "B", "Back", (), None)), cases_of(two_hundred), **LIMITS
    )
    grey = found[found["status"] == "grey zone"].iloc[0]
    assert (grey["from_stage"], grey["to_stage"], grey["crossings"]) == ("B", "A", 10)
    assert (grey["wait_hours_total"], grey["bounced"], grey["register_gaps"]) == (10.0, 0, "not registered")
    totals = journey.boundary_totals(found).iloc[0]
    assert (totals["crossings"], totals["clear"], totals["grey_points"]) == (210, 200, 1)
    assert totals["clear_share"] == pytest.approx(200 / 210)
    finding = boundary_findings(found)[0]
    assert "95.2 %" in finding.headline and "from B to A" in finding.headline and finding.weight == 10.0
    assert finding.verdict is Verdict.ESTIMATE and "Agree" not in finding.headline  # an estimate commands nothing


def test_c3_m2_b1_two_accepting_teams_are_an_error(two_hundred):
    twice = register(("A", "B", "Back", (), None), ("A", "B", "Front", (), None))
    with pytest.raises(ParameterError, match=r"one accepting team: got Back, Front \(A to B\)"):
        journey.boundaries(journey.crossings(two_hundred), twice, cases_of(two_hundred), **LIMITS)
    base = {"title": "t", "version": 1, "effective_on": "2024-01-01"}
    stages = [{"name": name, "phase": "Support"} for name in "AB"]
    for transitions in (
        [{"from_stage": "A", "to_stage": "B", "accepting_team": team} for team in ("Back", "Front")],
        [{"from_stage": "A", "to_stage": "B", "accepting_team": ["Back", "Front"]}],
    ):
        with pytest.raises(ParameterError, match="transition"):
            params.check(JourneyMap, base | {"stages": stages, "transitions": transitions}, "a test")


def test_c3_m2_b1_who_accepts_what_is_missing_and_what_is_late_are_counted(log):
    rows = []
    for case, team, wait in zip("12345678", ["Back"] * 6 + ["Front"] * 2, [1, 1, 1, 1, 1, 1, 9, 9], strict=True):
        rows += [(case, "Desk", "active", 0, 1, "W", "A"), (case, team, "active", 1 + wait, 20, "W", "B")]
    steps = log(*rows)
    cases = cases_of(steps, reason=["Fault"] * 6 + [None] * 2, priority=["High"] * 8)
    agreed = register(("A", "B", "Back", ("reason", "priority"), 2.0))
    row = journey.boundaries(journey.crossings(steps), agreed, cases, **LIMITS).iloc[0]
    assert (row["accepted"], row["complete"], row["within"], row["known"]) == (6, 6, 6, 8)
    assert (row["accepted_share"], row["complete_share"], row["within_share"]) == (0.75, 0.75, 0.75)
    assert (row["wait_hours_p50"], row["wait_hours_p90"]) == (1.0, 9.0)


def test_a_required_field_that_cases_do_not_have_is_an_error(two_hundred):
    agreed = register(("A", "B", "Back", ("reason", "shoe_size"), None))
    with pytest.raises(ParameterError, match=r"columns of cases: got shoe_size \(A to B\)"):
        journey.boundaries(journey.crossings(two_hundred), agreed, cases_of(two_hundred), **LIMITS)


def test_a_clock_by_calendar_is_left_to_the_clocks(two_hundred):
    agreed = register(("A", "B", "Back", (), 2.0)).assign(calendar="office")
    row = journey.boundaries(journey.crossings(two_hundred), agreed, cases_of(two_hundred), **LIMITS).iloc[0]
    assert pd.isna(row["within_share"]) and row["has_calendar"]


def test_a_registered_transition_that_never_occurs_is_listed(two_hundred):
    agreed = register(("A", "B", "Back", (), None), ("B", "C", None, (), None))
    found = journey.boundaries(journey.crossings(two_hundred), agreed, cases_of(two_hundred), **LIMITS)
    row = found.set_index("to_stage").loc["C"]
    assert (row["status"], row["crossings"]) == ("never seen", 0)
    assert row["register_gaps"] == "no accepting team, no clock"
    assert journey.boundary_totals(found)["unused"].item() == 1


@pytest.mark.parametrize(
    ("rest", "bounced"),
    [
        ([("Desk", "active", 4, 5, "W", "B")], True),  # the team that received it gives it back
        ([("Desk", "active", 4, 5, "W", "A")], True),  # the stage gives it back
        ([("Third", "active", 4, 5, "W", "A")], True),  # the same, to another team of the stage
        ([("Third", "active", 4, 5, "W", "B"), ("Desk", "active", 6, 7, "W", "B")], False),  # not straight back
        ([("Back", "active", 4, 5, "W", "A")], False),  # the receiver itself goes on where it came from
        ([("Back", "done", 3, 3, "C", "B"), ("Desk", "active", 4, 5, "W", "B")], False),  # completed in between
        ([], False),
    ],
)
def test_what_bounces(log, rest, bounced):
    start = [("1", "Desk", "active", 0, 1, "W", "A"), ("1", "Back", "active", 2, 3, "W", "B")]
    first = journey.crossings(log(*start, *(("1", *step) for step in rest))).execute().iloc[0]
    assert bool(first["is_bounced"]) is bounced


def test_a_return_that_goes_forward_again_is_no_second_bounce_and_a_team_that_keeps_the_work_bounces_nothing(log):
    again = log(
        *(("1", team, "active", at, at + 1, "W", stage) for at, (team, stage) in enumerate(["XA", "YB", "XA", "YB"]))
    )
    assert journey.crossings(again).execute()["is_bounced"].tolist() == [True, False, False]
    alone = log(*(("1", "X", "active", at, at + 1, "W", stage) for at, stage in enumerate("ABA")))
    assert not journey.crossings(alone).execute()["is_bounced"].any()


def test_more_bounced_work_than_elsewhere_is_a_signal_and_equal_shares_are_none(log):
    def many(bounced_b: int, bounced_c: int):
        rows = []
        for to, bounced in (("B", bounced_b), ("C", bounced_c)):
            for number in range(200):
                case = f"{to}{number:03}"
                rows += [(case, "Desk", "active", 0, 1, "W", "A"), (case, "Back", "active", 2, 3, "W", to)]
                rows += [(case, "Desk", "active", 4, 5, "W", to)] if number < bounced else []
        steps = log(*rows)
        agreed = register(("A", "B", "Back", (), None), ("A", "C", "Back", (), None))
        return journey.boundaries(journey.crossings(steps), agreed, cases_of(steps), **LIMITS)

    assert many(60, 10).set_index("to_stage")["is_signal"].to_dict() == {"B": True, "C": False}
    assert boundary_findings(many(60, 10))[0].subject == "from A to B"
    assert not many(20, 20)["is_signal"].any()
    assert {each.verdict for each in boundary_findings(many(20, 20))} == {Verdict.ESTIMATE, Verdict.NOISE}


def test_unregistered_points_with_few_cases_are_put_together(log):
    rows = []
    for number in range(10):
        to = "BCDE"[number % 4] if number < 4 else "F"
        rows += [(str(number), "X", "active", 0, 1, "W", "A"), (str(number), "Y", "active", 2, 3, "W", to)]
    steps = log(*rows)
    found = journey.boundaries(journey.crossings(steps), register(), cases_of(steps), **LIMITS)
    assert found[["from_stage", "crossings"]].to_numpy().tolist() == [["(rarer moves)", 10]]


def test_c3_m2_b1_grey_zones_of_too_few_cases_tell_neither_hours_nor_bounces(log):
    rows = []
    for number in range(13):
        first, to = ("A", "B") if number < 10 else ("C", "D")
        rows += [(str(number), "X", "active", 0, 1, "W", first), (str(number), "Y", "active", 2, 3, "W", to)]
    steps = log(*rows)
    agreed = register(("A", "B", "Y", (), None))
    found = journey.boundaries(journey.crossings(steps), agreed, cases_of(steps), **LIMITS)
    totals = journey.boundary_totals(found).iloc[0]
    assert (totals["crossings"], totals["grey_points"]) == (13, 1)
    assert totals[["grey_hours", "grey_bounced"]].isna().all()
    finding = boundary_findings(found)[0]
    assert "too few cases to say what happened there" in finding.headline and finding.weight == 0
    assert "bounced" not in finding.headline and "0 hours" not in finding.headline
    assert "Too few cases" in grey_zones_figure(found).caption


def test_without_a_register_nothing_is_said_to_be_clear(two_hundred):
    found = journey.boundaries(journey.crossings(two_hundred), register(), cases_of(two_hundred), **LIMITS)
    assert journey.boundary_totals(found).empty
    assert boundary_findings(found)[0].verdict in (Verdict.UNKNOWN, Verdict.NOISE)
    assert any("cannot be said" in each.headline for each in boundary_findings(found))


def test_no_steps_give_no_rows_with_the_same_columns(nothing, two_hundred):
    cases = cases_of(two_hundred)
    usual = journey.boundaries(journey.crossings(two_hundred), register(), cases, **LIMITS)
    found = journey.boundaries(journey.crossings(nothing), register(), cases, **LIMITS)
    assert found.empty and found.columns.tolist() == usual.columns.tolist()
    assert [each.verdict for each in boundary_findings(found)] == [Verdict.UNKNOWN] * 2


@pytest.mark.parametrize("stages", [["Intake"], ["Intake", "Diagnosis"]])
@pytest.mark.parametrize("team", ["AA", "zeta"])
def test_c3_m2_b1_stored_logs_of_teams_that_the_register_does_not_know_are_measured(team, stages, tmp_path, log):
    """DuckDB knows from the file that no team's name can be one of the register's, and must not stumble over it."""
    steps = log(*(("1", team, "active", at, at + 1, "W", stage) for at, stage in enumerate(stages)))
    steps.to_parquet(tmp_path / "steps.parquet")
    stored = ibis.duckdb.connect().read_parquet(tmp_path / "steps.parquet")
    agreed = journey_map("service").transition_frame()
    found = journey.boundaries(
        journey.crossings(stored),
        agreed,
        cases_of(steps, reason=["Fault"], priority=["Low"], customer_id=["c"]),
        **LIMITS,
    )
    assert found["crossings"].sum() == len(stages) - 1
    assert found["accepted"].sum() == 0


def test_c3_m2_b1_the_remainder_is_never_the_passing_point_where_work_bounces_most(log):
    """Ten unregistered points of two cases each, all bounced, beside 200 crossings of which none is."""
    rows = [
        row
        for n in range(200)
        for row in ((f"{n:03}", "A", "active", 0, 1, "W", "X"), (f"{n:03}", "B", "active", 2, 3, "W", "Y"))
    ]
    for n in range(20):
        case, there = f"r{n}", f"Z{n // 2}"
        rows += [(case, "A", "active", 0, 1, "W", "X"), (case, "C", "active", 2, 3, "W", there)]
        rows += [(case, "A", "active", 4, 5, "W", there)]
    steps = log(*rows)
    found = journey.boundaries(journey.crossings(steps), register(("X", "Y", "B", (), 2.0)), cases_of(steps), **LIMITS)
    remainder = found[found["from_stage"] == "(rarer moves)"].iloc[0]
    assert remainder["is_signal"]
    bounced = boundary_findings(found)[1]
    assert "rarer" not in bounced.headline
    assert bounced.verdict is Verdict.NOISE


OWNERS = pd.DataFrame({"id": ["kim"], "stage": ["Resolution"], "since": ["2025-01-01"]})
MEASURES = {
    "crossings": journey.crossings,
    "stage_work": journey.stage_work,
    "people_by_owner": lambda steps: journey.people_by_owner(steps, OWNERS),
    "hours_by_side": lambda steps: hours_by_side(steps, OWNERS),
    "pairs_in_quarter": lambda steps: journey.pairs_in_quarter(journey.handoffs(steps), "2025Q2"),
}


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_sqlite_gives_what_duckdb_gives(name, check_same):
    check_same(lambda tables: MEASURES[name](tables["steps"]))
