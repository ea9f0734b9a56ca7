"""A given cpuminer-opt binary in its benchmark mode: Scrypt with N = 1024, its rate printed now and then.

It cannot be paused, and its threads choose their cores when they start: it is started anew for each of its turns, which
costs it no time that counts. Its instruction set is that of its build; what it says about it is in the facts.
"""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from pathlib import Path

from benchmarks.ratio.children import Child, MeasurementError, wait_until
from benchmarks.ratio.peer_version import version_of
from benchmarks.ratio.process_facts import PageKinds, busy_threads, page_kinds, thread_cpu_s

_READY_S = 60.0
_RATE_S = 15.0
_POLL_S = 0.1
_SAMPLE_S = 1.0
_SCALES = {"": 1.0, "k": 1e3, "M": 1e6}
_RATE = re.compile(r"^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\].*?Total: ([\d.]+) ([kM]?)H/s", re.MULTILINE)
_FEATURES = re.compile(r"^SW features:\s*(.*)$", re.MULTILINE)


def benchmark_command(path: Path, cores: tuple[int, ...]) -> list[str]:
    """Return the command line: Scrypt without a pool, one thread on each of `cores`."""
    mask = sum(1 << core for core in cores)
    command = [str(path), "--algo=scrypt", "--benchmark", f"--threads={len(cores)}", "--no-color"]
    return [*command, "--cpu-priority=2", f"--cpu-affinity={mask:#x}"]


def rates_in(text: str, since: float) -> list[float]:
    """Return the total rates that were printed at `since` (Unix seconds) or later, hashes per second."""
    return [
        float(number) * _SCALES[scale]
        for at, number, scale in _RATE.findall(text)
        if datetime.strptime(at, "%Y-%m-%d %H:%M:%S").timestamp() >= since
    ]


def features_in(text: str) -> str:
    """Return the instruction sets that the build uses, as it says itself."""
    found = _FEATURES.search(text)
    return " ".join(found.group(1).split()) if found else ""


class CpuminerSide:
    """Their side, with one hashing thread for each of its cores."""

    name = "theirs"

    def __init__(self, path: Path, cores: tuple[int, ...], folder: Path) -> None:
        self._version = version_of(path)
        self._path, self._cores, self._folder = path, cores, folder
        self._threads: list[int] = []
        self._features = ""
        self._pages = PageKinds(0, 0, 0)
        self._child = self._started()

    def _started(self) -> Child:
        command = benchmark_command(self._path, self._cores)
        return Child(self.name, command, folder=self._folder, environment={**os.environ, "HOME": str(self._folder)})

    def _text(self) -> str:
        return self._child.log.read_text(errors="replace")

    def wait_ready(self) -> None:
        """Find the hashing threads by their CPU time."""

        def has_all() -> bool:
            before = thread_cpu_s(self._child.pid)
            time.sleep(_SAMPLE_S)
            self._threads = busy_threads(before, thread_cpu_s(self._child.pid), least_s=_SAMPLE_S / 4)
            return len(self._threads) == len(self._cores)

        wait_until(f"cpuminer-opt hashing on {len(self._cores)} threads", has_all, _READY_S, self._child)
        self._features = features_in(self._text())

    def place(self, cores: tuple[int, ...]) -> None:
        """Hash on `cores` from the next turn on."""
        self._cores = cores

    def pause(self) -> None:
        """End the program."""
        self._pages = page_kinds(self._child.pid)
        self._child.end(grace_s=5.0)

    def resume(self) -> None:
        """Start it, and wait until it hashes."""
        self._child.end(grace_s=5.0)
        self._child = self._started()
        self.wait_ready()

    def rate(self, window_s: int) -> float:
        """Return the mean of the rates that it printed in the last `window_s` seconds, and wait for one at least."""
        since, deadline = time.time() - window_s, time.monotonic() + _RATE_S
        while not (rates := rates_in(self._text(), since)):
            self._child.check_alive()
            if time.monotonic() > deadline:
                raise MeasurementError(f"cpuminer-opt printed no rate for {window_s} s: {self._child.last_words()}")
            time.sleep(_POLL_S)
        return sum(rates) / len(rates)

    def cpu_s(self) -> dict[int, float]:
        """CPU time of the hashing threads."""
        times = thread_cpu_s(self._child.pid)
        return {thread: times[thread] for thread in self._threads if thread in times}

    def pages(self) -> PageKinds:
        """What the process had mapped at the end of its last turn."""
        return self._pages

    def facts(self) -> dict[str, object]:
        """Version, and the instruction sets of the build."""
        return {"name": self._version, "features": self._features, "mapped_mib": self.pages().as_dict()}

    def end(self) -> None:
        """End it."""
        self._child.end(grace_s=5.0)
