"""The work on each case: a walk over stages and teams, one piece of work at a time.

Notes
-----
All cases walk together, one round a piece of work. After each piece, in this order:

1. a piece that came by handoff goes straight back with the pair's return share (the only way back to the last sender);
2. the same team does it again with the team's rework share;
3. the case is never touched again (`_STALLED_SHARE`);
4. it moves to its next stage, where a team is drawn by the stage's traffic, the last sender excluded;
5. with no stage left the team considers it complete, and a share comes back once, to the same team.

Whether a handoff is returned and how long it waits depends on nothing but the pair, so pairs differ by traffic only.
"""

import numpy as np
import pandas as pd

from cxops.demo import setting
from cxops.demo.columns import UNKNOWN, Codes, Reals
from cxops.demo.setting import STAGES, TEAMS, UNITS, Lognormal
from cxops.demo.truths import PING_PONG, REWORK, SLOW_HANDOFF

ACTIVITIES = (
    *("Register request", "Verify identity", "Diagnose", "Resolve", "Confirm with customer"),
    *("Clarify", "Wait in queue", "Wait for customer", "Close case"),
)
_CLARIFY, _QUEUE, _CUSTOMER, _CLOSE = range(5, 9)
STATUSES = ("active", "waiting", "done")
_ACTIVE, _WAITING, _DONE = range(3)

_TOUCH_HOURS = (
    Lognormal(0.15, 0.6),
    Lognormal(0.2, 0.6),
    Lognormal(0.6, 0.6),
    Lognormal(0.8, 0.6),
    Lognormal(0.1, 0.6),
)
_FIRST_HOURS, _SAME_TEAM_HOURS, _REOPENED_HOURS = Lognormal(0.17, 0.8), Lognormal(0.5, 1.0), Lognormal(48.0, 0.7)
_VISITED_SHARE = (1.0, 0.50, 0.35, 1.0, 0.20)
_STALLED_SHARE, _QUEUED_SHARE, _HELD_SHARE = 0.006, 0.20, 0.20
TRAFFIC = np.array(
    [
        [1.00, 0.00, 0.00, 0.00, 0.00],
        [0.45, 0.05, 0.40, 0.05, 0.05],
        [0.05, 0.55, 0.20, 0.10, 0.10],
        [0.15, 0.20, 0.20, 0.25, 0.20],
        [0.45, 0.10, 0.15, 0.10, 0.20],
    ]
)
"""Of the work of each stage, the share that comes to each team."""
_BACK, _AGAIN, _STALL, _ONWARD, _COMPLETE = range(5)


def work(rng: np.random.Generator, units: Codes, opened_at: Codes, arose_in: Codes) -> pd.DataFrame:
    """One row per step as seen when the extract is taken, in the order of cases and of time; names as codes.

    Parameters
    ----------
    units, opened_at, arose_in : per case, the unit's code, when it was opened (seconds) and the stage it arose in.

    Returns
    -------
    case, order, start, end (seconds; `UNKNOWN` where it is not over yet), stage, team, status, activity.
    """
    following = _following_stages(rng, arose_in)
    live = _begun(rng, units, opened_at)
    rows: list[pd.DataFrame] = []
    while len(live):
        worked = _worked(rng, live)
        live = live.assign(clock=worked["end"], order=live["order"] + 3)
        next_stage = following[live["case"], live["stage"]]
        choice = _choice(rng, live, next_stage)
        closed, again = _completed(rng, live[choice == _COMPLETE])
        moving = choice <= _ONWARD
        moved = _moved(rng, live[moving], choice[moving], next_stage[moving])
        waited, arrived = _waited(rng, live["team"][moved.index], live["clock"][moved.index], moved)
        rows += [worked, closed, waited]
        live = pd.concat([arrived, again], ignore_index=True)
    return _observed(pd.concat(rows, ignore_index=True))


def _following_stages(rng: np.random.Generator, arose_in: Codes) -> Codes:
    """Per case and stage the next stage it will visit, −1 after the last."""
    visited = rng.random((len(arose_in), len(STAGES))) < np.asarray(_VISITED_SHARE)
    visited[np.arange(len(arose_in)), arose_in] = True
    following = np.full(visited.shape, -1)
    for stage in range(len(STAGES) - 2, -1, -1):
        following[:, stage] = np.where(visited[:, stage + 1], stage + 1, following[:, stage + 1])
    return following


def _begun(rng: np.random.Generator, units: Codes, opened_at: Codes) -> pd.DataFrame:
    """Every case at the front desk, a while after it was opened."""
    count = len(units)
    clock = opened_at + _seconds(_FIRST_HOURS.draw(rng, count))
    nothing = {"order": 1, "stage": 0, "team": 0, "previous": -1, "handed": False, "clarifies": False, "back": False}
    return pd.DataFrame({"case": np.arange(count), "unit": units, "clock": clock, **nothing})


def _worked(rng: np.random.Generator, live: pd.DataFrame) -> pd.DataFrame:
    """The piece of work each live case gets now."""
    stage = live["stage"].to_numpy()
    median, sigma = np.array([(each.median, each.sigma) for each in _TOUCH_HOURS])[stage].T
    hours = median * np.exp(sigma * rng.standard_normal(len(live)))
    activity = np.where(live["clarifies"], _CLARIFY, stage)
    return _rows(live, live["clock"], live["clock"] + _seconds(hours), _ACTIVE, activity)


def _choice(rng: np.random.Generator, live: pd.DataFrame, next_stage: Codes) -> Codes:
    """What happens to each case after its piece of work."""
    first, second, third = rng.random((3, len(live)))
    choice = np.where(next_stage >= 0, _ONWARD, _COMPLETE)
    choice[third < _STALLED_SHARE] = _STALL
    choice[second < _rework_shares()[live["unit"], live["team"]]] = _AGAIN
    returned = first < _return_shares()[live["unit"], live["previous"], live["team"]]
    choice[live["handed"].to_numpy() & returned] = _BACK
    return choice


def _completed(rng: np.random.Generator, live: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The closing rows, which last until the case comes back, and the cases that do."""
    returns = (rng.random(len(live)) < setting.REOPENED_SHARE) & ~live["back"].to_numpy()
    hours = np.where(returns, _REOPENED_HOURS.draw(rng, len(live)), 0.0)
    until = live["clock"] + np.where(returns, _seconds(hours), 0)
    again = live.assign(clock=until, stage=STAGES.index("Resolution"), handed=False, clarifies=False, back=True)
    return _rows(live, live["clock"], until, _DONE, np.full(len(live), _CLOSE), shift=-2), again[returns]


def _moved(rng: np.random.Generator, live: pd.DataFrame, choice: Codes, next_stage: Codes) -> pd.DataFrame:
    """The cases that go on, at their next team and stage; a stalled one is gone."""
    stage = np.where(choice == _ONWARD, next_stage, live["stage"])
    weights = TRAFFIC[stage]
    sent = np.flatnonzero(live["previous"] >= 0)
    weights[sent, live["previous"].to_numpy()[sent]] = 0.0
    onward = (weights.cumsum(axis=1) < rng.random((len(live), 1)) * weights.sum(axis=1, keepdims=True)).sum(axis=1)
    team = np.select([choice == _BACK, choice == _AGAIN], [live["previous"], live["team"]], onward)
    handed = team != live["team"]
    previous = np.where(handed, live["team"], live["previous"])
    moved = live.assign(stage=stage, team=team, previous=previous, handed=handed, clarifies=choice == _BACK)
    return moved[choice != _STALL]


def _waited(
    rng: np.random.Generator, sender: pd.Series, since: pd.Series, moved: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows for the waiting that some team holds, and the cases at the moment they are taken up."""
    count = len(moved)
    handed = moved["handed"].to_numpy()
    slow = _slowness()[moved["unit"], sender, moved["team"]]
    hours = np.where(handed, setting.HANDOFF_HOURS.draw(rng, count) * slow, _SAME_TEAM_HOURS.draw(rng, count))
    gap = _seconds(hours)
    held = rng.random(count) < np.where(handed, _QUEUED_SHARE, _HELD_SHARE)
    start = since + np.where(handed, np.rint(gap * rng.uniform(0.2, 0.8, count)), 0).astype(np.int64)
    arrived = moved.assign(clock=since + gap)
    waiting = _rows(moved, start, arrived["clock"], _WAITING, np.where(handed, _QUEUE, _CUSTOMER), shift=-1)
    return waiting[held], arrived


def _observed(rows: pd.DataFrame) -> pd.DataFrame:
    """What the extract can know: steps begun by then; an end that lies later is unknown, a later reopening unseen."""
    rows = rows[rows["start"] < setting.EXTRACT].sort_values(["case", "order"], kind="stable", ignore_index=True)
    unfinished = np.where(rows["status"] == _DONE, rows["start"], UNKNOWN)
    return rows.assign(end=np.where(rows["end"] < setting.EXTRACT, rows["end"], unfinished))


def _rows(
    live: pd.DataFrame, start: pd.Series, end: pd.Series, status: int, activity: Codes, *, shift: int = 0
) -> pd.DataFrame:
    kept = {name: live[name] for name in ("case", "stage", "team")}
    return pd.DataFrame(
        {**kept, "order": live["order"] + shift, "start": start, "end": end, "status": status, "activity": activity}
    )


def _seconds(hours: Reals) -> Codes:
    """Whole seconds, at least one."""
    return np.maximum(1, np.rint(hours * 3_600)).astype(np.int64)


def _return_shares() -> Reals:
    """Chance that a handoff goes straight back, by unit, sender and receiver."""
    shares = np.full((len(UNITS), len(TEAMS), len(TEAMS)), setting.RETURN_SHARE)
    one, other = (TEAMS.index(PING_PONG.where[side]) for side in ("team", "other_team"))
    for pair in ((one, other), (other, one)):
        shares[UNITS.index(PING_PONG.unit), *pair] *= PING_PONG.size
    return shares


def _rework_shares() -> Reals:
    """Chance that a team does its piece of work again, by unit and team."""
    shares = np.full((len(UNITS), len(TEAMS)), setting.REWORK_SHARE)
    shares[UNITS.index(REWORK.unit), TEAMS.index(REWORK.where["team"])] *= REWORK.size
    return shares


def _slowness() -> Reals:
    """Factor on the wait of a handoff, by unit, sender and receiver."""
    factor = np.ones((len(UNITS), len(TEAMS), len(TEAMS)))
    pair = (TEAMS.index(SLOW_HANDOFF.where[side]) for side in ("from_team", "to_team"))
    factor[UNITS.index(SLOW_HANDOFF.unit), *pair] = SLOW_HANDOFF.size
    return factor
