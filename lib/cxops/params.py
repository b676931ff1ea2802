"""YAML, notebook or query string → typed, bounded, frozen parameters. An unknown or missing key is an error."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any, ClassVar, TypeVar, get_args
from urllib.parse import parse_qsl

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from cxops import workspace
from cxops.errors import ParameterError

Quarter = Annotated[str, Field(pattern=r"^(all|\d{4}Q[1-4])$", description="a quarter such as 2025Q3, or all")]


_LONGEST = 120
"""So many letters of a wrong value are shown."""


class Parameters(BaseModel):
    """A frozen set of parameters; a subclass names its file in `params/` and gives each field its bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    file: ClassVar[str]
    named_by: ClassVar[tuple[tuple[str, ...], ...]] = (("id",), ("name",))
    """The keys that tell the entries of the file's lists apart; a fault in an entry says them."""

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_not_yes_or_no(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML reads `yes`, `on` and `true` as True, which Python would count as 1."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation in (int, float):
            raise ValueError("input should be a number, not yes or no")
        return value


class PageParameters(Parameters):
    """What every page takes; a domain's page adds its own fields in the domain's `schema.py`."""

    unit: str = Field("all", min_length=1, description="an organisational unit, or all")
    quarter: Quarter = "all"

    @classmethod
    def check_files(cls) -> None:
        """Raises ParameterError if a file that the page follows besides its own is wrong; most follow none."""


P = TypeVar("P", bound=Parameters)


def resolve(model: type[P], /, **given: Any) -> P:
    """The values of the model's YAML file, overlaid with every given value that is not None.

    Parameters
    ----------
    model : the parameters of one page; `model.file` is looked up in `params/`.
    given : values from a notebook's parameters cell or the command line; None means "as in the file".

    Raises
    ------
    ParameterError : unknown key, missing key, wrong type or out of bounds, saying file, key, value and what is allowed.
    """
    path = workspace.current().params / model.file
    return check(model, load(path) | {key: value for key, value in given.items() if value is not None}, path)


def from_query(model: type[P], query: str, /, **given: Any) -> P:
    """Parameters from a page's query string (`unit=Harbour&quarter=2025Q3`), laid over `given` and the YAML file.

    Raises
    ------
    ParameterError : as `resolve`, and where a key stands twice.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ParameterError(f"a parameter must be given once: {', '.join(twice)} stands twice (query string)")
    return resolve(model, **(given | dict(pairs)))


def load(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; an empty file is an empty mapping.

    Raises
    ------
    ParameterError : the file is missing, is not YAML, names a key twice or holds anything but a mapping.
    """
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError:
        raise ParameterError(f"the parameters file must exist: there is no {path}") from None
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} must be valid YAML: {' '.join(str(error).split())}") from None
    return parsed(content, path)


def parsed(text: str, origin: Path | str) -> dict[str, Any]:
    """The mapping in a YAML text; `origin` says in errors where it stands. Raises as `load` does."""
    try:
        content = yaml.load(text, Loader=_StrictLoader)
    except (yaml.YAMLError, ValueError) as error:  # a date that no calendar has is a plain ValueError
        raise ParameterError(f"{origin} must be valid YAML: {' '.join(str(error).split())}") from None
    if content is not None and not isinstance(content, dict):
        raise ParameterError(f"{origin} must hold `key: value` lines: got a {type(content).__name__}")
    return content or {}


def check(
    model: type[P], values: dict[str, Any], origin: Path | str, context: Mapping[str, Collection[str]] | None = None
) -> P:
    """The values as a frozen `model`, or one ParameterError that names every fault and where it stands.

    Parameters
    ----------
    model, values, origin : what the values must be, the values, and the file or text they stand in.
    context : names from other files that the model's own rules ask for.
    """
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        faults = [_fault(model, values, each) for each in _first_hand(error)]
    if len(faults) == 1:
        raise ParameterError(f"{faults[0]} ({origin})")
    raise ParameterError(f"{origin} has {len(faults)} faults:" + "".join(f"\n- {fault}" for fault in faults))


def _first_hand(error: ValidationError) -> list[dict[str, Any]]:
    """The faults without those that only follow from another: a list is too short where its entries are wrong."""
    faults: list[dict[str, Any]] = [dict(each) for each in error.errors()]
    within = {each["loc"][:-1] for each in faults}
    return [each for each in faults if each["type"] != "too_short" or each["loc"] not in within]


def _fault(model: type[Parameters], values: dict[str, Any], error: dict[str, Any]) -> str:
    key = _key(error["loc"], values, model.named_by)
    if error["type"] == "extra_forbidden":
        allowed = _fields(model, error["loc"][:-1])
        near = get_close_matches(str(error["loc"][-1]), allowed, n=1)
        hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(allowed)}"
        return f"{key} is not a parameter: got {_shown(error['input'])}; {hint}"
    if error["type"] == "missing":
        return f"{key} must be given: it is missing"
    rule = error["msg"].removeprefix("Value error, ").replace("a valid tuple", "a list")
    if not key:  # a rule about several keys, which it names itself
        return rule
    return f"{key}: {rule[:1].lower()}{rule[1:]}: got {_shown(error['input'])}"


def _shown(value: Any) -> str:
    """The value as Python writes it, cut short where it is a whole part of a file."""
    return shorten(repr(value), _LONGEST, placeholder=" …") if len(repr(value)) > _LONGEST else repr(value)


def _key(loc: tuple[str | int, ...], values: Any, named_by: tuple[tuple[str, ...], ...]) -> str:
    """Where a fault stands, such as `stages[Intake].sla.unit`: an entry of a list by its name, else by its number."""
    key, within = "", values
    for step in loc:
        if isinstance(within, list | tuple) and isinstance(step, int):
            within = within[step]
            key += f"[{entry_name(within, named_by) or f'no. {step + 1}'}]"
        else:
            within = within.get(step) if isinstance(within, dict) else None
            key += f".{step}"
    return key.removeprefix(".")


def entry_name(entry: Any, named_by: tuple[tuple[str, ...], ...]) -> str:
    """What names an entry of a list in a file, such as `Intake`; empty where nothing does."""
    given = entry if isinstance(entry, dict) else {}
    names = ([str(given[key]) for key in keys if given.get(key) is not None] for keys in named_by)
    return next((", ".join(each) for each in names if each), "")


def _fields(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Names of the fields that the model allows at a place within it, among them those of the items of a list."""
    for step in path:
        annotation = model.model_fields[step].annotation if step in model.model_fields else model
        inner = [annotation, *get_args(annotation)]
        model = next((each for each in inner if isinstance(each, type) and issubclass(each, BaseModel)), model)
    return list(model.model_fields)


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which a key that stands twice is an error; stock YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]  # type: ignore[no-untyped-call]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key given twice: {', '.join(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)
