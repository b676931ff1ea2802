"""The quarterly audit of handoffs: how often each failure was found, what it costs, and which pairs nobody audited."""

import numpy as np
import pandas as pd
from ibis import ir
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.log.handoffs import PAIR, handoffs_by_pair
from cxops.journey.log.sequence import seconds

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


def audits_by_quarter(audits: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """One row per quarter up to `as_of`, the last first: pairs audited, handoffs looked at, failures found.

    Parameters
    ----------
    audits : one row per unit, quarter, pair and failure code; needs unit, quarter, from_team, to_team, handoffs,
        failures.
    as_of : the last quarter to tell of.

    Returns
    -------
    quarter, pairs (that any unit audited), handoffs, failures.

    Notes
    -----
    The same handoffs are looked at for each failure code, so those of a unit's pair in a quarter are the most of any of
    its codes and not their sum.

    >>> audits = pd.DataFrame({"unit": "North", "quarter": ["2025Q1", "2025Q1"], "from_team": "A", "to_team": "B",
    ...                        "failure_code": ["no phone", "no name"], "handoffs": [100, 90], "failures": [10, 3]})
    >>> audits_by_quarter(audits, "2025Q1").to_numpy().tolist()
    [['2025Q1', 1, 100, 13]]
    """
    rows = audits[audits["quarter"] <= as_of]
    looked_at = rows.groupby(["quarter", "unit", *PAIR], as_index=False).agg(
        handoffs=("handoffs", "max"), failures=("failures", "sum")
    )
    summed = looked_at.groupby("quarter", as_index=False)[["handoffs", "failures"]].sum()
    pairs = rows.drop_duplicates(["quarter", *PAIR]).groupby("quarter").size()
    summed.insert(1, "pairs", summed["quarter"].map(pairs))
    whole = summed.astype(dict.fromkeys(("pairs", "handoffs", "failures"), "int64"))
    return whole.sort_values("quarter", ascending=False, ignore_index=True)


def failure_rates(audits: pd.DataFrame, as_of: str, *, minimum_count: int) -> pd.DataFrame:
    """One row per pair of teams and failure in a quarter: how often, with its interval; the most failures first.

    Parameters
    ----------
    audits : one row per unit, quarter, pair and failure code; needs quarter, from_team, to_team, failure_code,
        handoffs, failures. Units are added together.
    as_of : the quarter audited.
    minimum_count : handoffs that must have been looked at; other rows come last, with gaps for all they were found.

    Returns
    -------
    from_team, to_team, failure_code, handoffs, failures, share (0–1), share_low, share_high (Wilson, 95 %).

    >>> audits = pd.DataFrame({"quarter": ["2025Q1"], "from_team": "A", "to_team": "B", "failure_code": "no phone",
    ...                        "handoffs": [100], "failures": [10]})
    >>> failure_rates(audits, "2025Q1", minimum_count=5)[["share", "share_low", "share_high"]].round(3).values.tolist()
    [[0.1, 0.055, 0.174]]
    """
    rows = by_quarter(audits, FAILURE)
    rows = rows[rows["quarter"] == as_of].drop(columns="quarter")
    counted = ["handoffs", "failures"]
    rows[counted] = rows[counted].where(rows["handoffs"] >= minimum_count)
    low, high = proportion_confint(rows["failures"], rows["handoffs"], alpha=0.05, method="wilson")
    rows = rows.assign(share=rows["failures"] / rows["handoffs"], share_low=low, share_high=high)
    return rows.sort_values(["failures", *FAILURE], ascending=[False, True, True, True], ignore_index=True)


def by_quarter(audits: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Handoffs and failures by quarter and `names`, in their order."""
    rows = audits.groupby(["quarter", *names], as_index=False)[["handoffs", "failures"]].sum()
    return rows.astype({"handoffs": "int64", "failures": "int64"})


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
    since = [np.nan if pd.isna(each) else quarter_number(as_of) - quarter_number(each) for each in rows["last_audited"]]
    return rows.assign(quarters_since=since).reset_index(drop=True)[columns]


def quarter_number(quarter: str) -> int:
    """Quarters since the year 0, so that those that follow each other differ by 1."""
    return int(quarter[:4]) * 4 + int(quarter[-1])
