"""Executed pages as the runs left them: manifest, state and place on the site."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cxops import runs, tables, workspace
from cxops.errors import PublishError


class State(StrEnum):
    """What becomes of an executed page; the value is the text shown."""

    CURRENT = "published"
    STALE = "out of date"
    FAILED = "failed"


@dataclass(frozen=True)
class ExecutedPage:
    """One page of the review for one unit and quarter.

    Parameters
    ----------
    manifest : what is known about its newest attempt.
    changed : what it was made from that has changed since, each in a few words.
    """

    manifest: runs.Manifest
    changed: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        if self.manifest.status == "failed":
            return State.FAILED
        return State.STALE if self.changed else State.CURRENT

    @property
    def why(self) -> str:
        """Why it is not published; empty if it is. An error's message may quote data, so only its kind is told."""
        if self.state is State.STALE:
            *others, last = self.changed
            return f"{', '.join(others)} and {last} have changed since" if others else f"{last} has changed since"
        if self.state is State.CURRENT:
            return ""
        kind = re.match(r"[A-Za-z_][\w.]*(?=:|$)", self.manifest.error or "")
        where = f"cell {self.manifest.failed_cell}" if self.manifest.failed_cell else "outside its cells"
        return f"{where}: {kind.group() if kind else 'error'}"

    @property
    def unit(self) -> str:
        return "All units" if self.manifest.unit == tables.ALL else self.manifest.unit

    @property
    def quarter(self) -> str:
        return "All quarters" if self.manifest.quarter == tables.ALL else self.manifest.quarter

    @property
    def name(self) -> str:
        return f"{self.manifest.title}: {self.unit}, {self.quarter}"

    @property
    def notebook(self) -> Path:
        made = self.manifest
        return runs.page_file(workspace.current(), made.page, made.unit, made.quarter)

    @property
    def href(self) -> str:
        """The page's place on the site."""
        made = self.manifest
        return f"reviews/{made.quarter}/{runs.slug(made.unit)}/{made.page}.html"

    @property
    def run(self) -> str:
        """Where the site tells how the page was made."""
        return f"about-this-run.html#run-{self.manifest.run_id}"


def executed_pages() -> tuple[ExecutedPage, ...]:
    """Every page that has a manifest, newest quarter first, then all units, then each; pages as in `pages.yml`.

    Raises
    ------
    PublishError : there is none.
    RunError : a manifest cannot be read.
    """
    manifests = runs.manifests()
    if not manifests:
        where = workspace.current().runs
        raise PublishError(f"at least one page must have been run (`cxops run`): found no manifest in {where}")
    now = runs.present()
    pages = [ExecutedPage(made, runs.changes(made, now)) for made in manifests]
    place = {name: at for at, name in enumerate(now.pages)}
    pages.sort(
        key=lambda page: (page.manifest.unit != tables.ALL, page.manifest.unit, place.get(page.manifest.page, -1))
    )
    dated = [page for page in pages if page.manifest.quarter != tables.ALL]
    dated.sort(key=lambda page: page.manifest.quarter, reverse=True)
    return (*dated, *(page for page in pages if page.manifest.quarter == tables.ALL))


def by_reason(pages: tuple[ExecutedPage, ...]) -> dict[str, tuple[ExecutedPage, ...]]:
    """The pages by why they are not published, in their order; those that are published are left out."""
    reasons = dict.fromkeys(page.why for page in pages if page.why)
    return {why: tuple(page for page in pages if page.why == why) for why in reasons}


def remedy(pages: tuple[ExecutedPage, ...]) -> str:
    """The command that makes these pages anew."""
    asked = {page.manifest.quarter for page in pages}
    usual = {tables.quarters()[-1], tables.ALL}
    return " ".join(["cxops run", *(f"--quarter {each}" for each in sorted(asked) if not asked <= usual)])
