"""How each step feels, and the map as it is drawn (c0.m3.b3)."""

import re
from xml.etree import ElementTree

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.findings import Verdict
from cxops.journey.charts import blueprint_figure, emotion_table, troughs_table
from cxops.journey.findings.walked import slowest_passage, trough, walked
from cxops.journey.schema import maps
from scipy import stats

STEPS = pd.DataFrame(
    {
        "stage": ["Intake", "Identity check", "Diagnosis", "Resolution"],
        "step_id": ["register", "identity_check", "diagnose", "resolve"],
        "touchpoint": ["First contact", "Proof", "Questions", "Solution"],
        "emotion": ["feedback", "feedback", "feedback", None],
    }
)
LIMITS = {"minimum_count": 5, "alpha": 0.01}


def said(seed: int = 1, planted: float = -0.5) -> pd.DataFrame:
    """80 remarks about each of three steps, each by another customer; `planted` lies on the identity check only."""
    rng = np.random.default_rng(seed)
    means = {"register": 0.2, "identity_check": 0.2 + planted, "diagnose": 0.2}
    rows = [
        (step, f"{step}{at}", value)
        for step, mean in means.items()
        for at, value in enumerate(rng.normal(mean, 0.3, 80))
    ]
    frame = pd.DataFrame(rows, columns=["step_id", "customer_id", "sentiment"])
    return frame.assign(sentiment=frame["sentiment"].clip(-1, 1))


def test_c0_m3_b3_negative_sentiment_planted_at_the_identity_check_only_makes_it_the_trough():
    curve = journey.emotion(said(), STEPS, **LIMITS)
    assert curve.loc[curve["is_trough"], "step_id"].tolist() == ["identity_check"]
    low = curve.set_index("step_id").loc["identity_check"]
    assert low["hi"] < low["journey_mean"]
    finding = trough(curve, STEPS)[0]
    assert finding.verdict is Verdict.SIGNAL
    assert finding.headline.startswith("Customers feel worst at Proof: −0.")
    assert "Proof" in troughs_table(journey.troughs(curve, STEPS)).html


def test_c0_m3_b3_a_step_without_comments_shows_no_evidence_never_0():
    curve = journey.emotion(said(), STEPS, **LIMITS).set_index("step_id")
    assert curve.loc["resolve", "evidence"] == "no evidence"
    assert curve.loc["resolve", ["mean_sentiment", "lo", "hi"]].isna().all()
    assert curve.loc["resolve", "n"] == 0
    assert emotion_table(curve.reset_index(), STEPS).html.count("no evidence") == 1
    assert curve.index[curve["is_end"]].tolist() == ["diagnose"]


def test_c0_m3_b3_where_nothing_is_planted_no_step_is_called_a_trough_in_95_of_100():
    named = sum(
        journey.emotion(said(seed, 0.0), STEPS, minimum_count=5, alpha=0.05)["is_trough"].any() for seed in range(100)
    )
    assert named <= 10


def test_the_interval_is_that_of_a_mean_of_independent_customers():
    """Three customers: 0, 0.5 and 1. Mean 0.5, standard error 0.5 / √3, t with 2 degrees of freedom, cut at 1."""
    rows = pd.DataFrame({"step_id": "register", "customer_id": ["1", "2", "3"], "sentiment": [0.0, 0.1, 0.2]})
    row = journey.emotion(rows, STEPS, minimum_count=2, alpha=0.05).iloc[0]
    margin = stats.t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert row[["mean_sentiment", "lo", "hi"]].tolist() == pytest.approx([0.1, 0.1 - margin, 0.1 + margin])
    assert row[["n", "customers"]].tolist() == [3, 3]


def test_many_remarks_of_one_customer_are_not_many_customers():
    """Ten times the same remarks by the same customers tell no more than one time."""
    once = pd.DataFrame(
        {"step_id": "register", "customer_id": list("abcdef"), "sentiment": [0, 0.1, 0.2, 0.3, 0.1, 0.2]}
    )
    often = pd.concat([once] * 10)
    few, many = (journey.emotion(rows, STEPS, **LIMITS).iloc[0] for rows in (once, often))
    assert many["n"] == 60
    assert many[["customers", "lo", "hi"]].tolist() == pytest.approx(few[["customers", "lo", "hi"]].tolist())


def test_too_few_customers_show_neither_a_mean_nor_a_count():
    rows = pd.DataFrame({"step_id": "register", "customer_id": list("abcc"), "sentiment": [-1.0, -1.0, -1.0, -1.0]})
    row = journey.emotion(rows, STEPS, **LIMITS).iloc[0]
    assert row["evidence"] == "too few customers"
    assert pd.isna(row["mean_sentiment"])
    assert pd.isna(row["n"])


def test_remarks_of_nobody_known_count_as_a_customer_each():
    rows = pd.DataFrame({"step_id": "register", "customer_id": [None] * 6, "sentiment": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]})
    assert journey.emotion(rows, STEPS, **LIMITS).iloc[0]["customers"] == 6


def test_feelings_come_from_the_source_that_the_map_names_for_the_step():
    """csat 1 to 5, ces 1 to 7 and nps 0 to 10 are laid on −1 to 1; answers stand for the stage the case arose in."""
    steps = STEPS.assign(emotion=["csat", "ces", "feedback", "nps"])
    feedback = pd.DataFrame(
        {"step_id": ["diagnose", "register", None], "customer_id": ["a", "b", "c"], "sentiment": [0.25, 1.0, 1.0]}
    )
    surveys = pd.DataFrame({"case_id": ["1", "2", "3", "4"], "customer_id": ["k", "l", "m", "n"]})
    surveys = surveys.assign(csat=[4.0, 1.0, np.nan, 5.0], ces=[7.0, 4.0, 1.0, 1.0], nps=[10.0, 0.0, 0.0, 5.0])
    stage = ["Intake", "Identity check", "Resolution", "Moon"]
    cases = pd.DataFrame({"case_id": ["1", "2", "3", "4"], "stage": stage})
    found = journey.feelings(*(ibis.memtable(each) for each in (feedback, surveys, cases)), steps)
    assert found.sort_values("step_id").to_numpy().tolist() == [
        ["diagnose", "a", 0.25],
        ["identity_check", "l", 0.0],
        ["register", "k", 0.5],
        ["resolve", "m", -1.0],
    ]


def test_troughs_are_ordered_by_how_many_felt_how_much_worse():
    curve = pd.DataFrame(
        {
            "step_id": STEPS["step_id"],
            "n": [10, 100, 10, 0],
            "customers": [10, 100, 10, 0],
            "mean_sentiment": [-0.5, -0.2, 0.4, np.nan],
            "lo": [-0.6, -0.3, 0.3, np.nan],
            "hi": [-0.4, -0.1, 0.5, np.nan],
            "journey_mean": 0.1,
            "is_trough": [True, True, False, False],
            "is_peak": False,
            "is_end": False,
            "evidence": "evidence",
        }
    )
    found = journey.troughs(curve, STEPS)
    assert found["step_id"].tolist() == ["identity_check", "register"]
    assert found["volume"].tolist() == pytest.approx([100 * 0.3, 10 * 0.6])
    assert "Customers feel worst at Proof" in trough(curve, STEPS)[0].headline


def test_nothing_said_at_all_is_said():
    curve = journey.emotion(said().iloc[:0], STEPS, **LIMITS)
    assert curve["evidence"].unique().tolist() == ["no evidence"]
    assert trough(curve, STEPS)[0].verdict is Verdict.UNKNOWN
    assert len(journey.troughs(curve, STEPS)) == 0
    assert "No step was found to feel worse" in troughs_table(journey.troughs(curve, STEPS)).caption


def service(curve_of: pd.DataFrame | None = None) -> pd.DataFrame:
    """The blueprint of the demo organisation's map with a curve and two delays."""
    drawn = maps.journey_map("service")
    rows = said() if curve_of is None else curve_of
    curve = journey.emotion(rows, drawn.step_frame(), **LIMITS)
    delays = pd.DataFrame(
        {
            "from_stage": ["Intake", "Diagnosis", "Intake"],
            "to_stage": ["Identity check", "Resolution", "Resolution"],
            "p50_h": [1.5, 30.0, 99.0],
        }
    )
    return journey.blueprint(drawn.stage_frame(), drawn.step_frame(), drawn.owner_frame(), curve, delays)


def test_the_drawing_shows_the_delays_between_neighbours_and_marks_the_longest():
    frame = service().set_index("stage")
    assert frame["delay_h"].dropna().to_dict() == {"Identity check": 1.5, "Resolution": 30.0}
    assert frame.index[frame["is_slowest"]].tolist() == ["Resolution"]
    assert frame.loc["Intake", ["owner", "promised"]].tolist() == ["Onboarding lead", "4 opening hours"]


def written(svg: str) -> str:
    """All words of a drawing; a halo is drawn below each, so every word stands there twice."""
    return " ".join(each.text for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("text") and each.text)


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_c0_m3_b3_the_drawn_map_shows_every_lane_and_the_curve_at_both_widths(width):
    figure = blueprint_figure(service())
    words = written(getattr(figure, width)).casefold()
    for word in (
        "awareness",
        "renewal",
        "identity check",
        "line of visibility",
        "back stage",
        "front stage",
        "systems",
    ):
        assert word in words, word
    for word in ("no evidence", "trough", "30 h", "1.5 h", "resolution lead", "telephony", "owner"):
        assert word in words, word


def test_the_text_alternative_says_the_map_in_words():
    alt = blueprint_figure(service()).alt
    for words in (
        "Journey map of 7 stages.",
        "Customers feel worst at Proof of identity (−0.",
        "3. Identity check, phase Onboarding, owner Onboarding lead, promised within 8 opening hours. "
        "Median wait before it: 1.5 h",
        "back stage: Opens the case and sets its priority; team: Front desk",
        "Offer to stay; channel: e-mail; front stage: Makes an offer that fits",
    ):
        assert words in alt, words


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of every text but halos, by the widths letters really take (0.5 em on average)."""
    found = []

    def walk(node: ElementTree.Element, x: float, y: float) -> None:
        moved = re.match(r"translate\(([\d.-]+),([\d.-]+)\)", node.get("transform", ""))
        x, y = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
        if node.tag.endswith("text") and node.text and node.get("fill") != "#fafbfc":
            size = float(node.get("font-size", "12px").removesuffix("px"))
            wide = 0.5 * size * len(node.text)
            left = {"middle": x - wide / 2, "end": x - wide}.get(node.get("text-anchor", "start"), x)
            found.append((left, y - size * 0.7, left + wide, y + size * 0.1))
        for each in node:
            walk(each, x, y)

    walk(ElementTree.fromstring(svg), 0, 0)
    return found


@pytest.mark.parametrize(("width", "room"), [("wide", 720), ("narrow", 340)])
def test_no_two_words_of_the_drawn_map_overlap_and_none_leaves_it(width, room):
    placed = boxes(getattr(blueprint_figure(service()), width))
    assert len(placed) > 50
    for at, (left, top, right, bottom) in enumerate(placed):
        assert left >= -1
        assert right <= room + 1
        for other in placed[at + 1 :]:
            assert not (left < other[2] and other[0] < right and top < other[3] and other[1] < bottom), (at, other)


def test_hostile_names_are_letters_in_the_drawing():
    frame = service().replace({"touchpoint": {"First contact": "<script>alert(1)</script>"}})
    figure = blueprint_figure(frame)
    assert "<script" not in figure.html
    assert "script" in written(figure.narrow)


def test_a_map_of_one_stage_and_one_of_twenty_are_drawn_whole():
    one = service().head(1)
    assert "Finding help" in written(blueprint_figure(one).wide)
    twenty = pd.concat([one.assign(stage=f"Stage {at}", touchpoint=f"Touch {at}") for at in range(20)])
    for svg in (blueprint_figure(twenty).wide, blueprint_figure(twenty).narrow):
        assert all(f"Touch {at}" in written(svg) for at in range(20))


def test_without_a_map_the_drawing_says_how_to_name_one():
    nothing = maps.journey_map(None)
    curve = journey.emotion(said().iloc[:0], nothing.step_frame(), **LIMITS)
    delays = pd.DataFrame(columns=["from_stage", "to_stage", "p50_h"])
    frame = journey.blueprint(nothing.stage_frame(), nothing.step_frame(), nothing.owner_frame(), curve, delays)
    figure = blueprint_figure(frame)
    assert "No journey map is named for this data set" in figure.caption
    assert "journey_map:" in figure.caption
    assert emotion_table(curve, nothing.step_frame()).caption == figure.caption


def test_the_findings_of_a_map_that_is_not_there_say_so():
    empty = pd.DataFrame(columns=["step_id", "mean_sentiment", "is_trough", "evidence"])
    delays = pd.DataFrame(columns=["from_stage", "to_stage", "p50_h"])
    found = walked(
        empty,
        STEPS,
        delays=delays,
        whole=pd.DataFrame(),
        unmapped=pd.DataFrame(),
        deviations=pd.DataFrame(),
        audits=pd.DataFrame({"status": ["held", "due"]}),
    )
    assert [each.verdict for each in found] == [Verdict.UNKNOWN] * 3
    assert slowest_passage(delays)[0].headline.startswith(
        "Between which stages passing on takes longest cannot be said"
    )


def test_the_trough_planted_in_the_demo_is_found_where_it_is_and_nowhere_else(demo_tables):
    """Meadow's customers feel worse at the identity check; in the control unit Valley no step is named."""
    drawn = maps.journey_map("service")
    found = {}
    for unit in ("Meadow", "Valley"):
        feedback = demo_tables["feedback"][lambda rows, unit=unit: rows["unit"] == unit]
        surveys, cases = (ibis.memtable(demo_tables[name]) for name in ("surveys", "cases"))
        felt = journey.feelings(ibis.memtable(feedback), surveys, cases, drawn.step_frame())
        curve = journey.emotion(felt, drawn.step_frame(), minimum_count=5, alpha=0.01 / 7)
        found[unit] = curve.loc[curve["is_trough"], "step_id"].tolist()
    assert found == {"Meadow": ["identity_check"], "Valley": []}
