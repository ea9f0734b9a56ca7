"""Our engine as a user starts it: `manage.py mine --offline`, moved and read through its control socket."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from benchmarks.ratio.children import Child, MeasurementError, wait_until
from benchmarks.ratio.measuring import Count
from benchmarks.ratio.process_facts import PageKinds, mapped_file, page_kinds, thread_cpu_s
from mining import __version__
from mining.engine.control import request
from mining.errors import MinerConsoleError
from mining.telemetry.frame import Frame

_ROOT = Path(__file__).resolve().parents[2]
_READY_S = 600.0
_CHANGE_S = 30.0
_FRESH_S = 10.0
_POLL_S = 0.05
# Practically no share is found: hashing is compared, not the re-hash of shares.
_DIFFICULTY = 10**12
_KEPT_VARIABLE = "MINERCONSOLE_RANDOMX_LIBRARY"


def cores_text(cores: Iterable[int]) -> str:
    """Write cores as the control socket and --cores take them."""
    return ",".join(str(core) for core in cores)


def environment_of_ours(scrypt_kernel: str = "") -> dict[str, str]:
    """This environment without settings of MinerConsole, so that nothing but the command line counts.

    `scrypt_kernel`: the one that is forced, if any.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MINERCONSOLE_") or name == _KEPT_VARIABLE
    }
    return kept | ({"MINERCONSOLE_SCRYPT_KERNEL": scrypt_kernel} if scrypt_kernel else {})


class EngineSide:
    """Our side. Starts on `cores` and hashes there until told otherwise."""

    name = "ours"

    def __init__(
        self, cores: tuple[int, ...], folder: Path, *, algorithm: str = "rx/0", scrypt_kernel: str = ""
    ) -> None:
        self._home = folder / "home"
        self._home.mkdir()
        configuration = folder / "empty.env"
        configuration.touch()
        command = [sys.executable, str(_ROOT / "manage.py"), "mine", "--offline", "--json", "--no-web"]
        command += ["--algorithm", algorithm, "--cores", cores_text(cores)]
        command += ["--priority", "normal", "--intensity", "100"]
        command += ["--difficulty", str(_DIFFICULTY), "--home", str(self._home), "--config", str(configuration)]
        # SIGTERM: the runner ends its own processes in order.
        environment = environment_of_ours(scrypt_kernel)
        self._child = Child(self.name, command, folder=folder, environment=environment, deadly=signal.SIGTERM)
        self._cores = cores
        self._scrypt_kernel = scrypt_kernel

    def wait_ready(self) -> None:
        """Wait for the dataset and the first hashes."""
        self._wait_hashing(_READY_S)

    def _wait_hashing(self, timeout_s: float) -> None:
        def is_hashing() -> bool:
            frame = self._frame()
            if frame is None:
                return False
            if frame.state == "failed":
                raise MeasurementError(f"our engine failed: {frame.state_reason}")
            hashing = sorted(row.core for row in frame.cores if row.state == "hashing" and row.hashes)
            return frame.state == "mining" and hashing == sorted(self._cores)

        wait_until(f"our engine hashing on {cores_text(self._cores)}", is_hashing, timeout_s, self._child)

    def _status(self) -> dict[str, object]:
        """The answer to `status`; empty when the engine is not there yet or the machine is too busy."""
        try:
            return request(self._home, "status")
        except MinerConsoleError as error:
            if error.code in ("not_running", "no_answer"):
                return {}
            raise

    def _frame(self) -> Frame | None:
        frame = self._status().get("frame")
        return msgspec.convert(frame, Frame) if frame else None

    def place(self, cores: tuple[int, ...]) -> None:
        """Hash on `cores` and nowhere else."""
        if cores != self._cores:
            request(self._home, "cores", value=cores_text(cores))
            self._cores = cores

    def pause(self) -> None:
        """Hash nothing; the dataset stays."""
        request(self._home, "pause")

    def resume(self) -> None:
        """Hash again, and wait until all cores do."""
        request(self._home, "resume")
        self._wait_hashing(_CHANGE_S)

    def count(self) -> Count:
        """Wait for the next frame (made each second) and return its absolute count of the chosen cores."""
        first = self._frame()
        deadline = time.monotonic() + _FRESH_S
        while time.monotonic() < deadline:
            time.sleep(_POLL_S)
            frame = self._frame()
            if frame is not None and first is not None and frame.seq != first.seq:
                if frame.epoch != first.epoch:
                    break
                hashes = sum(row.hashes for row in frame.cores if row.core in self._cores)
                return Count(hashes, frame.at, frame.epoch)
        self._child.check_alive()
        raise MeasurementError(f"our engine made no new frame within {_FRESH_S:g} s: {self._child.last_words()}")

    def _processes(self) -> dict[str, int]:
        processes = self._status().get("processes")
        return {name: pid for name, pid in processes.items() if pid} if isinstance(processes, dict) else {}

    def _workers(self) -> dict[str, int]:
        return {name: pid for name, pid in self._processes().items() if name.startswith("core ")}

    def cpu_s(self) -> dict[int, float]:
        """CPU time of the hashing processes."""
        found: dict[int, float] = {}
        for pid in self._workers().values():
            found |= thread_cpu_s(pid)
        return found

    def other_cpu_s(self) -> float:
        """CPU time of all its other processes so far: runner, Supervisor, Host and Verifier."""
        status = self._status()
        supervisor = status.get("pid")
        others = {self._child.pid, *self._processes().values()} - set(self._workers().values())
        others |= {supervisor} if isinstance(supervisor, int) else set()
        return sum(sum(thread_cpu_s(pid).values()) for pid in others)

    def pages(self) -> PageKinds:
        """What one hashing process has mapped (each maps the same dataset and its own scratchpad)."""
        return page_kinds(next(iter(self._workers().values()), 0))

    def facts(self) -> dict[str, object]:
        """Version, library and what the frame says of huge pages."""
        frame = self._frame()
        worker = next(iter(self._workers().values()), 0)
        pages = self.pages()
        return {
            "name": f"MinerConsole {__version__}",
            "library": mapped_file(worker, "randomx|cyrx|scrypt_kernel"),
            "forced_kernel": self._scrypt_kernel or None,
            "mode": frame.memory.mode if frame else None,
            "huge_pages": msgspec.to_builtins(frame.memory.huge_pages) if frame else None,
            "mapped_mib": pages.as_dict(),
        }

    def end(self) -> None:
        """End it, with all its processes."""
        self._child.end()
