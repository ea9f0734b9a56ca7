"""Chores: what a command asks for that takes longer than a task may: benchmark, doctor, leaving. One at a time."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mining.child_environment import child_environment
from mining.engine.control import request
from mining.errors import MinerConsoleError
from mining.fleet.commands import CommandDocument
from mining.fleet.membership import forget_membership
from mining.fleet.wanted import forget_wanted
from mining.program import program_words

LONGEST_S = 3600.0
_LONGEST_ANSWER = 1 << 18
_BENCHMARK = {"algorithm": "--algorithm", "hashes": "--hashes", "cores": "--cores"}
_WORKING = ("preparing", "mining", "draining")
_MINING = {
    "ok": False,
    "code": "mining",
    "sentence": "This Node mines, and a benchmark beside it would measure neither. Stop mining first.",
}
log = logging.getLogger(__name__)

Answer = Callable[[dict[str, Any]], None]


class Chores:
    """`answer` tells the console what came of it; `leave` ends the worker once the fleet is forgotten."""

    def __init__(self, home: Path, answer: Answer, *, leave: Callable[[], None]) -> None:
        self._home = home
        self._answer = answer
        self._leave = leave
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ending = False

    def begin(self, document: CommandDocument) -> None:
        """Begin in a thread, and return. A second one while the first runs is answered with a refusal."""
        threading.Thread(target=self._do, args=(document,), name=document.op, daemon=True).start()

    def stop(self) -> None:
        """End what runs."""
        self._is_ending = True
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()

    def _do(self, document: CommandDocument) -> None:
        answer: dict[str, Any] = {"id": document.id, "task": document.op, "ok": True}
        if document.op == "leave":
            forget_membership(self._home)
            forget_wanted(self._home)
            self._answer(answer)
            self._leave()
            return
        if not self._lock.acquire(blocking=False):
            busy = {"ok": False, "code": "busy", "sentence": "A benchmark or a doctor runs on this Node already."}
            self._answer(answer | busy)
            return
        try:
            if document.op == "benchmark" and self._is_mining():
                self._answer(answer | _MINING)
                return
            self._answer(answer | {"state": "running"})
            self._answer(answer | self._outcome(document))
        finally:
            self._lock.release()

    def _is_mining(self) -> bool:
        try:
            frame = request(self._home, "status").get("frame")
        except MinerConsoleError:
            return False
        return isinstance(frame, dict) and frame.get("state") in _WORKING

    def _outcome(self, document: CommandDocument) -> dict[str, Any]:
        """Run the verb and read what it printed. Nothing of the arguments but known options gets into its words."""
        words = [document.op, "--json", "--home", str(self._home), *_options(document)]
        self._process = subprocess.Popen(
            [*program_words(), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(MINERCONSOLE_HOME=str(self._home)),
        )
        try:
            said, errors = self._process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return {"ok": False, "code": "timeout", "sentence": f"It took more than {LONGEST_S:.0f} s."}
        if self._is_ending:
            return {"ok": False, "code": "cancelled", "sentence": "The Node ended."}
        with contextlib.suppress(ValueError):
            if len(said) <= _LONGEST_ANSWER:
                return {"state": "done", "result": json.loads(said)}
        words_said = errors.decode(errors="replace").strip().splitlines()
        sentence = words_said[-1][:300] if words_said else f"It ended with {self._process.returncode}."
        return {"ok": False, "code": "failed", "sentence": sentence}


def _options(document: CommandDocument) -> list[str]:
    if document.op != "benchmark":
        return []
    given = document.arguments
    words = [f"{option}={given[name]}" for name, option in _BENCHMARK.items() if name in given]
    return [*words, "--light"] if given.get("mode") == "light" else words
