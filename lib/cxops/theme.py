"""How everything looks: palette, number formats, figures with caption and text alternative, tables.

A figure is drawn twice as static SVG, for a wide and for a narrow screen, and the page shows the one that fits.
The same HTML works in JupyterLab, in Voila, on the site and from a USB stick: nothing is fetched and no script runs.
In a workshop a widget redraws it by setting `ipywidgets.HTML.value` to `figure.html` (see site/decisions).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

import altair as alt
import great_tables as gt
import pandas as pd
import vl_convert

INK, MUTED, GRID, PAPER = "#1f2933", "#52606d", "#d9dee4", "#ffffff"
MAIN, ACCENT, GOOD, QUIET = "#1f5f8b", "#b5480b", "#2a7f4f", "#9fb3c8"
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
WIDE, NARROW = 720, 340
"""Total widths in pixels that a chart function is asked to draw for."""


@alt.theme.register("cxops", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": INK, "titleColor": MUTED, "titleFontWeight": "normal"}
    return alt.theme.ThemeConfig(
        config={
            "background": PAPER,
            "font": FONT,
            "view": {"stroke": None},
            "title": {"font": FONT, "color": INK, "anchor": "start", "fontSize": 15, "fontWeight": 600, "offset": 12},
            "axis": text | {"labelFontSize": 12, "titleFontSize": 12, "gridColor": GRID, "domainColor": GRID},
            "legend": text | {"labelFontSize": 12, "titleFontSize": 12, "orient": "bottom"},
            "header": text | {"labelFontSize": 12},
            "bar": {"color": MAIN},
            "line": {"color": MAIN, "strokeWidth": 2},
            "range": {"category": [MAIN, ACCENT, GOOD, "#7a5195", QUIET], "heatmap": ["#eef3f7", MAIN, "#0b2e47"]},
        }
    )


@dataclass(frozen=True)
class Figure:
    """A chart as SVG at two widths, with a caption and a text alternative that state the finding."""

    wide: str
    narrow: str
    caption: str
    alt: str

    @property
    def html(self) -> str:
        return (
            f'<figure class="cx-figure">{_STYLE}<div class="cx-wide">{self.wide}</div>'
            f'<div class="cx-narrow">{self.narrow}</div><figcaption>{escape(self.caption)}</figcaption></figure>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": f"Figure: {self.caption} {self.alt}", "text/html": self.html}


def figure(draw: Callable[..., alt.Chart], frame: pd.DataFrame, *, caption: str, alt: str) -> Figure:
    """The chart `draw(frame, width=…)` as a figure.

    Parameters
    ----------
    draw : a chart function of a domain's `charts.py`; takes the measure frame and `width` (pixels, all included).
    frame : the measure to draw.
    caption : what the figure shows, one sentence, seen by everyone.
    alt : what the figure says, with its numbers, for those who cannot see it.

    Raises
    ------
    ValueError : caption or alt is blank.
    """
    if not caption.strip() or not alt.strip():
        raise ValueError(f"a figure must have a caption and a text alternative: got {caption!r} and {alt!r}")
    wide, narrow = (svg(draw(frame, width=width), alt) for width in (WIDE, NARROW))
    return Figure(wide, narrow, caption, alt)


def svg(chart: alt.Chart, label: str) -> str:
    """The chart as an accessible, self-contained SVG whose ids clash with no other figure on the page."""
    drawn = vl_convert.vegalite_to_svg(chart.to_json())
    drawn = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn)
    prefix = f"f{sha256(drawn.encode()).hexdigest()[:8]}-"
    drawn = re.sub(r'\bid="', f'id="{prefix}', drawn).replace("url(#", f"url(#{prefix}")
    size = re.search(r'width="([\d.]+)"', drawn)
    style = f"width:100%;max-width:{size.group(1)}px;height:auto" if size else "width:100%;height:auto"
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" style="{style}" ', 1)


def table(frame: pd.DataFrame, *, caption: str, decimals: dict[str, int] | None = None) -> gt.GT:
    """The frame as a table that leadership reads: caption, aligned numbers, scrolls sideways on a phone.

    Parameters
    ----------
    frame : rows to show, with column names as a reader should see them.
    caption : what one row is and what the table says.
    decimals : digits after the point by column; a share column (0–1) ends in `share` and is shown in per cent.
    """
    name = f"t{sha256((caption + ','.join(frame.columns)).encode()).hexdigest()[:8]}"
    shown = gt.GT(frame, id=name).tab_header(caption).tab_options(table_width="100%", table_font_size="0.9rem")
    for column, digits in (decimals or {}).items():
        shown = shown.fmt_percent(column, digits) if column.endswith("share") else shown.fmt_number(column, digits)
    return shown.sub_missing(missing_text="–")


def duration(hours: float) -> str:
    """Hours in the unit a reader thinks in.

    >>> duration(0.5), duration(30.0), duration(120.0)
    ('30 min', '30.0 h', '5.0 d')
    """
    if hours != hours:
        return "–"
    if abs(hours) < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:,.1f} h" if abs(hours) < 48 else f"{hours / 24:,.1f} d"


def percent(share: float, digits: int = 1) -> str:
    """A share (0–1) in per cent.

    >>> percent(0.2503)
    '25.0 %'
    """
    return "–" if share != share else f"{100 * share:.{digits}f} %"


_STYLE = (
    "<style>.cx-figure{margin:1rem 0}.cx-narrow{display:none}.cx-figure figcaption{color:#52606d;font-size:.9rem}"
    "@media (max-width:600px){.cx-wide{display:none}.cx-narrow{display:block}}</style>"
)
