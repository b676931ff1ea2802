"""What redesigns did to the failures that audits of handoffs find."""

from collections.abc import Hashable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from cxops.journey.ownership.handoff_audit import FAILURE, by_quarter
from cxops.journey.statistics.before_after import before_after

_SIDES = ("before", "after")


def audited_redesigns(
    audits: pd.DataFrame, as_of: str, *, minimum_count: int, alpha: float, material_ratio: float
) -> pd.DataFrame:
    """One row per redesign, unit, pair and failure: how often it failed before the redesign and since.

    Parameters
    ----------
    audits : as for `failure_rates`, with unit and redesign_id: the redesign in force, a gap for none.
    as_of : the quarter up to which is looked.
    minimum_count, alpha, material_ratio : see `before_after`.

    Returns
    -------
    redesign_id, unit, from_team, to_team, failure_code, since (its first quarter), then the columns of `before_after`:
    events are failures and trials handoffs looked at. The smallest p-value first.

    Notes
    -----
    Before are the quarters up to the redesign in which the redesign before it was in force, or none; since are its own.
    It compares two times: what else changed in between is in the difference, and a failure that was worst just before
    it was redesigned tends to be less bad afterwards by itself.
    """
    kept = audits[audits["quarter"] <= as_of]
    kept = kept.assign(redesign_id=kept["redesign_id"].fillna("").astype(object))
    rows = by_quarter(kept, ["redesign_id", "unit", *FAILURE])
    names = [
        "redesign_id",
        "unit",
        *FAILURE,
        "since",
        *(f"{what}_{side}" for side in _SIDES for what in ("events", "trials")),
    ]
    found = pd.DataFrame(list(_redesigns(rows)), columns=names)
    told = before_after(found, minimum_count=minimum_count, alpha=alpha, material_ratio=material_ratio)
    return told.sort_values(["p_value", "redesign_id", "unit", *FAILURE], ignore_index=True)


def _redesigns(rows: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Per pair and code, each redesign with the sums before and since; a redesign without a before gets noughts."""
    for names, history in rows.groupby(["unit", *FAILURE], sort=True):
        spells = [
            (redesign, list(each)) for redesign, each in groupby(history.to_dict("records"), itemgetter("redesign_id"))
        ]
        earlier: list[dict[Hashable, Any]] = []
        for redesign, quarters in spells:
            if redesign:
                sums = [
                    sum(row[name] for row in side) for side in (earlier, quarters) for name in ("failures", "handoffs")
                ]
                yield (redesign, *names, quarters[0]["quarter"], *sums)
            earlier = quarters
