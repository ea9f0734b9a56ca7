"""Each fault that a test pool can have does what it says, seen from a bare socket."""

from __future__ import annotations

import contextlib
import itertools
import ssl
import time
from collections.abc import Iterator

import pytest

from tests.processes.stratum.line_client import TIMEOUT_S
from tests.processes.stratum.raw_client import WALLET, RawClient
from tests.support.pools import presets
from tests.support.pools.certificates import Certificate
from tests.support.pools.faults import Fault, FaultKind, ScheduledFault, random_schedule
from tests.support.pools.pool import TestPool
from tests.support.pools.records import Verdict

EASY = presets.SNIPA.but(difficulty=1, largest_difficulty=5)
LONG_S = 60.0
TRIES = 20


@pytest.fixture
def pool() -> Iterator[TestPool]:
    """A pool where every hash is a share."""
    with TestPool.start(EASY) as started:
        yield started


@pytest.fixture
def client(pool: TestPool) -> Iterator[RawClient]:
    """A client that is logged in."""
    with RawClient(pool) as connected:
        connected.log_in()
        yield connected


# --- answers ------------------------------------------------------------------------------------------------------


def test_forgotten_ids_are_unauthenticated_on_an_open_socket(pool: TestPool, client: RawClient) -> None:
    good = client.share()
    pool.inject(FaultKind.FORGET, seconds=0.1)
    pool.wait_for(lambda pool: pool.is_quiet)
    assert client.submit(good) == "Unauthenticated"
    assert client.is_silent() and not pool.violations


def test_unauthenticated_comes_once(pool: TestPool, client: RawClient) -> None:
    first, second = client.share(), client.share(first=500)
    pool.inject(FaultKind.UNAUTHENTICATED_ONCE)
    assert [client.submit(first), client.submit(second)] == ["Unauthenticated", "OK"]


def test_dropped_answers_are_recorded_as_such_and_a_resent_share_as_a_duplicate(
    pool: TestPool, client: RawClient
) -> None:
    good = client.share()
    pool.inject(FaultKind.DROP_REPLIES, seconds=LONG_S)
    client.ask("submit", good)
    assert client.is_silent()
    pool.wait_for(lambda pool: pool.accepted == 1)
    assert not pool.shares[0].was_answered
    pool.heal()
    assert client.submit(good) == "Duplicate share"
    assert pool.shares_of(Verdict.DUPLICATE) and len(pool.violations) == 1


def test_late_answers_come_after_younger_ones(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.LATE_REPLIES, seconds=LONG_S, delay_s=1.5)
    began = time.monotonic()
    client.ask("keepalived", {"id": client.session_id}, id=100)
    pool.wait_for(lambda pool: len(pool.connections[0].requests) == 2)
    pool.heal()
    answer = client.call("keepalived", {"id": client.session_id}, id=101)
    assert answer is not None and answer["id"] == 101
    answer = client.answer()
    assert answer is not None and answer["id"] == 100 and time.monotonic() - began > 1.45


def test_answers_can_carry_the_id_zero(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.ID_ZERO, seconds=LONG_S)
    answer = client.call("keepalived", {"id": client.session_id})
    assert answer is not None and answer["id"] == 0


def test_a_ban_is_a_text_the_end_and_no_login_for_a_while(pool: TestPool, client: RawClient) -> None:
    good = client.share()
    pool.inject(FaultKind.BAN, seconds=LONG_S, text="you are banned")
    assert client.submit(good) == "you are banned"
    assert client.is_closed()
    with RawClient(pool) as other:
        answer = other.call("login", {"login": WALLET, "pass": "x"})
        assert answer is not None and answer["error"]["message"] == "you are banned"
    pool.inject(FaultKind.BAN, seconds=0.5, text="you are banned")
    pool.wait_for(_can_log_in, LONG_S)


def _can_log_in(pool: TestPool) -> bool:
    with RawClient(pool) as client:
        answer = client.call("login", {"login": WALLET, "pass": "x"})
        return answer is not None and answer.get("error") is None


def test_logins_are_refused_at_once_or_late(pool: TestPool) -> None:
    pool.inject(FaultKind.DELAYED_LOGIN_ERROR, delay_s=0.3)
    began = time.monotonic()
    with RawClient(pool) as client:
        answer = client.call("login", {"login": WALLET, "pass": "x"})
        assert answer is not None and "too many workers" in answer["error"]["message"]
    assert time.monotonic() - began > 0.25
    pool.inject(FaultKind.REFUSE_LOGIN, seconds=LONG_S, text="Banned payment address provided")
    with RawClient(pool) as client:
        answer = client.call("login", {"login": WALLET, "pass": "x"})
        assert answer is not None and answer["error"]["message"] == "Banned payment address provided"
        assert client.is_closed()
    assert [login.refusal[:6] for login in pool.logins] == ["Tempor", "Banned"]


# --- jobs ---------------------------------------------------------------------------------------------------------


def test_jobs_come_twice_empty_and_of_another_algorithm(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.DUPLICATE_JOB)
    assert client.next_notice()["params"] == client.job
    pool.inject(FaultKind.EMPTY_JOB)
    assert client.next_notice()["params"] == {"blob": "", "job_id": "", "target": ""}
    with TestPool.start(presets.P2POOL) as other, RawClient(other) as named:
        named.log_in()
        other.inject(FaultKind.OTHER_ALGORITHM, seconds=0.1, text="cn/r")
        assert [named.next_notice()["params"]["algo"] for _ in range(2)] == ["cn/r", "rx/0"]


def test_vardiff_keeps_the_blob_and_changes_the_target(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.VARDIFF, number=5)
    job = client.next_notice()["params"]
    assert job["blob"] == client.job["blob"] and job["job_id"] != client.job["job_id"]
    assert (client.job["target"], job["target"]) == ("ffffffff", "33333333")
    assert client.submit(client.share(job)) == "OK"


def test_a_new_seed_is_served_and_judged(pool: TestPool, client: RawClient) -> None:
    old = client.share()
    pool.new_block(seed=b"\x07" * 32)
    job = client.next_notice()["params"]
    assert job["seed_hash"] == "07" * 32 != client.job["seed_hash"]
    assert [client.submit(client.share(job)), client.submit(old)] == ["OK", "OK"]


def test_a_pool_can_ask_to_reconnect(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.RECONNECT, text="127.0.0.1", number=pool.port)
    assert client.next_notice() == {
        "jsonrpc": "2.0",
        "method": "client.reconnect",
        "params": ["127.0.0.1", str(pool.port)],
    }


def test_heights_and_jobs_come_by_themselves() -> None:
    with TestPool.start(presets.P2POOL, block_s=0.2, job_s=0.05) as pool, RawClient(pool) as client:
        client.log_in()
        heights = [client.next_notice()["params"]["height"] for _ in range(20)]
    assert len(set(heights)) >= 3 and heights == sorted(heights)


# --- sockets ------------------------------------------------------------------------------------------------------


async def _make_jobs(pool: TestPool, count: int) -> None:
    """Push new jobs, in one turn of the pool's event loop."""
    for _ in range(count):
        pool.server.make_work(is_block=False)


def test_lines_come_in_pieces_or_together(pool: TestPool, client: RawClient) -> None:
    client.socket.settimeout(TIMEOUT_S)
    pool.inject(FaultKind.SPLIT, seconds=LONG_S)
    assert any(client.comes_in_pieces(pool.new_job, "job") for _ in range(TRIES)), (
        "a busy machine may join what came apart"
    )
    pool.heal()
    pool.inject(FaultKind.GLUE, seconds=LONG_S)
    with RawClient(pool) as other:
        other.log_in()
        pool.call(_make_jobs(pool, 3))
        other.socket.settimeout(TIMEOUT_S)
        assert other.socket.recv(65536).count(b"\n") == 3


def test_a_half_open_socket_takes_bytes_and_gives_none(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.HALF_OPEN)
    client.ask("keepalived", {"id": client.session_id})
    assert client.is_silent() and pool.connections[0].is_open
    assert len(pool.connections[0].requests) == 1, "only the login was read"
    assert _can_log_in(pool), "new connections are served"


def test_a_vanished_socket_ends_with_the_next_byte_sent(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.VANISH)
    assert pool.connections[0].ended == "pool: vanished"
    with contextlib.suppress(ConnectionError):  # without the right to vanish it is a reset, and comes at once
        client.ask("keepalived", {"id": client.session_id})
    assert client.is_closed()


def test_a_silent_pool_accepts_and_never_answers(pool: TestPool) -> None:
    pool.inject(FaultKind.SILENT, seconds=LONG_S)
    with RawClient(pool) as client:
        client.ask("login", {"login": WALLET, "pass": "x"})
        assert client.is_silent()
    pool.heal()
    assert _can_log_in(pool)


def test_a_flood_has_no_line_end_and_stops_with_the_connection(pool: TestPool, client: RawClient) -> None:
    pool.inject(FaultKind.FLOOD)
    client.socket.settimeout(5.0)
    received = 0
    while received < 8 << 20:
        data = client.socket.recv(1 << 20)
        assert data and b"\n" not in data
        received += len(data)
    client.socket.close()
    pool.wait_for(lambda pool: not pool.open_connections)
    assert 8 << 20 <= pool.connections[0].flooded_bytes < 100_000_000


def test_a_restart_keeps_the_port_and_forgets_the_ids(pool: TestPool, client: RawClient) -> None:
    port, good = pool.port, client.share()
    pool.inject(FaultKind.RESTART, seconds=0.1)
    assert client.is_closed()
    pool.wait_for(lambda pool: pool.is_quiet)
    assert pool.port == port
    with RawClient(pool) as other:
        other.log_in()
        assert other.submit(good) == "Unauthenticated"


def test_a_killed_pool_refuses_connections_until_it_comes_back(pool: TestPool, client: RawClient) -> None:
    pool.go_down()
    assert client.is_closed()
    with pytest.raises(ConnectionRefusedError):
        RawClient(pool)
    pool.come_back()
    assert _can_log_in(pool)


# --- TLS ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("certificate", "problem"),
    [
        (Certificate.GOOD, ""),
        (Certificate.OTHER_KEY, ""),
        (Certificate.WRONG_NAME, "mismatch"),
        (Certificate.EXPIRED, "expired"),
        (Certificate.SELF_SIGNED, "self-signed"),
    ],
)
def test_certificates_are_good_or_wrong_in_one_way(certificate: Certificate, problem: str) -> None:
    with TestPool.start(EASY, certificate=certificate) as pool:
        assert pool.url == f"stratum+ssl://127.0.0.1:{pool.port}"
        context = ssl.create_default_context(cafile=str(pool.ca_path))
        if problem:
            with pytest.raises(ssl.SSLCertVerificationError, match=problem):
                RawClient(pool, tls=context)
            pool.wait_for(lambda pool: bool(pool.connections) and not pool.open_connections)
            return
        for name in ("localhost", "127.0.0.1"):
            with RawClient(pool, tls=context, server_name=name) as client:
                client.log_in()
                assert client.submit(client.share()) == "OK"


def test_the_fingerprint_is_that_of_the_certificate_and_changes_with_it() -> None:
    with TestPool.start(EASY, certificate=Certificate.GOOD) as pool:
        before = pool.fingerprint
        pool.show_certificate(Certificate.OTHER_KEY)
        assert len(pool.fingerprint) == 64 and pool.fingerprint != before


def test_plain_text_to_a_tls_port_ends() -> None:
    with TestPool.start(EASY, certificate=Certificate.GOOD) as pool, RawClient(pool) as client:
        client.send(b"x" * 100 + b"\n")
        pool.wait_for(lambda pool: bool(pool.connections) and "SSL" in pool.connections[0].ended)


# --- schedules ----------------------------------------------------------------------------------------------------


def test_a_schedule_happens_in_its_order(pool: TestPool, client: RawClient) -> None:
    pool.play([ScheduledFault(0.2, Fault(FaultKind.EMPTY_JOB)), ScheduledFault(0.0, Fault(FaultKind.DUPLICATE_JOB))])
    assert [client.next_notice()["params"]["blob"] for _ in range(2)] == [client.job["blob"], ""]
    pool.wait_for(lambda pool: pool.is_quiet)


def test_a_seed_repeats_its_faults() -> None:
    once, again, other = random_schedule(1, 50), random_schedule(1, 50), random_schedule(2, 50)
    assert once == again != other
    assert len({entry.fault.kind for entry in once}) > 8
    assert all(0.5 <= later.at_s - entry.at_s <= 3.0 for entry, later in itertools.pairwise(once))


def test_what_fails_inside_a_pool_fails_the_test() -> None:
    with (
        pytest.raises(AssertionError, match="failed inside"),
        TestPool.start(EASY) as broken,
        RawClient(broken) as client,
    ):
        client.log_in()
        broken.play([ScheduledFault(0.0, Fault(FaultKind.VARDIFF, number=0))])  # no difficulty
        broken.wait_for(lambda pool: "TargetError" in pool.story())
