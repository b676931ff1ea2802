"""Rows that too few cases stand behind put together, in frames that are small already."""

import pandas as pd


def with_rarer(
    frame: pd.DataFrame, names: list[str], count: str, *, minimum_count: int, remainder: str, sums: list[str]
) -> pd.DataFrame:
    """The rows that enough stand behind and, last, all others as one, so that none tells of a few persons.

    Parameters
    ----------
    frame : one row per name.
    names : columns that name a row; in the remainder each is `remainder`.
    count : column with what must be at least `minimum_count`.
    sums : columns that may be added up; all others are gaps in the remainder.

    Notes
    -----
    While the remainder would hold fewer than `minimum_count` it takes in the next row by size: a remainder of one would
    tell that one.

    >>> rows = pd.DataFrame({"reason": ["A", "B", "C"], "returns": [40, 9, 2]})
    >>> with_rarer(rows, ["reason"], "returns", minimum_count=5, remainder="(rarer)", sums=["returns"]).values.tolist()
    [['A', 40], ['(rarer)', 11]]
    """
    ordered = frame.sort_values(count, kind="stable")
    before = ordered[count].cumsum() - ordered[count]
    is_few = (ordered[count] < minimum_count) | ((before > 0) & (before < minimum_count))
    is_rare = is_few.astype(bool) & bool((ordered[count] < minimum_count).any())
    if not is_rare.any():
        return frame.reset_index(drop=True)
    row = pd.DataFrame([dict.fromkeys(names, remainder) | ordered.loc[is_rare, sums].sum().to_dict()])
    return pd.concat([frame.drop(ordered.index[is_rare]), row.astype(frame.dtypes[sums].to_dict())], ignore_index=True)
