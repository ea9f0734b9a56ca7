#!/usr/bin/env python3
"""Which shape of our Scrypt kernel is fastest on this CPU: headers in a vector, and chains mixed side by side.

Compiles `wide.h` in each shape and lets them hash in turns of some tens of milliseconds, forwards and then backwards,
so that a slow drift cancels. A shape is TARGET:HEADERS:CHAINS, such as avx2:2:3 (what `avx2.c` has); after another
colon comes another folder of all the C files, for a try. N = 1024, nothing but hashing, on one CPU; with --beside
another CPU hashes the same shape at the same time, as the second hardware thread of a core does when all are mined on.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.statistics import median, median_interval
from benchmarks.scrypt_ratio import Scan, timed
from mining.native import build
from mining.native.scrypt_kernel import KNOWN_N, ScryptKernel, ScryptMachine

_SOURCES = Path(build.__file__).parent / "scrypt"
_AT_ONCE = 48
_SHAPE = re.compile(r"([a-z0-9]*):([124]):(\d+)(?::(.+))?")
_TEXT = """
#define KERNEL_NAME "tried"
#define KERNEL_TARGET {target}
#define KERNEL_SYMBOL tried
#define ROW_LANES {headers}
#define CHAINS {chains}
static int is_supported(void) {{ return 1; }}
#include "wide.h"
const struct scrypt_kernel *const scrypt_kernels[] = {{&tried, 0}};
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to compile the kernel. `target`: as GCC names instruction sets, "" for what every CPU has."""

    target: str
    headers: int
    chains: int
    sources: Path

    @property
    def name(self) -> str:
        """As it was asked for."""
        own = "" if self.sources == _SOURCES else f":{self.sources.name}"
        return f"{self.target}:{self.headers}:{self.chains}{own}"

    def built(self, folder: Path) -> ScryptKernel:
        """Compile it and see that it hashes right. Raises RuntimeError."""
        target = f'__attribute__((target("{self.target}")))' if self.target else ""
        source, library = folder / "tried.c", folder / f"{self.name}.so"
        source.write_text(_TEXT.format(target=target, headers=self.headers, chains=self.chains))
        others = [str(self.sources / f"{name}.c") for name in ("sha256", "pbkdf2", "portable", "dispatch", "scan")]
        flags = ["-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wno-psabi", f"-I{self.sources}"]
        subprocess.run(["cc", *flags, "-o", str(library), str(source), *others], check=True)
        kernel = ScryptKernel(library)
        if reason := kernel.unavailable_reason():
            raise RuntimeError(f"{self.name}: {reason}")
        return kernel


def shape(text: str) -> Shape:
    """Read TARGET:HEADERS:CHAINS[:FOLDER]."""
    found = _SHAPE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not TARGET:HEADERS:CHAINS, such as avx2:2:3")
    target, headers, chains, sources = found.groups()
    return Shape(target, int(headers), int(chains), Path(sources).resolve() if sources else _SOURCES)


class Neighbour:
    """The same shape on another CPU: a thread that hashes until the turn is over, or nothing without a CPU."""

    def __init__(self, cpu: int | None, machine: ScryptMachine) -> None:
        self._cpu, self._scan, self._is_over = cpu, Scan(machine), threading.Event()
        self._thread = threading.Thread(target=self._hash)

    def _hash(self) -> None:
        assert self._cpu is not None
        os.sched_setaffinity(0, {self._cpu})
        while not self._is_over.is_set():
            self._scan.hash(_AT_ONCE)

    def __enter__(self) -> None:
        if self._cpu is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        if self._cpu is not None:
            self._is_over.set()
            self._thread.join()


def measured(
    machines: dict[str, tuple[ScryptMachine, ScryptMachine]], *, rounds: int, hashes: int, beside: int | None
) -> dict[str, list[float]]:
    """Hashes per CPU second of each shape in each round; the order turns round from round to round."""
    rates: dict[str, list[float]] = {name: [] for name in machines}
    scans = {name: Scan(own) for name, (own, _) in machines.items()}
    for number in range(rounds):
        order = list(machines) if number % 2 == 0 else list(reversed(machines))
        for name in order:
            with Neighbour(beside, machines[name][1]):
                rates[name].append(hashes / timed(scans[name].hash, hashes)[0])
    return rates


def summary(rates: dict[str, list[float]]) -> list[dict[str, object]]:
    """Each shape's median rate, and its ratio to the first shape with a 95 % interval over the rounds."""
    first = next(iter(rates.values()))
    rows: list[dict[str, object]] = []
    for name, values in rates.items():
        ratios = [own / other for own, other in zip(values, first, strict=True)]
        interval = median_interval(ratios)
        row: dict[str, object] = {"shape": name, "hashes_per_cpu_s": round(median(values), 1)}
        row["ratio"] = round(median(ratios), 4)
        row["interval"] = [round(interval.low, 4), round(interval.high, 4)] if interval else None
        rows.append(row)
    return rows


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="+", type=shape, metavar="TARGET:HEADERS:CHAINS[:FOLDER]")
    parser.add_argument("--rounds", type=int, default=40, help="Default: 40.")
    parser.add_argument("--hashes", type=int, default=480, help="Hashes of one turn. Default: 480.")
    parser.add_argument("--cpu", type=int, default=min(os.sched_getaffinity(0)), help="Default: the first.")
    parser.add_argument("--beside", type=int, metavar="CPU", help="Another CPU that hashes at the same time.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scrypt-shapes-") as folder:
        libraries = {each.name: each.built(Path(folder)) for each in options.shapes}
    machines = {
        name: (ScryptMachine(kernel, KNOWN_N), ScryptMachine(kernel, KNOWN_N)) for name, kernel in libraries.items()
    }
    os.sched_setaffinity(0, {options.cpu})
    rates = measured(machines, rounds=options.rounds, hashes=options.hashes, beside=options.beside)
    for row in summary(rates):
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
