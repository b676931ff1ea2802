"""The parameters of the page about promises and owners."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cxops import kpis, params
from cxops.errors import ParameterError
from cxops.journey.schema.maps import MapPageParameters
from cxops.journey.schema.pages import MaterialRatio, RowsShown

TESTS = (
    *("owners", "bounced work", "recurring failures", "audited redesigns"),
    *("returns by lot", "returns by carrier", "redesigns against returns"),
    *("promises kept", "promises kept by unit", "triggers", "notices"),
    *("conflicts of incentive", "criticality", "promises customers tolerate"),
)
"""The families of tests that the page makes. They share `alpha` equally."""

Kano = Literal["must-be", "one-dimensional", "attractive", "indifferent", "cannot be told"]


class PromisesParameters(MapPageParameters):
    """What the page about promises and owners takes; values and reasons stand in `params/promises.yml`."""

    file: ClassVar[str] = "promises.yml"

    material_ratio: MaterialRatio
    target_share: float = Field(
        ge=0.5,
        le=0.99,
        description="share of promises (0–1) that are to be kept, and of customers whom they are to suit",
    )
    rows_shown: RowsShown
    kpi_scopes: dict[str, Literal["journey", "stage", "team"]] = Field(
        description="by the KPI's id, whose work it sees: the whole journey's, the owner's stages' or one team's"
    )
    acceptable_failure_share: float = Field(
        ge=0, lt=1, description="share of audited handoffs (0–1) that may have a failure before it counts as one"
    )
    recurrent_quarters: int = Field(
        ge=2, le=12, description="quarters in a row above the acceptable share that make a failure recurrent"
    )
    follow_up_days: int = Field(
        ge=1, le=730, description="days after an order in which a return counts when before and after are compared"
    )
    material_correlation: float = Field(
        gt=0, lt=1, description="correlation below 0 by at least this before incentives are said to conflict (0–1)"
    )
    extreme_share: float = Field(
        ge=0.05, le=0.45, description="share of a stage's passages (0–1) that count as slow, and as quick"
    )
    material_points: float = Field(
        gt=0, le=4, description="points of satisfaction (1 to 5) below which a penalty or a reward does not matter"
    )
    tolerated_shares: dict[Kano, Annotated[float, Field(ge=0.05, le=0.95)]] = Field(
        min_length=5, description="by Kano type, the share of customers (0–1) who must find a stage's target acceptable"
    )

    @classmethod
    def check_files(cls) -> None:
        """Raises ParameterError if a map is wrong, or the page's own file scopes a KPI that there is not."""
        super().check_files()
        known = kpis.catalogue()
        unknown = [name for name in params.resolve(cls).kpi_scopes if name not in known]
        if unknown:
            raise ParameterError(
                f"kpi_scopes must be of KPIs of params/kpis.yml: got {', '.join(unknown)} ({cls.file})"
            )

    @property
    def limits(self) -> dict[str, Any]:
        """What each test is held against, as keyword arguments of the measures: `alpha` is each one's equal share.

        The chance that any of them names something by mistake is then at most the sum of their shares (Bonferroni),
        however the tests depend on each other.
        """
        alpha = self.alpha / len(TESTS)
        return {"minimum_count": self.minimum_count, "alpha": alpha, "material_ratio": self.material_ratio}

    @property
    def levels(self) -> dict[str, Any]:
        """The limits of those tests that know no material ratio."""
        return {name: self.limits[name] for name in ("minimum_count", "alpha")}

    @property
    def recurs(self) -> dict[str, Any]:
        """When an audited failure recurs, as keyword arguments of `recurrence` and its table."""
        return {"acceptable_share": self.acceptable_failure_share, "quarters": self.recurrent_quarters}

    @property
    def conflicting(self) -> dict[str, Any]:
        """What conflicts of incentive are held against, as keyword arguments of `incentive_conflicts`."""
        return self.levels | {"material_correlation": self.material_correlation}

    @property
    def critical(self) -> dict[str, Any]:
        """What makes a stage critical, as keyword arguments of `criticality`."""
        return self.levels | {"extreme_share": self.extreme_share, "material_points": self.material_points}

    @property
    def tolerated(self) -> dict[str, Any]:
        """What customers must tolerate, as keyword arguments of `stage_targets`."""
        return self.levels | {"tolerated_shares": self.tolerated_shares}
