"""What a leader should know about the journey, as sentences built from the measures: one module a page or subject."""

from cxops.journey.findings.flow import findings

__all__ = ["findings"]
