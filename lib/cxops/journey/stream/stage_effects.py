"""Which stages bring customers back and take the time: shares that add up, and effects with their intervals."""

from collections.abc import Mapping

import ibis
import numpy as np
import pandas as pd
from ibis import ir
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from cxops.journey.log.rare import rare_names
from cxops.journey.log.sequence import ORDER
from cxops.journey.log.times import spans
from cxops.journey.statistics.holm import holm

DAY = 86_400


def repeats(cases: ir.Table, steps: ir.Table, *, days: float, later: ir.Table | None = None) -> ir.Table:
    """One row per case with steps: the stage it arose in, and whether the customer had to come again.

    Parameters
    ----------
    cases : one row per case; needs case_id, customer_id, reason, stage, opened_at, resolved_at.
    steps : the steps of these cases; needs case_id, started_at, step_seq, stage, status.
    days : within how many days after it was resolved (or opened, where that is not known) a contact is a repeat.
    later : the cases among which a repeat is looked for, such as those of all quarters; `cases` itself without it.

    Returns
    -------
    case_id, customer_id, stage (in which the case arose; where that is not known, the last it was in), arose_known (0
    or 1), came_again (0 or 1: the customer's next case with the same reason was opened in time; a gap where the
    customer is not known), reopened (0 or 1: the case was taken up again in time after it was completed), repeats (the
    two together).

    Notes
    -----
    Only the customer's next case of the reason counts for a case, so each repeat is counted once.
    """
    every = cases if later is None else later
    own = ibis.window(group_by=["customer_id", "reason"], order_by=["opened_at", "case_id"])
    rows = every.mutate(opened=every.opened_at.epoch_seconds(), resolved=every.resolved_at.epoch_seconds())
    rows = rows.mutate(following=rows.opened.lead().over(own))
    since = ibis.coalesce(rows.resolved, rows.opened)
    soon = (rows.following - since <= days * DAY).fill_null(False)
    rows = rows.select(
        "case_id", "customer_id", arose="stage", again=ibis.cases((rows.customer_id.notnull(), soon.cast("int64")))
    ).semi_join(cases, "case_id")
    ended = _ended(steps, days)
    both = ended.join(rows, ended.ended_case == rows.case_id)
    return both.select(
        "case_id",
        "customer_id",
        stage=ibis.coalesce(both.arose, both.last_stage),
        arose_known=both.arose.notnull().cast("int64"),
        came_again="again",
        reopened="reopened",
        repeats=both.again.fill_null(0) + both.reopened,
    ).order_by("case_id")


def _ended(steps: ir.Table, days: float) -> ir.Table:
    """One row per case: its last stage, and whether it was taken up again in time after it was completed."""
    case = ibis.window(group_by="case_id", order_by=ORDER)
    rows = steps.mutate(
        next_status=steps.status.lead().over(case), next_start=steps.started_at.lead().over(case).epoch_seconds()
    )
    waited = rows.next_start - rows.started_at.epoch_seconds()
    again = (rows.status == "done") & (rows.next_status != "done") & (waited <= days * DAY)
    rows = rows.mutate(again=again.fill_null(False).cast("int64"))
    return rows.group_by(ended_case=rows.case_id).aggregate(
        last_stage=rows.stage.max(where=rows.next_status.isnull()), reopened=rows.again.max()
    )


def handling(steps: ir.Table) -> ir.Table:
    """One row per case and stage: the seconds in which somebody worked on the case in that stage.

    The seconds of all stages add up to the case's touch time exactly; moments in which several worked count once.
    """
    rows = spans(steps)
    return (
        rows.group_by("case_id", "stage")
        .aggregate(touch_seconds=rows.touch_seconds.sum().cast("int64"))
        .order_by("case_id", "stage")
    )


def stage_effects(
    repeated: pd.DataFrame,
    handled: pd.DataFrame,
    *,
    alpha: float,
    minimum_count: int = 1,
    ease: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per stage: what it contributes to repeats and to handling time, its effects, and its rank.

    Parameters
    ----------
    repeated : one row per case, as `repeats` gives them.
    handled : one row per case and stage, as `handling` gives them.
    alpha : chance of calling any effect of a kind a signal when there is none: each kind's share of the page's.
    minimum_count : stages of fewer cases are put together as `(rarer stages)`.
    ease : by stage how easily it can be joined up, as a factor; 1 where it is not named.

    Returns
    -------
    stage, cases (that arose in it), repeats, repeats_share (of all repeats, 0–1) with repeats_low and repeats_high
    (Wilson's 95 %), repeat_effect (repeats a case, above cases that arose elsewhere) with repeat_effect_low and _high,
    visits (cases with work in it), handling_hours, handling_share (of all handling time), handling_effect (hours a case
    takes longer if it visits the stage, other stages being equal) with handling_effect_low and _high, repeat_signal,
    handling_signal, ease, stake_hours, rank (from 1). Repeats and handling hours add up to their totals.

    Notes
    -----
    Both effects are least-squares coefficients of indicators of stages, with standard errors that allow for cases of
    one customer to depend on each other (cluster-robust; where customers are not known, robust to unequal spread, HC1)
    and 95 % intervals of Student's t with customers − 1 degrees of freedom (cases less coefficients, where customers
    are not known). They are associations: cases that visit a stage differ in other ways too. A stage that every case
    visits, or none, has no effect to be told (a gap), and none has where there are fewer customers than coefficients.
    Where it is not known where any case arose, stages are those in which cases ended; only what ended as completed can
    be taken up again, so no effect on repeats is told then. p-values are two-sided and adjusted by Holm's method within
    each kind.

    stake_hours = ease × (repeat_effect × cases × mean handling hours of a case + handling_effect × visits), effects
    below 0 or unknown counted as 0: effect × volume × ease, in hours. The rank goes by it.
    """
    repeated, handled = _folded(repeated, handled, minimum_count)
    stages = sorted({*repeated["stage"], *handled["stage"]})
    if not stages:
        return pd.DataFrame(columns=_COLUMNS)
    seconds = handled.pivot_table(index="case_id", columns="stage", values="touch_seconds", aggfunc="sum", fill_value=0)
    seconds = seconds.reindex(index=repeated["case_id"], columns=stages, fill_value=0)
    groups = _customers(repeated)
    total = float(seconds.to_numpy().sum()) / 3600
    frame = _shares(repeated, seconds, stages)
    arose = np.column_stack([(repeated["stage"] == stage).to_numpy(np.float64) for stage in stages])
    visited = (seconds.to_numpy() > 0).astype(np.float64)
    came = repeated["repeats"].to_numpy(np.float64)
    single = [_fitted(came, arose[:, [at]], groups)[0] for at in range(len(stages))]
    told = np.array(single) if repeated["arose_known"].any() else np.full((len(stages), 4), np.nan)
    frame = _with_effects(frame, "repeat", told, alpha)
    frame = _with_effects(frame, "handling", _fitted(seconds.sum(axis=1).to_numpy() / 3600, visited, groups), alpha)
    factor = frame["stage"].map(dict(ease or {})).fillna(1.0).astype(float)
    mean = total / len(repeated) if len(repeated) else 0.0
    gains = [frame[name].clip(lower=0).fillna(0) for name in ("repeat_effect", "handling_effect")]
    stake = factor * (gains[0] * frame["cases"] * mean + gains[1] * frame["visits"])
    frame = frame.assign(ease=factor, stake_hours=stake)
    frame = frame.sort_values(["stake_hours", "stage"], ascending=[False, True], ignore_index=True)
    return frame.assign(rank=range(1, len(frame) + 1))[_COLUMNS]


_COLUMNS = [
    *("stage", "cases", "repeats", "repeats_share", "repeats_low", "repeats_high"),
    *("repeat_effect", "repeat_effect_low", "repeat_effect_high", "repeat_signal"),
    *("visits", "handling_hours", "handling_share"),
    *("handling_effect", "handling_effect_low", "handling_effect_high", "handling_signal"),
    *("ease", "stake_hours", "rank"),
]
RARER = "(rarer stages)"


def _folded(repeated: pd.DataFrame, handled: pd.DataFrame, minimum_count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both frames with the stages of too few cases, by either, named as one that has enough."""
    seen = pd.concat([repeated[["stage", "case_id"]], handled[["stage", "case_id"]]]).drop_duplicates()
    rare = rare_names(seen["stage"].value_counts(), minimum_count)
    names = dict.fromkeys(rare, RARER)
    return repeated.assign(stage=repeated["stage"].replace(names)), handled.assign(
        stage=handled["stage"].replace(names)
    )


def _customers(repeated: pd.DataFrame) -> np.ndarray | None:
    """Per case the code of its customer, one of its own where that is not known; nothing if none is known."""
    if repeated["customer_id"].isna().all():
        return None
    own = "case " + repeated["case_id"].astype(str)
    return pd.factorize(repeated["customer_id"].astype(object).where(repeated["customer_id"].notna(), own))[0]


def _shares(repeated: pd.DataFrame, seconds: pd.DataFrame, stages: list[str]) -> pd.DataFrame:
    arose = repeated.groupby("stage")["repeats"].agg(["size", "sum"]).reindex(stages, fill_value=0)
    count, total = arose["sum"].to_numpy(np.int64), int(arose["sum"].sum())
    low, high = proportion_confint(count, total, method="wilson") if total else (np.full(len(stages), np.nan),) * 2
    worked = seconds.sum(axis=0).to_numpy(np.int64)
    every = int(worked.sum())
    return pd.DataFrame(
        {
            "stage": stages,
            "cases": arose["size"].to_numpy(np.int64),
            "repeats": count,
            "repeats_share": count / total if total else np.nan,
            "repeats_low": low,
            "repeats_high": high,
            "visits": (seconds > 0).sum(axis=0).to_numpy(np.int64),
            "handling_hours": worked / 3600,
            "handling_share": worked / every if every else np.nan,
        }
    )


def _fitted(values: np.ndarray, indicators: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """By indicator its coefficient, the ends of its interval and its p-value; gaps where it cannot be told."""
    found = np.full((indicators.shape[1], 4), np.nan)
    if not len(values):
        return found
    varying = np.flatnonzero((indicators.min(axis=0) < 1) & (indicators.max(axis=0) > 0))
    design = np.column_stack([np.ones(len(values)), indicators[:, varying]])
    if not len(varying) or len(values) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return found
    if groups is not None and len(np.unique(groups)) <= design.shape[1]:
        return found
    look = {"cov_type": "HC1"} if groups is None else {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    model = OLS(values, design).fit(**look, use_t=True)
    found[varying] = np.column_stack([model.params, model.conf_int(), model.pvalues])[1:]
    return found


def _with_effects(frame: pd.DataFrame, kind: str, found: np.ndarray, alpha: float) -> pd.DataFrame:
    names = [f"{kind}_effect", f"{kind}_effect_low", f"{kind}_effect_high"]
    return frame.assign(
        **dict(zip(names, found[:, :3].T, strict=True)), **{f"{kind}_signal": holm(found[:, 3]) <= alpha}
    )
