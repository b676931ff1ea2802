"""How everything looks: palette, number formats, figures with caption and text alternative, tables, the data notice.

A figure is drawn twice as static SVG, for a wide and for a narrow screen, and the page shows the one that fits.
The same HTML works in JupyterLab, in Voila, on the site and from a USB stick: nothing is fetched and no script runs.
In a workshop a widget redraws it by setting `ipywidgets.HTML.value` to `figure.html` (see `site/decisions`).
"""

from cxops.theme import lean  # noqa: F401  # isort: skip
from cxops.theme.bars import bars, intervals, waterfall
from cxops.theme.figures import Figure, figure, message, svg
from cxops.theme.flow import flow
from cxops.theme.formats import (
    by_chance,
    compact,
    currency,
    duration,
    elided,
    estimated,
    lasting,
    money,
    number,
    percent,
    pixels,
    probability,
    ratio,
    shortened,
    signed,
    times,
    words,
    wrapped,
)
from cxops.theme.look import ACCENT, FONT, GOOD, GRID, INK, MAIN, MUTED, NARROW, PAPER, QUIET, TINTS, WIDE, Chart, title
from cxops.theme.matrix import matrix
from cxops.theme.tables import Notice, Table, notice, table

__all__ = [
    "by_chance",
    "ACCENT",
    "FONT",
    "GOOD",
    "GRID",
    "INK",
    "MAIN",
    "MUTED",
    "NARROW",
    "PAPER",
    "QUIET",
    "TINTS",
    "WIDE",
    "Chart",
    "Figure",
    "Notice",
    "Table",
    "bars",
    "compact",
    "currency",
    "duration",
    "elided",
    "estimated",
    "figure",
    "flow",
    "intervals",
    "lasting",
    "matrix",
    "message",
    "money",
    "notice",
    "number",
    "percent",
    "probability",
    "pixels",
    "ratio",
    "shortened",
    "signed",
    "svg",
    "table",
    "times",
    "title",
    "waterfall",
    "words",
    "wrapped",
]
