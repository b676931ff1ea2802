"""What people decide about the journey: the parameters of its pages, and the journey map."""

from cxops.journey.schema.journey import JourneyParameters
from cxops.journey.schema.promises import PromisesParameters
from cxops.journey.schema.redesign import RedesignParameters
from cxops.journey.schema.value_stream import ValueStreamParameters

__all__ = [
    "JourneyParameters",
    "PromisesParameters",
    "RedesignParameters",
    "ValueStreamParameters",
]
