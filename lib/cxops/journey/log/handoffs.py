"""Handoffs: every change of team within a case, and how long nobody worked on it in between."""

import ibis
from ibis import ir

from cxops.journey.log.quantiles import quantile, ranked
from cxops.journey.log.rare import is_rare
from cxops.journey.log.sequence import passes, unordered

PAIR = ["from_team", "to_team"]
RARER = "(rarer pairs)"
"""Stands for both teams in the one row that holds every pair seen in too few cases to be shown."""


def handoffs(steps: ir.Table) -> ir.Table:
    """One row per change of team within a case, with the hours until the receiver took it up.

    Parameters
    ----------
    steps : one row per step; needs case_id, started_at, step_seq, ended_at, stage, team, status.

    Returns
    -------
    case_id, handoff_seq (1 for the first of a case), from_team, to_team, stage (of the receiver's first step),
    handed_at (when the sender let go, or where that is not known the receiver's first start), latency_hours.

    Notes
    -----
    latency_hours = the receiver's first step that is not `waiting` − the sender's last known end, at least 0. If the
    receiver passed the case on without working on it, the latency runs until it let go. It is a gap where the sender's
    end is not known or the receiver still holds the case untouched. A sender that had completed the case let go when
    somebody took it up again. In a state log a step ends where the next row starts, so a queue row of the receiver
    belongs to the latency and a waiting row of the sender does not.

    >>> import pandas as pd
    >>> at = pd.to_datetime(["2025-01-06 09:00", "2025-01-06 13:00"], utc=True)
    >>> steps = pd.DataFrame({"case_id": "1", "step_seq": 0, "started_at": at, "ended_at": at + pd.Timedelta("1h"),
    ...                       "stage": "Diagnosis", "team": ["Front desk", "Billing"], "status": "active"})
    >>> handoffs(ibis.memtable(steps)).latency_hours.execute().tolist()
    [3.0]
    """
    changes = passes(steps, "team")
    return changes.select(
        "case_id",
        handoff_seq="block_seq",
        from_team="sender",
        to_team="receiver",
        stage="stage",
        handed_at="handed_at",
        latency_hours="latency_hours",
    ).order_by("case_id", "handoff_seq")


def handoffs_by_pair(handoffs: ir.Table, *, minimum_count: int = 1) -> ir.Table:
    """One row per pair of sender and receiver: how often, how long, and the hours in all.

    Parameters
    ----------
    handoffs : one row per handoff, as `handoffs` gives them.
    minimum_count : pairs seen in fewer cases are put together in one row, named `(rarer pairs)` on both sides, which
        takes in further pairs until it holds as many (see `is_rare`).

    Returns
    -------
    from_team, to_team, handoffs, cases, latency_hours_p50, latency_hours_p90, latency_hours_total; the most hours
    first, then by name. Handoffs of unknown latency count as handoffs and add no hours.
    """
    handoffs = unordered(handoffs)
    rows = handoffs if minimum_count <= 1 else with_rarer_pairs(handoffs, minimum_count)
    rows = ranked(rows, PAIR, "latency_hours")
    return (
        rows.group_by(PAIR)
        .aggregate(
            handoffs=rows.count(),
            cases=rows.case_id.nunique(),
            latency_hours_p50=quantile(rows, "latency_hours", 0.5),
            latency_hours_p90=quantile(rows, "latency_hours", 0.9),
            latency_hours_total=rows.latency_hours.sum().fill_null(0.0),
        )
        .order_by([ibis.desc("latency_hours_total"), *PAIR])
    )


def with_rarer_pairs(handoffs: ir.Table, minimum_count: int) -> ir.Table:
    """The handoffs, with both teams of every pair that too few cases stand behind named `(rarer pairs)`."""
    seen = handoffs.group_by(PAIR).aggregate(pair_cases=handoffs.case_id.nunique())
    seen = seen.mutate(rare=is_rare(seen, "pair_cases", minimum_count))
    seen = seen.rename(seen_from="from_team", seen_to="to_team")
    both = handoffs.join(seen, [handoffs.from_team == seen.seen_from, handoffs.to_team == seen.seen_to])
    return both.mutate(**{team: ibis.ifelse(both.rare, RARER, both[team]) for team in PAIR}).select(handoffs.columns)
