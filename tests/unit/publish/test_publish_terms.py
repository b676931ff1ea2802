"""The glossary holds the words that pages use, and pages lead to them."""

import ast
import re
from collections.abc import Iterator

import pytest
from cxops import kpis, workspace
from cxops.publish.reference import term_anchor, terms, terms_in

SPOKEN = ("journey/charts", "journey/findings", "journey/widgets", "theme")
"""Folders of the library whose texts a reader sees."""
METHODS = ("resample", "Erlang C", "Little's law", "C&A", "propagation cost", "must-be")
"""Words of methods that not every leader knows."""
SIGNS = {"UI"}
"""Of the font Segoe UI."""


def texts() -> Iterator[str]:
    """Every text in the code that speaks to readers, docstrings left out."""
    for folder in SPOKEN:
        for file in sorted((workspace.PROJECT / "lib" / "cxops" / folder).rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in silent)
            yield from (node.value for node in nodes if isinstance(node.value, str))


@pytest.fixture(scope="module")
def spoken() -> str:
    return "\n".join(text for text in texts() if not text.isidentifier())


@pytest.mark.parametrize("word", METHODS)
def test_a_word_of_a_method_that_readers_meet_is_in_the_glossary(spoken, word):
    known = terms_in(word) or [kpi.name for kpi in kpis.catalogue().values() if word.lower() in kpi.name.lower()]
    assert word.lower() in spoken.lower() and known


def test_every_abbreviation_that_readers_meet_is_in_the_glossary(spoken):
    met = set(re.findall(r"(?<![\w#-])[A-Z](?:&?[A-Z]){1,4}(?![\w-])", spoken)) - SIGNS
    assert {"C&A", "RACI"} <= met
    assert [each for each in sorted(met) if not terms_in(each)] == []


def test_an_abbreviation_is_meant_only_in_capitals():
    assert terms_in("91 % C&A; c&a") == ["Complete and accurate (C&A)"]
    assert terms_in("the case is kpi") == ["Case"] and "KPI" in terms_in("two KPIs")


def test_no_two_terms_share_an_anchor():
    anchors = [term_anchor(term) for term in terms()]
    assert len(set(anchors)) == len(anchors) > 40
