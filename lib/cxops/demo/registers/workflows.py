"""Workflows of the demo organisation that should start by themselves when a case reaches a decision point."""

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.columns import Codes, Flags, Reals, moments, named, numbered
from cxops.demo.setting import PRIORITIES, REASONS, UNITS
from cxops.demo.truths import MISSED_STARTS

AT_RISK = 0.3
"""Churn risk from which a customer is at risk."""
WORKFLOWS = {"retention_call": 10.0, "fast_lane": 1.0, "complaint_review": 8.0}
"""Workflows of the journey map, and within how many opening hours each is promised to start."""
_PART, _SIGMA = 0.25, 0.5
"""Median of the time it takes, as part of the time promised, and its spread."""
_FALSE_SHARE, _TWICE_SHARE, _TWICE_HOURS = 0.003, 0.01, (0.5, 2.0)


def workflow_starts(
    rng: np.random.Generator, cases: pd.DataFrame, people: pd.DataFrame, ids: list[str]
) -> pd.DataFrame:
    """The canonical table `workflow_starts`: most starts are due; a few are not, or come twice.

    Parameters
    ----------
    cases, people : cases and customers as codes.
    ids : identifiers of the cases.
    """
    rows = [
        _starts(rng, cases, reached, hours).assign(workflow=number)
        for number, (reached, hours) in enumerate(zip(_reached(cases, people), WORKFLOWS.values(), strict=True))
    ]
    starts = pd.concat(rows, ignore_index=True).sort_values("started", kind="stable", ignore_index=True)
    starts = starts[starts["started"] < setting.EXTRACT]
    case = starts["case"].to_numpy()
    return pd.DataFrame(
        {
            "start_id": numbered("S", len(starts)),
            "unit": named(UNITS, cases["unit"].to_numpy()[case]),
            "case_id": named(ids, case),
            "workflow": named(tuple(WORKFLOWS), starts["workflow"].to_numpy()),
            "started_at": moments(starts["started"].to_numpy()),
        }
    )


def _reached(cases: pd.DataFrame, people: pd.DataFrame) -> tuple[Flags, Flags, Flags]:
    """Whether each case reaches the decision point of each workflow, which it does as it is opened."""
    at_risk = people["churn_risk"].to_numpy()[cases["customer"]] >= AT_RISK
    urgent = cases["priority"].to_numpy() == PRIORITIES.index("Urgent")
    return at_risk, urgent, cases["reason"].to_numpy() == REASONS.index("Complaint")


def _starts(rng: np.random.Generator, cases: pd.DataFrame, reached: Flags, hours: float) -> pd.DataFrame:
    """One row per start of one workflow: case, started in seconds."""
    opened = cases["opened"].to_numpy()
    share = _started_share(cases["unit"].to_numpy(), opened)
    starts = np.flatnonzero(rng.random(len(cases)) < share * np.where(reached, 1.0, _FALSE_SHARE))
    taken = hours * _PART * np.exp(_SIGMA * rng.standard_normal(len(starts)))
    started = opened[starts] + _seconds(taken)
    twice = rng.random(len(starts)) < _TWICE_SHARE
    again = started[twice] + _seconds(rng.uniform(*_TWICE_HOURS, int(twice.sum())))
    return pd.DataFrame({"case": np.concatenate([starts, starts[twice]]), "started": np.concatenate([started, again])})


def _started_share(unit: Codes, opened: Codes) -> Reals:
    return np.asarray(setting.STARTED_SHARE + MISSED_STARTS.size * MISSED_STARTS.holds(unit, opened))


def _seconds(hours: Reals) -> Codes:
    return np.asarray(np.rint(hours * 3_600), dtype=np.int64)
