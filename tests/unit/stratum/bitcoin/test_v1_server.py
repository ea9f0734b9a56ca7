"""The two ends of Stratum V1 joined together: what one writes the other reads, in every style."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import (
    Answered,
    Authorized,
    AuthorizeRefused,
    Configured,
    DifficultySet,
    ExtranonceSet,
    Ignored,
    JobReceived,
    MessageShown,
    ReconnectRequested,
    Subscribed,
    SubscribeRefused,
    VersionMaskSet,
)
from mining.stratum.bitcoin.header import header
from mining.stratum.bitcoin.job import Extranonce, V1Job, decode_job
from mining.stratum.bitcoin.reasons import reason_for
from mining.stratum.bitcoin.server import (
    Authorize,
    Configure,
    ExtranonceSubscribe,
    Reply,
    Request,
    Submit,
    Subscribe,
    SuggestDifficulty,
    decode_request,
)
from mining.stratum.bitcoin.server_messages import (
    ErrorStyle,
    SubscribeShape,
    encode_call,
    encode_configured,
    encode_error,
    encode_notify,
    encode_reconnect,
    encode_result,
    encode_set_difficulty,
    encode_set_extranonce,
    encode_set_version_mask,
    encode_show_message,
    encode_subscribed,
    notify_params,
)
from mining.stratum.bitcoin.share_check import CheckedShare, ShareFault, check_share, share_key
from mining.stratum.cryptonote.server import JsonId, Malformed, RequestFault, Unknown
from tests.unit.stratum.bitcoin.v1_samples import EXTRANONCE, SESSION, only, v1_job


def read(line: bytes) -> Request:
    """What the server reads of a client's line."""
    return decode_request(line.rstrip(b"\n"))


def joined(shape: SubscribeShape = SubscribeShape.PAIRS) -> BitcoinClient:
    """A client that a server has let in."""
    client = BitcoinClient()
    request = read(client.subscribe().line)
    assert isinstance(request, Subscribe) and request.agent.startswith("MinerConsole/") and request.session_id is None
    reply = encode_subscribed(request.id, SESSION, EXTRANONCE, shape)
    assert client.receive(reply) == [Subscribed(EXTRANONCE.first, 4, SESSION, False)]
    login = read(client.authorize("wallet.rig", "p").line)
    assert isinstance(login, Authorize) and (login.user, login.password) == ("wallet.rig", "p")
    assert client.receive(encode_result(login.id, True)) == [Authorized()]
    return client


def worked(job: V1Job) -> tuple[BitcoinClient, V1Job]:
    """A joined client that got a job of difficulty 1/1024."""
    client = joined()
    _, event = client.receive(encode_set_difficulty(1 / 1024) + encode_notify(job))
    assert isinstance(event, JobReceived)
    return client, event.job


@pytest.mark.parametrize("shape", SubscribeShape)
def test_a_subscription_in_every_shape_is_understood(shape: SubscribeShape) -> None:
    assert joined(shape).is_ready


@pytest.mark.parametrize("style", ErrorStyle)
def test_refusals_in_every_style_are_understood_at_every_step(style: ErrorStyle) -> None:
    code = 24 if style in (ErrorStyle.LIST, ErrorStyle.OBJECT) else None
    client = BitcoinClient()
    reply = encode_error(read(client.subscribe().line).id, 24, "no", style)
    assert client.receive(reply) == [SubscribeRefused("no", code)]
    client = BitcoinClient()
    client.receive(encode_subscribed(read(client.subscribe().line).id, SESSION, EXTRANONCE))
    reply = encode_error(read(client.authorize("u").line).id, 24, "no", style)
    assert client.receive(reply) == [AuthorizeRefused("no", code)]
    client, job = worked(v1_job())
    request = client.submit(job, extranonce2=bytes(4), nonce=1)
    reply = encode_error(read(request.line).id, 24, "no", style)
    assert client.receive(reply) == [Answered(request.request_id, False, "no", code)]


words = st.binary(min_size=32, max_size=32)


@settings(max_examples=50, deadline=None)
@given(
    st.text(min_size=1, max_size=20).filter(lambda text: max(text) < "\ud800") | st.integers(0, 2**63),
    words,
    st.binary(min_size=1, max_size=200),
    st.lists(words, max_size=4),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=1, max_size=20),
    st.integers(0, 2**32 - 1),
)
def test_any_job_and_share_go_through_both_ends_unchanged(
    job_id: str | int, previous: bytes, part: bytes, branches: list[bytes], number: int, first: bytes, nonce: int
) -> None:
    sent = replace(
        v1_job(),
        job_id=job_id,
        previous_hash=previous,
        coinbase1=part,
        branches=tuple(branches),
        version=number,
        ntime=number // 2,
        extranonce=Extranonce(first, 3),
    )
    assert decode_job(notify_params(sent), extranonce=sent.extranonce) == sent
    client = joined()
    extranonce_set, received = client.receive(encode_set_extranonce(sent.extranonce) + encode_notify(sent))
    assert extranonce_set == ExtranonceSet(first, 3) and received == JobReceived(sent)
    submit = read(client.submit(sent, extranonce2=b"\x01\x02\x03", nonce=nonce).line)
    assert isinstance(submit, Submit) and submit.job_id == str(job_id)
    checked = check_share(submit, sent, lambda data: bytes(32))
    assert checked.fault is None and checked.is_block
    assert checked.header == header(sent, b"\x01\x02\x03", nonce=nonce)


def test_the_other_requests_and_notices_are_understood() -> None:
    client = BitcoinClient()
    configure = read(client.configure(version_mask=0x1FFFE000).line)
    assert isinstance(configure, Configure) and configure.extensions == ("version-rolling",)
    options: dict[str, bool | str] = {"version-rolling": True}
    event = only(client.receive(encode_configured(configure.id, options, version_mask=0xE000)))
    assert event == Configured(frozenset(options), (), 0xE000)
    assert client.receive(encode_set_version_mask(0x6000)) == [VersionMaskSet(0x6000)]
    client = joined()
    assert isinstance(read(client.extranonce_subscribe().line), ExtranonceSubscribe)
    suggestion = read(client.suggest_difficulty(0.5).line)
    assert isinstance(suggestion, SuggestDifficulty) and suggestion.difficulty == 0.5
    assert isinstance(only(client.receive(encode_set_difficulty(8))), DifficultySet)
    assert client.receive(encode_reconnect("h", 1, 2, has_text_port=True)) == [ReconnectRequested("h", 1, 2)]
    assert client.receive(encode_reconnect("h", 1)) == [ReconnectRequested("h", 1, 0)]
    assert client.receive(encode_reconnect()) == [ReconnectRequested(None, None, 0)]
    assert client.receive(encode_show_message("hi")) == [MessageShown("hi", None)]
    event = only(client.receive(encode_call(7, "client.get_version")))
    assert isinstance(event, Ignored)
    reply = read(event.answer)
    assert isinstance(reply, Reply) and reply.id.value == 7 and str(reply.result).startswith("MinerConsole/")


SUBMIT = Submit(JsonId(b"4", 4), "u", "8ea", "0d000000", "5321918b", "793e0e00")


@pytest.mark.parametrize(
    ("submit", "fault"),
    [
        (replace(SUBMIT, extranonce2="0d0000"), ShareFault.EXTRANONCE2),
        (replace(SUBMIT, extranonce2="0d0000zz"), ShareFault.EXTRANONCE2),
        (replace(SUBMIT, ntime="5321918"), ShareFault.NTIME),
        (replace(SUBMIT, ntime="5321918a"), ShareFault.NTIME_RANGE),
        (replace(SUBMIT, ntime="5321adac"), ShareFault.NTIME_RANGE),
        (replace(SUBMIT, nonce="0x793e0e"), ShareFault.NONCE),
        (replace(SUBMIT, nonce="793e0e0"), ShareFault.NONCE),
        (replace(SUBMIT, version_bits="00002000"), ShareFault.VERSION_BITS),
        (replace(SUBMIT, version_bits="2000"), ShareFault.VERSION_BITS),
    ],
)
def test_a_share_that_cannot_be_read_is_not_hashed(submit: Submit, fault: ShareFault) -> None:
    def never(data: bytes) -> bytes:
        raise AssertionError("hashed")

    assert check_share(submit, v1_job(), never) == CheckedShare(fault)
    assert reason_for(str(fault)).key in ("malformed", "bad_ntime")


def test_a_hash_on_the_target_counts_and_one_above_does_not() -> None:
    job = v1_job()
    on = check_share(SUBMIT, job, lambda data: job.target.to_bytes(32, "little"))
    above = check_share(SUBMIT, job, lambda data: (job.target + 1).to_bytes(32, "little"))
    assert on.fault is None and above.fault is ShareFault.LOW_DIFFICULTY and not on.is_block
    assert reason_for(str(above.fault)).key == "low_difficulty"


def test_version_bits_of_a_share_go_into_its_header() -> None:
    checked = check_share(
        replace(SUBMIT, version_bits="00002000"), v1_job(), lambda data: bytes(32), version_mask=0x1FFFE000
    )
    assert checked.fault is None and checked.header[:4].hex() == "02200000"


def test_a_share_without_version_bits_keeps_the_version_of_the_job() -> None:
    checked = check_share(SUBMIT, v1_job(version="20002002"), lambda data: bytes(32), version_mask=0x1FFFE000)
    assert checked.fault is None and checked.header[:4].hex() == "02200020"


def test_the_same_share_in_other_letters_has_the_same_key() -> None:
    assert share_key(SUBMIT) == share_key(replace(SUBMIT, extranonce2="0D000000", nonce="793E0E00"))
    assert share_key(SUBMIT) != share_key(replace(SUBMIT, nonce="793e0e01"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"x", RequestFault.NOT_JSON), (b"[1]", RequestFault.NOT_AN_OBJECT), (b"{}", RequestFault.NO_METHOD),
        (b'{"id":1,"method":5}', RequestFault.NO_METHOD), (b'{"method":"mining.submit"}', RequestFault.NO_PARAMS),
        (b'{"method":"mining.submit","params":["u",1,"0","0"]}', RequestFault.BAD_FIELD),
        (b'{"method":"mining.authorize","params":[]}', RequestFault.BAD_FIELD),
        (b'{"method":"mining.subscribe","params":[5]}', RequestFault.BAD_FIELD),
        (b'{"method":"mining.configure","params":[["x",5]]}', RequestFault.BAD_FIELD),
        (b'{"method":"mining.configure","params":[]}', RequestFault.BAD_FIELD),
        (b'{"method":"mining.suggest_difficulty","params":[true]}', RequestFault.BAD_FIELD),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_with_its_fault(line: bytes, fault: RequestFault) -> None:
    request = decode_request(line)
    assert isinstance(request, Malformed) and request.fault is fault


def test_an_unknown_method_and_the_id_of_any_type_are_kept() -> None:
    request = decode_request(b'{"id": {"a": 1.50}, "method": "mining.other", "params": 5}')
    assert isinstance(request, Unknown) and request.method == "mining.other"
    assert encode_result(request.id, None) == b'{"id":{"a": 1.50},"result":null,"error":null}\n'
