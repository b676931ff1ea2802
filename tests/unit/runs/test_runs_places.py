"""A page's place is readable, stays inside the build folder, and belongs to one unit only."""

import pytest
from cxops import runs, workspace
from hypothesis import given
from hypothesis import strategies as st

HOSTILE = [
    "../x",
    "..",
    ".",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "",
    " ",
    "💥",
    "x" * 5000,
    "CON",
    "a\x00b",
    "North\n",
    "-rf",
    "~",
]
ALIKE = [
    "North",
    "north",
    "NORTH",
    " North",
    "North ",
    "Nörth",
    "North.",
    "all",
    "All",
    "ALL",
    "North West",
    "North-West",
]


@pytest.mark.parametrize(
    ("name", "expected"), [("Harbour", "harbour"), ("Field Service", "field-service"), ("all", "all")]
)
def test_a_plain_name_is_readable(name, expected):
    assert runs.slug(name) == expected


def test_names_that_look_alike_are_kept_apart():
    assert len({runs.slug(name).casefold() for name in ALIKE + HOSTILE}) == len(ALIKE + HOSTILE)


def test_a_name_that_imitates_a_hashed_slug_does_not_get_it():
    hashed = runs.slug("../x")
    imitation = " ".join(word.capitalize() for word in hashed.split("-"))
    assert runs.slug(imitation) != hashed


@given(st.text())
def test_any_name_is_one_safe_part_of_a_path(name):
    slug = runs.slug(name)
    assert 1 <= len(slug) <= 64
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and slug[0] != "-"


@given(st.lists(st.text(alphabet="aA -1./ä"), unique=True, max_size=30))
def test_no_two_names_share_a_slug(names):
    assert len({runs.slug(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", HOSTILE)
def test_every_file_lies_in_the_build_folder(name):
    space = workspace.current()
    for place in (runs.page_file, runs.failed_file, runs.manifest_file):
        file = place(space, "journey", name, "2025Q4")
        assert file.resolve().is_relative_to(space.runs / "2025Q4")
