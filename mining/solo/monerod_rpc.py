"""The calls of monerod that solo mining needs, with typed answers. Owns their strictness, not policy."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from mining.engine.plan import Endpoint
from mining.errors import SourceUnavailableError
from mining.solo.daemon_kind import MONEROD
from mining.solo.http_client import HttpDeadlines
from mining.solo.http_wire import excerpt
from mining.solo.json_rpc import DaemonRefusalError, JsonRpc
from mining.solo.monero_block import EXTRA_NONCE_BYTES

STATUS_OK = "OK"
STATUS_BUSY = "BUSY"
_BLOCK_ID = re.compile(r"[0-9a-f]{64}")

TOO_BIG_HEIGHT = -2
WRONG_WALLET = -4
WRONG_BLOCK_BLOB = -6
BLOCK_NOT_ACCEPTED = -7
CORE_BUSY = -9
MINING_TO_SUB_ADDRESS = -12


class StatusAnswer(msgspec.Struct, frozen=True):
    """What every answer carries."""

    status: str = STATUS_OK


class HeightAnswer(StatusAnswer, frozen=True, kw_only=True):
    """Tip of the chain: its id, and its height + 1."""

    hash: str
    height: int


class InfoAnswer(StatusAnswer, frozen=True, kw_only=True):
    """State of the daemon. `target_height` is 0 when it knows no higher one."""

    height: int
    target_height: int = 0
    nettype: str = ""
    synchronized: bool = True


class TemplateAnswer(StatusAnswer, frozen=True, kw_only=True):
    """A block template, hex as received."""

    blocktemplate_blob: str
    blockhashing_blob: str
    difficulty: int
    height: int
    prev_hash: str
    reserved_offset: int
    seed_hash: str
    next_seed_hash: str = ""
    wide_difficulty: str = ""


class BlockHeader(msgspec.Struct, frozen=True):
    """The part of a block header that tells whose block it is."""

    hash: str
    height: int
    orphan_status: bool


class HeaderAnswer(StatusAnswer, frozen=True, kw_only=True):
    """A block header that was asked for."""

    block_header: BlockHeader


_T = TypeVar("_T", bound=StatusAnswer)


class MonerodRpc:
    """Asks one monerod. Calls are answered one after the other; use one object per independent purpose."""

    def __init__(self, endpoint: Endpoint, deadlines: HttpDeadlines | None = None) -> None:
        self.label = endpoint.label
        self._rpc = JsonRpc(endpoint, MONEROD, deadlines, path="/json_rpc")

    async def height(self) -> HeightAnswer:
        """Ask for the tip."""
        answer = self._decoded("get_height", await self._rpc.get("/get_height"), HeightAnswer)
        if not _BLOCK_ID.fullmatch(answer.hash) or answer.height < 1:
            raise self._rpc.garbage("get_height", f"a tip that is no block ({excerpt(answer.hash)})")
        return answer

    async def info(self) -> InfoAnswer:
        """Ask for the state of synchronisation."""
        return await self._call("get_info", None, InfoAnswer)

    async def block_template(self, wallet: str) -> TemplateAnswer:
        """Ask for a template that pays `wallet`, with room for our extra nonce."""
        params = {"wallet_address": wallet, "reserve_size": EXTRA_NONCE_BYTES}
        return await self._call("get_block_template", params, TemplateAnswer)

    async def submit_block(self, blob: bytes) -> None:
        """Hand in a block. Returning says little: monerod says OK to duplicates and to alternative blocks too."""
        await self._call("submit_block", [blob.hex()], StatusAnswer)

    async def block_header(self, height: int) -> BlockHeader | None:
        """The header of the main chain at `height`; None when the chain is not that high."""
        try:
            answer = await self._call("get_block_header_by_height", {"height": height}, HeaderAnswer)
        except DaemonRefusalError as refusal:
            if refusal.number == TOO_BIG_HEIGHT:
                return None
            raise
        header = answer.block_header
        if header.height != height or not _BLOCK_ID.fullmatch(header.hash):
            seen = f"the header of height {header.height} with the id {excerpt(header.hash)}"
            raise self._rpc.garbage("get_block_header_by_height", seen)
        return header

    async def close(self) -> None:
        """Release the socket."""
        await self._rpc.close()

    async def _call(self, method: str, params: object, answer_type: type[_T]) -> _T:
        return self._decoded(method, await self._rpc.call(method, params), answer_type)

    def _decoded(self, method: str, body: bytes, answer_type: type[_T]) -> _T:
        answer = self._rpc.parsed(method, body, StatusAnswer)
        if answer.status == STATUS_BUSY:
            raise SourceUnavailableError(
                f"the daemon at {self.label} is busy (it is still synchronising)",
                next_step="Mining starts by itself when it is done",
            )
        if answer.status != STATUS_OK:
            raise SourceUnavailableError(
                f"the daemon at {self.label} answered {method} with the status {excerpt(answer.status)}",
                next_step="Its own log may say more; it is tried again by itself",
            )
        return self._rpc.parsed(method, body, answer_type)
