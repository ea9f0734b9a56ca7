"""How TCP cuts and glues the bytes of a pool never changes what a client understands."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mining.stratum.cryptonote.client import CryptonoteClient
from mining.stratum.cryptonote.events import Event
from tests.unit.stratum.exchange_samples import current_job, granted, job, line, push, refused

MESSAGES = (
    granted(extensions=["algo", "nicehash"]),
    granted(work=None),
    refused(1, "Unauthenticated"),
    refused(None, "your IP is banned"),
    push(),
    push(job_id=5, target="db6b41ef8d210000"),
    line({"jsonrpc": "2.0", "method": "job", "params": {"job": job(job_id="nested")}}),
    line({"id": 2, "error": None, "result": {"status": "OK"}}),
    line({"id": 3, "error": {"message": "Low diff share"}}),
    line({"method": "client.reconnect", "params": ["host", "1"]}),
    b"\r\n",
    b"garbage\n",
    b'{"id":1}\n',
    push()[:-1] + b"\r\n",
    b"x" * 3000,
)


def understood(pieces: list[bytes], *, is_ready: bool) -> list[Event]:
    """Events of a client that has sent its login only, or is ready and waits for answers 2 and 3."""
    client = CryptonoteClient(line_limit=2000)
    client.login("wallet")
    if is_ready:
        client.receive(granted())
        client.submit(current_job(client), 1, bytes(32))
        client.keepalived()
    return [event for piece in pieces for event in client.receive(piece)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(MESSAGES), max_size=8), st.lists(st.integers(0, 4000), max_size=12), st.booleans())
def test_the_cut_into_segments_changes_no_event(messages: list[bytes], cuts: list[int], is_ready: bool) -> None:
    data = b"".join(messages)
    ends = sorted({min(cut, len(data)) for cut in cuts})
    pieces = [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]
    assert understood(pieces, is_ready=is_ready) == understood([data], is_ready=is_ready)


def test_one_byte_at_a_time_is_understood_too() -> None:
    data = b"".join(MESSAGES)
    pieces = [data[at : at + 1] for at in range(len(data))]
    assert understood(pieces, is_ready=True) == understood([data], is_ready=True)
