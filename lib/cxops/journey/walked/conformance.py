"""Whether customers really walk the path that was drawn: every case held against the intended map.

Traces are made and counted by the engine; each distinct one is aligned once (see `alignments`).
"""

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.log.sequence import ORDER, engine
from cxops.journey.statistics.excess import excess
from cxops.journey.walked.alignments import IntendedPath, alignments
from cxops.journey.walked.placement import PLACED, UNMAPPED

_BETWEEN, _STRANGE = "\x1f", "+"
"""Between the events of a trace, and before an activity that is not on the map: no id of a step begins so."""
TRACE = ["trace", "is_complete"]
ALIGNED = [*TRACE, "cases", "skipped", "added", "fitness"]


def traces(placed: ir.Table) -> ir.Table:
    """One row per case: the way it took through the steps of the map.

    Parameters
    ----------
    placed : steps placed on the map, as `placement` gives them.

    Returns
    -------
    case_id, trace (ids of steps, and activities that are not on the map with a + before them), is_complete.

    Notes
    -----
    Events of one step that follow each other count once: rework has its own measure. Supporting and ignored activities
    take no part. A case is complete if a team completed it (a step with status `done`); of a case that goes on nothing
    is demanded after its last event.
    """
    labelled = placed.mutate(
        label=ibis.cases((placed.place == PLACED, placed.step_id), (placed.place == UNMAPPED, _strange(placed)))
    )
    case = ibis.window(group_by="case_id", order_by=ORDER)
    events = labelled.filter(labelled.label.notnull())
    events = events.mutate(before=events.label.lag().over(case))
    events = events.filter(events.before.isnull() | (events.before != events.label))
    walked = _joined(events)
    cases = placed.group_by("case_id").aggregate(is_complete=(placed.status == "done").any())
    both = cases.left_join(walked, cases.case_id == walked.walker)
    return both.select("case_id", "is_complete", trace=both.way.fill_null(""))


def _joined(events: ir.Table) -> ir.Table:
    """One row per case: walker (its id) and way, its labels in their order.

    SQLite under Ibis cannot put an aggregate of texts in order, but its window of all rows of a case can.
    """
    if engine(events) != "sqlite":
        way = events.label.group_concat(_BETWEEN, order_by=[events[column] for column in ORDER])
    else:
        case = ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=None)
        events = events.mutate(way=events.label.group_concat(_BETWEEN).over(case))
        way = events.way.max()
    return events.group_by(walker="case_id").aggregate(way=way)


def _strange(placed: ir.Table) -> ir.StringValue:
    return ibis.literal(_STRANGE) + placed.activity


def aligned(ways: ir.Table, path: IntendedPath) -> pd.DataFrame:
    """One row per distinct trace, with what the map demands and the trace lacks, and what it has beside.

    Parameters
    ----------
    ways : one row per case, as `traces` gives them.
    path : what was intended, as `intended_path` gives it. Of a path without steps, nothing is said: no rows.

    Returns
    -------
    trace, is_complete, cases, skipped (ids of steps), added (ids of steps, and activities with a + before them; both
    tuples), fitness (0–1); the most cases first, then by trace.
    """
    counted = ways.group_by(TRACE).aggregate(cases=ways.count()).order_by([ibis.desc("cases"), *TRACE]).to_pandas()
    if counted.empty or not path.steps:
        return pd.DataFrame(columns=ALIGNED).astype({"cases": "int64", "fitness": "float64", "is_complete": "bool"})
    events = [tuple(filter(None, trace.split(_BETWEEN))) for trace in counted["trace"]]
    found = alignments(path, zip(events, counted["is_complete"].astype(bool), strict=True))
    return counted.assign(
        skipped=[each.skipped for each in found],
        added=[each.added for each in found],
        fitness=[each.fitness for each in found],
    )[ALIGNED]


def conformance(aligned: pd.DataFrame) -> pd.DataFrame:
    """One row: how many of the cases fit the map, and how well they fit on average; no rows if there is no case.

    Returns
    -------
    cases, fitting (cases with nothing skipped or added), case_fitness (fitting over cases, 0–1), low and high (its 95 %
    interval, Wilson's), trace_fitness (mean over cases, 0–1), variants (distinct traces).

    >>> rows = [("a", True, 93, (), (), 1.0), ("b", True, 7, ("s",), (), 0.5)]
    >>> conformance(pd.DataFrame(rows, columns=ALIGNED))[["case_fitness", "trace_fitness"]].to_numpy().tolist()
    [[0.93, 0.965]]
    """
    return _fitted(aligned.assign(everything=True), ["everything"]).drop(columns="everything")


def conformance_by(
    groups: ir.Table,
    ways: ir.Table,
    aligned: pd.DataFrame,
    *,
    minimum_count: int,
    alpha: float,
    material_ratio: float = 1.25,
) -> pd.DataFrame:
    """One row per group of cases, such as a segment: how many fit, and whether more deviate than elsewhere.

    Parameters
    ----------
    groups : case_id and the column that tells the groups apart.
    ways, aligned : as `traces` and `aligned` give them.
    minimum_count, alpha, material_ratio : see `excess`; groups with fewer cases are left out of what is returned, but
        not out of what the others are compared with.

    Returns
    -------
    The group's column, cases, fitting, case_fitness, low, high, trace_fitness, variants, ratio_to_rest (share that
    deviates over that of all others), p_value (adjusted), is_signal; the worst fitness first. Cases without a group are
    named `(not known)`.
    """
    name = next(each for each in groups.columns if each != "case_id")
    counted = ways.join(groups, "case_id").group_by(name, *TRACE).aggregate(cases=lambda rows: rows.count())
    rows = counted.to_pandas().fillna({name: "(not known)"})
    rows = rows.merge(aligned.drop(columns="cases"), on=TRACE, how="inner", validate="many_to_one")
    fitted = _fitted(rows, [name])
    tested = excess(
        fitted.assign(trials=fitted["cases"], events=fitted["cases"] - fitted["fitting"]),
        minimum_count=minimum_count,
        alpha=alpha,
        material_ratio=material_ratio,
    )
    kept = tested.loc[tested["cases"] >= minimum_count, [*fitted.columns, "ratio_to_rest", "p_value", "is_signal"]]
    return kept.sort_values(["case_fitness", name], kind="stable", ignore_index=True)


def case_groups(cases: ir.Table, customers: ir.Table, name: str) -> ir.Table:
    """One row per case with what its customer is: case_id and the column `name` of customers, a gap if not known."""
    known = customers.select("customer_id", name)
    return cases.select("case_id", "customer_id").left_join(known, "customer_id").select("case_id", name)


def conformance_by_stage(aligned: pd.DataFrame, steps: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per stage of the map: of the cases that passed it or should have, how many did so as drawn.

    Parameters
    ----------
    aligned : as `aligned` gives it.
    steps : one row per step of the map in order: step_id, stage.
    minimum_count : stages of fewer cases are left out.

    Returns
    -------
    stage, cases, fitting, case_fitness (0–1), low, high (95 % interval, Wilson's), in the order of the map.
    """
    stage_of = dict(zip(steps["step_id"], steps["stage"], strict=True))
    rows = []
    for trace, skipped, added, cases in aligned[["trace", "skipped", "added", "cases"]].itertuples(index=False):
        wrong = {stage_of[each] for each in (*skipped, *added) if each in stage_of}
        passed = wrong | {stage_of[each] for each in trace.split(_BETWEEN) if each in stage_of}
        rows += [(stage, cases, cases * (stage not in wrong)) for stage in passed]
    found = pd.DataFrame(rows, columns=["stage", "cases", "fitting"]).groupby("stage")[["cases", "fitting"]].sum()
    found = found.reindex([each for each in dict.fromkeys(steps["stage"]) if each in found.index]).reset_index()
    found = found[found["cases"] >= minimum_count].reset_index(drop=True)
    return _with_interval(found.astype({"cases": "int64", "fitting": "int64"}))


def _fitted(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    fits = rows["cases"] * (rows["fitness"] == 1.0)
    weighed = rows.assign(fitting=fits, weight=rows["cases"] * rows["fitness"], variants=1)
    summed = weighed.groupby(keys, sort=True)[["cases", "fitting", "weight", "variants"]].sum().reset_index()
    found = _with_interval(summed)
    return found.assign(trace_fitness=summed["weight"] / summed["cases"])[
        [*keys, "cases", "fitting", "case_fitness", "low", "high", "trace_fitness", "variants"]
    ]


def _with_interval(counted: pd.DataFrame) -> pd.DataFrame:
    """The counts with the share that fits and Wilson's interval."""
    if counted.empty:
        return counted.assign(**dict.fromkeys(["case_fitness", "low", "high"], pd.Series(dtype="float64")))
    low, high = proportion_confint(counted["fitting"], counted["cases"], alpha=0.05, method="wilson")
    share = counted["fitting"] / counted["cases"]
    return counted.assign(case_fitness=share, low=np.asarray(low), high=np.asarray(high))
