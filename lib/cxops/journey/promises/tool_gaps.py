"""Steps of the journey that no system supports: where people fit the work to the promise without a tool."""

import pandas as pd


def tool_gaps(steps: pd.DataFrame) -> pd.DataFrame:
    """One row per step of the map that names no system: stage, step_id, touchpoint, team.

    Parameters
    ----------
    steps : one row per step of the map, as its `step_frame` gives them.

    >>> steps = pd.DataFrame({"stage": "Intake", "step_id": ["register", "greet"], "touchpoint": ["Call", "Door"],
    ...                       "team": "Front desk", "systems": [("CRM",), ()]})
    >>> tool_gaps(steps)["step_id"].tolist()
    ['greet']
    """
    bare = steps["systems"].map(len).eq(0) if len(steps) else steps["systems"].astype(bool)
    return steps.loc[bare, ["stage", "step_id", "touchpoint", "team"]].reset_index(drop=True)
