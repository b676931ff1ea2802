"""Glossary and data dictionary: what each figure, word and column means."""

import re
from html import escape

import pandera.pandas as pa

from cxops import params, tables, workspace
from cxops.errors import PublishError
from cxops.kpis import KPI
from cxops.publish.edition import Edition
from cxops.publish.markup import facts, heading, plain, raw, table
from cxops.theme.formats import currency

_WORDS = [
    (r"^(str|string|object)", "text"),
    (r"^(u?int|Int)", "whole number"),
    (r"^(float|Float)", "number"),
    (r"^bool", "yes or no"),
    (r"^datetime", "moment, UTC"),
]


def kpi_sections(edition: Edition, origin: str) -> str:
    """Each KPI definition under its own anchor, `kpi-<id>`."""
    return "\n".join(
        heading(3, kpi.name, f"kpi-{kpi.id}")
        + plain(kpi.meaning)
        + "\n\n"
        + raw(facts(f"Definition of {kpi.name}", _kpi(kpi)))
        for kpi in edition.kpis.values()
    )


def _kpi(kpi: KPI) -> dict[str, str]:
    rows = {
        "Numerator": kpi.numerator,
        "Denominator": kpi.denominator or "none; it is not a ratio",
        "Unit": currency() if kpi.unit == "money" else kpi.unit,
        "Direction": kpi.direction,
        "Owners": f"{kpi.owner_cx} (customer experience), {kpi.owner_operations} (operations)",
        "Source": kpi.source,
        "Version": f"{kpi.version}, in effect from {kpi.effective_on:%Y-%m-%d}",
    }
    return {name: escape(value) for name, value in rows.items()}


def term_sections(edition: Edition, origin: str) -> str:
    """The terms of `site/terms.yml`, sorted, each under its own anchor, `term-<term>`; raises as `terms` does."""
    return "\n".join(
        heading(3, term, term_anchor(term)) + plain(meaning) + "\n"
        for term, meaning in sorted(terms().items(), key=lambda item: item[0].lower())
    )


def term_anchor(term: str) -> str:
    """Where a term stands on the glossary page.

    >>> term_anchor("Complete and accurate (C&A)")
    'term-complete-and-accurate-c-a'
    """
    return f"term-{re.sub('[^a-z0-9]+', '-', term.lower()).strip('-')}"


def terms_in(text: str) -> list[str]:
    """The glossary's terms that a text uses, in their order; `Name (N)` is used where either stands."""
    found = []
    for term in sorted(terms(), key=str.lower):
        names = [name for name in re.split(r"\s*[()]", term) if name]
        if any(re.search(rf"(?<!\w){re.escape(name)}s?(?!\w)", text, _case(name)) for name in names):
            found.append(term)
    return found


def _case(name: str) -> re.RegexFlag:
    """An abbreviation is only meant in capitals."""
    return re.NOFLAG if name.isupper() else re.IGNORECASE


def terms() -> dict[str, str]:
    """The glossary's terms that are no KPIs, with their sentences.

    Raises
    ------
    ParameterError : `site/terms.yml` is not YAML.
    PublishError : it does not map terms to sentences.
    """
    file = workspace.current().home / "site" / "terms.yml"
    held = params.load(file)
    if not all(isinstance(each, str) for item in held.items() for each in item):
        raise PublishError(f"terms must be `term: sentence` lines: they are not ({file})")
    return held


def dictionary_sections(edition: Edition, origin: str) -> str:
    """One section a table, made from its contract, under the anchor `table-<name>`."""
    return "\n".join(_dictionary(contract) for contract in tables.CONTRACTS.values())


def _dictionary(contract: pa.DataFrameSchema) -> str:
    name = contract.name
    rows = (
        [f"<code>{escape(column)}</code>", *_column(spec, column in tables.key(name))]
        for column, spec in contract.columns.items()
    )
    present = tables.path(name).exists()
    here = f"SHA-256 of its file: {tables.table_hash(name)[:16]}…" if present else "Not in this publication."
    rules = "".join(f"- {plain(str(check.error))}\n" for check in contract.checks)
    return (
        heading(2, name, f"table-{name}")
        + f"One row is {plain(str(contract.description))}. Key: {plain(', '.join(tables.key(name)))}. {plain(here)}\n\n"
        + raw(table(f"Columns of {name}", ["Column", "Type", "Meaning", "Required", "Allowed"], rows))
        + (f"\nWithin a row:\n\n{rules}" if rules else "")
    )


def _column(spec: pa.Column, in_key: bool) -> list[str]:
    kind = next((word for pattern, word in _WORDS if re.match(pattern, str(spec.dtype))), str(spec.dtype))
    required = "yes, part of the key" if in_key else "yes" if spec.required else "no"
    allowed = "; ".join(str(check.error) for check in spec.checks) or "any"
    return [escape(each) for each in (kind, spec.description or "", required, allowed)]
