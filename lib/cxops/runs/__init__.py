"""Pages for units and quarters through Papermill: planned strictly, executed apart, each with its provenance."""

from cxops.runs.catalogue import Page, page, pages
from cxops.runs.changes import Present, changes, present
from cxops.runs.execution import execute
from cxops.runs.manifest import Manifest, manifests
from cxops.runs.places import failed_file, folder, manifest_file, page_file, slug
from cxops.runs.planning import Run, plan, scopes
from cxops.runs.report import Outcome, Report, progress_bar

__all__ = [
    "Manifest",
    "Outcome",
    "Page",
    "Present",
    "Report",
    "Run",
    "changes",
    "execute",
    "failed_file",
    "folder",
    "manifest_file",
    "manifests",
    "page",
    "page_file",
    "pages",
    "plan",
    "present",
    "progress_bar",
    "scopes",
    "slug",
]
