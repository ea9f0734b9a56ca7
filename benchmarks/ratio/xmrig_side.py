"""A given xmrig binary in its benchmark mode, read and paused through its HTTP API on loopback.

`--bench` needs no pool and silently sets yield=false and priority=2 (normal). The API has no count of hashes, so rates
are its 10 s and 60 s means. Its MSR change is switched off: it would outlast xmrig's turn and so favour both alike in
one part and neither in the other.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.ratio.children import Child, MeasurementError, wait_until
from benchmarks.ratio.peer_version import version_of
from benchmarks.ratio.process_facts import PageKinds, busy_threads, page_kinds, thread_cpu_s

_HOST = "127.0.0.1"
_READY_S = 600.0
_RATE_S = 15.0
_POLL_S = 0.2
_SAMPLE_S = 1.0
_POSITION = {10: 0, 60: 1}
_TROUBLES = (OSError, urllib.error.URLError, http.client.HTTPException, ValueError)


def bench_command(path: Path, cores: tuple[int, ...], *, port: int, token: str) -> list[str]:
    """Return the command line: 10 million hashes on one thread per core."""
    command = [str(path), "--bench=10M", f"--threads={len(cores)}", "--no-color", "--no-dmi", "--randomx-wrmsr=-1"]
    command += [f"--http-host={_HOST}", f"--http-port={port}", f"--http-access-token={token}", "--http-no-restricted"]
    if max(cores) < 64:
        command.append(f"--cpu-affinity={sum(1 << core for core in cores):#x}")
    return command


def rate_in(summary: dict[str, Any], window_s: int) -> float | None:
    """Return the total rate of the last `window_s` seconds (10 or 60) from /2/summary; None until it is filled."""
    value = summary["hashrate"]["total"][_POSITION[window_s]]
    return None if value is None else float(value)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


class XmrigSide:
    """Their side, with one hashing thread for each of `cores`."""

    name = "theirs"

    def __init__(self, path: Path, cores: tuple[int, ...], folder: Path) -> None:
        self.version = version_of(path)
        self._port, self._token = _free_port(), secrets.token_hex(16)
        self._cores = cores
        self._threads: list[int] = []
        home = folder / "xmrig-home"  # so that a configuration file of the user does not count
        home.mkdir(exist_ok=True)
        command = bench_command(path, cores, port=self._port, token=self._token)
        environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        self._child = Child(self.name, command, folder=folder, environment=environment)

    def wait_ready(self) -> None:
        """Wait for the dataset and the first rate, and find the hashing threads by their CPU time."""
        # While the dataset is built, the API states no rate or a rate of 0.
        wait_until("xmrig hashing", lambda: bool(self._rate_or_none(10)), _READY_S, self._child)
        before = thread_cpu_s(self._child.pid)
        time.sleep(_SAMPLE_S)
        self._threads = busy_threads(before, thread_cpu_s(self._child.pid), least_s=_SAMPLE_S / 10)
        if len(self._threads) != len(self._cores):
            raise MeasurementError(f"xmrig has {len(self._threads)} hashing threads instead of {len(self._cores)}")

    def _ask(self, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://{_HOST}:{self._port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy
        with opener.open(request, timeout=5) as answer:
            decoded: dict[str, Any] = json.load(answer)
        return decoded

    def _rate_or_none(self, window_s: int) -> float | None:
        with contextlib.suppress(*_TROUBLES):
            return rate_in(self._ask("/2/summary"), window_s)
        return None

    def rate(self, window_s: int) -> float:
        """Return the mean rate of the last 10 or 60 s, as xmrig states it."""
        deadline = time.monotonic() + _RATE_S
        while (rate := self._rate_or_none(window_s)) is None:
            self._check_hashing()
            if time.monotonic() > deadline:
                raise MeasurementError(f"xmrig stated no rate of the last {window_s} s: {self._child.last_words()}")
            time.sleep(_POLL_S)
        self._check_hashing()
        return rate

    def _check_hashing(self) -> None:
        self._child.check_alive()
        if not set(self._threads) <= set(thread_cpu_s(self._child.pid)):
            raise MeasurementError(
                "xmrig has done its 10 million hashes before the end of the measurement",
                next_step="Use fewer --pairs or --seconds.",
            )

    def place(self, cores: tuple[int, ...]) -> None:
        """Put each hashing thread on one of `cores`."""
        try:
            for thread, core in zip(self._threads, cores, strict=True):
                os.sched_setaffinity(thread, {core})
        except ProcessLookupError:
            self._check_hashing()

    def _order(self, method: str) -> None:
        try:
            answer = self._ask("/json_rpc", {"jsonrpc": "2.0", "id": 1, "method": method})
        except _TROUBLES as error:
            self._check_hashing()
            raise MeasurementError(f"xmrig did not take the order {method}: {error}") from None
        if "error" in answer:
            raise MeasurementError(f"xmrig refused the order {method}: {answer['error']}")

    def pause(self) -> None:
        """Hash nothing; the dataset stays."""
        self._order("pause")

    def resume(self) -> None:
        """Hash again."""
        self._order("resume")

    def cpu_s(self) -> dict[int, float]:
        """CPU time of the hashing threads."""
        times = thread_cpu_s(self._child.pid)
        return {thread: times[thread] for thread in self._threads if thread in times}

    def pages(self) -> PageKinds:
        """What the process has mapped."""
        return page_kinds(self._child.pid)

    def facts(self) -> dict[str, object]:
        """Version, and what the API says of huge pages: [got, wanted]."""
        summary = self._ask("/2/summary")
        backends: Any = self._ask("/2/backends")
        cpu: dict[str, Any] = next((backend for backend in backends if backend.get("type") == "cpu"), {})
        return {
            "name": self.version,
            "assembly": cpu.get("asm"),
            "msr": cpu.get("msr"),
            "priority": cpu.get("priority"),
            "huge_pages": summary.get("hugepages"),
            "mapped_mib": self.pages().as_dict(),
        }

    def end(self) -> None:
        """End it."""
        self._child.end(grace_s=5.0)
