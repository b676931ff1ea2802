"""Whether a page is still what a run would make now: everything it was made from, held against what there is."""

from collections.abc import Iterator
from dataclasses import dataclass

from cxops import tables, workspace
from cxops.runs import catalogue, provenance
from cxops.runs.manifest import Manifest


@dataclass(frozen=True)
class Present:
    """Everything a page can be made from, as it is now.

    Parameters
    ----------
    pages : the catalogue.
    tables, params, notebooks : SHA-256 by name of what is there; parameters also in the folders of `params/`.
    code : SHA-256 of the library.
    """

    pages: dict[str, catalogue.Page]
    tables: dict[str, str]
    params: dict[str, str]
    notebooks: dict[str, str]
    code: str


def present() -> Present:
    """What there is now.

    Raises
    ------
    ParameterError : `params/pages.yml` cannot be read.
    """
    space = workspace.current()
    return Present(
        pages=catalogue.pages(),
        tables=provenance.table_hashes(tables.available()),
        params={
            file.relative_to(space.params).as_posix(): provenance.file_hash(file)
            for file in space.params.rglob("*.yml")
        },
        notebooks={file.name: provenance.file_hash(file) for file in space.home.glob("notebooks/*.ipynb")},
        code=provenance.code_hash(),
    )


def changes(made: Manifest, now: Present) -> tuple[str, ...]:
    """What has changed since a page was made, each in a few words; nothing if a run would make the same page again."""
    return tuple(_changes(made, now))


def _changes(made: Manifest, now: Present) -> Iterator[str]:
    if made.page not in now.pages:
        yield f"params/{catalogue.FILE}, where the page no longer is"
        return
    page = now.pages[made.page]
    wanted = {name: now.tables[name] for name in (*page.needs, *page.uses) if name in now.tables}
    before = made.hashes.tables
    yield from (f"the table {name}" for name in sorted(wanted | before) if wanted.get(name) != before.get(name))
    yield from (f"params/{name}" for name, given in sorted(made.hashes.params.items()) if now.params.get(name) != given)
    if now.notebooks.get(page.notebook) != made.hashes.notebook:
        yield f"notebooks/{page.notebook}"
    if now.code != made.hashes.code:
        yield "the library's code"
