"""A flow down a spine: moves to the next node straight, moves that skip nodes on the right, moves back on the left.

A curve bears a letter, and its text stands with the letter below the drawing: beside it, texts would lie on curves.
"""

from dataclasses import dataclass
from math import cos, pi, sin
from string import ascii_lowercase
from typing import Any

import altair as alt
import pandas as pd

from cxops.theme.formats import elided, pixels
from cxops.theme.look import ACCENT, INK, MAIN, MUTED, PAPER, TEXT, TINTS, Chart

_PITCH, _BOX, _HEAD, _LINE, _LETTER, _KEY = 76, 30, 4, 15, 9, 20
"""Pixels: from node to node, height of a node, half an arrow's head, from line to line, radius of a letter, a key."""
_HEADS = {"next": "triangle-down", "skip": "triangle-left", "back": "triangle-right"}
_X, _Y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)


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
    def outward(self) -> int:
        """Direction in which it swings out: right, left or not at all."""
        return {"next": 0, "skip": 1, "back": -1}[self.side]

    @property
    def ends(self) -> tuple[float, float]:
        """Heights at which it leaves its source and where the head at its target begins."""
        start, end = (_BOX / 2 + row * _PITCH for row in (self.source, self.target))
        if self.side == "next":
            return start + _BOX / 2, end - _BOX / 2 - _HEAD
        return start + 6 * self.outward, end - 6 * self.outward

    def swing(self, room: float) -> float:
        """How far it swings out from the nodes' edge: moves over more nodes further, within the room beside them."""
        most = max(room - _HEAD - _LETTER, 24)
        return min(24 + (abs(self.target - self.source) - 1) * min((most - 24) / 3, 60), most)


def flow(edges: pd.DataFrame, *, weight: str, texts: tuple[str, str], heading: alt.Title, width: int) -> Chart:
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
            1.5 + 4.5 * row[weight] / edges[weight].max(),
            row[texts[0]],
            row[texts[1]],
            ACCENT if row["is_marked"] else MAIN,
        )
        for row in edges.to_dict("records")
    ]
    half = min(width * 0.18, 110.0)
    points = pd.DataFrame([point for at, move in enumerate(moves) for point in _points(move, at, half, width)])
    curved = sorted((move for move in moves if move.outward), key=lambda move: (-move.outward, sum(move.ends)))
    bottom = _BOX + _PITCH * (len(nodes) - 1)
    keys = pd.DataFrame([_key(move, at, nodes, half, bottom, width) for at, move in enumerate(curved)])
    straight = [move for move in moves if not move.outward]
    layers = [*_lines(points), *_boxes(nodes, half, width), *_texts(straight, width), *_letters(keys)]
    height = bottom + _KEY * (len(curved) + 0.5 if curved else 0)
    return alt.layer(*layers).properties(width=width - 2, height=height, title=heading)


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
    """The line of one move, from the edge of its source to the head at the edge of its target."""
    start, end = move.ends
    edge = width / 2 + move.outward * (half + _HEAD)
    swing = move.outward * move.swing(width / 2 - half)
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


def _key(move: _Move, at: int, nodes: list[str], half: float, bottom: float, width: int) -> dict[str, object]:
    """The letter of a curve, where it is furthest out, and its text in the list below the drawing."""
    numbers = f": {move.bold} · {move.light}"
    room = width - 2 * _LETTER - 8 - pixels(numbers, TEXT)
    return {
        "x": width / 2 + move.outward * (half + _HEAD + move.swing(width / 2 - half)),
        "y": sum(move.ends) / 2,
        "letter": ascii_lowercase[at % 26],
        "key_y": bottom + _KEY * (at + 1),
        "text": elided(f"{nodes[move.source]} → {nodes[move.target]}", room, TEXT) + numbers,
        "colour": move.colour,
    }


def _lines(points: pd.DataFrame) -> list[alt.Chart]:
    """The moves and their heads; those back are dashed."""
    thick = alt.StrokeWidth("thick:Q", scale=alt.Scale(domain=[0, 8], range=[0, 8]), legend=None)
    layers = []
    for side, head in _HEADS.items():
        base = alt.Chart(points[points["side"] == side]).encode(_X, _Y, color=alt.Color("colour:N", scale=None))
        line = base.mark_line(strokeDash=[5, 3] if side == "back" else [1, 0])
        heads = base.transform_filter(alt.datum.step == 24).mark_point(shape=head, filled=True, size=110, opacity=1)
        layers += [line.encode(detail="move:N", order="step:Q", strokeWidth=thick), heads]
    return layers


def _boxes(nodes: list[str], half: float, width: int) -> list[alt.Chart]:
    """The nodes and their names."""
    boxes = pd.DataFrame(
        {
            "name": [elided(node, 2 * half - 12, TEXT) for node in nodes],
            "x": width / 2,
            "left": width / 2 - half,
            "right": width / 2 + half,
            "y": [_PITCH * at + _BOX / 2 for at in range(len(nodes))],
        }
    )
    base = alt.Chart(boxes).encode(_Y)
    outline = base.mark_rect(fill=TINTS[0], stroke=MUTED, cornerRadius=4, height=_BOX)
    return [
        outline.encode(alt.X("left:Q", scale=None, axis=None), x2="right"),
        base.mark_text(fontWeight=600).encode(_X, text="name:N"),
    ]


def _texts(moves: list[_Move], width: int) -> list[alt.Chart]:
    """Two lines of text beside each straight move, on a halo of paper, so that they read where they cross a line."""
    columns = ["x", "y", "bold", "light"]
    rows = [(width / 2 + move.thick / 2 + 6, sum(move.ends) / 2, move.bold, move.light) for move in moves]
    base = alt.Chart(pd.DataFrame(rows, columns=columns)).encode(_X, _Y)
    layers = []
    for column, shift, ink, weight in (("bold", -_LINE / 2, INK, 600), ("light", _LINE / 2, MUTED, 400)):
        look: Any = {"align": "left", "dy": shift, "fontWeight": weight}
        lines = base.encode(text=f"{column}:N")
        layers += [lines.mark_text(stroke=PAPER, strokeWidth=5, **look), lines.mark_text(color=ink, **look)]
    return layers


def _letters(keys: pd.DataFrame) -> list[alt.Chart]:
    """A letter on each curve, and below the drawing what it stands for."""
    if keys.empty:
        return []
    base = alt.Chart(keys)
    below = base.encode(alt.Y("key_y:Q", scale=None, axis=None))
    stroke = alt.Stroke("colour:N", scale=None)
    look: Any = {"shape": "circle", "size": 3.2 * _LETTER**2, "fill": PAPER, "opacity": 1}
    return [
        base.mark_point(**look).encode(_X, _Y, stroke=stroke),
        base.mark_text(fontWeight=600).encode(_X, _Y, text="letter:N"),
        below.mark_point(**look).encode(x=alt.value(_LETTER), stroke=stroke),
        below.mark_text(fontWeight=600).encode(x=alt.value(_LETTER), text="letter:N"),
        below.mark_text(align="left").encode(x=alt.value(2 * _LETTER + 6), text="text:N"),
    ]
