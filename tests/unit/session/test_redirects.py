"""Where `client.reconnect` may lead."""

from __future__ import annotations

import pytest

from mining.engine.plan import Endpoint
from mining.engine.session.redirects import redirected


def endpoint(host: str = "eu.pool.example") -> Endpoint:
    return Endpoint("stratum+ssl", host, 3333)


@pytest.mark.parametrize(
    ("ours", "host"),
    [
        ("eu.pool.example", "us.pool.example"),
        ("eu.pool.example", "pool.example"),
        ("eu.pool.example", "a.b.POOL.example."),
        ("pool.example", "eu.pool.example"),
        ("pool.co.uk", "eu.pool.co.uk"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_pool_may_move_us_within_its_domain(ours: str, host: str) -> None:
    moved = redirected(endpoint(ours), host, 4444)
    assert moved is not None
    assert (moved.host, moved.port, moved.scheme) == (host.lower().rstrip("."), 4444, "stratum+ssl")


@pytest.mark.parametrize(
    ("ours", "host"),
    [
        ("eu.pool.example", "evil.example"),
        ("eu.pool.example", "evilpool.example"),
        ("eu.pool.example", "pool.example.evil"),
        ("pool.example", "example"),
        ("pool.co.uk", "thief.co.uk"),
        ("127.0.0.1", "127.0.0.2"),
        ("eu.pool.example", "10.0.0.1"),
    ],
)
def test_a_pool_may_not_send_us_to_anybody_else(ours: str, host: str) -> None:
    assert redirected(endpoint(ours), host, 3333) is None


def test_nothing_said_means_the_same_place() -> None:
    assert redirected(endpoint(), "", 0) == endpoint()


def test_a_port_that_is_none_is_not_followed() -> None:
    assert redirected(endpoint(), "", 70000) is None
