"""Journey maps as files: the map now, its earlier versions, which of them is in force, and saving one.

The map now is `params/journeys/<name>.yml`. Earlier versions are whole maps too, in `params/journeys/earlier/<name>/`;
which of them held on a day is decided by `effective_on`, never by the file's name.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pandas as pd

from cxops import kpis, params, tables, workspace
from cxops.errors import ParameterError
from cxops.journey.schema.maps.drawn import JourneyMap
from cxops.journey.schema.maps.text import text
from cxops.journey.schema.pages import JourneyPageParameters

FOLDER = "journeys"
EARLIER = "earlier"


class MapPageParameters(JourneyPageParameters):
    """The parameters of a page that follows journey maps, so that `cxops check` checks the maps with them."""

    @classmethod
    def check_files(cls) -> None:
        """Raises ParameterError if any journey map, or an earlier version of one, is wrong."""
        check_all()


def names() -> tuple[str, ...]:
    """Names of the maps there are, sorted."""
    return tuple(sorted(file.stem for file in (workspace.current().params / FOLDER).glob("*.yml")))


def journey_map(name: str | None) -> JourneyMap:
    """The map `params/journeys/<name>.yml`; of a data set that follows none (None), a map without a single stage.

    Raises
    ------
    ParameterError : there is none, or it is wrong; says the file, the key, the value and what is allowed.
    """
    if name is None:
        return JourneyMap.model_construct(title="", version=0, effective_on=date.min, stages=())
    if name not in names():
        known = ", ".join(names()) or "none yet"
        raise ParameterError(f"the journey map must be one of {known}: got {name!r} ({_file('').parent})")
    return _read(_file(name))


def versions(name: str | None) -> tuple[JourneyMap, ...]:
    """Every version of a map, the first in force first; of no map, none.

    Raises
    ------
    ParameterError : one is wrong, or two share a version or do not take effect in the order of their numbers.
    """
    if name is None:
        return ()
    earlier = sorted((_file(name).parent / EARLIER / name).glob("*.yml"))
    found = sorted([journey_map(name), *map(_read, earlier)], key=lambda each: each.version)
    for before, after in zip(found, found[1:], strict=False):
        if not (before.version < after.version and before.effective_on < after.effective_on):
            raise ParameterError(
                "versions of a map must differ and take effect in the order of their numbers: "
                f"got version {before.version} from {before.effective_on} and version {after.version} from "
                f"{after.effective_on} ({_file(name)} and {EARLIER}/{name}/)"
            )
    if found[-1] != journey_map(name):
        raise ParameterError(
            f"the newest version must be the map itself: version {found[-1].version} is in {EARLIER}/{name}/"
        )
    return tuple(found)


def in_force(name: str | None, quarter: str) -> JourneyMap:
    """The version in force when a quarter begins; of all quarters, the newest; before the first one, the first.

    Parameters
    ----------
    name : of the map; None gives a map without a single stage.
    quarter : such as 2025Q3, or all.
    """
    if name is None or quarter == tables.ALL:
        return journey_map(name)
    start = pd.Period(quarter, freq="Q").start_time.date()
    held = [each for each in versions(name) if each.effective_on <= start]
    return held[-1] if held else versions(name)[0]


def version_before(name: str | None, drawn: JourneyMap) -> JourneyMap:
    """The version of a map that was in force before the given one; the given one itself if it is the first."""
    earlier = [each for each in versions(name) if each.version < drawn.version]
    return earlier[-1] if earlier else drawn


def check_all() -> None:
    """Raises ParameterError if any map, or an earlier version of one, is wrong or names a KPI that there is not."""
    known = tuple(kpis.catalogue())
    for file in sorted((workspace.current().params / FOLDER).rglob("*.yml")):
        _read(file, known)
    for name in names():
        versions(name)


def save(name: str, drawn: JourneyMap) -> None:
    """Writes the map to `params/journeys/<name>.yml`, whole or not at all; comments of the file that stands there stay.

    Raises
    ------
    ParameterError : the file that stands there cannot be read.
    """
    file = _file(name)
    before = file.read_text("utf-8") if file.exists() else ""
    with tables.replacing(file) as new:
        new.write_text(text(drawn, before), "utf-8")


def _file(name: str) -> Path:
    return workspace.current().params / FOLDER / f"{name}.yml"


def _read(file: Path, known_kpis: Collection[str] | None = None) -> JourneyMap:
    context = {} if known_kpis is None else {"kpis": known_kpis}
    return params.check(JourneyMap, params.load(file), file, context)
