"""Which rows came in, which were set aside and why: counts only, since a value may be personal."""

from collections.abc import Iterator
from html import escape
from typing import Any

from cxops import tables
from cxops.errors import PublishError
from cxops.publish.edition import Edition
from cxops.publish.markup import raw, table

REASON = ["file", "table", "column", "rule"]


def file_table(edition: Edition, origin: str) -> str:
    """For each file that was taken in and each table it fed: rows in, accepted and set aside.

    Raises
    ------
    PublishError : the ledger of files is broken, or a file's rows in are not those accepted and those set aside.
    """
    try:
        rows = [row for entry in tables.entries() for row in _file_rows(entry)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishError(f"the ledger of files must be whole: {type(error).__name__}: {error}") from None
    if not rows:
        return "The tables were not made from files; there is nothing to account for.\n"
    columns = ["File", "Table", "Rows in", "Accepted", "Set aside", "Rows made", "Mapping", "SHA-256", "Taken in (UTC)"]
    return raw(table("Rows in are rows accepted and rows set aside, for every file and table", columns, rows))


def _file_rows(entry: dict[str, Any]) -> Iterator[list[str]]:
    hashed = f"<code>{escape(entry['sha256'][:12])}</code>"
    for name, count in entry["tables"].items():
        if entry["rows_in"] != count["accepted"] + count["set_aside"]:
            raise ValueError(f"{entry['file']}, {name}: rows in must be rows accepted and set aside: {count}")
        numbers = [entry["rows_in"], count["accepted"], count["set_aside"], count["rows"]]
        about = [escape(entry["source"]), hashed, escape(entry["ingested_at"])]
        yield [escape(entry["file"]), escape(name), *(f"{number:,}" for number in numbers), *about]


def reason_table(edition: Edition, origin: str) -> str:
    """Problems counted by file, table, column and rule, most frequent first; one row may have several."""
    try:
        problems = tables.problems()[REASON]
    except (OSError, ValueError, KeyError) as error:
        raise PublishError(f"the table of problems must be readable: {type(error).__name__}: {error}") from None
    counts = problems.fillna("–").value_counts().items()
    rows = [[*(escape(str(part)) for part in reason), f"{count:,}"] for reason, count in counts]  # type: ignore[attr-defined]
    orphans = tables.orphans()
    lost = f"{orphans:,} steps belong to no case of the tables and are left out of every page.\n\n" if orphans else ""
    if not rows:
        return f"{lost}No row was set aside.\n"
    return lost + raw(table("Why rows were set aside", ["File", "Table", "Column", "Rule", "Problems"], rows))
