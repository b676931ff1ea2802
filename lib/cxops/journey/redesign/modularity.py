"""Which activities hang together, how far a change may spread, and where the process would come apart into modules."""

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.redesign.pods import communities

CONFIDENCE = 0.95
Links = npt.NDArray[np.bool_]
_PAIR = ["from_activity", "to_activity"]


def changed_activities(changes: pd.DataFrame) -> pd.DataFrame:
    """One row per change and activity it touched: change_id, activity, tests_run.

    Parameters
    ----------
    changes : rows of the register `changes`; needs change_id, activities (with semicolons between) and tests_run.
    """
    rows = changes[["change_id", "tests_run"]].assign(activity=changes["activities"].str.split(";")).explode("activity")
    rows["activity"] = rows["activity"].str.strip()
    return rows[rows["activity"] != ""].drop_duplicates(ignore_index=True)[["change_id", "activity", "tests_run"]]


def couplings(
    traffic: pd.DataFrame, touched: pd.DataFrame, *, dependence_share: float, together_share: float
) -> pd.DataFrame:
    """One row per ordered pair of different activities that follow each other or were changed together.

    Parameters
    ----------
    traffic : as `cxops.journey.traffic` gives it.
    touched : as `changed_activities` gives it; may be empty.
    dependence_share : an activity depends on another if at least this share (0–1) of its work directly follows it,
    together_share : or if at least this share (0–1) of the changes to it, two or more, touched the other too.

    Returns
    -------
    from_activity, to_activity, transitions, share (of what directly precedes `to_activity`), changes_together (either
    way), is_dependency (to_activity depends on from_activity), weight (of the
    pair: its share of all transitions plus its share of all joint changes, halved); the heaviest first, then by name.
    """
    counted = traffic.groupby(_PAIR, as_index=False)["transitions"].sum()
    counted = counted.assign(
        share=counted["transitions"] / counted.groupby("to_activity")["transitions"].transform("sum")
    )
    counted = counted[counted["from_activity"] != counted["to_activity"]]
    both = touched.merge(touched, on="change_id")
    both = both[both["activity_x"] != both["activity_y"]].rename(
        columns=dict(zip(("activity_x", "activity_y"), _PAIR, strict=True))
    )
    together = both.groupby(_PAIR, as_index=False).agg(changes_together=("change_id", "nunique"))
    rows = counted.merge(together, on=_PAIR, how="outer", validate="one_to_one")
    rows = rows.fillna({"transitions": 0, "share": 0.0, "changes_together": 0})
    rows = rows.astype({"transitions": int, "changes_together": int})
    moved, changed = (rows[name] / max(rows[name].sum(), 1) for name in ("transitions", "changes_together"))
    changes = rows["to_activity"].map(touched["activity"].value_counts()).fillna(0)
    follows, together = rows["share"] >= dependence_share, rows["changes_together"] >= together_share * changes
    rows["is_dependency"] = follows | (together & (rows["changes_together"] > 1))
    rows["weight"] = (moved + changed) / 2
    return rows.sort_values(["weight", *_PAIR], ascending=[False, True, True], ignore_index=True)


def modules(couplings: pd.DataFrame, *, count: int | None) -> pd.DataFrame:
    """One row per activity: the module it would belong to, by modularity as `cxops.journey.pods` does it.

    Parameters
    ----------
    couplings : as `couplings` gives them.
    count : how many modules; None: as many as give the highest modularity, two or more.

    Returns
    -------
    module (`Module 1` for the most activities), activity; in this order.
    """
    graph = nx.Graph()
    graph.add_nodes_from(sorted((activity,) for activity in {*couplings["from_activity"], *couplings["to_activity"]}))
    for source, target, weight in couplings[[*_PAIR, "weight"]].itertuples(index=False):
        before = graph.get_edge_data((source,), (target,), {"weight": 0.0})["weight"]
        graph.add_edge((source,), (target,), weight=before + weight)
    groups = sorted(communities(graph, count), key=lambda group: (-len(group), min(group))) if len(graph) else []
    rows = [(f"Module {at}", activity) for at, group in enumerate(groups, 1) for (activity,) in sorted(group)]
    return pd.DataFrame(rows, columns=["module", "activity"])


def structure_matrix(couplings: pd.DataFrame, modules: pd.DataFrame | None = None) -> pd.DataFrame:
    """The design structure matrix: a row and a column for each activity, True where the row's activity depends on
    the column's.

    Parameters
    ----------
    couplings : as `couplings` gives them.
    modules : whose order is taken; None: the order of the names.
    """
    names = sorted({*couplings["from_activity"], *couplings["to_activity"]})
    order = names if modules is None else modules["activity"].tolist()
    found = pd.DataFrame(False, index=order, columns=order)
    for source, target in couplings.loc[couplings["is_dependency"], _PAIR].itertuples(index=False):
        found.loc[target, source] = True
    return found


def visibility(links: Links | pd.DataFrame) -> Links:
    """Which element depends on which, directly or through others, each on itself (Warshall's algorithm).

    Parameters
    ----------
    links : square; True where the row's element depends directly on the column's.
    """
    seen = np.asarray(links, dtype=bool) | np.eye(len(links), dtype=bool)
    for through in range(len(seen)):
        seen |= np.outer(seen[:, through], seen[through])
    return seen


def propagation_cost(links: Links | pd.DataFrame) -> float:
    """The share of all elements (0–1) that a change to one may reach, on average; a gap for no elements.

    Notes
    -----
    Density of the visibility matrix, each element seeing itself.

    References
    ----------
    A. MacCormack, J. Rusnak, C. Baldwin (2004), Exploring the structure of complex software designs: an empirical
    study of open source and proprietary code. Harvard Business School Working Paper 05-016.

    >>> propagation_cost(np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool))  # 3 + 2 + 1 of 9
    0.6666666666666666
    """
    return float(visibility(links).mean()) if len(links) else float("nan")


def couplings_to_break(couplings: pd.DataFrame, modules: pd.DataFrame) -> pd.DataFrame:
    """One row per dependency between two modules: what breaking it would take off the propagation cost.

    Returns
    -------
    from_activity, to_activity, from_module, to_module, transitions, changes_together, cost_saved (share 0–1, if this
    one alone were broken); those that save most first, then the most changed together, the fewest transitions, by name.
    """
    module = modules.set_index("activity")["module"]
    rows = couplings[couplings["is_dependency"]]
    rows = rows.assign(from_module=rows["from_activity"].map(module), to_module=rows["to_activity"].map(module))
    rows = rows[rows["from_module"] != rows["to_module"]]
    matrix = structure_matrix(couplings, modules)
    whole, order = propagation_cost(matrix.to_numpy()), matrix.columns.tolist()
    saved = []
    for source, target in rows[_PAIR].itertuples(index=False):
        links = matrix.to_numpy().copy()
        links[order.index(target), order.index(source)] = False
        saved.append(whole - propagation_cost(links))
    rows = rows.assign(cost_saved=pd.Series(saved, index=rows.index, dtype=float))
    keys = ["cost_saved", "changes_together", "transitions", *_PAIR]
    rows = rows.sort_values(keys, ascending=[False, False, True, True, True], ignore_index=True)
    return rows[[*_PAIR, "from_module", "to_module", "transitions", "changes_together", "cost_saved"]]


def confinement(touched: pd.DataFrame, modules: pd.DataFrame) -> pd.DataFrame:
    """One row: how many changes stayed within one module, and how many tests such changes and the others took.

    Parameters
    ----------
    touched : as `changed_activities` gives it.
    modules : as `modules` gives them; an activity that is in none is a module of its own.

    Returns
    -------
    changes, confined, confined_share (0–1), confined_low, confined_high (Wilson, 95 %), tests_confined, tests_other
    (means of the changes whose tests are known), tests_fewer (that a confined change took, compared with others of as
    many activities), tests_p_value (of that, two-sided; both a gap where too few can be compared, or all took the
    same). Without changes no rows.

    Notes
    -----
    A change to one activity is confined whatever the modules are, and takes few tests for being small. So the tests are
    compared among changes to as many activities: tests = mean of that number of activities − tests_fewer · confined, by
    least squares, with a *t* test. Numbers of activities that only one of the two kinds touched say nothing.
    """
    columns = ["changes", "confined", "confined_share", "confined_low", "confined_high"]
    columns += ["tests_confined", "tests_other", "tests_fewer", "tests_p_value"]
    if touched.empty:
        return pd.DataFrame(columns=columns)
    module = touched["activity"].map(modules.set_index("activity")["module"]).fillna(touched["activity"])
    each = (
        touched.assign(module=module)
        .groupby("change_id")
        .agg(modules=("module", "nunique"), activities=("activity", "nunique"), tests=("tests_run", "first"))
    )
    inside = each["modules"] == 1
    low, high = proportion_confint(int(inside.sum()), len(each), alpha=1 - CONFIDENCE, method="wilson")
    means = [each.loc[flag, "tests"].dropna().astype("float64").mean() for flag in (inside, ~inside)]
    row = (len(each), int(inside.sum()), inside.mean(), low, high, *means, *_fewer_tests(each.assign(inside=inside)))
    return pd.DataFrame([row], columns=columns)


def _fewer_tests(changes: pd.DataFrame) -> tuple[float, float]:
    """Tests that a confined change takes less than others of as many activities, and the p-value of that."""
    known = changes.dropna(subset="tests").astype({"tests": "float64", "inside": "float64"})
    by_size = known.groupby("activities")
    known = known[by_size["inside"].transform("nunique") == 2]
    centred = known[["inside", "tests"]] - known.groupby("activities")[["inside", "tests"]].transform("mean")
    degrees = len(known) - known["activities"].nunique() - 1
    if degrees < 1 or not centred["tests"].any():
        return np.nan, np.nan
    weight = (centred["inside"] ** 2).sum()
    slope = (centred["inside"] * centred["tests"]).sum() / weight
    left = ((centred["tests"] - slope * centred["inside"]) ** 2).sum()
    with np.errstate(divide="ignore"):  # nothing is left: the difference is the same throughout, and p is 0
        t = slope / np.sqrt(left / degrees / weight)
    return float(-slope), float(2 * stats.t.sf(abs(t), degrees))
