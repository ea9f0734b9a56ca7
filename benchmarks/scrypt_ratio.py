#!/usr/bin/env python3
"""Hash rate of our Scrypt kernel against hashlib.scrypt (OpenSSL), both on the same core.

They hash in turns of some tens of milliseconds, in the order ABBA, and move to the next core from pair to pair. Ours is
what mining does: one call of the scan for a whole turn. hashlib has one call for each header, as the machine without a
C compiler has; that call's own share of a hash is a few microseconds.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.statistics import median, median_interval
from mining.engine.boards import COUNTER_WORDS, Counter
from mining.native.build import built_scrypt_kernel
from mining.native.hash_loop import LoopEnd
from mining.native.scrypt_kernel import KNOWN_HEADER, NONCE_OFFSET, ScanState, ScryptKernel, ScryptMachine

Turn = Callable[[int], None]
_WARM_UP = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """Rates of one pair: hashes per CPU second and per wall second, kernel over hashlib."""

    core: int
    per_cpu_s: float
    per_wall_s: float
    kernel_hps: float
    hashlib_hps: float


class Scan:
    """Turns of our machine: nonces in order, none of which is a candidate."""

    def __init__(self, machine: ScryptMachine) -> None:
        self._machine = machine
        self._board = (ctypes.c_uint64 * 2)()
        self.row = (ctypes.c_uint64 * COUNTER_WORDS)()
        self._header = ctypes.create_string_buffer(KNOWN_HEADER, len(KNOWN_HEADER))
        self._state = ScanState(
            board=ctypes.addressof(self._board),
            row=ctypes.addressof(self.row),
            header=ctypes.addressof(self._header),
            intensity_at=1,
            intensity=100,
        )
        self._board[1] = 100

    def hash(self, count: int) -> None:
        """Hash `count` headers. Raises RuntimeError when the scan counts others."""
        before = self.row[Counter.HASHES]
        self._state.end = self._state.cursor + count
        if self._machine.scan(self._state) is not LoopEnd.ENDED or self.row[Counter.HASHES] - before != count:
            raise RuntimeError(f"the scan of {count} headers counted {self.row[Counter.HASHES] - before}")


def hashlib_turns(n: int) -> Turn:
    """Turns of hashlib.scrypt over headers that differ in the nonce."""
    header = bytearray(KNOWN_HEADER)
    nonce = 0

    def hash_(count: int) -> None:
        nonlocal nonce
        for _ in range(count):
            nonce += 1
            header[NONCE_OFFSET:] = nonce.to_bytes(4, "little")
            hashlib.scrypt(header, salt=header, n=n, r=1, p=1, dklen=32)

    return hash_


def timed(turn: Turn, count: int) -> tuple[float, float]:
    """Hash; return CPU seconds and wall seconds. Some hashes before that warm the caches."""
    turn(_WARM_UP)
    cpu, wall = time.thread_time(), time.perf_counter()
    turn(count)
    return time.thread_time() - cpu, time.perf_counter() - wall


def measure(ours: Turn, theirs: Turn, *, pairs: int, hashes: int, cores: list[int]) -> list[Pair]:
    """Hash in turns, ABBA, each pair on the next core."""
    found = []
    for number in range(pairs):
        core = cores[number % len(cores)]
        os.sched_setaffinity(0, {core})
        is_ours_first = number // len(cores) % 2 == 0
        spent = {ours: [0.0, 0.0], theirs: [0.0, 0.0]}
        for side in (ours, theirs, theirs, ours) if is_ours_first else (theirs, ours, ours, theirs):
            cpu_s, wall_s = timed(side, hashes)
            spent[side][0] += cpu_s
            spent[side][1] += wall_s
        (our_cpu, our_wall), (their_cpu, their_wall) = spent[ours], spent[theirs]
        found.append(
            Pair(core, their_cpu / our_cpu, their_wall / our_wall, 2 * hashes / our_cpu, 2 * hashes / their_cpu)
        )
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
    result["hashlib_hashes_per_cpu_s"] = round(median([pair.hashlib_hps for pair in pairs]), 1)
    return result


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60, help="Default: 60.")
    parser.add_argument("--hashes", type=int, default=128, help="Hashes of one turn. Default: 128.")
    parser.add_argument("--n", type=int, default=1024, help="N of Scrypt, at most 32768. Default: 1024.")
    parser.add_argument("--most-lanes", type=int, default=0, help="No wider kernel than this. Default: the fastest.")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="scrypt-ratio-") as folder:
        path, sentence = built_scrypt_kernel(Path(folder))
        if path is None:
            print(sentence, file=sys.stderr)
            return 1
        kernel = ScryptKernel(path)
    machine = ScryptMachine(kernel, options.n, most_lanes=options.most_lanes)
    scan = Scan(machine)
    pairs = measure(scan.hash, hashlib_turns(options.n), pairs=options.pairs, hashes=options.hashes, cores=cores)
    facts = {"n": options.n, "kernel": machine.kernel_name, "lanes": machine.lanes, "cores": cores}
    print(json.dumps({**summary(pairs), **facts}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
