"""Whatever a pool sends, the session and its source go on: no exception out of a callback, no second session left over.

The sockets are in memory: a pool of this file writes mutated exchanges into each connection that the source opens.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from mining.engine.jobs import Job, Link, Outcome, Share
from mining.engine.plan import Endpoint
from mining.engine.session import connection as connection_module
from mining.engine.session.ownership import ConnectionPlan
from mining.engine.session.pool_source import PoolSource
from mining.engine.session.timers import SessionTimers
from mining.errors import LoginRefusedError
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import SOFTWARE
from tests.unit.stratum.exchange_samples import granted, push
from tests.unit.stratum.wire_mutator import mutations

RUNS = 60
INPUTS = 12
TIMERS = SessionTimers(
    login_s=0.02, first_job_s=0.02, answer_s=0.02, replace_s=0.05, drain_s=0.02, linger_s=0.0, quiet_s=0.02,
    backoff_s=0.001, longest_backoff_s=0.004, longest_leave_s=0.004, no_job_s=0.2,
)  # fmt: skip


class Wire(asyncio.Transport):
    """The pool's end of one connection: counts logins, lets the test speak."""

    def __init__(self, protocol: asyncio.Protocol, wires: list[Wire]) -> None:
        super().__init__()
        self.protocol = protocol
        self.is_open = True
        self.logins = 0
        wires.append(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert self.is_open, "nothing is written to a closed socket"
        assert len(data) <= 1000 and bytes(data).endswith(b"\n")
        self.logins += b'"login"' in bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.is_open = False

    def hear(self, data: bytes) -> None:
        """What the pool says."""
        if self.is_open:
            self.protocol.data_received(data)


class Sink:
    """Implements SourceSink."""

    def __init__(self) -> None:
        self.job: Job | None = None

    def job_received(self, job: Job) -> None:
        self.job = job

    def jobs_invalidated(self, reason: str) -> None:
        self.job = None

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        assert endpoint and (cause is None or cause.isprintable())

    def memory_disputed(self, reason: str) -> None:
        assert reason


def plan(endpoint: Endpoint, factor: int) -> ConnectionPlan:
    behaviour = SOFTWARE["moneroocean" if endpoint.port == 1 else "snipa"]
    return ConnectionPlan(endpoint, behaviour, RenderedLogin("wallet", "x", None, "wal…et"), "rx/0")


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
            said = [data, granted(), granted() + data, push(job_id=str(number)) + data]
            wire.hear(chance.choice(said))
        if sink.job is not None and not source.is_stale(sink.job):
            share = Share(1, sink.job, sink.job.nonce_first + number, bytes(32), 0, 0.0)
            submitting.append(asyncio.create_task(source.submit(share)))
    if running.done():
        with pytest.raises(LoginRefusedError):
            running.result()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await source.close()
    await asyncio.gather(*submitting)
    assert troubles == []
    assert all(wire.logins <= 1 for wire in wires), "one login on a socket"
    assert not any(wire.is_open for wire in wires)
