"""Text cells → values of the contract's types; each cell that does not fit comes back with the rule it broke."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxops.tables.columns import COUNT, FLAG, MOMENT, NUMBER
from cxops.tables.rules import Formats

FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True}
FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False}
EARLIEST, LATEST = pd.Timestamp("1970-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")
EPOCHS = {"epoch seconds": 1, "epoch milliseconds": 1000}
_ZONE = r"(?:[zZ]|[+-]\d{2}:?\d{2}|[+-]\d{2})$"
_CLOCK = r"\d{1,2}:\d{2}"
_ISO = rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[tT ]{_CLOCK}(?::\d{{2}}(?:[.,]\d+)?)? ?{_ZONE[:-1]}?)?"
_OWN_DATE = r"\d{4}-\d{2}-\d{2}T[\d:.]+"
_LOOKALIKES = {" ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}
SAY_ZONE = "say which with --time-zone, such as --time-zone Europe/Vienna, or with time_zone in the mapping"
NO_ZONE = f"must carry a zone such as Z or +01:00; where none does, {SAY_ZONE}"


class Coerced(NamedTuple):
    """Values of one column, and for each bad cell the rule it broke, indexed like the cells."""

    values: pd.Series
    faults: pd.Series


def coerced(cells: pd.Series, dtype: object, formats: Formats) -> Coerced:
    """The cells as values of a type.

    Parameters
    ----------
    cells : text, gaps where a cell is empty.
    dtype : one of the types the contracts use.
    formats : time zone and formats, decimal and thousands marks.

    Examples
    --------
    >>> values, faults = coerced(pd.Series(["1,5", "x"], dtype="str"), "float64", Formats(decimal=","))
    >>> values.tolist(), faults.tolist()
    ([1.5, nan], ['must be a number'])
    """
    name = str(dtype)
    if name == str(MOMENT):
        return _moments(cells, formats)
    if name == FLAG:
        return _flags(cells)
    if name in (NUMBER, COUNT):
        return _numbers(cells, formats, whole=name == COUNT)
    return Coerced(cells, _faults(cells, pd.Series(False, index=cells.index), ""))


def _faults(cells: pd.Series, bad: pd.Series, rule: str) -> pd.Series:
    return pd.Series(rule, index=cells.index[bad.to_numpy(dtype=bool)], dtype="str")


def _flags(cells: pd.Series) -> Coerced:
    values = cells.str.lower().map(FLAGS).astype("boolean")
    return Coerced(values, _faults(cells, cells.notna() & values.isna(), "must be yes or no (true, false, 1 or 0)"))


def _numbers(cells: pd.Series, formats: Formats, *, whole: bool) -> Coerced:
    plain = cells
    decimal = formats.decimal or "."
    if formats.thousands:
        mark = _LOOKALIKES.get(formats.thousands, re.escape(formats.thousands))
        grouped = plain.str.fullmatch(rf"[+-]?\d{{1,3}}(?:{mark}\d{{3}})+(?:{re.escape(decimal)}\d*)?")
        plain = plain.where(~grouped.fillna(False).astype(bool), plain.str.replace(mark, "", regex=True))
    if decimal == ",":
        plain = plain.where(~plain.str.contains(".", regex=False, na=False)).str.replace(",", ".", regex=False)
    values = pd.to_numeric(plain.where(plain.str.fullmatch(r"[+-]?[\d.]+(?:[eE][+-]?\d+)?")), errors="coerce")
    values = values.astype("float64").replace([np.inf, -np.inf], np.nan)
    bad = cells.notna() & values.isna()
    if not whole:
        return Coerced(values, _faults(cells, bad, "must be a number"))
    bad |= values.notna() & values.ne(values.round())
    return Coerced(values.mask(bad).astype("Int64"), _faults(cells, bad, "must be a whole number"))


def _moments(cells: pd.Series, formats: Formats) -> Coerced:
    """Moments in UTC; the first format that fits a cell is used. A spreadsheet's own dates (`sheets`) need none."""
    values = pd.Series(pd.NaT, index=cells.index, dtype=MOMENT)
    faults: list[pd.Series] = []
    left = cells.dropna()
    given = [(written, ".*") for written in formats.time_format or ("ISO8601",)]
    for written, shape in [*given, ("ISO8601", _OWN_DATE)]:
        parsed, refused = _parsed(left[left.str.fullmatch(shape)], written, formats.time_zone)
        values = values.fillna(parsed)
        faults.append(refused)
        left = left.drop(parsed.dropna().index.union(refused.index))
    wanted = " or ".join(formats.time_format or ("2024-05-31T13:45:00+02:00, or as the mapping's time_format says",))
    faults.append(_faults(left, left.notna(), f"must be a moment written like {wanted}"))
    outside = (values < EARLIEST) | (values >= LATEST)
    faults.append(_faults(cells, outside, "must lie between the years 1970 and 2100"))
    return Coerced(values.mask(outside), pd.concat(faults))


def _parsed(cells: pd.Series, written: str, time_zone: str | None) -> Coerced:
    """The cells that fit one format, as UTC moments, and those that fit but name no single moment."""
    nothing = pd.Series(pd.NaT, index=cells.index, dtype=MOMENT)
    if cells.empty:
        return Coerced(nothing, _faults(cells, cells.notna(), ""))
    if written in EPOCHS:
        seconds = pd.to_numeric(cells.where(cells.str.fullmatch(r"\d+(?:\.\d*)?")), errors="coerce")
        return Coerced(
            _utc(pd.to_datetime(seconds / EPOCHS[written], unit="s", utc=True, errors="coerce")), cells.iloc[:0]
        )
    # pandas takes `now` for a moment under any format, and under ISO8601 a year for its first day
    cells = cells.where(cells.str.fullmatch(_ISO) if written == "ISO8601" else cells.str.contains(r"\d", regex=True))
    zoned = cells.str.contains(rf"{_CLOCK}.*{_ZONE}", regex=True) if written == "ISO8601" else "%z" in written
    zoned = pd.Series(zoned, index=cells.index).eq(True)
    moments = _utc(pd.to_datetime(cells.where(zoned), format=written, utc=True, errors="coerce"))
    local = pd.to_datetime(cells.where(~zoned), format=written, errors="coerce")
    if time_zone is None:
        return Coerced(moments, _faults(cells, local.notna(), NO_ZONE))
    placed = _utc(local.dt.tz_localize(time_zone, ambiguous="NaT", nonexistent="NaT"))
    rule = (
        f"must be one moment: the clocks change in {time_zone}, so this local time comes twice or never; "
        "write it with its offset"
    )
    return Coerced(moments.fillna(placed), _faults(cells, local.notna() & placed.isna(), rule))


def _utc(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_convert("UTC").astype(MOMENT)
