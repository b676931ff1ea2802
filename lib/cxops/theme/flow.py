"""A flow down a spine: moves to the next node straight, moves that skip nodes on the right, moves back on the left."""

from dataclasses import dataclass
from math import cos, pi, sin

import altair as alt
import pandas as pd

from cxops.theme.formats import elided
from cxops.theme.look import ACCENT, INK, MAIN, MUTED, PAPER, TEXT, TINTS

_PITCH, _BOX, _LINE, _LABEL = 88, 30, 15, 66
"""Pixels: from one node to the next, height of a node, from one line of text to the next, room for a text."""


@dataclass(frozen=True)
class _Move:
    """One line of the flow: rows of its nodes, counted from above, thickness in pixels and two lines of text."""

    source: int
    target: int
    thick: float
    bold: str
    light: str
    colour: str

    @property
    def side(self) -> str:
        return "next" if self.target - self.source == 1 else "skip" if self.target > self.source else "back"

    @property
    def ends(self) -> tuple[float, float]:
        """Heights at which it leaves its source and reaches its target."""
        gap = _BOX / 2 if self.side == "next" else 6 if self.side == "skip" else -6
        return _BOX / 2 + self.source * _PITCH + gap, _BOX / 2 + self.target * _PITCH - gap

    def bulge(self, room: float) -> float:
        """How far it swings out from the nodes' edge, within the room beside them."""
        return min(14 + 10 * (abs(self.target - self.source) - 1), max(room - _LABEL, 14))


def flow(edges: pd.DataFrame, *, weight: str, texts: tuple[str, str], heading: alt.Title, width: int) -> alt.LayerChart:
    """Nodes in the order that work mostly moves, and moves between them as lines whose width is their weight.

    Parameters
    ----------
    edges : one row a move, few enough to read: `source`, `target`, `is_marked` and the columns named below.
    weight : column that gives a line its width.
    texts : columns with the two short lines of text beside each move; the first is bold.
    heading : see `theme.title`.
    width : of the whole drawing, pixels.
    """
    nodes = ordered(list(zip(edges["source"], edges["target"], edges[weight].astype(float), strict=True)))
    moves = [
        _Move(
            nodes.index(row["source"]),
            nodes.index(row["target"]),
            1.5 + 6.5 * row[weight] / edges[weight].max(),
            row[texts[0]],
            row[texts[1]],
            ACCENT if row["is_marked"] else MAIN,
        )
        for row in edges.to_dict("records")
    ]
    half = min(width * 0.18, 110.0)
    height = _BOX + _PITCH * (len(nodes) - 1)
    boxes = pd.DataFrame(
        {
            "name": [elided(node, 2 * half - 12, TEXT) for node in nodes],
            "x": width / 2 - half,
            "x2": width / 2 + half,
            "y": [_PITCH * at for at in range(len(nodes))],
            "y2": [_PITCH * at + _BOX for at in range(len(nodes))],
        }
    )
    points = pd.DataFrame([point for at, move in enumerate(moves) for point in _points(move, at, half, width)])
    labels = pd.DataFrame([label for side in ("next", "skip", "back") for label in _labels(moves, side, half, width)])
    return _drawn(boxes, points, labels).properties(width=width - 2, height=height, title=heading)


def ordered(edges: list[tuple[str, str, float]]) -> list[str]:
    """Nodes so that little weight runs backward, found greedily.

    Next comes a node that nothing enters from those left, else the one that most weight leaves, less what enters it.

    >>> ordered([("Intake", "Diagnosis", 9), ("Diagnosis", "Resolution", 9), ("Resolution", "Diagnosis", 2)])
    ['Intake', 'Diagnosis', 'Resolution']
    """
    left = sorted({node for source, target, _ in edges for node in (source, target)})
    order: list[str] = []
    while left:
        inside = [edge for edge in edges if edge[0] in left and edge[1] in left and edge[0] != edge[1]]
        entered = {node: sum(weight for _, target, weight in inside if target == node) for node in left}
        leaving = {node: sum(weight for source, _, weight in inside if source == node) for node in left}
        order.append(min(left, key=lambda node: (entered[node] > 0, entered[node] - leaving[node], node)))
        left.remove(order[-1])
    return order


def _points(move: _Move, number: int, half: float, width: int) -> list[dict[str, object]]:
    """The line of one move, from the edge of its source to the edge of its target."""
    start, end = move.ends
    edge, swing = width / 2, 0.0
    if move.side != "next":
        outward = 1 if move.side == "skip" else -1
        edge, swing = edge + outward * half, outward * move.bulge(width / 2 - half)
    head = 4 if end > start else -4
    end -= head if move.side == "next" else 0
    edge += 0 if move.side == "next" else 4 * (1 if move.side == "skip" else -1)
    angles = [pi * step / 24 for step in range(25)]
    return [
        {
            "move": number,
            "side": move.side,
            "step": step,
            "x": edge + swing * sin(angle),
            "y": (start + end) / 2 - (end - start) / 2 * cos(angle),
            "thick": move.thick,
            "colour": move.colour,
        }
        for step, angle in enumerate(angles)
    ]


def _labels(moves: list[_Move], side: str, half: float, width: int) -> list[dict[str, object]]:
    """Two lines of text beside each move of one side, pushed apart so that none covers another."""
    room, below = width / 2 - half, -10 * _LINE
    labels: list[dict[str, object]] = []
    for move in sorted((move for move in moves if move.side == side), key=lambda move: (sum(move.ends), move.thick)):
        below = max(sum(move.ends) / 2, below + 2 * _LINE + 2)
        beside = {
            "next": width / 2 + move.thick / 2 + 6,
            "skip": width / 2 + half + move.bulge(room) + 6,
            "back": width / 2 - half - move.bulge(room) - 6,
        }[side]
        labels.append(
            {"x": beside, "y": below, "side": side, "bold": move.bold, "light": move.light, "ink": move.colour}
        )
    return labels


def _drawn(boxes: pd.DataFrame, points: pd.DataFrame, labels: pd.DataFrame) -> alt.LayerChart:
    """Lines, their heads, nodes and texts; every position is already in pixels."""
    x, y = (alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None))
    colour = alt.Color("colour:N", scale=None)
    layers = []
    for side, head, dash in (
        ("next", "triangle-down", [1, 0]),
        ("skip", "triangle-left", [1, 0]),
        ("back", "triangle-right", [5, 3]),
    ):
        base = alt.Chart(points[points["side"] == side]).encode(x, y, color=colour)
        line = base.mark_line(strokeDash=dash).encode(
            detail="move:N",
            order="step:Q",
            strokeWidth=alt.StrokeWidth("thick:Q", scale=alt.Scale(domain=[0, 8], range=[0, 8]), legend=None),
        )
        layers += [
            line,
            base.transform_filter(alt.datum.step == 24).mark_point(shape=head, filled=True, size=90, opacity=1),
        ]
    box = alt.Chart(boxes).encode(x, y, x2="x2", y2="y2")
    layers.append(box.mark_rect(fill=TINTS[0], stroke=MUTED, cornerRadius=4))
    name = alt.Chart(boxes).transform_calculate(centre="(datum.x + datum.x2) / 2", middle="(datum.y + datum.y2) / 2")
    layers.append(
        name.mark_text(color=INK, fontWeight=600).encode(
            alt.X("centre:Q", scale=None, axis=None), alt.Y("middle:Q", scale=None, axis=None), text="name:N"
        )
    )
    return alt.layer(*layers, *_texts(labels))


def _texts(labels: pd.DataFrame) -> list[alt.Chart]:
    """Each text on a halo of paper, so that it reads where it crosses a line."""
    layers = []
    for column, shift, ink, weight in (("bold", -_LINE / 2, INK, 600), ("light", _LINE / 2, MUTED, 400)):
        for side in ("next", "skip", "back"):
            base = alt.Chart(labels[labels["side"] == side]).encode(
                alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None), text=f"{column}:N"
            )
            look = {"align": "right" if side == "back" else "left", "dy": shift, "fontWeight": weight, "fontSize": TEXT}
            layers += [base.mark_text(stroke=PAPER, strokeWidth=4, **look), base.mark_text(color=ink, **look)]
    return layers
