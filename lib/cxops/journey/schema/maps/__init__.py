"""The journey map: a text file in `params/journeys/` that says how the journey is meant to go, and who answers for it.

The map is checked as a whole when it is loaded. Measures take its parts as frames (`stage_frame`, `step_frame`,
`transition_frame` and so on), so that they know nothing of files.
"""

from cxops.journey.schema.maps.drawn import JourneyMap
from cxops.journey.schema.maps.files import (
    FOLDER,
    MapPageParameters,
    check_all,
    in_force,
    journey_map,
    names,
    save,
    version_before,
    versions,
)
from cxops.journey.schema.maps.parts import (
    DAYS,
    PHASES,
    Assignment,
    Calendar,
    DecisionPoint,
    Owner,
    Promise,
    Stage,
    Step,
    Transition,
)
from cxops.journey.schema.maps.text import text

__all__ = [
    "DAYS",
    "FOLDER",
    "PHASES",
    "Assignment",
    "Calendar",
    "DecisionPoint",
    "JourneyMap",
    "MapPageParameters",
    "Owner",
    "Promise",
    "Stage",
    "Step",
    "Transition",
    "check_all",
    "in_force",
    "journey_map",
    "names",
    "save",
    "text",
    "version_before",
    "versions",
]
