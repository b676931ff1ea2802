"""The pages of the review."""

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape

from cxops.findings import Verdict
from cxops.publish.edition import Edition
from cxops.publish.executed import ExecutedPage
from cxops.publish.markup import facts, front_matter, heading, link, raw
from cxops.publish.outputs import Block
from cxops.publish.reference import term_anchor, terms_in
from cxops.publish.sources import SHOWN_DIGITS, finding_item, finding_list, is_denied, source_line, version

LEADING = 7
"""Findings at the head of a page, where it has no more signals than that."""


def review(page: ExecutedPage, edition: Edition) -> str:
    """One page of the review as Markdown: findings first, then figures, definitions and how it was made."""
    shown = edition.contents[page.href]
    first = [each for each in shown.findings if each.verdict is Verdict.SIGNAL or is_denied(each, page, edition)]
    found = [*first, *(each for each in shown.findings if each not in first)]
    items = [finding_item(finding, page, edition, page.href) for finding in found]
    parts = [
        front_matter(page.name, toc=True),
        raw(_opening(page, edition)),
        heading(2, "Findings", "findings"),
        *_findings(items, len(first)),
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


def _findings(items: list[str], first: int) -> Iterator[str]:
    """The findings that lead, never fewer than the `first`; the others folded beneath them.

    First stand the signals, and what all units together do not show while some unit does by itself.
    """
    shown = max(LEADING, first)
    yield raw(finding_list(items[:shown]) if items else "<p>This page states no findings.</p>")
    yield from folded("Further findings", [raw(finding_list(items[shown:]))], len(items) - shown)


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
        yield from folded("Details", [part for block in details for part in _block(block, page, edition)], len(details))


def folded(name: str, parts: Iterable[str], count: int) -> Iterator[str]:
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
    listed = f"<ul>{''.join(rows)}</ul>" if used else ""
    said = " ".join([*(each.headline for each in shown.findings), *(_words(each) for each in shown.blocks)])
    words = ", ".join(link(term, f"glossary.html#{term_anchor(term)}", page.href) for term in terms_in(said))
    return f"{listed}<p>Words used here: {words or link('glossary', 'glossary.html', page.href)}.</p>"


def _words(block: Block) -> str:
    """What a reader of a block reads: not its tags, and not their styles."""
    return unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", block.markdown, flags=re.DOTALL))


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
