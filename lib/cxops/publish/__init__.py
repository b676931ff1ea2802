"""Executed pages + findings → Quarto project → site, all or nothing."""

from cxops.publish.publication import Report, publish

__all__ = ["Report", "publish"]
