"""Batches: cases that a receiver, though there and free, let gather and then took up one after the other."""

import numpy as np

from cxops.journey.waits.resources import Resources
from cxops.journey.waits.sweep import Codes, Flags, covered

_OFF, _BUSY, _ALL = range(3)


def batches(known: Resources, present: Flags, *, cases: int, gap: int, free: int) -> tuple[Codes, Codes]:
    """Per handoff the number of its batch, −1 for none, and when the last case of the batch was handed over.

    Parameters
    ----------
    known, present : receivers of the handoffs, and their usual hours by `presence`.
    cases : fewest cases of a batch.
    gap : longest break between two of its cases, seconds.
    free : the receiver must have been there and free for so many seconds while the batch gathered.

    Notes
    -----
    A run is what one receiver takes up for the same activity with breaks of at most `gap`. Those of a run that had all
    been handed over when it began are a batch, if they are `cases` or more and if, from when the first of them was
    handed over until the run began, the receiver was there and not busy for `free` seconds or more. The last rule tells
    a batch from a queue before a busy receiver, and from a backlog after a night or a weekend.
    """
    run = _runs(known, gap)
    runs = int(run.max(initial=-1)) + 1
    begun = np.full(runs, np.iinfo(np.int64).max)
    np.minimum.at(begun, run, known.until)
    member = known.since <= begun[run]
    pairs = np.unique(np.column_stack([run, known.case])[member], axis=0).reshape(-1, 2)
    size = np.bincount(pairs[:, 0], minlength=runs)
    first, last = begun.copy(), np.full(runs, np.iinfo(np.int64).min)
    np.minimum.at(first, run[member], known.since[member])
    np.maximum.at(last, run[member], known.since[member])
    enough = np.flatnonzero(size >= cases)
    of, at = np.unique(run, return_index=True)
    head = at[np.searchsorted(of, enough)]
    idle = _free_seconds(known, present, head, first[enough], begun[enough])
    number = np.full(runs, -1)
    made = enough[idle >= free]
    number[made] = np.arange(len(made))
    batch = np.where(member, number[run], -1)
    return batch, np.where(batch >= 0, last[run], known.since)


def _runs(known: Resources, gap: int) -> Codes:
    """Per handoff the number of the run in which its receiver took it up."""
    order = np.lexsort((known.since, known.until, known.activity, known.receiver))
    receiver, activity = known.receiver[order], known.activity[order]
    until, finished = known.until[order], known.finished[order]
    begins = np.ones(len(order), dtype=bool)
    same = (receiver[1:] == receiver[:-1]) & (activity[1:] == activity[:-1])
    begins[1:] = ~same | (until[1:] > finished[:-1] + gap)
    run = np.empty(len(order), dtype=np.int64)
    run[order] = np.cumsum(begins) - 1
    return run


def _free_seconds(known: Resources, present: Flags, head: Codes, start: Codes, end: Codes) -> Codes:
    """How long the receivers of the handoffs `head` were there and free within each window."""
    receiver, team = known.receiver[head], known.team[head]
    windows = np.arange(len(head))
    parts = [known.away(present, receiver, team, start, end), known.busy(receiver, start, end), (windows, start, end)]
    owner, low, high = (np.concatenate(each) for each in zip(*parts, strict=True))
    kind = np.repeat(np.arange(3), [len(part[0]) for part in parts])
    owner, length, covers = covered(owner, kind, low, high, 3)
    is_free = ~covers[:, _OFF] & ~covers[:, _BUSY]
    return np.bincount(owner[is_free], length[is_free], minlength=len(head)).astype(np.int64)
