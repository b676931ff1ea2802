"""Invitations and answers in the demo organisation.

Notes
-----
Answers are binomial on their scale with the wanted mean, so a planted difference of means is exact:
csat = 1 + B(4, p), ces = 1 + B(6, p), nps = B(10, p). The three are tied by a Gaussian copula: each customer has a mood
that carries half of the variance of each underlying normal score. No answer depends on anything but what is planted.
"""

import numpy as np
import pandas as pd
from scipy.special import bdtr, ndtr

from cxops.demo import setting
from cxops.demo.columns import UNKNOWN, Codes, Reals, drawn, moments, named, numbered, seen
from cxops.demo.setting import LANGUAGES, STAGES, UNITS, Lognormal
from cxops.demo.truths import BOT_SATISFACTION, EFFORT_SLOPE, LOW_RESPONSE, SATISFACTION_SHIFT, UNHAPPY_STAGE
from cxops.demo.verbatims import verbatims

_INVITED_CASES, _INVITED_CONTACTS = 0.6, 0.5
"""Share invited of resolved cases and of contacts without a case, where the customer consents."""
_CASE_DELAY_HOURS, _CONTACT_DELAY_HOURS = (1.0, 24.0), (0.1, 2.0)
_ANSWER_HOURS = Lognormal(6.0, 1.0)
_MOOD = 0.5
_SKIPPED_SHARE, _VERBATIM_SHARE = 0.10, 0.45
_EFFORTLESS = 6.2
"""Mean ces in the effort slope's unit for a case that never waited between teams."""


def codes(rng: np.random.Generator, cases: pd.DataFrame, contacts: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """One row per invitation in the order of sending; names as codes, moments in seconds.

    Parameters
    ----------
    cases : as `organisation` draws them, with `resolved` (seconds) and `between_hours` (hours waited between teams).
    contacts, people : contacts and customers as codes.
    """
    invited = pd.concat([_on_cases(rng, cases), _on_contacts(rng, contacts)], ignore_index=True)
    invited = invited[people["consent"].to_numpy()[invited["customer"]] & (invited["sent"] < setting.EXTRACT)]
    invited = invited.sort_values("sent", kind="stable", ignore_index=True)
    segment = people["segment"].to_numpy()[invited["customer"]]
    return _answers(rng, invited.assign(answered=_answered(rng, invited, segment)))


def _on_cases(rng: np.random.Generator, cases: pd.DataFrame) -> pd.DataFrame:
    """Invitations about resolved cases, within a day."""
    rows = cases[["unit", "customer", "stage", "reason", "resolved", "between_hours"]].assign(
        case=cases.index, contact=-1, bot_after_launch=False
    )
    rows = rows[(rows["resolved"] != UNKNOWN) & (rng.random(len(rows)) < _INVITED_CASES)]
    return rows.assign(sent=rows["resolved"] + _delay(rng, _CASE_DELAY_HOURS, len(rows))).drop(columns="resolved")


def _on_contacts(rng: np.random.Generator, contacts: pd.DataFrame) -> pd.DataFrame:
    """Invitations about contacts that needed no case, within two hours."""
    launched = BOT_SATISFACTION.holds(contacts["unit"].to_numpy(), contacts["offered"].to_numpy())
    rows = contacts[["unit", "customer", "ended"]].assign(
        contact=contacts.index, case=-1, stage=-1, bot_after_launch=contacts["bot"].to_numpy() & launched
    )
    over = (contacts["case"] < 0) & (contacts["answered"] != UNKNOWN) & (contacts["ended"] != UNKNOWN)
    rows = rows[over & (rng.random(len(rows)) < _INVITED_CONTACTS)]
    rows = rows.assign(reason=drawn(rng, setting.REASON_SHARE, len(rows)), between_hours=np.nan)
    return rows.assign(sent=rows["ended"] + _delay(rng, _CONTACT_DELAY_HOURS, len(rows))).drop(columns="ended")


def _answered(rng: np.random.Generator, invited: pd.DataFrame, segment: Codes) -> Codes:
    """When each invitation was answered, `UNKNOWN` where it was not."""
    reluctant = segment == setting.SEGMENTS.index(LOW_RESPONSE.where["customers.segment"])
    reluctant &= LOW_RESPONSE.holds(invited["unit"].to_numpy(), invited["sent"].to_numpy())
    share = setting.RESPONSE_SHARE * np.where(reluctant, LOW_RESPONSE.size, 1.0)
    hours = _ANSWER_HOURS.draw(rng, len(invited))
    answered = invited["sent"].to_numpy() + np.maximum(60, np.rint(hours * 3_600)).astype(np.int64)
    return np.where(rng.random(len(invited)) < share, seen(answered, setting.EXTRACT), UNKNOWN)


def _answers(rng: np.random.Generator, invited: pd.DataFrame) -> pd.DataFrame:
    """The invitations with the answers of those who gave one."""
    given = invited[invited["answered"] != UNKNOWN]
    mood = rng.standard_normal(len(given))
    nps = np.full(len(given), setting.NPS)
    wanted = {"csat": (_csat(given), 1, 4), "ces": (_ces(given), 1, 6), "nps": (nps, 0, 10)}
    answers = {name: _score(rng, mood, mean, low, steps) for name, (mean, low, steps) in wanted.items()}
    language = drawn(rng, setting.LANGUAGE_SHARE, len(given))
    writes = rng.random(len(given)) < _VERBATIM_SHARE
    texts = verbatims(rng, language[writes], given["reason"].to_numpy()[writes], answers["csat"][writes])
    columns = {name: pd.Series(answers[name], given.index, dtype=float) for name in answers}
    for name in ("ces", "nps"):
        columns[name] = columns[name].mask(rng.random(len(given)) < _SKIPPED_SHARE)
    return invited.assign(
        **columns,
        language=pd.Series(language, given.index).reindex(invited.index, fill_value=-1),
        verbatim=pd.Series(texts, given.index[writes], dtype="str"),
    )


def _csat(given: pd.DataFrame) -> Reals:
    """The mean satisfaction of customers like each of these."""
    unit, sent = given["unit"].to_numpy(), given["sent"].to_numpy()
    arose_there = given["stage"].to_numpy() == STAGES.index(UNHAPPY_STAGE.where["cases.stage"])
    mean = np.full(len(given), setting.CSAT)
    mean += UNHAPPY_STAGE.size * (arose_there & UNHAPPY_STAGE.holds(unit, sent))
    mean += SATISFACTION_SHIFT.size * SATISFACTION_SHIFT.holds(unit, sent)
    return mean + BOT_SATISFACTION.size * given["bot_after_launch"].to_numpy()


def _ces(given: pd.DataFrame) -> Reals:
    """The mean ease for customers like each of these."""
    tied = EFFORT_SLOPE.holds(given["unit"].to_numpy(), given["sent"].to_numpy()) & (given["case"] >= 0)
    waited = _EFFORTLESS + EFFORT_SLOPE.size * np.log2(1 + given["between_hours"].to_numpy())
    return np.where(tied, waited, setting.CES)


def _score(rng: np.random.Generator, mood: Reals, mean: Reals, low: int, steps: int) -> Codes:
    """Whole answers from `low` to `low + steps` with these means, tied to the mood."""
    position = ndtr(np.sqrt(_MOOD) * mood + np.sqrt(1 - _MOOD) * rng.standard_normal(len(mood)))
    share = np.clip((mean - low) / steps, 0.01, 0.99)
    below = [position > bdtr(np.full(len(mood), float(k)), steps, share) for k in range(steps)]
    return np.asarray(low + np.sum(below, axis=0), dtype=np.int64)


def _delay(rng: np.random.Generator, hours: tuple[float, float], count: int) -> Codes:
    return np.asarray(np.rint(rng.uniform(*hours, count) * 3_600), dtype=np.int64)


def table(surveys: pd.DataFrame, ids: dict[str, list[str]]) -> pd.DataFrame:
    """The canonical table `surveys`; identifiers of cases, customers and contacts under C, P and T."""
    code = {name: surveys[name].to_numpy() for name in surveys}
    return pd.DataFrame(
        {
            "invitation_id": numbered("I", len(surveys)),
            "unit": named(UNITS, code["unit"]),
            "contact_id": named(ids["T"], code["contact"]),
            "case_id": named(ids["C"], code["case"]),
            "customer_id": named(ids["P"], code["customer"]),
            "sent_at": moments(code["sent"]),
            "answered_at": moments(code["answered"]),
            **{name: code[name] for name in ("csat", "ces", "nps")},
            "verbatim": surveys["verbatim"],
            "language": named(LANGUAGES, code["language"]),
        }
    )
