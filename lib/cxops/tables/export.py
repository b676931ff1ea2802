"""Writing frames for spreadsheets without letting text from customers run as a formula."""

import csv
from pathlib import Path

import pandas as pd

from cxops.tables.store import replacing

LEADS = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before each text cell, and column name, that a spreadsheet would take for a formula.

    Numbers, moments and flags are untouched.

    Examples
    --------
    >>> neutral(pd.DataFrame({"said": ["=1+1", "fine"], "change": [-1, 2]})).to_dict("list")
    {'said': ["'=1+1", 'fine'], 'change': [-1, 2]}
    """
    safe = frame.rename(columns=_neutral)
    for column in safe.columns[[pd.api.types.is_string_dtype(kind) for kind in safe.dtypes]]:
        safe[column] = safe[column].map(_neutral, na_action="ignore")
    return safe


def export_csv(frame: pd.DataFrame, path: Path | str) -> None:
    """Writes the frame, neutralised, as CSV a spreadsheet opens rightly (UTF-8 with its mark); whole or not at all.

    All text is quoted: a bare carriage return in a cell would start a new line, and what follows could run there.
    """
    with replacing(Path(path)) as file:
        neutral(frame).to_csv(file, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_NONNUMERIC)


def _neutral(value: object) -> object:
    risky = isinstance(value, str) and value.lstrip(" ").startswith(LEADS)
    return f"'{value}" if risky else value
