"""The address of the console's database: what is read, what is refused, and that a password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.configuration.broker_url import broker_place, parse_broker, without_own_certificate
from mining.configuration.computer_keys import computer_text, computer_value
from mining.configuration.database_url import DatabaseUrl, parse_database
from mining.configuration.problem import SecretProblem
from mining.errors import ConfigurationError


def test_an_address_is_taken_apart() -> None:
    url = parse_database("postgresql://console:p%40ss@127.0.0.1:5433/minerconsole")
    assert url == DatabaseUrl("minerconsole", "127.0.0.1", 5433, "console", "p@ss", {})


def test_port_and_user_may_be_left_out() -> None:
    url = parse_database("postgres://localhost/rows")
    assert (url.host, url.port, url.user, url.password, url.options) == ("localhost", 5432, "", "", {})


def test_a_unix_socket_is_named_by_its_folder() -> None:
    url = parse_database("postgresql:///rows?host=/var/run/postgresql")
    assert (url.host, url.name, url.is_on_this_computer, url.options) == ("/var/run/postgresql", "rows", True, {})


def test_beyond_this_computer_tls_is_asked_for() -> None:
    assert parse_database("postgresql://a:b@db.example.org/rows").options == {"sslmode": "require"}


@pytest.mark.parametrize("mode", ["disable", "verify-full"])
def test_what_the_address_says_of_tls_holds(mode: str) -> None:
    assert parse_database(f"postgresql://a:b@db.example.org/rows?sslmode={mode}").options == {"sslmode": mode}


@pytest.mark.parametrize(
    "text",
    [
        "mysql://a:sesame@host/rows", "rows", "postgresql://a:sesame@host", "postgresql://a:sesame@host:0x/rows",
        "postgresql://a:sesame@host:99999/rows", "postgresql://a:sesame@host/rows?sslmode=maybe",
        "postgresql://a:sesame@host/rows?options=-cx", "postgresql://a:sesame@host/ro/ws", "postgresql://a:sesame@[/r",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(SecretProblem) as caught:
        parse_database(text)
    problem = caught.value
    assert problem.next_step and "sesame" not in f"{problem} {problem.shown_as}"


def test_the_password_is_not_in_repr_and_not_in_what_is_shown() -> None:
    url = parse_database("postgresql://console:sesame@[::1]/rows")
    assert "sesame" not in repr(url) and url.shown == "postgresql://console:(hidden)@[::1]:5432/rows"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mining_config.env"
    file.write_text("DATABASE=postgresql://127.0.0.1/of_file\n")
    environ = {"MINERCONSOLE_HOME": str(tmp_path)}
    found = computer_text("DATABASE", environ)
    assert found is not None and found[1].label == "mining_config.env:1"
    assert computer_value(
        "DATABASE", {**environ, "MINERCONSOLE_DATABASE": "postgresql://127.0.0.1/of_environment"}
    ) == (DatabaseUrl("of_environment", "127.0.0.1"))


def test_a_bad_address_names_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "mining_config.env").write_text("\nDATABASE=postgresql://a:sesame@host\n")
    with pytest.raises(ConfigurationError) as caught:
        computer_value("DATABASE", {"MINERCONSOLE_HOME": str(tmp_path)})
    assert "mining_config.env:2" in caught.value.sentence and "sesame" not in caught.value.sentence


@pytest.mark.parametrize("text", ["redis://127.0.0.1", "rediss://console:sesame@broker.example.org:6380/2"])
def test_the_address_of_a_broker_is_kept_as_it_is(text: str) -> None:
    assert parse_broker(text) == text and "sesame" not in broker_place(text)


@pytest.mark.parametrize(
    "text", ["http://a:sesame@host", "redis://", "redis://a:sesame@host:x", "rediss://a:sesame@h/y"]
)
def test_what_is_no_broker_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(SecretProblem) as caught:
        parse_broker(text)
    assert "sesame" not in f"{caught.value} {caught.value.shown_as}"


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("?ssl_ca_certs=/etc/ca.pem&ssl_certfile=/root/c.pem&ssl_keyfile=/root/k.pem", "?ssl_ca_certs=/etc/ca.pem"),
        ("?ssl_certfile=/root/c.pem&ssl_keyfile=/root/k.pem", ""),
        ("", ""),
    ],
)
def test_a_broker_is_named_to_others_without_the_certificate_of_this_computer(own: str, others: str) -> None:
    assert without_own_certificate(f"rediss://a:b@host:1/0{own}") == f"rediss://a:b@host:1/0{others}"
