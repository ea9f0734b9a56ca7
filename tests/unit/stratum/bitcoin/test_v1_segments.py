"""How TCP cuts and glues the bytes of a Stratum V1 pool never changes what a client understands."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import Event
from tests.unit.stratum.bitcoin.v1_samples import call, granted, line, notify, subscribed, working_client

MESSAGES = (
    subscribed(),
    granted(2),
    notify(),
    notify(job_id=5, clean=False),
    call("mining.set_difficulty", 0.25),
    call("mining.set_extranonce", "aabb", 4),
    line({"id": 3, "result": True, "error": None}),
    line({"id": 4, "result": None, "error": [23, "low difficulty share", None]}),
    line({"id": None, "error": "banned"}),
    call("client.reconnect", "host", "1"),
    call("mining.ping", number=1),
    b"\r\n",
    b"garbage\n",
    notify()[:-1] + b"\r\n",
    b"x" * 5000,
)


def understood(pieces: list[bytes], *, is_ready: bool) -> list[Event]:
    """Events of a client that has sent its subscription only, or is ready and waits for answers 3 and 4."""
    if is_ready:
        client, job = working_client(line_limit=4000)
        for nonce in (1, 2):
            client.submit(job, extranonce2=bytes(4), nonce=nonce)
    else:
        client = BitcoinClient(line_limit=4000)
        client.subscribe()
    return [event for piece in pieces for event in client.receive(piece)]


@settings(max_examples=100, deadline=None)
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
