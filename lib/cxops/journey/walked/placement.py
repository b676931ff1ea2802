"""Where each event of the log stands on the journey map: in exactly one stage, or listed as unmapped."""

from collections.abc import Iterable

import ibis
import pandas as pd
from ibis import ir

from cxops.journey.log.rare import is_rare
from cxops.journey.log.sequence import shallow

PLACED, SUPPORTING, IGNORED, UNMAPPED = "placed", "supporting", "ignored", "unmapped"
"""What becomes of an event: a step of the map carries it out; it belongs where it occurs; left out; not on the map."""
RARER = "(rarer activities)"


def placement(
    steps: ir.Table,
    stages: pd.DataFrame,
    activities: pd.DataFrame,
    *,
    supporting: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
) -> ir.Table:
    """The steps of the log with the stage, the phase and the step of the map that each belongs to.

    Parameters
    ----------
    steps : one row per step of the log; needs activity, stage.
    stages : one row per stage of the map: stage, phase, position.
    activities : one row per activity that a step of the map names: activity, stage, step_id.
    supporting : activities that belong to the stage they occur in.
    ignored : activities that are left out on purpose.

    Returns
    -------
    The steps with `stage`, now that of the map, `phase`, `step_id`, `log_stage` (the stage as the log has it) and
    `place`: `placed`, `supporting`, `ignored` or `unmapped`. Stage, phase and step are gaps where the event is not
    mapped, and the step where it is supporting.

    Notes
    -----
    An activity belongs to the one stage whose steps name it, whatever stage the log gives it. A supporting activity
    belongs to the log's own stage, if the map has it. So each event falls in exactly one stage or in none. Of two steps
    of a stage that name the same activity, the first has it; of two stages, the log decides.

    >>> steps = ibis.memtable({"activity": ["Diagnose", "Wait", "Fax"], "stage": ["?", "Support", "Support"]})
    >>> stages = pd.DataFrame({"stage": ["Support"], "phase": ["Support"], "position": [0]})
    >>> activities = pd.DataFrame({"activity": ["Diagnose"], "stage": ["Support"], "step_id": ["diagnose"]})
    >>> found = placement(steps, stages, activities, supporting=("Wait",)).execute()
    >>> found.set_index("activity")["place"].to_dict()
    {'Diagnose': 'placed', 'Wait': 'supporting', 'Fax': 'unmapped'}
    """
    named = activities.drop_duplicates(["activity", "stage"])
    is_single = ~named["activity"].duplicated(keep=False)
    single, several = named[is_single], named[~is_single]
    rows = steps.rename(log_stage="stage")
    at_home = _is_in(rows.log_stage, stages["stage"])
    goes_along = _is_in(rows.activity, [*supporting, *several["activity"]]) & at_home
    own = _looked_up(rows.activity, single["activity"], single["stage"])
    rows = rows.mutate(stage=ibis.coalesce(own, ibis.cases((goes_along, rows.log_stage))))
    rows = rows.mutate(
        phase=_looked_up(rows.stage, stages["stage"], stages["phase"]),
        step_id=_step(rows, single, several),
    )
    place = ibis.cases(
        (_is_in(rows.activity, ignored), IGNORED),
        (rows.step_id.notnull(), PLACED),
        (rows.stage.notnull(), SUPPORTING),
        else_=UNMAPPED,
    )
    return rows.select(*steps.columns, "phase", "step_id", "log_stage", place=place)


def staged(placed: ir.Table) -> ir.Table:
    """The steps of the log in the stages of the map, so that every page tells of the same stage under the same name.

    Parameters
    ----------
    placed : as `placement` gives it.

    Returns
    -------
    The steps with the columns they came with. `stage` is the map's; what is not on the map keeps the stage that the
    log gives it, and without a map that is every step.

    >>> steps = ibis.memtable({"activity": ["Diagnose", "Fax"], "stage": ["Diagnose", "Post room"]})
    >>> stages = pd.DataFrame({"stage": ["Support"], "phase": ["Support"], "position": [0]})
    >>> activities = pd.DataFrame({"activity": ["Diagnose"], "stage": ["Support"], "step_id": ["diagnose"]})
    >>> staged(placement(steps, stages, activities)).execute()["stage"].tolist()
    ['Support', 'Post room']
    """
    rows = placed.mutate(stage=ibis.coalesce(placed.stage, placed.log_stage))
    return shallow(rows.drop("phase", "step_id", "log_stage", "place"))


def _step(rows: ir.Table, single: pd.DataFrame, several: pd.DataFrame) -> ir.StringValue:
    """The step that names the activity; of an activity of several stages, the step of the event's own stage."""
    step = _looked_up(rows.activity, single["activity"], single["step_id"])
    for activity, stage, step_id in several[["activity", "stage", "step_id"]].itertuples(index=False):
        step = ibis.cases(((rows.activity == activity) & (rows.stage == stage), step_id), else_=step)
    return step


def unmapped_activities(placed: ir.Table, *, minimum_count: int = 1) -> ir.Table:
    """One row per activity of the log that is not on the map, with the stage the log gives it.

    Parameters
    ----------
    placed : as `placement` gives it.
    minimum_count : activities of fewer cases are put together as `(rarer activities)`, which takes in further ones
        until it stands for as many.

    Returns
    -------
    activity, log_stage, place (`unmapped`, or `ignored` on purpose), events, cases; the most events first, then by
    name. In the remainder all three names are `(rarer activities)`.
    """
    names = ["activity", "log_stage", "place"]
    rows = placed.filter(placed.place.isin([UNMAPPED, IGNORED]))
    counted = rows.group_by(names).aggregate(events=rows.count(), cases=rows.case_id.nunique())
    counted = counted.mutate(rare=is_rare(counted, "cases", minimum_count))
    counted = counted.mutate(**{name: ibis.ifelse(counted.rare, RARER, counted[name]) for name in names})
    return (
        counted.group_by(names)
        .aggregate(events=counted.events.sum(), cases=counted.cases.sum())
        .order_by([ibis.desc("events"), *names])
    )


def events_by_step(placed: ir.Table) -> ir.Table:
    """One row per step of the map that occurs in the log: step_id, events, cases; by name."""
    rows = placed.filter(placed.step_id.notnull(), placed.place == PLACED)
    return rows.group_by("step_id").aggregate(events=rows.count(), cases=rows.case_id.nunique()).order_by("step_id")


def touchpoints(steps: pd.DataFrame, seen: pd.DataFrame, *, minimum_count: int = 1) -> pd.DataFrame:
    """Every step of the map with its events in the log, and in words whether the log shows it.

    Parameters
    ----------
    steps : one row per step of the map: phase, stage, step_id, touchpoint, activities.
    seen : events and cases by step_id, as `events_by_step` gives them.
    minimum_count : counts of fewer cases (but not of none) are gaps.

    Returns
    -------
    phase, stage, step_id, touchpoint, events, cases, evidence: `in the log`, `no event in the log` where the map names
    activities and none occurred, `not in any log` where it names none; then events are a gap, never 0.
    """
    rows = steps[["phase", "stage", "step_id", "touchpoint", "activities"]].merge(
        seen, on="step_id", how="left", validate="one_to_one"
    )
    observable = rows["activities"].map(len) > 0
    counts = rows[["events", "cases"]].astype("Float64").fillna(0)
    counts = counts.where(observable & ((counts["cases"] == 0) | (counts["cases"] >= minimum_count)))
    evidence = pd.Series("not in any log", index=rows.index).mask(observable, "no event in the log")
    rows["evidence"] = evidence.mask(rows["cases"].notna(), "in the log").astype(str)
    return rows.assign(events=counts["events"], cases=counts["cases"]).drop(columns="activities")


def _looked_up(value: ir.StringValue, names: Iterable[str], entries: Iterable[str]) -> ir.StringValue:
    """The entry beside the value's name; a gap where there is none."""
    known = list(zip(names, entries, strict=True))
    return ibis.cases(*((value == name, entry) for name, entry in known)) if known else ibis.null("string")


def _is_in(value: ir.StringValue, names: Iterable[str]) -> ir.BooleanValue:
    known = sorted(set(names))
    return value.isin(known).fill_null(False) if known else ibis.literal(False)
