"""Puts the demo organisation into the data folder, once."""

import json
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from cxops import tables, workspace
from cxops.demo.organisation import organisation
from cxops.demo.schema import DemoParameters
from cxops.errors import SourceError

DESCRIPTION = tables.Dataset(
    title="Demo organisation (synthetic)",
    synthetic=True,
    description=(
        "Synthetic: made by a random generator with planted truths, four units from 2024Q1 to 2025Q4. "
        "No customer, agent or organisation in it exists. See Methods, The demo organisation."
    ),
)
_MAKERS = ("numpy", "pandas", "pyarrow", "pandera", "scipy")


def write(parameters: DemoParameters) -> bool:
    """Writes the organisation's tables, `dataset.yml` and the stamp `demo.json` into the data folder.

    Returns
    -------
    Whether anything was written: False when these parameters and this code have already written what stands there.

    Raises
    ------
    SourceError : the folder holds tables that are not the demo's; they are left alone.
    """
    stamp = workspace.current().data / "demo.json"
    wanted = _stamp(parameters)
    held = json.loads(stamp.read_text("utf-8")) if stamp.exists() else None
    if held is None and tables.available():
        raise SourceError(f"the demo must have a data folder of its own: {stamp.parent} holds other tables")
    if held is not None and held == wanted | {"tables": _hashes()}:
        return False
    with tables.replacing(stamp) as file:
        file.write_text("{}\n", "utf-8")
    for name, frame in organisation(parameters.cases, parameters.seed).items():
        tables.write(name, frame)
    tables.describe(DESCRIPTION)
    with tables.replacing(stamp) as file:
        file.write_text(json.dumps(wanted | {"tables": _hashes()}, indent=2) + "\n", "utf-8")
    return True


def _stamp(parameters: DemoParameters) -> dict[str, object]:
    """What the bytes of the tables depend on."""
    code = sha256()
    spine = Path(tables.__file__).parent
    for file in [*sorted(Path(__file__).parent.glob("*.py")), spine / "contracts.py", spine / "store.py"]:
        code.update(file.name.encode() + file.read_bytes())
    versions = {name: metadata.version(name) for name in _MAKERS}
    return {"parameters": parameters.model_dump(), "code": code.hexdigest(), "versions": versions}


def _hashes() -> dict[str, str]:
    return {name: tables.table_hash(name) for name in tables.available()}
