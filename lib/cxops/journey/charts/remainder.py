"""The row in which a measure puts together what too few cases went through, and the rows that have a name."""

import pandas as pd

from cxops import theme

PAIRS, VARIANTS = "(rarer pairs)", "(rarer variants)"
"""What the measures call their remainders; that of pairs bears the name on both sides, as no pair of teams can."""
MOVES, STAGES, ACTIVITIES, GROUPS = "(rarer moves)", "(rarer stages)", "(rarer activities)", "(smaller groups)"


def is_remainder(frame: pd.DataFrame, remainder: str, *names: str) -> pd.Series:
    """Whether each row is the remainder: exactly that name in every one of the columns `names`.

    >>> pairs = pd.DataFrame({"from_team": ["(rarer pairs)", "(rarer pairs)"], "to_team": ["Billing", "(rarer pairs)"]})
    >>> is_remainder(pairs, "(rarer pairs)", "from_team", "to_team").tolist()
    [False, True]
    """
    return (frame[list(names)] == remainder).all(axis=1)


def named(frame: pd.DataFrame, remainder: str, *names: str) -> pd.DataFrame:
    """The rows that are not the remainder."""
    return frame[~is_remainder(frame, remainder, *names)]


_RULES = {
    "from_stage": (MOVES, ["from_stage", "to_stage"], "transitions", ["transitions", "wait_hours_total"]),
    "stage": (STAGES, ["stage"], "cases", ["visits", "touch_hours_total", "wait_hours_total"]),
    "team": (PAIRS, ["team", "other_team"], "cases", ["returns"]),
    "activity": (ACTIVITIES, ["activity"], "cases", ["repeats"]),
    "from_activity": (PAIRS, ["from_activity", "to_activity"], "transitions", ["transitions"]),
    "handoffs_group": (GROUPS, ["handoffs_group"], "cases", ["cases"]),
}
"""By a measure's first column: the remainder, the columns that name a row, what must be enough, what may be added."""


def large_enough(frame: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """The rows that enough cases stand behind and, last, all others in one row: few could point at persons.

    The remainder holds sums of what may be added up, so that totals stay true; all else in it is a gap. It takes in
    the next smallest row until as many cases stand behind it too.

    >>> rows = pd.DataFrame({"activity": ["A", "B", "C"], "cases": [9, 3, 2], "repeats": [12, 3, 1]})
    >>> large_enough(rows, 5)[["activity", "repeats"]].to_numpy().tolist()
    [['A', 12], ['(rarer activities)', 4]]
    """
    remainder, names, count, sums = _RULES[str(frame.columns[0])]
    smaller = frame[count].map(lambda size: frame.loc[frame[count] < size, count].sum())
    enough = (frame[count] >= minimum_count) & ((smaller == 0) | (smaller >= minimum_count))
    rest = frame.loc[~enough, sums].sum()
    if not rest.any():
        return frame[enough].reset_index(drop=True)
    row = pd.DataFrame([dict.fromkeys(names, remainder) | rest.to_dict()])
    return pd.concat([frame[enough], row.astype(frame.dtypes[sums].to_dict())], ignore_index=True)


def largest(frame: pd.DataFrame, column: str) -> pd.Series:
    """The row with the most in `column`; of several the first."""
    return frame.sort_values(column, ascending=False, kind="stable").iloc[0]


def share(part: float, whole: float) -> float:
    """The part of the whole (0–1); a gap where there is nothing to share."""
    return part / whole if whole else float("nan")


def without_evidence(why: str, what: str) -> theme.Table:
    """The table `what` where there is nothing to fill it with: one line that says why."""
    return theme.table(pd.DataFrame({"evidence": [why]}), caption=what, columns={"evidence": "Evidence"})
