"""Puts the demo organisation into the data folder: once, and all of it or nothing."""

import json
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from cxops import tables, workspace
from cxops.demo.organisation import organisation
from cxops.demo.schema import DemoParameters
from cxops.errors import SourceError
from cxops.tables.commit import committing, finish, locked
from cxops.tables.store import dataset_text

DESCRIPTION = tables.Dataset(
    title="Demo organisation (synthetic)",
    synthetic=True,
    description=(
        "Synthetic: made by a random generator with planted truths, four units from 2024Q1 to 2025Q4. "
        "No customer, agent or organisation in it exists."
    ),
    journey_map="service",
)
STAMP = "demo.json"
_MAKERS = ("numpy", "pandas", "pandera", "pyarrow", "scipy")


def write(parameters: DemoParameters) -> bool:
    """Writes the organisation's tables, `dataset.yml` and the stamp `demo.json` into the data folder.

    Writers of one folder wait for each other, and a killed one leaves the folder as it was or as it was to be.

    Returns
    -------
    Whether anything was written: False when these parameters and this code made what stands there.

    Raises
    ------
    SourceError : the folder holds tables that are not the demo's, or cannot be written; it is left alone.
    """
    folder = workspace.current().data
    made_by = _made_by(parameters)
    with locked(folder):
        finish(folder)
        held = _hashes(folder)
        stamp = _stamp(folder)
        if held and stamp is None:
            raise SourceError(f"the demo must have a data folder of its own: {folder} holds other tables")
        if stamp == made_by | {"tables": held}:
            return False
        with committing(folder) as staging:
            for name, frame in organisation(parameters.cases, parameters.seed).items():
                tables.conform(name, frame).to_parquet(staging / f"{name}.parquet", index=False)
            (staging / "dataset.yml").write_text(dataset_text(DESCRIPTION), "utf-8")
            stamped = made_by | {"tables": _hashes(staging)}
            (staging / STAMP).write_text(json.dumps(stamped, indent=2) + "\n", "utf-8")
    return True


def _made_by(parameters: DemoParameters) -> dict[str, object]:
    """Everything that the bytes of the tables depend on."""
    code = sha256()
    here, spine = Path(__file__).parent, Path(tables.__file__).parent
    contracts = [spine / name for name in ("columns.py", "contracts.py", "registers.py")]
    for file in [*sorted(here.rglob("*.py")), *contracts]:
        code.update(file.name.encode() + file.read_bytes())
    versions = {name: metadata.version(name) for name in _MAKERS}
    return {"parameters": parameters.model_dump(), "code": code.hexdigest(), "versions": versions}


def _stamp(folder: Path) -> dict[str, object] | None:
    """What made the tables that stand in the folder, None if it was not the demo."""
    file = folder / STAMP
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each table's file in the folder."""
    files = {name: folder / f"{name}.parquet" for name in tables.CONTRACTS}
    return {name: sha256(file.read_bytes()).hexdigest() for name, file in files.items() if file.exists()}
