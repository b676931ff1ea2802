"""Everything one publication says: the dataset, the definitions and the executed pages with their contents."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from cxops import findings, kpis, tables
from cxops.errors import PublishError
from cxops.publish.executed import ExecutedPage, State, by_reason, executed_pages, remedy
from cxops.publish.outputs import Contents, contents


@dataclass(frozen=True)
class Edition:
    """One publication.

    Parameters
    ----------
    dataset : what the tables are.
    kpis : definitions by id.
    pages : every executed page, newest quarter first.
    contents : of the pages that are published, by their place on the site.
    """

    dataset: tables.Dataset
    kpis: dict[str, kpis.KPI]
    pages: tuple[ExecutedPage, ...]
    contents: dict[str, Contents] = field(default_factory=dict)

    @property
    def published(self) -> tuple[ExecutedPage, ...]:
        return self.of(State.CURRENT)

    @property
    def is_synthetic(self) -> bool:
        return self.dataset.synthetic or any(page.manifest.dataset.get("synthetic") for page in self.published)

    @property
    def latest_quarter(self) -> str:
        """The newest quarter that has a page; `all` if the pages are not made by quarter."""
        dated = [page.manifest.quarter for page in self.published if page.manifest.quarter != tables.ALL]
        return max(dated, default=tables.ALL)

    @property
    def title(self) -> str:
        """What the data are called; that they are synthetic stands in the banner of every page."""
        return self.dataset.title.removesuffix(" (synthetic)") if self.is_synthetic else self.dataset.title

    @property
    def latest(self) -> tuple[ExecutedPage, ...]:
        """The published pages of the latest quarter."""
        return tuple(page for page in self.published if page.manifest.quarter == self.latest_quarter)

    @property
    def missing(self) -> tuple[ExecutedPage, ...]:
        """Pages of the latest quarter, or of a later one, that were run and are not published."""
        latest = self.latest_quarter
        quarters = {page.manifest.quarter for page in self.pages}
        wanted = {each for each in quarters if latest in (each, tables.ALL) or tables.ALL != each > latest}
        return tuple(page for page in self.pages if page.why and page.manifest.quarter in wanted)

    @property
    def alphas(self) -> list[float]:
        """For each page of the latest quarter that tests: the chance that it names something though nothing differs."""
        return [page.manifest.parameters["alpha"] for page in self.latest if "alpha" in page.manifest.parameters]

    def of(self, state: State) -> tuple[ExecutedPage, ...]:
        """The pages in a state."""
        return tuple(page for page in self.pages if page.state is state)

    def units_of(self, page: ExecutedPage) -> tuple[ExecutedPage, ...]:
        """The same page of the same quarter, unit by unit."""
        of = (page.manifest.page, page.manifest.quarter)
        same = (each for each in self.published if (each.manifest.page, each.manifest.quarter) == of)
        return tuple(each for each in same if each.manifest.unit != tables.ALL)

    def findings(self, quarter: str) -> list[tuple[findings.Finding, ExecutedPage]]:
        """Findings of a quarter's pages with the page each stands on: signals first, then by weight."""
        found = [
            (finding, page)
            for page in self.published
            if page.manifest.quarter == quarter
            for finding in self.contents[page.href].findings
        ]
        ranks = {finding: rank for rank, finding in enumerate(findings.Findings(finding for finding, _ in found))}
        return sorted(found, key=lambda pair: ranks[pair[0]])


def edition() -> Edition:
    """What there is to publish now.

    Raises
    ------
    PublishError : no page is whole, a page cannot be read, or a finding names a definition that does not exist.
    """
    pages = executed_pages()
    read = {page.href: contents(page.notebook) for page in pages if page.state is State.CURRENT}
    if not read:
        states = "; ".join(f"{len(each)} {each[0].state}: {why}" for why, each in by_reason(pages).items())
        raise PublishError(f"at least one page must be whole and up to date (`{remedy(pages)}`): {states}")
    made = Edition(tables.dataset(), kpis.catalogue(), pages, read)
    faults = list(_undefined(made))
    if faults:
        raise PublishError("; ".join(faults))
    return made


def _undefined(made: Edition) -> Iterator[str]:
    """A sentence for each definition that a finding or a figure names and `params/kpis.yml` does not hold."""
    for page in made.published:
        shown = made.contents[page.href]
        named = {each.kpi for each in shown.findings} | {kpi for block in shown.blocks for kpi in block.kpis}
        for kpi in sorted(named - made.kpis.keys()):
            near = difflib.get_close_matches(kpi, made.kpis, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"every number must follow a definition in params/kpis.yml: {page.name} names {kpi!r}{hint}"
