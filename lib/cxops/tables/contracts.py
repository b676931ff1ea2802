"""The contracts of the canonical tables: what one row is, its columns, their units and ranges, and its key.

A column that is not `required` may be absent from a source altogether; a `nullable` one may hold gaps.
The data dictionary on the site is made from these.
"""

import pandas as pd
import pandera.pandas as pa

from cxops.tables.columns import (
    COUNT,
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    at_least,
    column,
    named,
    not_before,
    one_of,
    table,
    unit_name,
    within,
)
from cxops.tables.registers import REGISTERS

CASES = table(
    "cases",
    "a customer's issue or request",
    ["case_id"],
    {
        "case_id": column(TEXT, "identifies the case", key=True),
        "unit": named("organisational unit that answers for the case", unit_name(), required=True),
        "customer_id": column(TEXT, "the customer, pseudonymous"),
        "journey": named("the journey the customer is on"),
        "stage": named("stage of the journey in which the case arose"),
        "reason": named("why the customer came"),
        "channel": named("how the customer came"),
        "priority": named("priority as the source states it"),
        "opened_at": column(MOMENT, "when the case was opened", required=True),
        "resolved_at": column(MOMENT, "when it was last resolved; empty while it is open"),
        "reopened": column(FLAG, "whether it came back after it was resolved"),
        "cost": column(NUMBER, "money spent on the case, in the organisation's currency", at_least(0)),
    },
    not_before("resolved_at", "opened_at"),
    moment="opened_at",
    past=("opened_at", "resolved_at"),
)

STEPS = table(
    "steps",
    "a piece of work on a case by a team",
    ["case_id", "started_at", "step_seq"],
    {
        "case_id": column(TEXT, "the case worked on", key=True),
        "started_at": column(MOMENT, "when the step began", key=True),
        "step_seq": column(COUNT, "order among steps of a case that began at the same moment", at_least(0), key=True),
        "ended_at": column(MOMENT, "when it ended; empty where that is not known", required=False),
        "activity": named("what was done", required=True),
        "stage": named("stage of the journey the step belongs to", required=True),
        "team": named("the team that held the case", required=True),
        "agent": column(TEXT, "who worked on it, pseudonymous; never published"),
        "status": column(
            TEXT,
            "active: being worked on; waiting: held by the team, nobody works on it; done: complete for the team",
            one_of("active", "waiting", "done"),
            required=True,
        ),
    },
    not_before("ended_at", "started_at"),
    past=("started_at", "ended_at"),
)

CONTACTS = table(
    "contacts",
    "one contact attempt",
    ["contact_id"],
    {
        "contact_id": column(TEXT, "identifies the contact", key=True),
        "case_id": column(TEXT, "the case it belongs to, if any"),
        "customer_id": column(TEXT, "the customer, pseudonymous"),
        "unit": named("organisational unit that was contacted", unit_name(), required=True),
        "team": named("team or queue that was contacted"),
        "channel": named("phone, chat, e-mail and so on, as the source names it", required=True),
        "offered_at": column(MOMENT, "when it arrived", required=True),
        "answered_at": column(MOMENT, "when somebody, or the bot, answered; empty if nobody did"),
        "ended_at": column(MOMENT, "when it ended"),
        "abandoned": column(FLAG, "whether the customer gave up before an answer"),
        "bot": column(FLAG, "whether automation handled it without an agent"),
        "bot_confidence": column(NUMBER, "the automation's own confidence, share", within(0, 1)),
        "transferred": column(FLAG, "whether it was passed on to another team"),
    },
    not_before("answered_at", "offered_at"),
    not_before("ended_at", "offered_at"),
    moment="offered_at",
    past=("offered_at", "answered_at", "ended_at"),
)

SURVEYS = table(
    "surveys",
    "an invitation and, if any, its answer",
    ["invitation_id"],
    {
        "invitation_id": column(TEXT, "identifies the invitation", key=True),
        "unit": named("organisational unit asked about", unit_name(), required=True),
        "contact_id": column(TEXT, "the contact asked about, if any"),
        "case_id": column(TEXT, "the case asked about, if any"),
        "customer_id": column(TEXT, "the customer, pseudonymous"),
        "sent_at": column(MOMENT, "when the invitation was sent", required=True),
        "answered_at": column(MOMENT, "when it was answered; empty if it was not"),
        "csat": column(NUMBER, "satisfaction, 1 (very dissatisfied) to 5 (very satisfied)", within(1, 5)),
        "ces": column(NUMBER, "agreement that it was easy, 1 (not at all) to 7 (completely)", within(1, 7)),
        "nps": column(NUMBER, "likelihood to recommend, 0 to 10", within(0, 10)),
        "verbatim": column(TEXT, "the customer's own words; hostile until escaped, redacted before it is published"),
        "language": named("language of the answer, as the source names it"),
    },
    not_before("answered_at", "sent_at"),
    moment="sent_at",
    past=("sent_at", "answered_at"),
)

CUSTOMERS = table(
    "customers",
    "a customer",
    ["customer_id"],
    {
        "customer_id": column(TEXT, "the customer, pseudonymous", key=True),
        "unit": named("organisational unit that serves the customer", unit_name(), required=True),
        "segment": named("segment as the organisation names it"),
        "tier": named("service tier"),
        "lifetime_value": column(NUMBER, "expected value, in the organisation's currency", at_least(0)),
        "churn_risk": column(NUMBER, "chance of leaving within a year, share", within(0, 1)),
        "consent": column(FLAG, "whether the customer may be asked for feedback"),
    },
)

STAFFING = table(
    "staffing",
    "a team in an interval: who was there and what came in",
    ["unit", "team", "interval_start"],
    {
        "unit": named("organisational unit", unit_name(), key=True),
        "team": named("team or queue", key=True),
        "interval_start": column(MOMENT, "when the interval began", key=True),
        "agents": column(NUMBER, "agents present, full-time equivalents in the interval", at_least(0)),
        "paid_hours": column(NUMBER, "hours paid", at_least(0)),
        "cost": column(NUMBER, "cost of those hours, in the organisation's currency", at_least(0)),
        "offered": column(NUMBER, "contacts that arrived", at_least(0)),
        "answered": column(NUMBER, "contacts that were answered", at_least(0)),
        "abandoned": column(NUMBER, "contacts whose customers gave up", at_least(0)),
        "handling_seconds": column(NUMBER, "total handling time of the answered contacts, seconds", at_least(0)),
    },
    moment="interval_start",
)

CONTRACTS: dict[str, pa.DataFrameSchema] = {
    contract.name: contract for contract in (CASES, STEPS, CONTACTS, SURVEYS, CUSTOMERS, STAFFING, *REGISTERS)
}


def key(table: str) -> list[str]:
    """The columns that together identify a row of the table."""
    return list(CONTRACTS[table].metadata["key"])


def conform(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the contract's columns only, in its order and types, columns the source lacks added as gaps.

    Raises
    ------
    pandera.errors.SchemaErrors : a row breaks the contract. Ingest sets such rows aside first; see `validation`.
    """
    contract = CONTRACTS[table]
    types = {name: column.dtype.type for name, column in contract.columns.items()}
    return contract.validate(frame.reindex(columns=list(types)).astype(types), lazy=True)
