"""What a Stratum V1 client understands and sends, step by step."""

from __future__ import annotations

import pytest

from mining.stratum.bitcoin.answers import Subscription
from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import (
    Answered,
    Authorized,
    AuthorizeRefused,
    DifficultySet,
    ExtranonceSet,
    Ignored,
    JobReceived,
    JobRepeated,
    MessageShown,
    OptionAnswered,
    ProtocolViolated,
    Subscribed,
    SubscribeRefused,
)
from mining.stratum.bitcoin.job import Extranonce
from mining.stratum.errors import RequestTooLongError, TargetError, UseError
from tests.unit.stratum.bitcoin.v1_samples import (
    EXTRANONCE,
    SESSION,
    call,
    granted,
    kinds,
    line,
    notify,
    only,
    ready_client,
    sent,
    subscribed,
    subscribed_client,
    working_client,
)


def test_the_start_is_subscribe_then_authorize() -> None:
    client = BitcoinClient()
    first = sent(client.subscribe())
    assert first["id"] == 1 and first["method"] == "mining.subscribe" and first["params"][0].startswith("MinerConsole/")
    assert client.receive(subscribed()) == [Subscribed(EXTRANONCE.first, 4, SESSION, False)]
    second = sent(client.authorize("wallet.rig"))
    assert second == {"id": 2, "method": "mining.authorize", "params": ["wallet.rig", "x"]}
    assert client.receive(granted()) == [Authorized()] and client.is_ready


@pytest.mark.parametrize(
    ("subscriptions", "session_id"),
    [
        (["mining.notify", SESSION], SESSION),
        ([["mining.notify", SESSION]], SESSION),
        ([["mining.set_difficulty", "other"], ["mining.notify", SESSION]], SESSION),
        ([[["mining.set_difficulty", "other"], ["mining.notify", SESSION]]], SESSION),
        (["mining.set_difficulty", "other", "mining.notify", SESSION], SESSION),
        ([], None), (None, None), ("x", None), (["mining.notify"], None), (["mining.notify", 5], None),
        ([[[[[[]]]]]], None),
    ],
)  # fmt: skip
def test_the_session_id_is_found_in_every_shape(subscriptions: object, session_id: str | None) -> None:
    client = BitcoinClient()
    client.subscribe()
    event = only(client.receive(line({"id": 1, "result": [subscriptions, "1b0056e2", 4], "error": None})))
    assert event == Subscribed(EXTRANONCE.first, 4, session_id, False)


@pytest.mark.parametrize("result", [True, 5, "x", {}, [], [[], "zz", 4], [[], "1b", 0], [[], "1b", 101], [[], None, 4]])
def test_a_subscription_without_a_usable_extranonce_is_a_violation(result: object) -> None:
    client = BitcoinClient()
    client.subscribe()
    event = only(client.receive(line({"id": 1, "result": result, "error": None})))
    assert isinstance(event, ProtocolViolated) and not event.is_final and not client.is_ready


def test_a_resumed_session_is_told_by_the_same_extranonce() -> None:
    old = ready_client().subscription
    assert old == Subscription(SESSION, EXTRANONCE)
    for extranonce1, size, is_resumed in (("1b0056e2", 4, True), ("1b0056e2", 8, False), ("1b0056e3", 4, False)):
        client = BitcoinClient()
        assert sent(client.subscribe(old))["params"][1] == SESSION
        event = only(client.receive(subscribed(1, extranonce1, size)))
        assert isinstance(event, Subscribed) and event.is_resumed is is_resumed


def test_a_share_of_the_old_connection_can_be_sent_in_the_resumed_session_only() -> None:
    old, job = working_client()
    for extranonce1, can_send in (("1b0056e2", True), ("1b0056e3", False)):
        client = BitcoinClient()
        client.subscribe(old.subscription)
        client.receive(subscribed(1, extranonce1))
        client.authorize("wallet.rig")
        client.receive(granted())
        if can_send:
            assert sent(client.submit(job, extranonce2=bytes(4), nonce=1))["params"][1] == "8ea"
        else:
            with pytest.raises(UseError):
                client.submit(job, extranonce2=bytes(4), nonce=1)


REFUSALS: list[tuple[dict[str, object], str, int | None]] = [
    ({"result": None, "error": [21, "job not found", None]}, "job not found", 21),
    ({"result": None, "error": [20, "short"]}, "short", 20),
    ({"result": None, "error": {"code": 23, "message": "low"}}, "low", 23),
    ({"result": None, "error": "Stale"}, "Stale", None),
    ({"error": "Stale"}, "Stale", None),
    ({"result": False, "error": None, "reject-reason": "Above target"}, "Above target", None),
    ({"result": False, "reject-reason": "Above target"}, "Above target", None),
    ({"result": False, "error": None}, "", None),
    ({"result": None, "error": None}, "", None),
    ({"result": True, "error": [22, "duplicate share", None]}, "duplicate share", 22),
    ({"result": None, "error": ["words"]}, "words", None),
]


@pytest.mark.parametrize(("fields", "message", "code"), REFUSALS)
def test_every_kind_of_refusal_is_understood(fields: dict[str, object], message: str, code: int | None) -> None:
    client, job = working_client()
    number = client.submit(job, extranonce2=bytes(4), nonce=1).request_id
    assert client.receive(line({"id": number} | fields)) == [Answered(number, False, message, code)]
    client = subscribed_client()
    client.authorize("u")
    assert client.receive(line({"id": 2} | fields)) == [AuthorizeRefused(message, code)]
    client = BitcoinClient()
    client.subscribe()
    if fields.get("result") is not True:
        assert client.receive(line({"id": 1} | fields)) == [SubscribeRefused(message, code)]
        assert not client.is_ready


@pytest.mark.parametrize("fields", [{"result": True}, {"result": True, "error": []}, {"result": {"status": "OK"}}])
def test_every_kind_of_success_is_understood(fields: dict[str, object]) -> None:
    client, job = working_client()
    number = client.submit(job, extranonce2=bytes(4), nonce=1).request_id
    assert client.receive(line({"id": str(number)} | fields)) == [Answered(number, True, "", None)]
    assert kinds(client.receive(line({"id": number} | fields))) == [Ignored]


def test_jobs_before_the_authorization_are_given_after_it() -> None:
    client = BitcoinClient()
    client.subscribe()
    early = subscribed() + call("mining.set_difficulty", 16) + notify(job_id="a") + call("mining.set_difficulty", 32)
    assert kinds(client.receive(early)) == [Subscribed, DifficultySet, DifficultySet]
    client.authorize("u")
    assert client.receive(notify(job_id="b", clean=False)) == []
    events = client.receive(granted())
    assert kinds(events) == [Authorized, JobReceived, JobReceived]
    jobs = [event.job for event in events if isinstance(event, JobReceived)]
    assert [(job.job_id, job.difficulty) for job in jobs] == [("a", 16), ("b", 32)]


def test_a_clean_job_drops_those_held_back_before_it() -> None:
    client = subscribed_client()
    client.authorize("u")
    client.receive(notify(job_id="a") + notify(job_id="b", clean=True))
    _, received = client.receive(granted())
    assert isinstance(received, JobReceived) and received.job.job_id == "b"


def test_a_job_before_the_subscription_s_answer_is_given_too() -> None:
    client = BitcoinClient()
    client.subscribe()
    client.receive(call("mining.set_difficulty", 8) + notify() + call("mining.set_difficulty", 9) + subscribed())
    client.authorize("u")
    _, received = client.receive(granted())
    assert isinstance(received, JobReceived)
    assert received.job.difficulty == 8 and received.job.extranonce == EXTRANONCE


def test_a_difficulty_belongs_to_the_next_job() -> None:
    client, job = working_client()
    assert job.difficulty == 512
    assert kinds(client.receive(call("mining.set_difficulty", 0.5))) == [DifficultySet]
    assert client.job is job
    event = only(client.receive(notify(clean=False)))
    assert isinstance(event, JobReceived) and event.job.difficulty == 0.5 and event.job.target > job.target


def test_without_a_difficulty_it_is_1() -> None:
    event = only(ready_client().receive(notify()))
    assert isinstance(event, JobReceived) and event.job.difficulty == 1


@pytest.mark.parametrize("params", [[], [0], [-1], ["512"], [None], [True], [1e300], {}, None])
def test_an_illegal_difficulty_changes_nothing(params: object) -> None:
    client, job = working_client()
    event = only(client.receive(line({"id": None, "method": "mining.set_difficulty", "params": params})))
    assert isinstance(event, ProtocolViolated) and not event.is_final
    event = only(client.receive(notify(job_id="n")))
    assert isinstance(event, JobReceived) and event.job.target == job.target


def test_an_extranonce_belongs_to_the_next_job_even_with_the_same_id() -> None:
    client, job = working_client()
    assert client.receive(call("mining.set_extranonce", "aabb", 6)) == [ExtranonceSet(b"\xaa\xbb", 6)]
    event = only(client.receive(notify()))
    assert isinstance(event, JobReceived) and event.job.extranonce == Extranonce(b"\xaa\xbb", 6)
    assert sent(client.submit(event.job, extranonce2=bytes(6), nonce=1))["params"][2] == "00" * 6
    assert sent(client.submit(job, extranonce2=bytes(4), nonce=1))["params"][2] == "00" * 4


def test_the_same_job_again_is_told_apart() -> None:
    client, job = working_client()
    event = only(client.receive(notify(clean=False)))
    assert isinstance(event, JobRepeated) and not event.job.is_clean and client.job is job


def test_a_submit_has_the_exact_fields() -> None:
    client, job = working_client()
    request = client.submit(job, extranonce2=b"\x0d\0\0\0", nonce=0x793E0E00, ntime=0x5321918C)
    assert sent(request) == {
        "id": 3,
        "method": "mining.submit",
        "params": ["wallet.rig", "8ea", "0d000000", "5321918c", "793e0e00"],
    }


def test_what_a_pool_would_refuse_is_not_sent() -> None:
    client, job = working_client()
    for bad in ({"extranonce2": bytes(3)}, {"nonce": 1 << 32}, {"ntime": -1}, {"version_bits": 0x2000}):
        with pytest.raises(UseError):
            client.submit(job, **({"extranonce2": bytes(4), "nonce": 1} | bad))  # type: ignore[arg-type]


def test_steps_out_of_order_are_refused_here() -> None:
    client = BitcoinClient()
    with pytest.raises(UseError):
        client.authorize("u")
    with pytest.raises(UseError):
        client.extranonce_subscribe()
    with pytest.raises(UseError):
        client.suggest_difficulty(1)
    client.subscribe()
    with pytest.raises(UseError):
        client.subscribe()
    with pytest.raises(UseError):
        client.configure(version_mask=1)
    with pytest.raises(UseError):
        client.authorize("u")
    ready, job = working_client()
    ready.receive(b"x\n" * 10)
    assert not ready.is_ready
    with pytest.raises(UseError):
        ready.submit(job, extranonce2=bytes(4), nonce=1)


def test_a_worker_s_name_too_long_for_pools_is_refused_here() -> None:
    with pytest.raises(RequestTooLongError):
        subscribed_client().authorize("u" * 1000)


def test_optional_requests_that_are_never_answered_hold_up_nothing() -> None:
    client = BitcoinClient()
    client.configure(version_mask=0x1FFFE000, minimum_difficulty=64, is_extranonce_wanted=True)
    client.subscribe()
    assert kinds(client.receive(subscribed(2))) == [Subscribed]
    client.extranonce_subscribe()
    client.authorize("u")
    assert kinds(client.receive(line({"id": None, "error": [20, "Not supported.", None]}))) == [MessageShown]
    assert kinds(client.receive(granted(4))) == [Authorized]
    client.suggest_difficulty(1024)
    assert kinds(client.receive(notify())) == [JobReceived]


def test_the_answers_to_optional_requests_are_told() -> None:
    client = ready_client()
    first, second = client.extranonce_subscribe(), client.suggest_difficulty(0.5)
    assert sent(first)["params"] == [] and sent(second)["params"] == [0.5]
    refusal = line({"id": first.request_id, "result": False, "error": [20, "Not supported.", None]})
    assert client.receive(refusal + granted(second.request_id)) == [
        OptionAnswered(first.request_id, "mining.extranonce.subscribe", False, "Not supported.", 20),
        OptionAnswered(second.request_id, "mining.suggest_difficulty", True, "", None),
    ]
    with pytest.raises(TargetError):
        client.suggest_difficulty(0)


def test_a_refusal_without_a_number_refuses_the_step_that_is_waited_for() -> None:
    client = BitcoinClient()
    client.subscribe()
    assert client.receive(line({"id": None, "error": [20, "full", None]})) == [SubscribeRefused("full", 20)]
    client = subscribed_client()
    client.authorize("u")
    assert client.receive(line({"id": None, "error": "banned"})) == [AuthorizeRefused("banned", None)]
    assert ready_client().receive(line({"id": None, "error": "banned"})) == [MessageShown("banned", None)]


def test_the_tenth_violation_is_final() -> None:
    client = ready_client()
    events = client.receive(b"x\n" * 12)
    assert [event.is_final for event in events if isinstance(event, ProtocolViolated)] == [False] * 9 + [True]
    assert client.receive(notify()) == [] and not client.is_ready
