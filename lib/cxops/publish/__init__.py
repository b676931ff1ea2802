"""Executed pages + findings → Quarto project → site, all or nothing."""

from cxops.publish.publication import Report, check_replaceable, publish
from cxops.publish.reference import terms

__all__ = ["Report", "check_replaceable", "publish", "terms"]
