"""A monerod that misbehaves on request: a scripted HTTP server on loopback with a toy chain, without proof of work."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Self

from mining.engine.plan import Endpoint
from mining.solo.monero_block import block_id, hashing_blob, template_parse

SEED = "418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3"
_HEADER = "1010b4f98ad806{prev}00000000"
_MINER_TX = (
    "023f01ff{height:02x}01ff8180b0ffff07032b6c335abed56425894726c1dd7fdc96dee3a49c439a24d4bc35a162aa1a847a06"
    "2b01ccb57c8c2ad7057e885d547eb50451fe4f846ee04377f388f80a9a791ff0066b020800000000000000000000"
)


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are, then the connection is closed."""

    data: bytes


@dataclass(frozen=True)
class Refusal:
    """A JSON-RPC error."""

    number: int
    message: str


class Hang:
    """No answer at all; the connection stays open."""


@dataclass(frozen=True)
class Slow:
    """The true answer, worked out only after `seconds`."""

    seconds: float


Answer = Raw | Refusal | Hang | Slow | dict[str, object]


class FakeMonerod:
    """`chain` holds block ids by height; `script` replaces the answer of a method; `requests` lists what was asked.

    `seed` and `difficulty` are those of the next template. A chain of up to 127 blocks is understood.
    """

    def __init__(self) -> None:
        self.chain = ["00" * 32, "01" * 32, "02" * 32]
        self.script: dict[str, Answer] = {}
        self.info: dict[str, object] = {"nettype": "mainnet", "synchronized": True}
        self.seed, self.difficulty = SEED, 1
        self.requests: list[str] = []
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("daemon+http", "127.0.0.1", self._port)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and drop those there are."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def block_found_by_another(self) -> None:
        self.chain.append(f"{len(self.chain) + 100:02x}" * 32)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = int(head.lower().split("content-length:")[1].split("\r\n")[0])
        body = await reader.readexactly(size)
        request: dict[str, object] = json.loads(body) if body else {"method": "get_height"}
        method = str(request["method"])
        self.requests.append(method)
        answer = self.script.get(method)
        if answer is None:
            answer = self._truth(method, request.get("params"))
        if isinstance(answer, Slow):
            await asyncio.sleep(answer.seconds)
            answer = self._truth(method, request.get("params"))
        if isinstance(answer, Hang):
            await asyncio.Event().wait()
        if isinstance(answer, Raw):
            writer.write(answer.data)
            await writer.drain()
            return False
        writer.write(http_answer(self._encoded(method, answer)))
        await writer.drain()
        return True

    def _encoded(self, method: str, answer: Answer) -> bytes:
        if isinstance(answer, Refusal):
            return json.dumps({"error": {"code": answer.number, "message": answer.message}}).encode()
        return json.dumps(answer if method == "get_height" else {"id": 1, "result": answer}).encode()

    def _truth(self, method: str, params: object) -> Answer:
        if method == "get_height":
            return {"hash": self.chain[-1], "height": len(self.chain), "status": "OK"}
        if method == "get_info":
            return {"height": len(self.chain), "status": "OK", **self.info}
        if method == "get_block_template":
            return self.template()
        if method == "submit_block":
            assert isinstance(params, list)
            return self._block_taken(bytes.fromhex(params[0]))
        assert method == "get_block_header_by_height" and isinstance(params, dict)
        height = params["height"]
        if height >= len(self.chain):
            return Refusal(-2, f"Requested block height: {height} greater than current top block height")
        header = {"hash": self.chain[height], "height": height, "orphan_status": False}
        return {"block_header": header, "status": "OK"}

    def template(self) -> dict[str, object]:
        """A sound template on the tip."""
        blob = bytes.fromhex(_HEADER.format(prev=self.chain[-1]) + _MINER_TX.format(height=len(self.chain)))
        return {
            "blocktemplate_blob": blob.hex(),
            "blockhashing_blob": hashing_blob(template_parse(blob), ()).hex(),
            "difficulty": self.difficulty,
            "height": len(self.chain),
            "prev_hash": self.chain[-1],
            "reserved_offset": 126,
            "seed_hash": self.seed,
            "status": "OK",
        }

    def _block_taken(self, blob: bytes) -> Answer:
        """Like monerod: OK to a block on the tip, to one that is there already, and to an alternative one."""
        template = template_parse(blob)
        if template.prev_hash.hex() == self.chain[-1]:
            self.chain.append(block_id(hashing_blob(template, ())).hex())
        return {"status": "OK"}


def http_answer(body: bytes, *, status: str = "200 Ok", content_type: str = "application/json") -> bytes:
    """A complete HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: {content_type}\r\n\r\n"
    return head.encode() + body
