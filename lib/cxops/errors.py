"""Every error the workbook raises on purpose.

WorkbookError (ValueError)      something a person can put right; the message says what must hold and what was given
├── ParameterError              a parameter is unknown, missing or out of bounds; no work was started
├── SourceError                 a file as a whole cannot be ingested; nothing was written
├── TableError                  a table, a unit or a quarter that was asked for is not there
├── RunError                    a page failed to execute; the other pages are untouched
└── PublishError                the new site is not whole; the old one stands
"""


class WorkbookError(ValueError):
    """Something a person can put right."""


class ParameterError(WorkbookError):
    """A parameter is unknown, missing or out of bounds; no work was started."""


class SourceError(WorkbookError):
    """A file as a whole cannot be ingested; nothing was written."""


class TableError(WorkbookError):
    """A table, a unit or a quarter that was asked for is not there."""


class RunError(WorkbookError):
    """A page failed to execute; the other pages are untouched."""


class PublishError(WorkbookError):
    """The new site is not whole; the old one stands."""
