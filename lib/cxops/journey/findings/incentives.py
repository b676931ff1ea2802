"""Where teams are rewarded for opposite things, and whose incentives nobody has written down, as sentences."""

import pandas as pd

from cxops.findings import Finding, Verdict
from cxops.theme.formats import number

_COMPARISON = "weeks in which the sender did worse, trends taken out; hard weeks may spoil both"


def incentive_conflict(conflicts: pd.DataFrame, unmapped: pd.DataFrame) -> list[Finding]:
    """The handoff at which incentives conflict most, and the teams that stand on no scorecard.

    Parameters
    ----------
    conflicts, unmapped : as `incentive_conflicts` and `teams_without_scorecard` give them.
    """
    return [_worst(conflicts), *_absent(unmapped)]


def _worst(conflicts: pd.DataFrame) -> Finding:
    key, kpi = "journey.incentive_conflict", "incentive_conflict"
    tested = conflicts.dropna(subset=["correlation"])
    if tested.empty:
        why = "no handoff has enough weeks"
        if conflicts.empty:
            why = "no team of this log stands in the register `scorecards` with a measure that the log shows"
        text = f"Whether incentives conflict at a handoff cannot be said: {why}."
        return Finding(key, text, 0.0, "correlation", Verdict.UNKNOWN, kpi)
    if not tested["is_conflict"].any():
        text = (
            "No handoff was found at which what the sender is rewarded for goes with a worse result behind it, by more "
        )
        text += f"than noise: {number(len(tested))} pairs of measures were tested."
        return Finding(key, text, 0.0, "correlation", Verdict.NOISE, kpi)
    worst = tested[tested["is_conflict"]].iloc[0]
    r, low, high = (float(worst[f"correlation{end}"]) for end in ("", "_low", "_high"))
    mine, theirs = (str(worst[name]).replace("_", " ") for name in ("sender_kpi", "result_kpi"))
    name = f"from {worst['from_team']} to {worst['to_team']} in {worst['stage']}"
    text = (
        f"Incentives conflict at the handoff {name}: in weeks in which {worst['from_team']} does better on {mine}, for "
        f"which it is rewarded, {theirs} behind it is worse (correlation {number(r, 2)}, 95 % interval "
        f"{number(low, 2)} to {number(high, 2)}; {number(worst['handoffs'])} handoffs, {number(worst['weeks'])} weeks)."
    )
    others = int(tested.loc[tested["is_conflict"], ["stage", "from_team", "to_team"]].drop_duplicates().shape[0]) - 1
    text += f" Further handoffs with a conflict: {others}." if others else ""
    weight = float(-r * worst["handoffs"])
    return Finding(key, text, r, "correlation", Verdict.SIGNAL, kpi, low, high, _COMPARISON, weight, name)


def _absent(unmapped: pd.DataFrame) -> list[Finding]:
    teams = unmapped.loc[unmapped["kpi"] == "", "team"].tolist()
    if not teams:
        return []
    said = "team stands" if len(teams) == 1 else "teams stand"
    text = (
        f"{len(teams)} {said} on no scorecard, so nobody can say whether incentives conflict there: {', '.join(teams)}."
    )
    key, kpi = "journey.teams_without_scorecard", "teams_without_scorecard"
    return [Finding(key, text, float(len(teams)), "teams", Verdict.COUNT, kpi)]
