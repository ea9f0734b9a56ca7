"""The Stratum V1 test pools behave as the pool types do that they stand for, seen from a bare socket."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.processes.stratum.v1_raw_client import USER, V1RawClient, header_of
from tests.support.pools.certificates import Certificate
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import Offence, Verdict
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool
from tests.unit.stratum.bitcoin.v1_samples import JOBS

ALL = list(presets.PRESETS.values())
EASY = 0.0003  # 20 hashes a share
LONG_S = 60.0
Start = Callable[..., V1TestPool]
Connect = Callable[..., V1RawClient]


def each(*rows: V1Behaviour) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("behaviour", rows, ids=[row.name for row in rows])


@pytest.fixture
def start() -> Iterator[Start]:
    """Start pools of a behaviour with changes to it; shares are easy, unless they say otherwise."""
    with ExitStack() as stack:

        def make(behaviour: V1Behaviour, **changes: object) -> V1TestPool:
            return stack.enter_context(V1TestPool.start(behaviour.but(**{"difficulty": EASY} | changes)))

        yield make


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connect bare clients, with a job unless told otherwise."""
    with ExitStack() as stack:

        def make(pool: V1TestPool, *resume: str, is_logged_in: bool = True) -> V1RawClient:
            client = stack.enter_context(V1RawClient(pool))
            if is_logged_in:
                client.log_in(*resume)
            return client

        yield make


def offences(pool: V1TestPool) -> set[Offence]:
    return {violation.offence for violation in pool.violations}


# --- all types --------------------------------------------------------------------------------------------------------


@each(*ALL)
def test_an_honest_miner_is_credited_for_each_share_at_its_difficulty(
    start: Start, connect: Connect, behaviour: V1Behaviour
) -> None:
    pool = start(behaviour, branches=6)
    client = connect(pool)
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
    start: Start, connect: Connect, behaviour: V1Behaviour
) -> None:
    pool = start(behaviour)
    client = connect(pool)
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
def test_shares_of_an_old_height_are_not_credited(start: Start, connect: Connect, behaviour: V1Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool)
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
def test_jobs_of_one_height_live_side_by_side(start: Start, connect: Connect, behaviour: V1Behaviour) -> None:
    pool = start(behaviour, jobs_kept=2)
    client = connect(pool)
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
    start: Start, connect: Connect, behaviour: V1Behaviour
) -> None:
    pool = start(behaviour)
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
        client = connect(pool)
        before = len(pool.violations)
        client.submit(spoil(client.share()))
        seen = {violation.offence for violation in pool.violations[before:]}
        assert offence in seen, (offence, seen)


@each(*ALL)
def test_lines_that_are_no_requests_close_and_are_written_down(
    start: Start, connect: Connect, behaviour: V1Behaviour
) -> None:
    pool = start(behaviour)
    for data, offence in (
        (b"{not json}\n", Offence.MALFORMED),
        (b"x" * (behaviour.line_limit + 1), Offence.LONG_LINE),
    ):
        client = connect(pool)
        before = len(pool.violations)
        client.send(data)
        with contextlib.suppress(ValueError):  # ckpool's last words are no JSON
            assert client.is_closed()
        pool.wait_for(lambda pool: not pool.open_connections)
        assert [violation.offence for violation in pool.violations[before:]] == [offence]


@each(*ALL)
def test_unknown_methods_and_bad_ids_are_written_down(start: Start, connect: Connect, behaviour: V1Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool)
    client.read_what_came()
    client.ask("login", [])
    if behaviour.name == "yiimp":
        answer = client.answer()
        assert answer is not None and answer["error"] == [20, "Not supported.", None]
    else:
        assert client.is_silent()
    client.ask("mining.submit", client.share(), id=None)
    pool.wait_for(lambda pool: len(pool.shares) == 1)
    assert offences(pool) == {Offence.UNKNOWN_METHOD, Offence.BAD_REQUEST_ID}


# --- node-stratum-pool ------------------------------------------------------------------------------------------------


def test_nsp_sends_difficulty_and_job_before_the_login(start: Start, connect: Connect) -> None:
    client = connect(start(presets.NSP), is_logged_in=False)
    answer = client.subscribe()
    assert [name for name, _ in answer["result"][0]] == ["mining.set_difficulty", "mining.notify"]
    assert [client.next_notice()["method"] for _ in range(2)] == ["mining.set_difficulty", "mining.notify"]


def test_nsp_refuses_shares_before_the_login_with_its_codes(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP)
    client = connect(pool, is_logged_in=False)
    assert client.submit([USER, "1", "00" * 4, "00" * 4, "00" * 4]) == "25 not subscribed"
    client.subscribe()
    client.next_job()
    assert client.submit(client.share()) == "24 unauthorized worker"
    assert offences(pool) == {Offence.BEFORE_LOGIN, Offence.NOT_SUBSCRIBED}


def test_nsp_takes_a_share_of_99_hundredths_and_of_the_difficulty_before(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP)
    client = connect(pool)
    pool.set_difficulty(EASY * 3)
    assert client.submit(client.share_between(EASY, EASY * 2)) == "OK", "the difficulty of the job before"
    assert client.submit(client.share_between(EASY * 0.991, EASY)) == "OK"
    assert pool.violations == []
    assert client.submit(client.share_between(EASY * 0.5, EASY * 0.989)).startswith("23 low difficulty")


def test_nsp_closes_at_the_next_job_when_nothing_was_submitted(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP, idle_s=0.4)
    idle, busy = connect(pool), connect(pool)
    began = time.monotonic()
    pool.wait_for(lambda _: time.monotonic() - began > 0.45)
    assert busy.submit(busy.share()) == "OK" and len(pool.open_connections) == 2
    pool.new_job()
    assert idle.is_closed() and not busy.is_closed(0.1)


def test_nsp_bans_without_a_word_for_too_many_invalid_shares(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP, judged_shares=4, ban_s=0.4)
    client = connect(pool)
    for _ in range(4):
        client.submit(client.share(is_good=False))
    assert client.is_closed()
    assert connect(pool, is_logged_in=False).is_closed()
    pool.wait_for(lambda _: _can_subscribe(pool), 5.0)


def _can_subscribe(pool: V1TestPool) -> bool:
    with V1RawClient(pool) as client:
        client.ask("mining.subscribe", [])
        try:
            return client.answer() is not None
        except ConnectionError:
            return False


def test_nsp_never_answers_what_it_does_not_know(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP)
    client = connect(pool, is_logged_in=False)
    client.ask("mining.configure", [["minimum-difficulty"], {"minimum-difficulty.value": 1}])
    assert client.is_silent()
    client.log_in()
    for method, params in (("mining.extranonce.subscribe", []), ("mining.suggest_difficulty", [5])):
        client.ask(method, params)
        assert client.is_silent()
    assert client.submit(client.share()) == "OK" and pool.violations == []


def test_nsp_lets_the_second_login_hold(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP)
    client = connect(pool)
    answer = client.authorize("LTestWallet.rig2")
    assert answer is not None and answer["result"] is True
    assert client.submit(["LTestWallet.rig2", *client.share()[1:]]) == "OK"
    assert offences(pool) == {Offence.SECOND_LOGIN}


# --- ckpool -----------------------------------------------------------------------------------------------------------


def test_ckpool_nests_its_subscription_and_greets(start: Start, connect: Connect) -> None:
    client = connect(start(presets.CKPOOL), is_logged_in=False)
    answer = client.subscribe()
    assert answer["result"][0] == [["mining.notify", client.session_id]] and answer["result"][2] == 8
    client.authorize()
    methods = [client.next_notice()["method"] for _ in range(3)]
    assert methods == ["mining.set_difficulty", "mining.notify", "client.show_message"]


def test_ckpool_drops_shares_of_unauthorised_clients_in_silence(start: Start, connect: Connect) -> None:
    pool = start(presets.CKPOOL)
    client = connect(pool, is_logged_in=False)
    client.subscribe()
    client.next_job()
    client.ask("mining.submit", client.share())
    assert client.is_silent()
    assert pool.shares[0].verdict is Verdict.UNAUTHENTICATED and not pool.shares[0].was_answered


def test_ckpool_refuses_a_share_beside_a_false_and_a_form_as_a_plain_text(start: Start, connect: Connect) -> None:
    client = connect(start(presets.CKPOOL))
    good = client.share()
    client.submit(good)
    answer = client.call("mining.submit", good)
    assert answer is not None and answer["result"] is False and answer["reject-reason"] == "Duplicate"
    answer = client.call("mining.submit", [*good[:2], "00", *good[3:]])
    assert answer is not None and answer["error"] == "Invalid nonce2 length"
    assert client.submit(["other.rig", *client.share()[1:]]) == "Worker mismatch"


@pytest.mark.parametrize("method", ["mining.configure", "mining.extranonce.subscribe", "mining.suggest_difficulty"])
def test_ckpool_drops_a_client_that_asks_before_it_subscribes(start: Start, connect: Connect, method: str) -> None:
    pool = start(presets.CKPOOL)
    client = connect(pool, is_logged_in=False)
    client.ask(method, [["minimum-difficulty"], {}] if method == "mining.configure" else [1])
    assert client.is_closed()
    assert offences(pool) == {Offence.NOT_SUBSCRIBED}


def test_ckpool_resumes_a_session_with_its_extranonce_and_judges_what_was_lost(start: Start, connect: Connect) -> None:
    pool = start(presets.CKPOOL)
    first = connect(pool)
    counted, lost = first.share(), first.share()
    pool.inject(FaultKind.DROP_REPLIES, seconds=LONG_S)
    first.ask("mining.submit", counted)
    pool.wait_for(lambda pool: pool.accepted == 1)
    pool.heal()
    second = connect(pool, first.session_id)
    assert second.extranonce1 != first.extranonce1, "the first connection is still there"
    first.socket.close()
    pool.wait_for(lambda pool: len(pool.open_connections) == 1)
    third = connect(pool, first.session_id)
    assert (third.extranonce1, third.session_id) == (first.extranonce1, first.session_id)
    assert [third.submit(counted), third.submit(lost)] == ["Duplicate", "OK"]
    assert pool.violations == [], "a share may be sent once more in a resumed session"
    third.submit(counted)
    assert offences(pool) == {Offence.DUPLICATE_SHARE}


@each(presets.NSP, presets.YIIMP)
def test_others_give_a_new_extranonce(start: Start, connect: Connect, behaviour: V1Behaviour) -> None:
    pool = start(behaviour)
    first = connect(pool)
    first.socket.close()
    pool.wait_for(lambda pool: not pool.open_connections)
    second = connect(pool, first.session_id)
    assert second.extranonce1 != first.extranonce1 and second.session_id != first.session_id


def test_ckpool_disconnects_after_a_time_of_only_invalid_shares(start: Start, connect: Connect) -> None:
    pool = start(presets.CKPOOL, invalid_s=0.3)
    client = connect(pool)
    assert client.submit(client.share(is_good=False)) == "Above target"
    assert client.submit(client.share()) == "OK", "a good share starts the time anew"
    began = pool.shares[-1].at
    texts = ["Above target"]
    while texts[-1] == "Above target":
        texts.append(client.submit(client.share(is_good=False)))
    assert texts[-1] == "closed" and pool.shares[-1].at - began > 0.3
    assert "continuous invalid shares" in str(client.notices[-1]["params"])


def test_ckpool_says_that_a_line_is_no_json_in_no_json(start: Start, connect: Connect) -> None:
    client = connect(start(presets.CKPOOL))
    client.read_what_came()
    client.send(b"hello\n")
    client.socket.settimeout(5.0)
    assert client.socket.recv(100) == b"Invalid JSON, disconnecting\n"


# --- yiimp ------------------------------------------------------------------------------------------------------------


def test_yiimp_sends_difficulty_and_job_after_the_login(start: Start, connect: Connect) -> None:
    client = connect(start(presets.YIIMP), is_logged_in=False)
    client.subscribe()
    assert client.is_silent()
    client.authorize()
    assert [client.next_notice()["method"] for _ in range(2)] == ["mining.set_difficulty", "mining.notify"]


def test_yiimp_has_codes_of_its_own(start: Start, connect: Connect) -> None:
    client = connect(start(presets.YIIMP))
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


def test_yiimp_tells_no_share_at_all_from_one_too_easy(start: Start, connect: Connect) -> None:
    pool = start(presets.YIIMP, difficulty=4)
    client = connect(pool)
    client.difficulty = EASY
    assert client.submit(client.share()) == "25 Invalid solution"


def test_yiimp_drops_a_second_login(start: Start, connect: Connect) -> None:
    pool = start(presets.YIIMP)
    client = connect(pool)
    client.ask("mining.authorize", [USER, "x"])
    assert client.is_closed() and offences(pool) == {Offence.SECOND_LOGIN}


def test_yiimp_grants_a_suggested_difficulty_with_the_next_job(start: Start, connect: Connect) -> None:
    pool = start(presets.YIIMP)
    client = connect(pool)
    answer = client.call("mining.suggest_difficulty", [EASY * 2])
    assert answer is not None and answer["result"] is True
    pool.new_job()
    client.next_job()
    assert client.difficulty == EASY * 2 and client.submit(client.share()) == "OK"
    assert pool.credited_difficulty == EASY * 2


# --- what the pools compute -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", JOBS, ids=lambda row: row["name"])
def test_the_clients_header_is_that_of_the_published_jobs(row: dict[str, Any]) -> None:
    header = header_of(row["params"], row["extranonce1"] + row["extranonce2"]).hex()
    assert len(header) == 152
    if "header" in row:
        assert row["header"].startswith(header)
    else:
        assert row["merkle_root"] in header


def test_vardiff_finds_the_difficulty_of_a_miner(start: Start, connect: Connect) -> None:
    pool = start(presets.NSP, vardiff_share_s=0.1)
    client = connect(pool)
    pool.wait_for(lambda pool: _mines_on(pool, client) and client.difficulty > EASY, 10.0)
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
