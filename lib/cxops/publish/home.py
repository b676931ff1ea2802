"""The home page: what to do first, what stands out, and where each page is."""

from collections.abc import Iterable, Iterator
from html import escape
from math import fsum

from cxops import tables
from cxops.findings import Finding, Verdict
from cxops.publish.edition import Edition
from cxops.publish.executed import ExecutedPage, State, by_reason, remedy
from cxops.publish.markup import heading, link, raw, table
from cxops.publish.reviews import folded
from cxops.publish.sources import finding_item, finding_list

TOP = 8
"""Signals that are seen at once, besides the first."""

Found = tuple[Finding, ExecutedPage]


def organisation(edition: Edition, origin: str) -> str:
    """What the data are and which quarter is the latest."""
    latest = edition.latest_quarter
    when = "all quarters together" if latest == tables.ALL else f"the latest quarter is {latest}"
    about = "" if edition.is_synthetic else escape(edition.dataset.description)
    return raw(f'<p class="cx-question"><strong>{escape(edition.title)}</strong>: {when}. {about}</p>')


def top_findings(edition: Edition, origin: str) -> str:
    """What to do first, what stands out in the latest quarter, and folded beneath it, page by page, all else."""
    found = edition.findings(edition.latest_quarter)
    signals, repeated = _distinct([pair for pair in found if pair[0].verdict is Verdict.SIGNAL])
    first = next((pair for pair in signals if pair[0].lead), None)
    others = [pair for pair in signals if pair is not first and not _says(first, pair)]
    told = len(signals) - len(others) - bool(first)
    counted = [pair for pair in found if pair[0].verdict is Verdict.COUNT and pair[1].manifest.unit == tables.ALL]
    nothing = f"Nothing {'else ' if first else ''}stands out on {_pages(len(edition.latest))}."
    parts = [
        *([heading(2, "What to do first", "first"), _first(first, edition, origin)] if first else []),
        heading(2, "What stands out", "findings"),
        "What is more than noise in the latest quarter, that with the most hours at stake first.\n",
        _found(others[:TOP], edition, origin) if others else raw(f"<p>{nothing}</p>"),
        *_rest("More that stands out", others[TOP:], edition, origin),
        *(raw(f'<p class="cx-details">{escape(each)}</p>') for each in _beside(edition, len(repeated), told)),
        *([heading(3, "Counted over all units", "counted")] if counted else []),
        *_rest("", counted, edition, origin),
    ]
    return "\n".join(parts)


def _first(pair: Found, edition: Edition, origin: str) -> str:
    return raw(finding_list([finding_item(*pair, edition, origin, is_first=True)]))


def _rest(what: str, pairs: list[Found], edition: Edition, origin: str) -> Iterator[str]:
    """Findings behind one line for each page of the review, which unfolds; on paper they are open."""
    for title in dict.fromkeys(page.manifest.title for _, page in pairs):
        of_page = [pair for pair in pairs if pair[1].manifest.title == title]
        name = f"{what}: {title}" if what else title
        yield from folded(name, [_found(of_page, edition, origin)], len(of_page))


def _says(first: Found | None, pair: Found) -> bool:
    """Whether the first card's lead says it already: it is about the same, on the same page."""
    if first is None or not first[0].subject:
        return False
    return (pair[0].subject, pair[1].href) == (first[0].subject, first[1].href)


def _beside(edition: Edition, repeated: int, told: int) -> Iterator[str]:
    """What a reader of the signals must know: what is not among them, and how often chance alone names something."""
    if told:
        yield f"Left out, since it is about what to do first: {told} more of the same page."
    if repeated:
        yield f"Left out, since a single unit shows the same: {repeated} of all units together; see their page."
    if edition.missing:
        yield (
            f"Not looked at: {_pages(len(edition.missing))} of {len(edition.latest) + len(edition.missing)}, "
            f"failed or out of date; see “Not published” below."
        )
    if edition.alphas:
        each = " or ".join(f"{100 * alpha:.3g} %" for alpha in sorted(set(edition.alphas)))
        several = f"at least one of the {_pages(len(edition.alphas))}" if len(edition.alphas) > 1 else "the one page"
        yield (
            f"If nothing differed at all, chance alone would still put a false signal on {several} tested for this "
            f"quarter with a probability of at most {100 * min(1.0, fsum(edition.alphas)):.3g} % ({each} a page)."
        )


def _pages(count: int) -> str:
    return f"{count} {'page' if count == 1 else 'pages'}"


def _distinct(signals: list[Found]) -> tuple[list[Found], list[Found]]:
    """The signals, and apart from them those of all units together that a single unit's says too."""
    of_units = {(finding.key, finding.subject) for finding, page in signals if page.manifest.unit != tables.ALL}
    repeated = [
        (finding, page)
        for finding, page in signals
        if page.manifest.unit == tables.ALL and finding.subject and (finding.key, finding.subject) in of_units
    ]
    return [pair for pair in signals if pair not in repeated], repeated


def _found(pairs: Iterable[Found], edition: Edition, origin: str) -> str:
    return raw(finding_list(finding_item(finding, page, edition, origin) for finding, page in pairs))


def review_table(edition: Edition, origin: str) -> str:
    """Quarters by units: a link to each published page, and the state of each that is not."""
    units = list(dict.fromkeys(sorted((p.manifest.unit != tables.ALL, p.unit) for p in edition.pages)))
    quarters = dict.fromkeys(page.quarter for page in edition.pages)
    rows = (
        [
            escape(quarter),
            *(
                _cell([p for p in edition.pages if (p.quarter, p.unit) == (quarter, unit)], edition, origin)
                for _, unit in units
            ),
        ]
        for quarter in quarters
    )
    return raw(table("Signals by quarter and unit", ["Quarter", *(unit for _, unit in units)], rows))


def _signals(page: ExecutedPage, edition: Edition) -> str:
    """How many findings of the page are more than noise, in words."""
    count = len(edition.contents[page.href].findings.signals)
    return f"{count} {'signal' if count == 1 else 'signals'}" if count else "nothing stands out"


def _cell(pages: list[ExecutedPage], edition: Edition, origin: str) -> str:
    shown = (
        f'{link(page.manifest.title, page.href, origin)}<br><span class="cx-details">{_signals(page, edition)}</span>'
        if page.state is State.CURRENT
        else f'{escape(page.manifest.title)} <span class="cx-verdict">{page.state}</span>'
        for page in pages
    )
    return "<br>".join(shown) or "–"


def not_published(edition: Edition, origin: str) -> str:
    """Pages that failed or are out of date, by reason; nothing of them is shown but this."""
    rows = [
        [
            f"{pages[0].state}: {escape(why)}",
            f"{_pages(len(pages))}: {'; '.join(link(page.name, page.run, origin) for page in pages)}",
        ]
        for why, pages in by_reason(edition.pages).items()
    ]
    if not rows:
        return "Every page that was run is published.\n"
    command = remedy((*edition.of(State.FAILED), *edition.of(State.STALE)))
    todo = f"<p>To make them anew: <code>{escape(command)}</code>, then <code>cxops publish</code>.</p>"
    return raw(table("By reason", ["Why", "Pages"], rows) + todo)
