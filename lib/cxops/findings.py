"""Finding: one sentence a leader can read, with its number, its interval and whether it is more than noise."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from html import escape
from typing import Any

MIME = "application/vnd.cxops.findings+json"


class Verdict(StrEnum):
    """What may be claimed; the value is the text shown beside the headline."""

    SIGNAL = "distinguishable from noise"
    NOISE = "not distinguishable from noise"
    UNKNOWN = "too little data to say"
    COUNT = "counted, not estimated"


@dataclass(frozen=True)
class Finding:
    """One finding.

    Parameters
    ----------
    key : stable name, domain first: `journey.slowest_handoff`.
    headline : the finding as one sentence, built from the value and the definition.
    value, unit : the number and what it counts (`hours`, `cases`, `share` 0–1).
    verdict : what may be claimed.
    kpi : id of the definition in `params/kpis.yml` that the value follows.
    low, high : interval of the value, where it is an estimate.
    comparison : what the value is held against, in words.
    weight : hours (or the domain's common currency) at stake; orders findings of equal verdict.
    """

    key: str
    headline: str
    value: float
    unit: str
    verdict: Verdict
    kpi: str
    low: float | None = None
    high: float | None = None
    comparison: str = ""
    weight: float = 0.0


class Findings(tuple[Finding, ...]):
    """Ranked findings that a notebook can show: signals first, then by weight."""

    def __new__(cls, findings: Iterable[Finding]) -> "Findings":
        order = [Verdict.SIGNAL, Verdict.COUNT, Verdict.UNKNOWN, Verdict.NOISE]
        return super().__new__(cls, sorted(findings, key=lambda f: (order.index(f.verdict), -f.weight, f.key)))

    @property
    def signals(self) -> "Findings":
        """Those that are distinguishable from noise."""
        return Findings(finding for finding in self if finding.verdict is Verdict.SIGNAL)

    def __str__(self) -> str:
        return "\n".join(f"- {finding.headline} ({finding.verdict})" for finding in self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": html(self), MIME: [asdict(finding) for finding in self]}


def html(findings: Iterable[Finding]) -> str:
    """A list in which the verdict is text, not colour alone; everything from data is escaped."""
    items = "".join(
        f'<li class="cx-finding cx-{finding.verdict.name.lower()}">{escape(finding.headline)} '
        f'<span class="cx-verdict">{escape(finding.verdict)}</span></li>'
        for finding in findings
    )
    return f'<ul class="cx-findings">{items}</ul>'


def from_json(content: list[dict[str, Any]] | str) -> Findings:
    """Findings as they were stored in an executed page."""
    rows = json.loads(content) if isinstance(content, str) else content
    return Findings(Finding(**{**row, "verdict": Verdict(row["verdict"])}) for row in rows)
