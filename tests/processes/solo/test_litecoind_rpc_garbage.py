"""Whatever answers in a litecoind's place, the client ends with one named error: never a hang, never another."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import msgspec
import pytest

from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.http_client import HttpDeadlines
from mining.solo.litecoind_rpc import LitecoindRpc
from tests.support.fake_litecoind import Answer, FakeLitecoind, Hang, Raw, Refusal, Result, http_answer

DEADLINES = HttpDeadlines(connect_s=30.0, answer_s=30.0)
SHORT = replace(DEADLINES, answer_s=1.0)
NO_BODY = b"Content-Length: 0\r\n\r\n"
ASKS_FOR_LOGIN = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="jsonrpc"\r\n' + NO_BODY
CASES: dict[str, tuple[Answer, str]] = {
    "a web page": (Raw(http_answer(b"<html>router</html>", content_type="text/html")), 'a web page instead .*"<html>'),
    "not HTTP": (Raw(b"SSH-2.0-OpenSSH_9.2\r\n"), 'not HTTP .*"SSH-2.0'),
    "nothing": (Raw(b""), "closed the connection"),
    "half a body": (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), r"truncated answer \(1 of 100 bytes\)"),
    "huge body": (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), "more than 16777216"),
    "forbidden": (Raw(http_answer(b"", status="403 Forbidden", content_type="text/html")), "HTTP 403.*rpcallowip"),
    "no room": (
        Raw(http_answer(b"Work queue depth exceeded", status="500 Internal Server Error", content_type="text/plain")),
        "HTTP 500 Internal Server Error.*has too much to do",
    ),
    "stopping": (Raw(http_answer(b"", status="503 Service Unavailable", content_type="text/html")), "503.*stopping"),
    "an error without JSON": (Raw(http_answer(b"oh", status="500 Internal Server Error")), 'not JSON .*"oh"'),
    "missing fields": ({"blocks": 3}, "missing required field"),
    "wrong types": ({"blocks": "3", "headers": 3, "bestblockhash": "00" * 32}, "Expected `int`"),
    "no block": ({"blocks": 3, "headers": 3, "bestblockhash": "../../x"}, "a tip that is no block"),
    "a number": (Result(17), "not what was asked for"),
    "nothing known": (Result(None), "not what was asked for"),
    "silence": (Hang(), "did not answer getblockchaininfo within 1 s"),
    "starting": (Refusal(-28, "Loading block index..."), r"is starting: Loading block index... \(error -28\)"),
    "escape codes": (Refusal(-1, "\x1b[2J\nroot#"), r"refused getblockchaininfo: \.\[2J\.root# \(error -1\)"),
}


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_garbage_becomes_one_sentence_that_names_the_daemon(name: str) -> None:
    answer, words = CASES[name]

    async def ask() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script["getblockchaininfo"] = answer
            rpc = LitecoindRpc(daemon.endpoint, SHORT if name == "silence" else DEADLINES)
            with pytest.raises(SourceUnavailableError, match=words) as caught:
                await rpc.chain()
            assert daemon.endpoint.label in caught.value.sentence
            assert "\n" not in caught.value.sentence and len(caught.value.sentence) < 300
            assert "monerod" not in caught.value.sentence
            del daemon.script["getblockchaininfo"]
            assert (await rpc.chain()).blocks == 2, "the next call works again"
            await rpc.close()

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (-9, r"has no peers, so that a block would reach nobody: Words \(error -9\)"),
        (-10, r"is still synchronising: Words \(error -10\)"),
        (-8, r"wants other rules than segwit and mweb: Words \(error -8\)"),
        (-7, r"refused getblocktemplate: Words \(error -7\)"),
    ],
)
def test_a_refused_template_is_a_sentence_that_says_what_to_do(number: int, words: str) -> None:
    async def ask() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script["getblocktemplate"] = Refusal(number, "Words")
            rpc = LitecoindRpc(daemon.endpoint, DEADLINES)
            with pytest.raises(SourceUnavailableError, match=words):
                await rpc.template()
            await rpc.close()

    asyncio.run(ask())


def test_a_wrong_parameter_of_another_call_has_nothing_to_do_with_rules() -> None:
    async def ask() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script["getblockhash"] = Refusal(-8, "Block height out of range")
            rpc = LitecoindRpc(daemon.endpoint, DEADLINES)
            with pytest.raises(SourceUnavailableError, match="refused getblockhash: Block height out of") as caught:
                await rpc.genesis()
            assert "rules" not in caught.value.sentence
            await rpc.close()

    asyncio.run(ask())


@pytest.mark.parametrize(("method", "answer"), [("submitblock", Result(7)), ("getblockhash", Result("tip"))])
def test_a_verdict_or_an_id_that_is_none_is_refused(method: str, answer: Answer) -> None:
    async def ask() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script[method] = answer
            rpc = LitecoindRpc(daemon.endpoint, DEADLINES)
            with pytest.raises(SourceUnavailableError, match=f"answered {method} with"):
                await (rpc.submit_block(b"") if method == "submitblock" else rpc.genesis())
            await rpc.close()

    asyncio.run(ask())


def test_a_closed_port_and_an_unknown_host_are_told_as_such() -> None:
    async def ask() -> None:
        async with FakeLitecoind() as daemon:
            endpoint = daemon.endpoint
        with pytest.raises(SourceUnavailableError, match=r"no daemon answers at .* \(connection refused\).*litecoind"):
            await LitecoindRpc(endpoint, DEADLINES).chain()
        strange = msgspec.structs.replace(endpoint, host="no-such-host.invalid")
        with pytest.raises(SourceUnavailableError, match=r"no daemon answers at no-such-host.invalid:"):
            await LitecoindRpc(strange, DEADLINES).chain()

    asyncio.run(ask())


def test_user_and_password_are_sent_when_asked_for_and_never_shown() -> None:
    async def ask() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script["getblockchaininfo"] = Raw(ASKS_FOR_LOGIN)
            with_login = msgspec.structs.replace(daemon.endpoint, user="miner", password="geheim:ß")
            rpc = LitecoindRpc(with_login, DEADLINES)
            with pytest.raises(
                LoginRefusedError, match=r'refuses the user "miner" with this password.*litecoin.conf'
            ) as no:
                await rpc.chain()
            assert "geheim" not in no.value.sentence and "geheim" not in repr(with_login)
            assert [("Authorization" in head) for head in daemon.heads] == [False, True]
            assert base64.b64encode("miner:geheim:ß".encode()).decode() in daemon.heads[1]
            del daemon.script["getblockchaininfo"]
            assert (await rpc.chain()).blocks == 2 and "Authorization" in daemon.heads[-1]
            await rpc.close()
            daemon.script["getblockchaininfo"] = Raw(ASKS_FOR_LOGIN)
            bare = LitecoindRpc(daemon.endpoint, DEADLINES)
            with pytest.raises(LoginRefusedError, match="asks for a user and password"):
                await bare.chain()
            await bare.close()

    asyncio.run(ask())
