"""Which pages are to be made, for whom and from what: everything is checked here, before any work starts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from cxops import params, tables
from cxops.errors import ParameterError, TableError
from cxops.runs import catalogue, provenance
from cxops.runs.places import slug
from cxops.tables import ALL


@dataclass(frozen=True)
class Run:
    """One page to be made, and everything it is made from.

    Parameters
    ----------
    page, title, question, notebook : the page, as in `params/pages.yml`.
    unit, quarter : whom and when it is about.
    parameters : every parameter, resolved.
    dataset : title, synthetic, description, journey_map.
    hashes : tables, notebook, code and params; see `provenance`.
    definitions : version of each definition by id.
    versions : of the packages it is made with.
    rows : rows of each table in the unit and the quarter.
    files : SHA-256 of each file that must not change while the page is made.
    run_id : short hash of all of it; a run whose id stands in a good manifest has nothing to do.
    """

    page: str
    title: str
    question: str
    notebook: str
    unit: str
    quarter: str
    parameters: Mapping[str, Any]
    dataset: Mapping[str, Any]
    hashes: Mapping[str, Any]
    definitions: Mapping[str, int]
    versions: Mapping[str, str]
    rows: Mapping[str, int]
    files: Mapping[str, str] = field(repr=False)
    run_id: str


def plan(
    pages: Iterable[str] | None = None,
    units: Iterable[str] | None = None,
    quarters: Iterable[str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> list[Run]:
    """The runs of every page for every unit and quarter, or an error before anything is executed.

    Parameters
    ----------
    pages : names in `params/pages.yml`; None means all of them.
    units : units, or `all` for all together; None means all together and, if there are several, each.
    quarters : such as `2025Q4`, or `all`; None means the latest and all.
    overrides : values that win over the pages' YAML files; every page asked for must know each of them.

    Returns
    -------
    Runs, pages first. Where units or quarters are None, a unit has no run for a quarter in which it opened no case.

    Raises
    ------
    ParameterError : a page, a parameter or a value is unknown or out of bounds; a notebook's cell names others.
    TableError : a table that a page needs, a unit or a quarter is not there; or the unit opened no case in the quarter.
    """
    names = list(dict.fromkeys(catalogue.pages() if pages is None else pages))
    for name in names:
        _check_page(name, overrides or {})
    pairs = scopes(units, quarters)
    code = provenance.code_hash()
    return [run for name in names for run in _runs(name, pairs, overrides or {}, code)]


def scopes(units: Iterable[str] | None = None, quarters: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Pairs of unit and quarter to make pages for; see `plan`.

    Raises
    ------
    TableError : a unit or a quarter is not there, or the unit opened no case in the quarter and both were asked for.
    """
    known = tables.units()
    if ALL in known or len(set(map(slug, known))) < len(known):
        raise TableError(f"units must differ from `all` and from each other: got {', '.join(map(repr, known))}")
    every = [ALL, *known] if len(known) > 1 else [ALL]
    asked_units = list(dict.fromkeys(every if units is None else units))
    asked_quarters = list(dict.fromkeys([tables.quarters()[-1], ALL] if quarters is None else quarters))
    for unit in asked_units:
        tables.check_scope(unit, ALL)
    for quarter in asked_quarters:
        tables.check_scope(ALL, quarter)
    pairs = list(product(asked_units, asked_quarters))
    if units is not None and quarters is not None:
        for pair in pairs:
            tables.check_scope(*pair)
    known_pairs = tables.scopes()
    return [pair for pair in pairs if any(_covers(pair, known_pair) for known_pair in known_pairs)]


def _covers(pair: tuple[str, str], known: tuple[str, str]) -> bool:
    return all(asked in (ALL, there) for asked, there in zip(pair, known, strict=True))


def _check_page(name: str, overrides: Mapping[str, Any]) -> None:
    """Raises unless the page can be made with these values from the tables there are."""
    scope = {"unit", "quarter"} & set(overrides)
    if scope:
        raise ParameterError(
            f"units and quarters must be asked for as such: got {', '.join(scope)} among the parameters"
        )
    page = catalogue.page(name)
    params.resolve(catalogue.model(name), **overrides)
    catalogue.check_notebook(name)
    missing = [table for table in page.needs if table not in tables.available()]
    if missing:
        there = ", ".join(tables.available()) or "none"
        where = tables.path(missing[0]).parent
        raise TableError(f"the page {name} needs the table {', '.join(missing)}: got {there} ({where})")


def _runs(name: str, pairs: list[tuple[str, str]], overrides: Mapping[str, Any], code: str) -> Iterator[Run]:
    """The runs of one page."""
    page, model = catalogue.page(name), catalogue.model(name)
    hashed = provenance.table_hashes((*page.needs, *page.uses))
    notebook = provenance.file_hash(page.file)
    described = vars(tables.dataset())
    parameter_files = provenance.parameter_files(model, described["journey_map"])
    versions, definitions = provenance.versions(), provenance.definitions()
    hashes: dict[str, Any] = {
        "tables": hashed,
        "notebook": notebook,
        "code": code,
        "params": {name: provenance.file_hash(file) for name, file in parameter_files.items()},
    }
    files = {str(tables.path(table)): digest for table, digest in hashed.items() if tables.UNHASHED not in digest}
    files |= {str(page.file): notebook} | {str(file): hashes["params"][name] for name, file in parameter_files.items()}
    made_from = [page.title, page.question, described, versions, hashes]
    for unit, quarter in pairs:
        given = params.resolve(model, **overrides, unit=unit, quarter=quarter).model_dump(mode="json")
        yield Run(
            page=name,
            title=page.title,
            question=page.question,
            notebook=page.notebook,
            unit=unit,
            quarter=quarter,
            parameters=given,
            dataset=described,
            hashes=hashes,
            definitions=definitions,
            versions=versions,
            rows=provenance.rows(tuple(hashed), unit, quarter),
            files=files,
            run_id=provenance.content_hash([name, given, made_from])[:16],
        )
