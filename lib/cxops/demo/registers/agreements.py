"""What the demo organisation has agreed and decided: audits, meetings, changes, scorecards, skills, pods, rights."""

from itertools import permutations

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.columns import Codes, Flags, Reals, moments, named, numbered
from cxops.demo.setting import AGENTS, REASONS, TEAMS, UNITS, agent_name
from cxops.demo.steps import ACTIVITIES, STATUSES, TRAFFIC
from cxops.demo.truths import COUPLED, FAILURE_RECURS, REDESIGN

QUARTERS = tuple(f"{year}Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4))
FAILURES = ("missing data", "wrong team", "no note")
_AUDITED = 250
"""Handoffs looked at for each pair of teams in a quarter's audit: all of them where there are fewer."""
_REDESIGNS = (
    ("intake form", REDESIGN.unit, REDESIGN.where["from_team"], REDESIGN.where["to_team"]),
    ("checklist", setting.CONTROL, "Back office", "Billing"),
)
"""What was redesigned, for which handoffs, from the planted redesign's day on; that of the control changes nothing."""
_PAIRS = tuple(permutations(range(len(TEAMS)), 2))

CHANGEABLE = ACTIVITIES[:5]
_CHANGES_A_QUARTER, _TESTS, _TRIES = 4, 12.0, 40
REPACKED, _REPACKED_IN = "Packing", QUARTERS.index("2025Q1")
"""What is changed once more in each unit, and in which quarter; no fewer orders come back for it."""
_DEPARTMENTS, _THIRD_SHARE = ("Service; Operations", "Service; Operations; Finance"), 0.5
_VERDICTS = ("path followed", "map to be changed", "work to be changed")

_REWARDED = {
    ("Front desk", "team"): {"touch_time": 0.6, "lead_time": 0.4},
    ("Specialists", "team"): {"touch_time": 0.5, "rework_share": 0.5},
    ("Back office", "team"): {"lead_time": 1.0},
    ("Billing", "team"): {"rework_share": 0.7, "lead_time": 0.3},
    ("service_director", "owner"): {"lead_time": 1.0},
    ("onboarding_lead", "owner"): {"touch_time": 0.5, "lead_time": 0.5},
    ("resolution_lead", "owner"): {"lead_time": 1.0},
}
"""Nobody has written down yet what Field service is rewarded for."""
_TRAINED_FROM = 0.10
"""A team is trained in the work of a stage if at least this share of it comes its way."""
_PODS = (
    ("Summit", "Access", "the customer can get in and use it", ACTIVITIES[:5], "2025-04-01"),
    ("Harbour", "Bills", "the bill is right and understood", (*ACTIVITIES[1:4],), ""),
)
_DECISIONS = {
    "Access": ("open a locked account", "Specialists"),
    "Bill": ("correct a bill up to 50", "Billing"),
    "Delivery": ("send it again", "Back office"),
    "Fault": ("replace the device", "Field service"),
    "Information": ("answer from the notes", "Front desk"),
    "Change of details": ("accept another proof", "Back office"),
    "Complaint": ("offer a gesture up to 20", "Billing"),
}
_MOVED = {("Harbour", "Bill"): "2025-07-01", ("Summit", "Complaint"): "2025-07-01"}
"""Rights that go to the front desk, and from when on."""


def handoff_audits(rng: np.random.Generator, unit_of_case: Codes, steps: pd.DataFrame) -> pd.DataFrame:
    """The canonical table `handoff_audits`: each unit, quarter, pair of teams that met, and kind of failure.

    Parameters
    ----------
    unit_of_case : per case, the unit's code.
    steps : as codes.
    """
    grid = np.meshgrid(*map(range, (len(UNITS), len(QUARTERS), len(_PAIRS), len(FAILURES))), indexing="ij")
    unit, quarter, pair, code = (each.ravel() for each in grid)
    sender, receiver = (np.asarray(each)[pair] for each in zip(*_PAIRS, strict=True))
    start = _quarter_starts()[quarter]
    looked_at = np.minimum(_AUDITED, _handed(unit_of_case, steps)[unit, quarter, sender, receiver])
    share = _failure_shares(unit, start, sender, receiver, code)
    rows = pd.DataFrame(
        {
            "unit": named(UNITS, unit),
            "quarter": named(QUARTERS, quarter),
            "from_team": named(TEAMS, sender),
            "to_team": named(TEAMS, receiver),
            "failure_code": named(FAILURES, code),
            "handoffs": looked_at,
            "failures": rng.binomial(looked_at, share),
            "redesign_id": _redesigned(unit, start, sender, receiver),
        }
    )
    return rows[looked_at > 0].reset_index(drop=True)


def _handed(unit_of_case: Codes, steps: pd.DataFrame) -> Codes:
    """Handoffs by unit, quarter of the receiver's first work, sender and receiver."""
    worked = steps.loc[steps["status"] == STATUSES.index("active"), ["case", "team", "start"]]
    case, team, start = (worked[name].to_numpy() for name in worked)
    handed = (case[1:] == case[:-1]) & (team[1:] != team[:-1])
    quarter = np.searchsorted(_quarter_starts(), start[1:], side="right") - 1
    counted = np.zeros((len(UNITS), len(QUARTERS), len(TEAMS), len(TEAMS)), dtype=np.int64)
    place = unit_of_case[case[1:]], quarter, team[:-1], team[1:]
    np.add.at(counted, tuple(each[handed] for each in place), 1)
    return counted


def _failure_shares(unit: Codes, start: Codes, sender: Codes, receiver: Codes, code: Codes) -> Reals:
    """Chance that a handoff has the failure, by row of the audits."""
    share = np.full(len(unit), setting.FAILURE_SHARE)
    for truth in (FAILURE_RECURS, REDESIGN):
        is_it = sender == TEAMS.index(truth.where["from_team"])
        is_it &= receiver == TEAMS.index(truth.where["to_team"])
        is_it &= code == FAILURES.index(truth.where["failure_code"])
        share = share * np.where(is_it & truth.holds(unit, start), truth.size, 1.0)
    return share


def _redesigned(unit: Codes, start: Codes, sender: Codes, receiver: Codes) -> pd.Series:
    """The redesign in force in each quarter's audit."""
    redesign = np.full(len(unit), -1)
    since = np.datetime64(REDESIGN.from_on, "s").astype(np.int64)
    for number, (_, where, one, other) in enumerate(_REDESIGNS):
        is_pair = (sender == TEAMS.index(one)) & (receiver == TEAMS.index(other))
        redesign[is_pair & (unit == UNITS.index(where)) & (start >= since)] = number
    return named([name for name, *_ in _REDESIGNS], redesign)


def changes(rng: np.random.Generator) -> pd.DataFrame:
    """The canonical table `changes`: as many in each unit and quarter, each to at least one activity; and packing."""
    unit, quarter, _ = (
        each.ravel()
        for each in np.meshgrid(*map(range, (len(UNITS), len(QUARTERS), _CHANGES_A_QUARTER)), indexing="ij")
    )
    changed = _within(rng, quarter)
    touched = _touched(rng, unit, changed)
    counts = touched.sum(axis=1)
    everywhere = np.arange(len(UNITS))
    repacked = _within(rng, np.full(len(UNITS), _REPACKED_IN))
    rows = pd.DataFrame(
        {
            "unit": named(UNITS, np.append(unit, everywhere)),
            "changed_at": moments(np.append(changed, repacked)),
            "activities": ["; ".join(np.asarray(CHANGEABLE)[each]) for each in touched] + [REPACKED] * len(UNITS),
            "tests_run": rng.poisson(_TESTS * np.append(counts, np.ones_like(everywhere))),
        }
    ).sort_values("changed_at", kind="stable", ignore_index=True)
    rows.insert(0, "change_id", numbered("G", len(rows)))
    return rows


def _within(rng: np.random.Generator, quarter: Codes) -> Codes:
    """A moment in each of the quarters."""
    starts = np.append(_quarter_starts(), setting.EXTRACT)
    return np.asarray(starts[quarter] + (rng.random(len(quarter)) * np.diff(starts)[quarter]).astype(np.int64))


def _touched(rng: np.random.Generator, unit: Codes, changed: Codes) -> Flags:
    """Which activities each change touches: drawn until there is one, each by itself but for the coupled two.

    Of the coupled two the second is touched as often as elsewhere, so that only their meeting differs.
    """
    chance = rng.random((_TRIES, len(unit), len(CHANGEABLE)))
    touched = chance < setting.TOUCHED_SHARE
    one, other = (CHANGEABLE.index(COUPLED.where[name]) for name in ("activity", "other_activity"))
    together = setting.TOUCHED_SHARE + COUPLED.size
    alone = setting.TOUCHED_SHARE * (1 - together) / (1 - setting.TOUCHED_SHARE)
    follows = chance[..., other] < np.where(touched[..., one], together, alone)
    touched[..., other] = np.where(COUPLED.holds(unit, changed), follows, touched[..., other])
    return np.asarray(touched[touched.any(axis=2).argmax(axis=0), np.arange(len(unit))])


def meetings(rng: np.random.Generator) -> pd.DataFrame:
    """The canonical table `meetings`: a journey audit in the last month of each quarter, in each unit."""
    unit, quarter = (each.ravel() for each in np.meshgrid(range(len(UNITS)), range(len(QUARTERS)), indexing="ij"))
    held = _quarter_starts()[quarter] + (70 + rng.integers(0, 14, len(unit))) * 86_400 + 13 * 3_600
    return pd.DataFrame(
        {
            "meeting_id": numbered("M", len(unit)),
            "unit": named(UNITS, unit),
            "type": "journey_audit",
            "held_at": moments(held),
            "functions": named(_DEPARTMENTS, (rng.random(len(unit)) < _THIRD_SHARE).astype(np.int64)),
            "verdict": named(_VERDICTS, rng.integers(0, len(_VERDICTS), len(unit))),
        }
    )


def scorecards() -> pd.DataFrame:
    """The canonical table `scorecards`, the same in every unit."""
    rows = [
        (unit, holder, kind, kpi, weight)
        for unit in UNITS
        for (holder, kind), measures in _REWARDED.items()
        for kpi, weight in measures.items()
    ]
    return pd.DataFrame(rows, columns=["unit", "holder", "holder_type", "kpi", "weight"])


def skills() -> pd.DataFrame:
    """The canonical table `skills`: everybody in a team is trained in the work that regularly comes its way."""
    rows = [
        (unit, agent_name(u, t, a), activity, team)
        for u, unit in enumerate(UNITS)
        for t, team in enumerate(TEAMS)
        for a in range(AGENTS)
        for activity in (*(ACTIVITIES[stage] for stage in np.flatnonzero(TRAFFIC[:, t] >= _TRAINED_FROM)), "Clarify")
    ]
    return pd.DataFrame(rows, columns=["unit", "agent", "activity", "team"])


def pods() -> pd.DataFrame:
    """The canonical table `pods`: one that has started and one that is planned; neither changes anything."""
    rows = [
        {
            "unit": unit,
            "pod": pod,
            "outcome_owned": outcome,
            "activities": "; ".join(activities),
            "skills": None,
            "members": "; ".join(agent_name(UNITS.index(unit), team, 0) for team in range(len(TEAMS))),
            "start_at": pd.Timestamp(start, tz="UTC") if start else pd.NaT,
        }
        for unit, pod, outcome, activities, start in _PODS
    ]
    return pd.DataFrame(rows)


def decision_rights() -> pd.DataFrame:
    """The canonical table `decision_rights`: who settles each kind of issue, and what goes to the front desk."""
    rows = [
        {
            "unit": unit,
            "stage": "Resolution",
            "issue": issue,
            "decision": _DECISIONS[issue][0],
            "held_by": _DECISIONS[issue][1],
            "moved_to": "Front desk" if (unit, issue) in _MOVED else None,
            "effective_at": pd.Timestamp(_MOVED.get((unit, issue), "NaT"), tz="UTC"),
        }
        for unit in UNITS
        for issue in REASONS
    ]
    return pd.DataFrame(rows)


def _quarter_starts() -> Codes:
    """First second of each quarter observed."""
    months = np.datetime64("2024-01", "M") + 3 * np.arange(len(QUARTERS))
    return np.asarray(months.astype("datetime64[s]").astype(np.int64))
