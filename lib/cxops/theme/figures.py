"""A chart as a figure: static SVG for two widths of screen, a caption and a text alternative."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import vl_convert
from altair.utils.schemapi import debug_mode

from cxops.theme.formats import shortened
from cxops.theme.look import MUTED, NARROW, TEXT, WIDE, Chart, title

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_CAPTION, _ALT = 1000, 5000
"""Letters of a caption and of a text alternative at most."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STYLE = (
    "<style>.cx-figure{margin:1rem 0;padding:.25rem 0;container-type:inline-size;background:#fff;color:#1f2933}"
    ".cx-figure .cx-narrow{display:none}.cx-figure svg{display:block;width:100%;height:auto}"
    ".cx-figure figcaption{color:#52606d;font-size:.9rem;line-height:1.4;margin-top:.5rem;text-align:left;"
    "max-width:720px}"
    "@container (max-width:660px){.cx-figure .cx-wide{display:none}.cx-figure .cx-narrow{display:block}}</style>"
)
"""Below 660 pixels of room, not of screen, the wide drawing's letters would shrink under 11 pixels."""


@dataclass(frozen=True)
class Figure:
    """A chart as SVG at two widths, with a caption and a text alternative that state the finding."""

    wide: str
    narrow: str
    caption: str
    alt: str
    kpis: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        named = escape(" ".join(self.kpis))
        return (
            f'<figure class="cx-figure" data-kpi="{named}">{_STYLE}<div class="cx-wide">{self.wide}</div>'
            f'<div class="cx-narrow">{self.narrow}</div><figcaption>{escape(self.caption)}</figcaption></figure>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": f"Figure: {self.caption} {self.alt}", "text/html": self.html}


def figure(
    draw: Callable[..., Chart], frame: pd.DataFrame, *, caption: str, alt: str, kpis: tuple[str, ...] = ()
) -> Figure:
    """The chart `draw(frame, width=…)` as a figure.

    Parameters
    ----------
    draw : a chart function of a domain's `charts.py`; takes the measure frame and `width` (pixels, all included).
    frame : the measure to draw.
    caption : what the figure shows, one sentence, seen by everyone.
    alt : what the figure says, with its numbers, for those who cannot see it.
    kpis : ids of the definitions in `params/kpis.yml` that its numbers follow.

    Raises
    ------
    ValueError : caption or alt is blank.
    """
    caption, alt = shortened(caption, _CAPTION), shortened(alt, _ALT)
    if not caption.strip() or not alt.strip():
        raise ValueError(f"a figure must have a caption and a text alternative: got {caption!r} and {alt!r}")
    with debug_mode(False):  # a chart is held against its schema once, when it is whole, not part by part as it grows
        wide, narrow = (svg(draw(frame, width=width), alt) for width in (WIDE, NARROW))
    return Figure(wide, narrow, caption, alt, kpis)


def message(text: str, *, width: int) -> alt.Chart:
    """A chart that says there is nothing to show, where a measure has no rows."""
    empty = pd.DataFrame({"text": ["Nothing to show"]})
    drawn = alt.Chart(empty).mark_text(align="left", fontSize=TEXT, color=MUTED).encode(text="text:N", x=alt.value(0))
    return drawn.properties(width=width - 2, height=24, title=title(text, "", width))


def svg(chart: Chart, label: str) -> str:
    """The chart as one self-contained image to a screen reader, labelled `label`.

    The drawing is read and written again as XML, so that no text in it can become markup. Ids that nothing refers to
    are dropped; the others are prefixed by a hash of the drawing, so that they clash with no other figure's.
    """
    drawn = vl_convert.vegalite_to_svg(_printable(chart.to_dict()))
    root = ElementTree.fromstring(drawn)
    _make_unique(root, f"f{sha256(drawn.encode()).hexdigest()[:12]}")
    for each in root.iter():
        for name in [name for name in each.attrib if name == "role" or name.startswith("aria-")]:
            del each.attrib[name]
    root.attrib |= {"role": "img", "aria-label": _printable(label), "class": "cx-chart"}
    root.set("style", f"max-width:{root.attrib['width']}px")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _printable(content: Any) -> Any:
    """The same with letters replaced that no drawing can hold: a NUL in a label ends the converter's whole process."""
    if isinstance(content, str):
        return _NOT_XML.sub("\ufffd", content)
    if isinstance(content, dict):
        return {_printable(key): _printable(value) for key, value in content.items()}
    return [_printable(each) for each in content] if isinstance(content, list) else content


def _make_unique(root: ElementTree.Element, prefix: str) -> None:
    """Prefixes each id that is referred to, and drops the rest."""
    attributes = [(each, name, value) for each in root.iter() for name, value in each.attrib.items()]
    used = {found for _, _, value in attributes for found in re.findall(r"^url\(#([^)]+)\)$", value)}
    for each, name, value in attributes:
        if name == "id" and value in used:
            each.set("id", f"{prefix}-{value}")
        elif name == "id":
            del each.attrib["id"]
        elif re.fullmatch(r"url\(#[^)]+\)", value):
            each.set(name, f"url(#{prefix}-{value[5:-1]})")
