"""RandomXMemory: the cache and the dataset of a Host, and what its workers and its Verifier hash with."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mining.algorithms.randomx.library import Cache, Dataset, RandomXLibrary, VirtualMachine
from mining.algorithms.randomx.selftest import run_known_answers
from mining.algorithms.registry import BY_NUMBER
from mining.engine.host_memory import PROBES, loaded
from mining.engine.host_messages import HostConfig, Order
from mining.engine.memory import MappedDataset
from mining.engine.processes import set_priority
from mining.engine.randomx_judge import RandomXJudge
from mining.engine.randomx_worker import RandomXParts, RandomXWorker
from mining.engine.worker import WorkerContext
from mining.native.hash_loop import NativeLoop
from mining.native.randomx_kernel import RandomXKernel

_SLICE_ITEMS = 1 << 14
_TOLD_EVERY_S = 0.25


class RandomXMemory:
    """In fast mode cache and dataset, in light mode the cache only."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._library = RandomXLibrary(config.library, config.jit)
        self._native = loaded(NativeLoop, config.native)
        self._kernel = loaded(RandomXKernel, config.kernel)
        self._cache: Cache | None = None
        self._mapped: MappedDataset | None = None
        self._dataset: Dataset | None = None
        self._is_checked = False
        if config.is_fast:
            self._mapped = MappedDataset(config.memory_kind, config.dataset_fd)
            self._dataset = Dataset(self._library, self._mapped.address)

    # --- in the Host ------------------------------------------------------------------------------------------

    def prepare(self, order: Order, progress: Callable[[float], bool]) -> list[tuple[bytes, bytes]] | None:
        """Compute cache, probes in light mode and, unless `order.is_built`, the dataset with `order.threads`."""
        self._check_library()
        if self._cache is None:
            self._cache = Cache(self._library)
        self._cache.initialise(bytes.fromhex(order.seed))
        probes = self._make_probes(self._cache, order.epoch)
        if self._dataset is not None and not order.is_built:
            is_done = self._build(self._dataset, self._cache, max(1, order.threads), progress)
            return probes if is_done else None
        return probes

    def _check_library(self) -> None:
        """Once per Host: the library that is loaded here still gives known answers. Raises RuntimeError."""
        if not self._is_checked:
            wrong = run_known_answers(self._library, "abc")
            if wrong:
                raise RuntimeError(f"{self._config.library} fails its known answers ({', '.join(wrong)})")
            self._is_checked = True

    def _make_probes(self, cache: Cache, epoch: int) -> list[tuple[bytes, bytes]]:
        is_v2 = BY_NUMBER[self._config.algorithm].is_v2
        machine = VirtualMachine(self._library, self._library.vm_flags(is_fast=False, is_v2=is_v2), cache=cache)
        probes = []
        for index in range(PROBES):
            data = b"minerconsole probe".ljust(24, b"\0") + (epoch * PROBES + index).to_bytes(8, "little")
            probes.append((data, machine.hash(data)))
        machine.destroy()
        return probes

    def _build(self, dataset: Dataset, cache: Cache, threads: int, progress: Callable[[float], bool]) -> bool:
        """Compute the dataset with `threads` threads; False when it was given up."""
        total = dataset.item_count
        lock, cursor, is_cancelled = threading.Lock(), [0], threading.Event()

        def fill() -> None:
            set_priority(self._config.priority)  # of this thread only (Linux); the Host itself stays responsive
            while not is_cancelled.is_set():
                with lock:
                    start = cursor[0]
                    cursor[0] = min(total, start + _SLICE_ITEMS)
                if start >= total:
                    return
                dataset.initialise(cache, start, min(_SLICE_ITEMS, total - start))

        crew = [threading.Thread(target=fill, daemon=True) for _ in range(threads)]
        for thread in crew:
            thread.start()
        while any(thread.is_alive() for thread in crew):
            crew[0].join(_TOLD_EVERY_S)
            if not progress(cursor[0] / total):
                is_cancelled.set()
        for thread in crew:
            thread.join()
        return not is_cancelled.is_set()

    # --- in its children --------------------------------------------------------------------------------------

    def make_worker(self, context: WorkerContext, slot: int, candidate_fd: int) -> RandomXWorker:
        """A worker over the dataset, which it cannot write, or over the cache."""
        if self._mapped is not None:
            self._mapped.protect()
        config = self._config
        parts = RandomXParts(
            library=self._library,
            is_fast=config.is_fast,
            dataset=self._dataset,
            cache=self._cache,
            large_pages=config.large_pages,
            transparent_pages=config.memory_kind not in ("none", "shmem"),  # these: off by setting, or switched off
            native=self._native,
            kernel=self._kernel,
        )
        return RandomXWorker(context, parts, slot, candidate_fd)

    def make_judge(self) -> RandomXJudge:
        """Light mode over the cache; the dataset is let go."""
        if self._mapped is not None:
            self._mapped.unmap()
        assert self._cache is not None
        return RandomXJudge(self._library, self._cache)
