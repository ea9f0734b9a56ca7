"""The job source "solo on a daemon", of whatever coin: watches the tip, makes jobs from templates, delivers blocks.

How it works. One loop (`run`) asks for the tip each `poll_s` and for a template when the tip moved, when `refresh_s` is
over (fees, timestamp), when the daemon rings (the long poll of litecoind) and after trouble. It alone sets the current
work. `submit` runs beside it on a connection of its own and only ever *closes* things: it marks heights as taken, drops
the tip, and wakes the loop. Trouble is waited out with back-off; hashing goes on meanwhile for `silence_s` (a short
restart of the daemon costs nothing), then stops.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Generic

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.sources.base import SessionFacts, SourceSink
from mining.errors import SourceUnavailableError
from mining.solo.block_delivery import BlockDelivery, DaemonTimings
from mining.solo.solo_daemon import ORPHANED, SoloDaemon, W
from mining.solo.won_blocks import WonBlock, WonBlocks

KEPT_WORKS = 64
EXTRA_NONCES = 1 << 64
HEIGHT_TAKEN = "height already won by us"
TIP_MOVED = "the chain moved on"


class DaemonSource(Generic[W]):
    """Implements `JobSource` on one daemon. `rng` gives the first extra nonce and the jitter of the back-off."""

    kind = "daemon"

    def __init__(
        self,
        daemon: SoloDaemon[W],
        *,
        poll_s: float = 1.0,
        refresh_s: float = 20.0,
        timings: DaemonTimings | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.endpoint = daemon.label
        self._daemon = daemon
        self._poll_s = poll_s
        self._refresh_s = refresh_s
        self._timings = timings or DaemonTimings()
        self._rng = rng or random.SystemRandom()
        self._won = WonBlocks()
        self._delivery = BlockDelivery(daemon.submit, self._won, self._timings)
        self._sink: SourceSink | None = None
        self._told: tuple[Link, str | None] | None = None
        self._wake = asyncio.Event()
        self._silence: asyncio.TimerHandle | None = None
        self._tip = ""
        self._work: W | None = None
        self._renewed_at = 0.0
        self._is_offering = False
        self._is_ready = False
        self._works: dict[str, tuple[W, int]] = {}
        self._extra_nonce = self._rng.getrandbits(64)
        self._serial = 0
        self.refused_blocks = 0
        """How many found blocks the daemon refused for a fault of theirs."""
        self._last_refused: Outcome | None = None
        self._is_template_doubted = False

    @property
    def orphaned_after_acceptance(self) -> int:
        """How many of our accepted blocks left the main chain later."""
        return len(self._won.orphaned)

    @property
    def orphaned_blocks(self) -> tuple[WonBlock, ...]:
        """The blocks that `orphaned_after_acceptance` counts."""
        return tuple(self._won.orphaned)

    async def run(self, sink: SourceSink) -> None:
        """Deliver jobs until cancelled. Raises LoginRefusedError for a wallet or login the daemon refuses."""
        self._sink = sink
        self._tell(Link.CONNECTING)
        failures = 0
        try:
            while True:
                self._wake.clear()
                try:
                    await self._look()
                    failures = 0
                    pause_s = self._poll_s
                except SourceUnavailableError as error:
                    failures += 1
                    self._lose(error)
                    pause_s = self._backoff_s(failures)
                await self._pause(pause_s)
        finally:
            self._silence_stop()

    def is_stale(self, job: Job) -> bool:
        """Whether a share of `job` could not become a block any more: tip moved, height won or being submitted."""
        return self._staleness(job) is not None

    async def submit(self, share: Share) -> Outcome:
        """Deliver a block and prove that it is in the main chain."""
        reason = self._staleness(share.job)
        if reason is not None:
            return Outcome(OutcomeKind.STALE, reason, f"height {share.job.height}")
        work, extra_nonce = self._works[share.job.job_id]
        block = self._daemon.block(work, extra_nonce=extra_nonce, nonce=share.nonce)
        outcome = await self._delivery.deliver(block, lambda: self._tip in ("", work.prev_hash))
        if outcome.kind is OutcomeKind.ACCEPTED:
            self._tip_lost(work, f"height {work.height} is won")
        elif outcome.kind is OutcomeKind.STALE or outcome.reason == ORPHANED:
            self._tip_lost(work, f"height {work.height} went to another block")
        elif outcome.kind is OutcomeKind.REJECTED:
            self._refused(outcome)
        return outcome

    def request_fresh_job(self) -> None:
        """Make a job with the next extra nonce from the same template, in the next turn of the event loop."""
        if self._sink is not None:
            asyncio.get_running_loop().call_soon(self._offer_again)

    @property
    def facts(self) -> SessionFacts | None:
        """There is no session."""
        return None

    def notice(self) -> str | None:
        """Say so when blocks of ours were refused, or left the main chain after they were accepted."""
        parts = []
        if self._last_refused is not None:
            why = f"{self._last_refused.reason} ({self._last_refused.detail})"
            parts.append(f"the daemon refused {self.refused_blocks} of our blocks, the last one for {why}")
        count = self.orphaned_after_acceptance
        if count:
            heights = ", ".join(str(block.height) for block in self.orphaned_blocks[-3:])
            parts.append(f"{count} of our accepted blocks left the main chain later (last at height {heights})")
        return "; ".join(parts) or None

    async def close(self) -> None:
        """Release sockets."""
        self._silence_stop()
        self._sink = None
        await self._daemon.close()

    async def _look(self) -> None:
        """Ask for the tip once and do what follows from it."""
        tip = await self._daemon.tip()
        self._tip = tip.block_id
        if self._work is None or self._needs_template():
            await self._renew()
        else:
            self._daemon.watch(self._work, partial(self._ring, self._work.prev_hash))
        self._tell(Link.READY)
        self._silence_restart()
        for block in self._won.due(tip.height):
            is_there = await self._daemon.is_in_chain(height=block.height, block_id=block.block_id)
            self._won.rechecked(block, is_in_chain=is_there)

    def _needs_template(self) -> bool:
        if self._work is None or not self._is_offering or self._work.prev_hash != self._tip:
            return True
        if self._is_template_doubted:
            return True
        return asyncio.get_running_loop().time() - self._renewed_at >= self._refresh_s

    async def _renew(self) -> None:
        """Fetch a template and offer its job. One asked for before our own block was accepted is thrown away."""
        if not self._is_ready:
            await self._daemon.ready_check()
            self._is_ready = True
        wins = self._won.serial
        self._is_template_doubted = False
        work = await self._daemon.work()
        if wins != self._won.serial:
            self._wake.set()
            return
        self._won.chain_restarts_at(work.height)
        is_clean = self._work is None or self._work.prev_hash != work.prev_hash
        self._tip = work.prev_hash
        self._work = work
        self._forget_below(work.height - 1)
        self._renewed_at = asyncio.get_running_loop().time()
        self._tell(Link.READY)
        self._offer(work, is_clean=is_clean)

    def _offer(self, work: W, *, is_clean: bool) -> None:
        """Hand the engine a job with the next extra nonce."""
        self._serial += 1
        self._extra_nonce = (self._extra_nonce + 1) % EXTRA_NONCES
        job_id = f"{work.height}-{self._serial}"
        self._works[job_id] = (work, self._extra_nonce)
        while len(self._works) > KEPT_WORKS:
            del self._works[next(iter(self._works))]
        self._is_offering = True
        if self._sink is not None:
            job = self._daemon.job(work, job_id=job_id, extra_nonce=self._extra_nonce, is_clean=is_clean)
            self._sink.job_received(job)

    def _forget_below(self, height: int) -> None:
        """Let go of works that no candidate comes for any more: Litecoin's hold the transactions of a block."""
        self._works = {job_id: kept for job_id, kept in self._works.items() if kept[0].height >= height}

    def _offer_again(self) -> None:
        """Answer `request_fresh_job`; without a live template there is nothing to offer until the loop has one."""
        if self._work is not None and self._is_offering and self._work.prev_hash == self._tip:
            self._offer(self._work, is_clean=False)

    def _staleness(self, job: Job) -> str | None:
        found = self._works.get(job.job_id)
        if found is None or found[0].prev_hash != self._tip:
            is_ours = found is not None and self._won.is_taken(found[0].height)
            return HEIGHT_TAKEN if is_ours else TIP_MOVED
        return HEIGHT_TAKEN if self._won.is_taken(found[0].height) else None

    def _tip_lost(self, work: W, reason: str) -> None:
        """Stop hashing on `work`, which is decided, and have the loop ask for the next height at once."""
        if self._tip == work.prev_hash:
            self._tip = ""
        if self._work is not None and self._work.prev_hash == work.prev_hash:
            self._invalidate(reason)
        self._wake.set()

    def _refused(self, outcome: Outcome) -> None:
        """A block at fault may have it from its template: have the loop ask for another one at once."""
        self.refused_blocks += 1
        self._last_refused = outcome
        self._is_template_doubted = True
        self._wake.set()

    def _lose(self, error: SourceUnavailableError) -> None:
        """Note trouble: a job on a tip that is gone ends now, any other after `silence_s`."""
        self._is_ready = False
        self._renewed_at = float("-inf")
        self._daemon.watch_failed(error)
        if self._work is not None and self._work.prev_hash != self._tip:
            self._invalidate(f"the chain moved on and there is no new template: {error.sentence}")
        self._tell(Link.DOWN, error.sentence)

    def _invalidate(self, reason: str) -> None:
        if self._is_offering and self._sink is not None:
            self._is_offering = False
            self._sink.jobs_invalidated(reason)

    def _tell(self, link: Link, cause: str | None = None) -> None:
        """Tell the engine about the link, once for each change."""
        if self._told != (link, cause) and self._sink is not None:
            self._told = (link, cause)
            self._sink.link_changed(link, endpoint=self.endpoint, cause=cause)

    def _ring(self, prev_hash: str) -> None:
        """The daemon has something newer than this work: have the loop ask for it at once, unless it did already."""
        if self._work is None or self._work.prev_hash != prev_hash:
            return
        self._renewed_at = float("-inf")
        self._wake.set()

    def _silence_restart(self) -> None:
        self._silence_stop()
        self._silence = asyncio.get_running_loop().call_later(self._timings.silence_s, self._silence_over)

    def _silence_stop(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _silence_over(self) -> None:
        self._invalidate(f"no news from the daemon at {self.endpoint} for {self._timings.silence_s:g} s")

    def _backoff_s(self, failures: int) -> float:
        jitter = self._timings.backoff_jitter
        return self._timings.backoff_s(failures) * self._rng.uniform(1 - jitter, 1 + jitter)

    async def _pause(self, seconds: float) -> None:
        """Sleep, or less when a block was decided meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
