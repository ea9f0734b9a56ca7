"""Whatever a daemon answers, the client ends with one named error: never a hang, never another exception."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.http_client import HttpDeadlines
from mining.solo.monerod_rpc import MonerodRpc
from tests.support.fake_monerod import Answer, FakeMonerod, Hang, Raw, Refusal, http_answer

DEADLINES = HttpDeadlines(connect_s=30.0, answer_s=30.0)
SHORT = replace(DEADLINES, answer_s=1.0)
HEAD = b"HTTP/1.1 200 Ok\r\n"
CASES: dict[str, tuple[Answer, str]] = {
    "a web page": (Raw(http_answer(b"<html>router</html>", content_type="text/html")), 'a web page instead .*"<html>'),
    "not found": (Raw(http_answer(b"no", status="404 Not Found")), "HTTP 404 Not Found"),
    "not HTTP": (Raw(b"SSH-2.0-OpenSSH_9.2\r\n"), 'not HTTP .*"SSH-2.0'),
    "binary": (Raw(bytes(range(256))), "not HTTP"),
    "nothing": (Raw(b""), "closed the connection"),
    "half a status": (Raw(b"HTTP/1.1 2"), "truncated"),
    "half a body": (Raw(HEAD + b"Content-Length: 100\r\n\r\n{"), r"truncated answer \(1 of 100 bytes\)"),
    "huge body": (Raw(HEAD + b"Content-Length: 99999999999\r\n\r\n"), "more than 16777216"),
    "absurd length": (Raw(HEAD + b"Content-Length: -1\r\n\r\n"), "invalid Content-Length"),
    "endless line": (Raw(HEAD + b"x" * 100_000), "a line of more than"),
    "endless headers": (Raw(HEAD + b"a: b\r\n" * 5000), "more than 100 HTTP headers"),
    "header without colon": (Raw(HEAD + b"hello\r\n\r\n"), "malformed HTTP header"),
    "bad chunk": (Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "malformed chunk"),
    "huge chunk": (Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"), "more than 16777216"),
    "interim for ever": (Raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 10), "interim"),
    "no JSON": (Raw(http_answer(b"hello")), 'not JSON .*"hello"'),
    "empty": (Raw(http_answer(b"")), "not JSON"),
    "a number": (Raw(http_answer(b"17")), "not what was asked for"),
    "a list": (Raw(http_answer(b"[]")), "not what was asked for"),
    "deep": (Raw(http_answer(b'{"result":' + b"[" * 200_000)), "not JSON"),
    "missing fields": ({"status": "OK"}, "missing required field"),
    "wrong types": ({"status": "OK", "height": "seven"}, "Expected `int`"),
    "no status word": ({"status": 5}, "not what was asked for"),
    "busy": ({"status": "BUSY"}, "is busy"),
    "payment": ({"status": "PAYMENT REQUIRED"}, "PAYMENT REQUIRED.*tried again by itself"),
    "silence": (Hang(), "did not answer /json_rpc within 1 s"),
    "escape codes": (Refusal(-1, "\x1b[2J\nroot#"), r"refused get_info: \.\[2J\.root# \(error -1\)"),
    "escape codes in HTTP": (Raw(http_answer(b"", status="500 \x1b[2J")), r"HTTP 500 \.\[2J"),
    "odd error": (Raw(http_answer(b'{"error":"no"}')), "not what was asked for"),
}


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_garbage_becomes_one_sentence_that_names_the_daemon(name: str) -> None:
    answer, words = CASES[name]

    async def ask() -> None:
        async with FakeMonerod() as daemon:
            daemon.script["get_info"] = answer
            rpc = MonerodRpc(daemon.endpoint, SHORT if name == "silence" else DEADLINES)
            with pytest.raises(SourceUnavailableError, match=words) as caught:
                await rpc.info()
            assert daemon.endpoint.label in caught.value.sentence
            assert "\n" not in caught.value.sentence and len(caught.value.sentence) < 300
            del daemon.script["get_info"]
            assert (await rpc.info()).height == 3, "the next call works again"
            await rpc.close()

    asyncio.run(ask())


def test_a_tip_that_is_no_block_id_is_refused() -> None:
    async def ask() -> None:
        async with FakeMonerod() as daemon:
            daemon.script["get_height"] = {"hash": "../../x", "height": 5, "status": "OK"}
            rpc = MonerodRpc(daemon.endpoint, DEADLINES)
            with pytest.raises(SourceUnavailableError, match="a tip that is no block"):
                await rpc.height()
            await rpc.close()

    asyncio.run(ask())


def test_a_closed_port_is_told_as_connection_refused() -> None:
    async def ask() -> None:
        async with FakeMonerod() as daemon:
            endpoint = daemon.endpoint
        with pytest.raises(SourceUnavailableError, match=r"no daemon answers at .* \(connection refused\)"):
            await MonerodRpc(endpoint, DEADLINES).height()

    asyncio.run(ask())


def test_a_daemon_that_asks_for_a_password_is_told_so() -> None:
    async def ask() -> None:
        async with FakeMonerod() as daemon:
            daemon.script["get_info"] = Raw(http_answer(b"", status="401 Unauthorized"))
            rpc = MonerodRpc(daemon.endpoint, DEADLINES)
            with pytest.raises(LoginRefusedError, match="asks for a user and password"):
                await rpc.info()
            await rpc.close()

    asyncio.run(ask())


def test_calls_share_one_connection_and_a_dropped_one_is_opened_again_unseen() -> None:
    async def ask() -> None:
        async with FakeMonerod() as daemon:
            rpc = MonerodRpc(daemon.endpoint, DEADLINES)
            await rpc.height()
            await rpc.info()
            assert daemon.connections == 1
            await daemon.stop()
            await daemon.start()
            assert (await rpc.height()).height == 3
            assert daemon.connections == 2
            await rpc.close()

    asyncio.run(ask())
