"""Figures and tables with as much in them as a page may hold, for a look at how they fit: load it with `runpy`."""

import pandas as pd
from cxops import journey, theme
from cxops.journey import charts
from cxops.journey.schema import maps


def crowded() -> tuple[theme.Figure | theme.Table, ...]:
    """The blueprint of the demo organisation's map, shares near 100 %, costs of long names, wide and narrow tables."""
    tables = [_table(size, is_folded) for is_folded in (False, True) for size in (3, 5, 8, 10)]
    return (_blueprint(), _shares(), _costs(), *tables)


def _blueprint() -> theme.Figure:
    drawn = maps.journey_map("service")
    said = pd.DataFrame(
        {"step_id": ["register"] * 9, "customer_id": list("abcdefghi"), "sentiment": [0.1, 0.2, 0.3] * 3}
    )
    curve = journey.emotion(said, drawn.step_frame(), minimum_count=5, alpha=0.01)
    delays = [("Intake", "Identity check", 1.7), ("Diagnosis", "Resolution", 33.3), ("Resolution", "Confirmation", 140)]
    waits = pd.DataFrame(delays, columns=["from_stage", "to_stage", "p50_h"])
    frame = journey.blueprint(drawn.stage_frame(), drawn.step_frame(), drawn.owner_frame(), curve, waits)
    return charts.blueprint_figure(frame)


def _shares() -> theme.Figure:
    """An axis from 85 to 100 %, on which a phone has no room for every number."""
    row = {
        "promise": "Identity check → Diagnosis",
        "target_hours": 8.0,
        "promised": "8 opening hours",
        "cases": 900,
        "clocks": 940,
        "target_share": 0.9,
    }
    row |= {"share": 0.98, "low": 0.9, "high": 0.99, "closed_share": 0.98, "is_signal": False}
    return charts.attainment_figure(pd.DataFrame([row]))


def _costs() -> theme.Figure:
    row = {"from_team": "Specialists", "to_team": "Field service", "handoffs": 1571, "latency_hours_total": 31204.0}
    row |= {"hours_above": 20800.0, "first_share": 1.0, "score": "ces", "resamples": 1000, "is_signal": True}
    for name in ("above", "per_case"):
        row |= {f"ces_{name}": 841.0, f"ces_{name}_low": 733.0, f"ces_{name}_high": 952.0}
    return charts.customer_cost_figure(pd.DataFrame([row]))


def _table(columns: int, is_folded: bool) -> theme.Table:
    """Long names, large numbers, dates, intervals and words, as the journey's own tables have them."""
    cells: tuple[object, ...] = ("Field service", 2158170, "0.81 (0.72 to 0.90)", "2025-12-31", "cannot be told", 0.4)
    cells += (1234567, "1 (1 to 2)", 0.123, "under-served", 86)
    names = (
        "To the team",
        "Hours above the rest",
        "Points of ease lost per case (95 % interval)",
        "Held on",
        "Verdict",
    )
    names += ("Complete and accurate", "Cost of rework", "Rank (95 % of resamples)", "First", "Customers are", "Issues")
    row = {f"c{at}": cell for at, cell in enumerate(("Specialists → Identity check", *cells)[:columns])}
    labels = dict(zip(row, ("From → to", *names), strict=False))
    return theme.table(pd.DataFrame([row] * 3), caption=f"{columns} columns", columns=labels, is_folded=is_folded)
