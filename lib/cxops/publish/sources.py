"""Where each figure, table and finding comes from, and how each page was made."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from cxops import tables
from cxops.findings import Finding, Verdict, sentence
from cxops.kpis import KPI
from cxops.publish.edition import Edition
from cxops.publish.executed import ExecutedPage, State
from cxops.publish.markup import facts, heading, link, raw
from cxops.theme.formats import number, percent

SILENT = {Verdict.NOISE, Verdict.UNKNOWN}
"""Verdicts that deny or leave open what another page may find."""
SHOWN_DIGITS = 8
"""Digits of a hash in running text; about-this-run has all of them."""


def source_line(page: ExecutedPage, kpis: Iterable[KPI], origin: str) -> str:
    """One short line of HTML that unfolds: definitions, run, tables with their hashes, each with where it is told."""
    made, named = page.manifest, list(kpis)
    short = [*(f"{escape(kpi.name)} v{version(kpi, page)}" for kpi in named), f"run {made.run_id[:SHOWN_DIGITS]}"]
    told = [link(kpi.name, f"glossary.html#kpi-{kpi.id}", origin) for kpi in named]
    told = told or ['<a href="#definitions">definitions of this page</a>']
    told.append(link(f"run {made.run_id}", page.run, origin))
    hashes = made.hashes.tables.items()
    told += [f"table {escape(name)} <code>{escape(given[:SHOWN_DIGITS])}</code>" for name, given in hashes]
    return (
        f'<details class="cx-source"><summary>Source: {", ".join(short)}</summary><p>{" · ".join(told)}</p></details>'
    )


def version(kpi: KPI, page: ExecutedPage) -> int:
    """The definition's version when the page was made."""
    return page.manifest.definitions[kpi.id]


def finding_item(finding: Finding, page: ExecutedPage, edition: Edition, origin: str, *, is_first: bool = False) -> str:
    """One finding as an HTML list item: headline, verdict as text, interval, comparison, units and source.

    Parameters
    ----------
    finding, page : the finding and the page it stands on.
    edition : the publication.
    origin : page within the site on which the item stands.
    is_first : whether its lead stands as the headline, and the headline beneath.
    """
    where = f'<p class="cx-where">{link(page.name, page.href, origin)}</p>' if origin != page.href else ""
    said, beneath = (finding.lead, finding.headline) if is_first else (finding.headline, "")
    told = "; ".join(filter(None, [_interval(finding), _comparison(finding)]))
    lines = [*(escape(line) for line in (beneath, told) if line), *standing(finding, page, edition, origin)]
    details = "".join(f'<p class="cx-details">{line}</p>' for line in lines)
    return (
        f'<li class="cx-finding cx-{finding.verdict.name.lower()}">{where}'
        f'<p class="cx-headline">{sentence(said)} '
        f'<span class="cx-verdict">{escape(finding.verdict)}</span></p>{details}'
        f"{source_line(page, [edition.kpis[finding.kpi]], origin)}</li>"
    )


def standing(finding: Finding, page: ExecutedPage, edition: Edition, origin: str) -> Iterator[str]:
    """Of what is said of all units together: that it is, and which units' own pages find it, as one line of HTML.

    A unit that is not named may have it or not: its page tells the first of many things it tested, not each.
    Nothing is to be added where the subject names its unit.
    """
    if page.manifest.unit != tables.ALL or finding.verdict not in {Verdict.SIGNAL, *SILENT}:
        return
    units, alone = edition.units_of(page), by_itself(finding, page, edition)
    is_of_one = any(finding.subject.endswith(f", {at.unit}") for at in units)
    if alone and not (is_of_one and finding.verdict is Verdict.SIGNAL):
        named = _and([_unit(finding, other, at, origin) for at, other in alone])
        yield f"This is about all units put together; by itself in {named}: see there."
    elif units and not is_of_one and finding.verdict is not Verdict.UNKNOWN:
        yield "This is about all units put together."


def by_itself(finding: Finding, page: ExecutedPage, edition: Edition) -> list[tuple[ExecutedPage, Finding]]:
    """The units whose own page has a signal of what a page of all units says, and of what that page does not find.

    A signal is the same if its subject is. What was not found is contradicted by any signal of its key, and where a
    page has several findings of that key, by those of its subject.
    """
    of_key = [each for each in edition.contents[page.href].findings if each.key == finding.key]
    is_any = finding.verdict in SILENT and len(of_key) == 1
    found: dict[str, tuple[ExecutedPage, Finding]] = {}
    for at in edition.units_of(page):
        for each in edition.contents[at.href].findings.signals:
            is_same = bool(each.subject) and each.subject == finding.subject
            if each.key == finding.key and (is_any or is_same):
                found.setdefault(at.href, (at, each))
    return list(found.values())


def is_denied(finding: Finding, page: ExecutedPage, edition: Edition) -> bool:
    """Whether a page of all units does not find what some unit's own page does."""
    is_all = page.manifest.unit == tables.ALL
    return is_all and finding.verdict in SILENT and bool(by_itself(finding, page, edition))


def _unit(finding: Finding, other: Finding, at: ExecutedPage, origin: str) -> str:
    """A link to a unit's page, and what it is about there if that is something else."""
    about = f" ({escape(other.subject)})" if other.subject not in ("", finding.subject) else ""
    return f"{link(at.unit, at.href, origin)}{about}"


def _and(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def finding_list(items: Iterable[str]) -> str:
    """Finding items as an HTML list."""
    return f'<ul class="cx-findings">{"".join(items)}</ul>'


def _comparison(finding: Finding) -> str:
    """What it is held against, unless the headline tells it or nothing is compared."""
    told = finding.comparison.lower() in finding.headline.lower() or finding.verdict is Verdict.COUNT
    return "" if told else f"against {finding.comparison}"


def _interval(finding: Finding) -> str:
    """The interval in words, unless the headline tells it."""
    told = "interval" in finding.headline or finding.verdict is Verdict.COUNT
    if told or finding.low is None or finding.high is None:
        return ""
    if finding.unit == "share":
        return f"interval {percent(finding.low)} to {percent(finding.high)}"
    low, high = (
        number(end) if abs(end) >= 99.95 else f"{end:.3g}".replace("-", "−") for end in (finding.low, finding.high)
    )
    return f"interval {low} to {high} {finding.unit}"


def run_sections(edition: Edition, origin: str) -> str:
    """For each executed page: its run, parameters, hashes, versions and times."""
    return "\n".join(
        heading(2, page.name, f"run-{page.manifest.run_id}")
        + raw(facts(f"How {page.name} was made", _run(page, origin)))
        for page in edition.pages
    )


def _run(page: ExecutedPage, origin: str) -> dict[str, str]:
    made = page.manifest
    published = page.state is State.CURRENT
    return {
        "Page": link(page.name, page.href, origin) if published else escape(page.name),
        "State": f"{page.state}: {escape(page.why)}" if page.why else page.state,
        "Run": f"<code>{escape(made.run_id)}</code>",
        "Data": escape(" ".join(filter(None, [f"{made.dataset['title']}.", made.dataset["description"]]))),
        "Parameters": _pairs(made.parameters),
        "Rows": _pairs({name: f"{count:,}" for name, count in made.rows.items()}),
        "Tables": _hashes(made.hashes.tables),
        "Notebook and code": _hashes({"notebook": made.hashes.notebook, "code": made.hashes.code}),
        "Parameter files": _hashes(made.hashes.params),
        "Definitions": _pairs({name: f"v{version}" for name, version in made.definitions.items()}),
        "Versions": _pairs(made.versions),
        "Started (UTC)": escape(made.started_at),
        "Took": f"{made.seconds:,.1f} seconds",
    }


def _pairs(values: Mapping[str, Any]) -> str:
    return escape(", ".join(f"{name} {value}" for name, value in values.items())) or "none"


def _hashes(values: Mapping[str, str]) -> str:
    """Whole SHA-256 hashes, one a line."""
    return "<br>".join(f"{escape(name)} <code>{escape(value)}</code>" for name, value in values.items()) or "none"
