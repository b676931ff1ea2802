"""Re-entry: the same value typed for the same case into a second system."""

import ibis
from ibis import ir

from cxops.journey.log.sequence import seconds


def reentries(entries: ir.Table, *, within_hours: float, minimum_count: int) -> ir.Table:
    """One row per field into which values are typed over from a field of another system.

    Parameters
    ----------
    entries : rows of the register `field_entries`; needs entry_id, case_id, system, field, value_hash, entered_at and
        seconds.
    within_hours : an entry counts if the same value was typed into another system for the case at most as long before.
    minimum_count : pairs of fields seen in fewer cases are left out: that two values are equal may be chance.

    Returns
    -------
    from_system, from_field, to_system, to_field, reentries, cases, reentered_share (0–1, of all entries of to_field),
    minutes (that typing them again took), untimed (of the reentries, those whose time is not known: they add no
    minutes); the most minutes first, then the most reentries, then by name.

    Notes
    -----
    Values are compared by their keyed hash. An entry is held against the one before it with the same case and value;
    what the same system got twice in a row is a correction or a double click and not counted.

    >>> import pandas as pd
    >>> at = pd.to_datetime(["2025-01-06 09:00", "2025-01-06 09:05"], utc=True)
    >>> typed = pd.DataFrame({"entry_id": ["1", "2"], "case_id": "1", "system": ["CRM", "Billing"], "field": "IBAN",
    ...                       "value_hash": "x", "entered_at": at, "seconds": 30.0})
    >>> reentries(ibis.memtable(typed), within_hours=24, minimum_count=1).execute()[["to_system", "minutes"]].values
    array([['Billing', 0.5]], dtype=object)
    """
    value = ibis.window(group_by=["case_id", "value_hash"], order_by=["entered_at", "entry_id"])
    field = ibis.window(group_by=["system", "field"])
    rows = entries.mutate(
        from_system=entries.system.lag().over(value),
        from_field=entries.field.lag().over(value),
        from_at=seconds(entries.entered_at).lag().over(value),
        at=seconds(entries.entered_at),
        typed=entries.count().over(field),
    )
    again = rows.filter(rows.from_system != rows.system, rows.at - rows.from_at <= within_hours * 3600)
    names = ["from_system", "from_field", "to_system", "to_field"]
    again = again.rename(to_system="system", to_field="field")
    found = again.group_by(names).aggregate(
        reentries=again.count(),
        cases=again.case_id.nunique(),
        reentered_share=again.count() / again.typed.max(),
        minutes=again.seconds.sum().fill_null(0.0) / 60,
        untimed=again.seconds.isnull().cast("int64").sum(),
    )
    found = found.filter(found.cases >= minimum_count)
    return found.order_by([ibis.desc("minutes"), ibis.desc("reentries"), *names])
