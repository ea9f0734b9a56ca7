"""Where home and configuration file are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.configuration import default_home, find_config, find_home
from mining.configuration.home import config_to_write
from mining.errors import ConfigurationError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    return folder


def _write(folder: Path, text: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mining_config.env"
    path.write_text(text)
    return path


def test_the_file_of_the_home_comes_before_that_of_the_checkout(checkout: Path, tmp_path: Path) -> None:
    assert find_config(None, None, {}, checkout=checkout) is None
    of_checkout = _write(checkout)
    assert find_config(None, None, {}, checkout=checkout) == of_checkout
    of_default_home = _write(checkout / "var")
    assert find_config(None, None, {}, checkout=checkout) == of_default_home
    of_home = _write(tmp_path / "home")
    assert find_config(None, str(tmp_path / "home"), {}, checkout=checkout) == of_home
    assert find_config(None, None, {"MINERCONSOLE_HOME": str(tmp_path / "home")}, checkout=checkout) == of_home


def test_a_named_file_is_read_instead_of_all_others(checkout: Path, tmp_path: Path) -> None:
    _write(checkout)
    named = tmp_path / "other.env"
    named.write_text("")

    assert find_config(str(named), None, {}, checkout=checkout) == named


def test_a_named_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        find_config(str(tmp_path / "none.env"), None, {})


def test_an_edit_changes_the_file_in_use_and_makes_a_new_one_in_the_home(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert config_to_write(None, str(home), {}, checkout=checkout) == home / "mining_config.env"
    of_checkout = _write(checkout)
    assert config_to_write(None, str(home), {}, checkout=checkout) == of_checkout


def test_without_a_checkout_the_home_is_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mining.configuration.home.checkout_folder", lambda: None)

    assert default_home({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "minerconsole"
    assert default_home({"XDG_DATA_HOME": "relative"}) == Path.home() / ".local" / "share" / "minerconsole"


def test_the_home_of_other_commands_follows_option_environment_and_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "place", "HOME=data\n")

    assert find_home("/x", {"MINERCONSOLE_HOME": "/y"}) == Path("/x")
    assert find_home(None, {"MINERCONSOLE_HOME": "/y"}) == Path("/y")
    assert find_home(None, {}, str(path)) == (tmp_path / "place" / "data").resolve()
