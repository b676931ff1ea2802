"""The demo organisation: synthetic, seeded, with planted truths written down."""

from cxops.demo.organisation import organisation
from cxops.demo.schema import DemoParameters
from cxops.demo.truths import PLANTED, Truth, truths
from cxops.demo.writing import write

__all__ = ["PLANTED", "DemoParameters", "Truth", "organisation", "truths", "write"]
