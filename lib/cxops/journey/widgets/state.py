"""What the journey explorer shows for a choice: a pure function, and the state that holds the choice. No browser."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from cxops import params, tables, theme
from cxops.errors import WorkbookError
from cxops.findings import Finding, Verdict
from cxops.journey import charts
from cxops.journey.handoffs import handoffs
from cxops.journey.schema import JourneyParameters
from cxops.journey.slow import PAIR, Slowness, slow_by_pair, slowness

ALL = "all"
THRESHOLDS = (0.5, 1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720)
"""Hours that the threshold can be moved to."""


@dataclass(frozen=True)
class Choice:
    """What the controls say: scope, stage handed into or all, two teams or none for all, hours, and fewest cases."""

    unit: str
    quarter: str
    stage: str = ALL
    pair: tuple[str, ...] = ()
    threshold_hours: float = 8
    minimum_count: int = 5


@dataclass(frozen=True)
class View:
    """What a choice shows."""

    number: str
    finding: Finding
    figure: theme.Figure


def view(scope: pd.DataFrame, choice: Choice, alpha: float) -> View:
    """Number, finding and figure of the slow handoffs of a choice.

    Parameters
    ----------
    scope : one row per handoff of the choice's unit and quarter.
    choice : its pair of teams, if it names one, is compared with all other pairs.
    alpha : chance of calling any of the pairs one may choose among a signal when none differs; shared out equally.
    """
    rows = of_stage(scope, choice.stage)
    by_pair = slow_by_pair(rows, threshold_hours=choice.threshold_hours)
    shown = by_pair[by_pair["cases"] >= choice.minimum_count]
    figure = charts.slow_figure(shown, choice.threshold_hours)
    known, slow = int(by_pair["handoffs"].sum()), int(by_pair["slow"].sum())
    if not choice.pair or shown.empty:
        return View(*_counted(slow, known, choice), figure)
    one = slowness(
        rows, *choice.pair, threshold_hours=choice.threshold_hours, confidence=1 - alpha / max(len(shown), 1)
    )
    if one.cases < choice.minimum_count:
        few = (
            f"Fewer than {choice.minimum_count} cases went from {choice.pair[0]} to {choice.pair[1]}: too few to show."
        )
        return View("–", _finding(few, float("nan"), Verdict.UNKNOWN), figure)
    return View(_number(one.slow, one.handoffs, choice), _compared(one, choice), figure)


def of_stage(scope: pd.DataFrame, stage: str) -> pd.DataFrame:
    """The handoffs into a stage, or all."""
    return scope if stage == ALL else scope[scope["stage"] == stage]


def pairs(scope: pd.DataFrame, choice: Choice) -> list[tuple[str, str]]:
    """The pairs of teams with enough cases to be chosen, by name."""
    cases = of_stage(scope, choice.stage).dropna(subset=["latency_hours"]).groupby(PAIR)["case_id"].nunique()
    return sorted(cases[cases >= choice.minimum_count].index)


def _number(slow: int, known: int, choice: Choice) -> str:
    """The share of slow handoffs; a count too small to be shown could point at persons."""
    if 0 < slow < choice.minimum_count:
        return f"under {theme.percent(choice.minimum_count / known)}"
    return theme.percent(slow / known) if known else "–"


def _counted(slow: int, known: int, choice: Choice) -> tuple[str, Finding]:
    """All pairs together: nothing to compare with."""
    if known < choice.minimum_count:
        text = f"Fewer than {choice.minimum_count} handoffs of known length are in this scope: too few to show."
        return "–", _finding(text, float("nan"), Verdict.UNKNOWN)
    count = f"fewer than {choice.minimum_count}" if 0 < slow < choice.minimum_count else theme.number(slow)
    text = f"Of {theme.number(known)} handoffs {count} took longer than {theme.duration(choice.threshold_hours)}."
    return _number(slow, known, choice), _finding(text, slow / known, Verdict.COUNT)


def _compared(one: Slowness, choice: Choice) -> Finding:
    """One pair against all others."""
    giver, receiver = choice.pair
    text = (
        f"From {giver} to {receiver}, {_number(one.slow, one.handoffs, choice)} of {theme.number(one.handoffs)} "
        f"handoffs took longer than {theme.duration(choice.threshold_hours)}"
    )
    if not one.is_comparable:
        return _finding(f"{text}; too few are slow, or quick, to compare with others.", one.slow_share, Verdict.UNKNOWN)
    text += (
        f", against {theme.percent(one.rest_share)} elsewhere (difference {_points(one.low)} to {_points(one.high)})."
    )
    return _finding(text, one.slow_share, Verdict.SIGNAL if one.is_signal else Verdict.NOISE)


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _finding(text: str, value: float, verdict: Verdict) -> Finding:
    return Finding("journey.slow_handoffs", text, value, "share", verdict, "slow_handoff_share")


class JourneyExplorer:
    """The explorer's state: a choice, the handoffs of its scope, and what they show.

    Parameters
    ----------
    query : of the page's address, such as `unit=Harbour&quarter=2025Q3`.

    Notes
    -----
    A query that cannot be followed is said in `problem`, and the whole organisation is shown instead. A choice that
    cannot be followed leaves the state as it was, and is said in `problem` too.
    """

    def __init__(self, query: str = "") -> None:
        self.problem = ""
        given = params.resolve(JourneyParameters)
        try:
            given = params.from_query(JourneyParameters, query)
            tables.check_scope(given.unit, given.quarter)
        except WorkbookError as error:
            given = params.resolve(JourneyParameters, unit=ALL, quarter=ALL)
            self.problem = f"{said(error)}. Shown instead: all units and quarters."
        self.alpha, self.fewest = given.alpha, given.minimum_count
        self.choice = Choice(given.unit, given.quarter, minimum_count=given.minimum_count)
        self.scope = _scope(given.unit, given.quarter)

    @property
    def stages(self) -> list[str]:
        """Stages that a case was handed into in this scope."""
        return sorted(self.scope["stage"].dropna().unique())

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return pairs(self.scope, self.choice)

    @property
    def view(self) -> View:
        return view(self.scope, self.choice, self.alpha)

    def choose(self, **changes: Any) -> None:
        """Takes up changed fields of the choice; what the new scope does not have falls back to all, and is said."""
        wanted = replace(self.choice, **changes)
        try:
            tables.check_scope(wanted.unit, wanted.quarter)
        except WorkbookError as error:
            self.problem = said(error)
            return
        self.choice, self.scope, self.problem = wanted, _scope(wanted.unit, wanted.quarter), ""
        if wanted.stage not in [ALL, *self.stages]:
            self.choice = replace(self.choice, stage=ALL)
            self.problem = f"No case is handed into {wanted.stage} here. Shown instead: all stages."
        if wanted.pair and wanted.pair not in self.pairs:
            self.choice = replace(self.choice, pair=())
            self.problem = f"Too few cases go from {' to '.join(wanted.pair)} here. Shown instead: all pairs of teams."


def said(error: WorkbookError) -> str:
    """The message of an error without the places of files, which are no visitor's business.

    >>> said(WorkbookError("unit must be one of A, B: got 'C' (/srv/data/cases.parquet)"))
    "Unit must be one of A, B: got 'C'"
    """
    text = re.sub(r" \([^()]*[/\\][^()]*\)", "", str(error))
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=32)
def _scope(unit: str, quarter: str) -> pd.DataFrame:
    """The handoffs of a unit and a quarter, kept for the next move of a slider."""
    rows = handoffs(tables.read("steps", unit=unit, quarter=quarter))
    return rows.select("case_id", *PAIR, "stage", "latency_hours").to_pandas()
