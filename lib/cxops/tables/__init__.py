"""The canonical tables: contracts, column mapping, validation, reading and writing. The only data input and output."""

from cxops.tables.contracts import CONTRACTS, conform, key
from cxops.tables.export import export_csv
from cxops.tables.ingest import ingest
from cxops.tables.ledger import entries, problems
from cxops.tables.mapping import mapping, sources
from cxops.tables.reports import FileReport, IngestReport, Reason, TableReport
from cxops.tables.rules import Mapping
from cxops.tables.store import (
    ALL,
    UNHASHED,
    Dataset,
    available,
    check_scope,
    dataset,
    describe,
    orphans,
    path,
    quarter_bounds,
    quarters,
    read,
    replacing,
    scopes,
    table_hash,
    units,
    write,
)

__all__ = [
    "ALL",
    "CONTRACTS",
    "Dataset",
    "FileReport",
    "IngestReport",
    "Mapping",
    "Reason",
    "TableReport",
    "UNHASHED",
    "available",
    "check_scope",
    "conform",
    "dataset",
    "describe",
    "entries",
    "export_csv",
    "ingest",
    "key",
    "mapping",
    "orphans",
    "path",
    "problems",
    "quarter_bounds",
    "quarters",
    "read",
    "replacing",
    "scopes",
    "sources",
    "table_hash",
    "units",
    "write",
]
