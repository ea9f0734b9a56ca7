"""What a server sends unasked: jobs, moves, words, methods nobody knows, and garbage."""

from __future__ import annotations

import json

import pytest

from mining.stratum.cryptonote.client import CryptonoteClient
from mining.stratum.cryptonote.events import (
    JobReceived,
    MessageIgnored,
    NoticeReceived,
    ProtocolViolated,
    ReconnectRequested,
    SessionReplaced,
)
from mining.stratum.errors import UseError
from tests.unit.stratum.exchange_samples import (
    FRESH_BLOB,
    SESSION,
    current_job,
    granted,
    job,
    line,
    names,
    push,
    ready_client,
    refused,
)


def method(name: str, params: object, **others: object) -> bytes:
    return line({"jsonrpc": "2.0", "method": name, "params": params} | others)


def test_a_pushed_job_replaces_the_current_one() -> None:
    client = ready_client()
    (event,) = client.receive(push(job_id="next", height=4))
    assert isinstance(event, JobReceived) and event.job is client.job and event.job.height == 4


def test_a_job_that_comes_again_is_told_apart() -> None:
    client = ready_client()
    assert names(client.receive(push() + push(target="c5a70000") + push(target="c5a70000"))) == [
        "JobRepeated",
        "JobReceived",
        "JobRepeated",
    ]


def test_an_empty_job_changes_nothing() -> None:
    client = ready_client()
    before = client.job
    data = method("job", None) + method("job", {}) + method("job", {"blob": "", "job_id": "", "target": ""})
    assert names(client.receive(data)) == ["EmptyJobReceived"] * 3 and client.job is before


def test_a_nested_job_is_a_job() -> None:
    client = ready_client()
    assert names(client.receive(method("job", {"id": SESSION, "job": job(job_id="next")}))) == ["JobReceived"]


def test_a_job_with_our_session_id_is_ours_whatever_its_type() -> None:
    client = CryptonoteClient()
    client.login("w")
    client.receive(granted(42))
    assert names(client.receive(push(job_id="a", id="42") + push(job_id="b", id=42))) == ["JobReceived"] * 2


def test_a_job_for_another_session_says_that_ours_is_gone() -> None:
    client = ready_client()
    before = client.job
    assert client.receive(push(job_id="next", id="other")) == [SessionReplaced("other")]
    assert client.job is before


def test_a_job_before_the_login_reply_is_kept_for_it() -> None:
    client = CryptonoteClient()
    client.login("w")
    assert client.receive(push(job_id="early")) == []
    assert names(client.receive(granted(work=None))) == ["LoggedIn", "JobReceived"]
    assert current_job(client).job_id == "early" and current_job(client).session_id == SESSION


def test_the_job_of_the_login_reply_is_newer_than_one_before_it() -> None:
    client = CryptonoteClient()
    client.login("w")
    assert names(client.receive(push(job_id="early") + granted())) == ["LoggedIn"]
    assert current_job(client).job_id != "early"


def test_a_job_without_a_login_is_ignored() -> None:
    client = CryptonoteClient()
    assert names(client.receive(push())) == ["MessageIgnored"]
    client.login("w")
    assert names(client.receive(refused(1, "no") + push())) == ["LoginRefused", "MessageIgnored"]


def test_the_nicehash_extension_fixes_the_byte_of_every_job() -> None:
    client = ready_client(extensions=["nicehash"])
    client.receive(push(job_id="next", blob=FRESH_BLOB[:84] + "a5" + FRESH_BLOB[86:]))
    assert (current_job(client).nonces.first, current_job(client).nonces.count) == (0xA5000000, 1 << 24)


@pytest.mark.parametrize(
    ("params", "event"),
    [
        (["pool.example.org", "3333"], ReconnectRequested("pool.example.org", 3333)),
        (["pool.example.org", 3333, 5], ReconnectRequested("pool.example.org", 3333)),
        (["pool.example.org"], ReconnectRequested("pool.example.org", None)),
        (["", "3333"], ReconnectRequested(None, 3333)),
        ([], ReconnectRequested(None, None)),
        (None, ReconnectRequested(None, None)),
    ],
)
def test_a_request_to_reconnect_says_where(params: object, event: object) -> None:
    assert ready_client().receive(method("client.reconnect", params)) == [event]


@pytest.mark.parametrize(
    "params", ["x", {}, 5, [5, "3333"], ["h", "0"], ["h", "65536"], ["h", "a"], ["a b", "1"], ["h\n", "1"], ["h"] * 4]
)
def test_a_request_to_reconnect_nowhere_is_ignored(params: object) -> None:
    assert names(ready_client().receive(method("client.reconnect", params))) == ["MessageIgnored"]


@pytest.mark.parametrize(("params", "text"), [(["hello\u001b"], "hello?"), ("hello", "hello"), ([], "a list")])
def test_a_message_to_the_miner_is_a_notice(params: object, text: str) -> None:
    assert ready_client().receive(method("client.show_message", params)) == [NoticeReceived(text, None)]


def test_an_unknown_method_is_ignored_by_name() -> None:
    (event,) = ready_client().receive(method("mining.notify", []))
    assert isinstance(event, MessageIgnored) and "'mining.notify'" in event.sentence and event.answer == b""


@pytest.mark.parametrize("request_id", [5, 0, "abc"])
def test_an_unknown_request_gets_the_error_that_json_rpc_wants(request_id: object) -> None:
    (event,) = ready_client().receive(method("client.get_version", [], id=request_id))
    assert isinstance(event, MessageIgnored)
    answer = json.loads(event.answer)
    assert answer["id"] == request_id and answer["error"]["code"] == -32601 and "method" not in answer


GARBAGE = {
    "no JSON": b"HTTP/1.1 400 Bad Request\r\n",
    "no object": b"[]\n",
    "nothing in it": b"{}\n",
    "a method that is no text": b'{"method":5}\n',
    "a job that is no object": b'{"method":"job","params":5}\n',
    "an impossible target": push(target="00000000"),
    "a template": push(blob=None, blocktemplate_blob="00" * 100),
    "a nest": b'{"method":' + b"[" * 50_000 + b"\n",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_one_violation_and_the_next_line_is_read(name: str) -> None:
    client = ready_client()
    violation, after = client.receive(GARBAGE[name] + push(job_id="next"))
    assert isinstance(violation, ProtocolViolated) and not violation.is_final
    assert violation.sentence.isprintable() and violation.code in ("bad_message", "bad_job", "bad_target")
    assert isinstance(after, JobReceived)


def test_after_ten_violations_nothing_more_is_read() -> None:
    client = ready_client()
    events = client.receive(b"x\n" * 100_000 + push(job_id="next"))
    assert names(events) == ["ProtocolViolated"] * 10
    assert [event.is_final for event in events if isinstance(event, ProtocolViolated)] == [False] * 9 + [True]
    assert client.receive(push()) == [] and not client.is_ready
    with pytest.raises(UseError):
        client.keepalived()


def test_a_line_without_an_end_is_final_and_keeps_what_came_before() -> None:
    client = ready_client()
    *_, violation = events = client.receive(push(job_id="next") + b"{" * (1 << 20) + b"{")
    assert names(events) == ["JobReceived", "ProtocolViolated"]
    assert isinstance(violation, ProtocolViolated) and violation.is_final and violation.code == "line_too_long"
    assert client.receive(b"\n" + push()) == []
