"""How many people each crew has: those ever at work at once, and the same number shared out by hours of work."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxops.journey.redesign.replay import Crew, replay


def apportioned(hours: npt.NDArray[np.float64], people: int) -> npt.NDArray[np.int64]:
    """People by crew as its hours are of all, rounded by largest remainder; at least one each, so maybe more in all.

    Parameters
    ----------
    hours : of work by crew; where nobody knows of any, all crews count alike.
    people : to be shared out.

    >>> apportioned(np.array([6.0, 3.0, 0.0]), 7).tolist(), apportioned(np.zeros(2), 7).tolist()
    ([4, 2, 1], [4, 3])
    """
    weights = hours if hours.sum() else np.ones_like(hours)
    spare = max(people - len(hours), 0)
    exact = weights / (weights.sum() or 1.0) * spare
    whole = np.floor(exact).astype(np.int64)
    left = spare - int(whole.sum()) if len(hours) else 0
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return whole + 1


def crews_of(
    present: pd.DataFrame,
    planned: pd.DataFrame,
    open_week: tuple[float, ...],
    abilities: Mapping[str, Sequence[frozenset[str]]],
) -> tuple[dict[str, Crew], dict[str, Crew]]:
    """By name the crews of today, as large as ever worked at once, and those planned, of as many people in all."""
    size = _most_at_once(replay(present, _without_limit(present)))
    hours = planned.groupby("crew")["work_hours"].sum()
    shares = apportioned(hours.to_numpy(np.float64), int(size.sum()))
    teams = {str(team): Crew((None,) * int(count), open_week) for team, count in size.items()}
    pods = {}
    for pod, count in zip(hours.index, shares, strict=True):
        people: Sequence[frozenset[str] | None] = abilities.get(str(pod)) or (None,)
        pods[str(pod)] = Crew(tuple(people[at % len(people)] for at in range(int(count))), open_week)
    return teams, pods


def _most_at_once(done: pd.DataFrame) -> pd.Series:
    """By crew, how many pieces of work were ever done at the same time; at least one."""
    ends = pd.concat(
        [
            pd.DataFrame({"crew": done["crew"], "at": done[f"{end}_hours"], "change": change})
            for end, change in (("started", 1), ("ended", -1))
        ]
    )
    ends = ends.sort_values(["crew", "at", "change"], kind="stable")
    return ends.groupby("crew")["change"].cumsum().groupby(ends["crew"]).max().clip(lower=1).astype(int)


def _without_limit(tasks: pd.DataFrame) -> dict[str, Crew]:
    """Crews that nobody ever waits for."""
    return {str(name): Crew((None,) * int(count)) for name, count in tasks["crew"].value_counts().items()}
