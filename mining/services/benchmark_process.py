"""One benchmark in a process of its own: how far it is, how it is ended early, what came of it. Knows no rows."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mining.child_environment import child_environment

LIMIT_S = 3600.0
_PATIENCE_S = 10.0  # from the wish to end until it is killed
_ENDED_EARLY = {"cancelled": "cancelled", "too_long": "failed", "spoilt": "failed"}
Phase = Literal["starting", "dataset", "hashing", "ending"]
_PHASES: tuple[Phase, ...] = ("starting", "dataset", "hashing", "ending")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a benchmark is, as it told last: `share` of the phase, 0 to 1. `elapsed_s`: since it was started."""

    phase: Phase
    share: float
    elapsed_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `state`: done, failed, cancelled; `result` as `benchmark --json` prints it, else empty."""

    state: str
    result: dict[str, object] = field(default_factory=dict)
    sentence: str = ""


class BenchmarkProcess:
    """Runs `command` once. `run` belongs to one thread; everything else may be called from any."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        self._command = list(command)
        self._home = home
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._progress = Progress("starting", 0.0)
        self._end_early = ""  # why; "" while it shall run on
        self._words = ""
        self._is_over = False  # what came of it is decided

    @property
    def progress(self) -> Progress:
        """How far it is."""
        told = Progress("ending", 0.0) if self._end_early else self._progress
        return replace(told, elapsed_s=time.monotonic() - self._began)

    def cancel(self, sentence: str) -> bool:
        """Have it end soon; `run` then returns `cancelled` with `sentence`. False: it ends, or is over, already."""
        return self._end("cancelled", sentence)

    def spoil(self, sentence: str) -> bool:
        """The same for one whose result is worth nothing: `run` returns `failed`."""
        return self._end("spoilt", sentence)

    def run(self) -> Outcome:
        """Run it to its end; what goes wrong is an outcome too."""
        limit = threading.Timer(LIMIT_S, self._end, ("too_long", f"it was not over after {LIMIT_S / 60:.0f} minutes"))
        limit.daemon = True
        try:
            process = self._start()
            if process is None:
                return self._outcome(0, "", "")
            limit.start()
            last = self._listen(process)
            answer = process.stdout.read() if process.stdout is not None else ""
            return self._outcome(process.wait(), answer, last)
        except OSError as error:
            return Outcome("failed", sentence=f"the benchmark could not be run ({error.__class__.__name__})")
        finally:
            limit.cancel()
            self._close()

    def _start(self) -> subprocess.Popen[str] | None:
        """The process, None when it was cancelled before."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock:
            if self._end_early:
                return None
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=child_environment(),
            )
            return self._process

    def _listen(self, process: subprocess.Popen[str]) -> str:
        """Take its progress until it ends; returns the last line that was none."""
        last: deque[str] = deque(["it left no message"], maxlen=1)
        for line in process.stderr or ():
            told = read_progress(line)
            if told is not None:
                self._progress = told
            elif line.strip():
                last.append(line.strip())
        return last[0]

    def _outcome(self, code: int, answer: str, last: str) -> Outcome:
        with self._lock:
            self._is_over = True
        if self._end_early:
            return Outcome(_ENDED_EARLY[self._end_early], sentence=self._words)
        try:
            result = json.loads(answer) if answer.strip() else {}
        except ValueError:
            result = None
        if not isinstance(result, dict):
            return Outcome("failed", sentence="the benchmark's answer cannot be read")
        return Outcome("failed", result, last) if code else Outcome("done", result)

    def _end(self, why: str, sentence: str) -> bool:
        with self._lock:
            process = self._process
            if self._end_early or self._is_over or (process is not None and process.poll() is not None):
                return False
            self._end_early, self._words = why, sentence
        if process is not None:
            process.send_signal(signal.SIGINT)
            killing = threading.Timer(_PATIENCE_S, process.kill)
            killing.daemon = True
            killing.start()
        return True

    def _close(self) -> None:
        process = self._process
        for stream in (process.stdout, process.stderr) if process is not None else ():
            if stream is not None:
                stream.close()


def read_progress(line: str) -> Progress | None:
    """The progress that a line of the process tells, None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        told: Any = json.loads(line)
        phase, share = told["phase"], float(told["share"])
    except (ValueError, KeyError, TypeError):
        return None
    return Progress(phase, min(1.0, max(0.0, share))) if phase in _PHASES else None


def command_of(home: Path, *, algorithm: str, hashes: int, cores: str, mode: str, parent: int) -> list[str]:
    """The command of a benchmark's process. It ends with the thread that started it, in the process `parent`."""
    words = ["benchmark", "--json", "--progress", "--algorithm", algorithm, "--hashes", str(hashes)]
    words += ["--cores", cores] if cores else []
    words += ["--light"] if mode == "light" else []
    return [sys.executable, "-m", "minerconsole", *words, "--home", str(home), "--parent", str(parent)]
