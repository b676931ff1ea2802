"""The pages of the review, and the home page's overview of them."""

from collections.abc import Iterable, Iterator
from html import escape
from math import fsum

from cxops import tables
from cxops.findings import Finding, Verdict
from cxops.publish.edition import Edition
from cxops.publish.executed import ExecutedPage, State, by_reason, remedy
from cxops.publish.markup import facts, front_matter, heading, link, raw, table
from cxops.publish.outputs import Block
from cxops.publish.sources import SHOWN_DIGITS, finding_item, finding_list, source_line, version

TOP = 8
"""Signals on the home page."""
LEADING = 7
"""Findings at the head of a page, where it has no more signals than that."""

Found = tuple[Finding, ExecutedPage]


def review(page: ExecutedPage, edition: Edition) -> str:
    """One page of the review as Markdown: findings first, then figures, definitions and how it was made."""
    shown = edition.contents[page.href]
    items = [finding_item(finding, page, edition, page.href) for finding in shown.findings]
    parts = [
        front_matter(page.name, toc=True),
        raw(_opening(page, edition)),
        heading(2, "Findings", "findings"),
        *_findings(items, len(shown.findings.signals)),
        heading(2, "Figures and tables", "figures"),
        *_sections(shown.blocks, page, edition),
        heading(2, "Definitions", "definitions"),
        raw(_definitions(page, edition)),
        heading(2, "How this page was made", "made"),
        raw(_made(page, shown.code)),
    ]
    return "\n".join(parts)


def _opening(page: ExecutedPage, edition: Edition) -> str:
    return f'<p class="cx-question">{escape(page.manifest.question)}</p>{_neighbours(page, edition)}'


def _findings(items: list[str], signals: int) -> Iterator[str]:
    """The findings that lead, and never fewer than the signals; the others folded beneath them."""
    shown = max(LEADING, signals)
    yield raw(finding_list(items[:shown]) if items else "<p>This page states no findings.</p>")
    yield from _folded("Further findings", [raw(finding_list(items[shown:]))], len(items) - shown)


def _sections(blocks: Iterable[Block], page: ExecutedPage, edition: Edition) -> Iterator[str]:
    """Section by section what is shown, and then what is folded."""
    sections: list[list[Block]] = [[]]
    for block in blocks:
        if block.is_heading:
            sections.append([])
        sections[-1].append(block)
    for section in sections:
        yield from (part for block in section if not block.is_detail for part in _block(block, page, edition))
        details = [block for block in section if block.is_detail]
        yield from _folded(
            "Details", [part for block in details for part in _block(block, page, edition)], len(details)
        )


def _folded(name: str, parts: Iterable[str], count: int) -> Iterator[str]:
    """Parts behind one line that unfolds; on paper they are open."""
    if count > 0:
        yield raw(f'<details class="cx-more"><summary>{name}: {count}</summary>')
        yield from parts
        yield raw("</details>")


def _block(block: Block, page: ExecutedPage, edition: Edition) -> Iterator[str]:
    yield block.markdown
    if block.sourced:
        own = [edition.kpis[kpi] for kpi in block.kpis]
        yield raw(source_line(page, own, page.href))


def _definitions(page: ExecutedPage, edition: Edition) -> str:
    shown = edition.contents[page.href]
    used = dict.fromkeys([*(each.kpi for each in shown.findings), *(kpi for each in shown.blocks for kpi in each.kpis)])
    rows = (
        f"<li>{link(kpi.name, f'glossary.html#kpi-{kpi.id}', page.href)} (version {version(kpi, page)}): "
        f"{escape(kpi.meaning)}</li>"
        for kpi in (edition.kpis[each] for each in used)
    )
    return f"<ul>{''.join(rows)}</ul>" if used else f"<p>See the {link('glossary', 'glossary.html', page.href)}.</p>"


def _made(page: ExecutedPage, code: Iterable[str]) -> str:
    made = page.manifest
    about = {
        "Data": escape(str(made.dataset.get("title", ""))),
        "Run": link(made.run_id, page.run, page.href),
        "Parameters": ", ".join(escape(f"{name} {value}") for name, value in made.parameters.items()),
        "Tables": ", ".join(
            f"{escape(name)} <code>{escape(given[:SHOWN_DIGITS])}</code> ({made.rows[name]:,} rows)"
            if name in made.rows
            else f"{escape(name)} <code>{escape(given[:SHOWN_DIGITS])}</code>"
            for name, given in made.hashes.tables.items()
        ),
        "Made (UTC)": escape(made.started_at),
    }
    cells = "".join(f"<pre><code>{escape(cell)}</code></pre>" for cell in code)
    return f"{facts('Data, run and parameters', about)}<details><summary>Code of this page</summary>{cells}</details>"


def _neighbours(page: ExecutedPage, edition: Edition) -> str:
    """Links to the quarters before and after, to the other units, and to the other pages of the same unit."""
    here = page.manifest
    same_unit = [p for p in edition.published if (p.manifest.page, p.manifest.unit) == (here.page, here.unit)]
    same_quarter = [p for p in edition.published if (p.manifest.page, p.manifest.quarter) == (here.page, here.quarter)]
    others = [p for p in edition.published if (p.manifest.unit, p.manifest.quarter) == (here.unit, here.quarter)]
    rows = [
        ("Quarters", [(p.quarter, p) for p in reversed(same_unit)]),
        ("Units", [(p.unit, p) for p in same_quarter]),
        ("Pages", [(p.manifest.title, p) for p in others]),
    ]
    lists = "".join(_choices(name, choices, page) for name, choices in rows if len(choices) > 1)
    return f'<nav class="cx-neighbours" aria-label="Other reviews">{lists}</nav>' if lists else ""


def _choices(name: str, choices: list[tuple[str, ExecutedPage]], page: ExecutedPage) -> str:
    items = "".join(
        f'<li aria-current="page">{escape(text)}</li>'
        if each is page
        else f"<li>{link(text, each.href, page.href)}</li>"
        for text, each in choices
    )
    label = f"cx-{name.lower()}"
    return f'<div class="cx-choices"><span id="{label}">{name}</span><ul aria-labelledby="{label}">{items}</ul></div>'


def organisation(edition: Edition, origin: str) -> str:
    """What the data are and which quarter is the latest."""
    latest = edition.latest_quarter
    when = "all quarters together" if latest == tables.ALL else f"the latest quarter is {latest}"
    about = "" if edition.is_synthetic else escape(edition.dataset.description)
    return raw(f'<p class="cx-question"><strong>{escape(edition.title)}</strong>: {when}. {about}</p>')


def top_findings(edition: Edition, origin: str) -> str:
    """What stands out in the latest quarter, unit by unit, and what was counted over all units."""
    found = edition.findings(edition.latest_quarter)
    signals, repeated = _distinct([pair for pair in found if pair[0].verdict is Verdict.SIGNAL])
    counted = [pair for pair in found if pair[0].verdict is Verdict.COUNT and pair[1].manifest.unit == tables.ALL]
    more = len(signals) - TOP
    parts = [
        _found(signals[:TOP], edition, origin, f"Nothing stands out on {_pages(len(edition.latest))}."),
        *(raw(f'<p class="cx-details">{escape(each)}</p>') for each in _beside(edition, more, len(repeated))),
        heading(3, "Counted over all units", "counted") + _found(counted, edition, origin, "") if counted else "",
    ]
    return "\n".join(filter(None, parts))


def _beside(edition: Edition, more: int, repeated: int) -> Iterator[str]:
    """What a reader of the signals must know: what is not among them, and how often chance alone names something."""
    if more > 0:
        yield f"{more} more {'stands' if more == 1 else 'stand'} on the pages below."
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


def _found(pairs: list[Found], edition: Edition, origin: str, nothing: str) -> str:
    items = [finding_item(finding, page, edition, origin) for finding, page in pairs]
    return raw(finding_list(items) if items else f"<p>{nothing}</p>")


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
