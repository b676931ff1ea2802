"""Text from data stays text, in Markdown and in HTML."""

import re

import pytest
import yaml
from cxops.publish.markup import facts, front_matter, heading, link, plain, raw, table
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt


@given(st.text())
def test_nothing_closes_a_raw_block(html):
    block = raw(html)
    fence = re.match(r"`+", block).group()
    assert fence not in html
    assert block.startswith(f"{fence}{{=html}}\n") and block.endswith(f"\n{fence}\n")


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"])))
def test_plain_text_shows_as_itself_in_markdown(text):
    assert MarkdownIt("commonmark").renderInline(plain(text)) == _html(text)


def _html(text: str) -> str:
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    return "".join(named.get(letter, letter) for letter in text)


def test_a_title_cannot_add_options():
    matter = front_matter('a"\nexecute: {enabled: true}\n---\n<script>', toc=False)
    options = yaml.safe_load(matter.strip().strip("-"))
    assert options["toc"] is False and set(options) == {"title", "toc"}


def test_a_heading_cannot_change_its_anchor():
    assert heading(2, "x {#y}", "z") == "## x \\{\\#y\\} {#z}\n"


def test_links_are_relative_quoted_and_escaped():
    made = link("<b>", "reviews/a b/c.html#d", "reviews/e/f.html")
    assert made == '<a href="../a%20b/c.html#d">&lt;b&gt;</a>'


def test_tables_escape_captions_columns_and_names():
    assert "<i>" not in table("<i>", ["<i>", "<i>"], [["ok", "ok"]]) + facts("<i>", {"<i>": "ok"})
    made = table("c", ["a", "b"], [["first", "second"]])
    assert '<th role="rowheader" scope="row">first</th><td role="cell" data-label="b">second</td>' in made


def test_only_a_table_of_many_columns_becomes_records_on_a_phone():
    assert 'class="cx-rows"' in table("c", list("abcd"), [list("1234")])
    many = table("c", ["a", "b", "c", "d", '"<e>'], [list("12345")])
    assert 'class="cx-rows cx-many"' in many
    assert 'data-label="&quot;&lt;e&gt;">5</td>' in many


def test_a_row_has_a_cell_for_each_column():
    with pytest.raises(ValueError, match="zip"):
        table("c", ["a", "b"], [["1", "2", "3"]])


def test_shortcodes_of_the_renderer_are_disarmed():
    assert "{{<" not in facts("{{< include /etc/passwd >}}", {"{{< env HOME >}}": "x"}) + plain("{{< pagebreak >}}")
