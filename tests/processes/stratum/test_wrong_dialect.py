"""A pool of the other family of algorithms: one sentence that names both, and no endless asking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mining.errors import LoginRefusedError
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool
from tests.support.pools.v1 import presets as v1_presets
from tests.support.pools.v1.pool import V1TestPool
from tests.support.session_miner import SessionMiner, plan_for
from tests.support.v1_session_miner import V1SessionMiner, v1_plan_for

BOTH = ("RandomX (CryptoNote Stratum)", "Scrypt (Stratum V1)")
V1_SPEECH = b'{"id":null,"method":"mining.set_difficulty","params":[1]}\n'


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[str]:
    """A server that answers the first line with `reply`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(reply)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"stratum+tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def refusal(miner: SessionMiner) -> str:
    """What the miner ends with."""
    async with miner:
        await miner.until(lambda: miner.error is not None)
    assert isinstance(miner.error, LoginRefusedError), miner.story()
    return miner.error.sentence


@pytest.mark.parametrize(
    "reply",
    [
        V1_SPEECH,
        b'{"id":1,"result":null,"error":[20,"Method not found",null]}\n',
        b'{"id":1,"error":{"code":-32601,"message":"Unknown method"}}\n',
    ],
    ids=["pushes of Stratum V1", "an error as a list", "an error as an object"],
)
async def test_randomx_at_a_stratum_v1_port_is_told_what_it_is(reply: bytes) -> None:
    async with answering(reply) as url:
        sentence = await refusal(SessionMiner(plan_for(url)))
    assert all(name in sentence for name in BOTH) and "rx/0" in sentence and "127.0.0.1" in sentence


@pytest.mark.parametrize("behaviour", [presets.ZONE, presets.JTGRASSIE], ids=lambda row: row.name)
async def test_scrypt_at_a_randomx_pool_is_told_what_it_is(behaviour: Behaviour) -> None:
    with TestPool.start(behaviour) as pool:
        sentence = await refusal(V1SessionMiner(v1_plan_for(pool.url, profile="auto")))
    assert all(name in sentence for name in BOTH) and "scrypt is mined" in sentence


async def test_a_job_of_the_other_dialect_before_the_login_says_so() -> None:
    async with answering(b'{"jsonrpc":"2.0","method":"job","params":{}}\n') as url:
        sentence = await refusal(V1SessionMiner(v1_plan_for(url, profile="auto")))
    assert all(name in sentence for name in BOTH)


async def test_a_pool_that_is_silent_about_it_is_asked_again_and_the_sentence_names_the_other_kind() -> None:
    with V1TestPool.start(v1_presets.NSP) as pool:
        async with SessionMiner(plan_for(pool.url)) as miner:
            await miner.until(lambda: bool(miner.causes))
        assert miner.error is None and "Scrypt (Stratum V1)" in miner.causes[0], miner.story()
    with TestPool.start(presets.SNIPA) as pool_of_randomx:
        async with V1SessionMiner(v1_plan_for(pool_of_randomx.url, profile="auto")) as v1_miner:
            await v1_miner.until(lambda: bool(v1_miner.causes))
        assert v1_miner.error is None and BOTH[0] in v1_miner.causes[0], v1_miner.story()
