"""Quarto where it is on PATH, else smalldocs; what either complains of reaches the reader."""

import pytest
from cxops.errors import PublishError
from cxops.publish.rendering import Renderer, render, renderer
from cxops.publish.search import entries

QUARTO = """#!/bin/sh
if [ "$1" = --version ]; then echo 1.10.18; exit 0; fi
[ "$1" = render ] && [ "$3" = --no-execute ] || exit 9
{then}
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "_quarto.yml").write_text("project: {type: website, output-dir: _out}\n", "utf-8")
    (folder / "index.qmd").write_text("---\ntitle: T\n---\n\n```{=html}\n<p>in raw HTML</p>\n```\n", "utf-8")
    return folder


@pytest.fixture
def quarto(tmp_path, monkeypatch):
    def install(then):
        file = tmp_path / "bin" / "quarto"
        file.parent.mkdir()
        file.write_text(QUARTO.replace("{then}", then), "utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}:/usr/bin:/bin")
        return renderer()

    return install


def test_smalldocs_renders_where_quarto_is_not(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    by = renderer()
    assert str(by).startswith("smalldocs ") and "Quarto is not on PATH" in str(by)
    html = (render(project, by) / "index.html").read_text("utf-8")
    assert "<p>in raw HTML</p>" in html


def test_what_stands_in_raw_html_can_be_searched_for(project):
    assert "in raw HTML" in (render(project, Renderer("smalldocs")) / "search.json").read_text("utf-8")


def test_quarto_renders_where_it_is(project, quarto):
    by = quarto('mkdir "$2/_out" && echo made > "$2/_out/index.html"')
    assert (str(by), (render(project, by) / "index.html").read_text("utf-8")) == ("Quarto 1.10.18", "made\n")


def test_quartos_complaint_is_passed_on(project, quarto):
    with pytest.raises(PublishError, match=r"Quarto 1.10.18 must render the site: it ended with 3: ERROR: bad page"):
        render(project, quarto('printf "\\033[31mERROR: bad page\\033[39m" >&2; exit 3'))


def test_smalldocs_complaint_is_passed_on(project):
    (project / "_quarto.yml").write_text("project: {type: manuscript}\n", "utf-8")
    with pytest.raises(PublishError, match="smalldocs must render the site: .*manuscript"):
        render(project, Renderer("smalldocs"))


def test_sections_are_told_apart_and_drawings_left_out():
    html = '<nav>n</nav><main><h1>T</h1>a<section id="x"><h2>H</h2>b<br>c<svg><text>d</text></svg></section>e</main>f'
    first, second = entries("p.html", html)
    assert (first["title"], first["text"]) == ("T", "a e")
    assert (second["href"], second["section"], second["text"]) == ("p.html#x", "H", "b c")
