"""Figures, tables, formats and shapes: legible, accessible, self-contained, and no text in them is markup."""

import itertools
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest
from cxops import tables, theme
from cxops.findings import Finding, Findings, Verdict
from cxops.theme.flow import ordered

HOSTILE = '<script>alert(1)</script> & "A" \' id="x" role="y" url(#z)'
SVG = "{http://www.w3.org/2000/svg}"


def bar(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    return theme.bars(
        frame, label="team", value="hours", text="text", heading=theme.title("Q?", "h", width), width=width
    )


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"team": [HOSTILE, "Billing"], "hours": [4.0, 2.0], "text": ["4 h", "2 h"]})


@pytest.fixture
def figure(frame: pd.DataFrame) -> theme.Figure:
    return theme.figure(bar, frame, caption=f"Caption {HOSTILE}", alt=f"Text {HOSTILE}", kpis=("lead_time",))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def attributes(html: str) -> set[str]:
    """Names of all attributes of all elements."""
    seen: set[str] = set()
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: seen.update(name for name, _ in attrs)  # type: ignore[method-assign]
    reader.feed(html)
    return seen


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def sizes(svg: str) -> list[float]:
    shown = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return [float(each.attrib["font-size"].removesuffix("px")) for each in shown if "".join(each.itertext()).strip()]


@pytest.mark.parametrize("ink", [theme.INK, theme.MUTED, theme.MAIN, theme.ACCENT, theme.GOOD])
def test_what_is_read_stands_out_from_the_paper(ink):
    assert contrast(ink, theme.PAPER) >= 4.5  # WCAG 2.2, 1.4.3


def test_ink_or_paper_reads_on_every_tint():
    assert [max(contrast(tint, theme.INK), contrast(tint, theme.PAPER)) >= 4.5 for tint in theme.TINTS] == [True] * 5


def test_each_figure_is_one_image_with_its_text_alternative(figure):
    for svg in (figure.wide, figure.narrow):
        root = ElementTree.fromstring(svg)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"] == f"Text {HOSTILE}"
        assert [each for each in root.iter() if "role" in each.attrib] == [root]


def test_no_text_of_a_figure_is_markup_and_none_is_changed(figure):
    assert "<script" not in figure.html
    assert any(text.startswith("<script>") for text in texts(figure.wide))
    assert "Caption &lt;script&gt;" in figure.html


def test_a_drawing_survives_letters_that_xml_forbids():
    odd = pd.DataFrame({"team": ["A\x00\x0b\ufffe", "Ä ü 日本"], "hours": [1.0, 2.0], "text": ["", ""]})
    assert "Ä ü 日本" in texts(theme.svg(bar(odd, width=340), "label \x00"))


def test_drawings_are_as_wide_as_asked_and_no_letter_is_small(figure):
    for svg, width in ((figure.wide, theme.WIDE), (figure.narrow, theme.NARROW)):
        assert width - 4 <= float(ElementTree.fromstring(svg).attrib["width"]) <= width
        assert min(sizes(svg)) >= 11


def test_the_page_picks_the_drawing_by_the_room_it_has(figure):
    shrunk = int(re.search(r"@container \(max-width:(\d+)px\)", figure.html).group(1))
    assert 12 * shrunk / theme.WIDE >= 11  # the wide drawing is never shown smaller than this
    assert f"max-width:{theme.WIDE - 2}px" in figure.wide


def test_a_figure_names_its_definitions(figure):
    assert 'data-kpi="lead_time"' in figure.html


@pytest.mark.parametrize(("caption", "text"), [("", "said"), ("shown", " ")])
def test_a_figure_needs_caption_and_text_alternative(frame, caption, text):
    with pytest.raises(ValueError, match="must have a caption and a text alternative"):
        theme.figure(bar, frame, caption=caption, alt=text)


def test_charts_of_the_workbook_carry_no_ids(figure):
    assert attributes(figure.html) & {"id", "headers"} == set()


def test_ids_of_other_charts_are_their_own():
    def drawn(colours: list[float]) -> str:
        rows = pd.DataFrame({"x": colours})
        return theme.svg(alt.Chart(rows).mark_rect(clip=True).encode(x="x:O", color="x:Q"), "text")

    one, other = drawn([1.0, 2.0]), drawn([1.0, 3.0])
    ids = [set(re.findall(r'\sid="([^"]+)"', svg)) for svg in (one, other)]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])
    assert set(re.findall(r"url\(#([^)]+)\)", one)) == ids[0]


def test_a_table_is_a_table_to_everyone():
    rows = pd.DataFrame({"team": [HOSTILE, "B"], "cases": [1200, 3], "cases_share": [0.25, None]})
    html = theme.table(
        rows,
        caption="One row a <team>",
        columns={"team": "Team", "cases": "Cases", "cases_share": "Share"},
        decimals={"cases_share": 1},
        kpis=("cases",),
    ).html
    assert '<div class="cx-table cx-few" data-kpi="cases">' in html
    assert 'role="region" tabindex="0" aria-label="One row a &lt;team&gt;"' in html
    assert re.findall(r'role="(\w+)"', html[html.index("<thead") :]) == [
        *("rowgroup", "row", "columnheader", "columnheader", "columnheader", "rowgroup"),
        *("row", "rowheader", "cell", "cell") * 2,
    ]
    assert "<caption><span>One row a &lt;team&gt;</span></caption>" in html
    assert re.findall(r'<th [^>]*scope="col"[^>]*>(.*?)</th>', html) == ["Team", "Cases", "Share"]
    assert html.count('scope="row"') == 2
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in html
    assert re.findall(r'<td [^>]*class="gt_row gt_right">(.*?)</td>', html) == ["1,200", "25.0 %", "3", "–"]


def test_a_table_of_many_columns_names_each_cell_for_a_phone():
    """Where there is little room rows become records of labels and values; nobody hears a label twice."""
    columns = {"team": "Team", "a": 'A "quoted" <name>', "b": "B", "c": "C", "d": "D"}
    html = theme.table(pd.DataFrame([["x", 1, 2, 3, 4]] * 2, columns=list(columns)), caption="c", columns=columns).html
    named = ["A &quot;quoted&quot; &lt;name&gt;", "B", "C", "D"]
    assert re.findall(r'<td data-label="([^"]*)" role="cell"', html) == named * 2
    assert 'class="cx-table cx-records"' in html
    assert "content:attr(data-label)/''" in html
    few = theme.table(pd.DataFrame([["x", 1, 2, 3]], columns=list("abcd")), caption="c").html
    assert "content:attr" not in few


def test_a_table_without_rows_is_its_caption_alone():
    html = theme.table(pd.DataFrame({"team": [], "cases": []}), caption="No team waits", is_folded=True).html
    assert "<details>" not in html
    assert "<caption><span>No team waits</span></caption>" in html
    assert ":not(:has(tbody tr)) thead{position:absolute" in html


def test_no_style_of_a_table_or_a_figure_reaches_the_rest_of_the_page(figure):
    wide = pd.DataFrame([[1] * 8], columns=list("abcdefgh"))
    html = theme.table(pd.DataFrame({"a": [1]}), caption="A").html + theme.table(wide, caption="B").html + figure.html
    for style in re.findall(r"<style>(.*?)</style>", html):
        inner = re.sub(r"@(?:container|media)[^{]*\{((?:[^{}]*\{[^}]*\})*)\}", r"\1", style)
        assert "@" not in inner
        selectors = itertools.chain.from_iterable(each.split(",") for each in re.findall(r"([^{}]+)\{[^}]*\}", inner))
        assert all(selector.startswith((".cx-table", ".cx-figure")) for selector in selectors)
    assert attributes(html) & {"id", "headers"} == set()


def test_a_folded_table_is_still_a_table_and_named_by_what_opens_it():
    html = theme.table(pd.DataFrame({"team": ["A"], "cases": [1]}), caption="<Teams>", is_folded=True).html
    assert "<details><summary>Table: &lt;Teams&gt;</summary>" in html
    assert '<table role="table" aria-label="&lt;Teams&gt;"' in html
    assert html.count("<caption") == 0
    assert re.search(r"@media print\{.*details::details-content\{content-visibility:visible", html)


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (0.99, "59 min"),
        (0.999, "1 h"),
        (12.0, "12 h"),
        (3.44, "3.4 h"),
        (47.99, "2 d"),
        (110.16, "4.6 d"),
        (2746, "114 d"),
    ],
)
def test_a_duration_has_three_digits_at_most_and_no_nought_after_the_point(hours, shown):
    assert theme.duration(hours) == shown


def test_ratios_are_rounded_alike_everywhere():
    assert theme.ratio(114.43, 98.1, 130.6) == "114 (98 to 131)"
    assert theme.ratio(1.999, 1.5, 2.5) == "2.0 (1.5 to 2.5)"
    assert theme.times(2.66, 2.31, 3.06) == "2.7 times (95 % interval 2.3 to 3.1)"
    assert theme.ratio(float("nan"), float("nan"), float("nan")) == "–"


def test_the_darkest_tint_is_for_the_most_alone():
    rows = pd.DataFrame({"a": ["A", "B", "C"], "b": ["B", "C", "A"], "hours": [100.0, 99.0, 20.0]})
    drawn = theme.matrix(
        rows, row="a", column="b", value="hours", heading=theme.title("Q?", "", 340), width=340
    ).to_dict()
    cells = next(rows for rows in drawn["datasets"].values() if "tint" in rows[0])
    assert [cell["tint"] for cell in cells] == [theme.TINTS[4], theme.TINTS[3], theme.TINTS[0]]


def test_each_curve_of_a_flow_has_a_letter_of_its_own_and_its_text_below():
    edges = [("a", "b", 9), ("b", "c", 8), ("c", "d", 7), ("a", "c", 3), ("a", "d", 2), ("b", "d", 2), ("d", "a", 1)]
    frame = pd.DataFrame(edges, columns=["source", "target", "moves"])
    frame = frame.assign(is_marked=False, wait=[f"{at} h" for at in range(7)], times="n")
    drawn = theme.flow(
        frame, weight="moves", texts=("wait", "times"), heading=theme.title("Q?", "", 340), width=340
    ).to_dict()
    keys = next(rows for rows in drawn["datasets"].values() if "letter" in rows[0])
    assert [(key["letter"], key["text"]) for key in keys] == [
        ("a", "a → c: 3 h · n"),
        ("b", "a → d: 4 h · n"),
        ("c", "b → d: 5 h · n"),
        ("d", "d → a: 6 h · n"),
    ]
    places = [(key["x"], key["y"]) for key in keys]
    assert all(abs(x - u) + abs(y - v) >= 18 for (x, y), (u, v) in itertools.combinations(places, 2))
    assert all(9 <= x <= 331 for x, _ in places)


@pytest.mark.parametrize(("synthetic", "label"), [(True, "Synthetic data: <Demo>."), (False, "Data: <Demo>.")])
def test_the_notice_says_in_words_that_data_is_made_up(synthetic, label):
    shown = theme.notice(tables.Dataset("<Demo>", synthetic, "made by a generator"))
    assert shown.label == label
    assert "&lt;Demo&gt;" in shown.html
    assert "<Demo>" not in shown.html


def test_a_waterfall_ends_where_its_parts_add_up_to():
    rows = pd.DataFrame({"part": ["a", "b", "c"], "hours": [1.0, 5.0, 2.0], "text": ["1", "5", "2"]})
    chart = theme.waterfall(
        rows, label="part", value="hours", text="text", heading=theme.title("Q?", "", 340), width=340
    ).to_dict()
    drawn = next(iter(chart["datasets"].values()))
    assert [row["start"] for row in drawn] == [0.0, 1.0, 6.0]
    assert [row["end"] for row in drawn] == [1.0, 6.0, 8.0]


def test_a_flow_runs_forward_whatever_the_order_of_its_rows():
    edges = [("a", "b", 9.0), ("b", "c", 8.0), ("c", "b", 2.0), ("c", "d", 7.0), ("d", "a", 1.0), ("a", "c", 3.0)]
    assert all(ordered(list(each)) == ["a", "b", "c", "d"] for each in itertools.permutations(edges))


def test_names_are_cut_in_the_middle_to_the_room_they_have():
    name = "Second line support, northern region, evening shift"
    for room in range(40, 400, 20):
        cut = theme.elided(name, room, 12)
        assert theme.pixels(cut, 12) <= room
    assert theme.elided(name, 400, 12) == name
    assert theme.pixels("日本", 12) > theme.pixels("AB", 12)


@pytest.mark.parametrize("name", ["x" * 10_000, "Front desk " * 1000, "前台" * 5000])
def test_endless_names_are_shortened_wherever_they_are_read_and_whole_in_the_title(name):
    frame = pd.DataFrame({"team": [name, "Billing"], "where": name, "hours": [4.0, 2.0], "text": ["4 h", "2 h"]})
    said = f"{name} takes 12 hours."
    figure = theme.figure(bar, frame, caption=said, alt=said)
    table = theme.table(frame, caption=said)
    found = Finding("t.slow", said, 12.0, "hours", Verdict.COUNT, "lead_time")
    shown = [figure.html, table.html, Findings([found])._repr_mimebundle_()["text/html"]]
    read = [re.sub(r"<style>.*?</style>|<[^>]*>", "", html) for html in shown]
    assert max(map(len, [*read, figure.caption, figure.alt, table.caption])) < 6000 and "…" in table.html
    assert all("takes 12 hours." in each for each in read)
    assert table.html.count(f'title="{name.strip()}') == 3 and f'title="{name}' in shown[2]


def test_an_axis_of_ratios_stays_readable_where_all_are_alike():
    rows = pd.DataFrame({"pair": ["a"], "ratio": [1.0], "low": [0.99], "high": [1.01], "is_signal": [False]})
    chart = theme.intervals(
        rows, label="pair", value="ratio", text="pair", heading=theme.title("Q?", "", 340), width=340
    ).to_dict()
    scale = chart["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert scale[0] < 0.8
    assert scale[1] > 1.25
