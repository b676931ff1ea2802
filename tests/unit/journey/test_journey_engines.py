"""The same measures on a second engine, and on no rows at all."""

import sqlite3

import ibis
import pandas as pd
import pytest
from cxops import demo, journey

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


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Some 5,000 synthetic steps; moments without a zone, since SQLite has none, all of them UTC."""
    steps = demo.organisation(1000, 7)["steps"].drop(columns="agent")
    return steps.assign(**{name: steps[name].dt.tz_localize(None) for name in ("started_at", "ended_at")})


@pytest.fixture(scope="module")
def sqlite(frame, tmp_path_factory) -> ibis.BaseBackend:
    file = tmp_path_factory.mktemp("engine") / "steps.db"
    with sqlite3.connect(file) as connection:
        frame.to_sql("steps", connection, index=False, dtype=dict.fromkeys(["started_at", "ended_at"], "TIMESTAMP"))
    connection.close()
    return ibis.sqlite.connect(file)


@pytest.mark.parametrize("name", sorted(set(MEASURES) - {"variants"}))  # ibis cannot order a SQLite string aggregate
def test_sqlite_gives_what_duckdb_gives(name, frame, sqlite):
    expected = MEASURES[name](ibis.memtable(frame)).execute()
    found = sqlite.to_pandas(MEASURES[name](sqlite.table("steps")))
    moments = {column: expected[column].dtype for column in expected if column.endswith("_at")}
    found = found.assign(**{column: pd.to_datetime(found[column]).astype(dtype) for column, dtype in moments.items()})
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)
    assert len(expected) > 0


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_no_steps_give_no_rows_with_the_same_columns(name, chain, nothing):
    found, usual = MEASURES[name](nothing).execute(), MEASURES[name](chain).execute()
    assert found.columns.tolist() == usual.columns.tolist()
    assert len(found) == (1 if name == "closure" else 0)


def test_closure_of_nothing_is_a_count_of_nothing(nothing):
    row = journey.closure(nothing).execute().iloc[0]
    assert row[["cases", "closed", "reopened"]].tolist() == [0, 0, 0]
    assert row[["never_closed_share", "reopened_share"]].isna().all()
