"""No name in the data can be taken for a label of the workbook's own: labels stand in parentheses, names must not."""

import ast
import re
from pathlib import Path

import pandas as pd
import pandera.errors
import pytest
from cxops import tables, workspace
from cxops.tables.columns import OWN_LABEL

JOURNEY = workspace.PROJECT / "lib" / "cxops" / "journey"
IS_LABEL = re.compile(r"\([a-z][a-z ,]*\)")
STEP = {"case_id": "c", "started_at": pd.Timestamp("2025-01-06", tz="UTC"), "step_seq": 0, "status": "done"}
STEP |= {"activity": "Register", "stage": "Intake", "team": "Front desk"}
NAMES = {
    "cases": ["journey", "stage", "reason", "channel", "priority", "unit"],
    "steps": ["activity", "stage", "team"],
    "contacts": ["team", "channel"],
    "notices": ["disruption_type"],
    "returns": ["reason"],
    "return_reasons": ["reason", "stage"],
    "handoff_audits": ["from_team", "to_team", "failure_code"],
    "scorecards": ["holder"],
    "feedback": ["step_id", "issue"],
    "time_studies": ["step_id", "element"],
    "field_entries": ["system", "field"],
    "expectations": ["stage"],
    "workflow_starts": ["workflow"],
    "pods": ["pod"],
    "decision_rights": ["stage", "issue", "held_by", "moved_to"],
    "skills": ["activity", "team"],
    "orders": ["lot", "carrier"],
    "staffing": ["team"],
}
"""The columns whose names stand in rows of a page, where the workbook puts labels too."""


def labels() -> set[str]:
    """The labels that stand in the code of the measures."""
    parsed = (ast.parse(file.read_text("utf-8")) for file in JOURNEY.rglob("*.py"))
    texts = {node.value for tree in parsed for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and IS_LABEL.fullmatch(text)}


def test_the_code_holds_labels() -> None:
    assert {"(rarer pairs)", "(not on the map)", "(rarer)", "(all types)", "(other teams)"} <= labels()


@pytest.mark.parametrize("name", NAMES["steps"])
@pytest.mark.parametrize("label", sorted(labels()))
def test_no_step_can_bear_a_label(name: str, label: str) -> None:
    with pytest.raises(pandera.errors.SchemaErrors, match="wholly in parentheses"):
        tables.conform("steps", pd.DataFrame([STEP | {name: label}]))


def test_a_name_may_hold_parentheses() -> None:
    named = {"team": "Billing (North)", "activity": "(Re)open (again)"}
    kept = tables.conform("steps", pd.DataFrame([STEP | named]))
    assert kept[list(named)].iloc[0].to_dict() == named


@pytest.mark.parametrize("table", sorted(NAMES))
def test_names_that_stand_on_pages_are_names(table: str) -> None:
    columns = tables.CONTRACTS[table].columns
    assert all(OWN_LABEL in [check.error for check in columns[name].checks] for name in NAMES[table])


def test_a_team_that_bears_a_label_is_set_aside_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path / "data"))
    file = tmp_path / "steps.csv"
    header = "case_id,started_at,step_seq,activity,stage,team,status"
    rows = [
        f"{case},2025-01-06T00:00Z,0,Register,Intake,{team},done" for case, team in enumerate(["A", "(rarer pairs)"])
    ]
    file.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    (report,) = tables.ingest("canonical_steps", [file]).files
    assert (report.tables[0].accepted, report.tables[0].set_aside) == (1, 1)
    (problem,) = tables.problems().itertuples()
    assert (problem.column, problem.value, problem.rule) == ("team", "(rarer pairs)", OWN_LABEL)
