"""Where the project's folders are: the only module that turns names into paths."""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml
from babel.numbers import list_currencies

from cxops.errors import ParameterError

PROJECT = Path(__file__).resolve().parents[2]
FILE = "workbook.yml"
"""In `params/`: what the whole workbook reads."""


@dataclass(frozen=True)
class Workspace:
    """The folders one command works in.

    Parameters
    ----------
    home : the project: `notebooks/`, `params/` and the site's sources.
    data : canonical tables, one Parquet file each.
    build : executed pages and the site being made; may be deleted at any time.
    site : the published site.
    """

    home: Path
    data: Path
    build: Path
    site: Path

    @property
    def params(self) -> Path:
        return self.home / "params"

    @property
    def runs(self) -> Path:
        return self.build / "runs"

    def environment(self) -> dict[str, str]:
        """What a child process needs in its environment to find the same folders."""
        return {f"CXOPS_{name.upper()}": str(getattr(self, name)) for name in ("home", "data", "build", "site")}


def current() -> Workspace:
    """The folders named by `CXOPS_HOME`, `CXOPS_DATA`, `CXOPS_BUILD` and `CXOPS_SITE`, else the project's own.

    A relative one starts at the project; an empty one counts as none. Without `CXOPS_DATA` the data folder is the one
    named in `params/workbook.yml` (`data:`). Each data folder has a build folder of its own name, so that pages made
    from different data never meet on one site.

    Raises
    ------
    ParameterError : `params/workbook.yml` names no data folder.
    """
    home = Path(os.environ.get("CXOPS_HOME") or PROJECT).resolve()
    data = (home / (os.environ.get("CXOPS_DATA") or _default_data(home / "params" / FILE))).resolve()
    build = (home / (os.environ.get("CXOPS_BUILD") or Path("build", data.name))).resolve()
    site = (home / (os.environ.get("CXOPS_SITE") or Path("site", "_site"))).resolve()
    return Workspace(home=home, data=data, build=build, site=site)


def currency() -> str:
    """The organisation's currency as its code of ISO 4217: `currency` in `params/workbook.yml`.

    Raises
    ------
    ParameterError : the file names none, or one that ISO 4217 does not know.
    """
    file = Path(os.environ.get("CXOPS_HOME") or PROJECT).resolve() / "params" / FILE
    code = _settings(file).get("currency")
    if not isinstance(code, str) or code not in list_currencies():
        raise ParameterError(f"currency must be a code of ISO 4217, such as EUR: got {code!r} ({file}, currency)")
    return code


def _default_data(file: Path) -> str:
    data = _settings(file).get("data")
    if not isinstance(data, str) or not data.strip():
        raise ParameterError(f"data must name the folder of the tables: got {data!r} ({file}, data)")
    return data


def _settings(file: Path) -> dict[str, object]:
    try:
        settings = yaml.safe_load(file.read_text("utf-8")) if file.exists() else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file} must be valid YAML: {' '.join(str(error).split())}") from None
    return settings if isinstance(settings, dict) else {}
