"""The Stratum V1 test pools behave as the pool types do that they stand for, seen from a bare socket."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

import pytest

from tests.processes.stratum.v1_raw_client import EASY, USER, ConnectV1, StartV1, V1RawClient, header_of, offences
from tests.support.pools.certificates import Certificate
from tests.support.pools.records import Offence, Verdict
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool
from tests.unit.stratum.bitcoin.v1_samples import JOBS

ALL = list(presets.PRESETS.values())


def each(*rows: V1Behaviour) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("behaviour", rows, ids=[row.name for row in rows])


# --- all types --------------------------------------------------------------------------------------------------------


@each(*ALL)
def test_an_honest_miner_is_credited_for_each_share_at_its_difficulty(
    start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour
) -> None:
    pool = start_v1(behaviour, branches=6)
    client = connect_v1(pool)
    for number in range(12):
        assert client.submit(client.share()) == "OK"
        if number % 4 == 3:
            pool.set_difficulty(EASY * (number + 2) / 2)
            pool.new_block() if number % 8 == 3 else pool.new_job()
            client.next_job()
    assert pool.violations == []
    assert len(pool.credited) == pool.accepted == len(pool.shares) == 12
    expected = 4 * (EASY + EASY * 2.5 + EASY * 4.5)
    assert pool.credited_difficulty == pytest.approx(expected)
    assert len({share.job_id for share in pool.shares}) == 3


@each(*ALL)
def test_a_share_sent_twice_and_one_too_easy_are_refused_in_the_pools_words(
    start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour
) -> None:
    pool = start_v1(behaviour)
    client = connect_v1(pool)
    good = client.share()
    texts = [client.submit(good), client.submit(good), client.submit(client.share(is_good=False))]
    words = {
        "nsp": ["OK", "22 duplicate share", "23 low difficulty share of"],
        "ckpool": ["OK", "Duplicate", "Above target"],
        "yiimp": ["OK", "22 Duplicate share", "26 Low difficulty share"],
    }[behaviour.name]
    assert all(text.startswith(word) for text, word in zip(texts, words, strict=True)), texts
    verdicts = [share.verdict for share in pool.shares]
    assert verdicts == [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.LOW_DIFFICULTY]
    assert offences(pool) == {Offence.DUPLICATE_SHARE, Offence.LOW_DIFFICULTY}


@each(*ALL)
def test_shares_of_an_old_height_are_not_credited(
    start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour
) -> None:
    pool = start_v1(behaviour)
    client = connect_v1(pool)
    old = client.share()
    pool.new_block()
    assert client.next_job()[8] is True, "the job of a new height is clean"
    expected = {"nsp": "21 job not found", "ckpool": "Stale", "yiimp": "OK"}[behaviour.name]
    assert client.submit(old) == expected
    assert client.submit([USER, "0000", *old[2:]]) != "OK", "a job that never was"
    stale, unknown = pool.shares
    assert (stale.verdict, unknown.verdict) == (Verdict.STALE, Verdict.UNKNOWN_JOB)
    assert stale.was_praised == (behaviour.name == "yiimp") and pool.credited == []
    assert pool.violations == [], "to be late is no offence"


@each(*ALL)
def test_jobs_of_one_height_live_side_by_side(start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour) -> None:
    pool = start_v1(behaviour, jobs_kept=2)
    client = connect_v1(pool)
    first = client.share()
    pool.new_job()
    is_clean = client.next_job()[8]
    assert is_clean == (behaviour.name == "nsp")
    assert [client.submit(first), client.submit(client.share())] == ["OK", "OK"]
    second = client.share()
    pool.new_job()
    pool.new_job()
    client.submit(second)
    assert pool.shares[-1].verdict is Verdict.STALE, "only two jobs are kept"


@each(*ALL)
def test_every_line_that_could_bring_a_ban_is_written_down(
    start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour
) -> None:
    pool = start_v1(behaviour)
    for spoil, offence in (
        (lambda share: ["other.rig", *share[1:]], Offence.WRONG_WORKER),
        (lambda share: [*share[:2], share[2][:-1], *share[3:]], Offence.BAD_FORMAT),
        (lambda share: [*share[:2], "zz" * (len(share[2]) // 2), *share[3:]], Offence.BAD_FORMAT),
        (lambda share: [*share[:4], share[4][1:]], Offence.BAD_FORMAT),
        (lambda share: [*share[:3], f"{int(share[3], 16) + 1:08x}", share[4]], Offence.ROLLED_TIME),
        (lambda share: [*share[:3], share[3][1:], share[4]], Offence.BAD_FORMAT),
        (lambda share: [*share[:4], "ABCDEF00"], Offence.UPPER_CASE),
        (lambda share: share[:3], Offence.MALFORMED),
    ):
        client = connect_v1(pool)
        before = len(pool.violations)
        client.submit(spoil(client.share()))
        seen = {violation.offence for violation in pool.violations[before:]}
        assert offence in seen, (offence, seen)


@each(*ALL)
def test_lines_that_are_no_requests_close_and_are_written_down(
    start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour
) -> None:
    pool = start_v1(behaviour)
    for data, offence in (
        (b"{not json}\n", Offence.MALFORMED),
        (b"x" * (behaviour.line_limit + 1), Offence.LONG_LINE),
    ):
        client = connect_v1(pool)
        before = len(pool.violations)
        client.send(data)
        with contextlib.suppress(ValueError):  # ckpool's last words are no JSON
            assert client.is_closed()
        pool.wait_for(lambda pool: not pool.open_connections)
        assert [violation.offence for violation in pool.violations[before:]] == [offence]


@each(*ALL)
def test_unknown_methods_and_bad_ids_are_written_down(
    start_v1: StartV1, connect_v1: ConnectV1, behaviour: V1Behaviour
) -> None:
    pool = start_v1(behaviour)
    client = connect_v1(pool)
    client.read_welcome(pool)
    client.ask("login", [])
    if behaviour.name == "yiimp":
        answer = client.answer()
        assert answer is not None and answer["error"] == [20, "Not supported.", None]
    else:
        assert client.is_silent()
    client.ask("mining.submit", client.share(), id=None)
    pool.wait_for(lambda pool: len(pool.shares) == 1)
    assert offences(pool) == {Offence.UNKNOWN_METHOD, Offence.BAD_REQUEST_ID}


# --- what the pools compute -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", JOBS, ids=lambda row: row["name"])
def test_the_clients_header_is_that_of_the_published_jobs(row: dict[str, Any]) -> None:
    header = header_of(row["params"], row["extranonce1"] + row["extranonce2"]).hex()
    assert len(header) == 152
    if "header" in row:
        assert row["header"].startswith(header)
    else:
        assert row["merkle_root"] in header


def test_vardiff_finds_the_difficulty_of_a_miner(start_v1: StartV1, connect_v1: ConnectV1) -> None:
    pool = start_v1(presets.NSP, vardiff_share_s=0.5)  # a busy machine still finds more than two in a second
    client = connect_v1(pool)
    pool.wait_for(lambda pool: _mines_on(pool, client) and client.difficulty > EASY, 60.0)
    assert client.submit(client.share()) == "OK"


def _mines_on(pool: V1TestPool, client: V1RawClient) -> bool:
    client.submit(client.share())
    pool.new_job()
    client.next_job()
    return True


def test_heights_and_jobs_come_by_themselves_with_their_flags() -> None:
    behaviour = presets.YIIMP.but(difficulty=EASY)
    with V1TestPool.start(behaviour, block_s=0.2, job_s=0.05) as pool, V1RawClient(pool) as client:
        client.log_in()
        jobs = [client.next_job() for _ in range(20)]
    heights = [job[1] for job in jobs]
    assert len(set(heights)) >= 3 and len({job[0] for job in jobs}) == 20
    changed = [heights[at] != heights[at - 1] for at in range(1, 20)]
    assert [job[8] for job in jobs[1:]] == changed, "clean exactly at a new height"


def test_tls_shows_the_certificate_that_the_test_wants() -> None:
    for certificate, is_good in ((Certificate.GOOD, True), (Certificate.WRONG_NAME, False)):
        with V1TestPool.start(presets.NSP.but(difficulty=EASY), certificate=certificate) as pool:
            context = ssl.create_default_context(cafile=str(pool.ca_path))
            assert pool.url.startswith("stratum+ssl://127.0.0.1:") and len(pool.fingerprint) == 64
            if not is_good:
                with pytest.raises(ssl.SSLCertVerificationError):
                    V1RawClient(pool, tls=context)
                continue
            with V1RawClient(pool, tls=context) as client:
                client.log_in()
                assert client.submit(client.share()) == "OK"
