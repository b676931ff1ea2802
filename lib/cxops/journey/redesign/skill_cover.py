"""Who would be in which pod, so that together its people can do all its work, and which skill nobody would bring."""

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from cxops.journey.redesign.crew_sizes import apportioned

_COLUMNS = ["pod", "skill", "work_hours_total", "people", "is_gap"]


def skill_cover(needed: pd.DataFrame, members: pd.DataFrame, skills: pd.DataFrame) -> pd.DataFrame:
    """One row per pod and skill it needs: how many of its people have it, and whether that is nobody.

    Parameters
    ----------
    needed : one row per pod and skill; needs pod, skill and work_hours_total.
    members : one row per person in a pod; needs pod and agent.
    skills : one row per person and activity the person can do; needs agent and activity.

    Returns
    -------
    pod, skill, work_hours_total, people, is_gap; the gaps with the most work first, then the fewest people. Without
    skills no rows: what nobody wrote down is not known to be missing.
    """
    if skills.empty or needed.empty:
        return pd.DataFrame(columns=_COLUMNS)
    able = members.merge(skills[["agent", "activity"]].drop_duplicates(), on="agent")
    people = able.groupby(["pod", "activity"], as_index=False).agg(people=("agent", "nunique"))
    people = people.rename(columns={"activity": "skill"})
    rows = needed.merge(people, on=["pod", "skill"], how="left", validate="one_to_one")
    rows["people"] = rows["people"].fillna(0).astype(int)
    rows["is_gap"] = rows["people"] == 0
    order = ["people", "work_hours_total", "pod", "skill"]
    return rows.sort_values(order, ascending=[True, False, True, True], ignore_index=True)[_COLUMNS]


def needed_skills(pods: pd.DataFrame) -> pd.DataFrame:
    """One row per pod and activity it does: pod, skill, work_hours_total.

    Parameters
    ----------
    pods : the pod of each kind of work, as `cxops.journey.pods` gives them.
    """
    rows = pods.rename(columns={"activity": "skill"})
    return rows.groupby(["pod", "skill"], as_index=False, sort=False).agg(work_hours_total=("work_hours_total", "sum"))


def needed_in_register(register: pd.DataFrame, kinds: pd.DataFrame) -> pd.DataFrame:
    """The same for the rows of the register `pods`: the skills they name or, where they name none, their activities."""
    named = register["skills"].where(register["skills"].fillna("").str.strip() != "", register["activities"])
    rows = register[["pod"]].assign(skill=named.str.split(";")).explode("skill")
    rows["skill"] = rows["skill"].str.strip()
    rows = rows[rows["skill"] != ""].drop_duplicates()
    hours = kinds.groupby("activity")["work_hours_total"].sum()
    return rows.assign(work_hours_total=rows["skill"].map(hours).fillna(0.0)).reset_index(drop=True)


def registered_members(register: pd.DataFrame) -> pd.DataFrame:
    """One row per person in a pod of the register: pod, agent."""
    rows = register[["pod"]].assign(agent=register["members"].fillna("").str.split(";")).explode("agent")
    rows["agent"] = rows["agent"].str.strip()
    return rows[rows["agent"] != ""].drop_duplicates(ignore_index=True)


def pod_members(needed: pd.DataFrame, skills: pd.DataFrame) -> pd.DataFrame:
    """One row per person: the pod that best uses what the person can do, with as few gaps as the people allow.

    Parameters
    ----------
    needed : as `needed_skills` gives them.
    skills : one row per person and activity the person can do; needs agent and activity.

    Returns
    -------
    pod, agent. Without skills, or with fewer people than pods, no rows.

    Notes
    -----
    A mixed-integer programme (HiGHS, through `scipy.optimize.milp`) over how many people with the same skills go to
    which pod. Each pod gets its share of the people as its hours are of all, rounded, at least one. First as few
    skills as possible are missing; then the share of its pod's hours that a person can do is made large, in sum.
    """
    if skills.empty or needed.empty:
        return pd.DataFrame(columns=["pod", "agent"])
    of = {str(agent): frozenset(rows["activity"]) for agent, rows in skills.groupby("agent")}
    abilities, pods = sorted(set(of.values()), key=sorted), list(dict.fromkeys(needed["pod"]))
    if len(of) < len(pods):
        return pd.DataFrame(columns=["pod", "agent"])
    have = np.array([sum(each == kind for each in of.values()) for kind in abilities])
    counts = _counts(abilities, have, needed, pods)
    rows = []
    for kind, of_pods in zip(abilities, counts, strict=True):
        agents = iter(sorted(agent for agent, each in of.items() if each == kind))
        rows += [(pod, next(agents)) for pod, count in zip(pods, of_pods, strict=True) for _ in range(count)]
    return pd.DataFrame(rows, columns=["pod", "agent"]).sort_values(["pod", "agent"], ignore_index=True)


def abilities(members: pd.DataFrame, skills: pd.DataFrame) -> dict[str, list[frozenset[str]]]:
    """By pod what each of its people can do, those first who can do what most others of the pod cannot.

    Parameters
    ----------
    members : one row per person in a pod; needs pod and agent.
    skills : one row per person and activity the person can do; needs agent and activity.
    """
    can = {agent: frozenset(rows["activity"]) for agent, rows in skills.groupby("agent")}
    found: dict[str, list[frozenset[str]]] = {}
    for pod, rows in members.groupby("pod"):
        left = [can[agent] for agent in sorted(rows["agent"]) if agent in can]
        chosen: list[frozenset[str]] = []
        while left:
            known = frozenset[str]().union(*chosen)
            best = max(left, key=lambda each: (len(each - known), sorted(each)))
            left.remove(best)
            chosen.append(best)
        found[str(pod)] = chosen
    return found


def _counts(kinds: list[frozenset[str]], have: np.ndarray, needed: pd.DataFrame, pods: list[str]) -> np.ndarray:
    """People by kind and pod."""
    seats = apportioned(needed.groupby("pod", sort=False)["work_hours_total"].sum().to_numpy(float), int(have.sum()))
    share = needed["work_hours_total"] / needed.groupby("pod")["work_hours_total"].transform("sum").replace(0.0, 1.0)
    able = np.array([[skill in kind for skill in needed["skill"]] for kind in kinds], dtype=float)
    inside = (needed["pod"].to_numpy()[:, None] == np.array(pods)).astype(float)
    value = (able * share.to_numpy()) @ inside
    size, gaps = len(kinds) * len(pods), len(needed)
    once = sparse.kron(sparse.eye(len(kinds)), np.ones((1, len(pods))))
    seated = sparse.kron(np.ones((1, len(kinds))), sparse.eye(len(pods)))
    covering = np.einsum("ks,sp->skp", able, inside).reshape(gaps, size)
    rules = [
        optimize.LinearConstraint(sparse.hstack([once, sparse.csr_array((len(kinds), gaps))]), have, have),
        optimize.LinearConstraint(sparse.hstack([seated, sparse.csr_array((len(pods), gaps))]), seats, seats),
        optimize.LinearConstraint(sparse.hstack([covering, sparse.eye(gaps)]), np.ones(gaps), np.inf),
    ]
    found = optimize.milp(
        np.concatenate([-value.ravel(), np.full(gaps, 1.0 + have.sum())]),
        constraints=rules,
        integrality=np.concatenate([np.ones(size), np.zeros(gaps)]),
        bounds=optimize.Bounds(0, np.concatenate([np.repeat(have, len(pods)), np.ones(gaps)])),
    )
    return np.rint(found.x[:size]).astype(int).reshape(len(kinds), len(pods))
