"""The journey explorer's controls, linked to its state."""

from html import escape
from typing import Any

import ipywidgets

from cxops import live, tables, theme
from cxops.findings import html
from cxops.journey.widgets.state import ALL, THRESHOLDS, JourneyExplorer

_EVERY = "All"
_STYLE = (
    "<style>.cx-live .cx-findings{list-style:none;padding:0;margin:.5rem 0}"
    ".cx-live .cx-verdict{display:block;color:#52606d;font-size:.9rem}</style>"
)


def explorer(query: str | None = None) -> ipywidgets.VBox:
    """The journey explorer, for the scope in a query string; without one, for that of the visitor's address."""
    return Controls(JourneyExplorer(live.query() if query is None else query)).box


class Controls:
    """A control for each field of the choice, and below them what the choice shows.

    Parameters
    ----------
    state : what the controls say and what follows from it.

    Attributes
    ----------
    fields : the controls by field of `Choice`.
    shown : `problem`, `number`, `finding`, `figure`: what is redrawn at each change.
    box : all of it.
    """

    def __init__(self, state: JourneyExplorer) -> None:
        self.state = state
        self.is_redrawing = False
        self.fields = _fields(state)
        self.shown = {name: ipywidgets.HTML() for name in ("problem", "number", "finding", "figure")}
        for name, control in self.fields.items():
            control.observe(lambda change, name=name: self._changed(name, change["new"]), "value")
        for name in ("problem", "number", "finding"):
            self.shown[name].add_class("cx-live")
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap", width="100%")
        notice = ipywidgets.HTML(theme.notice(tables.dataset()).html)
        controls = ipywidgets.Box(list(self.fields.values()), layout=row)
        self.box = ipywidgets.VBox([notice, controls, *self.shown.values()], layout=ipywidgets.Layout(width="100%"))
        self.redraw()

    def _changed(self, name: str, value: Any) -> None:
        if not self.is_redrawing:
            self.state.choose(**{name: value})
            self.redraw()

    def redraw(self) -> None:
        """Shows the state: the choices it offers, what is chosen, and what follows from it."""
        self.is_redrawing = True
        try:
            self.fields["stage"].options = [(_EVERY, ALL), *((stage, stage) for stage in self.state.stages)]
            self.fields["pair"].options = [(_EVERY, ()), *((f"{a} → {b}", (a, b)) for a, b in self.state.pairs)]
            for name, control in self.fields.items():
                control.value = getattr(self.state.choice, name)
        finally:
            self.is_redrawing = False
        view = self.state.view
        self.shown["problem"].value = _problem(self.state.problem)
        self.shown["number"].value = _number(view.number, theme.duration(self.state.choice.threshold_hours))
        self.shown["finding"].value = _STYLE + html([view.finding])
        self.shown["figure"].value = view.figure.html


def _fields(state: JourneyExplorer) -> dict[str, Any]:
    """Controls with a visible label each; a slider reports when it is let go, or at each key."""
    wide = ipywidgets.Layout(width="340px", max_width="100%")
    common = {"layout": wide, "style": {"description_width": "110px"}}
    hours = [(theme.duration(each), each) for each in THRESHOLDS]
    return {
        "unit": ipywidgets.Dropdown(
            description="Unit", options=[(_EVERY, ALL), *((each, each) for each in tables.units())], **common
        ),
        "quarter": ipywidgets.Dropdown(
            description="Quarter", options=[(_EVERY, ALL), *((each, each) for each in tables.quarters())], **common
        ),
        "stage": ipywidgets.Dropdown(description="Handed into", **common),
        "pair": ipywidgets.Dropdown(description="Teams", **common),
        "threshold_hours": ipywidgets.SelectionSlider(
            description="Slow is over", options=hours, value=8, continuous_update=False, **common
        ),
        "minimum_count": ipywidgets.IntSlider(
            description="Fewest cases", min=state.fewest, max=max(200, state.fewest), continuous_update=False, **common
        ),
    }


def _problem(text: str) -> str:
    return f'<p role="alert" style="color:#8f1d14;font-weight:600;margin:.5rem 0">{escape(text)}</p>' if text else ""


def _number(text: str, threshold: str) -> str:
    return (
        f'<p class="cx-number" style="margin:1rem 0 0;line-height:1.2"><span style="font-size:2.4rem;font-weight:600">'
        f"{escape(text)}</span> <span>of handoffs took longer than {escape(threshold)}</span></p>"
    )
