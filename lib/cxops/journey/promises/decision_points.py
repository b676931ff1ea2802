"""Decision points: conditions of the journey map replayed over the log, and when each case first came to one."""

from collections.abc import Iterable
from typing import Protocol

import ibis
from ibis import ir

from cxops.errors import ParameterError
from cxops.journey.promises.conditions import fields, predicate
from cxops.journey.promises.targets import Promise

CASE_FIELDS = ("unit", "journey", "reason", "channel", "priority")
CUSTOMER_FIELDS = ("segment", "tier", "lifetime_value", "churn_risk", "consent")
STEP_FIELDS = ("stage", "team", "activity")
"""Fields that a condition may use. Those only known afterwards, such as cost or reopened, are not among them."""
_ARRIVAL = ["decision_point", "workflow", "case_id", "reached_at"]


class DecisionPoint(Protocol):
    """A point at which a workflow should start by itself; those of a journey map are such."""

    @property
    def name(self) -> str: ...
    @property
    def condition(self) -> str: ...
    @property
    def workflow(self) -> str: ...
    @property
    def within(self) -> Promise | None: ...


def arrivals(points: Iterable[DecisionPoint], cases: ir.Table, steps: ir.Table, customers: ir.Table) -> ir.Table:
    """One row per decision point and case that came to it: when its condition was first true.

    Parameters
    ----------
    points : the decision points of the map.
    cases : one row per case; needs case_id, customer_id, opened_at and the fields that conditions name.
    steps : one row per step; needs case_id, started_at, stage, team, activity.
    customers : one row per customer; may be empty, then nothing that depends on them is ever true.

    Returns
    -------
    decision_point, workflow, case_id, reached_at.

    Notes
    -----
    A condition on the case and its customer alone is reached when the case is opened. One that names stage, team or
    activity is looked at when the case is opened, when these are not known yet, and at the start of each of its steps;
    it is reached where it is true for the first time. Fields of cases and customers are taken as they stand in the
    extract: the log does not say what they were at the time.

    Raises
    ------
    ParameterError : a condition cannot be read or names an unknown field, or two decision points have one name.
    """
    points = list(points)
    names = [point.name for point in points]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"a decision point must stand once: {', '.join(twice)} stands twice (journey map)")
    known = _known(cases, customers)
    seen = _seen(known, steps)
    found = [_reached(point, seen if fields(point.condition) & set(STEP_FIELDS) else known) for point in points]
    return ibis.union(*found, distinct=False) if found else _none(known)


def _known(cases: ir.Table, customers: ir.Table) -> ir.Table:
    """Each case as it is known when it is opened, with what is known of its customer."""
    of = customers.select(of="customer_id", **{name: customers[name] for name in CUSTOMER_FIELDS})
    rows = cases.select("case_id", "customer_id", *CASE_FIELDS, reached_at="opened_at")
    return rows.left_join(of, rows.customer_id == of.of).drop("customer_id", "of")


def _seen(known: ir.Table, steps: ir.Table) -> ir.Table:
    """Each case when it is opened and at the start of each of its steps."""
    nothing = {name: ibis.null(str) for name in STEP_FIELDS}
    at = steps.select(at_case="case_id", at="started_at", **{name: steps[name] for name in STEP_FIELDS})
    later = known.inner_join(at, known.case_id == at.at_case).drop("reached_at", "at_case").rename(reached_at="at")
    opened = known.mutate(**nothing)
    return opened.union(later.select(opened.columns), distinct=False)


def _reached(point: DecisionPoint, rows: ir.Table) -> ir.Table:
    allowed = [*CASE_FIELDS, *CUSTOMER_FIELDS, *STEP_FIELDS]
    true = rows.filter(predicate(point.condition, rows, allowed))
    first = true.group_by("case_id").aggregate(reached_at=true.reached_at.min())
    named = {"decision_point": ibis.literal(point.name), "workflow": ibis.literal(point.workflow)}
    return first.mutate(**named).select(_ARRIVAL)


def _none(known: ir.Table) -> ir.Table:
    named = {"decision_point": ibis.literal(""), "workflow": ibis.literal("")}
    return known.filter(ibis.literal(False)).mutate(**named).select(_ARRIVAL)
