"""Rows that too few cases stand behind put together, in frames that are small already."""

import pandas as pd

from cxops.journey.log.rare import few


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
    Which rows are put together is said by `few`. A sum of which no part is known is a gap.

    >>> rows = pd.DataFrame({"reason": ["A", "B", "C"], "returns": [40, 9, 2]})
    >>> with_rarer(rows, ["reason"], "returns", minimum_count=5, remainder="(rarer)", sums=["returns"]).values.tolist()
    [['A', 40], ['(rarer)', 11]]
    """
    is_few = few(frame[count], minimum_count)
    if not is_few.any():
        return frame.reset_index(drop=True)
    row = pd.DataFrame([dict.fromkeys(names, remainder) | frame.loc[is_few, sums].sum(min_count=1).to_dict()])
    return pd.concat([frame[~is_few], row.astype(frame.dtypes[sums].to_dict())], ignore_index=True)
