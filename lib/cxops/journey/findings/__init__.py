"""What a leader should know about the journey, as sentences built from the measures: one module a page or subject."""

from cxops.journey.findings.flow import findings
from cxops.journey.findings.owners import owner_findings
from cxops.journey.findings.promises import promise_findings

__all__ = [
    "findings",
    "owner_findings",
    "promise_findings",
]
