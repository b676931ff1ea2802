"""What came of a plan, and the bar that shows it coming."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    Parameters
    ----------
    page, unit, quarter, run_id : which run.
    seconds : how long it took; 0 where its process was lost.
    cell : number, from 1, of the source's cell that failed; None where it was none of them.
    error : why it failed, in one line; None where it did not.
    """

    page: str
    unit: str
    quarter: str
    run_id: str
    seconds: float
    cell: int | None = None
    error: str | None = None

    @property
    def is_ok(self) -> bool:
        return self.error is None

    def __str__(self) -> str:
        where = f"{self.page} · {self.unit} · {self.quarter}"
        at = f", cell {self.cell}" if self.cell else ""
        return where if self.is_ok else f"{where}{at}: {self.error}"


@dataclass(frozen=True)
class Report:
    """Outcomes in the order of the plan, and the seconds they took together.

    >>> report = Report((Outcome("journey", "all", "2025Q4", "1f", 2.5, 4, "KeyError: 'team'"),), 2.6)
    >>> print(report)
    0 pages made, 1 failed, 2.6 s
    journey · all · 2025Q4, cell 4: KeyError: 'team'
    """

    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def made(self) -> int:
        return sum(outcome.is_ok for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.is_ok)

    @property
    def is_ok(self) -> bool:
        return not self.failures

    def __str__(self) -> str:
        pages = f"{self.made} {'page' if self.made == 1 else 'pages'} made"
        return "\n".join([f"{pages}, {len(self.failures)} failed, {self.seconds:.1f} s", *map(str, self.failures)])


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[Outcome], None]]:
    """A bar of `total` pages on standard error; yields what `execute` takes as `progress`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=total)

        def advance(outcome: Outcome) -> None:
            if not outcome.is_ok:
                bar.console.print(f"failed: {outcome}", markup=False)
            bar.update(task, advance=1, description=f"{outcome.page} · {outcome.unit} · {outcome.quarter}")

        yield advance
