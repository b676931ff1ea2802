"""The contracts of the registers: what people write down about the work, beside what systems record.

Lists within a cell are written with semicolons: `Verify identity; Diagnose`. Stages, steps and owners are those of the
journey map (`params/journeys/`).
"""

import pandera.pandas as pa

from cxops.tables.columns import (
    COUNT,
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    at_least,
    column,
    matching,
    named,
    not_before,
    one_of,
    table,
    unit_name,
    within,
)


def _unit() -> pa.Column:
    return named("organisational unit", unit_name(), key=True)


def _money(description: str) -> pa.Column:
    return column(NUMBER, f"{description}, in the organisation's currency", at_least(0))


SCORECARDS = table(
    "scorecards",
    "a measure by which a team, an owner or a role is rewarded",
    ["unit", "holder", "kpi"],
    {
        "unit": _unit(),
        "holder": named("who is rewarded: the name of a team, an owner or a role", key=True),
        "holder_type": column(TEXT, "what the holder is", one_of("team", "owner", "role"), required=True),
        "kpi": column(TEXT, "the measure, by its id in params/kpis.yml", key=True),
        "weight": column(NUMBER, "share of the reward that depends on it", within(0, 1)),
    },
)

FEEDBACK = table(
    "feedback",
    "something a customer said or reported about one step of the journey",
    ["feedback_id"],
    {
        "feedback_id": column(TEXT, "identifies the remark", key=True),
        "unit": named("organisational unit it is about", unit_name(), required=True),
        "case_id": column(TEXT, "the case it is about, if any"),
        "customer_id": column(TEXT, "the customer, pseudonymous"),
        "step_id": named("step of the journey map that it is about"),
        "said_at": column(MOMENT, "when it was said", required=True),
        "channel": named("where it was said, such as chat or survey comment"),
        "issue": named("the problem reported, if it reports one"),
        "sentiment": column(NUMBER, "from -1 (as bad as can be) to 1 (as good as can be)", within(-1, 1)),
        "text": column(TEXT, "the customer's own words; hostile until escaped, redacted before it is published"),
    },
    moment="said_at",
    past=("said_at",),
)

NOTICES = table(
    "notices",
    "an order that a disruption touched, or about which a customer was told",
    ["disruption_id", "order_id"],
    {
        "disruption_id": column(TEXT, "identifies the disruption", key=True),
        "order_id": column(TEXT, "the order", key=True),
        "unit": named("organisational unit that answers for the order", unit_name(), required=True),
        "disruption_type": named("what kind of disruption it was"),
        "detected_at": column(MOMENT, "when the organisation knew of the disruption", required=True),
        "promised_at": column(MOMENT, "when the customer expected the order"),
        "notified_at": column(MOMENT, "when the customer was told; empty if never"),
        "contacted_at": column(MOMENT, "when the customer asked; empty if never"),
        "needed": column(FLAG, "whether the order was affected, so that a notice was needed", required=True),
        "matched_on": named("what orders are compared within, such as product and promised week"),
    },
    not_before("notified_at", "detected_at"),
    moment="detected_at",
    past=("detected_at", "notified_at", "contacted_at"),
)

ORDERS = table(
    "orders",
    "an order",
    ["order_id"],
    {
        "order_id": column(TEXT, "identifies the order", key=True),
        "unit": named("organisational unit that answers for it", unit_name(), required=True),
        "customer_id": column(TEXT, "the customer, pseudonymous"),
        "ordered_at": column(MOMENT, "when it was placed", required=True),
        "lot": named("production lot"),
        "carrier": named("who delivered it"),
    },
    moment="ordered_at",
    past=("ordered_at",),
)

RETURNS = table(
    "returns",
    "something a customer sent back",
    ["return_id"],
    {
        "return_id": column(TEXT, "identifies the return", key=True),
        "unit": named("organisational unit that answers for it", unit_name(), required=True),
        "order_id": column(TEXT, "the order it belongs to"),
        "returned_at": column(MOMENT, "when it came back", required=True),
        "reason": named("why, as the customer or the warehouse put it", required=True),
        "cost": _money("cost of the return"),
    },
    moment="returned_at",
    past=("returned_at",),
)

RETURN_REASONS = table(
    "return_reasons",
    "a reason for returns and a stage that causes it",
    ["reason", "stage"],
    {
        "reason": named("the reason as it stands in returns", key=True),
        "stage": named("the stage that causes it, such as packing or shipping", key=True),
        "weight": column(NUMBER, "share of such returns that the stage causes; empty: equal shares", within(0, 1)),
    },
)

TIME_STUDIES = table(
    "time_studies",
    "one timed observation of a step",
    ["observation_id"],
    {
        "observation_id": column(TEXT, "identifies the observation", key=True),
        "unit": named("organisational unit observed", unit_name(), required=True),
        "step_id": named("step of the journey map", required=True),
        "element": named("part of the step that was timed"),
        "observed_at": column(MOMENT, "when", required=True),
        "observer": column(TEXT, "who timed it, pseudonymous; never published", required=True),
        "seconds": column(NUMBER, "time taken, seconds", at_least(0), required=True),
        "rating": column(NUMBER, "pace observed relative to a normal one; empty: 1", within(0.5, 1.5)),
        "value_class": column(
            TEXT,
            "value-adding: the customer would pay for it; necessary: the business must do it; waste: neither",
            one_of("value-adding", "necessary", "waste"),
            required=True,
        ),
        "rekeyed_from": named("the system it was typed over from, if it was"),
    },
    moment="observed_at",
    past=("observed_at",),
)

FIELD_ENTRIES = table(
    "field_entries",
    "a value typed into a field of a system",
    ["entry_id"],
    {
        "entry_id": column(TEXT, "identifies the entry", key=True),
        "unit": named("organisational unit", unit_name(), required=True),
        "case_id": column(TEXT, "the case it was typed for", required=True),
        "system": named("the system", required=True),
        "field": named("the field as the system names it", required=True),
        "value_hash": column(TEXT, "the value under a keyed hash, never the value itself", required=True),
        "entered_at": column(MOMENT, "when", required=True),
        "seconds": column(NUMBER, "time it took, seconds", at_least(0)),
    },
    moment="entered_at",
    past=("entered_at",),
)

CHANGES = table(
    "changes",
    "a change to how the work is done",
    ["change_id"],
    {
        "change_id": column(TEXT, "identifies the change", key=True),
        "unit": named("organisational unit", unit_name(), required=True),
        "changed_at": column(MOMENT, "when it took effect", required=True),
        "activities": column(TEXT, "activities it touched, with semicolons between", required=True),
        "tests_run": column(COUNT, "tests run for it", at_least(0)),
    },
    moment="changed_at",
)

HANDOFF_AUDITS = table(
    "handoff_audits",
    "a kind of failure counted in a quarter's audit of the handoffs between two teams",
    ["unit", "quarter", "from_team", "to_team", "failure_code"],
    {
        "unit": _unit(),
        "quarter": column(TEXT, "the quarter audited", matching(r"\d{4}Q[1-4]", "2025Q3"), key=True),
        "from_team": named("the team that gave", key=True),
        "to_team": named("the team that received", key=True),
        "failure_code": named("what went wrong, such as missing data", key=True),
        "handoffs": column(COUNT, "handoffs looked at", at_least(1), required=True),
        "failures": column(COUNT, "of those, with this failure", at_least(0), required=True),
        "redesign_id": named("the redesign in force, from the quarter in which it took effect"),
    },
    pa.Check(
        lambda rows: ~(rows["failures"] > rows["handoffs"]),
        name="failures",
        error="failures must not exceed the handoffs looked at",
    ),
)

MEETINGS = table(
    "meetings",
    "a meeting whose decisions count",
    ["meeting_id"],
    {
        "meeting_id": column(TEXT, "identifies the meeting", key=True),
        "unit": named("organisational unit", unit_name(), required=True),
        "type": named("what it was for, such as journey_audit", required=True),
        "held_at": column(MOMENT, "when", required=True),
        "functions": column(TEXT, "functions that took part, with semicolons between", required=True),
        "verdict": named("what was decided"),
    },
    moment="held_at",
    past=("held_at",),
)

EXPECTATIONS = table(
    "expectations",
    "a customer's answer to how long a stage may take",
    ["answer_id"],
    {
        "answer_id": column(TEXT, "identifies the answer", key=True),
        "unit": named("organisational unit", unit_name(), required=True),
        "stage": named("stage of the journey map", required=True),
        "asked_at": column(MOMENT, "when it was asked", required=True),
        "tolerance_hours": column(
            NUMBER, "longest time the customer finds acceptable, hours", at_least(0), required=True
        ),
    },
    moment="asked_at",
    past=("asked_at",),
)

WORKFLOW_STARTS = table(
    "workflow_starts",
    "a workflow that started by itself or by hand",
    ["start_id"],
    {
        "start_id": column(TEXT, "identifies the start", key=True),
        "unit": named("organisational unit", unit_name(), required=True),
        "case_id": column(TEXT, "the case it was started for", required=True),
        "workflow": named("the workflow as the journey map names it", required=True),
        "started_at": column(MOMENT, "when", required=True),
    },
    moment="started_at",
    past=("started_at",),
)

SKILLS = table(
    "skills",
    "an activity that a person can do",
    ["unit", "agent", "activity"],
    {
        "unit": _unit(),
        "agent": column(TEXT, "the person, pseudonymous; never published", key=True),
        "activity": named("an activity as it stands in steps", key=True),
        "team": named("the team the person belongs to"),
    },
)

PODS = table(
    "pods",
    "a small mixed team that is to answer, or answers, for a customer result",
    ["unit", "pod"],
    {
        "unit": _unit(),
        "pod": named("its name", key=True),
        "outcome_owned": named("the customer result it answers for", required=True),
        "activities": column(TEXT, "activities it does, with semicolons between", required=True),
        "skills": column(TEXT, "skills it needs, with semicolons between; empty: its activities"),
        "members": column(TEXT, "its people, pseudonymous, with semicolons between; never published"),
        "start_at": column(MOMENT, "when it started or is to start"),
    },
)

DECISION_RIGHTS = table(
    "decision_rights",
    "who may settle an issue, and who is to",
    ["unit", "stage", "issue"],
    {
        "unit": _unit(),
        "stage": named("stage of the journey map in which the issue arises", key=True),
        "issue": named("the reason of the cases", key=True),
        "decision": named("the decision that settles it", required=True),
        "held_by": named("team that may take it", required=True),
        "moved_to": named("team that is to take it instead; empty: no change decided"),
        "effective_at": column(MOMENT, "when the move takes effect"),
    },
)

REGISTERS = (
    *(SCORECARDS, FEEDBACK, NOTICES, ORDERS, RETURNS, RETURN_REASONS, TIME_STUDIES, FIELD_ENTRIES, CHANGES),
    *(HANDOFF_AUDITS, MEETINGS, EXPECTATIONS, WORKFLOW_STARTS, SKILLS, PODS, DECISION_RIGHTS),
)
