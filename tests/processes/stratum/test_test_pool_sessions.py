"""The test pools treat ids, logins, methods and sessions as the pool types do, seen from a bare socket."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.processes.stratum.line_client import QUIET_S, TIMEOUT_S
from tests.processes.stratum.raw_client import WALLET, RawClient
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool
from tests.support.pools.records import Offence

NODEJS = [presets.SNIPA, presets.ZONE, presets.DVANDAL]
Start = Callable[..., TestPool]
Connect = Callable[..., RawClient]


def _named(rows: list[Behaviour]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("behaviour", rows, ids=[row.name for row in rows])


def _offences(pool: TestPool) -> set[Offence]:
    return {violation.offence for violation in pool.violations}


# --- JSON-RPC ids -----------------------------------------------------------------------------------------------------


@_named(NODEJS)
def test_nodejs_pools_drop_the_id_zero_without_a_word(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool, login=None)
    client.ask("login", {"login": WALLET, "pass": "x"}, id=0)
    pool.wait_for(lambda pool: _offences(pool) == {Offence.BAD_REQUEST_ID})
    assert client.is_silent()
    client.log_in()


def test_jtgrassie_answers_a_text_id_with_zero(start: Start, connect: Connect) -> None:
    answer = connect(start(presets.JTGRASSIE), login=None).call("login", {"login": WALLET, "pass": "x"}, id="1")
    assert answer is not None and answer["id"] == 0 and answer["result"]["status"] == "OK"


@_named([presets.P2POOL, presets.SAMMY, presets.XMRIG_PROXY])
def test_some_pools_close_at_an_id_they_do_not_like(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool, login=None)
    client.ask("login", {"login": WALLET, "pass": "x"}, id=None)
    assert client.is_closed()
    bans = behaviour is presets.P2POOL
    assert connect(pool, login=None).is_closed(TIMEOUT_S if bans else QUIET_S) == bans, "only p2pool bans for it"


# --- logins and methods -----------------------------------------------------------------------------------------------


@_named(NODEJS)
def test_nodejs_pools_give_a_second_id_and_keep_the_first(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool)
    of_the_first = client.share()
    client.log_in()
    assert client.session_id != of_the_first["id"]
    assert client.submit(of_the_first) == "OK"
    assert _offences(pool) == {Offence.SECOND_LOGIN}


def test_moneroocean_bans_the_address_for_a_second_login(start: Start, connect: Connect) -> None:
    pool = start(presets.MONEROOCEAN.with_ban_s(2.0))
    client = connect(pool)
    answer = client.call("login", {"login": WALLET, "pass": "x"})
    assert answer is not None and answer["error"]["message"] == "No double login is allowed"
    assert client.is_closed()
    refused = connect(pool, login=None).call("login", {"login": WALLET, "pass": "x"})
    assert refused is not None and "suspended" in refused["error"]["message"]
    pool.wait_for(lambda _: _logs_in(pool), 30.0)


def _logs_in(pool: TestPool) -> bool:
    with RawClient(pool) as client:
        answer = client.call("login", {"login": WALLET, "pass": "x"})
        return answer is not None and answer.get("error") is None


@pytest.mark.parametrize("method", ["getjob", "mining.subscribe"])
def test_p2pool_bans_for_an_unknown_method(start: Start, connect: Connect, method: str) -> None:
    pool = start(presets.P2POOL)
    client = connect(pool)
    client.ask(method, {"id": client.session_id})
    assert client.is_closed()
    assert connect(pool, login=None).is_closed()
    assert _offences(pool) == {Offence.UNKNOWN_METHOD}


def test_p2pool_bans_for_a_long_line_and_for_no_login(start: Start, connect: Connect) -> None:
    pool = start(presets.P2POOL)
    client = connect(pool)
    client.send(b'{"id":2,"method":"keepalived","params":{"id":"' + b"x" * 1000 + b'"}}\n')
    assert client.is_closed()
    assert _offences(pool) == {Offence.LONG_LINE}
    impatient = start(presets.P2POOL.but(login_s=0.3))
    for _ in range(2):  # too late, then banned
        assert connect(impatient, login=None).is_closed()
    assert _offences(impatient) == {Offence.NO_LOGIN}


def test_moneroocean_closes_for_an_unknown_method_before_the_first_share_only(start: Start, connect: Connect) -> None:
    pool = start(presets.MONEROOCEAN)
    early, late = connect(pool), connect(pool)
    assert late.submit(late.share()) == "OK"
    for client in (early, late):
        answer = client.call("nothing")
        assert answer is not None and answer["error"]["message"] == "Unknown RPC method"
    assert early.is_closed() and late.is_silent()


def test_snipa_is_silent_to_unknown_methods_and_pushes_for_getjob(start: Start, connect: Connect) -> None:
    client = connect(start(presets.SNIPA))
    client.ask("nothing")
    assert client.is_silent()
    client.ask("getjob", {"id": client.session_id})
    assert client.next_notice()["params"]["job_id"] == client.job["job_id"]


def test_getjob_without_news_is_empty_at_zone_and_null_at_moneroocean(start: Start, connect: Connect) -> None:
    for behaviour, expected in ((presets.ZONE, ""), (presets.MONEROOCEAN, None)):
        client = connect(start(behaviour))
        answer = client.call("getjob", {"id": client.session_id})
        assert answer is not None
        assert (answer["result"] and answer["result"]["job_id"]) == expected


@_named([presets.P2POOL, presets.MININGCORE])
def test_p2pool_and_miningcore_never_answer_keepalived(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour)
    client = connect(pool)
    client.ask("keepalived", {"id": client.session_id})
    assert client.is_silent() and not pool.violations


def test_keepalived_with_an_unknown_id_ends_the_process_at_zone(start: Start, connect: Connect) -> None:
    pool = start(presets.ZONE)
    bystander, client = connect(pool), connect(pool)
    client.ask("keepalived", {"id": "1"})
    assert client.is_closed() and bystander.is_closed()
    assert Offence.CRASHED_THE_POOL in _offences(pool)


# --- sessions ---------------------------------------------------------------------------------------------------------


@_named(NODEJS)
def test_nodejs_pools_forget_the_idle_and_leave_the_socket_open(
    start: Start, connect: Connect, behaviour: Behaviour
) -> None:
    pool = start(behaviour.but(idle_s=1.5))
    connect(pool).share()  # from here on there is a cache, which takes seconds to make
    client = connect(pool)
    good, began = client.share(), time.monotonic()
    while time.monotonic() - began < 2.0:
        client.call("keepalived", {"id": client.session_id})
        time.sleep(0.05)  # the rhythm of the heartbeat, which is what is tested
    kept_alive = behaviour is not presets.SNIPA  # it answers keepalived and does not count it
    assert client.submit(good) == ("OK" if kept_alive else "Unauthenticated")
    assert pool.connections[-1].is_open and not pool.violations


@_named([presets.MONEROOCEAN, presets.JTGRASSIE, presets.SAMMY, presets.XMRIG_PROXY])
def test_other_pools_close_the_idle(start: Start, connect: Connect, behaviour: Behaviour) -> None:
    pool = start(behaviour.but(idle_s=0.2))
    assert connect(pool).is_closed()
    assert pool.connections[0].ended == "pool: idle"


def test_miningcore_closes_the_idle_at_the_next_job(start: Start, connect: Connect) -> None:
    pool = start(presets.MININGCORE.but(idle_s=0.05))
    client = connect(pool)
    assert client.is_silent()
    pool.new_block()
    assert client.is_closed()


@pytest.mark.parametrize("processes", [1, 2])
def test_an_id_on_another_socket_works_only_where_the_process_is_the_same(
    start: Start, connect: Connect, processes: int
) -> None:
    pool = start(presets.SNIPA.but(processes=processes))
    owner, other = connect(pool), connect(pool)
    text = other.submit(owner.share())
    assert text == ("OK" if processes == 1 else "Unauthenticated")
    assert _offences(pool) == {Offence.FOREIGN_ID, Offence.DEAD_GENERATION}


@_named([presets.MONEROOCEAN, presets.MININGCORE, presets.XMRIG_PROXY])
def test_pools_that_bind_the_session_to_the_socket_refuse_another_id(
    start: Start, connect: Connect, behaviour: Behaviour
) -> None:
    client = connect(start(behaviour))
    assert client.submit(client.share(id="another")) == behaviour.texts.unauthenticated
    closes = behaviour is presets.MONEROOCEAN
    assert client.is_closed(TIMEOUT_S if closes else QUIET_S) == closes


def test_a_share_of_a_dead_session_under_the_new_id_is_an_unknown_job_and_noted(start: Start, connect: Connect) -> None:
    pool = start(presets.SNIPA)
    old, new = connect(pool), connect(pool)
    assert new.submit(old.share() | {"id": new.session_id}) == "Invalid job id"
    assert _offences(pool) == {Offence.DEAD_GENERATION}


def test_sammy_names_the_session_for_the_worker(start: Start, connect: Connect) -> None:
    pool = start(presets.SAMMY)
    assert connect(pool).session_id == "0"
    assert connect(pool, login=f"{WALLET}.rig7").session_id == "rig7"
