"""What the journey explorer shows for a choice: pure functions, and the state that holds the choice. No browser."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from cxops import params, tables, theme
from cxops.findings import Finding, Verdict
from cxops.journey import charts
from cxops.journey.log.bottlenecks import bottlenecks
from cxops.journey.log.handoffs import handoffs
from cxops.journey.log.slow import slow_by_pair
from cxops.journey.schema import JourneyParameters
from cxops.journey.widgets.choice import ALL, PAIR, Choice, changed, from_query, of_stage, pairs, stages, within

THRESHOLDS = (0.5, 1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720)
"""Hours that the threshold can be moved to."""


@dataclass(frozen=True)
class View:
    """What a choice shows: a number, what it is the number of, the same as a finding, and a figure of all pairs."""

    number: str
    label: str
    finding: Finding
    figure: theme.Figure


def view(scope: pd.DataFrame, choice: Choice, minimum_count: int) -> View:
    """The slow handoffs of a choice, counted: nothing here claims a difference, see `verdict`.

    Parameters
    ----------
    scope : one row per handoff of the choice's unit and quarter.
    minimum_count : pairs of teams in fewer cases are not drawn, and smaller counts are not named.
    """
    by_pair = _of_choice(scope, choice)
    figure = charts.slow_figure(by_pair[by_pair["cases"] >= minimum_count], choice.threshold_hours)
    return View(*counted(by_pair, choice, minimum_count), figure)


def counted(by_pair: pd.DataFrame, choice: Choice, minimum_count: int) -> tuple[str, str, Finding]:
    """The share of slow handoffs, of which handoffs it is the share, and both with their counts as a finding."""
    inside = (by_pair[PAIR] == choice.pair).all(axis=1) if choice.pair else by_pair["handoffs"].gt(0)
    known, slow = (int(by_pair.loc[inside, column].sum()) for column in ("handoffs", "slow"))
    which = f"handoffs {_described(choice)}"
    slower = f"took longer than {theme.duration(choice.threshold_hours)} ({_scoped(choice)})"
    label = f"of {which} {slower}"
    if known < minimum_count:
        text = f"Fewer than {minimum_count} {which} have a known length ({_scoped(choice)}): too few to show."
        return "–", label, _finding(text, float("nan"), Verdict.UNKNOWN)
    few = 0 < slow < minimum_count
    number = f"under {theme.percent(minimum_count / known)}" if few else theme.percent(slow / known)
    count = f"fewer than {minimum_count}" if few else theme.number(slow)
    text = f"{count} of {theme.number(known)} {which} {slower}."
    share = float("nan") if few else slow / known
    return number, label, _finding(text[:1].upper() + text[1:], share, Verdict.COUNT)


def verdict(ranked: pd.DataFrame, choice: Choice) -> Finding:
    """Whether the chosen pair of teams is slower than the others: what the journey page says of it, no other test.

    Parameters
    ----------
    ranked : one row per pair of teams of the choice's unit and quarter, as `bottlenecks` gives them on the page. It
        knows neither stage nor threshold, so moving these cannot turn chance into a signal.
    """
    giver, receiver = choice.pair
    row = ranked[(ranked[PAIR] == choice.pair).all(axis=1)].dropna(subset=["ratio_to_rest"])
    kpi = "handoff_wait_ratio"
    if row.empty:
        text = f"Whether {giver} to {receiver} is slower than other handoffs cannot be said: too few cases."
        return _finding(text, float("nan"), Verdict.UNKNOWN, unit="times", kpi=kpi)
    ratio, low, high = (float(row[name].iloc[0]) for name in ("ratio_to_rest", "ratio_low", "ratio_high"))
    text = (
        f"Whatever the threshold, over all stages of {_scoped(choice)}: a typical wait from {giver} to {receiver} is "
        f"{theme.ratio(ratio, low, high)} times as long as at all other handoffs (in brackets: its 95 % interval)."
    )
    claim = Verdict.SIGNAL if row["is_signal"].iloc[0] else Verdict.NOISE
    return _finding(text, ratio, claim, unit="times", kpi=kpi)


def _of_choice(scope: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """The slow handoffs by pair, into the choice's stage and over its threshold."""
    return slow_by_pair(of_stage(scope, choice.stage), threshold_hours=choice.threshold_hours)


def _described(choice: Choice) -> str:
    """Which handoffs a choice is about, in words."""
    teams = f"from {' to '.join(choice.pair)}" if choice.pair else "between all teams"
    return teams if choice.stage == ALL else f"{teams} into {choice.stage}"


def _scoped(choice: Choice) -> str:
    unit = "all units" if choice.unit == ALL else choice.unit
    return f"{unit}, {'all quarters' if choice.quarter == ALL else choice.quarter}"


def _finding(
    text: str, value: float, claim: Verdict, *, unit: str = "share", kpi: str = "slow_handoff_share"
) -> Finding:
    return Finding(f"journey.{kpi}", text, value, unit, claim, kpi)


class JourneyExplorer:
    """The explorer's state: a choice, the handoffs of its scope, and what they show.

    Parameters
    ----------
    query : of the page's address, such as `unit=Harbour&quarter=2025Q3&threshold_hours=4`; see `Choice`.

    Notes
    -----
    What of a query or of a choice cannot be followed is ignored, and said in `problems`; the rest is followed. The
    limits of tests and of small counts are those of the journey page (`params/journey.yml`) and cannot be chosen.
    """

    def __init__(self, query: str = "") -> None:
        self.limits = params.resolve(JourneyParameters, unit=ALL, quarter=ALL)
        self._judged: set[tuple[str, str]] = set()
        self._take(*from_query(query))

    def choose(self, **wanted: Any) -> None:
        """Takes up changed fields of the choice; what the new scope does not have falls back to all, and is said."""
        self._take(*changed(self.choice, wanted))

    def _take(self, choice: Choice, problems: list[str]) -> None:
        self.scope = _scope(choice.unit, choice.quarter)
        self.choice, others = within(choice, self.scope, self.limits.minimum_count)
        self.problems = problems + others

    @property
    def stages(self) -> list[str]:
        """Stages that a case was handed into in this scope, in the order of the journey."""
        return stages(self.scope)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of teams that can be chosen in this scope and stage."""
        return pairs(self.scope, self.choice.stage, self.limits.minimum_count)

    @property
    def counted(self) -> tuple[str, str, Finding]:
        """What `counted` says of the choice."""
        return counted(_of_choice(self.scope, self.choice), self.choice, self.limits.minimum_count)

    @property
    def view(self) -> View:
        return view(self.scope, self.choice, self.limits.minimum_count)

    @property
    def is_judged(self) -> bool:
        """Whether `verdict` is at hand; otherwise it takes up to some seconds."""
        return (self.choice.unit, self.choice.quarter) in self._judged

    @property
    def verdict(self) -> Finding | None:
        """What can be claimed of the chosen pair; nothing where none is chosen."""
        if not self.choice.pair:
            return None
        self._judged.add((self.choice.unit, self.choice.quarter))
        return verdict(_ranked(self.choice.unit, self.choice.quarter), self.choice)


@lru_cache(maxsize=32)
def _scope(unit: str, quarter: str) -> pd.DataFrame:
    """The handoffs of a unit and a quarter, kept for the next move of a slider."""
    rows = handoffs(tables.read("steps", unit=unit, quarter=quarter))
    return rows.select("case_id", "handoff_seq", *PAIR, "stage", "latency_hours").to_pandas()


@lru_cache(maxsize=32)
def _ranked(unit: str, quarter: str) -> pd.DataFrame:
    """The pairs of teams as the journey page of a unit and a quarter judges them, kept for the next choice."""
    given = params.resolve(JourneyParameters, unit=unit, quarter=quarter)
    return bottlenecks(handoffs(tables.read("steps", unit=unit, quarter=quarter)), **given.limits, **given.chance)
