"""Pods: kinds of work put together so that little work has to pass from one small mixed team to another."""

import networkx as nx
import numpy as np
import pandas as pd

KIND = ["activity", "team"]
"""A kind of work: an activity as a team does it."""
_ENDS = [f"{end}_{name}" for end in ("from", "to") for name in KIND]


def pods(traffic: pd.DataFrame, kinds: pd.DataFrame, *, count: int | None, by_team: bool = True) -> pd.DataFrame:
    """One row per kind of work: the pod that is to do it.

    Parameters
    ----------
    traffic : one row per two kinds of work that follow each other, as `cxops.journey.traffic` gives them.
    kinds : one row per kind of work, as `cxops.journey.work_by_kind` gives them.
    count : how many pods, 1 or more, at most as many as kinds; None: as many as give the highest modularity, two
        or more.
    by_team : whether the same activity of two teams may go to two pods; else an activity goes to one pod whole.

    Returns
    -------
    pod (`Pod 1` for the most hours of work), activity, team, cases, work_hours_total; by pod, the most hours first.

    Notes
    -----
    Kinds are joined greedily, at each step the two groups whose union raises modularity most, and afterwards single
    kinds are moved as long as a move raises it. Modularity is the share of moves inside groups less what chance would
    put there, given how often each kind occurs: Σ (inside / all − (ends / 2 all)²). A kind followed by itself counts
    for no group. The direction of moves is left out.

    References
    ----------
    A. Clauset, M. E. J. Newman, C. Moore (2004), Finding community structure in very large networks.

    >>> moves = [("A", "B", 9), ("C", "D", 9), ("B", "C", 1)]
    >>> ends = [{"from_activity": a, "from_team": "", "to_activity": b, "to_team": "", "transitions": n}
    ...         for a, b, n in moves]
    >>> work = pd.DataFrame({"activity": list("ABCD"), "team": "", "cases": 9, "work_hours_total": [4.0, 3, 2, 1]})
    >>> pods(pd.DataFrame(ends), work, count=2)["pod"].tolist()
    ['Pod 1', 'Pod 1', 'Pod 2', 'Pod 2']
    """
    graph = _graph(traffic, kinds, by_team)
    if kinds.empty:
        return kinds.assign(pod=pd.Series(dtype="str"))[["pod", *kinds.columns]]
    groups = communities(graph, count)
    hours = kinds.groupby([_node(kinds, "", by_team)])["work_hours_total"].sum()
    heaviest = sorted(groups, key=lambda group: (-hours[sorted(group)].sum(), min(group)))
    pod = {node: f"Pod {at}" for at, group in enumerate(heaviest, 1) for node in group}
    rank = {f"Pod {at}": at for at in range(1, len(heaviest) + 1)}
    rows = kinds.assign(pod=_node(kinds, "", by_team).map(pod))[["pod", *kinds.columns]]
    order = [rows["pod"].map(rank), -rows["work_hours_total"], rows["activity"], rows["team"]]
    return rows.iloc[np.lexsort([key.to_numpy() for key in reversed(order)])].reset_index(drop=True)


def communities(graph: nx.Graph, count: int | None) -> list[set[tuple[str, ...]]]:
    """The nodes in `count` groups, or in as many as give the highest modularity, two or more; alone without edges."""
    size = min(count or graph.number_of_nodes(), graph.number_of_nodes())
    if not graph.number_of_edges():
        nodes = sorted(graph)
        return [set(nodes[at::size]) for at in range(size)]
    limits = {"cutoff": min(2, size)} if count is None else {"cutoff": size, "best_n": size}
    return _moved(graph, [set(each) for each in nx.community.greedy_modularity_communities(graph, "weight", **limits)])


def crossing(traffic: pd.DataFrame, pods: pd.DataFrame) -> pd.DataFrame:
    """One row per layout (present teams, pods): moves from one piece of work to the next, and those that change hands.

    Returns
    -------
    layout, groups, moves, crossing, crossing_share (0–1; a gap without moves), modularity (of that grouping of kinds).
    """
    moves = traffic.assign(**{f"{end}_pod": pod_of(traffic, pods, f"{end}_") for end in ("from", "to")})
    graph, total = _graph(traffic, pods, True), int(traffic["transitions"].sum())
    rows = []
    for layout, name in (("present teams", "team"), ("pods", "pod")):
        crossed = int(moves.loc[moves[f"from_{name}"] != moves[f"to_{name}"], "transitions"].sum())
        groups = [set(map(tuple, rows.itertuples(index=False))) for _, rows in pods.groupby(pods[name])[KIND]]
        quality = nx.community.modularity(graph, groups, "weight") if graph.number_of_edges() else float("nan")
        share = crossed / total if total else float("nan")
        rows.append((layout, len(groups), total, crossed, share, quality))
    return pd.DataFrame(rows, columns=["layout", "groups", "moves", "crossing", "crossing_share", "modularity"])


def pod_of(rows: pd.DataFrame, pods: pd.DataFrame, prefix: str = "") -> pd.Series:
    """Per row the pod of its kind of work; one that no pod does stays with its team."""
    pod = pods.set_index(KIND)["pod"].to_dict()
    ends = zip(rows[f"{prefix}activity"], rows[f"{prefix}team"], strict=True)
    return pd.Series([pod.get(kind, kind[1]) for kind in ends], index=rows.index, dtype="object")


def _node(rows: pd.DataFrame, prefix: str, by_team: bool) -> pd.Series:
    """The kind of work of each row as a node."""
    activity, team = rows[f"{prefix}activity"], rows[f"{prefix}team"]
    return pd.Series(
        list(zip(activity, team, strict=True) if by_team else zip(activity, strict=True)), index=rows.index
    )


def _graph(traffic: pd.DataFrame, kinds: pd.DataFrame, by_team: bool) -> nx.Graph:
    """Kinds of work as nodes in the order of their names, moves between two of them, either way, as weights."""
    graph = nx.Graph()
    graph.add_nodes_from(sorted(set(_node(kinds, "", by_team))))
    ends = zip(_node(traffic, "from_", by_team), _node(traffic, "to_", by_team), traffic["transitions"], strict=True)
    for source, target, weight in ends:
        if source != target:
            before = graph.get_edge_data(source, target, {"weight": 0})["weight"]
            graph.add_edge(source, target, weight=before + int(weight))
    return graph


def _moved(graph: nx.Graph, groups: list[set[tuple[str, ...]]]) -> list[set[tuple[str, ...]]]:
    """The groups after every move of a single node that raises modularity; no group is emptied."""
    group = {node: at for at, members in enumerate(groups) for node in members}
    ends = dict(graph.degree(weight="weight"))
    total = sum(ends.values())
    weight = [sum(ends[node] for node in members) for members in groups]
    is_moving = True
    while is_moving:
        is_moving = False
        for node in sorted(graph):
            own, to = group[node], dict.fromkeys([group[node]], 0.0)
            for other, edge in graph[node].items():
                to[group[other]] = to.get(group[other], 0.0) + edge["weight"]
            gain = {
                at: inside - ends[node] * (weight[at] - (ends[node] if at == own else 0)) / total
                for at, inside in to.items()
            }
            best = max(sorted(gain), key=gain.__getitem__)
            if gain[best] > gain[own] + 1e-9 and sum(at == own for at in group.values()) > 1:
                group[node], is_moving = best, True
                weight[own] -= ends[node]
                weight[best] += ends[node]
    return [{node for node, at in group.items() if at == number} for number in range(len(groups))]
