"""A log by hand: steps in hours after a fixed midnight, so that every expected number can be checked in the head."""

from collections.abc import Callable

import ibis
import pandas as pd
import pytest

MIDNIGHT = pd.Timestamp("2025-01-06", tz="UTC")
Step = tuple[str, str, str, float, float | None]
Log = Callable[..., ibis.Table]


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
