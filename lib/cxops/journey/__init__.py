"""How cases travel between teams and stages, where they wait, and where to look first."""

from cxops.journey.closure import closure
from cxops.journey.handoffs import handoffs, handoffs_by_pair
from cxops.journey.rework import ping_pong, ping_pong_by_pair, rework_by_activity
from cxops.journey.stages import stage_flow, stages
from cxops.journey.times import lead_time_by_handoffs, time_by_activity, time_split, times_by_case
from cxops.journey.variants import directly_follows, variants

__all__ = [
    "closure",
    "directly_follows",
    "handoffs",
    "handoffs_by_pair",
    "lead_time_by_handoffs",
    "ping_pong",
    "ping_pong_by_pair",
    "rework_by_activity",
    "stage_flow",
    "stages",
    "time_by_activity",
    "time_split",
    "times_by_case",
    "variants",
]
