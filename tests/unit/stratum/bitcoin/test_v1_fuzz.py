"""Whatever a Stratum V1 pool or client sends, the codec gives typed values: no other exception, bounded memory."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import get_args

from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import (
    Answered,
    AuthorizeRefused,
    Configured,
    DifficultySet,
    Event,
    ExtranonceSet,
    Ignored,
    JobReceived,
    MessageShown,
    OptionAnswered,
    ProtocolViolated,
    Subscribed,
    SubscribeRefused,
)
from mining.stratum.bitcoin.header import header
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.options import VERSION_MASK
from mining.stratum.bitcoin.reasons import reason_for
from mining.stratum.bitcoin.requests import LONGEST_REQUEST
from mining.stratum.bitcoin.server import Request, decode_request
from mining.stratum.errors import RequestTooLongError, UseError
from mining.stratum.framing import LINE_LIMIT
from tests.unit.stratum.bitcoin.v1_mutator import mutations
from tests.unit.stratum.bitcoin.v1_samples import granted, line, notify, ready_client, subscribed

MIB = 1 << 20
INPUTS_PER_CLIENT = 8  # fewer than the violations after which a client reads no more


def started(chance: random.Random) -> BitcoinClient:
    """A client that is new, subscribing, authorizing, or ready and waiting for answers."""
    client, stage = BitcoinClient(), chance.random()
    if stage > 0.05:
        client.configure(version_mask=VERSION_MASK, minimum_difficulty=1)
        client.subscribe()
    if stage > 0.25:
        client.receive(subscribed(2))
        client.authorize("wallet")
    if stage > 0.5:
        client.receive(line({"id": 1, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}}))
        client.receive(granted(3) + notify(job_id="first"))
        assert client.job is not None
        client.extranonce_subscribe()
        for nonce in (1, 2, 3):
            client.submit(client.job, extranonce2=bytes(4), nonce=nonce)
    return client


def check_event(event: Event) -> None:
    """Everything for people is short and printable; everything for bytes is short enough for the other side."""
    assert type(event) in get_args(Event)
    if isinstance(event, ProtocolViolated):
        assert event.sentence.isprintable() and len(event.sentence) < 400 and event.code.isidentifier()
    elif isinstance(event, Ignored):
        assert event.sentence.isprintable() and len(event.sentence) < 400 and len(event.answer) < LONGEST_REQUEST
    elif isinstance(event, Answered | OptionAnswered | AuthorizeRefused | SubscribeRefused | MessageShown):
        assert event.message.isprintable() and len(event.message) < 400
        assert reason_for(event.message, code=event.code).key
    elif isinstance(event, DifficultySet):
        assert 0 < event.target < 1 << 256
    elif isinstance(event, Subscribed | ExtranonceSet):
        assert 1 <= len(event.extranonce1) <= 100 and 1 <= event.extranonce2_size <= 100
    elif isinstance(event, JobReceived):
        check_job(event.job)
    elif isinstance(event, Configured):
        assert event.version_mask & ~VERSION_MASK == 0 and all(words.isprintable() for _, words in event.refused)


def check_job(job: V1Job) -> None:
    """A job that got through can be mined."""
    assert len(header(job, bytes(job.extranonce.second_size))) == 80
    assert 0 < job.target < 1 << 256 and len(job.branches) <= 64


def check_client(client: BitcoinClient) -> None:
    """The client can still do what its state allows."""
    if client.job is not None:
        check_job(client.job)
        try:
            request = client.submit(client.job, extranonce2=bytes(client.job.extranonce.second_size), nonce=9)
        except RequestTooLongError:
            assert len(str(client.job.job_id)) > 200
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


def test_fifty_thousand_broken_inputs_give_typed_events_only(measured: Callable[[str], None]) -> None:
    began = time.process_time()
    seen = feed(2, 50_000)
    measured(f"50,000 inputs in {time.process_time() - began:.1f} s of CPU time, events {dict(seen)}")
    assert set(seen) == {kind.__name__ for kind in get_args(Event)}, "the mutator no longer reaches every kind of event"
    assert min(seen.values()) > 20


def test_five_thousand_broken_requests_give_typed_requests_only() -> None:
    seen = Counter(type(decode_request(data.rstrip(b"\n"))).__name__ for data in mutations(3, 5_000))
    assert set(seen) <= {kind.__name__ for kind in get_args(Request)}
    assert seen["Reply"] > 100 and seen["Unknown"] > 100 and seen["Malformed"] > 100


def test_megabytes_without_a_line_end_are_one_typed_error() -> None:
    client = ready_client()
    piece, seen, fed = b'{"id":1,' * (64 * 1024 // 8), [], 0
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        while fed < 20 * MIB:
            seen += client.receive(piece)
            fed += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (event,) = seen
    assert isinstance(event, ProtocolViolated) and event.code == "line_too_long" and event.is_final
    assert peak - before < 4 * LINE_LIMIT and not client.is_ready


def test_jobs_of_a_worker_that_is_never_authorized_do_not_add_up() -> None:
    client = BitcoinClient()
    client.subscribe()
    client.receive(subscribed())
    part = "00" * 50_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(100):
            assert client.receive(notify(job_id=number, coinbase1=part, clean=False)) == []
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MIB
