"""Monero's side of solo mining: one monerod as a `SoloDaemon`, and the job source on it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from mining.engine.jobs import Job, Outcome, OutcomeKind
from mining.engine.plan import Endpoint
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.block import Block
from mining.solo.block_delivery import DaemonTimings
from mining.solo.daemon_source import DaemonSource
from mining.solo.http_client import HttpDeadlines
from mining.solo.json_rpc import DaemonRefusalError
from mining.solo.monero_block import BlockFormatError
from mining.solo.monero_work import Work, block_from_nonce, job_from_work, work_from_answer
from mining.solo.monerod_rpc import (
    BLOCK_NOT_ACCEPTED,
    CORE_BUSY,
    MINING_TO_SUB_ADDRESS,
    WRONG_BLOCK_BLOB,
    WRONG_WALLET,
    BlockHeader,
    MonerodRpc,
    TemplateAnswer,
)
from mining.solo.solo_daemon import ORPHANED, Tip

REGTEST = "fakechain"
REASON_OF_REFUSAL = {BLOCK_NOT_ACCEPTED: "block not accepted", WRONG_BLOCK_BLOB: "wrong block blob"}
OTHER_REFUSAL = "refused by the daemon"


class MonerodDaemon:
    """Implements `SoloDaemon`: templates that pay `wallet`, blocks proven by the main chain."""

    def __init__(self, endpoint: Endpoint, wallet: str, deadlines: HttpDeadlines | None = None) -> None:
        self.label = endpoint.label
        self._wallet = wallet
        self._rpc = MonerodRpc(endpoint, deadlines)
        self._delivery_rpc = MonerodRpc(endpoint, deadlines)

    async def tip(self) -> Tip:
        """Ask for the tip."""
        answer = await self._rpc.height()
        return Tip(answer.hash, answer.height - 1)

    async def ready_check(self) -> None:
        """Fail while the daemon is behind: a block on an old tip is worth nothing. Regtest has no peers to ask."""
        info = await self._rpc.info()
        if not info.synchronized and info.nettype != REGTEST:
            known = f" of {info.target_height}" if info.target_height else ""
            raise SourceUnavailableError(
                f"the daemon at {self.label} is still synchronising (block {info.height}{known})",
                next_step="Mining starts by itself when it is done",
            )

    async def work(self) -> Work:
        """Ask for a template and check it."""
        answer = await self._template_fetch()
        try:
            return await asyncio.to_thread(work_from_answer, answer)
        except BlockFormatError as error:
            raise SourceUnavailableError(
                f"the daemon at {self.label} answered with a block template that {error}",
                next_step="Check that it is a monerod of a version that this miner knows",
            ) from None

    def job(self, work: Work, *, job_id: str, extra_nonce: int, is_clean: bool) -> Job:
        """The job of `work` with this extra nonce."""
        return job_from_work(work, job_id=job_id, extra_nonce=extra_nonce, is_clean=is_clean)

    def block(self, work: Work, *, extra_nonce: int, nonce: int) -> Block:
        """The block of a found nonce."""
        return block_from_nonce(work, extra_nonce=extra_nonce, nonce=nonce)

    async def submit(self, block: Block) -> Outcome:
        """Submit once and look the height up: `submit_block` says OK to duplicates and alternative blocks too."""
        clock = asyncio.get_running_loop().time
        started_at = clock()
        refusal: DaemonRefusalError | None = None
        try:
            await self._delivery_rpc.submit_block(block.blob)
        except DaemonRefusalError as error:
            if error.number == CORE_BUSY:
                raise
            refusal = error
        rtt_ms = (clock() - started_at) * 1000
        header = await self._delivery_rpc.block_header(block.height)
        if header is not None and header.hash == block.block_id and not header.orphan_status:
            return Outcome(OutcomeKind.ACCEPTED, "", f"block {block.block_id} at height {block.height}", rtt_ms)
        return _rejected(block, refusal, header, rtt_ms)

    async def is_in_chain(self, *, height: int, block_id: str) -> bool:
        """Whether the main chain has this block at this height."""
        header = await self._rpc.block_header(height)
        return header is not None and header.hash == block_id

    def watch(self, work: Work, ring: Callable[[], None]) -> None:
        """Nothing: its height is asked for each second."""

    def watch_failed(self, error: SourceUnavailableError) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Release sockets."""
        await self._rpc.close()
        await self._delivery_rpc.close()

    async def _template_fetch(self) -> TemplateAnswer:
        try:
            return await self._rpc.block_template(self._wallet)
        except DaemonRefusalError as refusal:
            if refusal.number not in (WRONG_WALLET, MINING_TO_SUB_ADDRESS):
                raise
            raise LoginRefusedError(
                f"the daemon at {self.label} refuses the wallet {self._wallet[:6]}…{self._wallet[-4:]}: "
                f"{refusal.message} (error {refusal.number})",
                next_step="Give a primary address (not a sub-address) of the network that this daemon is on",
            ) from None


class MonerodSource(DaemonSource[Work]):
    """The job source "solo on monerod"."""

    def __init__(
        self,
        endpoint: Endpoint,
        wallet: str,
        *,
        poll_s: float = 1.0,
        refresh_s: float = 20.0,
        timings: DaemonTimings | None = None,
        rng: random.Random | None = None,
    ) -> None:
        daemon = MonerodDaemon(endpoint, wallet, timings.deadlines if timings else None)
        super().__init__(daemon, poll_s=poll_s, refresh_s=refresh_s, timings=timings, rng=rng)


def _rejected(block: Block, refusal: DaemonRefusalError | None, header: BlockHeader | None, rtt_ms: float) -> Outcome:
    if refusal is not None:
        reason = REASON_OF_REFUSAL.get(refusal.number, OTHER_REFUSAL)
        return Outcome(OutcomeKind.REJECTED, reason, f"{refusal.message} (error {refusal.number})", rtt_ms)
    winner = f"went to block {header.hash}" if header is not None else "is not in the chain"
    detail = f"height {block.height} {winner}, not to our block {block.block_id}"
    return Outcome(OutcomeKind.REJECTED, ORPHANED, detail, rtt_ms)
