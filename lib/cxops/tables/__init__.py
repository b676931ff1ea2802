"""The canonical tables: contracts, column mapping, validation, reading and writing. The only data input and output."""

from cxops.tables.contracts import CONTRACTS, conform, key
from cxops.tables.store import (
    ALL,
    Dataset,
    available,
    check_scope,
    dataset,
    describe,
    path,
    quarter_bounds,
    quarters,
    read,
    replacing,
    table_hash,
    units,
    write,
)

__all__ = [
    "ALL",
    "CONTRACTS",
    "Dataset",
    "available",
    "check_scope",
    "conform",
    "dataset",
    "describe",
    "key",
    "path",
    "quarter_bounds",
    "quarters",
    "read",
    "replacing",
    "table_hash",
    "units",
    "write",
]
