"""The journey explorer: choose a scope, a stage and two teams, move a threshold, see number and chart change."""

from cxops.journey.widgets.choice import Choice
from cxops.journey.widgets.controls import Controls, explorer
from cxops.journey.widgets.state import THRESHOLDS, JourneyExplorer, View, verdict, view

__all__ = ["THRESHOLDS", "Choice", "Controls", "JourneyExplorer", "View", "explorer", "verdict", "view"]
