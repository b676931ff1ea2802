"""Whatever a visitor of the journey explorer chooses, the control unit stays quiet and what is planted is found."""

from collections.abc import Iterator

import pytest
from cxops.demo import setting
from cxops.demo.truths import SLOW_HANDOFF
from cxops.findings import Finding, Verdict
from cxops.journey.widgets import THRESHOLDS, JourneyExplorer

pytestmark = pytest.mark.usefixtures("demo_data")


def said(unit: str, thresholds: tuple[float, ...]) -> Iterator[tuple[tuple[str, ...], Finding]]:
    """The pair and each finding shown for it, at these thresholds and every stage and pair that can be chosen."""
    explorer = JourneyExplorer(f"unit={unit}")
    for stage in ["all", *explorer.stages]:
        explorer.choose(stage=stage, from_team="", to_team="")
        for pair in explorer.pairs:
            explorer.choose(from_team=pair[0], to_team=pair[1])
            assert explorer.problems == []
            for threshold in thresholds:
                explorer.choose(threshold_hours=threshold)
                yield pair, explorer.counted[2]
                yield pair, explorer.verdict


def test_no_choice_makes_a_signal_in_the_control_unit():
    found = list(said(setting.CONTROL, THRESHOLDS))
    assert len(found) > 2 * 1000  # 13 thresholds, 5 stages and up to 20 pairs: nothing was left out
    assert [(pair, finding.headline) for pair, finding in found if finding.verdict is Verdict.SIGNAL] == []


def test_the_planted_handoff_is_the_only_signal_in_its_unit_and_at_every_choice():
    planted = tuple(SLOW_HANDOFF.where.values())
    found = [
        (pair, each.verdict is Verdict.SIGNAL)
        for pair, each in said(SLOW_HANDOFF.unit, (1, 24))
        if each.unit == "times"
    ]
    assert {pair for pair, is_signal in found if is_signal} == {planted}
    assert all(is_signal for pair, is_signal in found if pair == planted)
