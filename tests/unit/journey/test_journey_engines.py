"""The same measures on a second engine, and on no rows at all."""

import ibis
import pandas as pd
import pytest
from cxops import journey
from cxops.journey.log.quantiles import quantile, ranked, with_ranks
from cxops.journey.log.sequence import coded, decoded, unordered
from cxops.journey.schema.maps import journey_map
from cxops.journey.stream.value_stream import times_by_step

MEASURES = {
    "closure": journey.closure,
    "directly_follows": journey.directly_follows,
    "handoffs": journey.handoffs,
    "handoffs_by_pair": lambda steps: journey.handoffs_by_pair(journey.handoffs(steps), minimum_count=5),
    "lead_time_by_handoffs": lambda steps: journey.lead_time_by_handoffs(journey.times_by_case(steps)),
    "ping_pong": journey.ping_pong,
    "ping_pong_by_pair": lambda steps: journey.ping_pong_by_pair(journey.ping_pong(steps)),
    "bounced_by_pair": journey.bounced_by_pair,
    "rework_by_activity": journey.rework_by_activity,
    "rework_by_team": journey.rework_by_team,
    "stage_flow": journey.stage_flow,
    "stages": journey.stages,
    "time_split": journey.time_split,
    "times_by_case": journey.times_by_case,
    "variants": journey.variants,
}

WAITS = {
    "batch_cases": 3,
    "batch_gap_minutes": 5,
    "batch_free_minutes": 15,
    "calendar_support": 20,
    "calendar_days": 14,
}


def streamed(tables: dict[str, ibis.Table]) -> ibis.Table:
    drawn = journey_map("service")
    placed = journey.placement(
        tables["steps"], drawn.stage_frame(), drawn.activity_frame(), supporting=drawn.supporting, ignored=drawn.ignored
    )
    return journey.streamed(placed, drawn.activity_frame(), minimum_count=5)


def boundaries(tables: dict[str, ibis.Table]) -> pd.DataFrame:
    limits = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
    agreed = journey_map("service").transition_frame()
    return journey.boundaries(journey.crossings(tables["steps"]), agreed, tables["cases"], **limits)


def passed_by_week(tables: dict[str, ibis.Table]) -> ibis.Table:
    asked = journey.asked_cases(tables["steps"], tables["cases"], tables["surveys"], tables["customers"])
    return journey.passed_by_week(journey.passed_work(tables["steps"], asked))


WHOLE = {
    "boundaries": boundaries,
    "handling": lambda tables: journey.handling(tables["steps"]),
    "handoffs_by_stage": lambda tables: journey.handoffs_by_stage(journey.handoffs(tables["steps"])),
    "handovers": lambda tables: journey.handovers(journey.handoffs(tables["steps"]), minimum_count=5),
    "passed_by_week": passed_by_week,
    "queue_visits": lambda tables: journey.queue_visits(streamed(tables), tables["cases"]),
    "queue_works": lambda tables: journey.queue_works(tables["steps"]),
    "reentries": lambda tables: journey.reentries(tables["field_entries"], within_hours=24, minimum_count=5),
    "repeats": lambda tables: journey.repeats(tables["cases"], tables["steps"], days=30),
    "times_by_step": lambda tables: times_by_step(streamed(tables)),
    "value_stream": lambda tables: journey.value_stream(streamed(tables), pd.Series({"Front desk": 1.0})),
    "wait_causes": lambda tables: journey.wait_causes(tables["steps"], **WAITS),
}
"""Measures of more than the steps, as their pages ask for them: whole, since SQLite's parser gives up at some depth."""


@pytest.fixture(scope="module")
def steps(demo_on_both) -> ibis.Table:
    return demo_on_both[0]["steps"]


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_sqlite_gives_what_duckdb_gives(name, check_same):
    check_same(lambda tables: MEASURES[name](tables["steps"]))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_measure_on_sqlite_gives_what_duckdb_gives(name, check_same):
    check_same(WHOLE[name], in_order=False)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_no_steps_give_no_rows_with_the_same_columns(name, chain, nothing):
    found, usual = MEASURES[name](nothing).execute(), MEASURES[name](chain).execute()
    assert found.columns.tolist() == usual.columns.tolist()
    assert len(found) == (1 if name == "closure" else 0)


def test_closure_of_nothing_is_a_count_of_nothing(nothing):
    row = journey.closure(nothing).execute().iloc[0]
    assert row[["cases", "closed", "reopened"]].tolist() == [0, 0, 0]
    assert row[["never_closed_share", "reopened_share"]].isna().all()


def test_a_quantile_is_the_same_by_rank_as_by_the_engine_itself(steps):
    """What spares DuckDB a sort of all rows must not change a digit that anybody sees."""
    hours = steps.select("team", hours=(steps.ended_at.epoch_seconds() - steps.started_at.epoch_seconds()).cast(float))
    by_rank, by_engine = with_ranks(hours, ["team"], "hours"), ranked(hours, ["team"], "hours")
    assert "hours_rank" in by_rank.columns
    assert "hours_rank" not in by_engine.columns
    for share in (0.0, 0.1, 0.5, 0.9, 0.99, 1.0):
        one, other = (
            rows.group_by("team").aggregate(q=quantile(rows, "hours", share)).order_by("team").execute()
            for rows in (by_rank, by_engine)
        )
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def test_fractions_of_a_second_count_on_every_engine(on_both):
    """Half a second from one start to the next, in all three ways a moment is held."""
    starts = pd.to_datetime(["2025-01-06 09:00:00.250", "2025-01-06 09:00:00.750"], utc=True).as_unit("us")
    frame = pd.DataFrame({"case_id": "1", "started_at": starts, "step_seq": 0, "ended_at": starts})
    frame = frame.assign(stage="x", status="active", team="A", activity="w")
    held = [ibis.memtable(frame), *(tables["steps"] for tables in on_both(steps=frame))]
    found = [journey.times_by_case(steps).lead_hours.execute().tolist() for steps in held]
    assert found == [[0.5 / 3600]] * 3


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_sqlite_takes_the_steps_of_a_unit_and_a_quarter_too(name, demo_on_both):
    """Each choice nests the query deeper, and SQLite's parser gives up at some depth."""
    steps = demo_on_both[1]["steps"]
    chosen = steps.semi_join(steps.filter(steps.stage != "x").filter(steps.case_id < "C0000200"), "case_id")
    assert len(MEASURES[name](chosen).execute()) > 0


def test_codes_stand_for_values_and_give_them_back(log):
    """Equal codes for equal values, in the order of the values; a gap stays a gap, and no row is lost."""
    steps = log(("1", "B", "active", 0, 1), ("1", "A", "active", 1, 2), ("2", "B", "active", 0, 1))
    steps = steps.mutate(stage=ibis.cases((steps.team == "B", "x")))
    short = coded(steps, "team", "stage")
    assert short.columns == steps.columns
    rows = short.order_by("case_id", "started_at").execute()
    assert rows["team"].tolist() == [1, 0, 1]
    assert rows["stage"].fillna(-1).tolist() == [0, -1, 0]
    counted = short.group_by("team").aggregate(steps=short.count())
    found = decoded(counted, steps, "team").order_by("team").execute()
    assert found.values.tolist() == [["A", 1], ["B", 2]]


def test_rows_without_their_order_are_the_same_rows(chain):
    handed = journey.handoffs(chain)
    assert unordered(handed).execute().sort_values("handoff_seq", ignore_index=True).equals(handed.execute())
    assert unordered(unordered(handed)).equals(unordered(handed))
    assert "ORDER BY" not in ibis.to_sql(unordered(handed)).rsplit("FROM", 1)[1]


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_steps_chosen_by_a_join_measure_as_the_same_rows_alone(name, steps):
    """The steps of a unit and a quarter come as a join, into which Ibis would fold the joins of a measure."""
    chosen = steps.semi_join(steps.filter(steps.case_id < "C0000200").select("case_id"), "case_id")
    expected = MEASURES[name](ibis.memtable(steps.filter(steps.case_id < "C0000200").execute())).execute()
    pd.testing.assert_frame_equal(MEASURES[name](chosen).execute(), expected, rtol=1e-12)
    assert len(expected) > 0
