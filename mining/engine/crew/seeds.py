"""CrewSeeds: which seed the memory of a Crew holds. Every change of it is an epoch with a number of its own.

The dataset of an epoch can stand (`is_ready`) while its cache does not: a new Host finds the shared dataset as it was
and computes the cache again, which the Verifier and workers without shared memory need.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from mining.engine.boards import Probe, WorkBoard
from mining.engine.crew.host import CrewHost
from mining.engine.host_messages import HostEvent, Order


class CrewSeeds:
    """`silence` brings the workers to rest before a rebuild; `threads` says how many may compute it."""

    def __init__(
        self,
        host: CrewHost,
        work: WorkBoard,
        *,
        silence: Callable[[], Awaitable[None]],
        threads: Callable[[], int],
    ) -> None:
        self._host = host
        self._work = work
        self._silence = silence
        self._threads = threads
        self._built_epoch = 0
        self._cache_epoch = 0
        self._ordered_epoch = 0
        self._waiting: asyncio.Future[HostEvent] | None = None
        self.seed: bytes | None = None
        self.epoch = 0
        self.progress: float | None = None
        self.dataset_seconds: float | None = None
        self.seed_gap_s: float | None = None

    @property
    def is_ready(self) -> bool:
        """Whether workers may hash jobs of the current epoch."""
        return self.epoch > 0 and self._built_epoch == self.epoch

    @property
    def is_rebuilding(self) -> bool:
        """Whether workers wait for memory: a new seed, or a Host that died with what it held."""
        return self.epoch > 0 and not self.is_ready

    @property
    def has_cache(self) -> bool:
        """Whether the Host holds the cache of the current epoch."""
        return self.epoch > 0 and self._cache_epoch == self.epoch

    @property
    def is_memory_ready(self) -> bool:
        """Whether a worker that is forked now would find everything it reads."""
        return self.is_ready and (self._host.memory.is_shared or self.has_cache)

    async def prepare(self, seed: bytes, *, is_forced: bool) -> None:
        """Make the memory ready for `seed` with all cores; the gap of a change is measured (`seed_gap_s`).

        `is_forced`: nothing that is there is trusted; a new Host computes cache and dataset anew.
        """
        if seed == self.seed and self.is_ready and not is_forced:
            return
        is_change = self.is_ready
        began = time.monotonic()
        self.seed = seed
        self.epoch += 1
        self._built_epoch = 0  # from here on nobody is started or told to run
        self._waiting = asyncio.get_running_loop().create_future()
        await self._silence()
        if is_forced:
            self._host.kill()  # its end brings a new one, which is then given the order
        else:
            self.order()
        event = await self._waiting
        self._waiting = None
        self.dataset_seconds = event.seconds
        if is_change:
            self.seed_gap_s = time.monotonic() - began

    def order(self) -> None:
        """Have the Host compute what the current epoch lacks, once."""
        if not self._host.is_ready or self.seed is None or self._ordered_epoch == self.epoch:
            return
        self._ordered_epoch = self.epoch
        is_built = self._host.memory.is_shared and self._built_epoch == self.epoch
        threads = max(1, self._threads())
        self._host.order(
            Order("prepare_seed", epoch=self.epoch, seed=self.seed.hex(), threads=threads, is_built=is_built)
        )

    def take(self, event: HostEvent) -> bool:
        """The Host is done with an epoch; False when it is not the current one any more."""
        if event.epoch != self.epoch:
            return False
        if self._built_epoch != event.epoch:
            self._work.write_probes(
                [Probe(event.epoch, bytes.fromhex(data), bytes.fromhex(value)) for data, value in event.probes]
            )
        self._built_epoch = self._cache_epoch = event.epoch
        self.progress = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(event)
        return True

    def host_new(self) -> None:
        """A new Host has nothing but what stands in shared memory."""
        self._cache_epoch = self._ordered_epoch = 0

    def host_gone(self) -> None:
        """The Host died, and with it the cache and all memory that is not shared."""
        self._cache_epoch = 0
        if not self._host.memory.is_shared:
            self._built_epoch = 0
