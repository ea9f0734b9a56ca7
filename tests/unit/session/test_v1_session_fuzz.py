"""Whatever a Stratum V1 pool sends, the session goes on, and each share has one outcome, also over resumptions."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from mining.engine.jobs import Outcome, Share
from mining.engine.plan import Endpoint
from mining.engine.session import connection as connection_module
from mining.engine.session.ownership import ConnectionPlan
from mining.engine.session.pool_source import PoolSource
from mining.errors import LoginRefusedError
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import SOFTWARE
from tests.unit.session.test_session_fuzz import TIMERS, Sink, Wire
from tests.unit.stratum.bitcoin.v1_mutator import mutations
from tests.unit.stratum.bitcoin.v1_samples import granted, notify, subscribed

RUNS = 60
INPUTS = 14


def plan(endpoint: Endpoint, factor: int) -> ConnectionPlan:
    behaviour = SOFTWARE[("nsp", "ckpool", "yiimp")[endpoint.port - 1]]
    return ConnectionPlan(endpoint, behaviour, RenderedLogin("wallet", "x", None, "wal…et"), "scrypt")


@pytest.mark.parametrize("seed", range(RUNS))
async def test_no_bytes_of_a_pool_break_the_session_or_the_source(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wires: list[Wire] = []
    troubles: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(context))

    async def open_link(endpoint: Endpoint, make: Any, **_: object) -> tuple[Wire, asyncio.Protocol]:
        protocol = make()
        wire = Wire(protocol, wires)
        protocol.connection_made(wire)
        return wire, protocol

    monkeypatch.setattr(connection_module, "open_link", open_link)
    chance, sink = random.Random(seed), Sink()
    endpoints = tuple(Endpoint("stratum+tcp", f"p{port}.pool.example", port) for port in (1, 2, 3))
    source = PoolSource(endpoints[: chance.randint(1, 3)], plan, timers=TIMERS, rng=random.Random(seed))
    running, submitting = asyncio.create_task(source.run(sink)), list[asyncio.Task[Outcome]]()
    for number, data in enumerate(mutations(seed, INPUTS)):
        await asyncio.sleep(0.002)
        for wire in [wire for wire in wires if wire.is_open]:
            wire.hear(subscribed(1))
            wire.hear(granted(2))
            job = notify(job_id=str(chance.randint(1, 3)), clean=chance.random() < 0.3)
            wire.hear(chance.choice([data, job, job + data, data + job]))
            if wire.is_open and chance.random() < 0.2:
                wire.is_open = False
                wire.protocol.connection_lost(None)  # shares may go on in a resumed session
        if sink.job is not None and not source.is_stale(sink.job):
            share = Share(1, sink.job, number, bytes(32), 0, 0.0)
            submitting.append(asyncio.create_task(source.submit(share)))
        if chance.random() < 0.3:
            source.request_fresh_job()
    if running.done():
        with pytest.raises(LoginRefusedError):
            running.result()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await source.close()
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*submitting)
    assert len(outcomes) == len(submitting) and troubles == []
    assert not any(wire.is_open for wire in wires)
