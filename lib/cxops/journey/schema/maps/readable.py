"""What can be read of values that are wrong in places, so that one fault does not hide the others."""

from collections.abc import Collection
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel

P = TypeVar("P", bound=BaseModel)
_Loc = tuple[str | int, ...]


def readable(model: type[P], values: Any, wrong: Collection[_Loc], at: _Loc = ()) -> P:
    """The values as an unchecked `model`; None stands for whatever is wrong, or missing and has no default.

    Parameters
    ----------
    model : what the values should have been.
    values : as given.
    wrong : where pydantic found them wrong.
    at : where the values stand within the whole.
    """
    given = values if isinstance(values, dict) else {}
    known = {
        name: _read(field.annotation, given[name], wrong, (*at, name))
        for name, field in model.model_fields.items()
        if name in given
    }
    gaps = {name: None for name, field in model.model_fields.items() if field.is_required() and name not in known}
    return model.model_construct(**known, **gaps)


def _read(annotation: Any, value: Any, wrong: Collection[_Loc], at: _Loc) -> Any:
    if at in wrong:
        return None
    part = next((each for each in (annotation, *get_args(annotation)) if _is_part(each)), None)
    if part is None:
        return None if any(loc[: len(at)] == at for loc in wrong) else value
    if get_origin(annotation) is tuple:
        return tuple(readable(part, each, wrong, (*at, place)) for place, each in enumerate(value))
    if get_origin(annotation) is dict:
        return {key: readable(part, each, wrong, (*at, key)) for key, each in value.items()}
    return None if value is None else readable(part, value, wrong, at)


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
