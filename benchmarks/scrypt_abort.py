#!/usr/bin/env python3
"""How long a Scrypt worker goes on with an old job: from a new generation on the board to the end of its last hash.

For each kernel that this CPU has, a thread scans as a Core worker does, and jobs are published at moments that have
nothing to do with it. The scan looks at the board after each group of headers, so that is what it may take at most.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.statistics import median
from mining.engine.boards import COUNTER_WORDS, GENERATION_AT, BoardJob, Command, Counter, CounterBoard, WorkBoard
from mining.native.build import built_scrypt_kernel
from mining.native.scrypt_kernel import (
    ALL_NONCES,
    KNOWN_HEADER,
    KNOWN_N,
    KernelRow,
    ScanState,
    ScryptKernel,
    ScryptMachine,
)

_SLOT = 0
_LONGEST_RUN_S = 0.01
_GROUPS = 400


class Worker:
    """A machine that scans over boards of its own; no hash meets the target."""

    def __init__(self, machine: ScryptMachine) -> None:
        self.machine = machine
        self.work, self.counters = WorkBoard.create(1), CounterBoard.create(1)
        self.row = self.counters.row(_SLOT)
        self._header = ctypes.create_string_buffer(KNOWN_HEADER, len(KNOWN_HEADER))
        self._generation = 0
        self.work.write_intensity(_SLOT, 100)
        self._command = self.work.write_command(_SLOT, Command.RUN)
        self.publish()

    def publish(self) -> None:
        """Put a new job on the board."""
        self._generation += 1
        self.work.publish(BoardJob(self._generation, 3, 0, KNOWN_HEADER, 76, 4, target=0))

    def scan(self, end: int = ALL_NONCES) -> None:
        """Hash the nonces up to `end`, or until the board says something else."""
        state = ScanState(
            board=self.work.address,
            row=self.counters.address + _SLOT * COUNTER_WORDS * 8,
            header=ctypes.addressof(self._header),
            generation_at=GENERATION_AT,
            command_at=self.work.command_at(_SLOT),
            intensity_at=self.work.command_at(_SLOT) + 1,
            generation=self.work.generation,
            command=self._command,
            intensity=100,
            end=end,
        )
        self.machine.scan(state)

    def group_ms(self) -> float:
        """How long a group of headers takes, milliseconds: the mean of many."""
        began = time.monotonic()
        self.scan(_GROUPS * self.machine.lanes)
        return (time.monotonic() - began) * 1000 / _GROUPS

    def abort_ms(self, run_s: float) -> float:
        """Scan for about `run_s`, then publish a job; return how much later the last hash ended, milliseconds."""
        thread = threading.Thread(target=self.scan)
        before = self.row[Counter.HASHES]
        thread.start()
        while self.row[Counter.HASHES] == before:
            time.sleep(0)
        time.sleep(run_s)
        published_ns = time.monotonic_ns()
        self.publish()
        thread.join()
        return max(0.0, (self.row[Counter.LAST_HASH_NS] - published_ns) / 1e6)


def measured(kernel: ScryptKernel, row: KernelRow, jobs: int) -> dict[str, object]:
    """The figures of one kernel."""
    machine, chance = ScryptMachine(kernel, KNOWN_N, most_lanes=row.lanes), random.Random(1)
    worker = Worker(machine)
    group_ms = worker.group_ms()
    waits = sorted(worker.abort_ms(chance.uniform(0, _LONGEST_RUN_S)) for _ in range(jobs))
    machine.destroy()
    row_of = {"p50": median(waits), "p99": waits[jobs * 99 // 100], "max": waits[-1]}
    return {
        "kernel": row.name,
        "lanes": row.lanes,
        "jobs": jobs,
        "group_ms": round(group_ms, 3),
        "abort_ms": {name: round(value, 3) for name, value in row_of.items()},
    }


def main() -> int:
    """Measure and print a line for each kernel; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500, help="Jobs for each kernel. Default: 500.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scrypt-abort-") as folder:
        path, sentence = built_scrypt_kernel(Path(folder))
        if path is None:
            print(sentence, file=sys.stderr)
            return 1
        kernel = ScryptKernel(path)
    for row in kernel.kernels:
        if row.is_supported:
            print(json.dumps(measured(kernel, row, options.jobs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
