"""Real RandomX hashes for the pools of the tests: light mode, one thread, the caches of the last two seeds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import ParamSpec, TypeVar

from mining.algorithms.randomx.library import Cache, RandomXLibrary, VirtualMachine
from mining.algorithms.registry import algorithm_named
from tests.unit.algorithms.light_library import library_for

KEPT_CACHES = 2

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hashed:
    """`result`: what is compared with the target; `raw_hash`: for rx/2 the hash under the commitment, else the same."""

    result: bytes
    raw_hash: bytes


class ShareHasher:
    """Hashes blobs one after the other, apart from the event loops that ask for them.

    The thread is there while there is a pool: other tests fork this process.
    """

    def __init__(self, library: RandomXLibrary) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._seeds: dict[bytes, tuple[Cache, dict[bool, VirtualMachine]]] = {}

    def hash(self, algorithm: str, seed: bytes, blob: bytes) -> Future[Hashed]:
        """Hash one blob; 15 to 60 ms, and 0.3 to 1 s more for a new seed."""
        return self._submit(self._hash, algorithm, seed, blob)

    def prepare(self, algorithm: str, seed: bytes) -> Future[VirtualMachine]:
        """Have the cache of a seed ready."""
        return self._submit(self._machine, algorithm, seed)

    def rest(self) -> None:
        """End the thread after what is asked for; the next request begins another one. The caches are kept."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                thread.shutdown()

    def _submit(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
        with self._lock:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="share-hasher")
            return self._thread.submit(work, *args, **named)

    def _hash(self, algorithm: str, seed: bytes, blob: bytes) -> Hashed:
        machine = self._machine(algorithm, seed)
        raw = machine.hash(blob)
        return Hashed(machine.work(blob) if machine.is_v2 else raw, raw)

    def _machine(self, algorithm: str, seed: bytes) -> VirtualMachine:
        entry = self._seeds.pop(seed) if seed in self._seeds else self._fill(seed)
        self._seeds[seed] = entry  # the youngest
        filled, machines = entry
        is_v2 = algorithm_named(algorithm).is_v2
        if is_v2 not in machines:
            flags = self._library.vm_flags(is_fast=False, is_v2=is_v2)
            machines[is_v2] = VirtualMachine(self._library, flags, cache=filled)
        return machines[is_v2]

    def _fill(self, seed: bytes) -> tuple[Cache, dict[bool, VirtualMachine]]:
        if len(self._seeds) >= KEPT_CACHES:
            oldest, machines = self._seeds.pop(next(iter(self._seeds)))
            for machine in machines.values():
                machine.destroy()
            oldest.release()
        made = Cache(self._library)
        made.initialise(seed)
        return made, {}


@cache
def share_hasher(algorithm: str = "rx/0") -> ShareHasher:
    """The one hasher of this process for an algorithm. Skips the test (fails it in CI) where no library is found."""
    return _hasher_of(library_for(algorithm))


@cache
def _hasher_of(library: RandomXLibrary) -> ShareHasher:
    return ShareHasher(library)
