"""The parameters of the journey page."""

import math
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from cxops.journey.schema.pages import JourneyPageParameters, MaterialRatio, Resamples, Seed

TESTS = 4
"""Tests that the page makes: of handoffs, of ping-pong, of rework and of customers' answers. They share `alpha`."""


class JourneyParameters(JourneyPageParameters):
    """What the journey page and the journey explorer take; values and reasons stand in `params/journey.yml`."""

    file: ClassVar[str] = "journey.yml"

    material_ratio: MaterialRatio
    permutations: int = Field(
        ge=199, le=20_000, description="times the paths of the cases are exchanged to learn what chance can do"
    )
    seed: Seed
    resamples: Resamples
    money_per_effort_point: float | None = Field(
        ge=0,
        description="worth of one point of ease for one customer, in the organisation's currency; null: not settled",
    )
    variants_shown: int = Field(ge=1, le=50, description="how many variants the page lists")
    pairs_shown: int = Field(ge=1, le=50, description="how many pairs of teams the page lists and draws")

    @field_validator("permutations")
    @classmethod
    def _can_pass(cls, permutations: int, info: ValidationInfo) -> int:
        """The smallest possible p-value must be able to pass a test's share of alpha."""
        fewest = math.ceil(TESTS / info.data.get("alpha", 1))
        if permutations < fewest:
            raise ValueError(
                f"must be at least {TESTS} / alpha, here {fewest}, or no pair of teams could ever be a signal"
            )
        return permutations

    @property
    def limits(self) -> dict[str, Any]:
        """What each test is held against, as keyword arguments of `bottlenecks`, `excess` and `findings`.

        `alpha` is each test's equal share of the page's: the chance that any of them names something by mistake is
        then at most the sum of their shares (Bonferroni), however the tests depend on each other.
        """
        return self.shares | {"material_ratio": self.material_ratio}

    @property
    def shares(self) -> dict[str, Any]:
        """What `effort_slopes` is held against, as keyword arguments: enough answers, and a test's share of alpha."""
        return {"minimum_count": self.minimum_count, "alpha": self.alpha / TESTS}

    @property
    def chance(self) -> dict[str, Any]:
        """What the permutation test runs on, as keyword arguments of `bottlenecks` and `findings`, new at each call."""
        return {"permutations": self.permutations, "rng": np.random.default_rng(self.seed)}

    @property
    def resampling(self) -> dict[str, Any]:
        """What the ranking by customers' effort runs on, as keyword arguments of `customer_cost`, new at each call."""
        return {
            "minimum_count": self.minimum_count,
            "resamples": self.resamples,
            "rng": np.random.default_rng(self.seed),
            "money_per_effort_point": self.money_per_effort_point,
        }
