"""A new key for the secrets: every secret stays readable, whatever is cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from mining import secret_keys
from mining.models import Endpoint, Event, Plan, Pool
from mining.secret_keys import SecretUnreadableError
from mining.services import secret_rotation
from mining.services.actors import COMMAND_LINE, Role
from mining.services.errors import ForbiddenError
from mining.services.pools import EndpointInput
from mining.services.secret_rotation import secrets_rotate
from tests.support.console import make_actor, make_node, make_pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A home with a pool, an own node and a plan, each with a secret."""
    settings.MINERCONSOLE_HOME = tmp_path
    make_pool("mine", password="hunter2")
    make_pool("node", endpoints=[EndpointInput("daemon+http", "127.0.0.1", 18081, rpc_password="geheim")])
    Plan.objects.create(node=make_node(), version=1, document=b'{"POOL_PASSWORD":"hunter2"}', digest="", signature="")
    yield tmp_path


def _keys(home: Path) -> list[str]:
    return (home / "secrets" / "fernet.keys").read_text().split()


def _tokens() -> list[bytes]:
    found: list[object] = []
    with connection.cursor() as cursor:
        for question in (
            "SELECT password FROM mining_pool WHERE password != ''",
            "SELECT rpc_password FROM mining_endpoint WHERE rpc_password != ''",
            "SELECT document FROM mining_plan",
        ):
            cursor.execute(question)
            found += [each for (each,) in cursor.fetchall()]
    return [each.encode() if isinstance(each, str) else bytes(each) for each in found]  # type: ignore[call-overload]


def _assert_readable() -> None:
    assert Pool.objects.get(name="mine").password == "hunter2"
    assert Endpoint.objects.get(port=18081).rpc_password == "geheim"
    assert bytes(Plan.objects.get().document) == b'{"POOL_PASSWORD":"hunter2"}'


def test_every_secret_is_under_the_new_key_alone_and_says_the_same(home: Path) -> None:
    (old,) = _keys(home)
    changed_at, history = Pool.objects.get(name="mine").updated_at, Pool.history.count()
    done = secrets_rotate(COMMAND_LINE, home)
    new = _keys(home)[0]
    assert (done.secrets, done.keys) == (3, 2) and _keys(home)[1:] == [old] and new != old
    for token in _tokens():
        Fernet(new).decrypt(token)
    _assert_readable()
    assert (Pool.objects.get(name="mine").updated_at, Pool.history.count()) == (changed_at, history)
    assert Event.objects.get(kind="secrets.rotated").new == {"count": 3, "keys": 2}


@pytest.mark.parametrize("cut_at", [1, 2], ids=["before the new key", "after the new key"])
def test_a_rotation_that_is_cut_short_loses_nothing_however_often(
    home: Path, monkeypatch: pytest.MonkeyPatch, cut_at: int
) -> None:
    whole, calls = secret_rotation._encrypt_anew, [0]

    def cut() -> int:
        calls[0] += 1
        if calls[0] % cut_at == 0:
            raise KeyboardInterrupt
        return whole()

    monkeypatch.setattr(secret_rotation, "_encrypt_anew", cut)
    for _ in range(7):
        with pytest.raises(KeyboardInterrupt):
            secrets_rotate(COMMAND_LINE, home)
        _assert_readable()
    monkeypatch.undo()
    secrets_rotate(COMMAND_LINE, home)
    _assert_readable()


def test_a_secret_that_cannot_be_read_stops_it_before_anything_is_changed(home: Path) -> None:
    tokens = _tokens()
    (home / "secrets" / "fernet.keys").write_text(Fernet.generate_key().decode())
    keys = _keys(home)
    with pytest.raises(SecretUnreadableError):
        secrets_rotate(COMMAND_LINE, home)
    assert (_keys(home), _tokens()) == (keys, tokens)


def test_it_needs_an_administrator(home: Path) -> None:
    with pytest.raises(ForbiddenError):
        secrets_rotate(make_actor(Role.OPERATOR), home)
    assert len(_keys(home)) == 1


def test_the_command_says_what_it_did_or_why_it_could_not(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("rotate_secrets")
    assert "3 secrets are under a new key; secrets/fernet.keys has 2 keys." in capsys.readouterr().out

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secret_rotation, "add_key", full)
    with pytest.raises(CommandError, match="No space left") as refused:
        call_command("rotate_secrets")
    assert refused.value.returncode == 3
    assert secret_keys.decrypt(home, secret_keys.encrypt(home, b"x")) == b"x"
