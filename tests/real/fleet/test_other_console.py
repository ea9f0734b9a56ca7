"""A machine joins the console whose key its owner was given, and while it belongs to one no other: told over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from minerconsole.api.throttles import CALLS
from mining.engine.signed_plan import CONSOLE_KEY, private_key_of, public_key_of
from mining.fleet.enrolment import EnrolmentError, fingerprint
from mining.fleet.joining import Console, Offer, join, look
from mining.fleet.membership import Membership, forget_membership, pinned_key, read_membership
from mining.models import JoinToken, Node
from mining.services.actors import Role
from mining.services.coins import coins_ensure
from mining.services.fleet_tokens import join_token_create
from mining.services.roles import roles_ensure
from tests.support.console import make_actor
from tests.support.homes import ROOT
from tests.support.mine import clean_environment
from tests.support.redis_server import RedisServer
from tests.support.served_console import ask_console

pytestmark = pytest.mark.django_db
NOBODYS = fingerprint(bytes(32))


@pytest.fixture(autouse=True)
def console(db: None, redis: RedisServer, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A console with this broker and a home of its own."""
    settings.MINERCONSOLE_HOME = _folder(tmp_path / "console")
    settings.MINERCONSOLE_BROKER, settings.MINERCONSOLE_BROKER_PUBLIC = redis.url, ""
    CALLS.forget()
    roles_ensure()
    coins_ensure()
    yield


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The home of one that has not joined."""
    return _folder(tmp_path / "machine")


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path


def _token() -> str:
    return join_token_create(make_actor(Role.ADMIN), name="cellar")[1]


def _key(settings: Any) -> bytes:
    return public_key_of(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY))


def _look(machine: Path, token: str, expected: str, address: str) -> Offer:
    return look(machine, Console(address, token), expected=expected)


def _join(machine: Path, token: str, address: str) -> Membership:
    place = Console(address, token)
    return join(machine, place, look(machine, place), hardware=dict)


def _refusal(machine: Path, token: str, expected: str = "") -> EnrolmentError:
    with pytest.raises(EnrolmentError) as refused:
        ask_console(partial(_look, machine, token, expected))
    return refused.value


def test_a_console_with_another_key_than_its_owner_gave_is_refused_and_nothing_is_pinned_or_used_up(
    machine: Path, settings: Any
) -> None:
    token, key = _token(), _key(settings)
    refused = _refusal(machine, token, NOBODYS)
    assert refused.code == "console_key_differs"
    assert fingerprint(key) in refused.sentence and NOBODYS in refused.sentence and token not in refused.sentence
    assert "stand in between" in refused.next_step
    assert read_membership(machine) is None and JoinToken.objects.get().used_at is None
    written_by_hand = fingerprint(key).upper().replace("-", " ")
    assert ask_console(partial(_look, machine, token, written_by_hand)).key == key


def test_the_command_join_with_another_fingerprint_ends_with_that_sentence_and_joins_nothing(
    machine: Path, settings: Any
) -> None:
    token = _token()

    def type_it(address: str) -> subprocess.CompletedProcess[str]:
        words = ("node", "join", address, "--token", token, "--fingerprint", NOBODYS, "--yes", "--home", str(machine))
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words], cwd=machine, capture_output=True, text=True,
            env=clean_environment(PYTHONPATH=str(ROOT)), timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    done = ask_console(type_it)
    assert done.returncode != 0 and done.stdout == "" and "Traceback" not in done.stderr
    assert f"is {fingerprint(_key(settings))}, not {NOBODYS}" in done.stderr and token not in done.stderr
    assert read_membership(machine) is None and Node.objects.count() == 0


def test_a_member_of_one_console_is_refused_by_itself_at_another_until_it_leaves(
    machine: Path, settings: Any, tmp_path: Path
) -> None:
    first = _key(settings)
    member = ask_console(partial(_join, machine, _token()))
    settings.MINERCONSOLE_HOME = _folder(tmp_path / "other console")
    other, token = _key(settings), _token()
    assert other != first
    refused = _refusal(machine, token)
    assert refused.code == "console_key_differs"
    assert fingerprint(first) in refused.sentence and fingerprint(other) in refused.sentence
    assert member.owner in refused.sentence and "node leave" in refused.next_step
    assert pinned_key(machine) == first and JoinToken.objects.get(used_at=None).revoked_at is None
    forget_membership(machine)
    assert ask_console(partial(_join, machine, token)).ulid == member.ulid
    assert pinned_key(machine) == other


def test_a_member_joins_its_own_console_again(machine: Path, settings: Any) -> None:
    passwords = {ask_console(partial(_join, machine, _token())).broker for _ in range(2)}
    assert len(passwords) == 2 and pinned_key(machine) == _key(settings)
