"""A broker with TLS: machines join and work over rediss:// with its certificate checked; troubles are sentences."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from redis.exceptions import RedisError

from minerconsole.api.throttles import CALLS
from mining.configuration.computer_keys import computer_value
from mining.engine.signed_plan import CONSOLE_KEY, private_key_of
from mining.errors import ConfigurationError
from mining.fleet.connection import BrokerTrouble, broker_trouble, connect, connect_async
from mining.fleet.enrolment import EnrolmentError
from mining.fleet.joining import Console, join, look
from mining.fleet.keys import BEATS, FRAMES, JOURNAL, node_key
from mining.fleet.membership import Membership, membership_of
from mining.services.actors import Role
from mining.services.coins import coins_ensure
from mining.services.errors import ConflictError
from mining.services.fleet_broker import broker_client, users_sync
from mining.services.fleet_tokens import join_token_create
from mining.services.roles import roles_ensure
from tests.support.console import make_actor
from tests.support.fleet_node import PATIENCE_S, FleetNode
from tests.support.pools.certificates import Authority, Certificate
from tests.support.prepared_home import DATABASE
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer, redis_server
from tests.support.served_console import ask_console


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that the broker and the console have their certificates from."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another one."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[RedisServer]:
    """It speaks TLS only."""
    with redis_server(tmp_path_factory.mktemp("redis"), authority=authority) as server:
        yield server


@pytest.fixture
def console(db: None, broker: RedisServer, settings: Any, tmp_path: Path) -> None:
    """A console with this broker."""
    settings.MINERCONSOLE_HOME = tmp_path / "console"
    settings.MINERCONSOLE_HOME.mkdir(mode=0o700)
    settings.MINERCONSOLE_BROKER, settings.MINERCONSOLE_BROKER_PUBLIC = broker.url, ""
    CALLS.forget()
    roles_ensure()
    coins_ensure()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a machine that has not joined."""
    folder = tmp_path / "machine" / "home"
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _trouble(url: str) -> BrokerTrouble:
    with contextlib.closing(connect(url)) as client, pytest.raises((RedisError, OSError)) as failed:
        client.ping()
    return broker_trouble(url, failed.value)


def _with_authority(broker: RedisServer, file: object) -> str:
    return f"{broker.url.partition('?')[0]}?ssl_ca_certs={quote(str(file))}"


# --- the broker's certificate ----------------------------------------------------------------------------------------


def test_with_its_authority_the_broker_answers(broker: RedisServer) -> None:
    with contextlib.closing(connect(broker.url)) as client:
        assert client.ping()


async def test_pages_reach_it_too(broker: RedisServer) -> None:
    client = connect_async(broker.url)
    assert await client.ping()
    await client.aclose()


def test_a_broker_of_an_unknown_or_another_authority_is_refused_in_a_sentence_without_its_password(
    broker: RedisServer, stranger: Authority
) -> None:
    unnamed, other = _trouble(broker.url.partition("?")[0]), _trouble(_with_authority(broker, stranger.ca_path))
    for trouble in (unnamed, other):
        assert trouble.code == "broker_certificate" and "is not trusted here" in trouble.sentence
        assert "secret" not in trouble.sentence and "_ssl" not in trouble.sentence
    assert "?ssl_ca_certs=FILE" in unnamed.sentence and str(stranger.ca_path) in other.sentence


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_a_file_that_names_no_authority_is_told_by_its_name(
    broker: RedisServer, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    trouble = _trouble(_with_authority(broker, file))
    assert trouble.code == "broker_certificate" and f"The file {file}" in trouble.sentence


def test_a_broker_without_tls_is_not_taken_for_one_with_it(redis: RedisServer, authority: Authority) -> None:
    url = f"rediss{redis.url.removeprefix('redis')}?ssl_ca_certs={authority.ca_path}"
    assert _trouble(url).code == "broker_away"


@pytest.mark.django_db
def test_the_console_says_the_same_of_its_own_broker(console: None, broker: RedisServer, settings: Any) -> None:
    users_sync()
    settings.MINERCONSOLE_BROKER = broker.url.partition("?")[0]
    with pytest.raises(ConflictError) as refused, broker_client() as client:
        client.ping()
    assert refused.value.code == "broker_certificate"


# --- joining over https, with an authority of one's own ---------------------------------------------------------------


def _join(home: Path, ca: object, token: str, address: str) -> Membership:
    place = Console(address, token, ca=str(ca))
    return join(home, place, look(home, place), hardware=dict)


def _ask(home: Path, ca: object, authority: Authority, kind: Certificate = Certificate.GOOD) -> Membership:
    token = join_token_create(make_actor(Role.ADMIN), name="cellar")[1]
    return ask_console(partial(_join, home, ca, token), tls=authority.context_for(kind)[0])


@pytest.mark.django_db
def test_a_machine_joins_over_https_with_the_console_s_own_authority_and_its_broker_is_rediss(
    console: None, home: Path, authority: Authority
) -> None:
    member = _ask(home, authority.ca_path, authority)
    assert member.broker.startswith(f"rediss://node-{member.ulid}:") and str(authority.ca_path) in member.broker
    with contextlib.closing(connect(member.broker)) as client:
        assert client.xadd(node_key(member.ulid, BEATS), {"r": "R"})


@pytest.mark.django_db
def test_a_console_whose_certificate_is_not_trusted_is_refused_and_the_way_out_is_named(
    console: None, home: Path, authority: Authority, stranger: Authority
) -> None:
    for ca in ("", stranger.ca_path):
        with pytest.raises(EnrolmentError) as refused:
            _ask(home, ca, authority)
        assert refused.value.code == "bad_certificate" and "--ca FILE" in refused.value.next_step
    with pytest.raises(EnrolmentError, match=r"not trusted here.*127\.0\.0\.1") as refused:
        _ask(home, authority.ca_path, authority, Certificate.WRONG_NAME)
    assert refused.value.code == "bad_certificate"


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_a_file_of_ca_that_is_none_is_told_by_its_name(home: Path, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(EnrolmentError, match=f"No certificates can be read from {file}") as refused:
        look(home, Console("https://127.0.0.1:1", "mcj_x", ca=str(file)))
    assert refused.value.code == "bad_certificate" and "--ca" in refused.value.next_step


# --- a node at such a broker -----------------------------------------------------------------------------------------


class TlsNode(FleetNode):
    """A machine that joined."""

    def __init__(self, home: Path, broker: RedisServer, tables: Path, key: bytes) -> None:
        self.folder, self.home, self.redis, self.key = home.parent, home, broker, key
        shutil.copy(tables / DATABASE, home / DATABASE)
        member = membership_of(home)
        self.ulid, self.broker, self._words = member.ulid, member.broker, ("--cores", "0")
        self.process = None


def _follow_first_plan(node: TlsNode) -> None:
    node.start()
    node.plan(1)
    node.wait_followed(1)


@pytest.mark.soak
@pytest.mark.django_db
def test_a_node_that_joined_follows_a_plan_and_sends_what_it_finds_over_tls(
    console: None, home: Path, authority: Authority, broker: RedisServer, tables: Path, settings: Any
) -> None:
    _ask(home, authority.ca_path, authority)
    node = TlsNode(home, broker, tables, private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY))
    try:
        _follow_first_plan(node)
        node.wait_answer({"id": node.command("pause"), "ok": True})
        with contextlib.closing(broker.client()) as client:
            for name in (BEATS, FRAMES, JOURNAL):
                key = node_key(node.ulid, name)
                until(lambda key=key: client.xlen(key) > 0, PATIENCE_S, f"{name} is sent")  # type: ignore[misc]
        assert node.stop() == 0
        node.wait_gone()
        assert [each for each in broker.refused() if node.ulid in each["username"]] == []
    finally:
        node.clean_up()


@pytest.mark.soak
@pytest.mark.django_db
def test_a_node_that_does_not_trust_its_broker_says_so_and_mines(
    console: None, home: Path, authority: Authority, broker: RedisServer, tables: Path, settings: Any
) -> None:
    ca = home.parent / "ca.pem"
    shutil.copy(authority.ca_path, ca)
    settings.MINERCONSOLE_BROKER_PUBLIC = _with_authority(broker, ca)
    _ask(home, authority.ca_path, authority)
    node = TlsNode(home, broker, tables, private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY))
    try:
        _follow_first_plan(node)
        assert node.stop() == 0
        node.wait_gone()
        assert Authority(home.parent).ca_path == ca  # another one stands in the file now
        node.start()
        until(lambda: "is not trusted here" in node.story(), PATIENCE_S, node.story)
        node.wait_state("mining")
        assert "Traceback" not in node.story() and node.broker.split(":")[2].split("@")[0] not in node.story()
        assert node.stop() == 0
    finally:
        node.clean_up()


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_check_hostname=false", "db=1"])
def test_no_address_switches_the_check_off(option: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        computer_value("BROKER", {"MINERCONSOLE_BROKER": f"rediss://console:sesame@broker.example.org:6380/0?{option}"})
    assert "sesame" not in str(refused.value)
