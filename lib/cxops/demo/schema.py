"""The parameters of the demo organisation."""

from typing import ClassVar

from pydantic import Field

from cxops import params


class DemoParameters(params.Parameters):
    """How large the demo organisation is, and which of the possible ones."""

    file: ClassVar[str] = "demo.yml"
    cases: int = Field(ge=1_000, le=2_000_000, description="cases in all units over the eight quarters")
    seed: int = Field(ge=0, le=2**32 - 1, description="another seed is another organisation with the same truths")
