"""One publication, from executed pages to the site that readers open."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cxops import workspace
from cxops.errors import PublishError, WorkbookError
from cxops.publish import swap
from cxops.publish.checks import find_faults
from cxops.publish.edition import Edition, edition
from cxops.publish.executed import by_reason, remedy
from cxops.publish.project import write_project
from cxops.publish.rendering import Renderer, render, renderer
from cxops.workspace import Workspace

IDENTITY = "edition.json"
"""The site's own note of what it was made from."""
MOST_FAULTS = 10
"""Faults that an error names before it only counts them."""


@dataclass(frozen=True)
class Report:
    """What was published.

    Parameters
    ----------
    site : folder of the site; open its `index.html`.
    renderer : what made the HTML, in one line.
    published : names of the pages on the site.
    not_published : for each reason, names of the pages that are not.
    remedy : the command that makes those anew.
    files, size_bytes : of the whole site.
    largest : the largest page with its size in bytes.
    seconds : time it took.
    """

    site: Path
    renderer: str
    published: tuple[str, ...]
    not_published: dict[str, tuple[str, ...]]
    remedy: str
    files: int
    size_bytes: int
    largest: tuple[str, int]
    seconds: float

    def __str__(self) -> str:
        pages = "1 review page" if len(self.published) == 1 else f"{len(self.published)} review pages"
        lines = [
            f"Published {pages} in {self.seconds:.1f} s to {self.site / 'index.html'}",
            f"Rendered with {self.renderer}",
            f"{self.files} files, {self.size_bytes / 1e6:.1f} MB; "
            f"the largest page is {self.largest[0]} ({self.largest[1] / 1e3:.0f} kB)",
            *(f"Not published, {why}: {_names(pages)}" for why, pages in self.not_published.items()),
        ]
        lines += [f"To make them anew: {self.remedy}, then cxops publish"] if self.not_published else []
        return "\n".join(lines)


def _names(names: tuple[str, ...]) -> str:
    """The name of one page; of several, how many they are."""
    return names[0] if len(names) == 1 else f"{len(names)} pages"


def publish(*, progress: Callable[[str], None] | None = None) -> Report:
    """Makes the site of the current workspace anew; the old one stands until the new one is whole and checked.

    Parameters
    ----------
    progress : told in a few words what begins, for people who wait.

    Raises
    ------
    PublishError : a page or manifest is broken, rendering failed, a link leads nowhere, an outside address is named,
        the disk is full, or another publication is under way. The old site is untouched.
    """
    space = workspace.current()
    began = time.monotonic()
    try:
        with swap.locked(space.build / ".publish.lock") as lock, swap.locked(swap.lock_file(space.site)):
            swap.recover(space.site)
            made, by = _published(space, progress or (lambda _: None), lock)
    except OSError as error:
        raise PublishError(f"the new site must fit on the disk, the old one stands: {error}") from None
    except WorkbookError as error:
        raise error if isinstance(error, PublishError) else PublishError(str(error)) from error
    return _report(space.site, made, str(by), time.monotonic() - began)


def _published(space: Workspace, tell: Callable[[str], None], lock: int) -> tuple[Edition, Renderer]:
    """The edition that now stands on the site, and what rendered it."""
    tell("reading the executed pages")
    made, by, project = edition(), renderer(), space.build / "site-project"
    check_replaceable(made.is_synthetic)
    tell(f"rendering with {by}")
    write_project(made, space.home / "site", project)
    built = render(project, by, holding=(lock,))
    tell("checking links and addresses")
    faults = find_faults(built)
    if faults:
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise PublishError(f"the new site must be whole, the old one stands: {'; '.join(faults[:MOST_FAULTS])}{more}")
    tell("putting the new site in place")
    identity = {"title": made.dataset.title, "synthetic": made.is_synthetic}
    (built / IDENTITY).write_text(json.dumps(identity, ensure_ascii=False), "utf-8")
    swap.replace(space.site, built)
    return made, by


def check_replaceable(synthetic: bool) -> None:
    """Raises PublishError if the site shows real data and would give way to synthetic data."""
    space = workspace.current()
    note = space.site / IDENTITY
    there = json.loads(note.read_text("utf-8")) if note.exists() else {"synthetic": True}
    if synthetic and not there["synthetic"]:
        raise PublishError(
            f"a site of real data must not give way to synthetic data: {space.site} shows {there['title']!r}; "
            f"to publish beside it: CXOPS_SITE={space.build / 'site'} cxops publish"
        )


def _report(site: Path, made: Edition, by: str, seconds: float) -> Report:
    sizes = {file.relative_to(site).as_posix(): file.stat().st_size for file in site.rglob("*") if file.is_file()}
    pages = {place: size for place, size in sizes.items() if place.endswith(".html")}
    return Report(
        site=site,
        renderer=by,
        published=tuple(page.name for page in made.published),
        not_published={
            f"{pages[0].state}, {why}": tuple(page.name for page in pages)
            for why, pages in by_reason(made.pages).items()
        },
        remedy=remedy(tuple(page for page in made.pages if page.why)),
        files=len(sizes),
        size_bytes=sum(sizes.values()),
        largest=max(pages.items(), key=lambda item: item[1]),
        seconds=seconds,
    )
