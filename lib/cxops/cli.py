"""The `cxops` command: each subcommand says what it did in a few lines, and what to do next."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from rich.console import Console

from cxops import demo as demo_organisation
from cxops import kpis, params, tables, workspace
from cxops.errors import ParameterError, RunError, WorkbookError

if TYPE_CHECKING:
    from cxops.runs import Report

# `runs`, `publish` and `live` are imported by the commands that need them: they take over a second to load.

OWN_DATA = Path("data/tables")
DEMO_DATA = Path("data/demo")

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="folder of the tables, from where you are (default: see params/workbook.yml)"),
]
ZoneOption = Annotated[
    str | None,
    typer.Option("--time-zone", help="zone of moments that carry none, such as Europe/Vienna (default: the mapping's)"),
]
UnitOption = Annotated[
    list[str] | None, typer.Option("--unit", help="a unit or all; repeat for more (default: all and each)")
]
QuarterOption = Annotated[
    list[str] | None, typer.Option("--quarter", help="2025Q3 or all; repeat for more (default: the latest and all)")
]


@app.callback()
def workbook() -> None:
    """The CX–Operations Workbook: extracts in, a published review out."""


@app.command()
def demo(
    cases: Annotated[int | None, typer.Option(help="size; default: params/demo.yml")] = None,
    seed: Annotated[int | None, typer.Option(help="another seed is another organisation")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="folder to write (default: data/demo)")] = None,
) -> None:
    """Make the synthetic demo organisation."""
    _use(data, DEMO_DATA)
    given = params.resolve(demo_organisation.DemoParameters, cases=cases, seed=seed)
    with _busy(f"making the demo organisation, {given.cases:,} cases"):
        written = demo_organisation.write(given)
    out.print(f"{'Made' if written else 'Already there:'} the synthetic demo organisation in {_shown()}", markup=False)


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="a mapping in params/sources/, without .yml")],
    files: Annotated[list[Path], typer.Argument(help="extracts: CSV, Parquet, XES or XLSX, gzipped or not")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would happen; write nothing")] = False,
    time_zone: ZoneOption = None,
    title: Annotated[str | None, typer.Option(help="what the data are called on the site")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="folder to write (default: data/tables)")] = None,
) -> None:
    """Bring files into the tables; rows that break a rule are set aside with their reason."""
    _use(data, OWN_DATA)
    with _busy("reading") as say:
        report = tables.ingest(source, files, dry_run=dry_run, time_zone=time_zone, title=title, progress=say)
    out.print(report)
    if not dry_run:
        out.print(f"\nNext: cxops review --data {_shown()}", markup=False)


@app.command()
def problems(
    to: Annotated[Path | None, typer.Option("--to", help="write them all to this CSV file")] = None,
    data: DataOption = None,
) -> None:
    """The rows that were set aside: how many by rule, or all of them as a CSV file."""
    _use(data)
    tables.dataset()
    found = tables.problems(workspace.current().data)
    if to is not None:
        tables.export_csv(found, to)
        out.print(f"{len(found):,} problems written to {to}", markup=False)
        return
    counted = found.groupby(["file", "table", "column", "rule"], sort=True).size().rename("problems").reset_index()
    out.print(counted.to_string(index=False) if len(counted) else "No row was set aside.", markup=False)


@app.command()
def run(
    pages: Annotated[list[str] | None, typer.Argument(help="pages of params/pages.yml (default: every page)")] = None,
    unit: UnitOption = None,
    quarter: QuarterOption = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", help="name=value, wins over the page's YAML file")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="address of a Dask scheduler, tcp://…")] = None,
    data: DataOption = None,
) -> None:
    """Execute pages for units and quarters."""
    _use(data)
    _check_made(_run(pages or None, unit, quarter, overrides=_overrides(parameter or []), cluster=cluster))


@app.command()
def publish(data: DataOption = None) -> None:
    """Make the site from the executed pages; the old site stands until the new one is whole."""
    _use(data)
    _publish()


@app.command()
def review(
    source: Annotated[str | None, typer.Argument(help="a mapping in params/sources/ (default: no ingest)")] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="extracts of that source")] = None,
    unit: UnitOption = None,
    quarter: QuarterOption = None,
    time_zone: ZoneOption = None,
    title: Annotated[str | None, typer.Option(help="what the data are called on the site")] = None,
    data: DataOption = None,
) -> None:
    """Everything in one command: ingest (or the demo organisation), run every page, publish."""
    if source is not None:
        ingest(source, _named(files, source), time_zone=time_zone, title=title, data=data)
    elif _is_demo(data):
        demo(data=data)
    _check_replaceable()
    report = _run(None, unit, quarter)
    _publish()
    _check_made(report)


@app.command()
def workshop(
    name: Annotated[str, typer.Argument(help="a notebook in notebooks/workshops/")] = "journey_explorer",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8866,
    address: Annotated[
        str, typer.Option(help="address to listen on; anything but loopback opens it to the network")
    ] = ("127.0.0.1"),
    data: DataOption = None,
) -> None:
    """Serve a workshop with Voila, on this machine only unless told otherwise."""
    from cxops import live

    _use(data)
    tables.dataset()
    live.serve(name, port=port, address=address)


@app.command()
def check() -> None:
    """Check every file in params/, and the glossary's terms, without running anything."""
    from cxops import publish
    from cxops.runs import catalogue

    sources, pages, definitions = tables.sources(), catalogue.pages(), kpis.catalogue()
    for source in sources:
        tables.mapping(source)
    for page in pages:
        params.resolve(catalogue.model(page))
        catalogue.model(page).check_files()
        catalogue.check_notebook(page)
    publish.terms()
    workspace.currency()
    out.print(f"{len(sources)} sources, {len(pages)} pages, {len(definitions)} KPI definitions: no fault found")


def main() -> None:
    """Runs the command; a fault that a person can put right is one message, not a traceback."""
    try:
        app()
    except WorkbookError as error:
        err.print(f"Error: {error}", markup=False)
        sys.exit(1)


def _run(
    pages: list[str] | None,
    units: list[str] | None,
    quarters: list[str] | None,
    *,
    overrides: dict[str, Any] | None = None,
    cluster: str | None = None,
) -> "Report":
    from cxops import runs

    with _busy("planning"):
        plan = runs.plan(pages, units, quarters, overrides)
    with runs.progress_bar(len(plan)) as progress, _executor(cluster) as executor:
        report = runs.execute(plan, executor=executor, progress=progress)
    out.print(str(report), markup=False)
    return report


def _check_replaceable() -> None:
    """Raises before the work of a review that could not be published."""
    from cxops import publish

    publish.check_replaceable(tables.dataset().synthetic)


def _check_made(report: "Report") -> None:
    """Raises RunError, so that a schedule notices, if any page failed; what could be made has been."""
    if not report.is_ok:
        raise RunError(f"every page must be made: {len(report.failures)} of {len(report.outcomes)} failed, see above")


def _publish() -> None:
    from cxops import publish

    with _busy("publishing") as say:
        report = publish.publish(progress=say)
    out.print(str(report), markup=False)


@contextmanager
def _executor(cluster: str | None) -> Iterator[Any]:
    """The executor of a Dask cluster, or None for local processes."""
    if cluster is None:
        yield None
        return
    from distributed import Client

    with Client(cluster) as client:
        yield client.get_executor()


@contextmanager
def _busy(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error while something takes its time; yields what changes its words."""
    with err.status(what) as status:
        yield lambda words: status.update(words)


def _overrides(given: list[str]) -> dict[str, Any]:
    """`name=value` pairs, each value read as YAML would.

    Raises
    ------
    ParameterError : a pair has no name or no value, a name is given twice, or a value is not YAML.
    """
    pairs = {name.strip(): value for name, _, value in (each.partition("=") for each in given)}
    if len(pairs) < len(given) or not all(name and value.strip() for name, value in pairs.items()):
        raise ParameterError(f"each parameter must be given once, as name=value: got {', '.join(given)} (-p)")
    try:
        return {name: yaml.safe_load(value) for name, value in pairs.items()}
    except yaml.YAMLError as error:
        raise ParameterError(f"a parameter must be valid YAML: {' '.join(str(error).split())} (-p)") from None


def _use(data: Path | None, default: Path | None = None) -> None:
    """Makes the folder the data folder of this process and of those it starts; a default lies in the project."""
    if data is not None:
        os.environ["CXOPS_DATA"] = str(data.resolve())
    elif default is not None and "CXOPS_DATA" not in os.environ:
        os.environ["CXOPS_DATA"] = str(default)


def _is_demo(data: Path | None) -> bool:
    """Whether a review of this folder is one of the demo organisation, which makes itself."""
    _use(data)
    space = workspace.current()
    return space.data == (space.home / DEMO_DATA).resolve()


def _named(files: list[Path] | None, source: str) -> list[Path]:
    if not files:
        raise ParameterError(f"the files of a source must be named: got none (cxops review {source} FILE…)")
    return files


def _shown() -> Path:
    """The data folder, relative to the project where it lies in it."""
    space = workspace.current()
    return space.data.relative_to(space.home) if space.data.is_relative_to(space.home) else space.data
