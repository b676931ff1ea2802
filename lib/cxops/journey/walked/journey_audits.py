"""The quarterly audit in which the leads of all functions look at whether customers walk the drawn path."""

from collections.abc import Iterable

import pandas as pd

TYPE = "journey_audit"
COLUMNS = ["unit", "quarter", "status", "audits", "functions", "held_at", "verdict"]


def journey_audits(
    meetings: pd.DataFrame,
    scopes: Iterable[tuple[str, str]],
    *,
    as_of: pd.Timestamp,
    minimum_functions: int = 2,
    unit: str = "all",
    quarter: str = "all",
) -> pd.DataFrame:
    """One row per unit and quarter: whether its journey audit was held, and whether it counts.

    Parameters
    ----------
    meetings : the register of meetings: unit, type, held_at, functions (semicolons between), verdict.
    scopes : units and quarters in which there were cases, each of which owes an audit.
    as_of : the moment from which it is seen; a quarter that is not over by then is `due`, not overdue.
    minimum_functions : an audit with fewer different functions is invalid.
    unit, quarter : of which the audits are asked for; all of them if `all`.

    Returns
    -------
    unit, quarter, status (`held`, `invalid`, `overdue` or `due`), audits (of either kind), functions (of the last valid
    one, or of the last at all), held_at, verdict; by unit, then the oldest quarter first. No rows where the register
    holds no meeting at all: then it is not kept, and whether audits were held is unknown.

    >>> held = pd.DataFrame({"unit": ["Harbour"], "type": ["journey_audit"], "functions": ["Service; service"],
    ...                      "held_at": [pd.Timestamp("2025-02-03", tz="UTC")], "verdict": ["Keep the map"]})
    >>> now = pd.Timestamp("2025-08-01", tz="UTC")
    >>> scopes = [("Harbour", "2025Q1"), ("Harbour", "2025Q2"), ("Harbour", "2025Q3")]
    >>> journey_audits(held, scopes, as_of=now)["status"].tolist()
    ['invalid', 'overdue', 'due']
    """
    if meetings.empty:
        return pd.DataFrame(columns=COLUMNS)
    audits = meetings[meetings["type"].eq(TYPE) & (meetings["held_at"] <= as_of)].sort_values("held_at")
    held_in = audits["held_at"].dt.year.astype(str) + "Q" + audits["held_at"].dt.quarter.astype(str)
    audits = audits.assign(quarter=held_in, known=audits["functions"].map(_functions))
    audits = audits.assign(is_valid=audits["known"].map(len) >= minimum_functions)
    rows = [
        _row(audits[(audits["unit"] == whose) & (audits["quarter"] == when)], whose, when, as_of)
        for whose, when in sorted(set(scopes))
        if unit in ("all", whose) and quarter in ("all", when)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _functions(text: str) -> tuple[str, ...]:
    """The different functions named, in upper and lower case alike."""
    names = [each.strip() for each in text.split(";") if each.strip()]
    return tuple({each.casefold(): each for each in reversed(names)}.values())[::-1]


def _row(audits: pd.DataFrame, unit: str, quarter: str, as_of: pd.Timestamp) -> list[object]:
    valid = audits[audits["is_valid"]]
    if audits.empty:
        is_over = (pd.Period(quarter, freq="Q") + 1).start_time.tz_localize("UTC") <= as_of
        return [unit, quarter, "overdue" if is_over else "due", 0, "", pd.NaT, ""]
    last = (audits if valid.empty else valid).iloc[-1]
    status = "invalid" if valid.empty else "held"
    verdict = "" if pd.isna(last["verdict"]) else last["verdict"]
    return [unit, quarter, status, len(audits), "; ".join(last["known"]), last["held_at"], verdict]
