"""What a leader should know about the journey, as sentences built from the measures: one module a page or subject."""

from cxops.journey.findings.audits import audit_findings
from cxops.journey.findings.boundaries import boundary_findings
from cxops.journey.findings.criticality import stage_promises
from cxops.journey.findings.flow import findings
from cxops.journey.findings.incentives import incentive_conflict
from cxops.journey.findings.kept import clock_findings, notice_findings, trigger_findings
from cxops.journey.findings.owners import owner_findings
from cxops.journey.findings.promises import promise_findings
from cxops.journey.findings.redesign import (
    decision_findings,
    module_findings,
    pod_findings,
    redesign_findings,
    rights_since_findings,
    study_findings,
)
from cxops.journey.findings.returns import return_findings

__all__ = [
    "audit_findings",
    "boundary_findings",
    "clock_findings",
    "decision_findings",
    "findings",
    "incentive_conflict",
    "module_findings",
    "notice_findings",
    "owner_findings",
    "pod_findings",
    "promise_findings",
    "redesign_findings",
    "return_findings",
    "rights_since_findings",
    "stage_promises",
    "study_findings",
    "trigger_findings",
]
