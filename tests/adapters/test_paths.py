"""One private folder a shop, in one place when CARTDESK_HOME says so."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs
import pytest

from cartdesk.adapters.paths import Home, PathProblem, is_shop_name


def test_cartdesk_home_holds_everything(tmp_path: Path) -> None:
    home = Home.find({"CARTDESK_HOME": str(tmp_path / "own")})
    paths = home.shop("oak-and-tin")
    folder = tmp_path / "own" / "oak-and-tin"
    assert paths.settings == folder / "settings.toml"
    assert paths.ledger == folder / "ledger.db"
    for path in (paths.settings, paths.ledger, paths.letters, paths.exports, paths.log):
        assert folder in path.parents


def test_without_it_the_systems_own_folders_are_used() -> None:
    home = Home.find({"CARTDESK_HOME": " "})
    assert home.config == platformdirs.user_config_path("cartdesk", appauthor=False)
    assert home.data == platformdirs.user_data_path("cartdesk", appauthor=False)


def test_every_folder_that_is_made_is_private(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "root" / "default").mkdir(parents=True, mode=0o755)
    home = Home.find({"CARTDESK_HOME": str(shared / "root")})
    paths = home.shop()
    folders = (paths.settings.parent, paths.letters, paths.exports, paths.ledger.parent)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755  # not ours to change


def test_what_others_could_look_into_is_closed_and_said_once(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path, tmp_path)
    paths = home.shop()
    assert paths.mended == ()
    paths.settings.write_text("")
    paths.settings.chmod(0o644)
    paths.exports.chmod(0o777)
    said = home.shop().mended
    assert [str(paths.exports) in said[0], str(paths.settings) in said[1]] == [True, True]
    assert "look into and change" in said[0]
    assert home.shop().mended == ()
    assert stat.S_IMODE(paths.settings.stat().st_mode) == 0o600


def test_a_folder_of_another_user_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path, tmp_path, tmp_path)
    folder = home.shop().exports
    folder.chmod(0o755)
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    with pytest.raises(PathProblem, match="belongs to another user"):
        home.shop()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_shops_are_those_with_a_settings_file_or_a_ledger(tmp_path: Path) -> None:
    home = Home(tmp_path / "config", tmp_path / "data", tmp_path / "log")
    assert home.shops() == ()
    home.shop("empty")
    home.shop("b").ledger.touch()
    home.shop("a").settings.touch()
    (tmp_path / "config" / "Not A Shop").mkdir()
    (tmp_path / "config" / "Not A Shop" / "settings.toml").touch()
    assert home.shops() == ("a", "b")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../etc", "a/b", "A", "ä", "-a", "a b", "a" * 41, "nul", "com1", "a\n"]
)
def test_a_name_that_is_no_folder_on_every_system_is_refused(tmp_path: Path, name: str) -> None:
    assert not is_shop_name(name)
    with pytest.raises(PathProblem, match="1 to 40 small letters"):
        Home(tmp_path, tmp_path, tmp_path).shop(name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "default").write_text("in the way")
    with pytest.raises(PathProblem, match="cannot be used"):
        Home(tmp_path, tmp_path, tmp_path).shop()
