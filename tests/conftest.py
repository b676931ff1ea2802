"""Fixtures that every folder of tests may ask for."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cxops import demo, params, workspace


@pytest.fixture(scope="session")
def demo_data() -> Iterator[Path]:
    """The folder of the demo organisation as `params/demo.yml` has it; `CXOPS_DATA` names it while the tests run.

    It is made when it is absent, or when other code or parameters made it. Parallel workers wait for the first.
    """
    folder = workspace.PROJECT / "data" / "demo"
    folder.parent.mkdir(exist_ok=True)
    file = workspace.PROJECT / "params" / demo.DemoParameters.file
    with pytest.MonkeyPatch.context() as patch, (folder.parent / ".demo.lock").open("w") as lock:
        patch.setenv("CXOPS_DATA", str(folder))
        fcntl.flock(lock, fcntl.LOCK_EX)
        demo.write(params.check(demo.DemoParameters, params.load(file), file))
        fcntl.flock(lock, fcntl.LOCK_UN)
        yield folder
