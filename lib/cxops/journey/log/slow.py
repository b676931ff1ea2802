"""Slow handoffs: those that took longer than a threshold, counted by pair of teams; `bottlenecks` judges pairs."""

import pandas as pd

PAIR = ["from_team", "to_team"]


def slow_by_pair(handoffs: pd.DataFrame, *, threshold_hours: float) -> pd.DataFrame:
    """One row per pair of teams: handoffs of known latency, how many were slow, and the hours beyond the threshold.

    Parameters
    ----------
    handoffs : one row per handoff, as `cxops.journey.handoffs` gives them.
    threshold_hours : a handoff is slow if it took longer than this.

    Returns
    -------
    from_team, to_team, handoffs, cases, slow, slow_share (0–1), hours_over; the most hours over first, then by name.

    >>> rows = pd.DataFrame({"case_id": list("abc"), "from_team": "A", "to_team": "B"})
    >>> rows = rows.assign(latency_hours=[1.0, 4.0, 9.0])
    >>> slow_by_pair(rows, threshold_hours=2.0)[["handoffs", "slow", "hours_over"]].to_dict("records")
    [{'handoffs': 3, 'slow': 2, 'hours_over': 9.0}]
    """
    known = handoffs.dropna(subset=["latency_hours"])
    over = (known["latency_hours"] - threshold_hours).clip(lower=0)
    rows = known[[*PAIR, "case_id"]].assign(slow=over > 0, hours_over=over)
    by_pair = rows.groupby(PAIR, as_index=False).agg(
        handoffs=("slow", "size"), cases=("case_id", "nunique"), slow=("slow", "sum"), hours_over=("hours_over", "sum")
    )
    by_pair.insert(5, "slow_share", by_pair["slow"] / by_pair["handoffs"])
    return by_pair.sort_values(["hours_over", *PAIR], ascending=[False, True, True], ignore_index=True)
