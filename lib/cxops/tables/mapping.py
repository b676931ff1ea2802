"""How the columns of a source become canonical tables: one YAML file per source in `params/sources/`.

`site/methods/data.qmd` is the reference for whoever writes one.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field

from cxops import params, workspace
from cxops.errors import ParameterError
from cxops.params import Parameters
from cxops.tables.contracts import CONTRACTS, key

AGGREGATES = ("first", "last", "min", "max", "sum")
VERBS = ("column", "join", "constant", "next", "count_within", *AGGREGATES)


def _as_text(value: Any) -> Any:
    """A scalar as the text a file would hold; YAML reads an unquoted yes, no, on and off as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_tuple(value: Any) -> Any:
    return (_as_text(value),) if isinstance(value, str | int | float | bool) else value


def _with_text_keys(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if any(isinstance(key, bool) for key in value):
        raise ValueError("yes, no, true, false, on and off must be quoted, else YAML takes them for logical values")
    return {_as_text(key): each for key, each in value.items()}


Text = Annotated[str, BeforeValidator(_as_text)]
Names = Annotated[tuple[Text, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
Conditions = Annotated[dict[str, Names], BeforeValidator(_with_text_keys)]


class Formats(Parameters):
    """How moments and numbers are written; stands at the top of a mapping, or in one column's rule."""

    time_zone: str | None = None
    time_format: Names | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None


class ColumnRule(Formats):
    """Where one canonical column comes from: exactly one of the verbs, and what qualifies it."""

    column: str | None = None
    join: Names | None = None
    separator: str = " "
    constant: Text | None = None
    next: str | None = None
    within: Names | None = None
    count_within: Names | None = None
    first: str | None = None
    last: str | None = None
    min: str | None = None
    max: str | None = None
    sum: str | None = None
    where: Conditions | None = None
    if_last: Conditions | None = None
    values: Annotated[dict[str, Text], BeforeValidator(_with_text_keys)] | None = None
    if_empty: Text | None = None
    multiply: float | None = None
    optional: bool = False

    @property
    def verb(self) -> str:
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def is_derived(self) -> bool:
        """Whether it is worked out from the table's own columns, after the cells were read."""
        return self.verb in ("next", "count_within")

    @property
    def is_aggregate(self) -> bool:
        return self.verb in AGGREGATES

    @property
    def cells(self) -> tuple[str, ...]:
        """Columns of the source that the value is made from."""
        if self.join:
            return self.join
        return (str(getattr(self, self.verb)),) if self.verb in ("column", *AGGREGATES) else ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the source that the rule reads, conditions included."""
        return (*self.cells, *(self.where or {}), *(self.if_last or {}))

    def __str__(self) -> str:
        if self.verb in ("column", "join"):
            return self.separator.join(self.cells) + (" (values mapped)" if self.values else "")
        given = getattr(self, self.verb)
        words = {"constant": f"always {given!r}", "next": f"next {given}", "count_within": "count within"}
        return words.get(self.verb, f"{self.verb} {given}")


class TableRule(Parameters):
    """How one canonical table is filled from the rows of a file."""

    columns: dict[str, ColumnRule]
    one_row_per: Names | None = None
    order_by: str | None = None
    only: Conditions | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys([*(name for rule in self.columns.values() for name in rule.sources), *self.selection])
        )

    @property
    def selection(self) -> tuple[str, ...]:
        """Columns of the source that choose or order the rows."""
        return (*(self.only or {}), *([self.order_by] if self.order_by else []))


class Mapping(Formats):
    """One source: how its files are laid out and which tables they feed."""

    title: str = Field(min_length=1)
    description: str = ""
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None
    sheet: str | None = None
    header_rows: int = Field(1, ge=1, le=50)
    names_in_row: int = Field(1, ge=1, le=50)
    newest_first: bool = False
    ignore: Names | None = None
    tables: dict[str, TableRule] = Field(min_length=1)

    @property
    def sources(self) -> tuple[str, ...]:
        """Every column of the source that any table reads."""
        return tuple(dict.fromkeys(name for table in self.tables.values() for name in table.sources))

    @property
    def required(self) -> tuple[str, ...]:
        """The columns of the source without which a file cannot be read."""
        optional = {name for rule in _rules(self) if rule.optional for name in rule.sources}
        needed = {name for rule in _rules(self) if not rule.optional for name in rule.sources}
        needed |= {name for table in self.tables.values() for name in table.selection}
        return tuple(name for name in self.sources if name in needed or name not in optional)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the mapping does; a changed comment, title or description does not change it."""
        return sha256(self.model_dump_json(exclude={"title", "description"}).encode()).hexdigest()


def sources() -> tuple[str, ...]:
    """Names of the sources that have a mapping, sorted."""
    return tuple(sorted(file.stem for file in _folder().glob("*.yml")))


def mapping(source: str) -> Mapping:
    """The mapping of a source, checked whole.

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
    tables = content.get("tables")
    if not isinstance(tables, dict):
        raise ParameterError(f"tables must map names to their columns: got {tables!r} ({file}, tables)")
    rules = {str(name): _table_rule(str(name), given, file) for name, given in tables.items()}
    checked = params.check(Mapping, content | {"tables": rules}, file)
    _check_formats([checked, *_rules(checked)], file)
    if checked.names_in_row > checked.header_rows:
        raise ParameterError(
            f"names_in_row must be one of the {checked.header_rows} header rows: got {checked.names_in_row} ({file})"
        )
    return checked


def _folder() -> Path:
    return workspace.current().params / "sources"


def _rules(given: Mapping) -> Iterator[ColumnRule]:
    return (rule for table in given.tables.values() for rule in table.columns.values())


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
        if each.is_aggregate and not rule.one_row_per:
            raise ParameterError(f"{each.verb} needs one_row_per on the table: it has none ({here})")
        if rule.one_row_per and column not in rule.one_row_per and not each.is_aggregate and each.verb != "constant":
            raise ParameterError(f"a grouped table needs one of {', '.join(AGGREGATES)} here: got {each.verb} ({here})")
    if rule.one_row_per and set(rule.one_row_per) != set(key(name)):
        expected, got = ", ".join(key(name)), ", ".join(rule.one_row_per)
        raise ParameterError(f"one_row_per must be the key of {name}, {expected}: got {got} ({place})")
    if rule.order_by and not rule.one_row_per:
        raise ParameterError(f"order_by needs one_row_per on the table: it has none ({place})")


def _check_formats(given: list[Formats], file: Path) -> None:
    for each in given:
        if each.time_zone is not None and each.time_zone not in available_timezones():
            near = _nearest(each.time_zone, available_timezones())
            raise ParameterError(f"time_zone must be an IANA name: got {each.time_zone!r}{near} ({file}, time_zone)")


def _check_names(what: str, given: Any, allowed: Any, place: str) -> None:
    for name in given:
        if name not in allowed:
            raise ParameterError(
                f"{what} must be one of {', '.join(allowed)}: got {name!r}{_nearest(name, allowed)} ({place})"
            )


def _nearest(name: str, allowed: Any) -> str:
    near = get_close_matches(name, list(allowed), n=1)
    return f"; did you mean {near[0]}?" if near else ""
