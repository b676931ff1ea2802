"""The planted truths: what deviates in the demo organisation, where and by how much.

The generator reads its deviations from these values and from nowhere else, so the table cannot drift from the data.
Everything that is not listed here is the same in all units, teams, stages and months, apart from chance.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.columns import Codes, Flags


@dataclass(frozen=True)
class Truth:
    """One planted deviation.

    Parameters
    ----------
    truth : its name.
    unit : the only unit in which it holds.
    table : the table in which it shows.
    where : columns and the values that select the deviating rows; team pairs as `from_team`, `to_team`.
    measure : what deviates, in words.
    kind : how `size` is to be read: `times` the rest, `points` more than the rest, a `slope` or a yearly `amplitude`.
    baseline : the measure everywhere else, where it is one number.
    size : the deviation.
    from_on, until_on : first day on which it holds and first on which it no longer does; empty when unbounded.
    """

    truth: str
    unit: str
    table: str
    measure: str
    kind: str
    size: float
    baseline: float | None = None
    where: dict[str, str] = field(default_factory=dict)
    from_on: str = ""
    until_on: str = ""

    def holds(self, units: Codes, moment: Codes) -> Flags:
        """Whether the truth's unit and days hold, for unit codes and moments in seconds since 1970 in UTC."""
        start = _second(self.from_on) if self.from_on else setting.START
        end = _second(self.until_on) if self.until_on else setting.EXTRACT
        return np.asarray((units == setting.UNITS.index(self.unit)) & (moment >= start) & (moment < end))


SLOW_HANDOFF = Truth(
    truth="Slow handoff",
    unit="Harbour",
    table="steps",
    where={"from_team": "Specialists", "to_team": "Field service"},
    measure="median hours from the sender's last work to the receiver's first",
    kind="times",
    baseline=setting.HANDOFF_HOURS.median,
    size=3.0,
)
PING_PONG = Truth(
    truth="Ping-pong pair",
    unit="Meadow",
    table="steps",
    where={"team": "Specialists", "other_team": "Back office"},
    measure="share of the handoffs between the two, either way, that go straight back",
    kind="times",
    baseline=setting.RETURN_SHARE,
    size=6.0,
)
UNHAPPY_STAGE = Truth(
    truth="Promise kept, customers unhappy",
    unit="Meadow",
    table="surveys",
    where={"cases.stage": "Identity check"},
    measure=f"mean csat of cases that arose there, though as many as elsewhere are resolved in {setting.SLA_HOURS:g} h",
    kind="points",
    baseline=setting.CSAT,
    size=-0.8,
)
SATISFACTION_SHIFT = Truth(
    truth="Metric shift",
    unit="Summit",
    table="surveys",
    measure="mean csat",
    kind="points",
    baseline=setting.CSAT,
    size=-0.4,
    from_on="2025-07-01",
)
HANDLING_PULSE = Truth(
    truth="One slow quarter",
    unit="Meadow",
    table="contacts",
    where={"bot": "false"},
    measure="median handling time, answer to end",
    kind="times",
    size=1.25,
    from_on="2025-04-01",
    until_on="2025-07-01",
)
BOT_CONTAINMENT = Truth(
    truth="Automation launch, contains more",
    unit="Harbour",
    table="contacts",
    where={"channel": "chat", "case_id": "none"},
    measure="share of chats without a case that automation handles alone",
    kind="times",
    baseline=setting.BOT_SHARE,
    size=2.2,
    from_on="2025-02-03",
)
BOT_SATISFACTION = Truth(
    truth="Automation launch, pleases less",
    unit="Harbour",
    table="surveys",
    where={"contacts.bot": "true"},
    measure="mean csat of contacts that automation handled alone, by the contact's arrival",
    kind="points",
    baseline=setting.CSAT,
    size=-0.7,
    from_on="2025-02-03",
)
LOW_RESPONSE = Truth(
    truth="Low-response segment",
    unit="Meadow",
    table="surveys",
    where={"customers.segment": "Small business"},
    measure="share of invitations that are answered",
    kind="times",
    baseline=setting.RESPONSE_SHARE,
    size=0.4,
)
SEASON = Truth(
    truth="Seasonal demand",
    unit="Summit",
    table="cases",
    measure="cases opened a day: yearly cosine, highest on 1 December, relative to the mean",
    kind="amplitude",
    baseline=0.0,
    size=0.3,
)
REWORK = Truth(
    truth="Team with rework",
    unit="Summit",
    table="steps",
    where={"team": "Billing"},
    measure="share of pieces of work that the same team does again at once",
    kind="times",
    baseline=setting.REWORK_SHARE,
    size=3.0,
)
EFFORT_SLOPE = Truth(
    truth="Waiting makes it hard",
    unit="Harbour",
    table="surveys",
    measure="mean ces of cases, by log2(1 + hours the case waited between teams)",
    kind="slope",
    baseline=0.0,
    size=-0.3,
)

BAD_FEELING = Truth(
    truth="Bad feeling at one step",
    unit="Meadow",
    table="feedback",
    where={"step_id": "identity_check"},
    measure="mean sentiment",
    kind="points",
    baseline=setting.SENTIMENT,
    size=-0.5,
)
IMPATIENCE = Truth(
    truth="Customers expect it sooner",
    unit="Harbour",
    table="expectations",
    where={"stage": "Identity check"},
    measure="median tolerance_hours; the map promises 8 opening hours there, taken from history, some 20 on the wall",
    kind="times",
    baseline=setting.TOLERANCE_HOURS[setting.STAGES.index("Identity check")],
    size=1 / 6,
)
TOLD_LATE = Truth(
    truth="Told too late",
    unit="Meadow",
    table="notices",
    where={"needed": "true"},
    measure="share of orders whose customers were told before they asked",
    kind="points",
    baseline=setting.TOLD_FIRST_SHARE,
    size=-0.15,
)
TELLING_HELPS = Truth(
    truth="Telling first saves contacts",
    unit="Harbour",
    table="notices",
    where={"needed": "true"},
    measure="share of the customers told first who ask all the same; of those not told as many ask as elsewhere",
    kind="times",
    baseline=setting.ASKED_SHARE,
    size=0.15,
)
BAD_PACKING = Truth(
    truth="Packing for one carrier",
    unit="Summit",
    table="returns",
    where={"orders.carrier": "Northline", "return_reasons.stage": "Packing"},
    measure="share of orders sent back for a reason that packing alone causes",
    kind="times",
    baseline=sum(share for share, stages in setting.RETURN_REASONS.values() if stages == ("Packing",)),
    size=3.0,
)
WASTE = Truth(
    truth="More waste in the work",
    unit="Summit",
    table="time_studies",
    where={"value_class": "waste"},
    measure="share of the time observed",
    kind="points",
    baseline=setting.WASTE_SHARE,
    size=0.15,
)
FAILURE_RECURS = Truth(
    truth="A handover failure that recurs",
    unit="Harbour",
    table="handoff_audits",
    where={"from_team": "Specialists", "to_team": "Field service", "failure_code": "missing data"},
    measure="share of the handoffs looked at, in each quarter",
    kind="times",
    baseline=setting.FAILURE_SHARE,
    size=3.0,
    from_on="2025-01-01",
)
REDESIGN = Truth(
    truth="A redesign that works",
    unit="Summit",
    table="handoff_audits",
    where={"from_team": "Front desk", "to_team": "Specialists", "failure_code": "wrong team"},
    measure="share of the handoffs looked at, in each quarter",
    kind="times",
    baseline=setting.FAILURE_SHARE,
    size=0.5,
    from_on="2025-01-01",
)
COUPLED = Truth(
    truth="Two activities change together",
    unit="Meadow",
    table="changes",
    where={"activity": "Verify identity", "other_activity": "Resolve"},
    measure="share of the changes to the one that touch the other too",
    kind="points",
    baseline=setting.TOUCHED_SHARE,
    size=0.7,
)
MISSED_STARTS = Truth(
    truth="Workflows that do not start",
    unit="Harbour",
    table="workflow_starts",
    measure="share of the cases that reach a decision point whose workflow starts",
    kind="points",
    baseline=setting.STARTED_SHARE,
    size=-0.3,
)

PLANTED = (
    SLOW_HANDOFF,
    EFFORT_SLOPE,
    BOT_CONTAINMENT,
    BOT_SATISFACTION,
    PING_PONG,
    UNHAPPY_STAGE,
    LOW_RESPONSE,
    HANDLING_PULSE,
    SATISFACTION_SHIFT,
    SEASON,
    REWORK,
    FAILURE_RECURS,
    IMPATIENCE,
    MISSED_STARTS,
    TELLING_HELPS,
    BAD_FEELING,
    TOLD_LATE,
    COUPLED,
    REDESIGN,
    BAD_PACKING,
    WASTE,
)


def truths() -> pd.DataFrame:
    """The planted truths, one row each; in the control unit, Valley, there are none.

    Returns
    -------
    Columns as in `Truth`; `where` is text such as `from_team = Specialists, to_team = Field service`.

    >>> truths().query("unit == 'Valley'").empty
    True
    """
    rows = [vars(each) | {"where": ", ".join(f"{k} = {v}" for k, v in each.where.items())} for each in PLANTED]
    order = ["truth", "unit", "table", "where", "measure", "kind", "baseline", "size", "from_on", "until_on"]
    return pd.DataFrame(rows)[order]


def documented() -> str:
    """The planted truths as the Markdown table that stands in `site/methods/demo.qmd`.

    >>> print(documented().splitlines()[0])
    | What is planted | Where | Size |
    """
    rows = (f"| **{each.truth}**: {each.measure} | {_place(each)} | {_size(each)} |" for each in PLANTED)
    return "\n".join(["| What is planted | Where | Size |", "|---|---|---|", *rows])


def _place(truth: Truth) -> str:
    days = [f"{word} {day}" for word, day in (("from", truth.from_on), ("before", truth.until_on)) if day]
    rows = [f"{column} = {value}" for column, value in truth.where.items()]
    return f"{truth.unit}, {truth.table}" + "".join(f"; {part}" for part in [*rows, " and ".join(days)] if part)


def _size(truth: Truth) -> str:
    """The size in words, with the number it makes of the baseline."""
    words = {
        "times": f"{truth.size:.3g} times the rest",
        "points": f"{truth.size:+g} points",
        "slope": f"{truth.size:+g} points for each doubling of 1 + hours",
        "amplitude": f"{100 * truth.size:g} % above and below the mean",
    }[truth.kind].replace("-", "−")
    deviating = {"times": (truth.baseline or 0) * truth.size, "points": (truth.baseline or 0) + truth.size}
    return words + (f": {deviating[truth.kind]:.3g} instead of {truth.baseline:g}" if truth.baseline else "")


def _second(day: str) -> int:
    """The first second of a day in UTC, counted from 1970."""
    return int(np.datetime64(day, "s").astype(np.int64))
