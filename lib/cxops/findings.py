"""Finding: one sentence a leader can read, with its number, its interval and whether it is more than noise."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from html import escape
from math import inf, isfinite, nan
from numbers import Number
from typing import Any

_HEADLINE = 1000
"""Letters of a headline at most, where it is shown."""
MIME = "application/vnd.cxops.findings+json"


class Verdict(StrEnum):
    """What may be claimed; the value is the text shown beside the headline. Findings are ordered as these are."""

    SIGNAL = "distinguishable from noise"
    REHEARSAL = "rehearsed, not observed"
    ESTIMATE = "estimated, compared with nothing"
    COUNT = "counted, not estimated"
    UNKNOWN = "too little data to say"
    NOISE = "not distinguishable from noise"


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
    subject : what it is about, such as the two teams; findings of equal key and subject say the same. Empty: unknown.
    lead : for who reads one sentence only: what to do first, its cost and how sure that is. Empty: it does not lead.
    is_well : whether it says that all is well; such findings come last.
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
    subject: str = ""
    lead: str = ""
    is_well: bool = False


class Findings(tuple[Finding, ...]):
    """Ranked findings that a notebook can show: signals first, then by weight; what is well comes last."""

    def __new__(cls, findings: Iterable[Finding]) -> "Findings":
        order = list(Verdict)
        ranked = sorted(findings, key=lambda f: (f.is_well, order.index(f.verdict), -_weight(f), f.key))
        return super().__new__(cls, ranked)

    @property
    def signals(self) -> "Findings":
        """Those that are distinguishable from noise."""
        return Findings(finding for finding in self if finding.verdict is Verdict.SIGNAL)

    def __str__(self) -> str:
        return "\n".join(f"- {finding.headline} ({finding.verdict})" for finding in self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": html(self), MIME: rows(self)}


def html(findings: Iterable[Finding]) -> str:
    """A list in which the verdict is text, not colour alone; everything from data is escaped."""
    items = "".join(
        f'<li class="cx-finding cx-{finding.verdict.name.lower()}">{sentence(finding.headline)} '
        f'<span class="cx-verdict">{escape(finding.verdict)}</span></li>'
        for finding in findings
    )
    return f'<ul class="cx-findings">{items}</ul>'


def sentence(text: str) -> str:
    """A headline as HTML; where a name makes it endless it is shortened, and whole in its title."""
    from cxops.theme.formats import shortened  # here, since what runs pages knows findings and draws nothing

    shown = shortened(text, _HEADLINE)
    return escape(shown) if shown == text else f'<span title="{escape(text)}">{escape(shown)}</span>'


def rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as plain values that JSON can hold: a number that is not known, NaN or infinite, becomes None."""
    return [{key: _plain(value) for key, value in asdict(finding).items()} for finding in findings]


def from_json(content: list[dict[str, Any]] | str) -> Findings:
    """Findings as they were stored in an executed page; a value that is not known is NaN again."""
    stored = json.loads(content) if isinstance(content, str) else content
    return Findings(Finding(**{**row, **_known(row)}) for row in stored)


def _weight(finding: Finding) -> float:
    """The weight that orders a finding; one that is not known comes last."""
    return finding.weight if isfinite(finding.weight) else -inf


def _plain(value: Any) -> Any:
    if isinstance(value, Number) and not isinstance(value, bool):
        return float(value) if isfinite(float(value)) else None  # type: ignore[arg-type]
    return str(value) if isinstance(value, str) else value


def _known(row: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: nan if row.get(name, 0.0) is None else row.get(name, 0.0) for name in ("value", "weight")}
    return numbers | {"verdict": Verdict(row["verdict"])}
