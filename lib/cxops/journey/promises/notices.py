"""Notices: whether customers heard of a disruption from us before they had to ask."""

import numpy as np
import pandas as pd
from scipy import stats

from cxops.errors import TableError
from cxops.journey.log.rare import rare_names
from cxops.journey.statistics.completion import shares
from cxops.journey.statistics.order_statistics import quantile_interval

FIRST, AFTER, NEVER = "told first", "told after", "never told"
ALL = "(all types)"
UNNAMED, RARER = "(no type given)", "(rarer types)"
LANDMARK_SHARE = 0.9
"""Share of a stratum's first notices that had gone out by the moment from which contacts are compared."""
_LEADS = ["lead_hours_p50", "lead_hours_low", "lead_hours_high"]
_COUNTS = ["affected", "told_first", "told_after", "never", "contacted", "false_notices", "not_affected"]


def notice_status(notices: pd.DataFrame) -> pd.DataFrame:
    """The rows of the register with `status`: told first, told after or never told; a gap where no notice was needed.

    Parameters
    ----------
    notices : one row per disruption and order, as the register `notices` holds them.

    Notes
    -----
    Told first: the customer was told before asking, or was told and never asked. Told after: told at the moment of
    asking or later.

    Raises
    ------
    TableError : a notice is dated before its disruption was detected. Ingest sets such rows aside.
    """
    early = notices[notices["notified_at"] < notices["detected_at"]]
    if len(early):
        row = early.iloc[0]
        raise TableError(
            f"a notice must not be earlier than its disruption: {len(early)} are, such as that of order "
            f"{row['order_id']} at {row['notified_at']}, its disruption {row['disruption_id']} having been detected at "
            f"{row['detected_at']} (notices)"
        )
    is_told = notices["notified_at"].notna()
    is_after = is_told & (notices["contacted_at"] <= notices["notified_at"])
    status = pd.Series(np.select([is_after, is_told], [AFTER, FIRST], NEVER), index=notices.index, dtype="str")
    return notices.assign(status=status.where(notices["needed"].astype(bool)))


def notice_funnel(status: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """One row per type of disruption, all of them together first: who was told first, after or never, and who asked.

    Parameters
    ----------
    status : as `notice_status` gives it.
    minimum_count : types with fewer affected orders, or without any and with fewer orders, are put together as
        `(rarer types)`, which takes in the next smallest until it holds as many; where all together are fewer, there
        are gaps and the state says so. Times of fewer notices are gaps too, and so are shares of fewer.

    Returns
    -------
    disruption_type, affected, told_first, told_after, never, contacted, not_affected, false_notices; told_first_share,
    told_after_share, never_share and contacted_share (of the affected) and false_notice_share (of all notices), each
    with low and high; lead_hours_p50 with its bounds; in_time_share with its bounds; state.

    Notes
    -----
    A false notice went to a customer whose order was not affected. lead_hours: from the notice to the promised date, of
    affected orders that were told and have one; in_time is the share of those told before that date. Shares have
    Wilson's 95 % interval, the median that of order statistics. Orders of one disruption share its fate, so intervals
    that take orders as independent are rather too short.
    """
    typed = _with_rarer_types(status, minimum_count)
    groups = [(ALL, typed), *typed.groupby("disruption_type")] if len(typed) else []
    rows = [{"disruption_type": name} | _counts(group) for name, group in groups]
    frame = pd.DataFrame(rows, columns=["disruption_type", *_COUNTS, *_LEADS, "dated", "in_time"])
    frame = frame.astype(dict.fromkeys([*_COUNTS, *_LEADS, "dated", "in_time"], "float64"))
    for name in ("told_first", "told_after", "never", "contacted"):
        frame = frame.join(shares(frame[name], frame["affected"], name))
    dated = frame["dated"].where(frame["dated"] >= minimum_count)
    frame[_LEADS] = frame[_LEADS].where(dated.notna())
    frame = frame.join(shares(frame["in_time"].where(dated.notna()), dated, "in_time"))
    told = frame["told_first"] + frame["told_after"] + frame["false_notices"]
    told = told.where(told >= minimum_count)
    frame = frame.join(shares(frame["false_notices"].where(told.notna()), told, "false_notice"))
    frame = frame.drop(columns=["dated", "in_time"])
    few = frame["affected"].where(frame["affected"] > 0, frame["not_affected"]).between(1, minimum_count - 1)
    hidden = [str(name) for name in frame if name != "disruption_type"]
    frame[hidden] = frame[hidden].mask(few)
    state = np.select([few, frame["affected"] == 0], ["too few orders", "no order affected"], "measured")
    frame = frame.assign(state=state, rank=frame["disruption_type"].ne(ALL))
    order = frame.sort_values(["rank", "affected", "disruption_type"], ascending=[True, False, True], kind="stable")
    return order.drop(columns="rank").reset_index(drop=True)


def contacts_avoided(status: pd.DataFrame, *, alpha: float, minimum_count: int) -> pd.DataFrame:
    """One row: how many fewer of the customers who were told asked than of matched ones who were not; none if unknown.

    Parameters
    ----------
    status : as `notice_status` gives it; orders are compared within disruption_type and matched_on.
    alpha : chance (0–1) of a signal when a notice changes nothing: this comparison's share of the page's.
    minimum_count : orders that must stand on each side.

    Returns
    -------
    strata, told, not_told (affected orders compared), unmatched (told, without a counterpart), told_contact_share,
    not_told_contact_share (that of the stratum, weighted alike), difference (not told less told) with low and high,
    avoided (contacts, of the told) with avoided_low and avoided_high, p_value, is_signal.

    Notes
    -----
    Whoever asks before being told cannot be told first, so counting all contacts of both sides would praise any notice.
    Each stratum is therefore looked at from one moment on: the hours after detection by which nine tenths of its
    notices that came first had gone out. One that answers a question must not set that moment: those who asked would
    be left out for it, and of the ones not told only the silent would remain. Orders whose customers had asked by then
    are left out on both sides; told are those that had a notice by then, not told all others, some of whom were told
    later. What is compared are contacts from then on, so contacts that a notice saves in the hours before are not
    counted, and the number is on the low side.

    The differences d of the strata are joined with Mantel and Haenszel's weights w = n1 n0 / (n1 + n0): Σ w d / Σ w.
    Strata are many and small, often one order on either side, where p (1 − p) is 0 whatever the truth; the interval
    therefore has Sato's variance, which holds for many small strata as for few large ones, and p_value is exact: given
    how many asked in each stratum, the number of the told among them is a sum of hypergeometric ones, and p_value is
    twice the smaller tail. avoided = difference × told.

    References
    ----------
    Greenland, S. and Robins, J. M. (1985). Estimation of a common effect parameter from sparse follow-up data.
    SAS/STAT User's Guide, The FREQ Procedure, Common Risk Difference: the formula of Sato's variance (1989).
    """
    strata = _strata(_at_risk(status))
    both = strata[(strata["told"] > 0) & (strata["not_told"] > 0)]
    told, not_told = both["told"].sum(), both["not_told"].sum()
    columns = ["strata", "told", "not_told", "unmatched", *_AVOIDED]
    if min(told, not_told) < minimum_count:
        return pd.DataFrame(columns=columns)
    weight = both["told"] * both["not_told"] / (both["told"] + both["not_told"])
    share, other = (
        float((weight * both[f"{side}_asked"] / both[side]).sum() / weight.sum()) for side in ("told", "not_told")
    )
    difference = other - share
    margin = float(stats.norm.ppf(0.975)) * _error(both, difference)
    bounds = [difference, difference - margin, difference + margin]
    p_value = _p_value(both)
    values = [share, other, *bounds, *[each * told for each in bounds], p_value, p_value <= alpha]
    counts = [len(both), told, not_told, strata["told"].sum() - told]
    return pd.DataFrame([[*counts, *values]], columns=columns)


_AVOIDED = [
    *("told_contact_share", "not_told_contact_share", "difference", "low", "high"),
    *("avoided", "avoided_low", "avoided_high", "p_value", "is_signal"),
]


def _with_rarer_types(status: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """The rows with a name for every type, that of the rarer ones in common: a remainder of one would tell that one."""
    typed = status.assign(disruption_type=status["disruption_type"].fillna(UNNAMED))
    affected = typed["needed"].astype("int64").groupby(typed["disruption_type"]).agg(["sum", "size"])
    rare = rare_names(affected["sum"].where(affected["sum"] > 0, affected["size"]), minimum_count)
    return typed.assign(disruption_type=typed["disruption_type"].mask(typed["disruption_type"].isin(rare), RARER))


def _counts(rows: pd.DataFrame) -> dict[str, float]:
    """Counts of one type of disruption, and the time that its notices left."""
    affected, is_needed = rows[rows["needed"].astype(bool)], rows["needed"].astype(bool)
    told = affected[affected["notified_at"].notna() & affected["promised_at"].notna()]
    leads = (told["promised_at"] - told["notified_at"]).dt.total_seconds().to_numpy(np.float64) / 3_600
    status = affected["status"].value_counts()
    counts = [len(affected), *(int(status.get(each, 0)) for each in (FIRST, AFTER, NEVER))]
    counts += [int(affected["contacted_at"].notna().sum()), int((~is_needed & rows["notified_at"].notna()).sum())]
    named = dict(zip(_COUNTS, [*counts, int((~is_needed).sum())], strict=True))
    return named | dict(zip(_LEADS, quantile_interval(leads, 0.5), strict=True)) | _dated(leads)


def _dated(leads: np.ndarray) -> dict[str, float]:
    return {"dated": len(leads), "in_time": int((leads > 0).sum())}


def _at_risk(status: pd.DataFrame) -> pd.DataFrame:
    """Affected orders whose customers had not asked by their stratum's moment, and whether they were told by it."""
    rows = status[status["needed"].astype(bool)]
    rows = rows.assign(stratum=rows["disruption_type"].fillna("") + "\0" + rows["matched_on"].fillna(""))
    told, asked = ((rows[name] - rows["detected_at"]).dt.total_seconds() for name in ("notified_at", "contacted_at"))
    first = told.where(rows["status"] == FIRST).groupby(rows["stratum"])
    landmark = first.transform(lambda each: each.quantile(LANDMARK_SHARE, "higher"))
    kept = landmark.notna() & ~(asked <= landmark)
    return rows.assign(is_told=told <= landmark, is_asked=asked.notna())[kept]


def _strata(rows: pd.DataFrame) -> pd.DataFrame:
    """Told and not told, and of these how many asked, by stratum."""
    told, asked = rows["is_told"].astype(bool), rows["is_asked"].astype(bool)
    marked = pd.DataFrame(
        {"told": told, "not_told": ~told, "told_asked": told & asked, "not_told_asked": ~told & asked}
    ).astype("int64")
    return marked.groupby(rows["stratum"]).sum()


def _error(strata: pd.DataFrame, difference: float) -> float:
    """Standard error of the difference that Mantel and Haenszel's weights give, by Sato's variance."""
    told, other, told_asked, other_asked = (
        strata[name].to_numpy(np.float64) for name in ("told", "not_told", "told_asked", "not_told_asked")
    )
    total = told + other
    skew = (told**2 * other_asked - other**2 * told_asked + told * other * (other - told) / 2) / total**2
    spread = (told_asked * (other - other_asked) + other_asked * (told - told_asked)) / (2 * total)
    variance = (spread.sum() - difference * skew.sum()) / (told * other / total).sum() ** 2
    return float(np.sqrt(max(variance, 0.0)))  # rounding aside, 0 where all of one side asked and none of the other


def _p_value(strata: pd.DataFrame) -> float:
    """Twice the smaller tail of the number of the told who asked, given how many asked in each stratum."""
    asked = strata["told_asked"] + strata["not_told_asked"]
    chances = np.ones(1)
    for told, other, both in zip(strata["told"], strata["not_told"], asked, strict=True):
        chances = np.convolve(chances, stats.hypergeom.pmf(np.arange(told + 1), told + other, both, told))
    seen = int(strata["told_asked"].sum())
    return float(min(1.0, 2 * min(chances[: seen + 1].sum(), chances[seen:].sum())))
