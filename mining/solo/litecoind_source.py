"""Litecoin's side of solo mining: one litecoind as a `SoloDaemon`, and the job source on it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from mining.addresses import AddressProblem, mask_address
from mining.engine.jobs import Job, Outcome
from mining.engine.plan import Endpoint
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.block import Block
from mining.solo.block_delivery import DaemonTimings
from mining.solo.daemon_source import DaemonSource
from mining.solo.http_client import NO_ANSWER_CODE, HttpDeadlines
from mining.solo.json_rpc import DaemonRefusalError
from mining.solo.litecoin_chain import NETWORK_OF_GENESIS, payout_script
from mining.solo.litecoin_template import TemplateError
from mining.solo.litecoin_verdict import outcome_of
from mining.solo.litecoin_work import LitecoinWork, block_from_nonce, job_from_work, work_from_answer
from mining.solo.litecoind_rpc import DECODE_FAILED, LitecoindRpc
from mining.solo.long_poll import LongPoll
from mining.solo.solo_daemon import Tip

BLOCK_ON_ITS_WAY = 1
"""A header comes before its block, so that a node that is well may know one header more than it has blocks."""


class LitecoindDaemon:
    """Implements `SoloDaemon`: our own coinbase pays `wallet`, blocks are proven by the main chain."""

    def __init__(self, endpoint: Endpoint, wallet: str, deadlines: HttpDeadlines | None = None) -> None:
        deadlines = deadlines or HttpDeadlines()
        self.label = endpoint.label
        self._wallet = wallet
        self._script = b""
        self._rpc = LitecoindRpc(endpoint, deadlines)
        self._delivery_rpc = LitecoindRpc(endpoint, deadlines)
        self._long_poll = LongPoll(endpoint, deadlines.connect_s)

    async def tip(self) -> Tip:
        """Ask for the tip; fail while it is behind: litecoind says so only until its first download is over."""
        answer = await self._rpc.chain()
        if answer.headers > answer.blocks + BLOCK_ON_ITS_WAY:
            raise SourceUnavailableError(
                f"the daemon at {self.label} is still synchronising (block {answer.blocks} of {answer.headers})",
                next_step="Mining starts by itself when it is done",
            )
        return Tip(answer.bestblockhash, answer.blocks)

    async def ready_check(self) -> None:
        """Refuse a node of another coin, and a wallet of another network. Peers and the download are litecoind's own
        check of each template."""
        genesis = await self._rpc.genesis()
        network = NETWORK_OF_GENESIS.get(genesis)
        if network is None:
            raise LoginRefusedError(
                f"the daemon at {self.label} is not a Litecoin node (its first block is {genesis[:16]}…)",
                next_step="Give the address of a litecoind, or another COIN",
            )
        try:
            self._script = payout_script(self._wallet, network)
        except AddressProblem as problem:
            raise LoginRefusedError(
                f"the daemon at {self.label} is on {network}: the wallet {mask_address(self._wallet)} {problem.why}",
                next_step=problem.next_step,
            ) from None

    async def work(self) -> LitecoinWork:
        """Ask for a template and check it."""
        answer = await self._rpc.template()
        try:
            return await asyncio.to_thread(work_from_answer, answer, self._script)
        except TemplateError as error:
            raise SourceUnavailableError(
                f"the daemon at {self.label} answered with a block template that {error}",
                next_step="Check that it is a litecoind of a version that this miner knows",
            ) from None

    def job(self, work: LitecoinWork, *, job_id: str, extra_nonce: int, is_clean: bool) -> Job:
        """The job of `work` with this extra nonce."""
        return job_from_work(work, job_id=job_id, extra_nonce=extra_nonce, is_clean=is_clean)

    def block(self, work: LitecoinWork, *, extra_nonce: int, nonce: int) -> Block:
        """The block of a found nonce."""
        return block_from_nonce(work, extra_nonce=extra_nonce, nonce=nonce)

    async def submit(self, block: Block) -> Outcome:
        """Submit once and look where the block lies: the answer may be to an earlier attempt of ours."""
        clock = asyncio.get_running_loop().time
        started_at = clock()
        word: str | None
        try:
            word = await self._delivery_rpc.submit_block(block.blob)
        except DaemonRefusalError as refusal:
            if refusal.number != DECODE_FAILED:
                raise
            word = refusal.message.lower()
        rtt_ms = (clock() - started_at) * 1000
        header = await self._delivery_rpc.header(block.block_id)
        is_in_chain = header is not None and header.confirmations >= 1
        return outcome_of(block, word, is_in_chain=is_in_chain, rtt_ms=rtt_ms)

    async def is_in_chain(self, *, height: int, block_id: str) -> bool:
        """Whether the main chain has this block at this height."""
        header = await self._rpc.header(block_id)
        return header is not None and header.confirmations >= 1 and header.height == height

    def watch(self, work: LitecoinWork, ring: Callable[[], None]) -> None:
        """Ring when the tip moves, or, after a minute, when the transactions do."""
        self._long_poll.watch(work.prev_hash, work.template.long_poll_id, ring)

    def watch_failed(self, error: SourceUnavailableError) -> None:
        """A call that nobody answers may want for the thread that the long poll holds."""
        if error.code == NO_ANSWER_CODE:
            self._long_poll.call_failed()

    async def close(self) -> None:
        """Release sockets and the long poll."""
        await self._long_poll.close()
        await self._rpc.close()
        await self._delivery_rpc.close()


class LitecoindSource(DaemonSource[LitecoinWork]):
    """The job source "solo on litecoind"."""

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
        daemon = LitecoindDaemon(endpoint, wallet, timings.deadlines if timings else None)
        super().__init__(daemon, poll_s=poll_s, refresh_s=refresh_s, timings=timings, rng=rng)
