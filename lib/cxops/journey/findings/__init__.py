"""What a leader should know about the journey, as sentences built from the measures: one module a page or subject."""

from cxops.journey.findings.flow import findings
from cxops.journey.findings.kept import clock_findings, notice_findings, trigger_findings
from cxops.journey.findings.owners import owner_findings
from cxops.journey.findings.promises import promise_findings

__all__ = [
    "clock_findings",
    "findings",
    "notice_findings",
    "owner_findings",
    "promise_findings",
    "trigger_findings",
]
