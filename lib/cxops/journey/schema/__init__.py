"""What people decide about the journey: the parameters of its pages, and the journey map."""

from cxops.journey.schema.journey import JourneyParameters

__all__ = ["JourneyParameters"]
