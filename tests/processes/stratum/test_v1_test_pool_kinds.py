"""What only one kind of Stratum V1 pool does, seen from a bare socket: node-stratum-pool, ckpool, yiimp."""

from __future__ import annotations

import time

import pytest

from tests.processes.stratum.v1_raw_client import EASY, USER, ConnectV1, StartV1, V1RawClient, offences
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import Offence, Verdict
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool

LONG_S = 60.0


def each(*rows: V1Behaviour) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("behaviour", rows, ids=[row.name for row in rows])


# --- node-stratum-pool ------------------------------------------------------------------------------------------------


def test_nsp_sends_difficulty_and_job_before_the_login(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    client = connect_v1(start_v1(presets.NSP), is_logged_in=False)
    answer = client.subscribe()
    assert [name for name, _ in answer["result"][0]] == ["mining.set_difficulty", "mining.notify"]
    assert [client.next_notice()["method"] for _ in range(2)] == ["mining.set_difficulty", "mining.notify"]


def test_nsp_refuses_shares_before_the_login_with_its_codes(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.NSP)
    client = connect_v1(pool, is_logged_in=False)
    assert client.submit([USER, "1", "00" * 4, "00" * 4, "00" * 4]) == "25 not subscribed"
    client.subscribe()
    client.next_job()
    assert client.submit(client.share()) == "24 unauthorized worker"
    assert offences(pool) == {Offence.BEFORE_LOGIN, Offence.NOT_SUBSCRIBED}


def test_nsp_takes_a_share_of_99_hundredths_and_of_the_difficulty_before(
    start_v1: StartV1, connect_v1: ConnectV1
) -> None:
    tiny = EASY / 10  # two hashes a share, so that the narrow gap is soon met
    pool = start_v1(presets.NSP, difficulty=tiny)
    client = connect_v1(pool)
    pool.set_difficulty(tiny * 3)
    assert client.submit(client.share_between(tiny, tiny * 2)) == "OK", "the difficulty of the job before"
    assert client.submit(client.share_between(tiny * 0.991, tiny)) == "OK"
    assert pool.violations == []
    assert client.submit(client.share_between(tiny * 0.5, tiny * 0.989)).startswith("23 low difficulty")


def test_nsp_closes_at_the_next_job_when_nothing_was_submitted(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.NSP, idle_s=1.0)
    idle, busy = connect_v1(pool), connect_v1(pool)
    began = time.monotonic()
    pool.wait_for(lambda _: time.monotonic() - began > 1.05)
    assert busy.submit(busy.share()) == "OK" and len(pool.open_connections) == 2
    pool.new_job()
    assert idle.is_closed() and not busy.is_closed(0.1)


def test_nsp_bans_without_a_word_for_too_many_invalid_shares(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.NSP, judged_shares=4, ban_s=2.0)
    client = connect_v1(pool)
    for _ in range(4):
        client.submit(client.share(is_good=False))
    assert client.is_closed()
    assert connect_v1(pool, is_logged_in=False).is_closed()
    pool.wait_for(lambda _: _can_subscribe(pool), LONG_S)


def _can_subscribe(pool: V1TestPool) -> bool:
    with V1RawClient(pool) as client:
        client.ask("mining.subscribe", [])
        try:
            return client.answer() is not None
        except ConnectionError:
            return False


def test_nsp_never_answers_what_it_does_not_know(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.NSP)
    client = connect_v1(pool, is_logged_in=False)
    client.ask("mining.configure", [["minimum-difficulty"], {"minimum-difficulty.value": 1}])
    assert client.is_silent()
    client.log_in()
    for method, params in (("mining.extranonce.subscribe", []), ("mining.suggest_difficulty", [5])):
        client.ask(method, params)
        assert client.is_silent()
    assert client.submit(client.share()) == "OK" and pool.violations == []


def test_nsp_lets_the_second_login_hold(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.NSP)
    client = connect_v1(pool)
    answer = client.authorize("LTestWallet.rig2")
    assert answer is not None and answer["result"] is True
    assert client.submit(["LTestWallet.rig2", *client.share()[1:]]) == "OK"
    assert offences(pool) == {Offence.SECOND_LOGIN}


# --- ckpool -----------------------------------------------------------------------------------------------------------


def test_ckpool_nests_its_subscription_and_greets(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    client = connect_v1(start_v1(presets.CKPOOL), is_logged_in=False)
    answer = client.subscribe()
    assert answer["result"][0] == [["mining.notify", client.session_id]] and answer["result"][2] == 8
    client.authorize()
    methods = [client.next_notice()["method"] for _ in range(3)]
    assert methods == ["mining.set_difficulty", "mining.notify", "client.show_message"]


def test_ckpool_drops_shares_of_unauthorised_clients_in_silence(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.CKPOOL)
    client = connect_v1(pool, is_logged_in=False)
    client.subscribe()
    client.next_job()
    client.ask("mining.submit", client.share())
    pool.wait_for(lambda pool: len(pool.shares) == 1)
    assert client.is_silent()
    assert pool.shares[0].verdict is Verdict.UNAUTHENTICATED and not pool.shares[0].was_answered


def test_ckpool_refuses_a_share_beside_a_false_and_a_form_as_a_plain_text(
    start_v1: StartV1, connect_v1: ConnectV1
) -> None:
    client = connect_v1(start_v1(presets.CKPOOL))
    good = client.share()
    client.submit(good)
    answer = client.call("mining.submit", good)
    assert answer is not None and answer["result"] is False and answer["reject-reason"] == "Duplicate"
    answer = client.call("mining.submit", [*good[:2], "00", *good[3:]])
    assert answer is not None and answer["error"] == "Invalid nonce2 length"
    assert client.submit(["other.rig", *client.share()[1:]]) == "Worker mismatch"


@pytest.mark.parametrize("method", ["mining.configure", "mining.extranonce.subscribe", "mining.suggest_difficulty"])
def test_ckpool_drops_a_client_that_asks_before_it_subscribes(
    start_v1: StartV1, connect_v1: ConnectV1, method: str
) -> None:
    pool = start_v1(presets.CKPOOL)
    client = connect_v1(pool, is_logged_in=False)
    client.ask(method, [["minimum-difficulty"], {}] if method == "mining.configure" else [1])
    assert client.is_closed()
    assert offences(pool) == {Offence.NOT_SUBSCRIBED}


def test_ckpool_resumes_a_session_with_its_extranonce_and_judges_what_was_lost(
    start_v1: StartV1, connect_v1: ConnectV1
) -> None:
    pool = start_v1(presets.CKPOOL)
    first = connect_v1(pool)
    counted, lost = first.share(), first.share()
    pool.inject(FaultKind.DROP_REPLIES, seconds=LONG_S)
    first.ask("mining.submit", counted)
    pool.wait_for(lambda pool: pool.accepted == 1)
    pool.heal()
    second = connect_v1(pool, first.session_id)
    assert second.extranonce1 != first.extranonce1, "the first connection is still there"
    first.socket.close()
    pool.wait_for(lambda pool: len(pool.open_connections) == 1)
    third = connect_v1(pool, first.session_id)
    assert (third.extranonce1, third.session_id) == (first.extranonce1, first.session_id)
    assert [third.submit(counted), third.submit(lost)] == ["Duplicate", "OK"]
    assert pool.violations == [], "a share may be sent once more in a resumed session"
    third.submit(counted)
    assert offences(pool) == {Offence.DUPLICATE_SHARE}


@each(presets.NSP, presets.YIIMP)
def test_others_give_a_new_extranonce(start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour) -> None:
    pool = start_v1(behaviour)
    first = connect_v1(pool)
    first.socket.close()
    pool.wait_for(lambda pool: not pool.open_connections)
    second = connect_v1(pool, first.session_id)
    assert second.extranonce1 != first.extranonce1 and second.session_id != first.session_id


def test_ckpool_disconnects_after_a_time_of_only_invalid_shares(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.CKPOOL, invalid_s=0.3)
    client = connect_v1(pool)
    assert client.submit(client.share(is_good=False)) == "Above target"
    assert client.submit(client.share()) == "OK", "a good share starts the time anew"
    began = pool.shares[-1].at
    texts = ["Above target"]
    while texts[-1] == "Above target":
        texts.append(client.submit(client.share(is_good=False)))
    assert texts[-1] == "closed" and pool.shares[-1].at - began > 0.3
    assert "continuous invalid shares" in str(client.notices[-1]["params"])


def test_ckpool_says_that_a_line_is_no_json_in_no_json(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.CKPOOL)
    client = connect_v1(pool)
    client.read_welcome(pool)
    client.send(b"hello\n")
    client.socket.settimeout(LONG_S)
    assert client.socket.recv(100) == b"Invalid JSON, disconnecting\n"


# --- yiimp ------------------------------------------------------------------------------------------------------------


def test_yiimp_sends_difficulty_and_job_after_the_login(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    client = connect_v1(start_v1(presets.YIIMP), is_logged_in=False)
    client.subscribe()
    assert client.is_silent()
    client.authorize()
    assert [client.next_notice()["method"] for _ in range(2)] == ["mining.set_difficulty", "mining.notify"]


def test_yiimp_has_codes_of_its_own(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    client = connect_v1(start_v1(presets.YIIMP))
    good = client.share()
    rolled = f"{int(good[3], 16) + 1:08x}"
    texts = [
        client.submit([*good[:4], "00"]),
        client.submit([*good[:1], "ffff", *good[2:]]),
        client.submit([*good[:3], rolled, good[4]]),
        client.submit([*good[:2], "00", *good[3:]]),
        client.submit([*good[:2], "zz" * 4, *good[3:]]),
    ]
    assert texts == [
        "20 Invalid nonce size",
        "21 Invalid job id",
        "23 Invalid ntime",
        "24 Invalid extranonce2 size",
        "27 Invalid nonce2",
    ]
    assert client.submit(good) == "OK"


def test_yiimp_tells_no_share_at_all_from_one_too_easy(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.YIIMP, difficulty=4)
    client = connect_v1(pool)
    client.difficulty = EASY
    assert client.submit(client.share()) == "25 Invalid solution"


def test_yiimp_drops_a_second_login(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.YIIMP)
    client = connect_v1(pool)
    client.ask("mining.authorize", [USER, "x"])
    assert client.is_closed() and offences(pool) == {Offence.SECOND_LOGIN}


def test_yiimp_grants_a_suggested_difficulty_with_the_next_job(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.YIIMP)
    client = connect_v1(pool)
    answer = client.call("mining.suggest_difficulty", [EASY * 2])
    assert answer is not None and answer["result"] is True
    pool.new_job()
    client.next_job()
    assert client.difficulty == EASY * 2 and client.submit(client.share()) == "OK"
    assert pool.credited_difficulty == EASY * 2
