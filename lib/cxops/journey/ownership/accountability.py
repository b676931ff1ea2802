"""The RACI matrix of the journey: who is accountable for what, and how much of the log somebody answers for."""

from collections.abc import Collection, Mapping

import ibis
import pandas as pd
from ibis import ir

from cxops.journey.log.folding import with_rarer

WHOLE = "The whole journey"
"""Stands for the stage in what is about the journey from end to end."""
WORDS = {"A": "accountable", "R": "responsible", "C": "consulted", "I": "informed"}


def raci_matrix(raci: pd.DataFrame, stages: pd.DataFrame) -> pd.DataFrame:
    """One row for the whole journey and per stage of the map: who is what for it.

    Parameters
    ----------
    raci : the map's `raci_frame`: stage (a gap: the whole journey), role, raci.
    stages : the map's `stage_frame`.

    Returns
    -------
    stage, accountable, responsible, consulted, informed: roles as tuples, in the order in which the map names them. No
    row where the map has no RACI matrix.

    >>> raci = pd.DataFrame({"stage": [None, "Intake"], "role": ["Lead", "Desk"], "raci": ["A", "R"]})
    >>> raci_matrix(raci, pd.DataFrame({"stage": ["Intake"]}))[["stage", "accountable", "responsible"]].values.tolist()
    [['The whole journey', ('Lead',), ()], ['Intake', (), ('Desk',)]]
    """
    named = raci.assign(stage=raci["stage"].fillna(WHOLE).astype(object))
    rows = [
        {"stage": stage} | {word: tuple(held.loc[held["raci"] == letter, "role"]) for letter, word in WORDS.items()}
        for stage in ([WHOLE, *stages["stage"]] if len(raci) else [])
        for held in [named[named["stage"] == stage]]
    ]
    return pd.DataFrame(rows, columns=["stage", *WORDS.values()])


def raci_gaps(raci: pd.DataFrame, stages: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """One row per hole in the accountability for the journey: stage, gap.

    Parameters
    ----------
    raci, stages : the map's `raci_frame` and `stage_frame`.
    owners : one row per owner, as `owners` of `cxops.journey.owners` gives them.

    Notes
    -----
    Listed are: a stage, or the journey, without one who is accountable; one who is accountable and no owner of the map,
    so that no KPI follows; one who is accountable for a stage that belongs to another owner; and one who is accountable
    for the journey without a KPI that sees it from end to end. A role is an owner if it is the owner's id or role.
    """
    if raci.empty:
        return pd.DataFrame(columns=["stage", "gap"])
    accountable = raci[raci["raci"] == "A"].assign(stage=lambda rows: rows["stage"].fillna(WHOLE))
    holder = dict(zip(accountable["stage"], accountable["role"], strict=True))
    ids = dict(zip(owners["role"], owners["id"], strict=True)) | {each: each for each in owners["id"]}
    owner_of = dict(zip(stages["stage"], stages["owner"], strict=True))
    reach = dict(zip(owners["id"], owners["reach"], strict=True))
    found = []
    for stage in [WHOLE, *stages["stage"]]:
        role = holder.get(stage)
        owner = ids.get(role) if role else None
        if role is None:
            found.append((stage, "nobody is accountable"))
        elif owner is None:
            found.append((stage, f"{role} is accountable, but is no owner of the map: no KPI follows"))
        elif stage != WHOLE and owner_of[stage] not in (None, owner):
            found.append((stage, f"{role} is accountable, but the stage belongs to {owner_of[stage]}"))
        elif stage == WHOLE and reach[owner] in ("no KPI", "siloed"):
            found.append((stage, f"{role} is accountable without a KPI that sees the journey from end to end"))
    return pd.DataFrame(found, columns=["stage", "gap"])


def outcomes(owners: pd.DataFrame, raci: pd.DataFrame, kpi_scopes: Mapping[str, str]) -> pd.DataFrame:
    """One row per KPI that sees the journey from end to end: who is held to it.

    Parameters
    ----------
    owners, raci : as for `raci_gaps`.
    kpi_scopes : by the KPI's id, what it sees.

    Returns
    -------
    kpi, held_by (roles, as a tuple), is_accountable (whether one of them is accountable for the whole journey).
    """
    journey = raci[(raci["raci"] == "A") & raci["stage"].isna()]["role"]
    rows = []
    for kpi in [name for name, scope in kpi_scopes.items() if scope == "journey"]:
        held = owners.loc[owners["kpis"].map(lambda each, kpi=kpi: kpi in each).astype(bool)]
        answers = held["id"].isin(journey) | held["role"].isin(journey)
        rows.append((kpi, tuple(held["role"]), bool(answers.any())))
    return pd.DataFrame(rows, columns=["kpi", "held_by", "is_accountable"])


def owned_cases(cases: ir.Table, journeys: Collection[str], raci: pd.DataFrame) -> pd.DataFrame:
    """One row: how many of the logged cases travel a journey for which somebody is accountable.

    Parameters
    ----------
    cases : one row per case; needs journey.
    journeys : names in cases.journey that follow the map; none: all do.
    raci : the map's `raci_frame`; where nobody is accountable for the journey, no case is owned.

    Returns
    -------
    cases, owned, share (0–1); no row where the map has no RACI matrix. All cases are counted, so there is no interval.
    """
    nothing = pd.DataFrame(columns=["cases", "owned", "share"])
    if raci.empty:
        return nothing
    is_held = bool(((raci["raci"] == "A") & raci["stage"].isna()).any())
    follows = cases.journey.isin(list(journeys)).fill_null(False) if journeys else ibis.literal(True)
    rows = cases.mutate(is_owned=(follows & ibis.literal(is_held)).cast("int64"))
    counted = rows.aggregate(cases=rows.count(), owned=rows.is_owned.sum()).execute()
    total, owned = int(counted["cases"].iloc[0]), int(counted["owned"].fillna(0).iloc[0])
    return pd.DataFrame({"cases": [total], "owned": owned, "share": owned / total}) if total else nothing


def outside(
    cases: ir.Table, steps: ir.Table, journeys: Collection[str], stages: pd.DataFrame, *, minimum_count: int
) -> pd.DataFrame:
    """One row per journey and per stage of the log that the map does not know, with the events that lie outside it.

    Parameters
    ----------
    cases, steps : one row per case (case_id, journey) and per step (case_id, stage).
    journeys : names in cases.journey that follow the map; none: all do.
    stages : the map's `stage_frame`; without a row there is no map, and nothing lies outside it.
    minimum_count : cases that must stand behind a row; the others are put together as `(rarer)`.

    Returns
    -------
    kind (`journey` or `stage`), name, cases, events; the most events first. Within a kind, cases of `(rarer)` may be
    counted more than once.
    """
    if len(stages) == 0:
        return pd.DataFrame(columns=["kind", "name", "cases", "events"])
    joined = steps.select("case_id", "stage").join(cases.select("case_id", "journey"), "case_id")
    joined = joined.mutate(journey=joined.journey.fill_null("(none given)"))
    frames, sums = [], ["cases", "events"]
    for kind, known in (("journey", list(journeys)), ("stage", stages["stage"].tolist())):
        rows = joined.filter(~joined[kind].isin(known)) if known else joined.limit(0)
        counted = rows.group_by(name=rows[kind]).aggregate(cases=rows.case_id.nunique(), events=rows.count())
        found = counted.order_by("name").execute()
        found = with_rarer(found, ["name"], "cases", minimum_count=minimum_count, remainder="(rarer)", sums=sums)
        frames.append(found.assign(kind=kind))
    found = pd.concat(frames, ignore_index=True)[["kind", "name", "cases", "events"]]
    return found.sort_values(["kind", "events", "name"], ascending=[True, False, True], ignore_index=True)
