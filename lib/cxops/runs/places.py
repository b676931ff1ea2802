"""Where a run keeps its page: `runs/<quarter>/<unit slug>/<page>.ipynb`, with its manifest beside it."""

import re
import unicodedata
from hashlib import sha256
from pathlib import Path

from cxops.tables import ALL
from cxops.workspace import Workspace

LONGEST = 40
"""Characters of a name that a slug keeps."""


def slug(name: str) -> str:
    """A file name for any text: readable, safe everywhere, and no two texts share one.

    Plain capitalised words are lower-cased. Whatever loses more than that on the way (`../x`, `harbour`, an emoji, a
    very long name) ends in ten digits of its SHA-256, and a plain name that looks as if it did so does too.

    Parameters
    ----------
    name : a unit as it stands in the tables; anything.

    Examples
    --------
    >>> slug("Field Service"), slug("all"), slug("../x")
    ('field-service', 'all', 'x-d6b96a97d1')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST].strip("-")
    looks_hashed = re.search(r"(^|-)[0-9a-f]{10}$", words)
    told_apart = name == ALL or (words != ALL and name == " ".join(map(str.capitalize, words.split("-"))))
    if words and told_apart and not looks_hashed:
        return words
    return f"{words or 'unit'}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def folder(space: Workspace, unit: str, quarter: str) -> Path:
    """The folder of the pages made for a unit and a quarter."""
    return space.runs / quarter / slug(unit)


def page_file(space: Workspace, page: str, unit: str, quarter: str) -> Path:
    """The last good executed page."""
    return folder(space, unit, quarter) / f"{page}.ipynb"


def failed_file(space: Workspace, page: str, unit: str, quarter: str) -> Path:
    """The notebook of the newest attempt, kept where that attempt failed."""
    return folder(space, unit, quarter) / f"{page}.failed.ipynb"


def manifest_file(space: Workspace, page: str, unit: str, quarter: str) -> Path:
    """What is known about the newest attempt."""
    return folder(space, unit, quarter) / f"{page}.manifest.json"


def papermill_path(path: Path) -> str:
    """The path as Papermill must be given it: it fills in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")
