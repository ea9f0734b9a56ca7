"""Version rolling, and what a Stratum V1 server asks and says besides jobs."""

from __future__ import annotations

import json

import pytest

from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import (
    Configured,
    Event,
    Ignored,
    MessageShown,
    ReconnectRequested,
    VersionMaskSet,
)
from mining.stratum.errors import UseError
from tests.unit.stratum.bitcoin.v1_samples import (
    call,
    granted,
    kinds,
    line,
    notify,
    only,
    ready_client,
    sent,
    subscribed,
)


def test_version_rolling_is_asked_for_granted_and_used() -> None:
    client = BitcoinClient()
    message = sent(client.configure(version_mask=0x1FFFE000, minimum_difficulty=64))
    assert message["params"] == [
        ["version-rolling", "minimum-difficulty"],
        {"version-rolling.mask": "1fffe000", "version-rolling.min-bit-count": 2, "minimum-difficulty.value": 64},
    ]
    answer = {"version-rolling": True, "version-rolling.mask": "ffffe000", "minimum-difficulty": "too low"}
    event = only(client.receive(line({"id": 1, "result": answer, "error": None})))
    assert event == Configured(frozenset({"version-rolling"}), (("minimum-difficulty", "too low"),), 0x1FFFE000)
    client.subscribe()
    client.receive(subscribed(2))
    client.authorize("u")
    client.receive(granted(3) + notify(version="20002002"))
    job = client.job
    assert job is not None
    assert client.receive(call("mining.set_version_mask", "00006000")) == [VersionMaskSet(0x6000)]
    assert sent(client.submit(job, extranonce2=bytes(4), nonce=1))["params"][5] == "00002000"
    rolled = client.submit(job, extranonce2=bytes(4), nonce=1, version_bits=0x4000)
    assert sent(rolled)["params"][5] == "00004000"
    with pytest.raises(UseError):
        client.submit(job, extranonce2=bytes(4), nonce=1, version_bits=0x8000)


@pytest.mark.parametrize("answer", [{"result": None, "error": [20, "no", None]}, {"result": True}, {"result": {}}])
def test_a_refused_configuration_changes_nothing(answer: dict[str, object]) -> None:
    client = BitcoinClient()
    client.configure(version_mask=0x1FFFE000)
    event = only(client.receive(line({"id": 1} | answer)))
    assert isinstance(event, Configured) and not event.granted and client.version_mask == 0
    assert kinds(client.receive(call("mining.set_version_mask", "00006000"))) == [Ignored]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ([], ReconnectRequested(None, None, 0)),
        (None, ReconnectRequested(None, None, 0)),
        (["host", 3333], ReconnectRequested("host", 3333, 0)),
        (["host", "3333", "7"], ReconnectRequested("host", 3333, 7)),
        (["", 3333, 1e9], ReconnectRequested(None, 3333, 0)),
        (["host", 3333, 10**8], ReconnectRequested("host", 3333, 3600)),
        ([None, None, None], ReconnectRequested(None, None, 0)),
    ],
)
def test_a_wish_to_reconnect_is_read(params: object, expected: Event) -> None:
    assert ready_client().receive(line({"id": None, "method": "client.reconnect", "params": params})) == [expected]


@pytest.mark.parametrize(
    "params", ["x", {}, [5, 1], ["a b", 1], ["h", 0], ["h", 65536], ["h", "x"], ["h", []], ["é", 1]]
)
def test_a_wish_to_reconnect_to_nowhere_is_ignored(params: object) -> None:
    events = ready_client().receive(line({"id": None, "method": "client.reconnect", "params": params}))
    assert kinds(events) == [Ignored]


@pytest.mark.parametrize("number", [0, 9, "x"])
def test_requests_of_the_server_get_an_answer(number: object) -> None:
    client = ready_client()
    version = only(client.receive(call("client.get_version", number=number)))
    assert isinstance(version, Ignored)
    answer = json.loads(version.answer)
    assert answer["id"] == number and answer["result"].startswith("MinerConsole/") and answer["error"] is None
    ping = only(client.receive(call("mining.ping", number=number)))
    assert isinstance(ping, Ignored) and json.loads(ping.answer)["result"] == "pong"
    other = only(client.receive(call("mining.other", number=number)))
    assert isinstance(other, Ignored) and json.loads(other.answer)["error"][0] == 20
    shown, acknowledged = client.receive(call("client.show_message", "hi\x1b[2J", number=number))
    assert shown == MessageShown("hi?[2J", None)
    assert isinstance(acknowledged, Ignored) and json.loads(acknowledged.answer)["result"] is True


def test_notices_of_the_server_get_no_answer() -> None:
    client = ready_client()
    for method in ("client.get_version", "mining.ping", "mining.other"):
        event = only(client.receive(call(method)))
        assert isinstance(event, Ignored) and event.answer == b""
