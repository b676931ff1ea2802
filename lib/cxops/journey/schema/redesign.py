"""The parameters of the page about other arrangements of the work."""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from cxops.journey.schema.maps import MapPageParameters
from cxops.journey.schema.pages import RowsShown, Seed

TESTS = (
    *("pods rehearsed", "decisions moved", "rights granted", "pods since their start", "rights since they moved"),
    "retest size",
)
"""The families of tests that the page makes. They share `alpha` equally."""


class RedesignParameters(MapPageParameters):
    """What the page about other arrangements takes; values and reasons stand in `params/redesign.yml`."""

    file: ClassVar[str] = "redesign.yml"

    seed: Seed
    rows_shown: RowsShown
    pod_count: int | None = Field(
        ge=1, le=50, description="how many pods; empty: as many as give the highest modularity"
    )
    cases_simulated: int = Field(
        ge=50, le=20_000, description="cases in the rehearsal of the pods: those of the scope that began last"
    )
    latency_kept_share: float = Field(
        ge=0, le=1, description="of the latency of a handoff between teams that are now in one pod, what stays (0–1)"
    )
    latency_kept_cautious_share: float = Field(
        ge=0, le=1, description="the same for the cautious end of the range in which pods may save (0–1)"
    )
    calendar: str | None = Field(
        description="calendar of the journey map in which everybody works in the rehearsal; empty: at any hour"
    )
    replications: int = Field(ge=100, le=5000, description="how often days, or wrong decisions, are drawn")
    error_share: float = Field(
        ge=0, le=1, description="of the decisions that the contact point is expected to get wrong (0–1)"
    )
    rework_hours: float = Field(gt=0, le=10_000, description="hours that a wrong decision costs")
    module_count: int | None = Field(
        ge=1, le=50, description="how many modules; empty: as many as give the best modularity"
    )
    dependence_share: float = Field(
        gt=0, le=1, description="share (0–1) of an activity's work that must directly follow another to depend on it"
    )
    together_share: float = Field(
        gt=0, le=1, description="share (0–1) of the changes to an activity that must touch another to depend on it"
    )
    allowance_share: float = Field(
        ge=0, le=1, description="for rest and the unavoidable, as a share of normal time (0–1), in standard times"
    )
    error_of_mean: float = Field(
        gt=0, lt=1, description="to which share of itself (0–1) a timed mean is to be known, with 95 % confidence"
    )
    reentry_within_hours: float = Field(
        gt=0, le=8760, description="hours within which the same value in a second system counts as typed again"
    )

    @property
    def level(self) -> float:
        """What each test's p-value is held against: its equal share of `alpha` (Bonferroni)."""
        return self.alpha / len(TESTS)

    @property
    def limits(self) -> dict[str, Any]:
        """What each finding is held against, as keyword arguments."""
        return {"minimum_count": self.minimum_count, "alpha": self.level}

    @property
    def chance(self) -> dict[str, Any]:
        """What draws rest on, as keyword arguments, new at each call."""
        return {"replications": self.replications, "rng": np.random.default_rng(self.seed)}

    @property
    def dependence(self) -> dict[str, float]:
        """From when on one activity depends on another, as keyword arguments."""
        return {"dependence_share": self.dependence_share, "together_share": self.together_share}

    @property
    def decision(self) -> dict[str, float]:
        """How often the contact point errs, and what that costs, as keyword arguments."""
        return {"error_share": self.error_share, "rework_hours": self.rework_hours}
