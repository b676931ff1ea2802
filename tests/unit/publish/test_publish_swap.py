"""A site is replaced in one step or not at all, whatever the system can do and wherever it was cut short."""

import errno
import shutil

import pytest
from cxops.errors import PublishError
from cxops.publish import swap


@pytest.fixture
def site(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(name, "utf-8")
    return (tmp_path / "old").rename(tmp_path / "site")


def shown(site):
    return (site / "index.html").read_text("utf-8")


def left_overs(site):
    return sorted(each.name for each in site.parent.iterdir() if each.name.startswith("."))


@pytest.mark.parametrize("exchanges", [True, False])
def test_the_new_site_takes_the_old_ones_place(site, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(swap, "_exchanged", lambda one, other: False)
    swap.replace(site, site.with_name("new"))
    assert (shown(site), left_overs(site)) == ("new", [])


@pytest.mark.parametrize("exchanges", [True, False])
def test_nothing_is_removed_before_a_whole_site_stands(site, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(swap, "_exchanged", lambda one, other: False)
    standing = []

    def removed(folder, **_):
        shutil.move(folder, folder.with_name("removed")) if folder.exists() else None
        standing.append((site / "index.html").exists())

    monkeypatch.setattr(swap.shutil, "rmtree", removed)
    swap.replace(site, site.with_name("new"))
    assert standing and all(standing)


def test_the_first_site_needs_no_old_one(tmp_path, site):
    swap.replace(tmp_path / "other", site)
    assert shown(tmp_path / "other") == "old"


def test_a_failed_copy_leaves_the_old_site(site, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(swap, "_copied", full)
    with pytest.raises(OSError, match="No space left"):
        swap.replace(site, site.with_name("new"))
    assert (shown(site), left_overs(site)) == ("old", [])


def test_a_death_between_two_renames_is_undone(site):
    site.with_name("new").rename(swap.staging(site))
    site.rename(site.with_name(".site.old"))
    swap.recover(site)
    assert (shown(site), left_overs(site)) == ("old", [])


def test_a_death_after_two_renames_is_cleared_away(site):
    site.rename(site.with_name(".site.old"))
    site.with_name("new").rename(site)
    swap.recover(site)
    assert (shown(site), left_overs(site)) == ("new", [])


def test_an_exchange_the_system_cannot_do_is_said_so(site, tmp_path):
    assert swap._exchanged(site, tmp_path / "new") in (True, False)
    with pytest.raises(OSError, match="No such file"):
        swap._exchanged(site, tmp_path / "gone")


def test_a_lock_is_held_by_one_and_let_go(tmp_path):
    file = tmp_path / "lock"
    with swap.locked(file), pytest.raises(PublishError, match="one publication at a time"), swap.locked(file):
        pass
    with swap.locked(file):
        pass
