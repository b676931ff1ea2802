"""What a contract is made of: columns with their types and checks, and tables with their keys.

A column that is not `required` may be absent from a source altogether; a `nullable` one may hold gaps.
"""

import pandas as pd
import pandera.pandas as pa

ALL = "all"
TEXT, NUMBER, COUNT, FLAG = "str", "float64", "Int64", "boolean"
OWN_LABEL = "must not be wholly in parentheses, as the workbook's own labels are, such as (rarer pairs)"
MOMENT = pd.DatetimeTZDtype("us", "UTC")


def column(dtype: object, description: str, *checks: pa.Check, key: bool = False, required: bool = False) -> pa.Column:
    """A column; one that belongs to the key, or is required, holds no gaps."""
    must = key or required
    return pa.Column(dtype, list(checks), nullable=not must, required=must, description=description)


def named(description: str, *checks: pa.Check, key: bool = False, required: bool = False) -> pa.Column:
    """A column of names that pages group by; what stands wholly in parentheses is a name of the workbook's own.

    Whatever a page puts together or cannot name, it calls `(rarer pairs)`, `(not on the map)` and so on, and every such
    label has that form: a team of that name would be taken for all teams that are too small to show.
    """
    own = pa.Check(lambda names: ~names.str.fullmatch(r"\([^()]*\)"), error=OWN_LABEL)
    return column(TEXT, description, own, *checks, key=key, required=required)


def table(
    name: str,
    row: str,
    key: list[str],
    columns: dict[str, pa.Column],
    *checks: pa.Check,
    moment: str | None = None,
    past: tuple[str, ...] = (),
) -> pa.DataFrameSchema:
    """A table and what is known of it.

    `moment` is the column that says which quarter a row belongs to, None where it belongs to every one; `past` are the
    columns that say when something happened: none of their moments can lie in the future.
    """
    kept = {"key": key, "moment": moment, "past": past}
    return pa.DataFrameSchema(
        columns, list(checks), name=name, description=row, metadata=kept, strict=True, report_duplicates="all"
    )


def at_least(least: float) -> pa.Check:
    return pa.Check.ge(least, error=f"must be at least {least:g}")


def within(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"must be from {low:g} to {high:g}")


def one_of(*allowed: str) -> pa.Check:
    return pa.Check.isin(allowed, error=f"must be one of {', '.join(allowed)}")


def unit_name() -> pa.Check:
    """Pages, folders and addresses call every unit together `all`."""
    return pa.Check(
        lambda names: names.str.casefold().ne(ALL), error=f"must be the name of a unit: {ALL} stands for every unit"
    )


def not_before(later: str, earlier: str) -> pa.Check:
    """Rows in which the later moment is known and lies before the earlier one fail; a column left out passes."""

    def in_order(frame: pd.DataFrame) -> pd.Series:
        if later not in frame or earlier not in frame:
            return pd.Series(True, index=frame.index)
        return ~(frame[later] < frame[earlier])

    return pa.Check(in_order, name=later, error=f"{later} must not be before {earlier}")


def matching(pattern: str, form: str) -> pa.Check:
    """Text that matches the whole pattern; `form` says what it looks like."""
    return pa.Check.str_matches(f"^(?:{pattern})$", error=f"must be written like {form}")
