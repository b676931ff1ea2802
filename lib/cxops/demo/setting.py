"""What the demo organisation consists of, and when: names, shares and the two years it is observed.

Every number here is a modelling choice made for the demo, not an observation of any organisation.
"""

from dataclasses import dataclass

import numpy as np

from cxops.demo.columns import Reals

UNITS = ("Harbour", "Meadow", "Summit", "Valley")
CONTROL = "Valley"
UNIT_SHARE = (0.28, 0.26, 0.24, 0.22)
TEAMS = ("Front desk", "Specialists", "Back office", "Field service", "Billing")
AGENTS = 8
"""Agents in each team of each unit."""
STAGES = ("Intake", "Identity check", "Diagnosis", "Resolution", "Confirmation")
CHANNELS = ("phone", "chat", "e-mail")
CHANNEL_SHARE = (0.45, 0.30, 0.25)
SEGMENTS = ("Household", "Small business", "Enterprise", "Public sector")
SEGMENT_SHARE = (0.50, 0.25, 0.10, 0.15)
TIERS = ("Basic", "Plus", "Premium")
TIER_SHARE = (0.60, 0.30, 0.10)
JOURNEYS = ("Start using", "Use", "Pay", "Leave")
JOURNEY_SHARE = (0.25, 0.40, 0.25, 0.10)
REASONS = ("Access", "Bill", "Delivery", "Fault", "Information", "Change of details", "Complaint")
REASON_SHARE = (0.15, 0.20, 0.12, 0.18, 0.15, 0.12, 0.08)
PRIORITIES = ("Low", "Normal", "High", "Urgent")
PRIORITY_SHARE = (0.20, 0.55, 0.20, 0.05)
LANGUAGES = ("en", "de", "fr", "es")
LANGUAGE_SHARE = (0.55, 0.20, 0.15, 0.10)

START = int(np.datetime64("2024-01-01", "s").astype(np.int64))
EXTRACT = int(np.datetime64("2026-01-01", "s").astype(np.int64))
"""First moment observed and the moment the extract was taken, seconds since 1970 in UTC; later is not known."""
DAYS = (EXTRACT - START) // 86_400
OPENS, CLOSES = 8, 20
"""Opening hours, UTC, Monday to Saturday."""
WEEKDAY = (1.20, 1.10, 1.00, 1.00, 0.95, 0.40, 0.0)
"""Demand by day of the week, Monday first, relative to a Wednesday."""
HOUR = (0.6, 1.0, 1.3, 1.3, 1.1, 0.9, 1.0, 1.1, 1.0, 0.8, 0.6, 0.4)
"""Demand by hour from `OPENS` on, relative."""


@dataclass(frozen=True)
class Lognormal:
    """A lognormal duration.

    Parameters
    ----------
    median : in the unit the user of the distribution says.
    sigma : standard deviation of the natural logarithm.
    """

    median: float
    sigma: float

    def draw(self, rng: np.random.Generator, count: int) -> Reals:
        """Independent draws, in the unit of the median."""
        return np.asarray(self.median * np.exp(self.sigma * rng.standard_normal(count)))


HANDOFF_HOURS = Lognormal(4.0, 1.0)
"""Hours between a team's last work and the next team's first, the same for every pair of teams."""
RETURN_SHARE = 0.05
"""Share of handoffs that go straight back to the sender, the same for every pair of teams."""
REWORK_SHARE = 0.06
"""Share of work that the same team does again, the same for every team."""
REOPENED_SHARE = 0.06
"""Share of completed cases that come back once."""
RESPONSE_SHARE = 0.30
"""Share of invitations that are answered."""
BOT_SHARE = 0.30
"""Share of chats that open no case and are handled by automation alone."""
SENTIMENT = 0.2
"""Mean sentiment of what customers say about a step, −1 to 1."""
TOLERANCE_HOURS = (6.0, 30.0, 66.0, 164.0, 36.0)
"""Median of the longest time that customers find acceptable, by stage: half as long again as the map's promise takes on
the wall, where nights and weekends count."""
TOLD_FIRST_SHARE = 0.85
"""Share of the orders a disruption touches whose customers are told before they ask."""
ASKED_SHARE = 2 / 3
"""Share of the customers of orders that a disruption touches who ask about it, told or not."""
RETURN_REASONS = {
    "Box crushed": (0.009, ("Packing",)),
    "Parts missing": (0.005, ("Packing",)),
    "Damaged on arrival": (0.004, ("Packing", "Shipping")),
    "Came too late": (0.004, ("Shipping",)),
    "Would not start": (0.003, ("Set-up",)),
    "Changed mind": (0.002, ()),
}
"""Share of orders sent back for each reason, and the stages that cause it; nobody has placed the last one yet."""
WASTE_SHARE = 0.25
"""Share of the time observed that serves neither the customer nor the business."""
FAILURE_SHARE = 0.10
"""Share of audited handoffs with a failure, for every pair of teams and each kind of failure."""
TOUCHED_SHARE = 0.2
"""Chance that a change touches an activity, whatever else it touches."""
STARTED_SHARE = 0.9
"""Share of the cases that reach a decision point whose workflow starts."""
CSAT, CES, NPS = 3.8, 5.0, 7.4
"""Mean answers, on the scales 1 to 5, 1 to 7 and 0 to 10."""
SLA_HOURS = 96.0
"""What the organisation promises from opening a case to its resolution, hours."""


def agent_name(unit: int, team: int, number: int) -> str:
    """The pseudonym of an agent, by the positions of unit, team and agent."""
    return f"A{unit}{team}{number}"
