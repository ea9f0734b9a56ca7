"""Each fault that a Stratum V1 test pool can have does what it says, seen from a bare socket."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.processes.stratum.v1_raw_client import USER, V1RawClient
from tests.support.pools.faults import Fault, FaultKind, ScheduledFault, random_schedule
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.mischief import RANDOM_V1_FAULTS
from tests.support.pools.v1.pool import V1TestPool

EASY = 0.0003
LONG_S = 60.0
TRIES = 20


@pytest.fixture
def pool() -> Iterator[V1TestPool]:
    """A pool of the node-stratum-pool kind, with easy shares and jobs that let older ones live."""
    with V1TestPool.start(presets.NSP.but(difficulty=EASY, is_always_clean=False)) as started:
        yield started


@pytest.fixture
def client(pool: V1TestPool) -> Iterator[V1RawClient]:
    """A client with a job."""
    with V1RawClient(pool) as connected:
        connected.log_in()
        yield connected


def can_mine(pool: V1TestPool) -> bool:
    """Whether a new client is credited."""
    try:
        with V1RawClient(pool) as client:
            client.log_in()
            return client.submit(client.share()) == "OK"
    except (AssertionError, ConnectionError):
        return False


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [(presets.NSP, "24 unauthorized worker"), (presets.CKPOOL, "silence"), (presets.YIIMP, "24 Unauthorized worker")],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_forgotten_worker_has_an_open_socket_and_no_credit(behaviour: V1Behaviour, answer: str) -> None:
    with V1TestPool.start(behaviour.but(difficulty=EASY)) as pool, V1RawClient(pool) as client:
        client.log_in()
        client.read_welcome(pool)
        pool.inject(FaultKind.FORGET, seconds=0.1)
        pool.wait_for(lambda pool: pool.is_quiet)
        client.ask("mining.submit", client.share())
        if answer == "silence":
            assert client.is_silent()
        else:
            refused = client.answer()
            assert refused is not None and f"{refused['error'][0]} {refused['error'][1]}" == answer
        pool.new_job()
        assert client.is_silent(), "it is sent no jobs"
        assert pool.open_connections and not pool.credited and pool.violations == []


def test_unauthorized_comes_once(pool: V1TestPool, client: V1RawClient) -> None:
    pool.inject(FaultKind.UNAUTHENTICATED_ONCE)
    assert [client.submit(client.share()) for _ in range(2)] == ["24 unauthorized worker", "OK"]


def test_answers_are_dropped_late_or_carry_the_id_zero(pool: V1TestPool, client: V1RawClient) -> None:
    pool.inject(FaultKind.DROP_REPLIES, seconds=LONG_S)
    client.ask("mining.submit", client.share())
    pool.wait_for(lambda pool: pool.accepted == 1)
    assert client.is_silent() and not pool.shares[0].was_answered
    pool.heal()
    pool.inject(FaultKind.LATE_REPLIES, seconds=LONG_S, delay_s=0.3)
    began = time.monotonic()
    assert client.submit(client.share()) == "OK" and time.monotonic() - began > 0.25
    pool.heal()
    pool.inject(FaultKind.ID_ZERO, seconds=LONG_S)
    answer = client.call("mining.submit", client.share())
    assert answer is not None and answer["id"] == 0 and answer["result"] is True


def test_a_ban_is_silent_or_has_words_and_ends(pool: V1TestPool, client: V1RawClient) -> None:
    pool.inject(FaultKind.BAN, seconds=LONG_S, text="IP banned")
    assert client.submit(client.share()) == "0 IP banned"
    assert client.is_closed()
    pool.heal()
    assert can_mine(pool)
    pool.inject(FaultKind.BAN, seconds=LONG_S)
    assert not pool.open_connections
    with V1RawClient(pool) as other:
        assert other.is_closed()
    pool.inject(FaultKind.BAN, seconds=0.3)
    pool.wait_for(can_mine, LONG_S)


def test_a_login_is_refused_bare_in_words_or_late(pool: V1TestPool) -> None:
    pool.inject(FaultKind.REFUSE_LOGIN, seconds=LONG_S)
    with V1RawClient(pool) as client:
        client.subscribe()
        answer = client.authorize()
        assert answer is not None and answer["result"] is False and answer["error"] is None
    pool.heal()
    pool.inject(FaultKind.DELAYED_LOGIN_ERROR, delay_s=0.3, text="Authorization failed")
    began = time.monotonic()
    with V1RawClient(pool) as client:
        client.subscribe()
        answer = client.authorize()
        assert answer is not None and answer["error"][1] == "Authorization failed"
    assert time.monotonic() - began > 0.25
    assert [login.refusal for login in pool.logins] == ["false", "Authorization failed"]
    assert can_mine(pool)


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_a_job_comes_twice_and_is_one_job(pool: V1TestPool, client: V1RawClient) -> None:
    first, good = client.job, client.share()
    pool.inject(FaultKind.DUPLICATE_JOB)
    assert client.next_job() == first
    assert [client.submit(good), client.submit(good), client.submit(client.share())] == [
        "OK", "22 duplicate share", "OK",
    ]  # fmt: skip


def test_jobs_that_cannot_be_mined_come_and_harm_nothing(pool: V1TestPool, client: V1RawClient) -> None:
    good = client.share()
    pool.inject(FaultKind.EMPTY_JOB)
    assert client.next_notice()["params"] == []
    jobs = []
    for number in range(6):
        pool.inject(FaultKind.GARBAGE_JOB, number=number)
        jobs.append(client.next_notice()["params"])
    assert all(job != client.job and len(job) == 9 for job in jobs) and len({str(job) for job in jobs}) == 6
    assert client.submit(good) == "OK"


def test_vardiff_comes_with_a_new_job_or_with_the_same(pool: V1TestPool, client: V1RawClient) -> None:
    old, first = client.share(), client.job
    pool.inject(FaultKind.VARDIFF, difficulty=EASY * 2)
    assert client.next_job()[0] != first[0] and client.difficulty == EASY * 2
    assert [client.submit(old), client.submit(client.share())] == ["OK", "OK"]
    easier, second = client.share(), client.job
    pool.inject(FaultKind.SAME_JOB_VARDIFF, difficulty=EASY * 4)
    assert client.next_job() == second and client.difficulty == EASY * 4
    assert [client.submit(easier), client.submit(client.share())] == ["OK", "OK"]
    assert pool.violations == []
    assert pool.credited_difficulty >= EASY * (1 + 2 + 2 + 4) * 0.999


def test_a_new_extranonce_holds_from_the_next_job_on(pool: V1TestPool, client: V1RawClient) -> None:
    old, before = client.share(), client.extranonce1
    pool.inject(FaultKind.SET_EXTRANONCE, number=3)
    client.next_job()
    assert client.extranonce1 != before and client.size == 3
    assert [client.submit(old), client.submit(client.share())] == ["OK", "OK"]
    same, job = client.extranonce1, client.job
    pool.inject(FaultKind.SET_EXTRANONCE, text="the same job")
    assert client.next_job() == job and client.extranonce1 != same
    assert client.submit(client.share()) == "OK"
    assert pool.violations == []


def test_a_pool_calls_and_says_what_it_likes(pool: V1TestPool, client: V1RawClient) -> None:
    pool.inject(FaultKind.RECONNECT, text="127.0.0.1", number=pool.port, delay_s=2)
    pool.inject(FaultKind.RECONNECT)
    pool.inject(FaultKind.SHOW_MESSAGE, text="tonight")
    pool.inject(FaultKind.GET_VERSION)
    pool.inject(FaultKind.PING)
    notices = [client.next_notice() for _ in range(5)]
    assert [notice["method"] for notice in notices] == [
        "client.reconnect", "client.reconnect", "client.show_message", "client.get_version", "mining.ping",
    ]  # fmt: skip
    assert [notice["params"] for notice in notices[:3]] == [["127.0.0.1", pool.port, 2], [], ["tonight"]]
    ids = [notice["id"] for notice in notices[3:]]
    assert ids == sorted(set(ids)) and None not in ids
    for number in ids:
        client.send({"id": number, "result": "pong", "error": None})
    assert client.is_silent() and pool.violations == [], "answers are no requests"


# --- sockets ----------------------------------------------------------------------------------------------------------


def test_lines_come_in_pieces_or_together(pool: V1TestPool, client: V1RawClient) -> None:
    client.socket.settimeout(5.0)
    pool.inject(FaultKind.SPLIT, seconds=LONG_S)
    assert any(client.comes_in_pieces(pool.new_job, "mining.notify") for _ in range(TRIES)), (
        "a busy machine may join what came apart"
    )
    pool.heal()
    pool.inject(FaultKind.GLUE, seconds=LONG_S)
    with V1RawClient(pool) as other:
        other.socket.settimeout(5.0)
        other.ask("mining.subscribe", [])
        assert other.socket.recv(65536).count(b"\n") == 3, "answer, difficulty and job"


def test_sockets_are_half_open_gone_or_mute(pool: V1TestPool, client: V1RawClient) -> None:
    pool.inject(FaultKind.HALF_OPEN)
    client.ask("mining.submit", client.share())
    assert client.is_silent() and not pool.shares and can_mine(pool)
    with V1RawClient(pool) as other:
        other.log_in()
        pool.inject(FaultKind.VANISH)
        assert pool.connections[-1].ended == "pool: vanished"
    pool.inject(FaultKind.SILENT, seconds=LONG_S)
    with V1RawClient(pool) as mute:
        mute.ask("mining.subscribe", [])
        assert mute.is_silent()
    pool.heal()
    assert can_mine(pool)


def test_a_restart_keeps_the_port_and_forgets_the_workers(pool: V1TestPool, client: V1RawClient) -> None:
    port = pool.port
    pool.inject(FaultKind.RESTART, seconds=0.1)
    assert client.is_closed()
    pool.wait_for(lambda pool: pool.is_quiet)
    assert pool.port == port and can_mine(pool)
    pool.go_down()
    with pytest.raises(ConnectionRefusedError):
        V1RawClient(pool)
    pool.come_back()
    assert can_mine(pool)


def test_a_flood_has_no_line_end_and_ends_with_the_connection(pool: V1TestPool, client: V1RawClient) -> None:
    pool.inject(FaultKind.FLOOD, number=1 << 20)
    client.socket.settimeout(5.0)
    received = 0
    while received < 1 << 20:
        data = client.socket.recv(1 << 20)
        assert data and b"\n" not in data
        received += len(data)


# --- many -------------------------------------------------------------------------------------------------------------


def test_a_schedule_of_every_fault_leaves_the_pool_whole(pool: V1TestPool) -> None:
    pool.play([ScheduledFault(0.02 * number, fault) for number, fault in enumerate(RANDOM_V1_FAULTS)])
    pool.wait_for(lambda pool: pool.is_quiet, LONG_S)
    pool.heal()
    assert can_mine(pool) and len(pool.credited) == 1
    assert random_schedule(3, 20, faults=RANDOM_V1_FAULTS) == random_schedule(3, 20, faults=RANDOM_V1_FAULTS)


def test_what_fails_inside_a_pool_fails_the_test() -> None:
    with (
        pytest.raises(AssertionError, match="failed inside"),
        V1TestPool.start(presets.NSP) as broken,
        V1RawClient(broken) as client,
    ):
        client.log_in()
        broken.play([ScheduledFault(0.0, Fault(FaultKind.VARDIFF, difficulty=-1.0))])
        broken.wait_for(lambda pool: "TargetError" in pool.story())


def test_the_users_name_is_in_the_records(pool: V1TestPool, client: V1RawClient) -> None:
    client.submit(client.share())
    login, share = pool.logins[0], pool.credited[0]
    assert (login.login, login.agent, login.difficulty) == (USER, "raw/1", EASY)
    assert (share.worker, share.session_id, share.difficulty) == (USER, client.session_id, EASY)
