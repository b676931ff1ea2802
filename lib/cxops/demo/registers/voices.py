"""What customers of the demo organisation say about the steps of the journey, and how long they find acceptable.

Notes
-----
Sentiment is 2 · Beta − 1 with the wanted mean, so a planted difference of means is exact. A remark names a problem the
more often the worse its sentiment is; nothing else depends on anything.
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from cxops.demo import setting
from cxops.demo.arrivals import level_arrivals
from cxops.demo.columns import UNKNOWN, Codes, Reals, drawn, moments, named, numbered
from cxops.demo.setting import STAGES, UNITS
from cxops.demo.steps import ACTIVITIES, STATUSES
from cxops.demo.truths import BAD_FEELING, IMPATIENCE
from cxops.demo.verbatims import verbatims

STEP_OF_ACTIVITY = {
    "Register request": "register",
    "Verify identity": "identity_check",
    "Diagnose": "diagnose",
    "Resolve": "resolve",
    "Confirm with customer": "confirm",
}
"""The step of the journey map that each activity carries out, as in `params/journeys/service.yml`."""
ELSEWHERE = "parking"
"""What some remarks are about, though it is no step of the map."""
_STEPS = (*STEP_OF_ACTIVITY.values(), ELSEWHERE)
_CHANNELS = ("survey comment", "chat", "phone note", "review")
_ISSUES = ("asked again", "wrong answer", "no answer", "document lost", "promise broken")
_SAID_SHARE, _TEXT_SHARE, _SCORED_SHARE = 0.085, 0.30, 0.95
_ELSEWHERE_SHARE, _NOWHERE_SHARE = 0.02, 0.03
_SPREAD = 3.0
"""Sum of the parameters of the beta distribution of sentiment."""
_ISSUE_AT_ZERO, _ISSUE_SLOPE = -0.8, -2.0
"""Logit of the share of remarks at sentiment 0 that name a problem, and its change by one point of sentiment."""
_DELAY_HOURS = (0.1, 24.0)
_EXPECTED_PER_CASE, _EXPECTED_SIGMA = 0.05, 0.4


def feedback(
    rng: np.random.Generator, cases: pd.DataFrame, steps: pd.DataFrame, ids: dict[str, list[str]]
) -> pd.DataFrame:
    """The canonical table `feedback`: remarks on some of the pieces of work, within a day of each.

    Parameters
    ----------
    cases, steps : as codes.
    ids : identifiers of cases and customers under C and P.
    """
    said = _said(rng, steps)
    case = said["case"].to_numpy()
    unit, customer, reason = (cases[name].to_numpy()[case] for name in ("unit", "customer", "reason"))
    step = _placed(rng, said["activity"].to_numpy())
    score = _sentiment(rng, unit, step, said["said"].to_numpy())
    has_issue = rng.random(len(said)) < expit(_ISSUE_AT_ZERO + _ISSUE_SLOPE * score)
    issue = np.where(has_issue, drawn(rng, [1.0] * len(_ISSUES), len(said)), -1)
    channel = drawn(rng, [1.0] * len(_CHANNELS), len(said))
    return pd.DataFrame(
        {
            "feedback_id": numbered("F", len(said)),
            "unit": named(UNITS, unit),
            "case_id": named(ids["C"], case),
            "customer_id": named(ids["P"], customer),
            "step_id": named(_STEPS, step),
            "said_at": moments(said["said"].to_numpy()),
            "channel": named(_CHANNELS, channel),
            "issue": named(_ISSUES, issue),
            "sentiment": np.where(rng.random(len(said)) < _SCORED_SHARE, score, np.nan),
            "text": _texts(rng, reason, score),
        }
    )


def _said(rng: np.random.Generator, steps: pd.DataFrame) -> pd.DataFrame:
    """The pieces of work that customers say something about, and when, in the order of saying."""
    is_step = (steps["status"] == STATUSES.index("active")) & (steps["activity"] < len(STEP_OF_ACTIVITY))
    said = steps.loc[is_step & (steps["end"] != UNKNOWN), ["case", "activity", "end"]]
    said = said[rng.random(len(said)) < _SAID_SHARE]
    later = np.rint(rng.uniform(*_DELAY_HOURS, len(said)) * 3_600).astype(np.int64)
    said = said.assign(said=said["end"] + later)
    return said[said["said"] < setting.EXTRACT].sort_values("said", kind="stable", ignore_index=True)


def _placed(rng: np.random.Generator, activity: Codes) -> Codes:
    """The step each remark is about: that of its activity, one the map does not know, or none."""
    step = np.array([_STEPS.index(STEP_OF_ACTIVITY[name]) for name in ACTIVITIES[: len(STEP_OF_ACTIVITY)]])[activity]
    chance = rng.random(len(activity))
    step = np.where(chance < _ELSEWHERE_SHARE, _STEPS.index(ELSEWHERE), step)
    return np.where(chance > 1 - _NOWHERE_SHARE, -1, step)


def _sentiment(rng: np.random.Generator, unit: Codes, step: Codes, said: Codes) -> Reals:
    is_there = (step == _STEPS.index(BAD_FEELING.where["step_id"])) & BAD_FEELING.holds(unit, said)
    share = (setting.SENTIMENT + BAD_FEELING.size * is_there + 1) / 2
    return np.round(2 * rng.beta(_SPREAD * share, _SPREAD * (1 - share)) - 1, 2)


def _texts(rng: np.random.Generator, reason: Codes, score: Reals) -> pd.Series:
    """Words for some of the remarks, their tone following the sentiment."""
    writes = np.flatnonzero(rng.random(len(score)) < _TEXT_SHARE)
    language = drawn(rng, setting.LANGUAGE_SHARE, len(writes))
    as_answer = np.digitize(score[writes], [-0.6, -0.2, 0.2, 0.6]) + 1
    texts = verbatims(rng, language, reason[writes], as_answer)
    return pd.Series(texts, writes, dtype="str").reindex(range(len(score)))


def expectations(rng: np.random.Generator, cases: int) -> pd.DataFrame:
    """The canonical table `expectations`: how long customers asked at random find acceptable for a stage."""
    count = round(cases * _EXPECTED_PER_CASE)
    unit, stage = drawn(rng, setting.UNIT_SHARE, count), drawn(rng, [1.0] * len(STAGES), count)
    asked = np.sort(level_arrivals(rng, count))
    sooner = (stage == STAGES.index(IMPATIENCE.where["stage"])) & IMPATIENCE.holds(unit, asked)
    median = np.asarray(setting.TOLERANCE_HOURS)[stage] * np.where(sooner, IMPATIENCE.size, 1.0)
    return pd.DataFrame(
        {
            "answer_id": numbered("E", count),
            "unit": named(UNITS, unit),
            "stage": named(STAGES, stage),
            "asked_at": moments(asked),
            "tolerance_hours": np.round(median * np.exp(_EXPECTED_SIGMA * rng.standard_normal(count)), 2),
        }
    )
