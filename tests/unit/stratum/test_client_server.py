"""The two ends of the CryptoNote wire joined together: what one writes the other reads, in every shape."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.cryptonote.client import CryptonoteClient
from mining.stratum.cryptonote.events import (
    Answered,
    EmptyJobReceived,
    JobReceived,
    JobRequestAnswered,
    KeepaliveAnswered,
    LoggedIn,
    LoginRefused,
    ReconnectRequested,
)
from mining.stratum.cryptonote.job import PoolJob
from mining.stratum.cryptonote.nonces import nonce_from_hex
from mining.stratum.cryptonote.server import GetJob, KeepAlived, Login, Submit, decode_request, result_from_hex
from mining.stratum.cryptonote.server_messages import (
    EMPTY_JOB,
    JobOffer,
    JobShape,
    ReplyStyle,
    encode_error,
    encode_job,
    encode_login,
    encode_notice,
    encode_reconnect,
    encode_result,
    encode_status,
    job_object,
    target_text,
)

BLOB = b"\x10\x10" + bytes(range(37)) + bytes(4) + bytes(range(33))
SEED, NEXT_SEED = b"\x01" * 32, b"\x02" * 32
OFFER = JobOffer("12", BLOB, target_text(10_000), height=9, seed=SEED, next_seed=NEXT_SEED, session_id="s")
STYLES = [
    ReplyStyle(code, *switches)
    for code in (-1, None)
    for switches in product((True, False), (True, False), (True, False))
]


def _logged_in(style: ReplyStyle = STYLES[0]) -> tuple[CryptonoteClient, PoolJob]:
    client = CryptonoteClient()
    request = decode_request(client.login("WALLET", "x", rig_id="rig", hashrates_hps={"rx/0": 5.0}).rstrip(b"\n"))
    assert isinstance(request, Login)
    assert (request.login, request.password, request.rig_id) == ("WALLET", "x", "rig")
    assert request.algorithms == ("rx/0",) and request.rates_hps == {"rx/0": 5.0}
    reply = encode_login(request.id, "s", job_object(OFFER), extensions=["algo"], style=style)
    (event,) = client.receive(reply)
    assert isinstance(event, LoggedIn) and event.session_id == "s" and event.job is not None
    return client, event.job


@pytest.mark.parametrize("style", STYLES)
def test_answers_in_every_style_are_understood(style: ReplyStyle) -> None:
    client, job = _logged_in(style)
    first, second = client.submit(job, 77, b"\xab" * 32), client.keepalived()
    share, beat = decode_request(first.line), decode_request(second.line)
    assert isinstance(share, Submit) and isinstance(beat, KeepAlived)
    assert (share.session_id, share.job_id, share.algorithm) == ("s", "12", "rx/0")
    assert nonce_from_hex(share.nonce) == 77 and result_from_hex(share.result) == b"\xab" * 32
    answers = client.receive(encode_status(beat.id, "KEEPALIVED", style) + encode_error(share.id, "no", style))
    assert answers == [
        KeepaliveAnswered(second.request_id, True, "", None),
        Answered(first.request_id, False, "no", style.error_code),
    ]


@pytest.mark.parametrize("style", STYLES)
def test_a_refused_login_is_understood_in_every_style(style: ReplyStyle) -> None:
    client = CryptonoteClient()
    request = decode_request(client.login("WALLET"))
    assert client.receive(encode_error(request.id, "bad", style)) == [LoginRefused("bad", style.error_code)]


@given(
    shape=st.builds(JobShape, *[st.booleans()] * 7),
    difficulty=st.integers(1, 4_000_000),
    target_bytes=st.sampled_from([None, 4, 8]),
)
def test_a_job_of_every_shape_is_understood(shape: JobShape, difficulty: int, target_bytes: int | None) -> None:
    client, _ = _logged_in()
    target = target_text(difficulty, target_bytes=target_bytes)
    offer = JobOffer("13", BLOB, target, height=10, seed=SEED, next_seed=NEXT_SEED, session_id="s")
    events = client.receive(encode_job(offer, shape))
    if not shape.has_seed:  # nothing can be hashed without it
        assert client.job is not None and client.job.job_id == "12"
        return
    (event,) = events
    assert isinstance(event, JobReceived)
    assert event.job.job_id == (13 if shape.has_number_id else "13")
    assert event.job.target.compact == target and event.job.seed == SEED
    assert event.job.height == (10 if shape.has_height else None)
    share = decode_request(client.submit(event.job, 5, bytes(32)).line)
    assert isinstance(share, Submit) and share.job_id == "13"


def test_notices_and_answers_to_getjob_are_understood() -> None:
    client, _ = _logged_in()
    assert client.receive(encode_notice("job", EMPTY_JOB)) == [EmptyJobReceived()]
    (event,) = client.receive(encode_reconnect("pool.example", 3333))
    assert isinstance(event, ReconnectRequested)
    request = decode_request(client.getjob().line)
    assert isinstance(request, GetJob)
    offer = JobOffer("14", BLOB, target_text(5), height=11, seed=SEED, session_id="s")
    answered, received = client.receive(encode_result(request.id, job_object(offer)))
    assert isinstance(answered, JobRequestAnswered) and isinstance(received, JobReceived)
