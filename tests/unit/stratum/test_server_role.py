"""The server's side of the CryptoNote wire: what it reads from a client's line, and the exact bytes it writes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.cryptonote.server import (
    NO_ID,
    GetJob,
    JsonId,
    KeepAlived,
    Login,
    Malformed,
    RequestFault,
    Submit,
    Unknown,
    decode_request,
    result_from_hex,
)
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
from mining.stratum.errors import MessageError, TargetError

LOGIN = (
    b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"WALLET","pass":"x","agent":"name/1.0","rigid":"rig1",'
    b'"algo":["rx/0"],"algo-perf":{"rx/0":950.0},"algo-min-time":60}}'
)
SUBMIT = (
    b'{"id":7,"jsonrpc":"2.0","method":"submit","params":{"id":"s","job_id":"j","nonce":"d0030040","result":"'
    + b"ab" * 32
    + b'","algo":"rx/0"}}'
)
SEVEN = JsonId(b"7", 7)
OFFER = JobOffer("12", bytes.fromhex("1010ff"), "b88d0600", height=9, seed=b"\x01\x02", session_id="s")


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_login_is_read_with_all_its_fields() -> None:
    assert decode_request(LOGIN) == Login(
        JsonId(b"1", 1), "WALLET", "x", "name/1.0", "rig1", ("rx/0",), {"rx/0": 950.0}
    )


def test_a_login_without_a_password_is_told_from_an_empty_one() -> None:
    absent = decode_request(b'{"id":1,"method":"login","params":{"login":"W"}}')
    empty = decode_request(b'{"id":1,"method":"login","params":{"login":"W","pass":""}}')
    assert isinstance(absent, Login) and absent.password is None
    assert isinstance(empty, Login) and empty.password == ""


def test_a_share_keeps_the_texts_of_the_client() -> None:
    assert decode_request(SUBMIT) == Submit(SEVEN, "s", "j", "d0030040", "ab" * 32, "rx/0")


def test_a_share_of_rx_2_and_of_a_template_proxy_is_read() -> None:
    line = SUBMIT.replace(b'"algo":"rx/0"', b'"commitment":"cd","poolNonce":5,"workerNonce":6')
    assert decode_request(line) == Submit(SEVEN, "s", "j", "d0030040", "ab" * 32, None, "cd", 5, 6)


def test_a_numeric_job_id_is_read_as_its_decimal_text() -> None:
    request = decode_request(SUBMIT.replace(b'"j"', b"123"))
    assert isinstance(request, Submit) and request.job_id == "123"


def test_signs_of_life_and_questions_for_a_job_are_read() -> None:
    assert decode_request(b'{"id":8,"method":"keepalived","params":{"id":"s"}}') == KeepAlived(JsonId(b"8", 8), "s")
    assert decode_request(b'{"id":9,"method":"getjob","params":{}}') == GetJob(JsonId(b"9", 9), None)


def test_another_method_is_unknown_and_keeps_its_params() -> None:
    request = decode_request(b'{"id":null,"method":"mining.subscribe","params":["a"]}')
    assert request == Unknown(JsonId(b"null", None), "mining.subscribe", ["a"])


@pytest.mark.parametrize(
    ("line", "fault", "detail"),
    [
        (b"", RequestFault.NOT_JSON, ""),
        (b"GET / HTTP/1.1", RequestFault.NOT_JSON, ""),
        (b'{"id":1,"method":"\xff"}', RequestFault.NOT_JSON, ""),
        (b'{"id":NaN,"method":"login"}', RequestFault.NOT_JSON, ""),
        (b"[" * 100_000, RequestFault.NOT_AN_OBJECT, ""),
        (b'{"id":' + b"[" * 100_000, RequestFault.NOT_JSON, ""),
        (b'{"id":' + b"9" * 10_000 + b"}", RequestFault.NOT_JSON, ""),
        (b'[{"id":1}]', RequestFault.NOT_AN_OBJECT, ""),
        (b'{"id":1}', RequestFault.NO_METHOD, "None"),
        (b'{"id":1,"method":5}', RequestFault.NO_METHOD, "5"),
        (b'{"id":1,"method":"login"}', RequestFault.NO_PARAMS, ""),
        (b'{"id":1,"method":"submit","params":["a"]}', RequestFault.NO_PARAMS, ""),
        (b'{"id":1,"method":"login","params":{"login":5}}', RequestFault.BAD_FIELD, "login"),
        (b'{"id":1,"method":"login","params":{"algo":"rx/0"}}', RequestFault.BAD_FIELD, "algo"),
        (b'{"id":1,"method":"login","params":{"algo-perf":{"rx/0":"9"}}}', RequestFault.BAD_FIELD, "algo-perf"),
        (b'{"id":1,"method":"submit","params":{"job_id":true}}', RequestFault.BAD_FIELD, "job_id"),
        (b'{"id":1,"method":"submit","params":{"job_id":"j"}}', RequestFault.BAD_FIELD, "nonce"),
        (b'{"id":1,"method":"keepalived","params":{"id":7}}', RequestFault.BAD_FIELD, "id"),
    ],
)
def test_what_is_no_request_is_malformed_and_says_why(line: bytes, fault: RequestFault, detail: str) -> None:
    request = decode_request(line)
    assert isinstance(request, Malformed)
    assert (request.fault, request.detail) == (fault, detail)


def test_a_malformed_request_keeps_the_id_that_could_be_read() -> None:
    request = decode_request(b'{"id":"a","method":"submit","params":{}}')
    assert request == Malformed(JsonId(b'"a"', "a"), RequestFault.BAD_FIELD, "submit", "job_id")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(line: bytes) -> None:
    assert decode_request(line) is not None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    "login",
    "pass",
    "agent",
    "rigid",
    "algo",
    "algo-perf",
    "mode",
    "id",
    "job_id",
    "nonce",
    "result",
    "poolNonce",
)


@given(
    method=st.sampled_from(["login", "submit", "keepalived", "getjob", "other"]),
    request_id=_JSON,
    params=st.dictionaries(st.sampled_from(_NAMES), _JSON) | _JSON,
)
def test_any_json_in_any_field_is_a_request_or_malformed_and_keeps_its_id(
    method: str, request_id: object, params: object
) -> None:
    line = json.dumps({"id": request_id, "method": method, "params": params}).encode()
    request = decode_request(line)
    if not (isinstance(request, Malformed) and request.fault is RequestFault.NOT_JSON):  # Infinity, a lone surrogate
        assert request.id.value == request_id


def test_a_result_is_64_lowercase_hex_characters() -> None:
    assert result_from_hex("0f" * 32) == bytes([15] * 32)
    for wrong in ("0F" * 32, "0f" * 31, "0f" * 33, "0g" * 32, None, "0f" * 32 + "\n"):
        with pytest.raises(MessageError):
            result_from_hex(wrong)


# --- writing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [b"7", b"0", b"1.50", b"null", b'"a\\u0041"', b'{"a" : [1, 2]}', b"-1e9", b"12345678901234567890123"]
)
def test_the_id_goes_back_as_it_was_written(text: bytes) -> None:
    request = decode_request(b'{"id": ' + text + b' , "method":"other"}')
    assert encode_status(request.id) == b'{"id":' + text + b',"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}\n'


def test_an_absent_id_is_answered_with_null() -> None:
    request = decode_request(b'{"method":"other"}')
    assert request.id == NO_ID and request.id.is_absent
    assert encode_result(request.id, True) == b'{"id":null,"jsonrpc":"2.0","error":null,"result":true}\n'


def test_errors_are_written_in_the_shape_of_each_server() -> None:
    message = "Low diff share"
    assert encode_error(SEVEN, message) == b'{"id":7,"jsonrpc":"2.0","error":{"code":-1,"message":"Low diff share"}}\n'
    p2pool = ReplyStyle(error_code=None, has_error_null=False)
    assert encode_error(SEVEN, message, p2pool) == b'{"id":7,"jsonrpc":"2.0","error":{"message":"Low diff share"}}\n'
    assert encode_status(SEVEN, style=p2pool) == b'{"id":7,"jsonrpc":"2.0","result":{"status":"OK"}}\n'
    bare = ReplyStyle(error_code=20, has_result_null=True, has_jsonrpc=False)
    assert encode_error(SEVEN, "no", bare) == b'{"id":7,"error":{"code":20,"message":"no"},"result":null}\n'


def test_the_answer_to_a_login_carries_session_job_and_extensions() -> None:
    line = encode_login(SEVEN, "s", {"job_id": "12"}, extensions=["algo", "keepalive"])
    assert line == (
        b'{"id":7,"jsonrpc":"2.0","error":null,"result":{"id":"s","job":{"job_id":"12"},'
        b'"extensions":["algo","keepalive"],"status":"OK"}}\n'
    )
    assert b'"job":null,"status"' in encode_login(SEVEN, "s", None)


def test_a_job_has_the_fields_of_its_shape_only() -> None:
    everything = JobShape(has_next_seed=True, has_session_id=True)
    assert job_object(OFFER, everything) == {
        "blob": "1010ff",
        "job_id": "12",
        "target": "b88d0600",
        "id": "s",
        "algo": "rx/0",
        "height": 9,
        "seed_hash": "0102",
        "next_seed_hash": "",
    }
    nothing = JobShape(has_algorithm=False, has_height=False, has_seed=False)
    assert job_object(OFFER, nothing) == {"blob": "1010ff", "job_id": "12", "target": "b88d0600"}
    assert job_object(OFFER, JobShape(has_number_id=True))["job_id"] == 12


def test_the_modes_without_a_blob_carry_their_own_fields() -> None:
    offer = JobOffer("1", None, "b88d0600", extra={"pool_wallet": "W", "extra_nonce": "00" * 8})
    assert job_object(offer, JobShape(has_algorithm=False, has_seed=False)) == {
        "job_id": "1",
        "target": "b88d0600",
        "pool_wallet": "W",
        "extra_nonce": "00" * 8,
    }


def test_a_pushed_job_is_plain_or_nested() -> None:
    plain, nested = json.loads(encode_job(OFFER)), json.loads(encode_job(OFFER, JobShape(is_nested=True)))
    assert plain == {"jsonrpc": "2.0", "method": "job", "params": job_object(OFFER)}
    assert nested["params"] == {"id": "s", "job": job_object(OFFER)}


def test_empty_jobs_and_other_notices_are_written() -> None:
    assert encode_notice("job", EMPTY_JOB) == (
        b'{"jsonrpc":"2.0","method":"job","params":{"blob":"","job_id":"","target":""}}\n'
    )
    assert encode_reconnect("pool.example", 3333) == (
        b'{"jsonrpc":"2.0","method":"client.reconnect","params":["pool.example","3333"]}\n'
    )


@pytest.mark.parametrize(
    ("difficulty", "target_bytes", "text"),
    [
        (1000, None, "37894100"),
        (10_000, 8, "cb10c7bab88d0600"),
        (500_000, 8, "db6b41ef8d210000"),
        (4_000_000, None, "31040000"),
        (4_000_001, None, "e295d6bd31040000"),
        (1 << 31, 4, "01000000"),
        (1, 8, "ffffffffffffffff"),
    ],
)
def test_a_target_is_written_in_4_or_8_bytes(difficulty: int, target_bytes: int | None, text: str) -> None:
    assert target_text(difficulty, target_bytes=target_bytes) == text


def test_a_difficulty_that_does_not_fit_is_refused() -> None:
    for difficulty, target_bytes in ((0, None), (1 << 32, 4), (1 << 64, 8)):
        with pytest.raises(TargetError):
            target_text(difficulty, target_bytes=target_bytes)
