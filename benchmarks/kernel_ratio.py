#!/usr/bin/env python3
"""Hash rate of our RandomX kernel against the library's own hash function, both over one dataset on the same core.

They hash in turns of some tens of milliseconds, in the order ABBA, and move to the next core from pair to pair. Each
input differs, so neither finds dataset lines in the cache that the other one left. Needs 2.3 GiB of memory.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import mmap
import os
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.statistics import median, median_interval
from mining.algorithms.randomx.library import DATASET_BYTES, Cache, Dataset, RandomXLibrary, VirtualMachine
from mining.algorithms.randomx.loader import library_candidates
from mining.native.build import built_randomx_kernel
from mining.native.randomx_kernel import KernelMachine, RandomXKernel, Turns

HUGE_PAGE = 2 << 20
NONCE = struct.Struct("<Q")
NONCE_AT = 39
_KEY = b"kernel ratio"


@dataclass(frozen=True, slots=True)
class Pair:
    """Rates of one pair: hashes per CPU second and per wall second, kernel over library."""

    core: int
    per_cpu_s: float
    per_wall_s: float
    kernel_hps: float
    library_hps: float


class Side:
    """One machine that hashes in turns: `first` and `following` with the arguments of randomx.h."""

    def __init__(self, pointer: int, first: Callable[..., None], following: Callable[..., None], nonce: int) -> None:
        self._pointer, self._following = pointer, following
        self._blob = ctypes.create_string_buffer(76)
        self._out = ctypes.create_string_buffer(32)
        self._nonce = nonce
        first(pointer, self._blob, 76)

    def turn(self, hashes: int) -> tuple[float, float]:
        """Hash; return CPU seconds and wall seconds. One hash before that warms the caches."""
        self._hash(1)
        cpu, wall = time.thread_time(), time.perf_counter()
        self._hash(hashes)
        return time.thread_time() - cpu, time.perf_counter() - wall

    def _hash(self, hashes: int) -> None:
        for _ in range(hashes):
            self._nonce += 1
            NONCE.pack_into(self._blob, NONCE_AT, self._nonce)
            self._following(self._pointer, self._blob, 76, self._out)


def filled_dataset(library: RandomXLibrary, key: bytes = _KEY) -> tuple[mmap.mmap, Dataset, int]:
    """Build the dataset of `key` on transparent huge pages with all cores; returns memory, object, address."""
    memory = mmap.mmap(-1, DATASET_BYTES + 2 * HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    address = start + -start % HUGE_PAGE
    dataset, cache = Dataset(library, address), Cache(library)
    cache.initialise(key)
    count = len(os.sched_getaffinity(0))
    edges = [dataset.item_count * part // count for part in range(count + 1)]
    threads = [
        threading.Thread(target=dataset.initialise, args=(cache, low, high - low))
        for low, high in itertools.pairwise(edges)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.release()
    return memory, dataset, address


def measure(ours: Side, theirs: Side, *, pairs: int, hashes: int, cores: list[int]) -> list[Pair]:
    """Hash in turns, ABBA, each pair on the next core."""
    found = []
    for number in range(pairs):
        core = cores[number % len(cores)]
        os.sched_setaffinity(0, {core})
        is_ours_first = number // len(cores) % 2 == 0
        order = (ours, theirs, theirs, ours) if is_ours_first else (theirs, ours, ours, theirs)
        spent = {ours: [0.0, 0.0], theirs: [0.0, 0.0]}
        for side in order:
            cpu_s, wall_s = side.turn(hashes)
            spent[side][0] += cpu_s
            spent[side][1] += wall_s
        (our_cpu, our_wall), (their_cpu, their_wall) = spent[ours], spent[theirs]
        rates = 2 * hashes / our_cpu, 2 * hashes / their_cpu
        found.append(Pair(core, their_cpu / our_cpu, their_wall / our_wall, *rates))
    return found


def summary(pairs: list[Pair]) -> dict[str, object]:
    """Medians and 95 % intervals."""
    result: dict[str, object] = {"pairs": len(pairs)}
    for name in ("per_cpu_s", "per_wall_s"):
        values = [getattr(pair, name) for pair in pairs]
        interval = median_interval(values)
        result[name] = round(median(values), 4)
        result[f"{name}_interval"] = [round(interval.low, 4), round(interval.high, 4)] if interval else None
    result["kernel_hashes_per_cpu_s"] = round(median([pair.kernel_hps for pair in pairs]), 1)
    result["library_hashes_per_cpu_s"] = round(median([pair.library_hps for pair in pairs]), 1)
    return result


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60, help="Default: 60.")
    parser.add_argument("--hashes", type=int, default=8, help="Hashes of one turn. Default: 8.")
    parser.add_argument("--turns", choices=[turns.name for turns in Turns], default="BY_TRIAL")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="kernel-ratio-") as folder:
        path, sentence = built_randomx_kernel(Path(folder))
        if path is None:
            print(sentence, file=sys.stderr)
            return 1
        kernel = RandomXKernel(path)
    library = RandomXLibrary(next(path for path, _ in library_candidates()))
    memory, dataset, address = filled_dataset(library)
    machine = KernelMachine(kernel, address, large_pages=True)
    machine.turns = Turns[options.turns]
    flags = library.vm_flags(is_fast=True, is_v2=False)
    other = VirtualMachine(library, flags, dataset=dataset)
    ours = Side(machine.pointer, machine.first, machine.next, 1 << 40)
    following = library.c.randomx_calculate_hash_next
    theirs = Side(other.pointer, library.c.randomx_calculate_hash_first, following, 2 << 40)
    if machine.turns is Turns.BY_TRIAL:
        ours.turn(40)
    pairs = measure(ours, theirs, pairs=options.pairs, hashes=options.hashes, cores=cores)
    print(json.dumps({**summary(pairs), "turns": machine.turns.name, "library": library.path, "cores": cores}))
    del memory
    return 0


if __name__ == "__main__":
    sys.exit(main())
