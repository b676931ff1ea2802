"""The parameters of the journey page."""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from cxops.params import PageParameters


class JourneyParameters(PageParameters):
    """What the journey page and the journey explorer take; values and reasons stand in `params/journey.yml`."""

    file: ClassVar[str] = "journey.yml"

    minimum_count: int = Field(
        ge=2,
        le=1000,
        description="cases a pair of teams or a variant must have to be shown or tested; fewer are put together",
    )
    alpha: float = Field(
        ge=0.0001,
        le=0.2,
        description="chance of calling any pair of teams a signal in one test when no pair differs (0–1)",
    )
    material_ratio: float = Field(
        ge=1,
        le=100,
        description="how many times as long, or as often, as elsewhere something must be before it is called a signal",
    )
    permutations: int = Field(
        ge=199, le=20_000, description="times the paths of the cases are exchanged to learn what chance can do"
    )
    seed: int = Field(ge=0, le=2**32 - 1, description="seed of those exchanges: the same seed gives the same page")
    variants_shown: int = Field(ge=1, le=50, description="how many variants the page lists")
    pairs_shown: int = Field(ge=1, le=50, description="how many pairs of teams the page lists and draws")

    @property
    def limits(self) -> dict[str, Any]:
        """What the tests are held against, as keyword arguments of `bottlenecks`, `excess` and `findings`."""
        return {"minimum_count": self.minimum_count, "alpha": self.alpha, "material_ratio": self.material_ratio}

    @property
    def chance(self) -> dict[str, Any]:
        """What the permutation test runs on, as keyword arguments of `bottlenecks` and `findings`, new at each call."""
        return {"permutations": self.permutations, "rng": np.random.default_rng(self.seed)}
