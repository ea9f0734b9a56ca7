"""Whatever a pool sends, the codec gives typed events: no other exception, no hang, bounded memory."""

from __future__ import annotations

import os
import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import get_args

import pytest

from mining.stratum.cryptonote.client import LONGEST_REQUEST, CryptonoteClient
from mining.stratum.cryptonote.events import (
    Answered,
    Event,
    JobReceived,
    LoggedIn,
    LoginRefused,
    MessageIgnored,
    NoticeReceived,
    ProtocolViolated,
)
from mining.stratum.cryptonote.job import PoolJob
from mining.stratum.errors import UseError
from mining.stratum.framing import LINE_LIMIT
from mining.stratum.reasons import reason_for
from tests.unit.stratum.exchange_samples import granted
from tests.unit.stratum.wire_mutator import mutations

MIB = 1 << 20
INPUTS_PER_CLIENT = 8  # fewer than the violations after which a client reads no more


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def started(chance: random.Random) -> CryptonoteClient:
    """A client that is new, logging in, or ready and waiting for four answers."""
    client = CryptonoteClient()
    stage = chance.random()
    if stage > 0.1:
        client.login("wallet")
    if stage > 0.4:
        client.receive(granted(extensions=["algo"]))
        assert client.job is not None
        for nonce in (1, 2):
            client.submit(client.job, nonce, bytes(32))
        client.keepalived()
        client.getjob()
    return client


def check_event(event: Event) -> None:
    """Everything for people is short and printable; everything for bytes is short enough for the other side."""
    assert type(event) in get_args(Event)
    if isinstance(event, ProtocolViolated):
        assert event.sentence.isprintable() and len(event.sentence) < 400 and event.code.isidentifier()
    elif isinstance(event, MessageIgnored):
        assert event.sentence.isprintable() and len(event.sentence) < 400 and len(event.answer) < LONGEST_REQUEST
    elif isinstance(event, Answered | LoginRefused | NoticeReceived):
        assert event.message.isprintable() and len(event.message) < 400
        assert reason_for(event.message, code=event.code).key
    elif isinstance(event, JobReceived):
        check_job(event.job)
    elif isinstance(event, LoggedIn):
        assert type(event.session_id) in (str, int) and 0 < len(str(event.session_id)) <= 256
        assert all(type(name) is str for name in event.extensions)


def check_job(job: PoolJob) -> None:
    """A job that got through can be mined and its shares can be sent."""
    assert 43 <= len(job.blob) <= 407 and 0 < job.target.t64 < 1 << 64 and job.target.difficulty > 0
    assert job.nonces.count in (1 << 24, 1 << 32) and job.nonces.first + job.nonces.count <= 1 << 32
    assert len(job.seed) == 32 or not job.algorithm.startswith("rx/")


def check_client(client: CryptonoteClient) -> None:
    """The client can still do what its state allows."""
    if client.job is not None:
        check_job(client.job)
        try:
            request = client.submit(client.job, client.job.nonces.first, bytes(32), commitment=bytes(32))
        except UseError:
            assert not client.is_ready
        else:
            assert len(request.line) <= LONGEST_REQUEST


def feed(seed: int, count: int) -> Counter[str]:
    """Feed `count` broken inputs to fresh and used clients; return how often each kind of event came."""
    chance = random.Random(seed)
    inputs, seen = mutations(seed, count), Counter[str]()
    while batch := list(islice(inputs, INPUTS_PER_CLIENT)):
        client = started(chance)
        try:
            for data in batch:
                cut = chance.randrange(len(data)) if len(data) > 1 and chance.random() < 0.3 else 0
                for piece in (data[:cut], data[cut:]) if cut else (data,):
                    for event in client.receive(piece):
                        check_event(event)
                        seen[type(event).__name__] += 1
            check_client(client)
        except Exception as error:
            error.add_note(f"seed {seed}, after {seen.total()} events; the inputs of this client: {batch!r}"[:4000])
            raise
    return seen


def test_two_hundred_thousand_broken_inputs_give_typed_events_only(measured: Callable[[str], None]) -> None:
    feed(1, 5_000)  # what is allocated once
    before, began = resident_bytes(), time.process_time()
    seen = feed(2, 200_000)
    grown, took_s = resident_bytes() - before, time.process_time() - began
    measured(f"200,000 inputs in {took_s:.1f} s of CPU time, memory grew by {grown / MIB:.1f} MiB, events {dict(seen)}")
    assert set(seen) == {kind.__name__ for kind in get_args(Event)}, "the mutator no longer reaches every kind of event"
    assert min(seen.values()) > 100
    assert grown < 16 * MIB


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_five_million_broken_inputs_give_typed_events_only(measured: Callable[[str], None]) -> None:
    feed(1, 5_000)
    before, began, count = resident_bytes(), time.process_time(), 0
    for seed in range(100, 125):
        feed(seed, 200_000)
        count += 200_000
        assert resident_bytes() - before < 16 * MIB
    took_s = time.process_time() - began
    grown = resident_bytes() - before
    measured(f"{count:,} inputs in {took_s:.0f} s of CPU time, memory grew by {grown / MIB:.1f} MiB")
    assert count >= 5_000_000


@pytest.mark.parametrize("is_ready", [False, True])
def test_a_hundred_megabytes_without_a_line_end_are_one_typed_error(is_ready: bool) -> None:
    client = CryptonoteClient()
    client.login("wallet")
    if is_ready:
        client.receive(granted())
    piece, seen, fed = b'{"id":1,' * (64 * 1024 // 8), [], 0
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        while fed < 100 * 1000 * 1000:
            events = client.receive(piece)
            fed += len(piece)
            seen += [(fed, event) for event in events]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    ((at, event),) = seen
    assert isinstance(event, ProtocolViolated) and event.code == "line_too_long" and event.is_final
    assert LINE_LIMIT < at <= LINE_LIMIT + len(piece)
    assert peak - before < 4 * MIB
    assert not client.is_ready


def test_a_flood_of_single_bytes_is_bounded_too() -> None:
    limit = 100_000
    client = CryptonoteClient(line_limit=limit)
    client.login("wallet")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        events = [event for _ in range(2 * limit) for event in client.receive(b"x")]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [type(event) for event in events] == [ProtocolViolated]
    assert peak - before < 4 * limit
