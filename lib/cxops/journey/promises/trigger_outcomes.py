"""What became of cases whose workflow started at a decision point, beside those for which it was missed."""

from collections.abc import Callable
from math import nan

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import ir
from scipy import stats
from statsmodels.stats import proportion
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from cxops.journey.promises.triggers import MISSED, STARTED
from cxops.journey.statistics.holm import holm

Reals = npt.NDArray[np.float64]
Compared = tuple[float, float, float, float, float, float]
"""Value of the started, value of the missed, difference (or ratio), its low, its high, p-value."""
_COLUMNS = ["started", "missed", "started_value", "missed_value", "difference", "low", "high", "p_value"]


def case_outcomes(answered: pd.DataFrame, cases: ir.Table, times: ir.Table, surveys: ir.Table) -> pd.DataFrame:
    """One row per case that came to a decision point: case_id, lead_hours (a gap while it is open), csat, reopened.

    Parameters
    ----------
    answered : as `answered_arrivals` gives them.
    cases : one row per case; needs case_id and reopened.
    times : one row per case, as `times_by_case` gives them.
    surveys : one row per invitation; may be empty. Of several answers about a case the mean counts.
    """
    rated = surveys.filter(surveys.csat.notnull(), surveys.case_id.notnull())
    rated = rated.group_by("case_id").aggregate(csat=rated.csat.mean())
    closed = times.select("case_id", lead_hours=ibis.cases((times.is_closed, times.lead_hours)))
    frame = pd.DataFrame({"case_id": answered["case_id"].drop_duplicates()})
    for table in (cases.select("case_id", "reopened"), closed, rated):
        known = table.to_pandas().astype({"case_id": "object"})
        frame = frame.merge(known, on="case_id", how="left", validate="one_to_one")
    return frame[["case_id", "lead_hours", "csat", "reopened"]]


def trigger_outcomes(
    answered: pd.DataFrame, outcomes: pd.DataFrame, *, alpha: float, minimum_count: int
) -> pd.DataFrame:
    """One row per outcome: how cases with a start differ from cases at a decision point that got none.

    Parameters
    ----------
    answered : one row per arrival, as `answered_arrivals` gives them.
    outcomes : one row per case: case_id, lead_hours (a gap while it is open), csat (1–5), reopened (yes or no).
    alpha : chance (0–1) of a signal when nothing differs: this comparison's share of the page's.
    minimum_count : cases that must stand on each side, with the outcome known.

    Returns
    -------
    outcome (lead_hours, csat, reopened), unit, started, missed (cases), started_value, missed_value, difference, low,
    high, p_value, is_signal.

    Notes
    -----
    A case that reached several decision points counts as started if any was answered. lead_hours: geometric means, and
    the difference is their ratio, from Welch's interval of the logarithms. csat: means, Welch. reopened: shares, with
    Newcombe's interval and a score test. p-values are adjusted over the three by Holm's method. The two groups were not
    drawn by lot: what made a workflow start may also have made the case easier, so a difference is no effect.
    """
    arrived = answered[answered["status"].isin([STARTED, MISSED])]
    is_started = (arrived["status"] == STARTED).groupby(arrived["case_id"]).any().rename("is_started").reset_index()
    rows = is_started.merge(outcomes, on="case_id", how="left", validate="one_to_one")
    found = [
        {"outcome": name, "unit": unit} | _compared(rows, name, compare, minimum_count)
        for name, (unit, compare) in _OUTCOMES.items()
    ]
    frame = pd.DataFrame(found, columns=["outcome", "unit", *_COLUMNS]).astype(dict.fromkeys(_COLUMNS, "float64"))
    frame = frame.assign(p_value=holm(frame["p_value"]))
    return frame.assign(is_signal=frame["p_value"] <= alpha)


def _compared(
    rows: pd.DataFrame, name: str, compare: Callable[[Reals, Reals], Compared], minimum_count: int
) -> dict[str, float]:
    """Both sides of one outcome, or gaps where one is too small."""
    known = rows[rows[name].notna()]
    values, inside = known[name].to_numpy(np.float64), known["is_started"].to_numpy(bool)
    sizes = int(inside.sum()), int((~inside).sum())
    if min(sizes) < minimum_count:
        return dict.fromkeys(_COLUMNS, nan)
    return dict(zip(_COLUMNS, [*sizes, *compare(values[inside], values[~inside])], strict=True))


def _means(one: Reals, other: Reals) -> Compared:
    both = CompareMeans(DescrStatsW(one), DescrStatsW(other))
    gap = float(one.mean() - other.mean())
    if np.ptp(one) == np.ptp(other) == 0:
        return float(one.mean()), float(other.mean()), gap, nan, nan, nan
    low, high = both.tconfint_diff(usevar="unequal")
    p_value = stats.ttest_ind(one, other, equal_var=False).pvalue
    return float(one.mean()), float(other.mean()), gap, float(low), float(high), float(p_value)


def _ratio(one: Reals, other: Reals) -> Compared:
    """Geometric means and their ratio; a case of no length counts as one of a second."""
    *found, p_value = _means(*(np.log(np.maximum(each, 1 / 3_600)) for each in (one, other)))
    first, second, ratio, low, high = np.exp(found).tolist()
    return first, second, ratio, low, high, p_value


def _shares(one: Reals, other: Reals) -> Compared:
    counts = (one.sum(), len(one), other.sum(), len(other))
    low, high = proportion.confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    degenerate = counts[0] + counts[2] in (0, len(one) + len(other))
    p_value = 1.0 if degenerate else proportion.test_proportions_2indep(*counts, method="score", compare="diff").pvalue
    return float(one.mean()), float(other.mean()), float(one.mean() - other.mean()), float(low), float(high), p_value


_OUTCOMES = {"lead_hours": ("ratio", _ratio), "csat": ("points", _means), "reopened": ("share", _shares)}
