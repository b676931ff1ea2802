"""The demo organisation as a whole: every canonical table from a size and a seed."""

from itertools import product

import numpy as np
import pandas as pd

from cxops.demo import contacts, customers, setting, staffing, surveys
from cxops.demo.arrivals import arrivals
from cxops.demo.columns import UNKNOWN, Codes, Reals, drawn, moments, named, numbered
from cxops.demo.registers import NAMES, registers
from cxops.demo.setting import AGENTS, agent_name
from cxops.demo.steps import ACTIVITIES, STATUSES, work
from cxops.errors import ParameterError

_ARISES_SHARE = (0.25, 0.20, 0.20, 0.25, 0.10)
_HOURLY_COST = 48.0
_STREAMS = 7
"""Random streams of the tables that systems record; those of the registers come after them."""


def organisation(size: int, seed: int) -> dict[str, pd.DataFrame]:
    """The canonical tables of a synthetic organisation; the same size and seed give the same tables.

    Parameters
    ----------
    size : cases in all units together, at least 1.
    seed : of every random draw.

    Returns
    -------
    cases, steps, contacts, surveys, customers, staffing, and the registers: frames that keep the contracts in
    `cxops.tables`, in their order.
    """
    if size < 1:
        raise ParameterError(f"size must be at least 1: got {size} (demo.organisation)")
    rngs = [np.random.Generator(np.random.PCG64(each)) for each in _seeds(seed)]
    people = customers.codes(rngs[0], size)
    cases = _cases(rngs[1], people, size)
    steps = work(rngs[2], *(cases[name].to_numpy() for name in ("unit", "opened", "stage")))
    cases = cases.assign(resolved=_resolved(steps, size))
    came = contacts.codes(rngs[4], cases, people)
    asked = surveys.codes(rngs[5], cases.assign(between_hours=_between_hours(steps, size)), came, people)
    ids = {"C": numbered("C", size), "P": numbered("P", len(people)), "T": numbered("T", len(came))}
    return {
        "cases": _case_table(cases, steps, ids),
        "steps": _step_table(rngs[3], cases, steps, ids["C"]),
        "contacts": contacts.table(came, ids),
        "surveys": surveys.table(asked, ids),
        "customers": customers.table(people, ids["P"]),
        "staffing": staffing.table(rngs[6], came, cases["unit"].to_numpy(), steps),
        **registers(dict(zip(NAMES, rngs[_STREAMS:], strict=True)), cases, steps, people, ids),
    }


def _seeds(seed: int) -> list[np.random.SeedSequence]:
    """One for each random stream, so that a draw more in one changes no other."""
    return np.random.SeedSequence(seed).spawn(_STREAMS + len(NAMES))


def _cases(rng: np.random.Generator, people: pd.DataFrame, size: int) -> pd.DataFrame:
    """One row per case in the order of opening: unit, customer, stage and so on as codes, opened in seconds."""
    unit = drawn(rng, setting.UNIT_SHARE, size)
    opened = arrivals(rng, unit)
    order = np.argsort(opened, kind="stable")
    unit = unit[order]
    return pd.DataFrame(
        {
            "unit": unit,
            "opened": opened[order],
            "customer": customers.of_unit(rng, people, unit),
            "stage": drawn(rng, _ARISES_SHARE, size),
            "journey": drawn(rng, setting.JOURNEY_SHARE, size),
            "reason": drawn(rng, setting.REASON_SHARE, size),
            "channel": drawn(rng, setting.CHANNEL_SHARE, size),
            "priority": drawn(rng, setting.PRIORITY_SHARE, size),
        }
    )


def _resolved(steps: pd.DataFrame, cases: int) -> Codes:
    """When each case was last completed, in seconds; `UNKNOWN` while something is left to do."""
    last = steps.drop_duplicates("case", keep="last")
    done = last[last["status"] == STATUSES.index("done")]
    moment = np.full(cases, UNKNOWN)
    moment[done["case"]] = done["start"]
    return moment


def _between_hours(steps: pd.DataFrame, cases: int) -> Reals:
    """Per case, hours from each sender's last work to the next team's first, added up."""
    worked = steps[steps["status"] == STATUSES.index("active")]
    before = worked.shift()
    handed = (worked["case"] == before["case"]) & (worked["team"] != before["team"])
    hours = (worked["start"] - before["end"])[handed] / 3_600
    total = np.bincount(worked["case"][handed], hours, minlength=cases)
    return np.asarray(total, dtype=np.float64)


def _case_table(cases: pd.DataFrame, steps: pd.DataFrame, ids: dict[str, list[str]]) -> pd.DataFrame:
    count = len(cases)
    is_done = (steps["status"] == STATUSES.index("done")).to_numpy()
    comes_back = is_done[:-1] & (np.diff(steps["case"]) == 0)
    worked = steps[(steps["status"] == 0) & (steps["end"] != UNKNOWN)]
    hours = np.bincount(worked["case"], (worked["end"] - worked["start"]) / 3_600, minlength=count)
    code = {name: cases[name].to_numpy() for name in cases}
    return pd.DataFrame(
        {
            "case_id": ids["C"],
            "unit": named(setting.UNITS, code["unit"]),
            "customer_id": named(ids["P"], code["customer"]),
            "journey": named(setting.JOURNEYS, code["journey"]),
            "stage": named(setting.STAGES, code["stage"]),
            "reason": named(setting.REASONS, code["reason"]),
            "channel": named(setting.CHANNELS, code["channel"]),
            "priority": named(setting.PRIORITIES, code["priority"]),
            "opened_at": moments(code["opened"]),
            "resolved_at": moments(code["resolved"]),
            "reopened": np.bincount(steps["case"][:-1][comes_back], minlength=count) > 0,
            "cost": np.round(_HOURLY_COST * hours, 2),
        }
    )


def _step_table(rng: np.random.Generator, cases: pd.DataFrame, steps: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    code = {name: steps[name].to_numpy() for name in steps}
    first = np.flatnonzero(np.diff(code["case"], prepend=-1))
    unit = cases["unit"].to_numpy()[code["case"]]
    agents = [agent_name(*each) for each in product(*map(range, (len(setting.UNITS), len(setting.TEAMS), AGENTS)))]
    agent = (unit * len(setting.TEAMS) + code["team"]) * AGENTS + rng.integers(0, AGENTS, len(steps))
    is_active = code["status"] == STATUSES.index("active")
    return pd.DataFrame(
        {
            "case_id": named(ids, code["case"]),
            "started_at": moments(code["start"]),
            "step_seq": np.arange(len(steps)) - np.repeat(first, np.diff(first, append=len(steps))),
            "ended_at": moments(code["end"]),
            "activity": named(ACTIVITIES, code["activity"]),
            "stage": named(setting.STAGES, code["stage"]),
            "team": named(setting.TEAMS, code["team"]),
            "agent": named(agents, np.where(is_active, agent, -1)),
            "status": named(STATUSES, code["status"]),
        }
    )
