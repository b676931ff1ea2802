"""Palette, type and the Altair theme that every chart of the workbook wears."""

from typing import Any

import altair as alt

from cxops.theme.formats import wrapped

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
"""What a chart function returns."""
INK, MUTED, GRID, PAPER = "#1f2933", "#52606d", "#d9dee4", "#ffffff"
MAIN, ACCENT, GOOD, QUIET = "#1f5f8b", "#b5480b", "#2a7f4f", "#9fb3c8"
TINTS = ("#eef3f7", "#cfdde8", "#a3bfd3", "#1f5f8b", "#0b2e47")
"""Light to dark. Either INK or PAPER reads on each with a contrast of at least 4.5; a smooth ramp has a gap between."""
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
WIDE, NARROW = 720, 340
"""Total widths in pixels that a chart function is asked to draw for."""
SMALL, TEXT, TITLE = 11, 12, 15
"""Sizes of letters in pixels; nothing in a chart is smaller than SMALL."""


PADDING: Any = {"left": 0, "right": 0, "top": 2, "bottom": 4}
"""Around a chart; the drawing itself is two pixels narrower than asked for, the room that strokes need."""


@alt.theme.register("cxops", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    text: Any = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelColor": INK,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
    }
    heading: Any = {"font": FONT, "color": INK, "anchor": "start", "fontSize": TITLE, "fontWeight": 600, "offset": 14}
    return alt.theme.ThemeConfig(
        config={
            "background": PAPER,
            "padding": PADDING,
            "font": FONT,
            "view": {"stroke": None},
            "title": heading
            | {"subtitleFont": FONT, "subtitleColor": MUTED, "subtitleFontSize": TEXT, "frame": "bounds"},
            "axis": text | {"labelFontSize": TEXT, "titleFontSize": TEXT, "gridColor": GRID, "domainColor": GRID},
            "legend": text | {"labelFontSize": TEXT, "titleFontSize": TEXT, "orient": "bottom"},
            "header": text | {"labelFontSize": TEXT},
            "text": {"font": FONT, "fontSize": TEXT, "color": INK},
            "bar": {"color": MAIN},
            "line": {"color": MAIN},
            "range": {"category": [MAIN, ACCENT, GOOD, "#7a5195", QUIET], "heatmap": list(TINTS)},
        }
    )


def title(text: str, how_to_read: str, width: int) -> alt.Title:
    """The finding or the question in up to three lines, and below it how to read the chart."""
    lines = wrapped(text, width, TITLE * 1.12)
    shown = lines if len(lines) <= 3 else [*lines[:2], f"{lines[2]} …"]
    return alt.Title(text=shown, subtitle=wrapped(how_to_read, width, TEXT), subtitlePadding=5)
