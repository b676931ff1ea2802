"""Who answers for what: owners by stage, what their KPIs see, and what nobody answers for."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import ir

from cxops.errors import ParameterError
from cxops.journey.log.folding import with_rarer
from cxops.journey.log.times import spans

UNASSIGNED = "(no department)"
"""Where a team works that the map puts into no department."""
SCOPES = ("journey", "stage", "team")
"""What a KPI sees: every department that works on a case, those that work in the owner's stages, or the owner's own."""


def stage_work(steps: ir.Table) -> ir.Table:
    """One row per stage and team of the log: the cases, the steps and the hours worked.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.

    Returns
    -------
    stage, team, cases, steps, touch_hours, in the order of the names.
    """
    rows = spans(steps)
    return (
        rows.group_by("stage", "team")
        .aggregate(cases=rows.case_id.nunique(), steps=rows.count(), touch_hours=rows.touch_seconds.sum() / 3600)
        .order_by("stage", "team")
    )


def told_work(work: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """The work that enough cases stand behind and, last, that of all other stages and teams together.

    Parameters
    ----------
    work : one row per stage and team, as `stage_work` gives it.
    minimum_count : see `with_rarer`. The remainder, `(rarer)`, has no cases of its own: one case may be in many rows.

    >>> work = pd.DataFrame({"stage": ["A", "B", "B"], "team": ["X", "X", "Y"], "cases": [9, 4, 3],
    ...                      "steps": [9, 5, 3], "touch_hours": [4.0, 2.0, 1.0]})
    >>> told_work(work, minimum_count=5)[["stage", "steps", "touch_hours"]].values.tolist()
    [['A', 9, 4.0], ['(rarer)', 8, 3.0]]
    """
    sums = ["steps", "touch_hours"]
    return with_rarer(
        work.astype({"cases": "Int64"}),
        ["stage", "team"],
        "cases",
        minimum_count=minimum_count,
        remainder="(rarer)",
        sums=sums,
    )


def owned_stages(
    stages: pd.DataFrame, owners: pd.DataFrame, work: pd.DataFrame, departments: Mapping[str, str]
) -> pd.DataFrame:
    """One row per stage of the map in its order, then of the log alone: who answers for it and who works there.

    Parameters
    ----------
    stages, owners : the map's `stage_frame` and `owner_frame`.
    work : one row per stage and team, as `stage_work` gives it.
    departments : the department of each team; a team that is not in it belongs to `(no department)`.

    Returns
    -------
    stage, phase, owner, role, department and since (the owner's), teams and departments that work there (tuples),
    steps, touch_hours, own_share (0–1, of the hours worked, by the owner's department), status: `owned`, `gap` (on the
    map, without an owner) or `not on the map`.

    Raises
    ------
    ParameterError : a stage has two owners.

    >>> stages = pd.DataFrame({"stage": ["A", "B"], "phase": "Support", "owner": ["kim", None]})
    >>> owners = pd.DataFrame({"id": ["kim"], "role": ["Lead"], "since": [None], "department": [""]})
    >>> work = pd.DataFrame({"stage": ["B"], "team": ["Desk"], "cases": [3], "steps": [4], "touch_hours": [1.0]})
    >>> owned_stages(stages, owners, work, {"Desk": "Service"})[["stage", "status"]].to_numpy().tolist()
    [['A', 'owned'], ['B', 'gap']]
    """
    check_one_owner(stages)
    known = owners.drop_duplicates("id").set_index("id")
    done = _work_by_stage(work, departments)
    rows = stages[["stage", "phase", "owner"]].astype(object)
    extra = pd.DataFrame({"stage": [each for each in done.index if each not in set(stages["stage"])]}, dtype=object)
    rows = pd.concat([rows, extra.reindex(columns=rows.columns)], ignore_index=True)
    on_map = rows["stage"].isin(stages["stage"])
    kept = {name: rows["owner"].map(known[name]) for name in ("role", "department", "since")}
    rows = rows.assign(**kept | {"since": pd.to_datetime(kept["since"])})
    rows = rows.merge(done, how="left", left_on="stage", right_index=True, validate="one_to_one")
    listed = {name: _column(each if isinstance(each, tuple) else () for each in rows[name]) for name in _LISTED}
    of = dict(zip(rows["stage"], rows["department"], strict=True))
    status = np.where(~on_map, "not on the map", np.where(rows["owner"].notna(), "owned", "gap"))
    own = work[(work["team"].map(departments) == work["stage"].map(of)).astype(bool)]
    rows["own_share"] = rows["stage"].map(own.groupby("stage")["touch_hours"].sum()).fillna(0.0) / rows["touch_hours"]
    rows["own_share"] = rows["own_share"].where(rows["department"].notna() & (rows["department"] != ""))
    return rows.assign(**listed, steps=rows["steps"].fillna(0).astype("int64"), status=status)


_LISTED = ("teams", "departments")


def _column(values: Iterable[object]) -> pd.Series:
    """Values, such as tuples, as a column that takes them as they are."""
    return pd.Series(list(values), dtype=object)


def check_one_owner(stages: pd.DataFrame) -> None:
    """Raises ParameterError where a stage stands more than once, so that two could answer for it."""
    twice = stages[stages["stage"].duplicated(keep=False)]
    for stage, rows in twice.groupby("stage", sort=False):
        named = ", ".join(str(each) for each in rows["owner"])
        raise ParameterError(f"a stage must have one owner: got {named} (stage {stage})")


def _work_by_stage(work: pd.DataFrame, departments: Mapping[str, str]) -> pd.DataFrame:
    placed = work.assign(department=[departments.get(team, UNASSIGNED) for team in work["team"]])
    by_stage = placed.groupby("stage")
    return pd.DataFrame(
        {
            "teams": by_stage["team"].agg(_distinct),
            "departments": by_stage["department"].agg(_distinct),
            "steps": by_stage["steps"].sum(),
            "touch_hours": by_stage["touch_hours"].sum(),
        },
        columns=[*_LISTED, "steps", "touch_hours"],
    )


def _distinct(names: Any) -> Any:
    """The different names in order; pandas does not say that a group may give a tuple."""
    return tuple(sorted(set(names)))


def people_by_owner(steps: ir.Table, owners: pd.DataFrame) -> ir.Table:
    """One row per owner of a stage that the log knows: the cases and the people who worked in their stages.

    Parameters
    ----------
    steps : one row per step; needs case_id, stage, agent.
    owners : the map's `owner_frame`.

    Returns
    -------
    id, cases, people (different agents; 0 where the log names none).
    """
    rows = steps.mutate(id=by_stage(steps, owners, "id"))
    rows = rows.filter(rows.id.notnull())
    return rows.group_by("id").aggregate(cases=rows.case_id.nunique(), people=rows.agent.nunique()).order_by("id")


def by_stage(steps: ir.Table, owners: pd.DataFrame, column: str) -> ir.Value:
    """The owner's `column` for each step's stage, a gap where nobody answers for it."""
    named = owners[owners["stage"] != ""]
    branches = [(steps.stage == stage, str(value)) for stage, value in zip(named["stage"], named[column], strict=True)]
    return ibis.cases(*branches) if branches else ibis.null("string")


def owners(
    register: pd.DataFrame,
    owned: pd.DataFrame,
    *,
    people: pd.DataFrame,
    departments: Mapping[str, str],
    kpi_scopes: Mapping[str, str],
) -> pd.DataFrame:
    """One row per owner: their span of control, and how much of the journey their KPIs see.

    Parameters
    ----------
    register : the map's `owner_frame`.
    owned : one row per stage, as `owned_stages` gives it.
    people : one row per owner, as `people_by_owner` gives it.
    departments : the department of each team.
    kpi_scopes : by the KPI's id, what it sees: one of `SCOPES`.

    Returns
    -------
    id, role, department, authority, since, stages, teams, departments, kpis, unplaced (KPIs without a scope), seen
    (departments that the KPIs see), people, cases, reach.

    Raises
    ------
    ParameterError : a scope is none of `SCOPES`.

    Notes
    -----
    A KPI of scope `journey` sees every department that works on cases, one of scope `stage` those that work in the
    owner's stages, one of scope `team` the owner's own. `reach` is `siloed` where all the KPIs together see at most one
    department of several; else `end-to-end`; `no KPI` and `cannot be told` (no KPI has a scope, or nothing is known of
    departments) say what is missing.
    """
    wrong = sorted({scope for scope in kpi_scopes.values() if scope not in SCOPES})
    if wrong:
        raise ParameterError(f"the scope of a KPI must be one of {', '.join(SCOPES)}: got {', '.join(wrong)}")
    everywhere = {each for named in owned["departments"] for each in named}
    rows = register.drop_duplicates("id").drop(columns="stage").reset_index(drop=True)
    rows = rows.assign(**{name: _column(_of_owner(rows["id"], owned, name)) for name in _LISTED})
    rows.insert(0, "stages", [tuple(owned.loc[owned["owner"] == each, "stage"]) for each in rows["id"]])
    records = rows.to_dict("records")
    seen = [_seen(row, kpi_scopes, everywhere) for row in records]
    unplaced = [tuple(kpi for kpi in row["kpis"] if kpi not in kpi_scopes) for row in records]
    rows = rows.assign(seen=_column(tuple(sorted(each)) for each in seen), unplaced=_column(unplaced))
    rows["reach"] = [_reach(row, len(everywhere), bool(departments)) for row in rows.to_dict("records")]
    rows = rows.merge(people, how="left", on="id", validate="one_to_one")
    rows = rows.assign(**{name: rows[name].fillna(0).astype("int64") for name in ("people", "cases")})
    return rows[_OWNER]


_OWNER = [
    *("id", "role", "department", "authority", "since", "stages", "teams", "departments", "kpis", "unplaced", "seen"),
    *("people", "cases", "reach"),
]


def _of_owner(ids: pd.Series, owned: pd.DataFrame, column: str) -> list[tuple[str, ...]]:
    return [
        tuple(sorted({name for each in owned.loc[owned["owner"] == owner, column] for name in each})) for owner in ids
    ]


def _seen(row: Mapping[Hashable, Any], kpi_scopes: Mapping[str, str], everywhere: Collection[str]) -> set[str]:
    """The departments that an owner's KPIs see."""
    own = {str(row["department"])} - {""}
    sees = {"journey": set(everywhere), "stage": set(row["departments"]), "team": own}
    return set().union(*(sees[kpi_scopes[kpi]] for kpi in row["kpis"] if kpi in kpi_scopes))


def _reach(row: Mapping[Hashable, Any], everywhere: int, is_known: bool) -> str:
    if not row["kpis"]:
        return "no KPI"
    if not is_known or len(row["unplaced"]) == len(row["kpis"]):
        return "cannot be told"
    return "siloed" if len(row["seen"]) <= 1 < everywhere else "end-to-end"


def leftovers(
    work: pd.DataFrame, owned: pd.DataFrame, departments: Mapping[str, str], *, minimum_count: int
) -> pd.DataFrame:
    """One row per stage and team whose work no owner answers for: what was left to the departments.

    Parameters
    ----------
    work, owned, departments : as for `owned_stages`, and what it gives.
    minimum_count : cases that must stand behind a row; the others are left out, and `attrs["left_out"]` says how many.

    Returns
    -------
    stage, team, department, status, cases, steps, touch_hours; the most hours first.
    """
    rows = work.merge(owned[["stage", "status"]], on="stage", validate="many_to_one")
    rows = rows[rows["status"] != "owned"]
    shown = rows[rows["cases"] >= minimum_count]
    shown = shown.assign(department=[departments.get(team, UNASSIGNED) for team in shown["team"]])
    shown = shown.sort_values(["touch_hours", "stage", "team"], ascending=[False, True, True], ignore_index=True)
    shown = shown[["stage", "team", "department", "status", "cases", "steps", "touch_hours"]]
    shown.attrs["left_out"] = len(rows) - len(shown)
    return shown
