"""The journey explorer's controls, linked to its state."""

from html import escape
from typing import Any

import ipywidgets

from cxops import live, tables, theme
from cxops.findings import html
from cxops.journey.widgets.choice import ALL, LABELS, PAIR
from cxops.journey.widgets.state import THRESHOLDS, JourneyExplorer, View

_STYLE = (
    "<style>.cx-live .cx-findings{list-style:none;padding:0;margin:.5rem 0}"
    ".cx-live .cx-verdict{display:block;color:#52606d;font-size:.9rem}</style>"
)
_CHOOSE = "Choose a pair of teams to learn whether it is slower than the others by more than noise."


def explorer(query: str | None = None) -> ipywidgets.VBox:
    """The journey explorer for the choice in a query string; without one, for that in the visitor's address."""
    return Controls(JourneyExplorer(live.query() if query is None else query)).box


class Controls:
    """A control for each thing to choose, and below them what the choice shows.

    Parameters
    ----------
    state : what the controls say and what follows from it.

    Attributes
    ----------
    fields : the controls: `unit`, `quarter`, `stage`, `pair` and `threshold_hours`.
    shown : `problem`, `number`, `finding`, `verdict`, `figure`: what is redrawn at each change.
    box : all of it.
    """

    def __init__(self, state: JourneyExplorer) -> None:
        self.state = state
        self.is_redrawing = False
        self.fields = _fields(state)
        self.shown = {name: ipywidgets.HTML() for name in ("problem", "number", "finding", "verdict", "figure")}
        for name, control in self.fields.items():
            control.observe(lambda change, name=name: self._changed(name, change["new"]), "value")
        for name in ("problem", "number", "finding", "verdict"):
            self.shown[name].add_class("cx-live")
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap", width="100%")
        notice = ipywidgets.HTML(theme.notice(tables.dataset()).html)
        controls = ipywidgets.Box(list(self.fields.values()), layout=row)
        self.box = ipywidgets.VBox([notice, controls, *self.shown.values()], layout=ipywidgets.Layout(width="100%"))
        self.redraw()

    def _changed(self, name: str, value: Any) -> None:
        if not self.is_redrawing:
            wanted = dict(zip(PAIR, value or ("", ""), strict=True)) if name == "pair" else {name: value}
            self.state.choose(**wanted)
            self.redraw()

    def redraw(self) -> None:
        """Shows the state: the choices it offers, what is chosen, what was counted, and then what can be claimed."""
        self.is_redrawing = True
        try:
            self.fields["stage"].options = [("All stages", ALL), *((stage, stage) for stage in self.state.stages)]
            self.fields["pair"].options = [("All pairs", ()), *((f"{a} → {b}", (a, b)) for a, b in self.state.pairs)]
            for name, control in self.fields.items():
                control.value = getattr(self.state.choice, name)
        finally:
            self.is_redrawing = False
        view = self.state.view
        self.shown["problem"].value = _problem(self.state.problems)
        self.shown["number"].value = _number(view, self.state.choice.query)
        self.shown["finding"].value = _STYLE + html([view.finding])
        self.shown["figure"].value = view.figure.html
        self._judge()

    def _judge(self) -> None:
        """Says what can be claimed; the first time in a scope it takes a while, and that is said before it is done."""
        if self.state.choice.pair and not self.state.is_judged:
            self.shown["verdict"].value = '<p class="cx-busy">Comparing with what chance alone would do …</p>'
        claim = self.state.verdict
        self.shown["verdict"].value = html([claim]) if claim else f'<p class="cx-verdict">{_CHOOSE}</p>'


def _fields(state: JourneyExplorer) -> dict[str, Any]:
    """Controls with a visible label each; a slider reports when it is let go, or at each key."""
    common = {
        "layout": ipywidgets.Layout(width="340px", max_width="100%"),
        "style": {"description_width": "110px"},
    }
    hours = [(theme.duration(each), each) for each in sorted({*THRESHOLDS, state.choice.threshold_hours})]
    units, quarters = ([(each, each) for each in listed] for listed in (tables.units(), tables.quarters()))
    return {
        "unit": ipywidgets.Dropdown(description=LABELS["unit"], options=[("All units", ALL), *units], **common),
        "quarter": ipywidgets.Dropdown(
            description=LABELS["quarter"], options=[("All quarters", ALL), *quarters], **common
        ),
        "stage": ipywidgets.Dropdown(description=LABELS["stage"], **common),
        "pair": ipywidgets.Dropdown(description=LABELS["pair"], **common),
        "threshold_hours": ipywidgets.SelectionSlider(
            description=LABELS["threshold_hours"],
            options=hours,
            value=state.choice.threshold_hours,
            continuous_update=False,
            **common,
        ),
    }


def _problem(problems: list[str]) -> str:
    if not problems:
        return ""
    said = "".join(f"<br>{escape(each)}" for each in problems)
    return f'<p role="alert" style="color:#8f1d14;font-weight:600;margin:.5rem 0">Ignored, the rest is shown:{said}</p>'


def _number(view: View, address: str) -> str:
    return (
        f'<p class="cx-number" data-address="{escape(address)}" style="margin:1rem 0 0;line-height:1.2">'
        f'<span style="font-size:2.4rem;font-weight:600">{escape(view.number)}</span> '
        f"<span>{escape(view.label)}</span></p>"
    )
