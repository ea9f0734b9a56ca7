"""How long it takes to notice a pool that is no more, against what docs/PROTOCOLS.md says, with shortened timers."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

from mining.configuration.endpoints import parse_endpoint
from mining.engine.session.link import open_link
from mining.engine.session.timers import SessionTimers
from mining.stratum.profiles import SOFTWARE
from tests.processes.stratum.test_session_traps import QUICK, running
from tests.support.scripted_pool import ScriptedPool, line_of
from tests.support.source_watch import share_of

FULL = SessionTimers()
ROUND_S = 0.5  # deadlines are looked at four times a second
SLACK_S = 2.0  # of a busy machine
UNAUTHENTICATED = {"code": -1, "message": "Unauthenticated"}


async def test_a_mute_pool_is_noticed_one_heartbeat_and_one_deadline_after_its_last_word() -> None:
    assert SOFTWARE["snipa"].keepalive_every_s == 45
    assert 45 + FULL.keepalive_answer_s == 65, "the figure in the documentation"
    behaviour = replace(SOFTWARE["snipa"], keepalive_every_s=1)
    timers = replace(QUICK, keepalive_answer_s=0.5)
    async with ScriptedPool() as pool, running(pool, timers=timers, behaviours={pool.port: behaviour}) as run:
        await run.until(lambda: run.sink.is_hashing)
        began = time.monotonic()
        await run.until(lambda: any(cause and "heartbeat" in cause for _, _, cause in run.sink.links))
        took_s = time.monotonic() - began
    assert 1.5 - ROUND_S <= took_s <= 1.5 + ROUND_S + SLACK_S


async def test_the_kernel_is_told_to_notice_a_machine_that_is_gone_within_the_documented_time() -> None:
    async with ScriptedPool() as pool:
        transport, _ = await open_link(parse_endpoint(pool.url), asyncio.Protocol, timers=FULL)
        sock = transport.get_extra_info("socket")
        idle_s, every_s, count = (
            sock.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert idle_s + every_s * count == 35, "the figure in the documentation"
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
        transport.abort()


async def test_a_late_unauthenticated_for_a_share_that_was_lost_makes_a_new_session() -> None:
    timers = replace(QUICK, answer_s=0.3)
    async with ScriptedPool() as pool, running(pool, timers=timers) as run:
        await run.until(lambda: run.sink.is_hashing)
        outcome = await run.source.submit(share_of(run.sink.jobs[-1]))
        assert outcome.reason == "no_answer"
        submit = next(message for message in pool.requests if message["method"] == "submit")
        pool.say(line_of({"id": submit["id"], "jsonrpc": "2.0", "error": UNAUTHENTICATED}))
        await run.until(lambda: pool.logins == 2 and run.source.facts.generation == 2)


async def test_a_limit_of_heartbeats_makes_them_rarer_and_ends() -> None:
    behaviour = replace(SOFTWARE["generic"], keepalive_every_s=1)
    async with ScriptedPool() as pool, running(pool, behaviours={pool.port: behaviour}) as run:
        for wanted in (1, 2):
            await run.until(lambda wanted=wanted: len(beats(pool)) == wanted)
            limit = {"code": -1, "message": "Rate limit exceeded for keepalive requests"}
            pool.say(line_of({"id": beats(pool)[-1]["id"], "jsonrpc": "2.0", "error": limit}))
            await run.until(lambda wanted=wanted: pool.logins == wanted + 1)
        assert run.source._memories[0].beat_factor == 4, "four times rarer than at first"


def beats(pool: ScriptedPool) -> list[dict[str, object]]:
    """The heartbeats that a pool heard."""
    return [message for message in pool.requests if message["method"] == "keepalived"]
