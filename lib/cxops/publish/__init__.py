"""Executed pages + findings → Quarto project → site, all or nothing."""

from cxops.publish.publication import Report, check_replaceable, publish

__all__ = ["Report", "check_replaceable", "publish"]
