"""The row in which a measure puts together what too few cases went through to be shown."""

import pandas as pd


def is_remainder(names: pd.Series) -> pd.Series:
    """Whether each name is that of a remainder: `(rarer pairs)`, `(rarer variants)`.

    >>> is_remainder(pd.Series(["Billing", "(rarer pairs)"])).tolist()
    [False, True]
    """
    return names.astype(str).str.match(r"^\(rarer [a-z]+\)$")
