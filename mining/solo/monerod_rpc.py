"""The calls of monerod that solo mining needs, with typed answers. Owns JSON and its strictness, not policy.

Every answer that is not what it should be becomes a SourceUnavailableError that names the endpoint and what was seen;
an error that monerod itself reports becomes a `DaemonRefusalError` with its number.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from mining.engine.plan import Endpoint
from mining.errors import SourceUnavailableError
from mining.solo.http_client import HttpClient, HttpDeadlines
from mining.solo.http_wire import excerpt, printable
from mining.solo.monero_block import EXTRA_NONCE_BYTES

STATUS_OK = "OK"
STATUS_BUSY = "BUSY"
MAX_MESSAGE_CHARS = 160
_BLOCK_ID = re.compile(r"[0-9a-f]{64}")

TOO_BIG_HEIGHT = -2
WRONG_WALLET = -4
WRONG_BLOCK_BLOB = -6
BLOCK_NOT_ACCEPTED = -7
CORE_BUSY = -9
MINING_TO_SUB_ADDRESS = -12


class DaemonRefusalError(SourceUnavailableError):
    """monerod answered with an error of its own. `number` is its code, `message` its words."""

    default_code = "daemon_refusal"

    def __init__(self, endpoint: str, method: str, *, number: int, message: str) -> None:
        self.number = number
        self.message = printable(message[:MAX_MESSAGE_CHARS])
        super().__init__(f"the daemon at {endpoint} refused {method}: {self.message} (error {number})")


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


class _ErrorBody(msgspec.Struct, frozen=True):
    code: int
    message: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _ErrorBody | None = None


_T = TypeVar("_T", bound=StatusAnswer)
_P = TypeVar("_P", bound=msgspec.Struct)


class MonerodRpc:
    """Asks one monerod. Calls are answered one after the other; use one object per independent purpose."""

    def __init__(self, endpoint: Endpoint, deadlines: HttpDeadlines | None = None) -> None:
        self.label = endpoint.label
        self._http = HttpClient(endpoint, deadlines)
        self._serial = 0

    async def height(self) -> HeightAnswer:
        """Ask for the tip."""
        answer = self._decoded("get_height", await self._http.exchange("GET", "/get_height"), HeightAnswer)
        if not _BLOCK_ID.fullmatch(answer.hash) or answer.height < 1:
            raise self._garbage("get_height", f"a tip that is no block ({excerpt(answer.hash)})")
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
            raise self._garbage("get_block_header_by_height", seen)
        return header

    async def close(self) -> None:
        """Release the socket."""
        await self._http.close()

    async def _call(self, method: str, params: object, answer_type: type[_T]) -> _T:
        self._serial += 1
        request: dict[str, object] = {"jsonrpc": "2.0", "id": self._serial, "method": method}
        if params is not None:
            request["params"] = params
        body = await self._http.exchange("POST", "/json_rpc", msgspec.json.encode(request))
        envelope = self._parsed(method, body, _Envelope)
        if envelope.error is not None:
            raise DaemonRefusalError(
                self.label, method, number=envelope.error.code, message=envelope.error.message or "no reason given"
            )
        return self._decoded(method, bytes(envelope.result), answer_type)

    def _decoded(self, method: str, body: bytes, answer_type: type[_T]) -> _T:
        answer = self._parsed(method, body, StatusAnswer)
        if answer.status == STATUS_BUSY:
            raise SourceUnavailableError(
                f"the daemon at {self.label} is busy (it is still synchronising)",
                next_step="Mining starts by itself when it is done",
            )
        if answer.status != STATUS_OK:
            raise SourceUnavailableError(
                f"the daemon at {self.label} answered {method} with the status {excerpt(answer.status)}"
            )
        return self._parsed(method, body, answer_type)

    def _parsed(self, method: str, body: bytes, answer_type: type[_P]) -> _P:
        try:
            return msgspec.json.decode(body, type=answer_type)
        except msgspec.ValidationError as error:
            raise self._garbage(method, f"JSON that is not what was asked for ({error})") from None
        except (ValueError, RecursionError):
            if body.lstrip()[:1] == b"<":
                raise self._garbage(method, f"a web page instead of JSON ({excerpt(body)})") from None
            raise self._garbage(method, f"something that is not JSON ({excerpt(body)})") from None

    def _garbage(self, method: str, seen: str) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"the daemon at {self.label} answered {method} with {seen}",
            next_step="Check that this address is the RPC port of monerod (18081 unless changed)",
        )
