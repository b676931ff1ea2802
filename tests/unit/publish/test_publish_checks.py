"""Each fault that a built site can have is found, and a whole site has none."""

import pytest
from cxops.publish.checks import find_faults

BODY = (
    '<!doctype html><html><head><title>{title}</title></head><body><main id="m"><h1>T</h1>{body}</main></body></html>'
)


@pytest.fixture
def faults(tmp_path):
    def find(body="", title="T", **others):
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "index.html").write_text(BODY.format(title=title, body=body), "utf-8")
        (tmp_path / "sub" / "page.html").write_text(BODY.format(title="P", body='<p id="there"></p>'), "utf-8")
        for name, text in others.items():
            (tmp_path / name.replace("__", ".")).write_text(text, "utf-8")
        return find_faults(tmp_path)

    return find


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<a href="sub/page.html#there">x</a> <a href="sub/../index.html">x</a> <a href="#m">x</a> <a href="#">x</a>',
        '<img src="data:image/png;base64,AA" alt="">',
        '<svg xmlns="http://www.w3.org/2000/svg"><title>not the page</title><rect fill="url(#a)"/></svg>',
        "Read https://example.org as text.",
    ],
)
def test_a_whole_site_has_no_fault(faults, body):
    assert faults(body) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">x</a>', "must lead somewhere: gone.html"),
        ('<a href="sub">x</a>', "must lead somewhere: sub"),
        ('<a href="/index.html">x</a>', "must lead somewhere: /index.html"),
        ('<a href="../index.html">x</a>', "must lead somewhere: ../index.html"),
        ('<a href="sub/page.html#gone">x</a>', "anchor must exist: sub/page.html#gone"),
        ('<a href="#gone">x</a>', "anchor must exist: #gone"),
        ('<a href="https://example.org">x</a>', "no outside address: https://example.org"),
        ('<a href="page.qmd">x</a>', "must lead somewhere: page.qmd"),
        ('<script src="//cdn.example.org/x.js"></script>', "no outside address: //cdn.example.org/x.js"),
        ('<a href="javascript:alert(1)">x</a>', "no outside address: javascript:alert(1)"),
        ('<img src="gone.png" alt="x">', "must lead somewhere: gone.png"),
        ('<img src="data:image/png;base64,AA">', "images must have an alt: 1"),
        ('<img srcset="https://example.org/a.png 2x" alt="">', "no outside address: https://example.org/a.png"),
        ('<p style="background: url(https://example.org/a.png)">x</p>', "load nothing from outside"),
        ('<style>@import "https://example.org/a.css";</style>', "load nothing from outside"),
        ("<h1>again</h1>", "one h1: got 2"),
        ('<p id="a"></p><p id="a"></p>', "an id must stand once: a"),
    ],
)
def test_each_fault_is_found_once(faults, body, fault):
    (found,) = faults(body)
    assert found.startswith("index.html: ") and fault in found


def test_a_page_without_title_is_found(faults):
    assert faults(title=" ") == ["index.html: must have a title"]


def test_a_style_sheet_that_loads_from_outside_is_found(faults):
    (found,) = faults(styles__css="@import url('https://fonts.example.org/x');")
    assert found == "styles.css: must load nothing from outside: https://fonts.example.org/x"


def test_a_folder_without_a_home_page_is_no_site(tmp_path):
    assert find_faults(tmp_path) == ["a site must have an index.html: it has none"]
