"""A litecoind that misbehaves on request: a scripted server with a toy chain, without proof of work or peers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from mining.solo.litecoin_block import COMMITMENT_START, witness_commitment
from mining.stratum.bitcoin.header import block_id
from tests.support.fake_daemon import Answer, FakeDaemon, Hang, Raw, Refusal, Result, Slow, http_answer

__all__ = ["REGTEST", "WALLET", "Answer", "FakeLitecoind", "Hang", "Raw", "Refusal", "Result", "Slow", "http_answer"]

REGTEST = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9"
WALLET = "rltc1qw508d6qejxtdg4y5r3zarvary0c5xw7k693xs3"
_HEADER_BYTES = 80


class FakeLitecoind(FakeDaemon):
    """`chain` holds block ids by height, `beside` those of good blocks outside the main chain.

    `headers_ahead`: how many headers it knows above its last block.
    """

    def __init__(self) -> None:
        super().__init__()
        self.chain = [REGTEST, "01" * 32, "02" * 32]
        self.beside: list[str] = []
        self.submitted: list[bytes] = []
        self.long_polls = 0
        self.headers_ahead = 0
        self._news = asyncio.Event()

    def block_found_by_another(self) -> None:
        self._append(f"{len(self.chain) + 100:02x}" * 32)

    def encoded(self, method: str, answer: Answer) -> bytes:
        if isinstance(answer, Refusal):
            body = {"result": None, "error": {"code": answer.number, "message": answer.message}, "id": 1}
            return http_answer(json.dumps(body).encode(), status="500 Internal Server Error")
        result = answer.value if isinstance(answer, Result) else answer
        return http_answer(json.dumps({"result": result, "error": None, "id": 1}).encode())

    async def truth(self, method: str, params: Any) -> Answer:
        match method:
            case "getblockchaininfo":
                top = len(self.chain) - 1
                headers = top + self.headers_ahead
                return {"chain": "regtest", "blocks": top, "headers": headers, "bestblockhash": self.chain[-1]}
            case "getblockhash":
                return Result(self.chain[params[0]])
            case "getblocktemplate":
                if "longpollid" in params[0]:
                    await self._wait_for_news(str(params[0]["longpollid"]))
                return self.template()
            case "submitblock":
                return Result(self._block_taken(bytes.fromhex(params[0])))
            case "getblockheader":
                return self._header(params[0])
        return Refusal(-32601, "Method not found")

    def template(self) -> dict[str, object]:
        """A sound template on the tip, without transactions."""
        return {
            "version": 0x20000000,
            "rules": ["csv", "!segwit", "taproot"],
            "previousblockhash": self.chain[-1],
            "transactions": [],
            "coinbasevalue": 5_000_000_000,
            "longpollid": f"{self.chain[-1]}7",
            "target": "7fffff" + "00" * 29,
            "mintime": 1795852610,
            "curtime": 1795852610,
            "bits": "207fffff",
            "height": len(self.chain),
            "default_witness_commitment": (COMMITMENT_START + witness_commitment(())).hex(),
        }

    async def _wait_for_news(self, long_poll_id: str) -> None:
        self.long_polls += 1
        while long_poll_id.startswith(self.chain[-1]):
            await self._news.wait()

    def _append(self, name: str) -> None:
        self.chain.append(name)
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _block_taken(self, blob: bytes) -> str | None:
        """litecoind's word for a block of whatever proof of work."""
        self.submitted.append(blob)
        header = blob[:_HEADER_BYTES]
        name, previous = block_id(header), header[4:36][::-1].hex()
        if name in self.chain or name in self.beside:
            return "duplicate"
        if previous != self.chain[-1]:
            self.beside.append(name)
            return "inconclusive" if previous in self.chain else "prev-blk-not-found"
        self._append(name)
        return None

    def _header(self, name: str) -> Answer:
        if name in self.chain:
            height = self.chain.index(name)
            return {"hash": name, "height": height, "confirmations": len(self.chain) - height}
        if name in self.beside:
            return {"hash": name, "height": 1, "confirmations": -1}
        return Refusal(-5, "Block not found")
