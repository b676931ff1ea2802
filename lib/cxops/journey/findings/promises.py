"""The findings of the page about promises and owners, from the measures of each of its subjects."""

from collections.abc import Iterable

from cxops.findings import Finding, Findings


def promise_findings(*groups: Iterable[Finding]) -> Findings:
    """The findings of several subjects as those of one page, ranked together."""
    return Findings(finding for group in groups for finding in group)
