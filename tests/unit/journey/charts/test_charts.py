"""Charts of the journey: they draw the frame they are named for, say its finding, and fit a phone."""

import re
from functools import cache
from itertools import permutations
from xml.etree import ElementTree

import pandas as pd
import pytest
from cxops import theme
from cxops.journey import charts
from cxops.journey.charts import remainder
from cxops.journey.charts.variants import ARROW
from cxops.journey.log.handoffs import RARER as RARER_PAIRS
from cxops.journey.log.variants import ARROW as COMPUTED_ARROW
from cxops.journey.log.variants import RARER as RARER_VARIANTS

HOSTILE = "<script>alert(1)</script> Second line support, northern region"
TEAMS = ["Front desk", "Specialists", "Back office", HOSTILE]
SVG = "{http://www.w3.org/2000/svg}"
STAGES = ["Intake", "Identity check", "Diagnosis", "Resolution", "Confirmation"]


def pairs(teams: list[str], hours: float = 10.0) -> pd.DataFrame:
    """Every pair of teams once; the n-th takes n × `hours`, so that the last one is the worst."""
    rows = [(a, b) for a in teams for b in teams if a != b]
    frame = pd.DataFrame(rows, columns=["from_team", "to_team"]).assign(handoffs=10, cases=8)
    frame["latency_hours_total"] = [hours * (at + 1) for at in range(len(frame))]
    frame = frame.assign(latency_hours_p50=2.0, latency_hours_p90=9.0)
    return frame.sort_values("latency_hours_total", ascending=False, ignore_index=True)


def ranked() -> pd.DataFrame:
    frame = pairs(TEAMS).assign(ratio_to_rest=1.0, ratio_low=0.8, ratio_high=1.25, p_value=1.0, is_signal=False)
    frame["verdict"] = "cannot be told"
    frame.loc[1, ["ratio_to_rest", "ratio_low", "ratio_high"]] = [2.5, 2.0, 3.0]
    frame.loc[1, ["is_signal", "verdict"]] = [True, "slower than the rest"]
    return frame


def split() -> pd.DataFrame:
    parts = ["working", "waiting in a team", "waiting between teams", "after completion"]
    return pd.DataFrame(
        {"component": parts, "hours_total": [10.0, 20.0, 60.0, 10.0], "hours_share": [0.1, 0.2, 0.6, 0.1]}
    )


def flow() -> pd.DataFrame:
    moves = [(0, 1, 90), (1, 2, 80), (2, 3, 85), (3, 4, 70), (3, 2, 9), (4, 0, 2), (0, 2, 7), (1, 3, 5), (2, 4, 1)]
    frame = pd.DataFrame(
        [(STAGES[a], STAGES[b], n) for a, b, n in moves], columns=["from_stage", "to_stage", "transitions"]
    )
    return frame.assign(
        wait_hours_p50=2.0, wait_hours_p90=8.0, wait_hours_total=[1.0, 2.0, 900.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    )


def variants() -> pd.DataFrame:
    variant = [" → ".join([HOSTILE] * length) for length in (1, 3, 30)] + ["(rarer variants)"]
    return pd.DataFrame({"variant": variant, "cases": [50, 30, 10, 10], "cases_share": [0.5, 0.3, 0.1, 0.1]}).assign(
        lead_hours_p50=[3.0, 50.0, 90.0, 1.0]
    )


FRAMES = {
    "handoffs_by_pair": (pairs(TEAMS), charts.handoffs_figure),
    "bottlenecks": (ranked(), charts.bottlenecks_figure),
    "time_split": (split(), charts.time_split_figure),
    "lead_time_by_handoffs": (
        pd.DataFrame(
            {"handoffs_group": ["0", "1", "2", "3+"], "cases": [9, 8, 7, 6], "lead_hours_p50": [0.5, 30, 60, 500]}
        ),
        charts.lead_time_figure,
    ),
    "stage_flow": (flow(), charts.stage_flow_figure),
    "stages": (
        pd.DataFrame(
            {"stage": STAGES, "cases": 9, "visits": 9, "touch_hours_total": 5.0, "wait_hours_p50": 1.0}
        ).assign(wait_hours_total=[5.0, 4.0, 3.0, 90.0, 1.0]),
        charts.stages_figure,
    ),
    "variants": (variants(), charts.variants_figure),
    "ping_pong_by_pair": (
        pd.DataFrame({"team": TEAMS, "other_team": TEAMS[::-1], "returns": [9, 8, 7, 6], "cases": [9, 8, 7, 6]}),
        charts.ping_pong_figure,
    ),
    "rework_by_activity": (
        pd.DataFrame({"activity": [HOSTILE, "Fix"], "cases": [9, 8], "repeats": [12, 9], "cases_share": [0.2, 0.1]}),
        charts.rework_figure,
    ),
    "slow_by_pair": (
        pairs(TEAMS).rename(columns={"latency_hours_total": "hours_over"}).assign(slow=5, slow_share=0.5),
        lambda frame: charts.slow_figure(frame, 8.0),
    ),
}
CASES = pytest.mark.parametrize("name", FRAMES)


@cache
def figure(name: str) -> theme.Figure:
    frame, draw = FRAMES[name]
    return draw(frame)


def heading(chart: theme.Chart) -> str:
    return " ".join(chart.to_dict()["title"]["text"])


@CASES
def test_a_chart_bears_the_name_of_its_frame_and_leaves_it_alone(name):
    frame, _ = FRAMES[name]
    before = frame.copy(deep=True)
    getattr(charts, name)(frame, width=340).to_dict()
    figure(name)
    pd.testing.assert_frame_equal(frame, before)


@CASES
def test_letters_stay_on_the_drawing_and_are_not_small(name):
    for svg, width in ((figure(name).wide, theme.WIDE), (figure(name).narrow, theme.NARROW)):
        root = ElementTree.fromstring(svg)
        assert width - 4 <= float(root.attrib["width"]) <= width
        shown = [each for each in root.iter(f"{SVG}text") if "".join(each.itertext()).strip()]
        assert min(float(each.attrib["font-size"].removesuffix("px")) for each in shown) >= 11
        lines = [line for each in shown for line in (list(each.iter(f"{SVG}tspan")) or [each])]
        assert max(theme.pixels("".join(line.itertext()), 12) for line in lines) <= width


@CASES
def test_a_figure_says_its_finding_in_words_and_names_its_definition(name):
    shown = figure(name)
    assert re.search(r"\d", shown.caption)
    assert re.search(r"\d", shown.alt)
    assert len(shown.kpis) >= 1


@CASES
def test_no_name_of_a_team_is_markup(name):
    assert "<script" not in figure(name).html


@CASES
def test_an_empty_frame_is_said_to_be_empty(name):
    frame, draw = FRAMES[name]
    shown = draw(frame.head(0))
    assert shown.caption.endswith(".")
    assert "Nothing to show" in shown.narrow
    assert re.search(r"\d", shown.caption) is None


def test_the_handoff_matrix_names_the_worst_pair_and_its_share():
    # 12 pairs of 10, 20 … 120 hours: 780 in all; the last pair, hostile to Back office, has 120 of them
    shown = figure("handoffs_by_pair")
    assert f"{HOSTILE} to Back office takes 120 of 780 hours (15.4 %), in 10 of 120 handoffs" in shown.alt
    assert (
        heading(charts.handoffs_by_pair(pairs(TEAMS[:2]), width=720))
        == "66.7 % of the hours between teams pass from Specialists to Front desk, the largest part"
    )


def test_the_number_is_in_the_cell_so_that_the_tint_is_not_alone():
    drawn = charts.handoffs_by_pair(pairs(["A", "B"], hours=1500.0), width=340).to_dict()
    cells = [rows for rows in drawn["datasets"].values() if "tint" in rows[0]][0]
    assert {cell["text"] for cell in cells} == {"1.5k", "3.0k"}
    assert len({cell["tint"] for cell in cells}) == 2


def test_of_many_teams_the_busiest_are_shown_and_no_hour_is_lost():
    many = pairs([f"G{number}" for number in range(40)])
    cells = charts.folded(many, 6)
    assert set(cells["from_team"]) | set(cells["to_team"]) == {
        "G34",
        "G35",
        "G36",
        "G37",
        "G38",
        "G39",
        "(other teams)",
    }
    assert cells["latency_hours_total"].sum() == pytest.approx(many["latency_hours_total"].sum())
    assert cells["handoffs"].sum() == many["handoffs"].sum()
    assert (
        len(charts.folded(pairs([f"G{number}" for number in range(7)]), 6)) == 42
    )  # one too many is no reason to fold
    assert list(dict.fromkeys(cells["from_team"])) == [*(f"G{number}" for number in range(34, 40)), "(other teams)"]


def test_the_row_of_rarer_pairs_is_neither_a_team_nor_a_headline():
    remainder = (
        pairs(["A", "B"]).head(1).assign(from_team="(rarer pairs)", to_team="(rarer pairs)", latency_hours_total=1e6)
    )
    frame = pd.concat([remainder, pairs(["A", "B"])], ignore_index=True)
    assert heading(charts.handoffs_by_pair(frame, width=720)).endswith("pass from B to A, the largest part")
    cells = charts.folded(frame, 6)
    assert cells.query("from_team == '(other teams)'")["latency_hours_total"].tolist() == [1e6]
    assert "1,000,030 hours" in charts.handoffs_figure(frame).alt
    only = charts.handoffs_figure(remainder)
    assert "Nothing to show" in only.narrow


def test_only_signals_are_called_slow():
    said = heading(charts.bottlenecks(ranked(), width=720))
    assert said == "One pair of teams stands out as slower than the rest"
    assert "2.5 times (95 % interval 2.0 to 3.0)" in figure("bottlenecks").alt
    quiet = ranked().assign(is_signal=False)
    assert heading(charts.bottlenecks(quiet, width=720)).startswith("No pair of teams stands out")
    assert charts.bottlenecks_figure(quiet).caption.startswith("No pair of teams stands out")


def test_what_was_not_tested_is_not_drawn_as_tested():
    frame = ranked()
    frame.loc[0, ["ratio_to_rest", "ratio_low", "ratio_high", "p_value"]] = float("nan")
    assert "of 11 pairs tested" in charts.bottlenecks_figure(frame).caption


def test_the_waterfall_says_how_much_nobody_works():
    # 20 hours in a team and 60 between teams, of 100; the 10 after completion are nobody's waiting
    said = heading(charts.time_split(split(), width=720))
    assert said == "Cases wait in a team or between teams for 80.0 % of their time"
    assert "waiting between teams 60.0 %" in figure("time_split").alt


def test_the_flow_marks_the_move_that_waits_most_and_says_what_is_left_out():
    shown = figure("stage_flow")
    said = heading(charts.stage_flow(flow(), width=720))
    part = "96.2 % of all hours of waiting between stages"
    assert said == f"{part} lie between Diagnosis and Resolution, the largest part"
    assert "Cases wait 900 of 936 hours between Diagnosis and Resolution" in shown.caption
    assert "Drawn: 348 of 349 moves" in shown.caption


def test_the_move_that_waits_most_is_drawn_however_rare():
    frame = flow().assign(wait_hours_total=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 900.0])  # last: 1 of 349 moves
    drawn = charts.stage_flow(frame, width=340)
    assert "lie between Diagnosis and Confirmation" in heading(drawn)
    keys = next(rows for rows in drawn.to_dict()["datasets"].values() if "letter" in rows[0])
    (worst,) = [key for key in keys if key["text"].startswith("Diagnosis → Confirmation")]
    assert worst["colour"] == theme.ACCENT
    assert "between Diagnosis and Confirmation" in charts.stage_flow_figure(frame).alt


def test_rare_rows_are_put_together_and_no_total_changes():
    kept = charts.large_enough(flow(), 5)
    assert kept["transitions"].sum() == flow()["transitions"].sum()
    assert kept["wait_hours_total"].sum() == flow()["wait_hours_total"].sum()
    last = kept.iloc[-1]
    assert (last["from_stage"], last["to_stage"], last["transitions"]) == (
        "(rarer moves)",
        "(rarer moves)",
        8,
    )  # 2 + 1, and 5
    assert "Drawn: 341 of 349 moves" in charts.stage_flow_figure(kept).caption
    groups = FRAMES["lead_time_by_handoffs"][0].assign(cases=[9, 8, 7, 4])
    said = charts.lead_time_figure(charts.large_enough(groups, 5)).caption
    assert said.endswith("Left out: 11 cases in groups too small to show.")
    assert charts.large_enough(groups, 4) is not groups
    assert len(charts.large_enough(groups, 4)) == 4


@pytest.mark.parametrize("name", ["stage_flow", "stages", "ping_pong_by_pair", "rework_by_activity"])
def test_where_every_row_is_rare_nothing_is_shown(name):
    frame, draw = FRAMES[name]
    assert "Nothing to show" in draw(charts.large_enough(frame, 1000)).narrow


def test_a_remainder_is_known_by_its_exact_name():
    frame = pairs(["(rarer teams)", "(rarer pairs)"])
    assert set(charts.folded(frame, 6)["from_team"]) == {"(rarer teams)", "(rarer pairs)"}
    assert (remainder.PAIRS, remainder.VARIANTS) == (RARER_PAIRS, RARER_VARIANTS)
    assert ARROW == COMPUTED_ARROW


def test_a_remainder_stands_last_in_its_table_and_is_not_counted():
    rest = pairs(["A", "B"]).head(1).assign(from_team="(rarer pairs)", to_team="(rarer pairs)", latency_hours_total=1e6)
    shown = charts.handoffs_table(pd.concat([rest, pairs(["A", "B", "C"])], ignore_index=True), 3)
    assert shown.caption.endswith(": 3 of 6")
    assert shown.frame["name"].tolist()[-1] == "(rarer pairs)"
    assert len(shown.frame) == 4
    assert charts.variants_table(variants(), 10).caption.endswith(": 3 of 3")


def test_no_direction_is_claimed_that_the_data_do_not_have():
    frame = FRAMES["ping_pong_by_pair"][0].assign(team=["A", "B", "C", "D"], other_team=["X", "Y", "Z", "W"])
    said = heading(charts.ping_pong_by_pair(frame, width=720))
    assert said == "Ping-pong is most frequent between A and X: 9 of 30 returns"
    shown = charts.ping_pong_figure(frame)
    assert "9 of 30 returns were between A and X" in shown.caption
    for text in (shown.wide, shown.html, charts.ping_pong_table(frame, 9).html):
        assert "→" not in text
        assert "A and X" in text


def test_titles_say_the_part_and_of_what():
    assert heading(charts.rework_by_activity(FRAMES["rework_by_activity"][0].tail(1), width=720)) == (
        "The activity repeated most often is Fix: in 10.0 % of the cases that have it"
    )
    # Resolution: 90 of 5 + 4 + 3 + 90 + 1 hours
    said = heading(charts.stages(FRAMES["stages"][0], width=720))
    assert said == "The largest part of all waiting is in Resolution: 87.4 %"
    said = heading(charts.slow_by_pair(FRAMES["slow_by_pair"][0].tail(2), width=1720))
    assert said.startswith("66.7 % of the hours beyond the threshold pass from")
    for name, (frame, _) in FRAMES.items():
        assert (
            re.search(r"\bmost (cases|waiting|hours)\b", heading(getattr(charts, name)(frame, width=720)).lower())
            is None
        )


def test_no_two_variants_bear_the_same_label():
    middle = ["Ask", "Wait", "Check", "Call", "Work"]
    paths = [" → ".join(["Register", *order, "Close"]) for order in list(permutations(middle))[::15]]  # 8 of 120
    for width in (theme.NARROW, theme.WIDE):
        frame = pd.DataFrame({"variant": paths, "cases": 9, "cases_share": 0.1, "lead_hours_p50": 1.0})
        drawn = charts.variants(frame, width=width).to_dict()
        labels = next(iter(drawn["datasets"].values()))
        shown = [row["label"] for row in labels]
        assert len(set(shown)) == 8
        assert [label[:3] for label in shown] == [f"V{number}:" for number in range(1, 9)]
        assert max(theme.pixels(label, 12) for label in shown) <= width
        assert len({label[4:] for label in shown}) == 8, "also without their numbers"
    html = charts.variants_table(frame, 8).html
    assert all(f"V{number}: {path}" in html for number, path in enumerate(paths, 1))


def test_a_verdict_is_drawn_as_it_was_judged():
    # p = 0.0013 lies between a test's share of alpha, 0.00125, and the page's 0.005: the table must not judge again.
    shown = charts.bottlenecks_table(ranked().head(1).assign(p_value=0.0013, ratio_to_rest=1.1), 5).html
    assert ">cannot be told<" in shown and "slower" not in shown


def test_what_follows_what_is_shown_with_rare_pairs_together():
    follows = pd.DataFrame({"from_activity": ["A", "B", "B"], "to_activity": ["B", "C", "D"], "transitions": [9, 3, 2]})
    follows = charts.large_enough(follows.assign(latency_hours_p50=1.0, latency_hours_p90=2.0), 5)
    shown = charts.directly_follows_table(follows, 10)
    assert shown.frame[["name", "transitions"]].to_numpy().tolist() == [["A → B", 9], ["(rarer pairs)", 5]]
    assert shown.caption.endswith(": 1 of 1")
    assert "<details" not in shown.html


def test_rework_that_never_happened_is_no_finding():
    none = pd.DataFrame({"activity": ["Fix"], "cases": [0], "repeats": [0], "cases_share": [0.0]})
    assert "Nothing to show" in charts.rework_figure(none).narrow


def test_hours_that_are_not_known_do_not_stop_the_matrix():
    unknown = pairs(["A", "B"]).assign(latency_hours_total=float("nan"), latency_hours_p50=float("nan"))
    assert "takes – of 0 hours (–)" in charts.handoffs_figure(unknown).alt


def test_tables_hold_the_whole_name():
    html = charts.handoffs_table(pairs(TEAMS), 20).html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt; Second line support, northern region") == 6
    assert "12 of 12" in html
    assert "2 of 12" in charts.handoffs_table(pairs(TEAMS), 2).caption


@pytest.mark.parametrize(
    ("draw", "frame"),
    [
        (charts.handoffs_table, pairs(TEAMS)),
        (charts.bottlenecks_table, ranked()),
        (charts.stage_flow_table, flow()),
        (charts.variants_table, variants()),
        (charts.ping_pong_table, FRAMES["ping_pong_by_pair"][0]),
        (charts.rework_table, FRAMES["rework_by_activity"][0]),
    ],
)
def test_every_table_is_made_also_without_rows(draw, frame):
    assert draw(frame, 5).html.count('role="rowheader"') == min(5, len(frame))
    assert draw(frame.head(0), 5).html.count('role="rowheader"') == 0
    assert draw(frame, 5).html.count("<details><summary>Table: ") == 1


def test_the_matrix_says_where_pairs_too_rare_to_show_stand():
    rest = pairs(["A", "B"]).head(1).assign(from_team="(rarer pairs)", to_team="(rarer pairs)")
    frame = pairs(["A", "B", "C"])
    assert "too rare" not in charts.handoffs_figure(frame).caption
    assert "too rare" in charts.handoffs_figure(pd.concat([frame, rest], ignore_index=True)).caption


def test_one_variant_is_said_to_be_one():
    only = variants().head(1).assign(cases_share=1.0)
    assert charts.variants_figure(only).caption.startswith("The most frequent variant covers 100.0 % of cases. ")
