"""How cases travel between teams and stages, where they wait, and where to look first."""

from cxops.journey.customers.answers import asked_cases, waits_by_case
from cxops.journey.customers.criticality import criticality
from cxops.journey.customers.customer_cost import customer_cost
from cxops.journey.customers.effort import answers_by_wait, effort_slopes
from cxops.journey.log.bottlenecks import bottlenecks
from cxops.journey.log.closure import closure
from cxops.journey.log.handoffs import handoffs, handoffs_by_pair
from cxops.journey.log.rework import bounced_by_pair, ping_pong, ping_pong_by_pair, rework_by_activity, rework_by_team
from cxops.journey.log.slow import slow_by_pair
from cxops.journey.log.stages import stage_flow, stages
from cxops.journey.log.times import lead_time_by_handoffs, time_split, times_by_case
from cxops.journey.log.variants import directly_follows, variants
from cxops.journey.ownership.accountability import outcomes, outside, owned_cases, raci_gaps, raci_matrix
from cxops.journey.ownership.audited_redesigns import audited_redesigns
from cxops.journey.ownership.boundaries import boundaries, boundary_totals
from cxops.journey.ownership.crossings import crossings
from cxops.journey.ownership.handoff_audit import (
    audited_quarter,
    audits_by_quarter,
    failure_pareto,
    failure_rates,
    overdue,
    pairs_in_quarter,
)
from cxops.journey.ownership.incentives import (
    handoffs_by_stage,
    incentive_conflicts,
    teams_without_scorecard,
    with_conflicts,
)
from cxops.journey.ownership.owner_effects import owner_effects
from cxops.journey.ownership.owners import leftovers, owned_stages, owners, people_by_owner, stage_work, told_work
from cxops.journey.ownership.passed_work import passed_by_week, passed_work
from cxops.journey.ownership.recurrence import recurrence
from cxops.journey.ownership.returns import (
    cause_weights,
    causes,
    returns_by_stage,
    returns_by_stratum,
    unmapped_reasons,
)
from cxops.journey.ownership.returns_redesigns import returns_redesigns
from cxops.journey.promises.agents_needed import agents_needed, agents_present, stage_queues
from cxops.journey.promises.attainment import attainment, unpromised
from cxops.journey.promises.clocks import clocks, handoff_clocks, observed_until, stage_clocks
from cxops.journey.promises.decision_points import arrivals
from cxops.journey.promises.notices import contacts_avoided, notice_funnel, notice_status
from cxops.journey.promises.stage_targets import cost_of_change, stage_targets
from cxops.journey.promises.tool_gaps import tool_gaps
from cxops.journey.promises.trigger_outcomes import case_outcomes, trigger_outcomes
from cxops.journey.promises.triggers import answered_arrivals, case_starts, judged_starts, starts_by_workflow, triggers
from cxops.journey.redesign.contact_decision import decision_rehearsal, decisions, loops_of
from cxops.journey.redesign.escalations import escalations, granted, paths_taken, rights_to_grant, stage_paths
from cxops.journey.redesign.loops import loops, loops_by_kind
from cxops.journey.redesign.modularity import (
    changed_activities,
    confinement,
    couplings,
    couplings_to_break,
    modules,
    propagation_cost,
    structure_matrix,
    visibility,
)
from cxops.journey.redesign.open_week import open_week
from cxops.journey.redesign.pods import crossing, pods
from cxops.journey.redesign.reentry import reentries
from cxops.journey.redesign.rehearsal import pod_rehearsal, rehearsal
from cxops.journey.redesign.replay import Crew, replay
from cxops.journey.redesign.rights_since import rights_since
from cxops.journey.redesign.skill_cover import (
    abilities,
    needed_in_register,
    needed_skills,
    pod_members,
    registered_members,
    skill_cover,
)
from cxops.journey.redesign.time_study import (
    minutes_by_class,
    rekeyed,
    time_study,
    waste_by_step,
)
from cxops.journey.redesign.tracking import pods_since
from cxops.journey.redesign.work import latest_cases, traffic, work, work_by_kind
from cxops.journey.statistics.before_after import before_after
from cxops.journey.statistics.excess import excess
from cxops.journey.stream.handovers import handovers, lead_time_regression
from cxops.journey.stream.hourly_rates import hourly_rates
from cxops.journey.stream.issues import issues_by_step, unplaced_issues, with_touchpoints
from cxops.journey.stream.queues import queue_visits, queue_works, queues, touchpoint_queues, triage_by_channel
from cxops.journey.stream.stage_effects import handling, repeats, stage_effects
from cxops.journey.stream.value_stream import (
    cycle_efficiency,
    rolled_yield,
    rolled_yield_interval,
    streamed,
    value_stream,
)
from cxops.journey.waits.wait_causes import causes_by_pair, causes_total, wait_causes
from cxops.journey.walked.alignments import intended_path
from cxops.journey.walked.blueprint import blueprint
from cxops.journey.walked.conformance import (
    aligned,
    case_groups,
    conformance,
    conformance_by,
    conformance_by_stage,
    traces,
)
from cxops.journey.walked.deviations import answers_by_case, deviations
from cxops.journey.walked.emotion import emotion, feelings, troughs
from cxops.journey.walked.journey_audits import journey_audits
from cxops.journey.walked.map_changes import map_changes
from cxops.journey.walked.placement import events_by_step, placement, staged, touchpoints, unmapped_activities
from cxops.journey.walked.stage_delays import stage_delays

__all__ = [
    "abilities",
    "agents_needed",
    "agents_present",
    "aligned",
    "answered_arrivals",
    "answers_by_case",
    "answers_by_wait",
    "arrivals",
    "asked_cases",
    "attainment",
    "audited_quarter",
    "audited_redesigns",
    "audits_by_quarter",
    "before_after",
    "blueprint",
    "bottlenecks",
    "bounced_by_pair",
    "boundaries",
    "boundary_totals",
    "case_groups",
    "case_outcomes",
    "case_starts",
    "cause_weights",
    "causes",
    "causes_by_pair",
    "causes_total",
    "changed_activities",
    "clocks",
    "closure",
    "confinement",
    "conformance",
    "conformance_by",
    "conformance_by_stage",
    "contacts_avoided",
    "cost_of_change",
    "couplings",
    "couplings_to_break",
    "Crew",
    "criticality",
    "crossing",
    "crossings",
    "customer_cost",
    "cycle_efficiency",
    "decision_rehearsal",
    "decisions",
    "deviations",
    "directly_follows",
    "effort_slopes",
    "emotion",
    "escalations",
    "events_by_step",
    "excess",
    "failure_pareto",
    "failure_rates",
    "feelings",
    "granted",
    "handling",
    "handoff_clocks",
    "handoffs",
    "handoffs_by_pair",
    "handoffs_by_stage",
    "handovers",
    "hourly_rates",
    "incentive_conflicts",
    "intended_path",
    "issues_by_step",
    "journey_audits",
    "judged_starts",
    "latest_cases",
    "lead_time_by_handoffs",
    "lead_time_regression",
    "leftovers",
    "loops",
    "loops_by_kind",
    "loops_of",
    "map_changes",
    "minutes_by_class",
    "modules",
    "needed_in_register",
    "needed_skills",
    "notice_funnel",
    "notice_status",
    "observed_until",
    "open_week",
    "outcomes",
    "outside",
    "overdue",
    "owned_cases",
    "owned_stages",
    "owner_effects",
    "owners",
    "pairs_in_quarter",
    "passed_by_week",
    "passed_work",
    "paths_taken",
    "people_by_owner",
    "ping_pong",
    "ping_pong_by_pair",
    "placement",
    "pod_members",
    "pod_rehearsal",
    "pods",
    "pods_since",
    "propagation_cost",
    "queue_visits",
    "queue_works",
    "queues",
    "raci_gaps",
    "raci_matrix",
    "recurrence",
    "reentries",
    "registered_members",
    "rehearsal",
    "rekeyed",
    "repeats",
    "replay",
    "returns_by_stage",
    "returns_by_stratum",
    "returns_redesigns",
    "rework_by_activity",
    "rework_by_team",
    "rights_since",
    "rights_to_grant",
    "rolled_yield",
    "rolled_yield_interval",
    "skill_cover",
    "slow_by_pair",
    "stage_clocks",
    "stage_delays",
    "stage_effects",
    "stage_flow",
    "stage_paths",
    "stage_queues",
    "starts_by_workflow",
    "stage_targets",
    "stage_work",
    "staged",
    "stages",
    "streamed",
    "structure_matrix",
    "teams_without_scorecard",
    "time_split",
    "time_study",
    "times_by_case",
    "told_work",
    "tool_gaps",
    "touchpoint_queues",
    "touchpoints",
    "traces",
    "traffic",
    "triage_by_channel",
    "trigger_outcomes",
    "triggers",
    "troughs",
    "unmapped_activities",
    "unmapped_reasons",
    "unplaced_issues",
    "unpromised",
    "value_stream",
    "variants",
    "visibility",
    "wait_causes",
    "waits_by_case",
    "with_touchpoints",
    "waste_by_step",
    "with_conflicts",
    "work",
    "work_by_kind",
]
