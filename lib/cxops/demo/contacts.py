"""The contacts of the demo organisation: those that open a case, those that ask about one, those that need none.

Notes
-----
A chat that opens no case may be contained by automation. Waits and handling times are lognormal, alike in all units and
teams. A follow-up outside opening hours does not happen, so that staffing sees every contact.
"""

import numpy as np
import pandas as pd

from cxops.demo import customers, setting
from cxops.demo.arrivals import arrivals, is_open
from cxops.demo.columns import UNKNOWN, Codes, Reals, drawn, moments, named, seen
from cxops.demo.setting import CHANNELS, UNITS
from cxops.demo.truths import BOT_CONTAINMENT, HANDLING_PULSE

_FOLLOW_UPS, _WITHOUT_CASE = 1.0, 0.8
"""Per case: follow-ups that customers think of (those in opening hours happen), contacts that need no case."""
_TEAM_SHARE = (0.60, 0.10, 0.10, 0.10, 0.10)
_WAIT_SECONDS, _WAIT_SIGMA = (45.0, 45.0, 7_200.0), 0.9
_HANDLING_SECONDS, _HANDLING_SIGMA = (360.0, 540.0, 420.0), 0.5
_BOT_WAIT_SECONDS, _BOT_HANDLING_SECONDS = 2, 120.0
_ABANDONED_SHARE, _PATIENCE_SECONDS, _TRANSFERRED_SHARE = 0.06, 90.0, 0.12
_CONFIDENCE_CONTAINED, _CONFIDENCE_HANDED_ON = (8.0, 2.0), (4.0, 4.0)
_CHAT, _MAIL = CHANNELS.index("chat"), CHANNELS.index("e-mail")


def codes(rng: np.random.Generator, cases: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """One row per contact in the order of arrival; names as codes, moments in seconds.

    Parameters
    ----------
    cases : as `organisation` draws them, with `resolved` (seconds; `UNKNOWN` while the case is open).
    people : customers as codes.

    Returns
    -------
    case (−1 where there is none), customer, unit, team, channel, offered, answered, ended, abandoned, bot, confidence
    (NaN where automation had no part), transferred.
    """
    opening = cases[["unit", "customer", "channel"]].assign(case=cases.index, offered=cases["opened"], opens=True)
    parts = [opening, _follow_ups(rng, cases), _without_case(rng, len(cases), people)]
    contacts = pd.concat(parts, ignore_index=True).sort_values("offered", kind="stable", ignore_index=True)
    return _ended(rng, _answered(rng, contacts.assign(team=drawn(rng, _TEAM_SHARE, len(contacts)))))


def _follow_ups(rng: np.random.Generator, cases: pd.DataFrame) -> pd.DataFrame:
    """Contacts at any moment while the case is open, customers keeping to opening hours."""
    case = np.repeat(np.arange(len(cases)), rng.poisson(_FOLLOW_UPS, len(cases)))
    opened = cases["opened"].to_numpy()[case]
    end = cases["resolved"].where(cases["resolved"] != UNKNOWN, setting.EXTRACT).to_numpy()[case]
    offered = opened + (rng.random(len(case)) * (end - opened)).astype(np.int64)
    rows = cases[["unit", "customer"]].iloc[case].reset_index(drop=True)
    rows = rows.assign(case=case, offered=offered, channel=drawn(rng, setting.CHANNEL_SHARE, len(case)), opens=False)
    return rows[is_open(offered)]


def _without_case(rng: np.random.Generator, cases: int, people: pd.DataFrame) -> pd.DataFrame:
    """Contacts that are settled on the spot."""
    count = round(cases * _WITHOUT_CASE)
    unit = drawn(rng, setting.UNIT_SHARE, count)
    return pd.DataFrame(
        {
            "unit": unit,
            "customer": customers.of_unit(rng, people, unit),
            "channel": drawn(rng, setting.CHANNEL_SHARE, count),
            "case": -1,
            "offered": arrivals(rng, unit),
            "opens": False,
        }
    )


def _answered(rng: np.random.Generator, contacts: pd.DataFrame) -> pd.DataFrame:
    """Who answered, when, or that the customer gave up."""
    unit, offered, channel = (contacts[name].to_numpy() for name in ("unit", "offered", "channel"))
    count = len(contacts)
    tried = ((channel == _CHAT) & (contacts["case"] < 0)).to_numpy()
    share = setting.BOT_SHARE * np.where(BOT_CONTAINMENT.holds(unit, offered), BOT_CONTAINMENT.size, 1.0)
    bot = tried & (rng.random(count) < share)
    confidence = np.where(bot, rng.beta(*_CONFIDENCE_CONTAINED, count), rng.beta(*_CONFIDENCE_HANDED_ON, count))
    may_give_up = ~bot & ~contacts["opens"].to_numpy() & (channel != _MAIL)
    abandoned = may_give_up & (rng.random(count) < _ABANDONED_SHARE)
    wait = _lognormal(rng, np.asarray(_WAIT_SECONDS)[channel], _WAIT_SIGMA)
    answered = offered + np.where(bot, _BOT_WAIT_SECONDS, wait)
    return contacts.assign(
        answered=np.where(abandoned, UNKNOWN, seen(answered, setting.EXTRACT)),
        abandoned=abandoned,
        bot=bot,
        confidence=np.where(tried, np.round(confidence, 3), np.nan),
    )


def _ended(rng: np.random.Generator, contacts: pd.DataFrame) -> pd.DataFrame:
    """When it ended, and whether it was passed on."""
    unit, offered, answered, bot = (contacts[name].to_numpy() for name in ("unit", "offered", "answered", "bot"))
    median = np.asarray(_HANDLING_SECONDS)[contacts["channel"]]
    slower = np.where(HANDLING_PULSE.holds(unit, offered), HANDLING_PULSE.size, 1.0)
    handling = _lognormal(rng, np.where(bot, _BOT_HANDLING_SECONDS, median * slower), _HANDLING_SIGMA)
    gave_up = offered + _lognormal(rng, np.full(len(contacts), _PATIENCE_SECONDS), _HANDLING_SIGMA)
    ended = np.select([contacts["abandoned"], answered != UNKNOWN], [gave_up, answered + handling], UNKNOWN)
    transferred = (answered != UNKNOWN) & ~bot & (rng.random(len(contacts)) < _TRANSFERRED_SHARE)
    return contacts.assign(ended=seen(ended, setting.EXTRACT), transferred=transferred).drop(columns="opens")


def table(contacts: pd.DataFrame, ids: dict[str, list[str]]) -> pd.DataFrame:
    """The canonical table `contacts`; identifiers of cases, customers and contacts under C, P and T."""
    code = {name: contacts[name].to_numpy() for name in contacts}
    return pd.DataFrame(
        {
            "contact_id": ids["T"],
            "case_id": named(ids["C"], code["case"]),
            "customer_id": named(ids["P"], code["customer"]),
            "unit": named(UNITS, code["unit"]),
            "team": named(setting.TEAMS, code["team"]),
            "channel": named(CHANNELS, code["channel"]),
            **{f"{moment}_at": moments(code[moment]) for moment in ("offered", "answered", "ended")},
            "abandoned": code["abandoned"],
            "bot": code["bot"],
            "bot_confidence": code["confidence"],
            "transferred": code["transferred"],
        }
    )


def _lognormal(rng: np.random.Generator, median: Reals, sigma: float) -> Codes:
    """Whole seconds, at least one."""
    draw = median * np.exp(sigma * rng.standard_normal(len(median)))
    return np.maximum(1, np.rint(draw)).astype(np.int64)
