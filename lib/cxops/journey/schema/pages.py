"""What the pages of the journey have in common: the fields that all take, and the kinds of field that some do."""

from typing import Annotated

from pydantic import Field

from cxops.params import PageParameters

MaterialRatio = Annotated[
    float,
    Field(
        ge=1,
        le=100,
        description="how many times as long, or as often, as elsewhere something must be before it is called a signal",
    ),
]
RowsShown = Annotated[int, Field(ge=1, le=50, description="how many rows a table of the page lists")]
Resamples = Annotated[
    int, Field(ge=199, le=20_000, description="times cases or customers are drawn anew to learn how sure a number is")
]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1, description="seed of all draws: the same seed gives the same page")]


class JourneyPageParameters(PageParameters):
    """What every page of the journey takes: how much must stand behind a figure, and how often it may err."""

    minimum_count: int = Field(
        ge=2,
        le=1000,
        description="cases or observations that must stand behind what is shown or tested; fewer are put together "
        "or left out",
    )
    alpha: float = Field(
        ge=0.001,
        le=0.2,
        description="chance that a page calls anything a signal when nothing differs (0–1); its tests share it equally",
    )
