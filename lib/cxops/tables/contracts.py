"""The contracts of the canonical tables: what one row is, its columns, their units and ranges, and its key.

A column that is not `required` may be absent from a source altogether; a `nullable` one may hold gaps.
The data dictionary on the site is made from these.
"""

import pandas as pd
import pandera.pandas as pa

ALL = "all"
TEXT, NUMBER, COUNT, FLAG = "str", "float64", "Int64", "boolean"
MOMENT = pd.DatetimeTZDtype("us", "UTC")


def _column(dtype: object, description: str, *checks: pa.Check, key: bool = False, required: bool = False) -> pa.Column:
    """A column; one that belongs to the key, or is required, holds no gaps."""
    must = key or required
    return pa.Column(dtype, list(checks), nullable=not must, required=must, description=description)


def _table(name: str, row: str, key: list[str], columns: dict[str, pa.Column], *checks: pa.Check) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        columns, list(checks), name=name, description=row, metadata={"key": key}, strict=True, report_duplicates="all"
    )


def _at_least(least: float) -> pa.Check:
    return pa.Check.ge(least, error=f"must be at least {least:g}")


def _within(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"must be from {low:g} to {high:g}")


def _one_of(*allowed: str) -> pa.Check:
    return pa.Check.isin(allowed, error=f"must be one of {', '.join(allowed)}")


def _unit() -> pa.Check:
    """Pages, folders and addresses call every unit together `all`."""
    return pa.Check(
        lambda names: names.str.casefold().ne(ALL), error=f"must be the name of a unit: {ALL} stands for every unit"
    )


def _not_before(later: str, earlier: str) -> pa.Check:
    """Rows in which the later moment is known and lies before the earlier one fail; a column left out passes."""

    def in_order(frame: pd.DataFrame) -> pd.Series:
        if later not in frame or earlier not in frame:
            return pd.Series(True, index=frame.index)
        return ~(frame[later] < frame[earlier])

    return pa.Check(in_order, name=later, error=f"{later} must not be before {earlier}")


CASES = _table(
    "cases",
    "a customer's issue or request",
    ["case_id"],
    {
        "case_id": _column(TEXT, "identifies the case", key=True),
        "unit": _column(TEXT, "organisational unit that answers for the case", _unit(), required=True),
        "customer_id": _column(TEXT, "the customer, pseudonymous"),
        "journey": _column(TEXT, "the journey the customer is on"),
        "stage": _column(TEXT, "stage of the journey in which the case arose"),
        "reason": _column(TEXT, "why the customer came"),
        "channel": _column(TEXT, "how the customer came"),
        "priority": _column(TEXT, "priority as the source states it"),
        "opened_at": _column(MOMENT, "when the case was opened", required=True),
        "resolved_at": _column(MOMENT, "when it was last resolved; empty while it is open"),
        "reopened": _column(FLAG, "whether it came back after it was resolved"),
        "cost": _column(NUMBER, "money spent on the case, in the organisation's currency", _at_least(0)),
    },
    _not_before("resolved_at", "opened_at"),
)

STEPS = _table(
    "steps",
    "a piece of work on a case by a team",
    ["case_id", "started_at", "step_seq"],
    {
        "case_id": _column(TEXT, "the case worked on", key=True),
        "started_at": _column(MOMENT, "when the step began", key=True),
        "step_seq": _column(COUNT, "order among steps of a case that began at the same moment", _at_least(0), key=True),
        "ended_at": _column(MOMENT, "when it ended; empty where that is not known", required=False),
        "activity": _column(TEXT, "what was done", required=True),
        "stage": _column(TEXT, "stage of the journey the step belongs to", required=True),
        "team": _column(TEXT, "the team that held the case", required=True),
        "agent": _column(TEXT, "who worked on it, pseudonymous; never published"),
        "status": _column(
            TEXT,
            "active: being worked on; waiting: held by the team, nobody works on it; done: complete for the team",
            _one_of("active", "waiting", "done"),
            required=True,
        ),
    },
    _not_before("ended_at", "started_at"),
)

CONTACTS = _table(
    "contacts",
    "one contact attempt",
    ["contact_id"],
    {
        "contact_id": _column(TEXT, "identifies the contact", key=True),
        "case_id": _column(TEXT, "the case it belongs to, if any"),
        "customer_id": _column(TEXT, "the customer, pseudonymous"),
        "unit": _column(TEXT, "organisational unit that was contacted", _unit(), required=True),
        "team": _column(TEXT, "team or queue that was contacted"),
        "channel": _column(TEXT, "phone, chat, e-mail and so on, as the source names it", required=True),
        "offered_at": _column(MOMENT, "when it arrived", required=True),
        "answered_at": _column(MOMENT, "when somebody, or the bot, answered; empty if nobody did"),
        "ended_at": _column(MOMENT, "when it ended"),
        "abandoned": _column(FLAG, "whether the customer gave up before an answer"),
        "bot": _column(FLAG, "whether automation handled it without an agent"),
        "bot_confidence": _column(NUMBER, "the automation's own confidence, share", _within(0, 1)),
        "transferred": _column(FLAG, "whether it was passed on to another team"),
    },
    _not_before("answered_at", "offered_at"),
    _not_before("ended_at", "offered_at"),
)

SURVEYS = _table(
    "surveys",
    "an invitation and, if any, its answer",
    ["invitation_id"],
    {
        "invitation_id": _column(TEXT, "identifies the invitation", key=True),
        "unit": _column(TEXT, "organisational unit asked about", _unit(), required=True),
        "contact_id": _column(TEXT, "the contact asked about, if any"),
        "case_id": _column(TEXT, "the case asked about, if any"),
        "customer_id": _column(TEXT, "the customer, pseudonymous"),
        "sent_at": _column(MOMENT, "when the invitation was sent", required=True),
        "answered_at": _column(MOMENT, "when it was answered; empty if it was not"),
        "csat": _column(NUMBER, "satisfaction, 1 (very dissatisfied) to 5 (very satisfied)", _within(1, 5)),
        "ces": _column(NUMBER, "agreement that it was easy, 1 (not at all) to 7 (completely)", _within(1, 7)),
        "nps": _column(NUMBER, "likelihood to recommend, 0 to 10", _within(0, 10)),
        "verbatim": _column(TEXT, "the customer's own words; hostile until escaped, redacted before it is published"),
        "language": _column(TEXT, "language of the answer, as the source names it"),
    },
    _not_before("answered_at", "sent_at"),
)

CUSTOMERS = _table(
    "customers",
    "a customer",
    ["customer_id"],
    {
        "customer_id": _column(TEXT, "the customer, pseudonymous", key=True),
        "unit": _column(TEXT, "organisational unit that serves the customer", _unit(), required=True),
        "segment": _column(TEXT, "segment as the organisation names it"),
        "tier": _column(TEXT, "service tier"),
        "lifetime_value": _column(NUMBER, "expected value, in the organisation's currency", _at_least(0)),
        "churn_risk": _column(NUMBER, "chance of leaving within a year, share", _within(0, 1)),
        "consent": _column(FLAG, "whether the customer may be asked for feedback"),
    },
)

STAFFING = _table(
    "staffing",
    "a team in an interval: who was there and what came in",
    ["unit", "team", "interval_start"],
    {
        "unit": _column(TEXT, "organisational unit", _unit(), key=True),
        "team": _column(TEXT, "team or queue", key=True),
        "interval_start": _column(MOMENT, "when the interval began", key=True),
        "agents": _column(NUMBER, "agents present, full-time equivalents in the interval", _at_least(0)),
        "paid_hours": _column(NUMBER, "hours paid", _at_least(0)),
        "cost": _column(NUMBER, "cost of those hours, in the organisation's currency", _at_least(0)),
        "offered": _column(NUMBER, "contacts that arrived", _at_least(0)),
        "answered": _column(NUMBER, "contacts that were answered", _at_least(0)),
        "abandoned": _column(NUMBER, "contacts whose customers gave up", _at_least(0)),
        "handling_seconds": _column(NUMBER, "total handling time of the answered contacts, seconds", _at_least(0)),
    },
)

CONTRACTS: dict[str, pa.DataFrameSchema] = {
    contract.name: contract for contract in (CASES, STEPS, CONTACTS, SURVEYS, CUSTOMERS, STAFFING)
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
