"""The miner of a Node: the runner with its Supervisor, started, watched and steered towards what is wanted.

There is one supervisor of miners already, and this is no second one: the runner restarts what crashes below it, and
this starts the runner again. It holds the runner by a leash, a pipe that closes when this process is gone, however it
ended: then the runner drains. So nobody mines without its Node, and the next `node run` waits for the lock of the home.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mining.child_environment import child_environment
from mining.engine.control import NotRunningError, request
from mining.errors import MinerConsoleError
from mining.fleet.steering import Seen, orders_for, seen_of
from mining.fleet.wanted import Wanted, change_wanted, read_wanted
from mining.program import program_words

STOP_S = 25.0
_LOOK_S = 1.0
_ASK_S = 2.0
_APPLY_S = 15.0
_FIRST_DELAY_S = 0.5
_LAST_DELAY_S = 30.0
_QUICK_S = 20.0
_NO_ANSWER = ("not_running", "no_answer")
log = logging.getLogger(__name__)


class Miner:
    """`words`: options of `console` that the owner gave `node run`; they are pins, above what the console wants."""

    def __init__(self, home: Path, words: Sequence[str] = ()) -> None:
        self._home = home
        self._words = list(words)
        self._process: subprocess.Popen[bytes] | None = None
        self._leash = -1
        self._wake = threading.Event()
        self._is_ending = False
        self._thread = threading.Thread(target=self._keep, name="miner", daemon=True)
        self._done_for: tuple[str, int] = ("", -1)
        self._refused: set[str] = set()
        self._started_at = 0.0
        self._quick_ends = 0

    @property
    def pid(self) -> int:
        """The process id of the runner, 0 while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def start(self) -> None:
        """Start the runner from this thread, then watch it from another."""
        self._spawn()
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something else is wanted."""
        self._wake.set()

    def stop(self, limit_s: float = STOP_S) -> None:
        """End the runner; it submits what was found. After `limit_s` it is killed."""
        self._is_ending = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(_APPLY_S + 1.0)
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(limit_s)
            except subprocess.TimeoutExpired:
                log.error("The miner did not end within %.0f s: it is killed", limit_s)
                self._process.kill()
                self._process.wait()
        self._let_go()

    # --- the runner -------------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        self._let_go()
        read_end, self._leash = os.pipe2(os.O_CLOEXEC)
        words = [*program_words(), "console", "--plain", "--no-web", *self._words, "--leash", str(read_end)]
        (self._home / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        errors = os.open(self._home / "log" / "node.err", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(read_end,),
                start_new_session=True,
                env=child_environment(MINERCONSOLE_HOME=str(self._home)),
            )
        finally:
            os.close(read_end)
            os.close(errors)
        self._started_at = time.monotonic()
        log.info("The miner was started (process %d)", self._process.pid)

    def _let_go(self) -> None:
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1

    def _keep(self) -> None:
        """Until the end: start the runner again, and give it the orders that are due."""
        while not self._is_ending:
            self._wake.clear()
            try:
                if self._process is not None and self._process.poll() is not None:
                    self._start_again(self._process.returncode)
                else:
                    self._steer()
            except (MinerConsoleError, OSError) as error:
                log.error("%s", error.sentence if isinstance(error, MinerConsoleError) else error)
            self._wake.wait(_LOOK_S)

    def _start_again(self, code: int) -> None:
        is_quick = time.monotonic() - self._started_at < _QUICK_S
        self._quick_ends = self._quick_ends + 1 if is_quick else 0
        delay_s = min(_LAST_DELAY_S, _FIRST_DELAY_S * 2**self._quick_ends) if is_quick else 0.0
        log.warning("The miner ended with %d; it is started again in %.1f s (see log/node.err)", code, delay_s)
        deadline = time.monotonic() + delay_s
        while not self._is_ending and time.monotonic() < deadline:
            self._wake.wait(deadline - time.monotonic())
            self._wake.clear()
        if not self._is_ending:
            self._spawn()

    # --- what is wanted ---------------------------------------------------------------------------------------

    def _steer(self) -> None:
        """Give the orders that are due; one that got no answer is given again in the next round."""
        try:
            seen = seen_of(request(self._home, "status", timeout_s=_ASK_S))
        except MinerConsoleError as error:
            if error.code not in _NO_ANSWER:
                raise
            return
        if seen is None:
            return
        wanted = read_wanted(self._home)
        self._note_good(wanted, seen)
        if seen.epoch != self._done_for[0]:
            self._refused.clear()
        is_news = (seen.epoch, wanted.revision) != self._done_for
        for order in orders_for(wanted, seen, is_news=is_news, refused=self._refused):
            if not self._give(order.op, dict(order.fields), wanted):
                return
        self._done_for = (seen.epoch, wanted.revision)

    def _give(self, op: str, fields: dict[str, object], wanted: Wanted) -> bool:
        """Give one order; False when nobody answered."""
        try:
            request(self._home, op, timeout_s=_APPLY_S, **fields)
        except NotRunningError:
            return False
        except MinerConsoleError as error:
            if error.code in _NO_ANSWER:
                return False
            log.warning("The miner refused %s (%s): %s", op, error.code, error.sentence)
            if op == "apply_plan" and wanted.plan is not None:
                self._refused.add(wanted.plan.digest)
            return True
        log.info("The miner was told: %s", op)
        return True

    def _note_good(self, wanted: Wanted, seen: Seen) -> None:
        """Keep the plan that holds, for a start after one that did not."""
        plan = wanted.plan
        if plan is None or seen.plan_state != "verified" or seen.digest != plan.digest or wanted.good == plan:
            return
        with contextlib.suppress(OSError):  # the next round tries again
            change_wanted(
                self._home,
                lambda now: msgspec.structs.replace(now, good=plan) if now.plan == plan else now,
            )
