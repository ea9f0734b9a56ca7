"""The calls of litecoind that solo mining needs, with typed answers. Owns their strictness and words, not policy."""

from __future__ import annotations

import re

import msgspec

from mining.engine.plan import Endpoint
from mining.errors import SourceUnavailableError
from mining.solo.daemon_kind import LITECOIND
from mining.solo.http_client import HttpDeadlines
from mining.solo.http_wire import excerpt, printable
from mining.solo.json_rpc import DaemonRefusalError, JsonRpc
from mining.solo.litecoin_template import KNOWN_RULES, TemplateAnswer

BLOCK_NOT_FOUND = -5
WRONG_PARAMETER = -8
NOT_CONNECTED = -9
INITIAL_DOWNLOAD = -10
DECODE_FAILED = -22
WARMING_UP = -28
MAX_VERDICT_CHARS = 80
_BLOCK_ID = re.compile(r"[0-9a-f]{64}")
_BY_ITSELF = "Mining starts by itself when it is done"


class ChainAnswer(msgspec.Struct, frozen=True):
    """The tip of the main chain, and how far it is known to go (`headers`)."""

    blocks: int
    headers: int
    bestblockhash: str


class HeaderAnswer(msgspec.Struct, frozen=True):
    """Where a block lies: `confirmations` is 1 for the tip, and -1 outside the main chain."""

    confirmations: int
    height: int


class LitecoindRpc:
    """Asks one litecoind. Calls are answered one after the other; use one object for each independent purpose."""

    def __init__(self, endpoint: Endpoint, deadlines: HttpDeadlines | None = None) -> None:
        self.label = endpoint.label
        self._rpc = JsonRpc(endpoint, LITECOIND, deadlines, path="/")

    async def chain(self) -> ChainAnswer:
        """Ask for the tip."""
        answer = self._rpc.parsed("getblockchaininfo", await self._call("getblockchaininfo"), ChainAnswer)
        if not _BLOCK_ID.fullmatch(answer.bestblockhash) or answer.blocks < 0:
            raise self._rpc.garbage("getblockchaininfo", f"a tip that is no block ({excerpt(answer.bestblockhash)})")
        return answer

    async def genesis(self) -> str:
        """The id of the first block of its chain."""
        found = self._rpc.parsed("getblockhash", await self._call("getblockhash", 0), str)
        if not _BLOCK_ID.fullmatch(found):
            raise self._rpc.garbage("getblockhash", f"a block id that is none ({excerpt(found)})")
        return found

    async def template(self, *, long_poll_id: str = "") -> TemplateAnswer:
        """Ask for a template. With the long poll id of the last one the answer comes when there is something newer."""
        request: dict[str, object] = {"rules": list(KNOWN_RULES)}
        if long_poll_id:
            request["longpollid"] = long_poll_id
        return self._rpc.parsed("getblocktemplate", await self._call("getblocktemplate", request), TemplateAnswer)

    async def submit_block(self, blob: bytes) -> str | None:
        """Hand in a block. None: it is the new tip; else litecoind's word for what it is, or is not."""
        verdict = self._rpc.parsed("submitblock", await self._call("submitblock", blob.hex()), object)
        if verdict is not None and not isinstance(verdict, str):
            raise self._rpc.garbage("submitblock", f"JSON that is no verdict ({excerpt(str(verdict))})")
        return printable(verdict[:MAX_VERDICT_CHARS]) if verdict is not None else None

    async def header(self, block_id: str) -> HeaderAnswer | None:
        """Where a block lies; None for one that litecoind does not have."""
        try:
            answer = await self._call("getblockheader", block_id)
        except DaemonRefusalError as refusal:
            if refusal.number == BLOCK_NOT_FOUND:
                return None
            raise
        return self._rpc.parsed("getblockheader", answer, HeaderAnswer)

    async def close(self) -> None:
        """Release the socket."""
        await self._rpc.close()

    async def _call(self, method: str, *params: object) -> bytes:
        try:
            return await self._rpc.call(method, list(params), name=method)
        except DaemonRefusalError as refusal:
            raise _worded(self.label, method, refusal) from None


def _worded(label: str, method: str, refusal: DaemonRefusalError) -> SourceUnavailableError:
    """The refusal in a sentence for people, where its number says what to do; -8 means what its method makes of it."""
    said = f"{refusal.message} (error {refusal.number})"
    match refusal.number:
        case number if number == NOT_CONNECTED:
            thing = f"the daemon at {label} has no peers, so that a block would reach nobody: {said}"
            return SourceUnavailableError(thing, next_step="Connect it to the network; mining then starts by itself")
        case number if number == INITIAL_DOWNLOAD:
            return SourceUnavailableError(f"the daemon at {label} is still synchronising: {said}", next_step=_BY_ITSELF)
        case number if number == WARMING_UP:
            return SourceUnavailableError(f"the daemon at {label} is starting: {said}", next_step=_BY_ITSELF)
        case number if number == WRONG_PARAMETER and method == "getblocktemplate":
            thing = f"the daemon at {label} wants other rules than {' and '.join(KNOWN_RULES)}: {said}"
            next_step = "Use a litecoind of version 0.21, or a newer MinerConsole"
            return SourceUnavailableError(thing, next_step=next_step)
        case _:
            return refusal
