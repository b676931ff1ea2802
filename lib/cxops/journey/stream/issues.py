"""What customers reported, pinned to the steps of the value stream, with what it costs to put right."""

import numpy as np
import pandas as pd

NO_STEP, NOT_ON_MAP, NOT_IN_LOG = "names no step", "not on the map", "on the map, but not in the log"


def issues_by_step(feedback: pd.DataFrame, stream: pd.DataFrame, *, minimum_count: int = 1) -> pd.DataFrame:
    """The value stream with the issues that customers reported about each step, and what they cost.

    Parameters
    ----------
    feedback : one row per remark; needs step_id, issue. Remarks without an issue are not counted.
    stream : one row per step, as `value_stream` gives it by step.
    minimum_count : a smaller number of issues, but not none, is a gap, and so is what they cost.

    Returns
    -------
    The stream with issues, issue_hours and issue_cost (money): issues × mean hours, or money, of doing over an output
    of that step that came back. Where none came back or no rate is known that is a gap, and where no feedback is kept
    at all issues are too.

    Notes
    -----
    It takes an issue to need as much work as what comes back at that step otherwise.
    """
    told = feedback[feedback["issue"].notna()]
    found = stream["stream_step"].map(told["step_id"].value_counts()).astype(float)
    number = found.fillna(0.0 if len(feedback) else np.nan)
    number = number.where((number == 0) | (number >= minimum_count))
    back = stream["came_back"].where(stream["came_back"] > 0).astype(float)
    return stream.assign(
        issues=number,
        issue_hours=np.where(number == 0, 0.0, number * stream["rework_hours"] / back),
        issue_cost=np.where(number == 0, 0.0, number * stream["rework_cost"] / back),
    )


def with_touchpoints(stream: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """The stream with `touchpoint`: what the map calls each step; a stage, or what is not on the map, keeps its name.

    Parameters
    ----------
    stream : one row per step; needs stream_step.
    steps : one row per step of the journey map: step_id, touchpoint.

    >>> stream, steps = pd.DataFrame({"stream_step": ["ask", "Repair"]}), pd.DataFrame({"step_id": ["ask"]})
    >>> with_touchpoints(stream, steps.assign(touchpoint="First contact"))["touchpoint"].tolist()
    ['First contact', 'Repair']
    """
    names = dict(zip(steps["step_id"], steps["touchpoint"], strict=True))
    return stream.assign(touchpoint=stream["stream_step"].map(lambda each: names.get(each, each)))


def unplaced_issues(feedback: pd.DataFrame, stream: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """One row per step that issues name and that the stream does not have: how many, and why; the most first.

    Parameters
    ----------
    feedback, stream : as for `issues_by_step`.
    steps : one row per step of the journey map; needs step_id.

    >>> told = pd.DataFrame({"step_id": ["pay", "pay", None], "issue": ["lost", "late", "rude"]})
    >>> stream, steps = pd.DataFrame({"stream_step": ["ask"]}), pd.DataFrame({"step_id": ["ask"]})
    >>> unplaced_issues(told, stream, steps).to_numpy().tolist()
    [['pay', 2, 'not on the map'], ['(none)', 1, 'names no step']]
    """
    told = feedback.loc[feedback["issue"].notna(), "step_id"].astype(object)
    names = told.where(told.notna(), "(none)")
    names = names[~names.isin(set(stream["stream_step"]))]
    counts = names.value_counts().rename_axis("step_id").reset_index(name="issues")
    on_map = counts["step_id"].isin(set(steps["step_id"]))
    why = np.select([counts["step_id"] == "(none)", on_map], [NO_STEP, NOT_IN_LOG], NOT_ON_MAP)
    counts = counts.assign(why=why.astype(object))
    return counts.sort_values(["issues", "step_id"], ascending=[False, True], ignore_index=True)
