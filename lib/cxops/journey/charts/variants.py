"""The variants: which activities in which order, and where each differs from the most frequent."""

from itertools import groupby, takewhile

import pandas as pd

from cxops import theme
from cxops.journey.charts.remainder import VARIANTS, is_remainder, named

ROWS, ARROW = 8, " → "
"""How many bars a chart can hold on a phone, and what stands between two steps of a variant."""
_NO_VARIANTS = "No variant is taken by enough cases here, so there is nothing to show."


def variants(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Bars of the most frequent variants, numbered as in their table."""
    shown = named(frame, VARIANTS, "variant").head(ROWS)
    if shown.empty:
        return theme.message(_NO_VARIANTS, width=width)
    shown = shown.assign(
        label=labels(shown["variant"].tolist(), width),
        text=[
            f"{theme.percent(row['cases_share'])} · median {theme.duration(row['lead_hours_p50'])}"
            for row in shown.to_dict("records")
        ],
    )
    heading = theme.title(
        _covered(shown),
        "Bar: share of cases. ×2: twice in a row. V2 and on: where they differ from V1.",
        width,
    )
    return theme.bars(shown, label="label", value="cases_share", text="text", heading=heading, width=width)


def _covered(shown: pd.DataFrame) -> str:
    several = f"The {len(shown)} most frequent variants cover" if len(shown) > 1 else "The most frequent variant covers"
    return f"{several} {theme.percent(shown['cases_share'].sum())} of cases"


def variants_figure(frame: pd.DataFrame) -> theme.Figure:
    """The most frequent variants, with the first in words."""
    shown = named(frame, VARIANTS, "variant").head(ROWS)
    if shown.empty:
        return theme.figure(variants, frame, caption=_NO_VARIANTS, alt=_NO_VARIANTS)
    top, rare = shown.iloc[0], frame.loc[is_remainder(frame, VARIANTS, "variant"), "cases_share"].sum()
    caption = (
        f"{_covered(shown)}{f', variants too rare to show {theme.percent(rare)}' if rare else ''}. "
        f"{theme.percent(top['cases_share'])} take V1: {shortened(top['variant'], 900)}."
    )
    return theme.figure(
        variants, frame, caption=caption, alt=f"Bars of variants by share of cases. {caption}", kpis=("variant_share",)
    )


def numbered(variants: list[str]) -> list[str]:
    """The variants with the numbers that chart and table know them by.

    >>> numbered(["Work → Close", "Work"])
    ['V1: Work → Close', 'V2: Work']
    """
    return [f"V{number}: {each}" for number, each in enumerate(variants, 1)]


def labels(variants: list[str], width: float) -> list[str]:
    """The first variant shortened, and where each other differs from it, numbered, so that no two are alike."""
    if not variants:
        return []
    room = width - theme.pixels("V10: ", 12.5)
    return numbered([shortened(variants[0], room), *(difference(each, variants[0], room) for each in variants[1:])])


def difference(variant: str, first: str, width: float) -> str:
    """Where a variant differs from the first, in about `width` pixels; where they share nothing, the variant itself.

    >>> difference("Ask → Work → Work → Close", "Ask → Work → Close", 300)
    'Work ×2 instead of Work'
    >>> difference("Ask → Close", "Ask → Work → Close", 300), difference("Ask → Call → Close", "Ask → Close", 300)
    ('without Work', 'Call after Ask')
    >>> difference("Ask → Work → Pay → Close", "Ask → Check → Work → Close", 200)
    'with Work → Pay'
    """
    ours, theirs = _runs(variant), _runs(first)
    start = _shared(ours, theirs)
    end = _shared(ours[start:][::-1], theirs[start:][::-1])
    added, left_out = (ARROW.join(runs[start : len(runs) - end]) for runs in (ours, theirs))
    if start == end == 0:
        return shortened(variant, width)
    if not added:
        said = f"without {left_out}"
    elif left_out:
        said = f"{added} instead of {left_out}"
    else:
        said = f"{added} after {ours[start - 1]}" if start else f"{added} first"
    short = f"with {shortened(added, width - 40)}" if added else f"without {shortened(left_out, width - 60)}"
    return said if theme.pixels(said, 12.5) <= width else short


def shortened(variant: str, width: float) -> str:
    """A variant in about `width` pixels: what is done several times in a row is written once, the middle is counted.

    >>> shortened("Queue → Work → Work → Work → Close", 300)
    'Queue → Work ×3 → Close'
    >>> shortened("Queue → Work → Ask → Wait → Work → Close", 210)
    'Queue → Work → 3 more → Close'
    """
    steps = _runs(variant)
    kept = steps
    for left_out in range(2, len(steps) - 1):
        if theme.pixels(ARROW.join(kept), 12.5) <= width:
            break
        kept = [*steps[: -1 - left_out], f"{left_out} more", steps[-1]]
    return ARROW.join(kept)


def _runs(variant: str) -> list[str]:
    """The steps, with those of one activity in a row as one."""
    runs = [(activity, len(list(run))) for activity, run in groupby(variant.split(ARROW))]
    return [activity if times == 1 else f"{activity} ×{times}" for activity, times in runs]


def _shared(ours: list[str], theirs: list[str]) -> int:
    """How many steps are the same from the beginning."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False))))
