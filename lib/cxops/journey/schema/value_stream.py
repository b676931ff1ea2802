"""The parameters of the value stream page."""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from cxops.journey.schema.maps import MapPageParameters
from cxops.journey.schema.pages import Resamples, RowsShown, Seed

TESTS: tuple[str, ...] = (
    *("troughs of feeling", "satisfaction of deviations", "groups that leave the path"),
    *("repeats by stage", "handling time by stage"),
)
"""The families of tests that the page makes. They share `alpha` equally."""


class ValueStreamParameters(MapPageParameters):
    """What the value stream page takes; values and reasons stand in `params/value_stream.yml`."""

    file: ClassVar[str] = "value_stream.yml"

    resamples: Resamples
    seed: Seed
    rows_shown: RowsShown
    batch_cases: int = Field(ge=2, le=1000, description="fewest cases taken up together that are called a batch")
    batch_gap_minutes: float = Field(ge=0, le=240, description="longest break between two cases of a batch")
    batch_free_minutes: float = Field(
        ge=0, le=10_080, description="how long the receiver must have been there and free while a batch gathered"
    )
    calendar_support: float = Field(
        ge=0, le=1, description="share of the sights at the busiest time that makes an hour one of presence (0–1)"
    )
    calendar_days: int = Field(
        ge=1, le=366, description="days on which somebody must be seen before their hours are read from them"
    )
    repeat_days: float = Field(
        gt=0, le=366, description="a case of the same customer and reason within so many days counts as a repeat"
    )
    ease: dict[str, float] = Field(
        default_factory=dict, description="how easily a stage can be joined up, 1 as usual, 2 twice as easily, by stage"
    )

    @property
    def limits(self) -> dict[str, Any]:
        """What each test is held against: its equal share of the page's `alpha` (Bonferroni), and `minimum_count`."""
        return {"minimum_count": self.minimum_count, "alpha": self.alpha / len(TESTS)}

    @property
    def causes(self) -> dict[str, Any]:
        """What `wait_causes` goes by, as keyword arguments."""
        names = ("batch_cases", "batch_gap_minutes", "batch_free_minutes", "calendar_support", "calendar_days")
        return {name: getattr(self, name) for name in names}

    @property
    def chance(self) -> dict[str, Any]:
        """What intervals are drawn with, as keyword arguments, new at each call."""
        return {"resamples": self.resamples, "rng": np.random.default_rng(self.seed)}
