"""A monerod that misbehaves on request: a scripted HTTP server on loopback with a toy chain, without proof of work."""

from __future__ import annotations

import json

from mining.solo.monero_block import block_id, hashing_blob, template_parse
from tests.support.fake_daemon import Answer, FakeDaemon, Hang, Raw, Refusal, Result, Slow, http_answer

__all__ = ["SEED", "Answer", "FakeMonerod", "Hang", "Raw", "Refusal", "Result", "Slow", "http_answer"]

SEED = "418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3"
_HEADER = "1010b4f98ad806{prev}00000000"
_MINER_TX = (
    "023f01ff{height:02x}01ff8180b0ffff07032b6c335abed56425894726c1dd7fdc96dee3a49c439a24d4bc35a162aa1a847a06"
    "2b01ccb57c8c2ad7057e885d547eb50451fe4f846ee04377f388f80a9a791ff0066b020800000000000000000000"
)


class FakeMonerod(FakeDaemon):
    """`chain` holds block ids by height; `script` replaces the answer of a method; `requests` lists what was asked.

    `seed` and `difficulty` are those of the next template. A chain of up to 127 blocks is understood.
    """

    first_method = "get_height"

    def __init__(self) -> None:
        super().__init__()
        self.chain = ["00" * 32, "01" * 32, "02" * 32]
        self.info: dict[str, object] = {"nettype": "mainnet", "synchronized": True}
        self.seed, self.difficulty = SEED, 1

    def block_found_by_another(self) -> None:
        self.chain.append(f"{len(self.chain) + 100:02x}" * 32)

    def encoded(self, method: str, answer: Answer) -> bytes:
        if isinstance(answer, Refusal):
            return http_answer(json.dumps({"error": {"code": answer.number, "message": answer.message}}).encode())
        return http_answer(json.dumps(answer if method == "get_height" else {"id": 1, "result": answer}).encode())

    async def truth(self, method: str, params: object) -> Answer:
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
