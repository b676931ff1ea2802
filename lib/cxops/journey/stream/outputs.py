"""The pieces of work that a step passed on or completed: which came back, and what doing them over took."""

import ibis
import pandas as pd
from ibis import ir

from cxops.journey.log.rework import pieces
from cxops.journey.log.sequence import ORDER, blocks, numbered_blocks
from cxops.journey.log.times import spans


def outputs(steps: ir.Table) -> pd.DataFrame:
    """One row per piece of work that was passed on or completed: whether it came back, and what doing it over took.

    Parameters
    ----------
    steps : one row per step of the log, with `stream_step`; needs also what `pieces` and `blocks` need.

    Returns
    -------
    case_id, piece (from 1), stream_step, team, came_back, rework_hours (hours that the same team's next piece of work
    on the case took, if it came back and there was one; else 0).

    Notes
    -----
    A piece came back if the team did the same again straight away, if it was the last the team did before it passed
    the case on and got it straight back (A → B → A), or if it completed the case and the case was taken up again. What
    is the last known piece of a case that is not complete has not been passed on, and is no output.

    The pieces are found by an Ibis expression; which of a team's pieces is the next is then told in pandas, one row a
    piece, since a query of all of it is more than SQLite can parse.
    """
    work, held, rows = pieces(steps), _sent(steps), _running(steps)
    work = work.select(work_case="case_id", work_start="started_at", work_seq="step_seq", is_again="is_again")
    same = [rows.case_id == work.work_case, rows.started_at == work.work_start, rows.step_seq == work.work_seq]
    found = rows.join(work, same).join(held, [rows.case_id == held.held_case, rows.block_seq == held.held_seq])
    case, own = (ibis.window(group_by=keys, order_by=ORDER) for keys in ("case_id", ["case_id", "team"]))
    following = found.block_seq.lead().over(case)
    during = {
        name: ibis.coalesce(found[name].lead().over(case), found[f"all_{name}"]) - found[name]
        for name in ("touched", "done", "reopened")
    }
    found = found.select(
        "case_id",
        "stream_step",
        "team",
        piece=ibis.row_number().over(case) + 1,
        seconds=during["touched"],
        is_output=following.notnull() | found.passed_on | (during["done"] > 0),
        came_back=found.is_again
        | ((following != found.block_seq).fill_null(True) & found.returned)
        | (during["reopened"] > 0),
    )
    frame = found.order_by("case_id", "piece").execute()
    frame = frame.astype({"is_output": bool, "came_back": bool})
    over = frame.groupby(["case_id", "team"], sort=False)["seconds"].shift(-1) / 3600
    frame["rework_hours"] = over.where(frame["came_back"], 0.0).fillna(0.0)
    kept = frame.loc[frame["is_output"], ["case_id", "piece", "stream_step", "team", "came_back", "rework_hours"]]
    return kept.reset_index(drop=True)


def _running(steps: ir.Table) -> ir.Table:
    """The steps with what was worked, completed and reopened in the case before each of them, and in all."""
    case = ibis.window(group_by="case_id", order_by=ORDER)
    before = ibis.window(group_by="case_id", order_by=ORDER, preceding=None, following=0)
    rows = numbered_blocks(spans(steps), "team")
    is_done = rows.status == "done"
    goes_on = (rows.status.lead().over(case) != "done").fill_null(False)
    counted = rows.mutate(
        touched=rows.touch_seconds, done=is_done.cast("int64"), reopened=(is_done & goes_on).cast("int64")
    )
    names = ("touched", "done", "reopened")
    return counted.select(
        *("case_id", *ORDER, "stream_step", "team", "block_seq"),
        **{name: counted[name].sum().over(before) - counted[name] for name in names},
        **{f"all_{name}": counted[name].sum().over(ibis.window(group_by="case_id")) for name in names},
    )


def _sent(steps: ir.Table) -> ir.Table:
    """One row per block of a team: whether it passed the case on, and got it straight back."""
    case = ibis.window(group_by="case_id", order_by="block_seq")
    held = blocks(steps, "team")
    return held.select(
        held_case="case_id",
        held_seq="block_seq",
        passed_on=held.onward.notnull(),
        returned=(held.holder.lead(2).over(case) == held.holder).fill_null(False),
    )
