"""Reading the mappings of the sources in `params/sources/`, and checking them against the contracts, key by key."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pandas as pd

from cxops import params, workspace
from cxops.errors import ParameterError
from cxops.tables.coercion import EPOCHS, coerced
from cxops.tables.contracts import CONTRACTS, key
from cxops.tables.rules import AGGREGATES, VERBS, ColumnRule, Formats, Mapping, TableRule

DIRECTIVES = set("aAbBdfGHIjmMpSuUVwWyYzZ%")


def sources() -> tuple[str, ...]:
    """Names of the sources that have a mapping, sorted."""
    return tuple(sorted(file.stem for file in _folder().glob("*.yml")))


def mapping(source: str, *, time_zone: str | None = None) -> Mapping:
    """The mapping of a source, checked whole.

    Parameters
    ----------
    source : a file in `params/sources/`, without `.yml`.
    time_zone : IANA zone of moments that carry none, in place of the one that the file says or leaves open.

    Raises
    ------
    ParameterError : there is none, or it holds a key, table, column or zone that does not exist; with the nearest name.
    """
    file = _folder() / f"{source}.yml"
    if source not in sources():
        raise ParameterError(
            f"source must be one of {', '.join(sources())}: got {source!r}{_nearest(source, sources())}"
        )
    content = params.load(file)
    if time_zone is not None:
        _check_time_zone(time_zone, "--time-zone")
        content["time_zone"] = time_zone
    tables = content.get("tables")
    if not isinstance(tables, dict):
        raise ParameterError(f"tables must map names to their columns: got {tables!r} ({file}, tables)")
    rules = {str(name): _table_rule(str(name), given, file) for name, given in tables.items()}
    checked = params.check(Mapping, content | {"tables": rules}, file)
    _check_formats([checked, *(rule.inside(checked) for rule in checked.rules)], file)
    if checked.names_in_row > checked.header_rows:
        raise ParameterError(
            f"names_in_row must be one of the {checked.header_rows} header rows: got {checked.names_in_row} ({file})"
        )
    return checked


def _folder() -> Path:
    return workspace.current().params / "sources"


def _table_rule(name: str, given: Any, file: Path) -> TableRule:
    """The rule of one table; each key is checked where it stands, so that the message can say where."""
    place = f"{file}, tables.{name}"
    _check_names("a table", [name], CONTRACTS, f"{file}, tables")
    if not isinstance(given, dict) or not isinstance(given.get("columns"), dict):
        raise ParameterError(f"a table must hold `columns:`: got {given!r} ({place})")
    columns = {
        str(column): _column_rule(rule, f"{place}.columns.{column}") for column, rule in given["columns"].items()
    }
    rule = params.check(TableRule, given | {"columns": columns}, place)
    contract = CONTRACTS[name].columns
    _check_names("a column", columns, contract, f"{place}.columns")
    missing = [column for column, expected in contract.items() if expected.required and column not in columns]
    if missing:
        raise ParameterError(f"{name} needs the columns {', '.join(missing)}: they are not mapped ({place}.columns)")
    _check_shape(name, rule, place)
    return rule


def _column_rule(given: Any, place: str) -> ColumnRule:
    """One column's rule; plain text is the name of a source column."""
    if isinstance(given, str):
        given = {"column": given}
    if not isinstance(given, dict):
        raise ParameterError(f"a column must name a source column or hold a rule: got {given!r} ({place})")
    rule = params.check(ColumnRule, given, place)
    verbs = [verb for verb in VERBS if getattr(rule, verb) is not None]
    if len(verbs) != 1:
        raise ParameterError(f"a column must have exactly one of {', '.join(VERBS)}: got {verbs or 'none'} ({place})")
    if (rule.where or rule.if_last) and not rule.is_aggregate:
        raise ParameterError(f"where and if_last belong to {', '.join(AGGREGATES)}: got them with {verbs[0]} ({place})")
    if (rule.next is None) != (rule.within is None):
        raise ParameterError(f"next and within must stand together: got only one of them ({place})")
    return rule


def _check_shape(name: str, rule: TableRule, place: str) -> None:
    """Raises unless what the table says about its own columns fits together."""
    for column, each in rule.columns.items():
        here = f"{place}.columns.{column}"
        own = [*([each.next] if each.next else []), *(each.within or ()), *(each.count_within or ())]
        _check_names("a column of the table", own, rule.columns, here)
        _check_literals(CONTRACTS[name].columns[column].dtype.type, each, here)
        if each.count_within and column in key(name) and {*each.count_within, column} != set(key(name)):
            rest = ", ".join(part for part in key(name) if part != column)
            raise ParameterError(f"count_within must be the rest of the key, {rest}: got {each.count_within} ({here})")
        if each.is_aggregate and not rule.one_row_per:
            raise ParameterError(f"{each.verb} needs one_row_per on the table: it has none ({here})")
        if rule.one_row_per and column not in rule.one_row_per and not each.is_aggregate and each.verb != "constant":
            raise ParameterError(f"a grouped table needs one of {', '.join(AGGREGATES)} here: got {each.verb} ({here})")
    if rule.one_row_per and set(rule.one_row_per) != set(key(name)):
        expected, got = ", ".join(key(name)), ", ".join(rule.one_row_per)
        raise ParameterError(f"one_row_per must be the key of {name}, {expected}: got {got} ({place})")
    if rule.order_by and not rule.one_row_per:
        raise ParameterError(f"order_by needs one_row_per on the table: it has none ({place})")


def _check_literals(dtype: object, rule: ColumnRule, place: str) -> None:
    """Raises unless what the mapping itself puts into a column fits the column's type."""
    given = [text for text in (rule.constant, rule.if_empty, *(rule.values or {}).values()) if text is not None]
    _, faults = coerced(pd.Series(given, dtype="str"), dtype, rule)
    for position, fault in faults.items():
        raise ParameterError(f"{place}: {fault}: got {given[int(position)]!r}")  # type: ignore[call-overload]


def _check_formats(given: list[Formats], file: Path) -> None:
    for each in given:
        if each.time_zone is not None:
            _check_time_zone(each.time_zone, f"{file}, time_zone")
        for written in each.time_format or ():
            _check_time_format(written, file)
        decimal = each.decimal or "."
        if each.thousands == decimal:
            raise ParameterError(
                f"decimal and thousands must be different marks: got {decimal!r} for both; "
                f"decimal is '.' unless the mapping says otherwise ({file}, decimal, thousands)"
            )


def _check_time_zone(name: str, place: str) -> None:
    if name not in available_timezones():
        near = _nearest(name, available_timezones())
        raise ParameterError(f"time_zone must be an IANA name such as Europe/Vienna: got {name!r}{near} ({place})")


def _check_time_format(written: str, file: Path) -> None:
    """Raises unless the format exists and says day, month and year."""
    if written == "ISO8601" or written in EPOCHS:
        return
    place = f"({file}, time_format)"
    if "%" not in written:
        raise ParameterError(
            f"time_format must be ISO8601, {', '.join(EPOCHS)}, or written like '%d.%m.%Y %H:%M': got {written!r}; "
            f"in place of dd, MM, yyyy, HH, mm and ss write %d, %m, %Y, %H, %M and %S {place}"
        )
    try:
        pd.to_datetime(pd.Series(["1"], dtype="str"), format=written, errors="coerce")
    except (ValueError, KeyError) as error:
        raise ParameterError(f"time_format must be as in Python's strptime: got {written!r}: {error} {place}") from None
    marks = set(re.findall("%(.)", written))
    is_day = marks & {"d"} and marks & set("mbB") or "j" in marks
    if not (is_day and marks & set("yY") or {"G", "V"} <= marks) or marks - DIRECTIVES:
        raise ParameterError(f"time_format must say day, month and year: got {written!r} {place}")


def _check_names(what: str, given: Iterable[str], allowed: Iterable[str], place: str) -> None:
    for name in given:
        if name not in allowed:
            raise ParameterError(
                f"{what} must be one of {', '.join(allowed)}: got {name!r}{_nearest(name, allowed)} ({place})"
            )


def _nearest(name: str, allowed: Iterable[str]) -> str:
    near = get_close_matches(name, list(allowed), n=1)
    return f"; did you mean {near[0]}?" if near else ""
