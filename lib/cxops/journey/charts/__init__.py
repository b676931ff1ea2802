"""Charts of the journey measures: one function a frame, named for it, and one that makes a figure of it in words.

`x(frame, width=…)` draws the measure frame `x` and computes nothing but positions; `x_figure(frame)` adds the caption
and the text alternative, which state the finding with the frame's own numbers.
"""

from cxops.journey.charts.audits import (
    failure_pareto,
    failure_pareto_figure,
    overdue_table,
    recurrence_table,
    redesigns_table,
)
from cxops.journey.charts.blueprint import blueprint, blueprint_figure
from cxops.journey.charts.boundaries import boundaries_table, grey_zones, grey_zones_figure, register_gaps_table
from cxops.journey.charts.causes import (
    causes_by_pair,
    causes_figure,
    causes_table,
    causes_total,
    causes_total_figure,
)
from cxops.journey.charts.conformance import (
    conformance,
    conformance_by_table,
    conformance_figure,
    deviations_table,
)
from cxops.journey.charts.customer_cost import (
    answers_by_wait,
    answers_by_wait_figure,
    customer_cost,
    customer_cost_figure,
    customer_cost_table,
    effort_slopes_table,
)
from cxops.journey.charts.delays import (
    large_enough_delays,
    stage_delays,
    stage_delays_figure,
    stage_delays_table,
)
from cxops.journey.charts.emotion import emotion_table, troughs_table
from cxops.journey.charts.escalations import paths_table, rights_figure, rights_table, rights_to_grant
from cxops.journey.charts.loops import (
    decision_rehearsal,
    decision_rehearsal_figure,
    decisions_table,
    loops_by_kind,
    loops_figure,
)
from cxops.journey.charts.map_tables import (
    journey_audits_table,
    map_changes_table,
    touchpoints_table,
    unmapped_table,
)
from cxops.journey.charts.modularity import (
    confinement_table,
    couplings_table,
    structure_matrix,
    structure_matrix_figure,
)
from cxops.journey.charts.notices import contacts_avoided_table, notice_funnel, notices_figure, notices_table
from cxops.journey.charts.owners import (
    leftovers_table,
    outcomes_table,
    outside_table,
    owner_effects_table,
    owners_table,
    ownership,
    ownership_figure,
    raci_gaps_table,
    raci_table,
)
from cxops.journey.charts.pods import (
    pod_rehearsal,
    pod_rehearsal_figure,
    pod_rehearsal_table,
    pods_since_table,
    pods_table,
    skill_cover_table,
)
from cxops.journey.charts.promises import (
    agents_table,
    attainment,
    attainment_figure,
    attainment_table,
    expectations_table,
    tool_gaps_table,
    unpromised_table,
)
from cxops.journey.charts.remainder import large_enough
from cxops.journey.charts.repeats import ping_pong_by_pair, ping_pong_figure, rework_by_activity, rework_figure
from cxops.journey.charts.returns import (
    causes_table,
    returns_by_stage,
    returns_by_stage_figure,
    returns_redesigns_table,
    strata_table,
    unmapped_table,
)
from cxops.journey.charts.stages import stage_flow, stage_flow_figure, stages, stages_figure
from cxops.journey.charts.tables import (
    bottlenecks_table,
    directly_follows_table,
    handoffs_table,
    ping_pong_table,
    rework_table,
    stage_flow_table,
    variants_table,
)
from cxops.journey.charts.teams import (
    bottlenecks,
    bottlenecks_figure,
    folded,
    handoffs_by_pair,
    handoffs_figure,
    slow_by_pair,
    slow_figure,
)
from cxops.journey.charts.time_study import (
    minutes_by_class,
    minutes_figure,
    reentries_table,
    rekeyed_table,
    time_study_table,
    waste_table,
)
from cxops.journey.charts.times import lead_time_by_handoffs, lead_time_figure, time_split, time_split_figure
from cxops.journey.charts.triggers import trigger_outcomes_table, triggers, triggers_figure, triggers_table
from cxops.journey.charts.variants import variants, variants_figure

__all__ = [
    "blueprint",
    "blueprint_figure",
    "conformance",
    "conformance_by_table",
    "conformance_figure",
    "deviations_table",
    "large_enough_delays",
    "stage_delays",
    "stage_delays_figure",
    "stage_delays_table",
    "emotion_table",
    "troughs_table",
    "journey_audits_table",
    "map_changes_table",
    "touchpoints_table",
    "unmapped_table",
    "agents_table",
    "answers_by_wait",
    "answers_by_wait_figure",
    "attainment",
    "attainment_figure",
    "attainment_table",
    "bottlenecks",
    "bottlenecks_figure",
    "bottlenecks_table",
    "boundaries_table",
    "causes_by_pair",
    "causes_figure",
    "causes_table",
    "causes_total",
    "causes_total_figure",
    "confinement_table",
    "contacts_avoided_table",
    "couplings_table",
    "customer_cost",
    "customer_cost_figure",
    "customer_cost_table",
    "decision_rehearsal",
    "decision_rehearsal_figure",
    "decisions_table",
    "directly_follows_table",
    "effort_slopes_table",
    "expectations_table",
    "failure_pareto",
    "failure_pareto_figure",
    "folded",
    "grey_zones",
    "grey_zones_figure",
    "handoffs_by_pair",
    "handoffs_figure",
    "handoffs_table",
    "large_enough",
    "lead_time_by_handoffs",
    "lead_time_figure",
    "leftovers_table",
    "loops_by_kind",
    "loops_figure",
    "minutes_by_class",
    "minutes_figure",
    "notice_funnel",
    "notices_figure",
    "notices_table",
    "outcomes_table",
    "outside_table",
    "overdue_table",
    "owner_effects_table",
    "owners_table",
    "ownership",
    "ownership_figure",
    "paths_table",
    "ping_pong_by_pair",
    "ping_pong_figure",
    "ping_pong_table",
    "pod_rehearsal",
    "pod_rehearsal_figure",
    "pod_rehearsal_table",
    "pods_since_table",
    "pods_table",
    "raci_gaps_table",
    "raci_table",
    "recurrence_table",
    "redesigns_table",
    "reentries_table",
    "register_gaps_table",
    "rekeyed_table",
    "returns_by_stage",
    "returns_by_stage_figure",
    "returns_redesigns_table",
    "rework_by_activity",
    "rework_figure",
    "rework_table",
    "rights_figure",
    "rights_table",
    "rights_to_grant",
    "skill_cover_table",
    "slow_by_pair",
    "slow_figure",
    "stage_flow",
    "stage_flow_figure",
    "stage_flow_table",
    "stages",
    "stages_figure",
    "strata_table",
    "structure_matrix",
    "structure_matrix_figure",
    "time_split",
    "time_split_figure",
    "time_study_table",
    "tool_gaps_table",
    "trigger_outcomes_table",
    "triggers",
    "triggers_figure",
    "triggers_table",
    "unmapped_table",
    "unpromised_table",
    "variants",
    "variants_figure",
    "variants_table",
    "waste_table",
]
