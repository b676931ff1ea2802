"""The quarterly audit of handoffs: which failures recur, what redesigns did to them, and which pairs nobody audited."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from math import comb
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from ibis import ir
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxops.errors import ParameterError
from cxops.journey.log.handoffs import PAIR, handoffs_by_pair
from cxops.journey.log.sequence import seconds
from cxops.journey.statistics.before_after import before_after
from cxops.journey.statistics.holm import holm

FAILURE = [*PAIR, "failure_code"]


def audited_quarter(quarter: str, audits: pd.DataFrame, steps: ir.Table) -> str:
    """The quarter that the audit is about: the one asked for or, of all, the last in the register or the log.

    Parameters
    ----------
    quarter : such as 2025Q3, or all.
    audits : one row per audited failure; needs quarter.
    steps : one row per step; needs started_at.

    Returns
    -------
    The quarter; an empty text where neither holds a row.
    """
    if quarter != "all":
        return quarter
    last = steps.aggregate(at=steps.started_at.max()).execute()["at"].iloc[0]
    logged = [] if pd.isna(last) else [f"{pd.Timestamp(last).year}Q{pd.Timestamp(last).quarter}"]
    return max([*audits["quarter"], *logged], default="")


def pairs_in_quarter(handoffs: ir.Table, quarter: str) -> ir.Table:
    """One row per pair of teams that handed over in a quarter, as `handoffs_by_pair` gives them.

    Parameters
    ----------
    handoffs : one row per handoff, as `cxops.journey.handoffs` gives them.
    quarter : such as 2025Q3, in UTC.
    """
    period, at = pd.Period(quarter, freq="Q"), seconds(handoffs.handed_at)
    start, end = (each.start_time.tz_localize("UTC").timestamp() for each in (period, period + 1))
    return handoffs_by_pair(handoffs.filter((at >= start) & (at < end)))


def failure_rates(audits: pd.DataFrame, as_of: str, *, minimum_count: int) -> pd.DataFrame:
    """One row per pair of teams and failure in a quarter: how often, with its interval; the most failures first.

    Parameters
    ----------
    audits : one row per unit, quarter, pair and failure code; needs quarter, from_team, to_team, failure_code,
        handoffs, failures. Units are added together.
    as_of : the quarter audited.
    minimum_count : handoffs that must have been looked at; other rows are left out.

    Returns
    -------
    from_team, to_team, failure_code, handoffs, failures, share (0–1), share_low, share_high (Wilson, 95 %).

    >>> audits = pd.DataFrame({"quarter": ["2025Q1"], "from_team": "A", "to_team": "B", "failure_code": "no phone",
    ...                        "handoffs": [100], "failures": [10]})
    >>> failure_rates(audits, "2025Q1", minimum_count=5)[["share", "share_low", "share_high"]].round(3).values.tolist()
    [[0.1, 0.055, 0.174]]
    """
    rows = _by_quarter(audits, FAILURE)
    rows = rows[(rows["quarter"] == as_of) & (rows["handoffs"] >= minimum_count)].drop(columns="quarter")
    low, high = proportion_confint(rows["failures"], rows["handoffs"], alpha=0.05, method="wilson")
    rows = rows.assign(share=rows["failures"] / rows["handoffs"], share_low=low, share_high=high)
    return rows.sort_values(["failures", *FAILURE], ascending=[False, True, True, True], ignore_index=True)


def _by_quarter(audits: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Handoffs and failures by quarter and `names`, in their order."""
    rows = audits.groupby(["quarter", *names], as_index=False)[["handoffs", "failures"]].sum()
    return rows.astype({"handoffs": "int64", "failures": "int64"})


def recurrence(
    audits: pd.DataFrame, as_of: str, *, acceptable_share: float, quarters: int, minimum_count: int, alpha: float
) -> pd.DataFrame:
    """One row per unit, pair and failure: for how many quarters in a row it has been above its acceptable level.

    Parameters
    ----------
    audits : as for `failure_rates`, with unit; quarters after `as_of` are left out.
    as_of : the quarter up to which is looked.
    acceptable_share : share of handoffs (0–1) that may have the failure.
    quarters : quarters in a row above it that make a failure recurrent.
    minimum_count : handoffs that must have been looked at in a quarter for it to count as audited.
    alpha : chance (0–1) of calling any failure a signal when none is above the level: this test's share of the page's.

    Returns
    -------
    unit, from_team, to_team, failure_code, audited (quarters), above (of those), longest (quarters in a row above),
    current (in a row up to `as_of`), failures and handoffs (of the longest row; of several the last), share, share_low,
    share_high (of that row; Wilson, 95 %), p_value (see the notes), runs, runs_p_value, is_recurrent (the longest row
    is at least `quarters`), is_signal (recurrent, and above the level by more than
    noise). The recurrent first, then the most failures.

    Notes
    -----
    A quarter that was not audited breaks a row: nobody knows. The p-value is exact, one-sided and binomial: whether the
    row has more failures than the acceptable share gives. The row was picked because it was bad, so the p-value is
    multiplied by the number of rows that could have been picked from q audited quarters, q (q + 1) / 2, before Holm's
    method is applied over units, pairs and codes. `runs_p_value` is the exact chance, in the Wald–Wolfowitz test, of as
    few runs of quarters above and not above or fewer, if their order is chance; with few quarters it can hardly be
    small: of four above and four not, the smallest is 2 in 70. It is a gap where all are above, or none.
    """
    if quarters < 2:
        raise ParameterError(f"a failure recurs in at least 2 quarters: got {quarters}")
    rows = _by_quarter(audits, ["unit", *FAILURE])
    rows = rows[(rows["quarter"] <= as_of) & (rows["handoffs"] >= minimum_count)]
    found = pd.DataFrame(list(_histories(rows, as_of, acceptable_share)), columns=_RECURRENCE)
    if found.empty:
        return found.assign(is_recurrent=False, is_signal=False)
    low, high = proportion_confint(found["failures"], found["handoffs"].where(found["handoffs"] > 0), method="wilson")
    p_values = holm(found["p_value"])
    found = found.assign(share=found["failures"] / found["handoffs"], share_low=low, share_high=high, p_value=p_values)
    is_recurrent = found["longest"] >= quarters
    found = found.assign(is_recurrent=is_recurrent, is_signal=is_recurrent & (found["p_value"] <= alpha))
    order = ["is_recurrent", "failures", "unit", *FAILURE]
    return found.sort_values(order, ascending=[False, False, True, True, True, True], ignore_index=True)


_RECURRENCE = [
    *("unit", *FAILURE, "audited", "above", "longest", "current", "failures", "handoffs"),
    *("share", "share_low", "share_high", "p_value", "runs", "runs_p_value"),
]


def _histories(rows: pd.DataFrame, as_of: str, acceptable_share: float) -> Iterator[tuple[object, ...]]:
    """Per pair and code the history up to `as_of`: rows of quarters above, and what chance could do."""
    for names, history in rows.groupby(["unit", *FAILURE], sort=True):
        numbers = [_number(each) for each in history["quarter"]]
        is_above = (history["failures"] / history["handoffs"] > acceptable_share).tolist()
        spells = list(_spells(numbers, is_above))
        longest = max(spells, key=lambda spell: (len(spell), spell[-1]), default=[])
        current = next((spell for spell in spells if numbers[spell[-1]] == _number(as_of)), [])
        inside = history.iloc[longest][["failures", "handoffs"]].sum()
        picked = len(history) * (len(history) + 1) / 2
        p_value = min(1.0, picked * float(stats.binom.sf(inside["failures"] - 1, inside["handoffs"], acceptable_share)))
        runs = len(list(groupby(is_above)))
        above = sum(is_above)
        yield (
            *(
                *names,
                len(history),
                above,
                len(longest),
                len(current),
                int(inside["failures"]),
                int(inside["handoffs"]),
            ),
            *(np.nan, np.nan, np.nan, p_value, runs, runs_p_value(runs, above, len(history) - above)),
        )


def _spells(numbers: Sequence[int], is_above: Sequence[bool]) -> Iterator[list[int]]:
    """Places of quarters that follow each other without a gap and are all above."""
    spell: list[int] = []
    for at, above in enumerate(is_above):
        follows = bool(spell) and numbers[at] == numbers[spell[-1]] + 1
        if spell and not (above and follows):
            yield spell
            spell = []
        if above:
            spell = [*spell, at]
    if spell:
        yield spell


def runs_p_value(runs: int, first: int, second: int) -> float:
    """The exact chance of at most so many runs, if every order of two kinds of marks is equally likely.

    Parameters
    ----------
    runs : stretches of equal marks that were seen.
    first, second : how many marks there are of either kind; a gap comes back if there are none of one.

    Notes
    -----
    Of the C(first + second, first) orders, 2 C(first − 1, k − 1) C(second − 1, k − 1) have 2k runs, and
    C(first − 1, k) C(second − 1, k − 1) + C(first − 1, k − 1) C(second − 1, k) have 2k + 1.

    References
    ----------
    A. Wald, J. Wolfowitz (1940): On a test whether two samples are from the same population.

    >>> round(runs_p_value(2, 4, 4), 4)
    0.0286
    """
    if min(first, second) == 0:
        return float("nan")
    orders = 0
    for count in range(2, runs + 1):
        half = count // 2
        if count % 2 == 0:
            orders += 2 * comb(first - 1, half - 1) * comb(second - 1, half - 1)
        else:
            orders += comb(first - 1, half) * comb(second - 1, half - 1)
            orders += comb(first - 1, half - 1) * comb(second - 1, half)
    return orders / comb(first + second, first)


def failure_pareto(rates: pd.DataFrame, by_pair: pd.DataFrame) -> pd.DataFrame:
    """One row per pair and failure of a quarter, the most failures first, with the share they add up to.

    Parameters
    ----------
    rates : as `failure_rates` gives them.
    by_pair : one row per pair, as `pairs_in_quarter` gives them; needs latency_hours_total and handoffs.

    Returns
    -------
    The columns of `rates`, failures_share (of all failures), cumulative_share, and hours: the failures times the mean
    latency of the pair's handoffs in the log; a gap where the log knows no such pair. It says how long such handoffs
    take, not that the failure is why.
    """
    mean = by_pair.assign(mean=by_pair["latency_hours_total"] / by_pair["handoffs"])[[*PAIR, "mean"]]
    rows = rates.merge(mean, how="left", on=PAIR, validate="many_to_one")
    total = rates["failures"].sum()
    part = rows["failures"] / (total or np.nan)
    rows = rows.assign(failures_share=part, cumulative_share=part.cumsum(), hours=rows["failures"] * rows["mean"])
    return rows.drop(columns="mean")


def audited_redesigns(
    audits: pd.DataFrame, as_of: str, *, minimum_count: int, alpha: float, material_ratio: float
) -> pd.DataFrame:
    """One row per redesign, unit, pair and failure: how often it failed before the redesign and since.

    Parameters
    ----------
    audits : as for `failure_rates`, with unit and redesign_id: the redesign in force, a gap for none.
    as_of : the quarter up to which is looked.
    minimum_count, alpha, material_ratio : see `before_after`.

    Returns
    -------
    redesign_id, unit, from_team, to_team, failure_code, since (its first quarter), then the columns of `before_after`:
    events are failures and trials handoffs looked at. The smallest p-value first.

    Notes
    -----
    Before are the quarters up to the redesign in which the redesign before it was in force, or none; since are its own.
    It compares two times: what else changed in between is in the difference, and a failure that was worst just before
    it was redesigned tends to be less bad afterwards by itself.
    """
    kept = audits[audits["quarter"] <= as_of]
    kept = kept.assign(redesign_id=kept["redesign_id"].fillna("").astype(object))
    rows = _by_quarter(kept, ["redesign_id", "unit", *FAILURE])
    names = [
        "redesign_id",
        "unit",
        *FAILURE,
        "since",
        *(f"{what}_{side}" for side in _SIDES for what in ("events", "trials")),
    ]
    found = pd.DataFrame(list(_redesigns(rows)), columns=names)
    told = before_after(found, minimum_count=minimum_count, alpha=alpha, material_ratio=material_ratio)
    return told.sort_values(["p_value", "redesign_id", "unit", *FAILURE], ignore_index=True)


_SIDES = ("before", "after")


def _redesigns(rows: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Per pair and code, each redesign with the sums before and since; a redesign without a before gets noughts."""
    for names, history in rows.groupby(["unit", *FAILURE], sort=True):
        spells = [
            (redesign, list(each)) for redesign, each in groupby(history.to_dict("records"), itemgetter("redesign_id"))
        ]
        earlier: list[dict[Hashable, Any]] = []
        for redesign, quarters in spells:
            if redesign:
                sums = [
                    sum(row[name] for row in side) for side in (earlier, quarters) for name in ("failures", "handoffs")
                ]
                yield (redesign, *names, quarters[0]["quarter"], *sums)
            earlier = quarters


def overdue(by_pair: pd.DataFrame, audits: pd.DataFrame, as_of: str, *, minimum_count: int) -> pd.DataFrame:
    """One row per pair that handed over in a quarter of the log and was not audited in it: the most hours first.

    Parameters
    ----------
    by_pair : one row per pair, as `pairs_in_quarter` gives them for that quarter.
    audits : as for `failure_rates`. Without a row nothing is overdue: no audit was ever agreed.
    as_of : the quarter.
    minimum_count : cases that must stand behind a pair.

    Returns
    -------
    from_team, to_team, handoffs, cases, latency_hours_total, last_audited (a quarter up to `as_of`; a gap for never),
    quarters_since (a gap for never).
    """
    columns = [*PAIR, "handoffs", "cases", "latency_hours_total", "last_audited", "quarters_since"]
    if audits.empty:
        return pd.DataFrame(columns=columns)
    last = audits[audits["quarter"] <= as_of].groupby(PAIR)["quarter"].max().rename("last_audited")
    enough = by_pair[by_pair["cases"] >= minimum_count]
    rows = enough.merge(last.reset_index(), how="left", on=PAIR, validate="one_to_one")
    rows = rows[rows["last_audited"] != as_of]
    since = [np.nan if pd.isna(each) else _number(as_of) - _number(each) for each in rows["last_audited"]]
    return rows.assign(quarters_since=since).reset_index(drop=True)[columns]


def _number(quarter: str) -> int:
    """Quarters since the year 0, so that those that follow each other differ by 1."""
    return int(quarter[:4]) * 4 + int(quarter[-1])
