"""The project as HTML: by Quarto where it is on PATH, else by smalldocs, which reads the same project."""

import importlib.metadata
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import smalldocs.config
import smalldocs.site
import yaml

from cxops.errors import PublishError
from cxops.publish.search import write_index


@dataclass(frozen=True)
class Renderer:
    """What makes the HTML; `quarto` is its path, or None for smalldocs."""

    name: str
    quarto: str | None = None

    def __str__(self) -> str:
        return self.name if self.quarto else f"{self.name}, because Quarto is not on PATH; pages and links are the same"


def renderer() -> Renderer:
    """Quarto if this machine has it, else smalldocs."""
    quarto = shutil.which("quarto")
    if not quarto:
        return Renderer(f"smalldocs {importlib.metadata.version('smalldocs')}")
    asked = subprocess.run([quarto, "--version"], capture_output=True, text=True, timeout=60, check=False)
    if asked.returncode:
        raise PublishError(f"Quarto must start: `quarto --version` ended with {asked.returncode} ({quarto})")
    return Renderer(f"Quarto {asked.stdout.strip()}", quarto)


def render(project: Path, by: Renderer, *, holding: tuple[int, ...] = ()) -> Path:
    """The folder of HTML made from a project.

    Parameters
    ----------
    project : folder with `_quarto.yml`.
    by : what renders it.
    holding : locks that a child process must hold as long as it lives.

    Raises
    ------
    PublishError : rendering failed; the message ends with what the renderer said.
    """
    if by.quarto:
        command = [by.quarto, "render", str(project), "--no-execute"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, pass_fds=holding
        )
        if done.returncode:
            said = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr).strip().splitlines()[-8:]
            raise PublishError(f"{by.name} must render the site: it ended with {done.returncode}: {' | '.join(said)}")
        return _output(project)
    try:
        smalldocs.site.build(project, quiet=True)
    except (smalldocs.config.BuildError, smalldocs.config.ConfigError, ValueError, TypeError, KeyError) as error:
        raise PublishError(f"{by.name} must render the site: {error}") from None
    write_index(_output(project))
    return _output(project)


def _output(project: Path) -> Path:
    settings = yaml.safe_load((project / "_quarto.yml").read_text("utf-8"))
    return project / settings.get("project", {}).get("output-dir", "_site")
