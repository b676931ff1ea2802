"""What is lifted out of an executed notebook, and what stops a publication."""

import json
import runpy
from pathlib import Path

import pytest
from cxops import theme
from cxops.errors import PublishError
from cxops.findings import MIME, Verdict
from cxops.publish.outputs import contents

SAMPLES = runpy.run_path(str(Path(__file__).parents[2] / "samples" / "executed_pages.py"))


@pytest.fixture
def executed(tmp_path):
    def write(*shown, **changes):
        file = tmp_path / "page.ipynb"
        file.write_text(json.dumps(SAMPLES["notebook"](*shown) | changes), "utf-8")
        return contents(file)

    return write


def test_findings_are_lifted_and_ranked(executed):
    shown = executed(SAMPLES["figure"](), SAMPLES["findings"]())
    assert [each.verdict for each in shown.findings] == [Verdict.SIGNAL, Verdict.COUNT]
    assert len(shown.blocks) == 1 and "cx-figure" in shown.blocks[0].markdown


def test_parameter_cells_and_metadata_are_left_behind(executed):
    shown = executed(SAMPLES["figure"]())
    assert shown.code == ("show(pairs < 3)",)
    assert not any("secret" in block.markdown for block in shown.blocks)


def test_figures_and_tables_are_raw_blocks_with_a_source(executed):
    figure, table = executed(SAMPLES["figure"](), SAMPLES["pairs_table"]()).blocks
    for block in (figure, table):
        assert block.sourced and block.markdown.startswith("```{=html}\n")
    assert table.markdown.count('role="region"') == 1


def test_a_foreign_table_gets_a_region_that_scrolls(executed):
    (block,) = executed({"text/html": "<table><tr><td>1</td></tr></table>"}).blocks
    assert '<div class="cx-scroll" role="region" tabindex="0"' in block.markdown


def test_a_figure_may_name_its_definitions(executed):
    (block,) = executed({"text/html": '<figure class="cx-figure" data-kpi="a b"></figure>'}).blocks
    assert block.kpis == ("a", "b")


def test_the_notice_of_the_data_is_not_repeated(executed):
    told = type("Described", (), {"title": "T", "synthetic": True, "description": "D"})
    assert executed(theme.notice(told)).blocks == ()


def test_printed_text_is_escaped(executed):
    (block,) = executed({"text/plain": "<b>12</b> ```"}).blocks
    assert "<pre>&lt;b&gt;12&lt;/b&gt; ```</pre>" in block.markdown
    assert block.markdown.startswith("````{=html}")


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<svg onload="alert(1)"></svg>',
        '<a href="java\tscript:alert(1)">x</a>',
        '<iframe src="x.html"></iframe>',
        '<a href="DATA:text/html,x">x</a>',
        "<form><input></form>",
    ],
)
def test_html_that_could_run_or_fetch_stops_the_publication(executed, html):
    with pytest.raises(PublishError, match=r"must not run or fetch anything: got .*cell 3"):
        executed({"text/html": html})


def test_an_image_must_have_a_text_alternative(executed):
    with pytest.raises(PublishError, match="text alternative"):
        executed({"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480>"})
    (block,) = executed({"image/png": "iVBORw0KGgo=", "text/plain": 'A "bar" chart'}).blocks
    assert 'alt="A &quot;bar&quot; chart"' in block.markdown


def test_an_error_in_a_page_said_to_be_whole_stops_the_publication(executed):
    notebook = SAMPLES["notebook"](SAMPLES["figure"]())
    error = {"output_type": "error", "ename": "KeyError", "evalue": "x", "traceback": []}
    notebook["cells"][-1]["outputs"] = [error]
    with pytest.raises(PublishError, match="must hold no error: got KeyError"):
        executed(cells=notebook["cells"])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', "\x00", '{"nbformat": 4}'])
def test_a_broken_notebook_is_named(tmp_path, text):
    file = tmp_path / "page.ipynb"
    file.write_text(text, "utf-8")
    with pytest.raises(PublishError, match=r"page\.ipynb"):
        contents(file)


@pytest.mark.parametrize("rows", [[{"key": "x"}], [3], "x", [{"verdict": "sure"}]])
def test_broken_findings_are_named(executed, rows):
    with pytest.raises(PublishError, match="findings must be findings"):
        executed({MIME: rows})
