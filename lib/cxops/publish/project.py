"""The Quarto project: the sources in `site/` with their markers filled, and one page for each executed page."""

import re
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path

import yaml

from cxops import params
from cxops.errors import PublishError
from cxops.publish.edition import Edition
from cxops.publish.home import not_published, organisation, review_table, top_findings
from cxops.publish.markup import link, raw
from cxops.publish.problems import file_table, reason_table
from cxops.publish.reference import dictionary_sections, kpi_sections, term_sections
from cxops.publish.reviews import review
from cxops.publish.sources import run_sections

MARKER = re.compile(r"<!-- cxops: ([a-z-]+) -->")
SECTIONS: dict[str, Callable[[Edition, str], str]] = {
    "organisation": organisation,
    "top-findings": top_findings,
    "reviews": review_table,
    "not-published": not_published,
    "kpis": kpi_sections,
    "terms": term_sections,
    "data-dictionary": dictionary_sections,
    "files": file_table,
    "problems": reason_table,
    "runs": run_sections,
}
"""What `<!-- cxops: name -->` in a page of `site/` is replaced with; `pages` lists the pages of its folder."""


def write_project(edition: Edition, sources: Path, target: Path) -> None:
    """Writes the whole project into `target`, which is emptied first.

    Raises
    ------
    PublishError : a page of `site/` has a marker that nothing fills, or `_quarto.yml` is not a website.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(sources, target, ignore=shutil.ignore_patterns("_site*", ".*"))
    for file in sorted(target.rglob("*.qmd")):
        place = file.relative_to(target).with_suffix(".html").as_posix()
        file.write_text(_filled(file, place, edition), "utf-8")
    for page in edition.published:
        file = (target / page.href).with_suffix(".qmd")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(review(page, edition), "utf-8")
    _write_settings(edition, target / "_quarto.yml")


def _filled(file: Path, place: str, edition: Edition) -> str:
    def section(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "pages":
            return _folder(file, place)
        if name not in SECTIONS:
            raise PublishError(f"a marker must be one of {', '.join(SECTIONS)}, pages: got {name!r} ({file.name})")
        return SECTIONS[name](edition, place)

    return MARKER.sub(section, file.read_text("utf-8"))


def _folder(file: Path, place: str) -> str:
    """A list of the other pages in a page's folder, by title, each with its description."""
    others = sorted(other for other in file.parent.glob("*.qmd") if other != file)
    if not others:
        return "There is none yet.\n"
    items = []
    for other in others:
        options = _options(other)
        target = f"{file.parent.name}/{other.with_suffix('.html').name}"
        about = f": {escape(str(options['description']))}" if options.get("description") else ""
        items.append(f"<li>{link(str(options.get('title', other.stem)), target, place)}{about}</li>")
    return raw(f"<ul>{''.join(items)}</ul>")


def _options(file: Path) -> dict[str, object]:
    found = re.match(r"---\n(.*?)\n---\n", file.read_text("utf-8"), re.DOTALL)
    try:
        options = yaml.safe_load(found.group(1)) if found else None
    except yaml.YAMLError as error:
        raise PublishError(f"a page's options must be YAML: {' '.join(str(error).split())} ({file.name})") from None
    return options if isinstance(options, dict) else {}


def _write_settings(edition: Edition, file: Path) -> None:
    """Adds the banner of synthetic data to the site's settings."""
    settings = params.load(file)
    if not isinstance(settings.get("format", {}).get("html"), dict):
        raise PublishError(f"the site's settings must describe a website in html: they do not ({file.name})")
    if edition.is_synthetic:
        before = settings["format"]["html"].setdefault("include-before-body", [])
        before.append({"text": _banner(edition.title)})
    file.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")


def _banner(title: str) -> str:
    return (
        '<aside class="cx-synthetic" aria-label="About the data"><strong>Synthetic demo data.</strong> '
        f"{escape(title)}: every number on this site was generated.</aside>\n"
    )
