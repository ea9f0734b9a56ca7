"""The test pools judge shares as the pool types do that they stand for, seen from a bare socket."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mining.stratum.cryptonote.server_messages import JobShape
from tests.processes.stratum.raw_client import WALLET, RawClient
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool
from tests.support.pools.records import Offence, Verdict

ALL = list(presets.PRESETS.values())
Start = Callable[..., TestPool]
Connect = Callable[..., RawClient]


def _named(rows: list[Behaviour]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("behaviour", rows, ids=[row.name for row in rows])


def _offences(pool: TestPool) -> set[Offence]:
    return {violation.offence for violation in pool.violations}


# --- all types --------------------------------------------------------------------------------------------------------


@_named(ALL)
def test_a_real_share_is_accepted_and_all_others_are_not(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool, texts = start(behaviour), behaviour.texts
    client = connect(pool)
    good = client.share()
    assert client.submit(good) == "OK"
    assert not pool.violations
    assert client.submit(good | {"job_id": "unknown"}) == texts.unknown_job
    other = client.share(first=1000)
    assert client.submit(other | {"result": "00" * 32}) == texts.wrong_hash
    assert client.submit(good) == texts.duplicate
    assert [share.verdict for share in pool.shares] == [
        Verdict.ACCEPTED,
        Verdict.UNKNOWN_JOB,
        Verdict.WRONG_HASH,
        Verdict.DUPLICATE,
    ]
    assert _offences(pool) == {Offence.WRONG_HASH, Offence.DUPLICATE_SHARE}
    assert pool.accepted == 1 and pool.rejected == 3


@_named([presets.SNIPA, presets.P2POOL, presets.MININGCORE])
def test_a_true_hash_below_the_difficulty_is_refused(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour, difficulty=3, largest_difficulty=3)
    client = connect(pool)
    assert client.job["target"] == "55555555"
    assert client.submit(client.share()) == "OK"
    any_hash = client.job | {"target": "ffffffff"}
    shares = (client.share(any_hash, first=nonce) for nonce in range(2000, 3000))
    low = next(share for share in shares if int(share["result"][62:], 16) > 0x55)
    assert client.submit(low) == behaviour.texts.low_difficulty
    assert pool.shares[-1].verdict is Verdict.LOW_DIFFICULTY


@_named(ALL)
def test_every_line_in_both_directions_is_recorded(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool)
    pool.new_block()
    assert client.next_notice()["method"] == "job"
    record = pool.connections[0]
    assert [b'"login"' in line.data for line in record.requests] == [True]
    pool.wait_for(lambda _: len(record.answers) == 2)
    assert record.is_open and pool.logins[0].session_id == client.session_id
    client.socket.close()
    pool.wait_for(lambda _: record.ended == "client: closed")


@_named([presets.SNIPA, presets.MONEROOCEAN, presets.JTGRASSIE, presets.SAMMY, presets.MININGCORE])
def test_a_wrong_address_is_refused_in_the_pool_s_words(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    client = connect(start(behaviour), login=None)
    answer = client.call("login", {"login": WALLET[:-1], "pass": "x"})
    assert answer is not None and answer["error"]["message"] == behaviour.texts.bad_address
    assert client.is_closed()


# --- stale shares and bans --------------------------------------------------------------------------------------------


@_named(ALL)
def test_a_share_of_the_last_height_counts_where_templates_are_kept(
    start: Start, connect: Connect, behaviour: Behaviour
) -> None:
    pool = start(behaviour)
    client = connect(pool)
    old = client.share()
    pool.new_block()
    client.job = client.next_notice()["params"]
    assert client.submit(client.share()) == "OK"
    keeps = behaviour.templates_kept > 1
    assert client.submit(old) == ("OK" if keeps else behaviour.texts.stale)
    assert not pool.violations


def test_moneroocean_pays_less_for_a_late_share_and_nothing_for_a_later_one(start: Start, connect: Connect) -> None:
    pool = start(presets.MONEROOCEAN.but(late_s=3.0))
    client = connect(pool)
    old, older = client.share(), client.share(first=500)
    assert client.submit(client.share(first=1500)) == "OK"
    pool.new_block()
    replaced = time.monotonic()
    assert client.submit(old) == "OK"
    assert pool.shares[-1].credit < 1.0
    pool.wait_for(lambda _: time.monotonic() - replaced > 3.1)
    assert client.submit(older) == "Block outdated"


def test_moneroocean_bans_for_a_bad_first_share(start: Start, connect: Connect) -> None:
    pool = start(presets.MONEROOCEAN)
    client = connect(pool)
    assert client.submit(client.share(result="00" * 32)) == "Low difficulty share"
    assert client.is_closed()
    answer = connect(pool, login=None).call("login", {"login": WALLET, "pass": "x"})
    assert answer is not None and "suspended" in answer["error"]["message"]


def test_moneroocean_kicks_without_a_share_in_time_and_for_four_unknown_jobs(start: Start, connect: Connect) -> None:
    slow = start(presets.MONEROOCEAN.but(first_share_s=0.2))
    assert connect(slow).is_closed()
    client = connect(start(presets.MONEROOCEAN))
    good = client.share()
    for _ in range(4):
        assert client.submit(good | {"job_id": "1"}) == "Invalid job id"
    assert client.is_closed()


@_named([presets.ZONE, presets.DVANDAL])
def test_zone_and_dvandal_ban_at_once_for_a_duplicate(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour.with_ban_s(2.0))
    client = connect(pool)
    good = client.share()
    assert [client.submit(good) for _ in range(3)] == ["OK", behaviour.texts.duplicate, "your IP is banned"]
    pool.wait_for(lambda _: client.submit(good) == "Unauthenticated", 30.0)


def test_jtgrassie_and_p2pool_count_a_score(start: Start, connect: Connect) -> None:
    for behaviour, bad_shares in ((presets.JTGRASSIE, 6), (presets.P2POOL, 3)):
        client = connect(start(behaviour))
        wrong = client.share(result="00" * 32)
        texts = [client.submit(wrong | {"nonce": f"{nonce:08x}"}) for nonce in range(bad_shares)]
        assert texts == [behaviour.texts.wrong_hash] * bad_shares
        assert client.is_closed()


# --- formats ----------------------------------------------------------------------------------------------------------


def test_upper_case_hex_is_a_duplicate_at_nodejs_pools_and_noted(start: Start, connect: Connect) -> None:
    pool = start(presets.SNIPA)
    client = connect(pool)
    good = client.share(first=0xABCDEF)
    assert client.submit(good | {"nonce": good["nonce"].upper()}) == "Duplicate share"
    assert Offence.UPPER_CASE in _offences(pool)


def test_xmrig_proxy_owns_the_top_byte_of_the_nonce(start: Start, connect: Connect) -> None:
    pool = start(presets.XMRIG_PROXY)
    answer = (client := connect(pool, login=None)).log_in()
    assert "nicehash" in answer["result"]["extensions"] and client.job["blob"][84:86] == "01"
    good = client.share()
    assert client.submit(good | {"nonce": good["nonce"][:6] + "02"}) == presets.XMRIG_PROXY.texts.fixed_byte
    assert client.is_closed()


def test_requests_in_one_piece_with_the_login_are_noted(start: Start, connect: Connect) -> None:
    pool = start(presets.SNIPA)
    client = connect(pool, login=None)
    login = b'{"id":1,"method":"login","params":{"login":"' + WALLET.encode() + b'","pass":"x"}}\n'
    client.send(login + b'{"id":2,"method":"keepalived","params":{"id":"?"}}\n')
    assert client.answer() is not None
    assert {Offence.PIPELINED, Offence.BEFORE_LOGIN} <= _offences(pool)


def test_eight_byte_targets_and_requested_difficulties_are_served(start: Start, connect: Connect) -> None:
    pool = start(presets.SNIPA, target_bytes=8, difficulty=2, largest_difficulty=4)
    client = connect(pool, login=f"{WALLET}.rig+3")
    assert client.job["target"] == "5555555555555555"
    assert client.submit(client.share()) == "OK"
    assert connect(pool, login=f"{WALLET}+100").job["target"] == "ffffffffffffff3f"


def test_jobs_are_nested_and_numbered_where_the_shape_says_so(start: Start, connect: Connect) -> None:
    shape = JobShape(is_nested=True, has_number_id=True)
    pool = start(presets.SAMMY, shape=shape)
    client = connect(pool)
    pool.new_block()
    params = client.next_notice()["params"]
    assert params["id"] == client.session_id and isinstance(params["job"]["job_id"], int)
    assert client.submit(client.share(params["job"])) == "OK"


def test_rx_2_shares_are_judged_by_their_commitment(start: Start, connect: Connect) -> None:
    pool = start(presets.XMRIG_PROXY, algorithm="rx/2")
    client = connect(pool)
    good = client.share()
    assert good["result"] != good["commitment"]
    assert client.submit(good) == "OK"
    other = client.share(first=100)
    swapped = other | {"result": other["commitment"], "commitment": other["result"]}
    assert client.submit(swapped) == "Low difficulty share"
    assert pool.shares[-1].verdict is Verdict.WRONG_HASH
