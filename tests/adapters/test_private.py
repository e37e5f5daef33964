"""What is the merchant's alone stays so, or nothing is opened."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from cartdesk.adapters.ledger import Book, LedgerProblem
from cartdesk.adapters.private import NotPrivate, check_above, keep_private, others_may


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        (0o600, ""),
        (0o640, "look into"),
        (0o604, "look into"),
        (0o620, "change"),
        (0o666, "look into and change"),
    ],
)
def test_rights_of_others_are_named_and_taken_away(tmp_path: Path, rights: int, words: str) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(rights)
    assert others_may(path) == words
    said = keep_private(path)
    assert (words in said, str(path) in said) == (True, bool(words))
    assert mode(path) == 0o600
    assert keep_private(path) == ""


def make_above(tmp_path: Path, rights: int) -> Path:
    above = tmp_path / "above"
    (above / "between").mkdir(parents=True)
    above.chmod(rights)
    return above


@pytest.mark.parametrize("rights", [0o777, 0o707, 0o702])
def test_where_others_may_put_another_folder_in_its_place_nothing_is_made(
    tmp_path: Path, rights: int
) -> None:
    above = make_above(tmp_path, rights)
    with pytest.raises(LedgerProblem, match=f"chmod go-w {above}"):
        Book(above / "between" / "shop" / "ledger.db")
    assert list((above / "between").iterdir()) == []
    assert mode(above) == rights  # not ours to change
    above.chmod(rights & ~0o022)
    Book(above / "between" / "shop" / "ledger.db").close()


def test_a_folder_in_which_everybody_owns_their_own_is_no_danger(tmp_path: Path) -> None:
    above = make_above(tmp_path, 0o1777)
    Book(above / "between" / "ledger.db").close()


def test_but_its_owner_may_rename_everything_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = make_above(tmp_path, 0o1777)
    if os.geteuid() == 0:
        os.chown(above, 4711, 4711)
    else:
        somebody_else = os.geteuid() + 1
        monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    with pytest.raises(NotPrivate, match="put another folder in the place"):
        check_above(above / "between")


def linked(tmp_path: Path, rights: int = 0o700) -> tuple[Path, Path]:
    """Give a link to a folder of our own, which stands in a folder with such rights."""
    beside, home = tmp_path / "beside", tmp_path / "home"
    for folder in (beside, home):
        folder.mkdir(mode=0o700)
    link = beside / "cartdesk"
    link.symlink_to(home)
    beside.chmod(rights)
    return link, home


def test_a_link_on_the_way_is_followed_where_nobody_else_can_change_it(tmp_path: Path) -> None:
    link, home = linked(tmp_path)
    Book(link / "shop" / "ledger.db").close()
    assert (home / "shop" / "ledger.db").exists()


@pytest.mark.parametrize("over", ["", "again"])
def test_a_link_that_others_may_lead_elsewhere_is_refused(tmp_path: Path, over: str) -> None:
    link, home = linked(tmp_path, 0o777)
    if over:  # a link to that link, in a folder of our own
        (tmp_path / over).symlink_to(link)
        link = tmp_path / over
    with pytest.raises(LedgerProblem, match=f"chmod go-w {tmp_path / 'beside'}"):
        Book(link / "shop" / "ledger.db")
    assert list(home.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give things to others")
def test_a_link_of_somebody_else_is_refused(tmp_path: Path) -> None:
    link, home = linked(tmp_path)
    os.chown(link, 4711, 4711, follow_symlinks=False)
    with pytest.raises(LedgerProblem, match=r"a link of another user .* lead it elsewhere"):
        Book(link / "shop" / "ledger.db")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("target", ["b", "gone", "a", "../{}/a"])
def test_links_that_lead_nowhere_or_in_a_circle_are_refused_in_words(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "a").symlink_to(target.format(tmp_path.name))
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(LedgerProblem, match="a link that leads nowhere now"):
        Book(tmp_path / "a" / "shop" / "ledger.db")


@pytest.mark.parametrize(
    ("group", "members", "first_group", "safe"),
    [
        ("ana", [], True, True),
        ("ana", ["ana"], True, True),
        ("ana", ["ana", "bob"], True, False),
        ("staff", [], True, False),  # the first group of every user, on some systems
        ("ana", [], False, False),
    ],
)
def test_a_group_of_its_owner_alone_may_write_above(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    group: str,
    members: list[str],
    first_group: bool,
    safe: bool,
) -> None:
    above = make_above(tmp_path, 0o775)
    number = above.stat().st_gid
    owner = SimpleNamespace(pw_name="ana", pw_gid=number if first_group else number + 1)
    named = SimpleNamespace(gr_name=group, gr_mem=members)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: owner)
    monkeypatch.setattr(grp, "getgrgid", lambda _: named)
    if safe:
        check_above(above / "between")
    else:
        with pytest.raises(NotPrivate):
            check_above(above / "between")
