#!/usr/bin/env python3
"""Scrypt on all cores through the whole engine, against the same kernel alone on the same cores.

Ours is what a user starts (`manage.py mine --offline --algorithm scrypt`), with everything that it does beside hashing.
The other side is a process pinned to each core that calls the scan for nothing but hashes. They take turns, in the
order ABBA, while the other one is paused; a pair is one turn of each. With the defaults about three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.engine_side import EngineSide
from benchmarks.ratio.statistics import median, median_interval
from benchmarks.scrypt_ratio import Scan
from mining.child_environment import child_environment
from mining.engine.processes import die_with_parent
from mining.errors import MinerConsoleError
from mining.native.build import built_scrypt_kernel
from mining.native.scrypt_kernel import KNOWN_N, ScryptKernel, ScryptMachine

_SETTLE_S = 1.0
_HASHES_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn on all cores: hashes per second, hashes per CPU second of what hashed, and their share of the cores."""

    hps: float
    per_cpu_s: float
    cpu_share: float


@dataclass(frozen=True, slots=True)
class Pair:
    """One turn of each. `paused_cpu_share`: of one core, what our paused engine used while the kernel was alone."""

    ours: Turn
    kernel: Turn
    paused_cpu_share: float


class KernelAlone:
    """A process on each core that hashes when it is told to."""

    def __init__(self, library: Path, cores: list[int]) -> None:
        self._children = [
            subprocess.Popen(
                [sys.executable, __file__, "--child", str(library), str(core), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=child_environment(),
            )
            for core in cores
        ]

    def turn(self, seconds: float) -> Turn:
        """Hash for so long on all cores. Raises RuntimeError when a process has ended."""
        for child in self._children:
            assert child.stdin is not None
            print(seconds, file=child.stdin, flush=True)
        answers = [child.stdout.readline().split() for child in self._children if child.stdout is not None]
        if not all(answers):
            raise RuntimeError("a process that hashes alone has ended")
        hashes, walls, cpus = ([float(answer[at]) for answer in answers] for at in range(3))
        hps = sum(count / wall for count, wall in zip(hashes, walls, strict=True))
        return Turn(hps, sum(hashes) / sum(cpus), sum(cpus) / sum(walls))

    def end(self) -> None:
        """Close their input, which ends them."""
        for child in self._children:
            child.communicate()


def serve_child(library: str, core: int, parent: int) -> int:
    """The process of one core: for each line with seconds, answer with hashes, wall and CPU seconds."""
    if not die_with_parent(parent):
        return 1
    os.sched_setaffinity(0, {core})
    scan = Scan(ScryptMachine(ScryptKernel(library), KNOWN_N))
    for line in sys.stdin:
        seconds, hashes = float(line), 0
        began, cpu = time.perf_counter(), time.thread_time()
        while time.perf_counter() - began < seconds:
            scan.hash(_HASHES_AT_ONCE)
            hashes += _HASHES_AT_ONCE
        print(hashes, time.perf_counter() - began, time.thread_time() - cpu, flush=True)
    return 0


def engine_turn(engine: EngineSide, seconds: float) -> Turn:
    """Let the engine hash, leave the first second out, and count between two of its frames."""
    engine.resume()
    time.sleep(_SETTLE_S)
    first, cpu_before = engine.count(), engine.cpu_s()
    time.sleep(max(0.0, seconds - 1.0))  # a frame comes each second
    last, cpu_after = engine.count(), engine.cpu_s()
    engine.pause()
    time.sleep(_SETTLE_S)
    hashes, passed = last.hashes - first.hashes, last.at - first.at
    cpu = sum(cpu_after[thread] - cpu_before[thread] for thread in cpu_after if thread in cpu_before)
    return Turn(hashes / passed, hashes / max(cpu, 0.01), cpu / passed / max(1, len(cpu_after)))


def measured_pairs(engine: EngineSide, alone: KernelAlone, *, pairs: int, seconds: float) -> Iterator[Pair]:
    """Take turns, ABBA."""
    for number in range(pairs):
        ours = engine_turn(engine, seconds) if number % 2 == 0 else None
        before, began = engine.other_cpu_s(), time.monotonic()
        kernel = alone.turn(seconds)
        used = (engine.other_cpu_s() - before) / (time.monotonic() - began)
        yield Pair(ours or engine_turn(engine, seconds), kernel, used)


def summary(pairs: list[Pair]) -> dict[str, object]:
    """Medians and 95 % intervals of the ratio engine / kernel, by wall time and by CPU time of what hashes."""
    result: dict[str, object] = {"pairs": len(pairs)}
    for name, ratios in (
        ("ratio", [pair.ours.hps / pair.kernel.hps for pair in pairs]),
        ("ratio_per_cpu_s", [pair.ours.per_cpu_s / pair.kernel.per_cpu_s for pair in pairs]),
    ):
        interval = median_interval(ratios)
        result[name] = round(median(ratios), 4)
        result[f"{name}_interval"] = [round(interval.low, 4), round(interval.high, 4)] if interval else None
    result["engine_hps"] = round(median([pair.ours.hps for pair in pairs]), 1)
    result["kernel_hps"] = round(median([pair.kernel.hps for pair in pairs]), 1)
    result["least_cpu_share"] = round(min(min(pair.ours.cpu_share, pair.kernel.cpu_share) for pair in pairs), 3)
    result["paused_engine_cpu_share"] = round(median([pair.paused_cpu_share for pair in pairs]), 4)
    return result


@contextmanager
def both_sides(folder: Path, library: Path, cores: list[int]) -> Iterator[tuple[EngineSide, KernelAlone]]:
    """Our engine, paused, and the kernel alone; both are ended with the block."""
    engine = EngineSide(tuple(cores), folder, algorithm="scrypt")
    alone = KernelAlone(library, cores)
    try:
        engine.wait_ready()
        engine.pause()
        yield engine, alone
    finally:
        alone.end()
        engine.end()


def main() -> int:
    """Measure and print; returns the exit code."""
    if sys.argv[1:2] == ["--child"]:
        return serve_child(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=12, help="Default: 12.")
    parser.add_argument("--seconds", type=float, default=5.0, help="Length of a turn. Default: 5.")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="scrypt-engine-ratio-") as name:
        folder = Path(name)
        path, sentence = built_scrypt_kernel(folder)
        if path is None:
            print(sentence, file=sys.stderr)
            return 1
        pairs = []
        try:
            with both_sides(folder, path, cores) as (engine, alone):
                for pair in measured_pairs(engine, alone, pairs=options.pairs, seconds=options.seconds):
                    pairs.append(pair)
                    ratio = pair.ours.hps / pair.kernel.hps
                    print(f"pair {len(pairs)} of {options.pairs}: {ratio:.4f}", file=sys.stderr)
        except MinerConsoleError as error:
            print(error, file=sys.stderr)
            return 1
        print(json.dumps({**summary(pairs), "cores": cores}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
