"""Odd logs: what is no fact is set aside and counted; all that remains is measured right, however odd."""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey, tables, workspace

START = pd.Timestamp("2025-01-06", tz="UTC")
HEADER = "case_id,started_at,step_seq,ended_at,activity,stage,team,status"
MEASURES = {
    "bounced_by_pair": journey.bounced_by_pair,
    "closure": journey.closure,
    "directly_follows": journey.directly_follows,
    "handoffs": journey.handoffs,
    "handoffs_by_pair": lambda steps: journey.handoffs_by_pair(journey.handoffs(steps)),
    "lead_time_by_handoffs": lambda steps: journey.lead_time_by_handoffs(journey.times_by_case(steps)),
    "ping_pong": journey.ping_pong,
    "rework_by_activity": journey.rework_by_activity,
    "rework_by_team": journey.rework_by_team,
    "stage_flow": journey.stage_flow,
    "stages": journey.stages,
    "time_split": journey.time_split,
    "times_by_case": journey.times_by_case,
    "variants": journey.variants,
}


def log(*rows: tuple[str, str, str, float, float | None]) -> ibis.Table:
    """Steps of `(case, team, status, start, end)`, hours after a fixed midnight; activity and stage follow the team."""
    frame = pd.DataFrame(rows, columns=["case_id", "team", "status", "start", "end"])
    moments = {
        name: (START + pd.to_timedelta(frame[hours].astype(float), unit="h")).astype("datetime64[us, UTC]")
        for name, hours in (("started_at", "start"), ("ended_at", "end"))
    }
    frame = frame.assign(**moments, activity="Work " + frame["team"], stage="Stage " + frame["team"])
    frame["step_seq"] = frame.groupby(["case_id", "started_at"]).cumcount()
    return ibis.memtable(
        frame.drop(columns=["start", "end"]).astype({"case_id": "str", "team": "str", "status": "str"})
    )


def times(steps: ibis.Table) -> pd.Series:
    """The times of the only case."""
    (row,) = journey.times_by_case(steps).execute().to_dict("records")
    return pd.Series(row)


def check_time_is_conserved(steps: ibis.Table) -> None:
    """Lead time = touch + wait for each case, and every way to split it adds up to the same hours."""
    cases = journey.times_by_case(steps).execute()
    np.testing.assert_allclose(cases["lead_hours"], cases["touch_hours"] + cases["wait_hours"])
    spanned = (cases["ended_at"] - cases["started_at"]).dt.total_seconds() / 3600
    np.testing.assert_allclose(cases["lead_hours"], spanned, atol=1e-9)
    assert (cases[["touch_hours", "wait_hours"]] >= -1e-9).all(axis=None)
    split, by_stage = journey.time_split(steps).execute(), journey.stages(steps).execute()
    assert split["hours_total"].sum() == pytest.approx(cases["lead_hours"].sum())
    assert (split["hours_total"] >= -1e-9).all()
    assert by_stage[["touch_hours_total", "wait_hours_total"]].sum(axis=None) == pytest.approx(
        cases["lead_hours"].sum()
    )


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CXOPS_HOME", str(workspace.PROJECT))
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    return tmp_path


def ingested(folder: Path, *lines: str, source: str = "canonical_steps", header: str = HEADER) -> tables.FileReport:
    file = folder / "odd.csv"
    file.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    (report,) = tables.ingest(source, [file]).files
    return report


def moment(ahead: str) -> str:
    """A moment that far from now, as a file would hold it."""
    return (pd.Timestamp.now("UTC") + pd.Timedelta(ahead)).isoformat()


def test_a_step_that_lies_in_the_future_is_set_aside_and_counted(data):
    past, future = moment("-2h"), moment("2h")
    report = ingested(
        data,
        f"1,{past},0,{moment('-1h')},Register,Intake,Front desk,active",
        f"1,{future},0,,Resolve,Resolution,Back office,active",
        f"2,{past},0,{future},Register,Intake,Front desk,active",
    )
    assert (report.tables[0].accepted, report.tables[0].set_aside) == (1, 2)
    problems = tables.problems()
    assert problems[["row_number", "column"]].values.tolist() == [[3, "started_at"], [4, "ended_at"]]
    assert (
        problems["rule"]
        .str.match(r"must not lie in the future: it is later than \d{4}-\d\d-\d\dT\d\d:\d\dZ, when")
        .all()
    )
    steps = tables.read("steps")
    assert journey.times_by_case(steps).execute()["lead_hours"].tolist() == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("source", "header", "row", "column"),
    [
        ("canonical_cases", "case_id,unit,opened_at,resolved_at", "1,U,{future},", "opened_at"),
        ("canonical_cases", "case_id,unit,opened_at,resolved_at", "1,U,{past},{future}", "resolved_at"),
        ("canonical_contacts", "contact_id,unit,channel,offered_at", "1,U,phone,{future}", "offered_at"),
        ("canonical_surveys", "invitation_id,unit,sent_at,answered_at", "1,U,{past},{future}", "answered_at"),
    ],
)
def test_nothing_that_is_said_to_have_happened_lies_in_the_future(data, source, header, row, column):
    report = ingested(data, row.format(past=moment("-1D"), future=moment("1D")), source=source, header=header)
    assert report.tables[0].accepted == 0
    assert tables.problems()["column"].tolist() == [column]


def test_what_is_planned_may_lie_in_the_future(data):
    header = "unit,team,interval_start,agents"
    report = ingested(data, f"U,A,{moment('7D')},3", source="canonical_staffing", header=header)
    assert report.tables[0].set_aside == 0


def test_a_row_of_the_future_leaves_its_case_in_a_log_of_states(data):
    """The row before it then lasts until nobody knows when, and not until a moment that has not come."""
    header = "number,sys_updated_on,state,assignment_group,assigned_to,opened_at,resolved_at,contact_type,category,"
    header += "priority,caller_id,company,reopen_count"
    rows = [
        f"INC1,{at},{state},Desk,a,2024-03-01 08:00:00,,phone,Software,3,c,North,0"
        for at, state in [
            ("2024-03-01 08:00:00", "New"),
            ("2024-03-01 09:00:00", "In Progress"),
            (moment("1D"), "Resolved"),
        ]
    ]
    report = ingested(data, *rows, source="servicenow", header=header)
    assert {each.table: (each.accepted, each.set_aside) for each in report.tables} == {"cases": (3, 0), "steps": (2, 1)}
    steps = tables.read("steps").order_by("started_at").execute()
    assert steps["ended_at"].isna().tolist() == [False, True]


def test_a_case_of_one_event_takes_no_time_and_has_no_neighbours():
    steps = log(("1", "A", "active", 5, None))
    assert times(steps)[["lead_hours", "touch_hours", "wait_hours", "handoffs"]].tolist() == [0, 0, 0, 0]
    for name in ("directly_follows", "handoffs", "handoffs_by_pair", "ping_pong", "bounced_by_pair", "stage_flow"):
        assert MEASURES[name](steps).execute().empty
    assert journey.variants(steps).execute().values.tolist() == [["Work A", 1, 1.0, 0.0]]
    assert journey.rework_by_activity(steps).execute().values.tolist() == [["Work A", 0, 0, 0.0]]
    split = journey.time_split(steps).execute()
    assert split["hours_total"].tolist() == [0.0] * 4
    assert split["hours_share"].isna().all()  # of nothing


def test_a_case_of_a_thousand_events_is_one_case():
    """Two teams by turns, an hour of work and an hour of nothing each."""
    rows = [("1", "AB"[number % 2], "active", 2 * number, 2 * number + 1) for number in range(1000)]
    steps = log(*rows)
    assert times(steps)[["lead_hours", "touch_hours", "wait_hours", "handoffs"]].tolist() == [1999, 1000, 999, 999]
    pairs = journey.handoffs_by_pair(journey.handoffs(steps)).execute()
    assert pairs[["handoffs", "cases", "latency_hours_p50", "latency_hours_p90"]].values.tolist() == [
        [500, 1, 1.0, 1.0],
        [499, 1, 1.0, 1.0],
    ]
    assert len(journey.ping_pong(steps).execute()) == 998
    assert journey.rework_by_activity(steps).execute()["repeats"].tolist() == [499, 499]
    check_time_is_conserved(steps)


def test_overlapping_steps_are_worked_on_once():
    # A 0–4 and B 1–3 inside it, B 2–6 beyond it, then a gap until C 8–9: 0–6 and 8–9 of nine hours are worked.
    steps = log(
        *[("1", "A", "active", 0, 4), ("1", "B", "active", 1, 3)],
        ("1", "B", "active", 2, 6),
        ("1", "C", "active", 8, 9),
    )
    assert times(steps)[["lead_hours", "touch_hours", "wait_hours", "handoffs"]].tolist() == [9, 7, 2, 2]
    handed = journey.handoffs(steps).execute()
    assert handed["latency_hours"].tolist() == [0.0, 2.0]  # who starts before the other stops keeps nobody waiting
    check_time_is_conserved(steps)


def test_missing_ends_leave_gaps_and_not_zeros():
    # A's end is not known, so neither is how long B let it wait; B's is: C took it up 2 h later.
    steps = log(("1", "A", "active", 0, None), ("1", "B", "active", 3, 4), ("1", "C", "active", 6, None))
    assert times(steps)[["lead_hours", "touch_hours", "wait_hours"]].tolist() == [6, 1, 5]
    pairs = journey.handoffs_by_pair(journey.handoffs(steps)).execute().set_index("from_team")
    assert pd.isna(pairs.loc["A", "latency_hours_p50"])
    assert pairs.loc["B", "latency_hours_p50"] == 2.0
    assert journey.directly_follows(steps).execute().set_index("from_activity")[
        "latency_hours_p50"
    ].isna().to_dict() == {
        "Work A": True,
        "Work B": False,
    }
    check_time_is_conserved(steps)


def test_events_of_one_moment_keep_their_order():
    steps = log(*(("1", team, "active", 1, 1) for team in "CAB"))
    assert journey.variants(steps).execute()["variant"].tolist() == ["Work C → Work A → Work B"]
    handed = journey.handoffs(steps).execute()
    assert handed[["from_team", "to_team", "latency_hours"]].values.tolist() == [["C", "A", 0.0], ["A", "B", 0.0]]
    assert times(steps)["lead_hours"] == 0
    check_time_is_conserved(steps)


@pytest.mark.parametrize("seed", range(5))
def test_time_is_conserved_in_any_jumble(seed):
    """Overlaps, one moment, missing ends, every status and one-event cases, all at once."""
    rng = np.random.default_rng(seed)
    rows = [
        (
            str(rng.integers(0, 12)),
            rng.choice(list("ABC")),
            rng.choice(["active", "waiting", "done"]),
            float(rng.integers(0, 40)),
            None if rng.random() < 0.3 else 40.0 + float(rng.integers(0, 9)) - float(rng.integers(0, 9)),
        )
        for _ in range(80)
    ]
    check_time_is_conserved(log(*((*row[:4], None if row[4] is None else max(row[3], row[4])) for row in rows)))


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_no_steps_at_all_give_a_frame_with_the_usual_columns(name, data):
    usual = MEASURES[name](log(("1", "A", "active", 0, 1), ("1", "B", "active", 2, 3))).execute()
    report = ingested(data)
    assert report.rows_in == 0
    empty = MEASURES[name](tables.read("steps", or_empty=True)).execute()
    assert empty.columns.tolist() == usual.columns.tolist()
    assert len(empty) == (1 if name == "closure" else 0)
