"""What a client sends: login, shares, heartbeats; and what it refuses to send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.agent import STEERING_WORDS, agent
from mining.stratum.cryptonote.client import LONGEST_REQUEST, CryptonoteClient
from mining.stratum.errors import RequestTooLongError, UseError
from mining.stratum.request import Request
from tests.unit.stratum.exchange_samples import SESSION, current_job, granted, job, ready_client, refused

RESULT = bytes(range(0xE0, 0x100))


def sent(line: bytes) -> dict[str, object]:
    assert line.endswith(b"\n") and line.count(b"\n") == 1 and len(line) <= LONGEST_REQUEST
    message = json.loads(line)
    assert type(message["id"]) is int and message["id"] > 0 and message["jsonrpc"] == "2.0"
    assert isinstance(message, dict)
    return message


def params(request: Request) -> dict[str, object]:
    message = sent(request.line)
    assert message["id"] == request.request_id
    fields = message["params"]
    assert isinstance(fields, dict)
    return fields


def test_a_login_is_request_one_with_a_password_that_is_never_empty() -> None:
    message = sent(CryptonoteClient().login("4wallet"))
    assert message == {
        "id": 1,
        "jsonrpc": "2.0",
        "method": "login",
        "params": {"login": "4wallet", "pass": "x", "agent": agent(), "algo": ["rx/0"]},
    }


def test_a_login_carries_what_it_is_given() -> None:
    line = CryptonoteClient(system="Linux aarch64").login(
        "w", "worker:mail", rig_id="rig1", algorithms=["rx/0", "rx/2"], hashrates_hps={"rx/0": 95.5}, algo_min_time_s=60
    )
    fields = sent(line)["params"]
    assert isinstance(fields, dict)
    assert (fields["pass"], fields["rigid"], fields["algo"]) == ("worker:mail", "rig1", ["rx/0", "rx/2"])
    assert (fields["algo-perf"], fields["algo-min-time"]) == ({"rx/0": 95.5}, 60)


def test_the_agent_is_our_name_and_no_word_that_steers_a_pool() -> None:
    assert agent("Linux aarch64").startswith("MinerConsole/") and agent("Linux aarch64").endswith(" (Linux aarch64)")
    assert not [word for word in STEERING_WORDS if word in agent().lower()]


@pytest.mark.parametrize("system", ["NiceHash OS", "my-PROXY", "MinerGate", "node-proxy", "", "a\nb", "é", "x" * 41])
def test_a_system_name_that_would_change_a_pool_s_behaviour_is_refused(system: str) -> None:
    with pytest.raises(UseError):
        CryptonoteClient(system=system)


def test_a_connection_logs_in_once() -> None:
    client = CryptonoteClient()
    client.login("w")
    for reply in (b"", refused(1, "Invalid address used for login"), granted()):
        client.receive(reply)
        with pytest.raises(UseError, match="once"):
            client.login("w")


def test_a_login_that_pools_would_not_read_is_refused_without_showing_it() -> None:
    client = CryptonoteClient()
    with pytest.raises(RequestTooLongError) as caught:
        client.login("4secret" * 100, "p" * 300)
    assert "4secret" not in caught.value.sentence and "at most 1000" in caught.value.sentence
    assert caught.value.code == "request_too_long" and not caught.value.is_retryable
    assert sent(client.login("4secret"))["id"] == 1


def test_a_share_is_written_in_lower_case_with_the_ids_as_they_came() -> None:
    client = ready_client(work=job(job_id=7))
    request = client.submit(current_job(client), 0x400003D0, RESULT)
    assert params(request) == {"id": SESSION, "job_id": 7, "nonce": "d0030040", "result": RESULT.hex()}
    assert sent(request.line)["method"] == "submit" and request.request_id == 2


def test_a_number_as_session_id_is_echoed_as_a_number() -> None:
    client = CryptonoteClient()
    client.login("w")
    client.receive(granted(12345))
    assert params(client.keepalived()) == {"id": 12345}


@pytest.mark.parametrize(
    ("extensions", "algo", "expected"),
    [(None, "rx/0", None), (["keepalive"], "rx/0", None), (["algo"], "randomx", "randomx"), (["algo"], None, "rx/0")],
)
def test_the_algorithm_is_sent_only_to_a_pool_that_asked(extensions: object, algo: object, expected: object) -> None:
    client = ready_client(extensions=extensions, work=job(algo=algo))
    assert params(client.submit(current_job(client), 1, RESULT)).get("algo") == expected


def test_a_share_of_rx2_sends_the_commitment_as_result_and_the_raw_hash_as_commitment() -> None:
    value = bytes.fromhex("133be717399046b03ae82ce8ddd9d1ee4d3ea7fca03a50dec09b6848cbb98e18")
    raw = bytes.fromhex("22ec6b861b3eb23686b2efbad69513c967ecfce80983df66c9c5b4fbfb4cdb6f")
    client = ready_client(work=job(algo="rx/2"))
    fields = params(client.submit(current_job(client), 1, value, commitment=raw))
    assert (fields["result"], fields["commitment"]) == (value.hex(), raw.hex())
    for wrong in (None, b"", raw[:31]):
        with pytest.raises(UseError):
            client.submit(current_job(client), 1, value, commitment=wrong)


def test_a_share_of_rx0_never_carries_a_commitment() -> None:
    client = ready_client()
    assert "commitment" not in params(client.submit(current_job(client), 1, RESULT, commitment=RESULT))


def test_nothing_is_sent_before_the_login_is_granted_or_after_it_is_refused() -> None:
    client, other = CryptonoteClient(), ready_client()
    for prepare in (lambda: None, lambda: client.login("w"), lambda: client.receive(refused(1, "no"))):
        prepare()
        for send in (client.keepalived, client.getjob, lambda: client.submit(current_job(other), 1, RESULT)):
            with pytest.raises(UseError):
                send()


def test_a_share_of_another_session_is_not_sent() -> None:
    client, other = ready_client(), CryptonoteClient()
    other.login("w")
    other.receive(granted("another"))
    with pytest.raises(UseError, match="another session"):
        client.submit(current_job(other), 1, RESULT)


def test_a_nonce_that_changes_the_server_s_byte_is_not_sent() -> None:
    client = ready_client(extensions=["nicehash"])
    client.submit(current_job(client), (1 << 24) - 1, RESULT)
    for nonce in (1 << 24, -1, 1 << 32):
        with pytest.raises(UseError):
            client.submit(current_job(client), nonce, RESULT)


@pytest.mark.parametrize("result", [b"", RESULT[:31], RESULT + b"1"])
def test_a_result_of_another_length_is_not_sent(result: bytes) -> None:
    client = ready_client()
    with pytest.raises(UseError):
        client.submit(current_job(client), 1, result)


def test_ids_go_up_by_one_over_all_kinds_of_requests() -> None:
    client = ready_client()
    share = current_job(client), 1, RESULT
    requests = [client.keepalived(), client.getjob(), client.submit(*share), client.keepalived()]
    assert [request.request_id for request in requests] == [2, 3, 4, 5]
    assert [sent(request.line)["method"] for request in requests] == ["keepalived", "getjob", "submit", "keepalived"]


def test_the_longest_ids_still_make_a_share_that_every_pool_reads() -> None:
    client = CryptonoteClient()
    client.login("w")
    client.receive(granted("s" * 256, extensions=["algo"], work=job(job_id="j" * 256, algo="rx/2")))
    assert len(client.submit(current_job(client), 1, RESULT, commitment=RESULT).line) <= LONGEST_REQUEST


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_any_login_is_one_short_line_or_a_typed_error(login: str, password: str, rig: str) -> None:
    try:
        line = CryptonoteClient().login(login, password, rig_id=rig)
    except (RequestTooLongError, UseError):
        return
    fields = sent(line)["params"]
    assert isinstance(fields, dict) and fields["login"] == login and fields["pass"] == (password or "x")
