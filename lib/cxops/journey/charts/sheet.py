"""A sheet to draw on in pixels, from the top left: what it holds becomes the layers of one chart."""

from collections import defaultdict
from typing import Any

import altair as alt
import pandas as pd

from cxops import theme

_X, _Y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
_SMALL = 11
Points = list[tuple[float, float]]


class Sheet:
    """Boxes below ribbons below lines below dots below words; within a kind, in the order drawn."""

    def __init__(self) -> None:
        self._held: dict[str, dict[tuple[tuple[str, Any], ...], list[dict[str, Any]]]] = {
            kind: defaultdict(list) for kind in ("box", "ribbon", "line", "dot", "words")
        }
        self._strokes = 0

    def box(self, x: float, y: float, width: float, height: float, *, radius: float = 4, **look: Any) -> None:
        """A rectangle; `look` is fill, stroke and the like."""
        row = {"x": x, "y": y, "x2": x + width, "y2": y + height}
        self._add("box", row, cornerRadius=radius, **look)

    def line(self, points: Points, **look: Any) -> None:
        """A line through points; `look` is stroke, strokeWidth, strokeDash."""
        self._strokes += 1
        for order, (x, y) in enumerate(points):
            self._add("line", {"x": x, "y": y, "stroke": self._strokes, "order": order}, **look)

    def ribbon(self, rows: list[tuple[float, float, float]], *, down: bool = False, **look: Any) -> None:
        """An area between two edges: rows of x, upper y and lower y; `down`: of y, left x and right x."""
        self._strokes += 1
        names = ("y", "x", "x2") if down else ("x", "y", "y2")
        for row in rows:
            values = dict(zip(names, row, strict=True)) | {"stroke": self._strokes}
            self._add("ribbon", values, orient="horizontal" if down else "vertical", **look)

    def dot(self, x: float, y: float, **look: Any) -> None:
        self._add("dot", {"x": x, "y": y}, **look)

    def words(self, x: float, y: float, text: str, **look: Any) -> None:
        """One line of text whose middle is at height y; `look` is align, fontSize, fontWeight, color."""
        if text:
            style = {"align": "left", "baseline": "middle", "fontSize": _SMALL} | look
            self._add("words", {"x": x, "y": y, "text": text}, **style)

    def chart(self, heading: alt.Title, *, width: float, height: float) -> theme.Chart:
        """All that was drawn."""
        layers = [
            _layer(kind, dict(look), pd.DataFrame(rows))
            for kind, looks in self._held.items()
            for look, rows in looks.items()
        ]
        return alt.layer(*layers).properties(width=width, height=height, title=heading)

    def _add(self, kind: str, row: dict[str, Any], **look: Any) -> None:
        key = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in sorted(look.items()))
        self._held[kind][key].append(row)


def _layer(kind: str, look: dict[str, Any], rows: pd.DataFrame) -> alt.Chart:
    look = {name: list(value) if isinstance(value, tuple) else value for name, value in look.items()}
    base = alt.Chart(rows).encode(_X, _Y)
    if kind == "box":
        return base.mark_rect(**look).encode(x2="x2", y2="y2")
    if kind == "line":
        return base.mark_line(**look).encode(detail="stroke:N", order="order:Q")
    if kind == "ribbon":
        edge: Any = {"x2": "x2"} if "x2" in rows else {"y2": "y2"}
        return base.mark_area(**look).encode(detail="stroke:N", **edge)
    if kind == "dot":
        return base.mark_point(**({"filled": True, "opacity": 1} | look))
    return base.mark_text(**look).encode(text="text:N")
