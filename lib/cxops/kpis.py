"""KPI definitions as data: one meaning, one unit, one direction and two owners for every figure that is shown."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cxops import params
from cxops.errors import ParameterError

FILE = "kpis.yml"


class KPI(BaseModel):
    """One definition in `params/kpis.yml`.

    A reader finds it in the site's glossary; a finding names it by `id`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    numerator: str = Field(min_length=1)
    denominator: str | None = None
    unit: str = Field(min_length=1)
    direction: Literal["higher is better", "lower is better", "neither"]
    owner_cx: str = Field(min_length=1)
    owner_operations: str = Field(min_length=1)
    source: str = Field(min_length=1)
    version: int = Field(ge=1)
    effective_on: date


class _Catalogue(params.Parameters):
    file = FILE
    kpis: tuple[KPI, ...]


def catalogue() -> dict[str, KPI]:
    """Definitions by id, in the order of `params/kpis.yml`.

    Raises
    ------
    ParameterError : a definition is incomplete, has one owner only, or an id stands twice.
    """
    kpis = params.resolve(_Catalogue).kpis
    ids = [kpi.id for kpi in kpis]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ParameterError(f"each KPI must be defined once: {', '.join(twice)} stands twice (params/{FILE})")
    return {kpi.id: kpi for kpi in kpis}


def names() -> dict[str, str]:
    """What each KPI is called, by id."""
    return {each: kpi.name for each, kpi in catalogue().items()}
