"""Escalations: paths within a stage, what granting a right would save, and who holds it."""

import ibis
import pandas as pd
import pytest
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.findings.redesign import rights_since_findings
from cxops.journey.redesign.escalations import (
    RARER,
    RARER_PATHS,
    escalations,
    granted,
    paths_taken,
    rights_to_grant,
    stage_paths,
)
from cxops.journey.redesign.rights_since import rights_since

DEPARTMENTS = {"Desk": "Service", "Experts": "Service", "Office": "Operations", "Billing": "Finance"}
RIGHTS = pd.DataFrame(columns=["unit", "stage", "issue", "decision", "held_by", "moved_to"])


def cases(reasons: dict[str, str | None]) -> ibis.Table:
    return ibis.memtable(pd.DataFrame({"case_id": list(reasons), "reason": list(reasons.values())}, dtype="str"))


@pytest.fixture
def planted(log):
    """20 bills go Desk → Office → Billing → Desk (3 hops of 2 hours), 10 faults Desk → Office (1 hop of 3 hours).

    30 questions stay; 5 go to the desk's own experts, which is the same department.
    """
    rows, reasons = [], {}
    for at in range(65):
        name, start = f"{at:02}", at * 24
        issue, teams, wait = (
            ("Bill", ["Desk", "Office", "Billing", "Desk"], 2)
            if at < 20
            else ("Fault", ["Desk", "Office"], 3)
            if at < 30
            else ("Question", ["Desk", "Experts"] if at < 35 else ["Desk"], 4)
        )
        reasons[name] = issue
        for place, team in enumerate(teams):
            begun = start + place * (1 + wait)
            rows.append((name, team, "active", begun, begun + 1, "Work", "Resolution"))
    steps = log(*rows)
    return stage_paths(steps, cases(reasons), departments=DEPARTMENTS)


def test_c4_m1_b2_the_issue_with_three_hops_each_comes_first(planted):
    ranked = rights_to_grant(escalations(planted).execute(), RIGHTS, DEPARTMENTS, minimum_count=5)
    assert ranked["issue"].tolist() == ["Bill", "Fault"]
    first = ranked.iloc[0]
    assert (first["hops"], first["escalated"], first["cases"]) == (60, 20, 20)
    assert first["hours_saved"] == pytest.approx(20 * 3 * 2)
    assert first["resolved_share"] == 0
    assert first["department"] == "Service"
    assert ranked["hours_saved"].iloc[1] == pytest.approx(10 * 3)
    assert (first["hours_low"], first["hours_high"]) == pytest.approx((120, 120))  # all cases alike: no spread


def test_c4_m1_b2_granting_it_takes_its_hops_away_and_no_others(planted):
    before = escalations(planted).execute().set_index("issue")
    after = escalations(granted(planted, stage="Resolution", issue="Bill")).execute().set_index("issue")
    assert after.loc["Bill", ["hops", "escalated", "latency_hours_total"]].tolist() == [0, 0, 0]
    columns = ["cases", "escalated", "hops", "latency_hours_total"]
    others = ["Fault", "Question"]
    pd.testing.assert_frame_equal(after.loc[others, columns], before.loc[others, columns])
    assert after["cases"].sum() == before["cases"].sum()
    elsewhere = escalations(granted(planted, stage="Intake", issue="Bill")).execute().set_index("issue")
    assert elsewhere["hops"].to_dict() == before["hops"].to_dict()


@pytest.mark.parametrize("minimum_count", [1, 15, 25])
def test_c4_m1_b2_path_totals_are_the_escalated_cases(planted, minimum_count):
    found = paths_taken(planted, minimum_count=minimum_count).execute()
    assert found["cases"].sum() == 30 == escalations(planted).execute()["escalated"].sum()
    if minimum_count == 1:
        paths = found.set_index("path")["cases"].to_dict()
        assert paths == {"Service → Operations → Finance → Service": 20, "Service → Operations": 10}
    else:
        assert RARER_PATHS in found["path"].tolist()


def test_c4_m1_b2_a_right_that_another_department_holds_is_missing(planted):
    rights = pd.DataFrame(
        [("North", "Resolution", "Bill", "correct a bill", "Billing", "Desk")], columns=RIGHTS.columns
    )
    ranked = rights_to_grant(escalations(planted).execute(), rights, DEPARTMENTS, minimum_count=5)
    assert ranked["right"].tolist() == ["missing: correct a bill is with Billing", "not in the register"]
    assert ranked["moved_to"].tolist() == ["Desk", ""]
    same = rights.assign(held_by="Experts")
    assert rights_to_grant(escalations(planted).execute(), same, DEPARTMENTS, minimum_count=5)["right"].iloc[0] == (
        "held here"
    )
    both = pd.concat([rights, rights.assign(unit="South", held_by="Desk")])
    assert rights_to_grant(escalations(planted).execute(), both, DEPARTMENTS, minimum_count=5)["right"].iloc[0] == (
        "differs between units"
    )


def test_without_a_map_a_team_is_a_department(log):
    steps = log(("1", "Desk", "active", 0, 1), ("1", "Experts", "active", 3, 4))
    paths = stage_paths(steps, cases({"1": None}), departments={}).execute()
    assert paths[["path", "hops", "latency_hours"]].to_numpy().tolist() == [["Desk → Experts", 1, 2]]
    assert paths["issue"].tolist() == ["(no reason recorded)"]


def test_a_stage_is_looked_at_by_itself(log):
    steps = log(("1", "Desk", "active", 0, 1, "Work", "Intake"), ("1", "Office", "active", 3, 4, "Work", "Resolution"))
    paths = stage_paths(steps, cases({"1": "Bill"}), departments=DEPARTMENTS).execute()
    assert paths.set_index("stage")["hops"].to_dict() == {"Intake": 0, "Resolution": 0}
    assert paths["case_id"].tolist() == ["1", "1"]


def test_rare_issues_are_put_together_and_nothing_is_lost(planted):
    ranked = rights_to_grant(escalations(planted).execute(), RIGHTS, DEPARTMENTS, minimum_count=15)
    assert ranked["issue"].tolist() == [RARER]  # ten alone would be too few, so the bills go with them
    assert ranked["escalated"].sum() == 30
    kept = rights_to_grant(escalations(planted).execute(), RIGHTS, DEPARTMENTS, minimum_count=10)
    assert kept["issue"].tolist() == ["Bill", "Fault"]


def test_first_by_more_than_noise_or_not():
    """Two issues of 100 cases; 1 or 2 hours each at random are told from 9, and not from each other."""
    frame = pd.DataFrame({"stage": "S", "issue": ["A", "B", "C"], "department": "D", "cases": 100, "escalated": 100})
    frame = frame.assign(hops=100, latency_hours_total=[900.0, 152.0, 150.0])
    frame["latency_hours_squares"] = [8125.0, 256.0, 250.0]  # spreads of √(Σh² − (Σh)²/n) = 5
    ranked = rights_to_grant(frame, RIGHTS, {}, minimum_count=5)
    assert ranked["p_value"].iloc[0] < 1e-6
    assert ranked["p_value"].iloc[1] == pytest.approx(0.776, abs=0.01)  # 2 / √(25 + 25 − …) = 0.28 errors
    assert pd.isna(ranked["p_value"].iloc[2])


def test_no_steps_no_rows(nothing):
    paths = stage_paths(nothing, cases({"1": "Bill"}), departments=DEPARTMENTS)
    found = escalations(paths).execute()
    assert found.empty
    assert paths_taken(paths, minimum_count=5).execute().empty
    assert rights_to_grant(found, RIGHTS, DEPARTMENTS, minimum_count=5).empty


MOVED_ON = pd.Timestamp("2025-03-01", tz="UTC")


def walked(*sides: tuple[int, int, int], issue: str = "Bill") -> tuple[ibis.Table, ibis.Table]:
    """Paths and cases of an issue: days from the move, passages, and how many of them left for four hours."""
    rows = [
        (f"{day}-{at}", "Repair", issue, int(at < left), 4.0 * (at < left), MOVED_ON + pd.Timedelta(days=day))
        for day, count, left in sides
        for at in range(count)
    ]
    names = ["case_id", "stage", "issue", "hops", "latency_hours", "began_at"]
    paths = pd.DataFrame(rows, columns=names)
    known = paths[["case_id"]].assign(unit="North", resolved_at=MOVED_ON + pd.Timedelta(days=99))
    return ibis.memtable(paths), ibis.memtable(known)


def moved(*sides: tuple[int, int, int], effective_at=MOVED_ON, days: int = 90, drop_open: int = 0) -> pd.DataFrame:
    paths, known = walked(*sides)
    if drop_open:
        last = ~known.case_id.isin([f"10-{at}" for at in range(drop_open)])
        known = known.mutate(resolved_at=ibis.ifelse(last, known.resolved_at, ibis.null("timestamp('UTC')")))
    right = {"unit": "North", "stage": "Repair", "issue": "Bill", "decision": "refund", "held_by": "Office"}
    rights = pd.DataFrame([right | {"moved_to": "Desk", "effective_at": effective_at}])
    as_of = MOVED_ON + pd.Timedelta(days=days)
    return rights_since(paths, known, rights, as_of=as_of, alpha=0.05, minimum_count=5)


def test_c2_m3_b2_a_moved_decision_is_followed_from_its_day_on():
    row = moved((-10, 200, 100), (10, 200, 20)).iloc[0]
    assert (row["cases_before"], row["cases_since"]) == (200, 200)
    assert (row["share_before"], row["share_since"], row["difference"]) == pytest.approx((0.5, 0.9, 0.4))
    assert (row["latency_before"], row["latency_since"], row["latency_change"]) == pytest.approx((2.0, 0.4, -1.6))
    assert row["difference_low"] < 0.4 < row["difference_high"] and row["latency_low"] < -1.6 < row["latency_high"]
    assert row["is_signal"] and row["latency_is_signal"] and row["state"] == "measured"
    (found,) = rights_since_findings(row.to_frame().T)
    assert found.verdict is Verdict.SIGNAL and found.weight == pytest.approx(1.6 * 200)
    assert "settled more often since; shorter waits since" in charts.rights_since_table(row.to_frame().T).html


def test_c2_m3_b2_where_nothing_changed_a_moved_decision_is_no_signal():
    found = moved((-10, 200, 100), (10, 200, 98))
    assert not found[["is_signal", "latency_is_signal"]].to_numpy().any()
    assert rights_since_findings(found)[0].verdict is Verdict.NOISE
    assert "cannot be told from noise" in charts.rights_since_table(found).html


def test_c2_m3_b2_too_few_cases_or_a_day_to_come_are_unknown():
    for found, state in (
        (moved((-10, 4, 2), (10, 50, 2)), "too few cases before"),
        (moved((-10, 50, 2), (10, 4, 2)), "too few cases since"),
        (moved((-10, 50, 2), (10, 50, 2), days=5), "too few cases since"),
        (moved((-10, 50, 2), (10, 50, 2), drop_open=46), "too few cases since"),
        (moved((-10, 50, 2), effective_at=MOVED_ON + pd.Timedelta(days=200)), "not in force yet"),
    ):
        assert found["state"].item() == state and not found["is_signal"].item()
        assert rights_since_findings(found)[0].verdict is Verdict.UNKNOWN
        assert f"unknown: {state}" in charts.rights_since_table(found).html


def test_without_a_move_there_is_nothing_to_follow():
    found = moved((-10, 50, 2), effective_at=pd.NaT)
    assert found.empty and rights_since_findings(found) == []
    assert "No evidence" in charts.rights_since_table(found).html
