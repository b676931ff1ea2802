"""Whether the demo organisation's verbatims are in several languages, follow the answer, and hold the hostile few."""

import numpy as np
import pandas as pd
import pytest
from cxops.demo import setting
from cxops.demo.verbatims import _TEMPLATES, _TOPICS, HOSTILE, verbatims


def test_every_language_has_a_topic_for_every_reason_and_every_tone() -> None:
    assert tuple(_TOPICS) == tuple(_TEMPLATES) == setting.LANGUAGES
    assert all(len(topics) == len(setting.REASONS) for topics in _TOPICS.values())
    assert all(len(tones) == 3 and all(len(tone) == 2 for tone in tones) for tones in _TEMPLATES.values())


@pytest.mark.parametrize(("csat", "tone"), [(1, 0), (2, 0), (3, 1), (4, 2), (5, 2)])
def test_the_tone_follows_the_satisfaction(csat: int, tone: int) -> None:
    count = 200
    texts = verbatims(
        np.random.default_rng(1), np.zeros(count, dtype=int), np.ones(count, dtype=int), np.full(count, csat)
    )
    wanted = {template.format("my bill") for template in _TEMPLATES["en"][tone]}
    found = {text.partition(" Reach me")[0] for text in texts if text not in HOSTILE}
    assert found == wanted


def test_hostile_texts_stand_among_the_answers(demo_tables: dict[str, pd.DataFrame]) -> None:
    counts = demo_tables["surveys"]["verbatim"].value_counts()
    assert counts[list(HOSTILE)].tolist() == [2] * len(HOSTILE)
    assert any(text.startswith("=") for text in HOSTILE)
    assert any("<script" in text for text in HOSTILE)


def test_no_answers_give_no_texts() -> None:
    nothing = np.array([], dtype=int)
    assert verbatims(np.random.default_rng(1), nothing, nothing, nothing) == []
