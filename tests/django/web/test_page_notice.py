"""What `mine` says of its page: the link, where it goes, and to whom the page is open."""

from __future__ import annotations

import stat
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from minerconsole.web.listen import host_names, local_addresses
from mining.engine.views import _show_link
from mining.errors import CannotStartError, ExitCode
from mining.management import page_notice
from mining.page import forget_link, keep_link, link_url, note_page, noted_page, page_url, waiting_link
from tests.support.databases import of_a_file
from tests.support.visitors import make_user

LINK = "http://127.0.0.1:3333/login/"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a database, as far as its file goes."""
    (tmp_path / "console.sqlite3").touch()
    return tmp_path


def wanted(home: Path, *, host: str = "127.0.0.1", web: bool = True) -> Any:
    return SimpleNamespace(home=home, listen_host=host, listen_port=3333, web_enabled=web)


@pytest.mark.django_db
def test_on_a_terminal_the_first_start_prints_the_link_and_keeps_it_private(home: Path) -> None:
    (sentence,) = page_notice.page_sentences(wanted(home), is_terminal=True)
    link = sentence.rpartition(" ")[2]
    assert link.startswith(LINK) and len(link) < 70, "it fits on a narrow terminal"
    file = home / "secrets/login-link"
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == (link, 0o600)


@pytest.mark.django_db
def test_away_from_a_terminal_the_link_is_in_the_file_only(home: Path) -> None:
    (sentence,) = page_notice.page_sentences(wanted(home), is_terminal=False)
    assert "login-link" in sentence and LINK not in sentence


@pytest.mark.django_db
def test_once_somebody_has_logged_in_no_link_is_made(home: Path) -> None:
    make_user("viewer")
    get_user_model().objects.update(last_login=timezone.now())
    (sentence,) = page_notice.page_sentences(wanted(home), is_terminal=True)
    assert "manage.sh login" in sentence and LINK not in sentence
    assert not (home / "secrets").exists()


@pytest.mark.django_db
def test_without_the_page_nothing_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page_notice.announce_page(wanted(home, web=False))
    assert capsys.readouterr() == ("", "")


@of_a_file
@pytest.mark.django_db
def test_before_there_is_a_database_the_way_in_is_the_command_login(home: Path) -> None:
    (home / "console.sqlite3").unlink()
    (sentence,) = page_notice.page_sentences(wanted(home), is_terminal=True)
    assert "The page: http://127.0.0.1:3333" in sentence and "manage.sh login" in sentence
    assert get_user_model().objects.count() == 0


@pytest.mark.django_db
def test_the_notice_goes_to_standard_error_so_that_json_stays_json(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page_notice.announce_page(wanted(home))
    output = capsys.readouterr()
    assert output.out == "" and "The page:" in output.err


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_listening_wider_needs_a_password_and_says_what_it_opens(home: Path, host: str) -> None:
    make_user("admin")
    with pytest.raises(CannotStartError, match="no user of it has a password") as caught:
        page_notice.announce_page(wanted(home, host=host))
    assert caught.value.exit_code is ExitCode.CANNOT_START
    make_user("viewer", password="correct horse battery")
    page_notice.refuse_open_page(home, host, 3333)
    sentence = page_notice.page_sentences(wanted(home, host=host), is_terminal=True)[0]
    assert "open to other computers" in sentence and "not encrypted" in sentence and "3333" in sentence


def test_a_link_in_the_file_is_shown_on_the_screen_while_it_is_young_and_never_logged(tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []
    screen: Any = SimpleNamespace(event=seen.append)
    _show_link(screen, tmp_path)
    assert seen == []
    keep_link(tmp_path, LINK + "x")
    _show_link(screen, tmp_path)
    assert LINK + "x" in str(seen[0]["sentence"])
    assert waiting_link(tmp_path, now=time.time() + 901) is None
    forget_link(tmp_path)
    assert waiting_link(tmp_path) is None


def test_the_page_is_found_while_its_process_lives(tmp_path: Path) -> None:
    assert noted_page(tmp_path) is None
    note_page(tmp_path, "127.0.0.1", 4444)
    assert noted_page(tmp_path) == ("127.0.0.1", 4444)
    (tmp_path / "run/page.json").write_text('{"pid": 999999999, "host": "127.0.0.1", "port": 4444}')
    assert noted_page(tmp_path) is None


def test_an_address_for_everybody_is_opened_here_by_loopback() -> None:
    assert page_url("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert page_url("::", 80) == "http://[::1]:80/"
    assert link_url("fe80::1", 80, "s") == "http://[fe80::1]:80/login/s"


def test_the_names_of_a_page_are_addresses_only(tmp_path: Path) -> None:
    (tmp_path / "fib_trie").write_text(
        "Main:\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.168.1.0\n        /24 link UNICAST\n"
        "     |-- 192.168.1.5\n        /32 host LOCAL\n"
    )
    (tmp_path / "if_inet6").write_text("fe800000000000000000000000000001 02 40 20 80 eth0\n")
    assert local_addresses(tmp_path) == ["127.0.0.1", "192.168.1.5", "fe80::1"]
    assert local_addresses(tmp_path / "nowhere") == []
    assert host_names("192.168.1.5") == ["192.168.1.5"] and host_names("::1") == ["[::1]"]
