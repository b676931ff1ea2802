"""Failures of handoffs that recur: above their acceptable level for quarters in a row."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxops.errors import ParameterError
from cxops.journey.ownership.handoff_audit import FAILURE, by_quarter, quarter_number
from cxops.journey.statistics.holm import holm
from cxops.journey.statistics.runs import runs_p_value

_RECURRENCE = [
    *("unit", *FAILURE, "audited", "above", "longest", "current", "failures", "handoffs"),
    *("share", "share_low", "share_high", "p_value", "runs", "runs_p_value"),
]


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
    rows = by_quarter(audits, ["unit", *FAILURE])
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


def _histories(rows: pd.DataFrame, as_of: str, acceptable_share: float) -> Iterator[tuple[object, ...]]:
    """Per pair and code the history up to `as_of`: rows of quarters above, and what chance could do."""
    for names, history in rows.groupby(["unit", *FAILURE], sort=True):
        numbers = [quarter_number(each) for each in history["quarter"]]
        is_above = (history["failures"] / history["handoffs"] > acceptable_share).tolist()
        spells = list(_spells(numbers, is_above))
        longest = max(spells, key=lambda spell: (len(spell), spell[-1]), default=[])
        current = next((spell for spell in spells if numbers[spell[-1]] == quarter_number(as_of)), [])
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
