"""What a visitor of the journey explorer can choose, and what of a wish can be followed."""

import re
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import pandas as pd
from pydantic import Field

from cxops import params, tables
from cxops.errors import ParameterError, WorkbookError

ALL = "all"
PAIR = ["from_team", "to_team"]
LABELS = {
    "unit": "Unit",
    "quarter": "Quarter",
    "stage": "Stage entered",
    "pair": "From → to team",
    "threshold_hours": "Slow is over",
    "from_team": "From → to team",
    "to_team": "From → to team",
}
"""What stands on the control of each choice; messages say the same."""


class Choice(params.Parameters):
    """A scope, a stage or all, a pair of teams or none for all, and the hours above which a handoff is called slow."""

    file: ClassVar[str] = "journey.yml"

    unit: str = Field(default=ALL, description="an organisational unit, or all")
    quarter: str = Field(default=ALL, description="a quarter such as 2025Q3, or all")
    stage: str = Field(default=ALL, min_length=1, description="stage in which the receiver took the case up, or all")
    from_team: str = Field(default="", description="the team that handed over; goes with to_team")
    to_team: str = Field(default="", description="the team that received; goes with from_team")
    threshold_hours: float = Field(default=8, ge=0.5, le=720, description="a handoff that took longer is slow")

    @property
    def pair(self) -> tuple[str, ...]:
        return (self.from_team, self.to_team) if self.from_team else ()

    @property
    def query(self) -> str:
        """The query string that leads to this choice; what is not chosen is left out.

        >>> Choice(unit="Harbour", threshold_hours=4).query
        'unit=Harbour&threshold_hours=4'
        """
        chosen = self.model_dump(exclude_defaults=True)
        return urlencode({key: f"{value:g}" if isinstance(value, float) else value for key, value in chosen.items()})


def from_query(query: str) -> tuple[Choice, list[str]]:
    """The choice that a page's address makes, and a sentence for each key of it that was ignored.

    Parameters
    ----------
    query : such as `unit=Harbour&from_team=Specialists&to_team=Field+service&threshold_hours=4`.
    """
    wanted: dict[str, str] = {}
    problems = []
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key in wanted:
            problems.append(f"{LABELS.get(key, key)} must be given once: got {value!r} too")
        wanted.setdefault(key, value)
    choice, others = changed(Choice(), wanted)
    return choice, problems + others


def changed(choice: Choice, wanted: dict[str, Any]) -> tuple[Choice, list[str]]:
    """The choice with each wish that the data's units and quarters allow, and what was ignored and why."""
    problems = []
    for key, value in wanted.items():
        try:
            next_choice = params.check(Choice, choice.model_dump() | {key: value}, "the page's address")
            if key in ("unit", "quarter"):
                tables.check_scope(next_choice.unit, next_choice.quarter)
            choice = next_choice
        except WorkbookError as error:
            problems.append(said(error))
    return choice, problems


def within(choice: Choice, scope: pd.DataFrame, minimum_count: int) -> tuple[Choice, list[str]]:
    """The choice with a stage and a pair of teams that its scope does not have given up, and what was given up."""
    problems = []
    try:
        _check_offered("stage", choice.stage, [ALL, *stages(scope)])
    except ParameterError as error:
        problems.append(said(error))
        choice = choice.model_copy(update={"stage": ALL})
    try:
        _check_pair(choice, scope, minimum_count)
    except ParameterError as error:
        problems.append(said(error))
        choice = choice.model_copy(update=dict.fromkeys(PAIR, ""))
    return choice, problems


def of_stage(scope: pd.DataFrame, stage: str) -> pd.DataFrame:
    """The handoffs into a stage, or all."""
    return scope if stage == ALL else scope[scope["stage"] == stage]


def stages(scope: pd.DataFrame) -> list[str]:
    """Stages that cases are handed into, in the order in which a case comes to them: by their mean place in it."""
    place = scope.groupby("stage")["handoff_seq"].mean().rename("place").reset_index()
    return list(place.sort_values(["place", "stage"])["stage"])


def pairs(scope: pd.DataFrame, stage: str, minimum_count: int) -> list[tuple[str, str]]:
    """The pairs of teams with enough cases to be chosen, by name."""
    cases = of_stage(scope, stage).dropna(subset=["latency_hours"]).groupby(PAIR)["case_id"].nunique()
    return sorted(cases[cases >= minimum_count].index)


def said(error: WorkbookError) -> str:
    """The message of an error in the words of the controls, without the places of files: no visitor's business.

    >>> said(WorkbookError("unit must be one of A, B: got 'C' (/srv/data/cases.parquet)"))
    "Unit must be one of A, B: got 'C'"
    """
    text = re.sub(r" \([^()]*[/\\][^()]*\)", "", str(error))
    return re.sub(rf"^({'|'.join(LABELS)})\b", lambda key: LABELS[key[0]], text)


def _check_pair(choice: Choice, scope: pd.DataFrame, minimum_count: int) -> None:
    if not choice.from_team and not choice.to_team:
        return
    for key in PAIR:
        _check_offered(key, getattr(choice, key), sorted(scope[key].unique()))
    if choice.pair not in pairs(scope, choice.stage, minimum_count):
        where = "here" if choice.stage == ALL else f"into {choice.stage} here"
        raise ParameterError(
            f"{LABELS['pair']} must have {minimum_count} cases or more {where}: got {' → '.join(choice.pair)}"
        )


def _check_offered(key: str, value: str, offered: list[str]) -> None:
    if value not in offered:
        raise ParameterError(f"{key} must be one of {', '.join(offered) or 'none'}: got {value!r}")
