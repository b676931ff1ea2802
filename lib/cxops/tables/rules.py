"""What a mapping may say: the model of one YAML file in `params/sources/`.

`site/methods/data.qmd` is the reference for whoever writes one; `mapping.py` reads and checks them.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cxops.params import Parameters

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

    def inside(self, outer: "Formats") -> "Formats":
        """These formats, and where they say nothing those of the whole file."""
        return Formats(**{name: getattr(self, name) or getattr(outer, name) for name in Formats.model_fields})


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
    journey_map: str | None = Field(
        None, pattern=r"^[a-z][a-z0-9_-]*$", description="the map in params/journeys/ that the cases should follow"
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None
    sheet: str | None = None
    header_rows: int = Field(1, ge=1, le=50)
    names_in_row: int = Field(1, ge=1, le=50)
    newest_first: bool = False
    ignore: Names | None = None
    gaps: Names = ()
    tables: dict[str, TableRule] = Field(min_length=1)

    @property
    def sources(self) -> tuple[str, ...]:
        """Every column of the source that any table reads."""
        return tuple(dict.fromkeys(name for table in self.tables.values() for name in table.sources))

    @property
    def rules(self) -> Iterator[ColumnRule]:
        """The rule of every column of every table."""
        return (rule for table in self.tables.values() for rule in table.columns.values())

    @property
    def required(self) -> tuple[str, ...]:
        """The columns of the source without which a file cannot be read."""
        optional = {name for rule in self.rules if rule.optional for name in rule.sources}
        needed = {name for rule in self.rules if not rule.optional for name in rule.sources}
        needed |= {name for table in self.tables.values() for name in table.selection}
        return tuple(name for name in self.sources if name in needed or name not in optional)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the mapping does; a changed comment, title, description or map does not change it."""
        said = {"title", "description", "journey_map"}
        return sha256(self.model_dump_json(exclude=said, exclude_defaults=True).encode()).hexdigest()

    @property
    def agreeing(self) -> frozenset[str]:
        """Fingerprints of the mappings whose rows this one would make alike: its own, and it without a zone.

        Without a zone only moments that carry one come in, and those are the same in any.
        """
        return frozenset({self.fingerprint, self.model_copy(update={"time_zone": None}).fingerprint})
