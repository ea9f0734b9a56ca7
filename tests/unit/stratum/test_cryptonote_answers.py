"""What a client understands: login replies and answers in the forms of each pool software."""

from __future__ import annotations

import pytest

from mining.stratum.cryptonote.client import CryptonoteClient
from mining.stratum.cryptonote.events import (
    Answered,
    Event,
    JobRequestAnswered,
    KeepaliveAnswered,
    LoggedIn,
    LoginRefused,
    MessageIgnored,
    NoticeReceived,
    ProtocolViolated,
)
from tests.unit.stratum.exchange_samples import current_job, granted, job, line, names, push, ready_client, refused

RESULT = bytes(32)


def replied(*data: bytes) -> list[Event]:
    """Events of a client that has sent its login, then reads `data`."""
    client = CryptonoteClient()
    client.login("wallet")
    return [event for piece in data for event in client.receive(piece)]


def judged(answer: dict[str, object], *, to: str = "submit") -> Event:
    """The one event for an answer to a share, heartbeat or job request with the id 2."""
    client = ready_client()
    if to == "submit":
        client.submit(current_job(client), 1, RESULT)
    else:
        client.keepalived() if to == "keepalived" else client.getjob()
    (event,) = client.receive(line({"id": 2, "jsonrpc": "2.0"} | answer))
    return event


# Session ids as the pools make them: Snipa, zone and dvandal, MoneroOcean, jt, p2pool, xmrig-proxy, sammy, a number.
@pytest.mark.parametrize(
    "session",
    ["1be0b7b6-b15a-47be-a17d-46b2911cf7d0", "123456789012345", "42", "f" * 32, "0000002a", "f" * 16, "0", 42],
)
def test_a_login_is_granted_with_the_session_id_of_each_pool(session: object) -> None:
    (event,) = replied(granted(session, extensions=["algo", "keepalive"]))
    assert isinstance(event, LoggedIn) and event.job is not None
    assert event.session_id is not None and event.session_id == session and type(event.session_id) is type(session)
    assert event.extensions == {"algo", "keepalive"} and event.job.session_id == session


@pytest.mark.parametrize("work", [None, {}, {"blob": "", "job_id": "", "target": ""}])
def test_a_login_may_be_granted_without_a_job(work: object) -> None:
    events = replied(granted(work=work), push())
    assert names(events) == ["LoggedIn", "JobReceived"]
    assert isinstance(events[0], LoggedIn) and events[0].job is None


@pytest.mark.parametrize("extensions", [None, "algo", {"algo": 1}, 5])
def test_extensions_that_are_no_list_are_none(extensions: object) -> None:
    (event,) = replied(granted(extensions=extensions))
    assert isinstance(event, LoggedIn) and event.extensions == frozenset()


def test_strange_entries_among_the_extensions_are_left_out() -> None:
    (event,) = replied(granted(extensions=["algo", 5, None, "", "x" * 33, ["tls"]]))
    assert isinstance(event, LoggedIn) and event.extensions == {"algo"}


def test_a_granted_login_with_an_impossible_job_says_both() -> None:
    events = replied(granted(work=job(target="00000000")))
    assert names(events) == ["LoggedIn", "ProtocolViolated"]
    assert isinstance(events[1], ProtocolViolated) and events[1].code == "bad_target" and not events[1].is_final


@pytest.mark.parametrize("result", [True, {"status": "OK"}, {"id": None, "job": {}}, {"id": "", "status": "OK"}])
def test_a_granted_login_without_a_session_id_is_a_violation(result: object) -> None:
    (event,) = replied(line({"id": 1, "error": None, "result": result}))
    assert isinstance(event, ProtocolViolated) and "session id" in event.sentence


# The error objects of most pools, p2pool (no code), jt (no result), the Bitcoin dialect, and a bare text.
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"error": {"code": -1, "message": "Invalid address"}, "result": None}, -1),
        ({"error": {"message": "Invalid address"}}, None),
        ({"error": {"code": -1, "message": "Invalid address"}}, -1),
        ({"error": [20, "Invalid address", None], "result": None}, 20),
        ({"error": "Invalid address"}, None),
        ({"error": {"code": "x", "message": "Invalid address"}}, None),
    ],
)
def test_a_refused_login_keeps_the_words_and_the_code(fields: dict[str, object], code: int | None) -> None:
    assert replied(line({"id": 1, "jsonrpc": "2.0"} | fields)) == [LoginRefused("Invalid address", code)]


@pytest.mark.parametrize("request_id", [1, "1", 0, None, "x", 99])
def test_a_refusal_while_logging_in_can_mean_the_login_only(request_id: object) -> None:
    assert replied(refused(request_id, "no")) == [LoginRefused("no", -1)]


def test_a_login_answered_with_the_id_zero_is_granted() -> None:
    assert names(replied(granted().replace(b'"id": 1,', b'"id": 0,'))) == ["LoggedIn"]


def test_a_second_login_answer_is_ignored() -> None:
    assert names(replied(granted(), granted("other"))) == ["LoggedIn", "MessageIgnored"]


@pytest.mark.parametrize(
    "answer",
    [
        {"error": None, "result": {"status": "OK"}},
        {"result": {"status": "OK"}},
        {"result": True},
        {"error": None, "result": True},
        {"error": None, "result": {}},
        {"result": {"status": "ok"}},
    ],
)
def test_a_share_is_accepted_in_the_words_of_each_pool(answer: dict[str, object]) -> None:
    assert judged(answer) == Answered(2, True, "", None)


@pytest.mark.parametrize(
    ("answer", "message", "code"),
    [
        ({"error": {"code": -1, "message": "Invalid share"}, "result": {"status": "OK"}}, "Invalid share", -1),
        ({"error": {"message": "Stale share"}}, "Stale share", None),
        ({"error": "Unauthenticated", "result": None}, "Unauthenticated", None),
        ({"error": {}}, "None", None),
        ({"error": {"message": "a\u001b[1m\nb"}}, "a?[1m?b", None),
        ({"result": {"status": "REJECTED"}}, "REJECTED", None),
        ({"result": False}, "an answer with neither error nor result: False", None),
        ({"result": None, "error": None}, "an answer with neither error nor result: None", None),
    ],
)
def test_a_share_is_refused_with_the_pool_s_words(answer: dict[str, object], message: str, code: int | None) -> None:
    assert judged(answer) == Answered(2, False, message, code)


def test_a_heartbeat_and_a_job_request_have_answers_of_their_own() -> None:
    assert judged({"result": {"status": "KEEPALIVED"}}, to="keepalived") == KeepaliveAnswered(2, True, "", None)
    lost: dict[str, object] = {"error": {"code": -1, "message": "Unauthenticated"}}
    assert judged(lost, to="keepalived") == KeepaliveAnswered(2, False, "Unauthenticated", -1)
    assert judged(lost, to="getjob") == JobRequestAnswered(2, False, "Unauthenticated", -1)


@pytest.mark.parametrize("nested", [False, True])
def test_a_job_in_the_answer_to_getjob_is_a_job(nested: bool) -> None:
    client = ready_client()
    client.getjob()
    work = job(job_id="next")
    events = client.receive(line({"id": 2, "error": None, "result": {"job": work} if nested else work}))
    assert names(events) == ["JobRequestAnswered", "JobReceived"] and current_job(client).job_id == "next"


def test_answers_may_come_in_any_order_between_jobs() -> None:
    client = ready_client()
    first = client.submit(current_job(client), 1, RESULT).request_id
    second = client.submit(current_job(client), 2, RESULT).request_id
    data = refused(second, "Block expired") + push(job_id="next") + line({"id": first, "result": {"status": "OK"}})
    events = client.receive(data)
    assert names(events) == ["Answered", "JobReceived", "Answered"]
    assert [event.request_id for event in events if isinstance(event, Answered)] == [second, first]


def test_an_answer_counts_once() -> None:
    client = ready_client()
    client.submit(current_job(client), 1, RESULT)
    ok = line({"id": 2, "result": {"status": "OK"}})
    assert names(client.receive(ok + ok)) == ["Answered", "MessageIgnored"]


@pytest.mark.parametrize("request_id", [0, None, 77, "x", True, [1], 1 << 80])
def test_a_refusal_of_no_request_of_ours_is_a_notice(request_id: object) -> None:
    client = ready_client()
    assert client.receive(refused(request_id, "your IP is banned")) == [NoticeReceived("your IP is banned", -1)]
    (event,) = client.receive(line({"id": request_id, "result": {"status": "OK"}}))
    assert isinstance(event, MessageIgnored)


def test_requests_that_are_never_answered_do_not_add_up() -> None:
    client = ready_client()
    for _ in range(6000):
        client.keepalived()
    answers = b"".join(line({"id": number, "result": {"status": "KEEPALIVED"}}) for number in range(2, 6002))
    assert names(client.receive(answers)) == ["MessageIgnored"] * (6000 - 4096) + ["KeepaliveAnswered"] * 4096
