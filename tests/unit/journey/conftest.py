"""A log by hand: steps in hours after a fixed midnight, so that every expected number can be checked in the head.

And the demo organisation's tables on two engines, with the check that a measure says the same of both.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import ibis
import pandas as pd
import pytest
from cxops import demo

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
Step = tuple[str, str, str, float, float | None]
Log = Callable[..., ibis.Table]
Tables = dict[str, ibis.Table]


@pytest.fixture
def log() -> Log:
    """Makes steps of `(case, team, status, start, end)`, optionally with activity and stage, in the order given."""

    def steps(*rows: tuple) -> ibis.Table:
        padded = [(*row, "Work", "Diagnosis")[:7] if len(row) < 7 else row for row in rows]
        padded = [row if len(row) == 7 else (*row, "Diagnosis") for row in padded]
        frame = pd.DataFrame(padded, columns=["case_id", "team", "status", "start", "end", "activity", "stage"])
        frame = frame.assign(
            started_at=(MIDNIGHT + pd.to_timedelta(frame["start"].astype(float), unit="h")).astype(
                "datetime64[us, UTC]"
            ),
            ended_at=(MIDNIGHT + pd.to_timedelta(frame["end"].astype(float), unit="h")).astype("datetime64[us, UTC]"),
        )
        frame["step_seq"] = frame.groupby(["case_id", "started_at"]).cumcount()
        frame = frame.astype(dict.fromkeys(["case_id", "team", "status", "activity", "stage"], "str"))
        return ibis.memtable(frame.drop(columns=["start", "end"]))

    return steps


@pytest.fixture
def chain(log: Log) -> ibis.Table:
    """One case, 9 hours: work, a pause, a queue, work elsewhere, a gap, work where it began, completion.

    0–1 Front desk works, 1–3 it waits, 3–5 queue of Specialists, 5–6 they work, 6–8 nobody, 8–9 Front desk works, done.
    """
    return log(
        ("1", "Front desk", "active", 0, 1, "Register", "Intake"),
        ("1", "Front desk", "waiting", 1, 3, "Wait", "Intake"),
        ("1", "Specialists", "waiting", 3, 5, "Queue", "Diagnosis"),
        ("1", "Specialists", "active", 5, 6, "Diagnose", "Diagnosis"),
        ("1", "Front desk", "active", 8, 9, "Register", "Resolution"),
        ("1", "Front desk", "done", 9, 9, "Close", "Resolution"),
    )


@pytest.fixture
def nothing(log: Log) -> ibis.Table:
    """A table of steps without rows."""
    return ibis.memtable(log(("1", "A", "active", 0, 1)).execute().iloc[:0])


@pytest.fixture(scope="session")
def on_both(tmp_path_factory) -> Callable[..., tuple[Tables, Tables]]:
    """Puts frames, by name, on DuckDB and on SQLite; moments lose their zone, since SQLite has none: all are UTC."""

    def held(**frames: pd.DataFrame) -> tuple[Tables, Tables]:
        file = tmp_path_factory.mktemp("engine") / "tables.db"
        with closing(sqlite3.connect(file)) as connection:
            for name, frame in frames.items():
                moments = [column for column in frame if frame[column].dtype.kind == "M"]
                frames[name] = frame.assign(**{column: frame[column].dt.tz_localize(None) for column in moments})
                frames[name].to_sql(name, connection, index=False, dtype=dict.fromkeys(moments, "TIMESTAMP"))
        lite = ibis.sqlite.connect(file)
        return {name: ibis.memtable(frames[name]) for name in frames}, {name: lite.table(name) for name in frames}

    return held


@pytest.fixture(scope="session")
def demo_on_both(on_both) -> tuple[Tables, Tables]:
    """Some 5,000 synthetic steps with their cases, customers, answers and typed fields, on DuckDB and on SQLite."""
    tables = demo.organisation(1000, 7)
    return on_both(**{name: tables[name] for name in ("steps", "cases", "customers", "surveys", "field_entries")})


@pytest.fixture(scope="session")
def check_same(demo_on_both) -> Callable[..., None]:
    """Checks that a measure of the tables gives the same on both engines, and rows at all; in any order if asked."""

    def check(measure: Callable[[Tables], ibis.Table | pd.DataFrame], *, in_order: bool = True) -> None:
        measured = [measure(tables) for tables in demo_on_both]
        expected, found = (rows.execute() if isinstance(rows, ibis.Table) else rows for rows in measured)
        found = found.astype({name: kind for name, kind in expected.dtypes.items() if kind.kind in "bM"})
        if not in_order:
            found, expected = (rows.sort_values(list(rows.columns), ignore_index=True) for rows in (found, expected))
        pd.testing.assert_frame_equal(found.convert_dtypes(), expected.convert_dtypes(), check_dtype=False, rtol=1e-9)
        assert len(expected) > 0

    return check
