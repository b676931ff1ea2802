"""What it would save to let the contact point decide instead of asking another team, if it is sometimes wrong."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from cxops.journey.statistics.holm import holm

CONFIDENCE = 0.95
Reals = npt.NDArray[np.float64]


def break_even(saved_hours: float, rework_hours: float) -> float:
    """The share of wrong decisions (0–1) above which deciding at the contact point costs more time than it saves.

    Parameters
    ----------
    saved_hours : that a case saves if the decision is right; 0 or less: nothing to gain, and the answer is 0.
    rework_hours : that a wrong decision costs, above 0.

    Notes
    -----
    Deciding saves saved_hours − error share × rework_hours a case, which is 0 at saved / rework. Above 1 it pays at any
    error share.

    >>> break_even(6.0, 24.0), break_even(30.0, 24.0)
    (0.25, 1.0)
    """
    return float(min(max(saved_hours / rework_hours, 0.0), 1.0))


def decisions(loops: pd.DataFrame, *, minimum_count: int, error_share: float, rework_hours: float) -> pd.DataFrame:
    """One row per two teams: what a case saves if the asking team decides itself, and up to which share of errors.

    Parameters
    ----------
    loops : one row per time a case went round, as `cxops.journey.loops` gives them; those of unknown hours are left
        out, and so is work done again, which asks nobody.
    minimum_count : pairs of teams with fewer cases are left out.
    error_share : of the decisions that the contact point is expected to get wrong (0–1).
    rework_hours : that a wrong decision costs: the case goes round after all.

    Returns
    -------
    team, other_team, cases, loops, hours_total, saved_hours (mean a loop, the decision right), saved_low, saved_high,
    break_even_share (0–1), break_even_low, break_even_high, net_hours (mean a loop at the expected error share),
    net_hours_total, net_p_value (two-sided, that the net is 0; adjusted over all pairs by Holm's
    method), advice (`decide here`, `keep asking`); the most net hours first.

    Notes
    -----
    saved_hours = hours of the loop − hours that the other team worked in it: that work stays, and the contact point
    does it. Intervals are Student's t over the sums of cases, since loops of a case belong together; the cost of a
    wrong decision is taken as known. The p-value is of the net at the expected error share.
    """
    rows = loops[(loops["kind"] == "ping-pong") & loops["hours"].notna()]
    rows = rows.assign(saved=rows["hours"] - rows["work_hours"])
    keys = ["team", "other_team"]
    found = [
        {**dict(zip(keys, pair, strict=True)), **_judged(group, error_share, rework_hours)}
        for pair, group in rows.groupby(keys)
        if group["case_id"].nunique() >= max(minimum_count, 2)
    ]
    frame = pd.DataFrame(found, columns=_COLUMNS)
    frame = frame.assign(net_p_value=holm(frame["net_p_value"].astype("float64")))
    return frame.sort_values(["net_hours_total", *keys], ascending=[False, True, True], ignore_index=True)


_COLUMNS = [
    *("team", "other_team", "cases", "loops", "hours_total", "saved_hours", "saved_low", "saved_high"),
    *("break_even_share", "break_even_low", "break_even_high", "net_hours", "net_hours_total", "net_p_value", "advice"),
]


def _judged(group: pd.DataFrame, error_share: float, rework_hours: float) -> dict[str, object]:
    """What can be said of one pair of teams."""
    sums = group.groupby("case_id")["saved"].agg(["sum", "size"])
    saved = float(sums["sum"].sum() / sums["size"].sum())
    error = _ratio_error(sums["sum"].to_numpy(float), sums["size"].to_numpy(float))
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(sums) - 1) * error)
    net = saved - error_share * rework_hours
    chance = 2 * stats.t.sf(abs(net) / error, len(sums) - 1) if error > 0 else float(net == 0)
    low, high = saved - margin, saved + margin
    return {
        "cases": len(sums),
        "loops": len(group),
        "hours_total": float(group["hours"].sum()),
        "saved_hours": saved,
        "saved_low": low,
        "saved_high": high,
        "break_even_share": break_even(saved, rework_hours),
        "break_even_low": break_even(low, rework_hours),
        "break_even_high": break_even(high, rework_hours),
        "net_hours": net,
        "net_hours_total": net * len(group),
        "net_p_value": float(chance),
        "advice": "decide here" if net > 0 else "keep asking",
    }


def _ratio_error(sums: Reals, sizes: Reals) -> float:
    """Standard error of Σ sums / Σ sizes over clusters (linearised)."""
    count, ratio = len(sums), sums.sum() / sizes.sum()
    return float(np.sqrt(count / (count - 1) * ((sums - ratio * sizes) ** 2).sum()) / sizes.sum())


def decision_rehearsal(
    loops: pd.DataFrame,
    times: pd.DataFrame,
    *,
    error_shares: Sequence[float] = tuple(np.linspace(0, 1, 21)),
    rework_hours: float,
    replications: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row per error share: lead time and escalations of the cases that go round, before and after the move.

    Parameters
    ----------
    loops : the loops of one pair of teams with known hours, as `cxops.journey.loops` gives them.
    times : one row per case with case_id and lead_hours, as `times_by_case` gives them; every case in `loops` is there.
    error_shares : of decisions that the contact point gets wrong (0–1).
    rework_hours : that a wrong decision costs.
    replications : how often the wrong decisions are drawn.

    Returns
    -------
    error_share, loops, escalations_before, escalations_after (mean), lead_hours_before, lead_hours_after (mean over
    cases and draws), net_hours (saved a loop, mean), net_low, net_high (95 % of the draws), advice.

    Notes
    -----
    After the move a case has neither the waiting nor the passing of its loops; the work of the team that was asked
    stays. Each decision is wrong with the error share, independently; a wrong one is escalated after all and adds
    rework_hours. The same numbers are drawn for every error share, so that rows differ by it alone.
    """
    if loops.empty:
        return pd.DataFrame(columns=_REHEARSED)
    loops = loops.sort_values(["case_id", "hours", "work_hours"], kind="stable")
    case, names = pd.factorize(loops["case_id"])
    before = times.set_index("case_id")["lead_hours"].loc[names].to_numpy(float)
    saved = (loops["hours"] - loops["work_hours"]).to_numpy(float)
    right = before - np.bincount(case, saved, len(names))
    luck = rng.random((replications, len(loops)))
    rows = []
    for share in error_shares:
        wrong = (luck < share).sum(axis=1)
        net = saved.mean() - wrong * rework_hours / len(loops)
        after = right.mean() + wrong.mean() * rework_hours / len(names)
        low, high = np.quantile(net, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        advice = "decide here" if net.mean() > 0 else "keep asking"
        rows.append((share, len(loops), len(loops), wrong.mean(), before.mean(), after, net.mean(), low, high, advice))
    return pd.DataFrame(rows, columns=_REHEARSED)


_REHEARSED = [
    *("error_share", "loops", "escalations_before", "escalations_after", "lead_hours_before", "lead_hours_after"),
    *("net_hours", "net_low", "net_high", "advice"),
]


def loops_of(loops: pd.DataFrame, decisions: pd.DataFrame, *, rank: int = 1) -> pd.DataFrame:
    """The loops with known hours of the pair of teams at a rank of `decisions`; no rows if there is none.

    Parameters
    ----------
    loops, decisions : as `cxops.journey.loops` and `decisions` give them.
    rank : 1 for the first.
    """
    if len(decisions) < rank:
        return loops.iloc[:0]
    pair = decisions.iloc[rank - 1]
    is_of = (loops["team"] == pair["team"]) & (loops["other_team"] == pair["other_team"])
    return loops[is_of & (loops["kind"] == "ping-pong") & loops["hours"].notna()]
