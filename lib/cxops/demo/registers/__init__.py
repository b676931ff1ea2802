"""The registers of the demo organisation: what its people write down about the work, beside what its systems record."""

import numpy as np
import pandas as pd

from cxops.demo.columns import numbered
from cxops.demo.registers import agreements, deliveries, observations, voices, workflows
from cxops.tables.registers import REGISTERS

NAMES = tuple(register.name for register in REGISTERS)
"""Every register has a random stream of its own, in this order; one that owes nothing to chance leaves it unused."""


def registers(
    rngs: dict[str, np.random.Generator],
    cases: pd.DataFrame,
    steps: pd.DataFrame,
    people: pd.DataFrame,
    ids: dict[str, list[str]],
) -> dict[str, pd.DataFrame]:
    """The registers as canonical tables, in the order of their contracts.

    Parameters
    ----------
    rngs : a random stream for each register, by its name.
    cases, steps, people : as codes.
    ids : identifiers of cases and customers under C and P.
    """
    placed = deliveries.orders(rngs["orders"], people, len(cases))
    ids = ids | {"O": numbered("O", len(placed))}
    made = {
        "feedback": voices.feedback(rngs["feedback"], cases, steps, ids),
        "expectations": voices.expectations(rngs["expectations"], len(cases)),
        "orders": deliveries.order_table(placed, ids),
        "returns": deliveries.returns(rngs["returns"], placed, ids["O"]),
        "return_reasons": deliveries.return_reasons(),
        "notices": deliveries.notices(rngs["notices"], placed, ids["O"]),
        "time_studies": observations.time_studies(rngs["time_studies"]),
        "field_entries": observations.field_entries(rngs["field_entries"], cases, ids["C"]),
        "handoff_audits": agreements.handoff_audits(rngs["handoff_audits"], cases["unit"].to_numpy(), steps),
        "workflow_starts": workflows.workflow_starts(rngs["workflow_starts"], cases, people, ids["C"]),
        **{name: make(rngs[name]) for name, make in _BY_CHANCE.items()},
        **{name: make() for name, make in _AGREED.items()},
    }
    return {name: made[name] for name in NAMES}


_BY_CHANCE = {
    "changes": agreements.changes,
    "meetings": agreements.meetings,
}
_AGREED = {
    "scorecards": agreements.scorecards,
    "skills": agreements.skills,
    "pods": agreements.pods,
    "decision_rights": agreements.decision_rights,
}
