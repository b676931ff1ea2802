"""How cases travel between teams and stages, where they wait, and where to look first."""

from cxops.journey.accountability import outcomes, outside, owned_cases, raci_gaps, raci_matrix
from cxops.journey.agents_needed import agents_needed, agents_present, stage_queues
from cxops.journey.alignments import intended_path
from cxops.journey.answers import asked_cases, waits_by_case
from cxops.journey.attainment import attainment, unpromised
from cxops.journey.bottlenecks import bottlenecks
from cxops.journey.clocks import clocks, handoff_clocks, observed_until, stage_clocks
from cxops.journey.closure import closure
from cxops.journey.conformance import aligned, conformance, conformance_by, conformance_by_stage, traces
from cxops.journey.contact_decision import break_even, decision_rehearsal, decisions
from cxops.journey.customer_cost import customer_cost
from cxops.journey.deviations import answers_by_case, deviations
from cxops.journey.effort import answers_by_wait, effort_slopes
from cxops.journey.emotion import emotion, feelings, troughs
from cxops.journey.escalations import escalations, granted, paths_taken, rights_to_grant, stage_paths
from cxops.journey.excess import excess
from cxops.journey.expectations import expectations
from cxops.journey.handoffs import handoffs, handoffs_by_pair
from cxops.journey.journey_audits import journey_audits
from cxops.journey.loops import loops, loops_by_kind
from cxops.journey.map_changes import map_changes
from cxops.journey.modularity import (
    changed_activities,
    confinement,
    couplings,
    couplings_to_break,
    modules,
    propagation_cost,
    structure_matrix,
    visibility,
)
from cxops.journey.notices import contacts_avoided, notice_funnel, notice_status
from cxops.journey.open_week import open_week
from cxops.journey.owner_effects import owner_effects
from cxops.journey.owners import leftovers, owned_stages, owners, people_by_owner, stage_work
from cxops.journey.placement import events_by_step, placement, touchpoints, unmapped_activities
from cxops.journey.pods import crossing, pods, pods_in_force
from cxops.journey.reentry import reentries
from cxops.journey.rehearsal import pod_rehearsal, rehearsal
from cxops.journey.replay import Crew, replay
from cxops.journey.rework import bounced_by_pair, ping_pong, ping_pong_by_pair, rework_by_activity, rework_by_team
from cxops.journey.skill_cover import (
    abilities,
    needed_in_register,
    needed_skills,
    pod_members,
    registered_members,
    skill_cover,
)
from cxops.journey.slow import slow_by_pair
from cxops.journey.stage_delays import stage_delays
from cxops.journey.stages import stage_flow, stages
from cxops.journey.time_study import minutes_by_class, rekeyed, required_observations, time_study, waste_by_step
from cxops.journey.times import lead_time_by_handoffs, time_split, times_by_case
from cxops.journey.tool_gaps import tool_gaps
from cxops.journey.tracking import pod_latency, pods_since
from cxops.journey.trigger_outcomes import case_outcomes, trigger_outcomes
from cxops.journey.triggers import answered_arrivals, arrivals, judged_starts, triggers
from cxops.journey.variants import directly_follows, variants
from cxops.journey.wait_causes import causes_by_pair, causes_total, wait_causes
from cxops.journey.work import latest_cases, traffic, work, work_by_kind

__all__ = [
    "agents_needed",
    "agents_present",
    "stage_queues",
    "attainment",
    "unpromised",
    "clocks",
    "handoff_clocks",
    "observed_until",
    "stage_clocks",
    "expectations",
    "contacts_avoided",
    "notice_funnel",
    "notice_status",
    "tool_gaps",
    "case_outcomes",
    "trigger_outcomes",
    "answered_arrivals",
    "arrivals",
    "judged_starts",
    "triggers",
    "break_even",
    "decision_rehearsal",
    "decisions",
    "escalations",
    "granted",
    "paths_taken",
    "rights_to_grant",
    "stage_paths",
    "loops",
    "loops_by_kind",
    "changed_activities",
    "confinement",
    "couplings",
    "couplings_to_break",
    "modules",
    "propagation_cost",
    "structure_matrix",
    "visibility",
    "open_week",
    "crossing",
    "pods",
    "pods_in_force",
    "reentries",
    "pod_rehearsal",
    "rehearsal",
    "Crew",
    "replay",
    "abilities",
    "needed_in_register",
    "needed_skills",
    "pod_members",
    "registered_members",
    "skill_cover",
    "minutes_by_class",
    "rekeyed",
    "required_observations",
    "time_study",
    "waste_by_step",
    "pod_latency",
    "pods_since",
    "latest_cases",
    "traffic",
    "work",
    "work_by_kind",
    "intended_path",
    "aligned",
    "conformance",
    "conformance_by",
    "conformance_by_stage",
    "traces",
    "answers_by_case",
    "deviations",
    "emotion",
    "feelings",
    "troughs",
    "journey_audits",
    "map_changes",
    "events_by_step",
    "placement",
    "touchpoints",
    "unmapped_activities",
    "stage_delays",
    "answers_by_wait",
    "asked_cases",
    "customer_cost",
    "effort_slopes",
    "waits_by_case",
    "bottlenecks",
    "bounced_by_pair",
    "causes_by_pair",
    "causes_total",
    "closure",
    "directly_follows",
    "excess",
    "handoffs",
    "handoffs_by_pair",
    "lead_time_by_handoffs",
    "leftovers",
    "outcomes",
    "outside",
    "owned_cases",
    "owned_stages",
    "owner_effects",
    "owners",
    "people_by_owner",
    "ping_pong",
    "ping_pong_by_pair",
    "raci_gaps",
    "raci_matrix",
    "rework_by_activity",
    "rework_by_team",
    "slow_by_pair",
    "stage_flow",
    "stage_work",
    "stages",
    "time_split",
    "times_by_case",
    "variants",
    "wait_causes",
]
