"""URLs of pools and daemons."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.configuration.endpoints import is_loopback, parse_endpoint
from mining.configuration.problem import SecretProblem, ValueProblem
from mining.engine.plan import Endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("daemon+http://127.0.0.1:18081", Endpoint("daemon+http", "127.0.0.1", 18081)),
        ("daemon+http://node.example.org:18081/", Endpoint("daemon+http", "node.example.org", 18081)),
        ("daemon+http://[::1]:18081", Endpoint("daemon+http", "::1", 18081)),
        ("daemon+http://me:p%40ss:w@h:1", Endpoint("daemon+http", "h", 1, "me", "p@ss:w")),
        ("daemon+http://me:p@ss@h:1", Endpoint("daemon+http", "h", 1, "me", "p@ss")),
        ("stratum+tcp://pool_1.example:3333", Endpoint("stratum+tcp", "pool_1.example", 3333)),
        ("stratum+ssl://pool.example:443", Endpoint("stratum+ssl", "pool.example", 443)),
    ],
)
def test_a_url_is_split(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize(
    ("text", "why", "next_step"),
    [
        ("127.0.0.1:18081", "no scheme", "daemon+http://"),
        ("http://h:1", "scheme that is not known", "Did you mean daemon+http://?"),
        ("stratum://h:1", "scheme that is not known", "Did you mean stratum+tcp://?"),
        ("ftp://h:1", "scheme that is not known", "Write stratum+tcp://"),
        ("STRATUM+TCP://h:1", "scheme that is not known", "Did you mean stratum+tcp://?"),
        ("daemon+http://h", "no port", "1 to 65535"),
        ("daemon+http://h:", "port that is not a number", "host:port"),
        ("daemon+http://h:0", "port that is not a number", "host:port"),
        ("daemon+http://h:65536", "port that is not a number", "host:port"),
        ("daemon+http://h:18o81", "port that is not a number", "host:port"),
        ("daemon+http://h:1/json_rpc", "after the port", "nothing more"),
        ("daemon+http://h:1?x", "after the port", "nothing more"),
        ("daemon+http://:1", "host name", "host:port"),
        ("daemon+http://a b:1", "host name", "host:port"),
        ("daemon+http://-a:1", "host name", "host:port"),
        ("daemon+http://999.1.1.1:1", "host name", "host:port"),
        ("daemon+http://::1:18081", "without brackets", "[::1]:18081"),
        ("daemon+http://[::1]", "no port", "65535"),
        ("daemon+http://[zz]:1", "IPv6", "host:port"),
        ("stratum+tcp://me@h:1", "user name", "WALLET"),
    ],
)
def test_a_wrong_url_is_named_with_what_is_valid(text: str, why: str, next_step: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        parse_endpoint(text)

    assert why in caught.value.why
    assert next_step in caught.value.next_step


@pytest.mark.parametrize(
    "text",
    ["daemon+http://u:hunter2@h:99999", "http://u:hunter2@h:1", "u:hunter2@h:1", "daemon+http://u:hunter2://x@:1"],
)
def test_the_password_of_a_wrong_url_is_not_shown(text: str) -> None:
    with pytest.raises(SecretProblem) as caught:
        parse_endpoint(text)

    assert "hunter2" not in caught.value.shown_as
    assert "(hidden)@" in caught.value.shown_as


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "daemon+http://", "stratum+tcp://"]))
def test_any_text_is_split_or_refused(text: str, scheme: str) -> None:
    try:
        endpoint = parse_endpoint(scheme + text)
    except ValueProblem:
        return
    assert 1 <= endpoint.port <= 65535


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("LOCALHOST.", True), ("a.localhost", True),
        ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False), ("localhost.example.org", False),
        ("0.0.0.0", False), ("::", False), ("127.0.0.1.example.org", False),
    ],
)  # fmt: skip
def test_only_this_computer_is_loopback(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local
