"""The runner: the foreground process. It owns the terminal, the lock of the home folder and two peers.

Peers are the Supervisor and the web process; killing one does not stop the other. Signals only queue: Ctrl-C, SIGTERM
and SIGHUP ask for a drain; a second Ctrl-C ends at once (exit 130).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from mining.addresses.masking import mask_address
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.control import NotRunningError, request, watch
from mining.engine.home_lock import HomeLock
from mining.engine.login_check import check_login
from mining.engine.peer import PERMANENT_CODES, Peer, ending_of
from mining.engine.plan import Plan, plan_to_json
from mining.engine.plan_slate import PlanSlate
from mining.engine.processes import become_subreaper, set_title
from mining.engine.recording import NoRecorder, RunRecorder
from mining.engine.totals import Totals
from mining.engine.views import make_view
from mining.errors import ExitCode, MinerConsoleError
from mining.hardware.overcommit import restore_overcommit
from mining.terminal.keys import Action, KeyReader, action_for, intensity_after
from mining.terminal.view import OutputClosedError, View

__all__ = ["check_login", "run_mine"]

ERROR_LOG = "errors.log"
_WATCH_RETRY_S = 0.05
_WEB_GRACE_S = 1.5
_STOP_LIMIT_S = 12.0
_RECORD_S = 2.0


def run_mine(
    configuration: RunConfiguration,
    plan: Plan,
    view: str,
    recorder: RunRecorder | None = None,
    leash: int | None = None,
) -> int:
    """Mine until it is done or asked to end; returns the exit code. `view`: live, plain or json. `leash`: a pipe whose
    other end is held by the program that this run belongs to; when that program is gone, the run drains and ends."""
    payee = "nobody (offline)" if plan.kind == "offline" else mask_address(plan.wallet)
    lock = HomeLock(configuration.home, payee=payee)
    try:
        return asyncio.run(_Runner(configuration, plan, view, lock, recorder or NoRecorder()).run(leash))
    finally:
        restore_overcommit(configuration.home, force=True)
        lock.release()


class _Runner:
    """One run."""

    def __init__(
        self, configuration: RunConfiguration, plan: Plan, view: str, lock: HomeLock, recorder: RunRecorder
    ) -> None:
        self._configuration = configuration
        self._home: Path = configuration.home
        self._plan = plan
        self._view_name = view
        self._lock = lock
        self._recorder = recorder
        self._slate = PlanSlate.create()
        self._totals = Totals()
        self._intensity = plan.intensity
        self._payee: object = None
        self._interrupts = 0
        self._is_stopping = False
        self._reason = ""
        self._orders: set[asyncio.Task[None]] = set()
        self._view: View = None  # type: ignore[assignment]  # made in run(), inside the event loop
        self._keys: KeyReader | None = None

    async def run(self, leash: int | None) -> int:
        """Start the peers, show what they say, end them."""
        set_title("mine")
        become_subreaper()
        self._view, self._keys = make_view(self._view_name, self._home)
        loop = asyncio.get_running_loop()
        self._supervisor = self._make_supervisor()
        self._web = self._make_web()
        self._connect_signals(loop)
        if leash is not None:
            loop.add_reader(leash, self._leash_cut, loop, leash)
        if self._keys is not None:
            self._keys.start(loop, self._key_pressed)
        self._recorder.start(lambda level, sentence: self._say_from_thread(loop, level, sentence))
        background = [loop.create_task(self._watch()), loop.create_task(self._tick())]
        web = loop.create_task(self._run_web()) if self._web is not None else None
        code = int(ExitCode.FAILED)
        try:
            code = await self._supervisor.run()
        finally:
            self._is_stopping = True
            await self._end_web(web)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await background[0]
            for task in (*background, *self._orders):
                task.cancel()
            await asyncio.gather(*background, *self._orders, return_exceptions=True)
            await asyncio.to_thread(self._recorder.stop, _RECORD_S if self._interrupts < 2 else 0.0)
            self._note_failure(code)
            self._close(loop)
        return self._final_code(code)

    def _note_failure(self, code: int) -> None:
        """Say why the Supervisor ended where it ended before anybody could watch it."""
        words = self._supervisor.last_words.splitlines()
        if code in PERMANENT_CODES and words and not self._totals.has_summary:
            self._reason = self._reason or words[-1]
            self._say("error", words[-1])

    def _final_code(self, code: int) -> int:
        words = self._supervisor.last_words.splitlines()
        if self._interrupts > 1:
            return int(ExitCode.INTERRUPTED_TWICE)
        if code == -signal.SIGTERM and self._reason:
            return int(ExitCode.DONE)  # asked to end before it had begun
        if code in PERMANENT_CODES and words:
            sys.stderr.write(f"{words[-1]}\n")
        elif code != 0:
            last = words[-1] if words else "it left no message"
            sys.stderr.write(
                f"The Supervisor ended with {ending_of(code)}: {last}. See {self._home / 'log' / ERROR_LOG}.\n"
            )
        return code if code >= 0 else int(ExitCode.FAILED)

    # --- peers ------------------------------------------------------------------------------------------------

    def _make_supervisor(self) -> Peer:
        command = [sys.executable, "-m", "mining.engine.supervisor_process", str(self._home), str(os.getpid())]
        command.append(str(self._slate.fd))
        return Peer(
            "Supervisor",
            command,
            stdin=plan_to_json(self._plan),
            pass_fds=(self._lock.fd, self._slate.fd),
            on_restart=self._supervisor_crashed,
            error_log=self._home / "log" / ERROR_LOG,
        )

    def _make_web(self) -> Peer | None:
        if not self._configuration.web_enabled:
            return None
        host = self._configuration.listen_host
        listen = f"[{host}]" if ":" in host else host
        command = [sys.executable, "-m", "minerconsole.web", "--home", str(self._home)]
        command += ["--listen", f"{listen}:{self._configuration.listen_port}", "--parent", str(os.getpid())]
        return Peer(
            "web process",
            command,
            on_restart=lambda sentence: self._say("warning", sentence),
            error_log=self._home / "log" / ERROR_LOG,
        )

    def _supervisor_crashed(self, sentence: str) -> None:
        self._totals.supervisor_crashed()
        restore_overcommit(self._home, force=True)
        self._supervisor.stdin = plan_to_json(self._continued_plan())
        self._say("error", sentence)

    def _continued_plan(self) -> Plan:
        """The plan as people changed it while it ran, for a Supervisor that takes over."""
        slated, first = self._slate.read(), self._plan
        plan = slated.plan if slated is not None else first
        return msgspec.structs.replace(
            plan,
            duration_s=None if first.duration_s is None else max(0.1, first.duration_s - self._totals.seconds),
            shares=None if first.shares is None else max(1, first.shares - self._totals.accepted),
        )

    async def _run_web(self) -> None:
        assert self._web is not None
        code = await self._web.run()
        if code != 0 and not self._is_stopping:
            words = self._web.last_words.splitlines()
            reason = words[-1] if words else f"it ended with exit {code}"
            self._say("warning", f"no web page: {reason}")

    async def _end_web(self, task: asyncio.Task[None] | None) -> None:
        if self._web is None or task is None:
            return
        self._web.end()
        done, _ = await asyncio.wait([task], timeout=_WEB_GRACE_S)
        if not done:
            self._web.end(signal.SIGKILL)
            await asyncio.wait([task], timeout=_WEB_GRACE_S)

    # --- signals and keys -------------------------------------------------------------------------------------

    def _connect_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        loop.add_signal_handler(signal.SIGTERM, self._stop, "asked to end (SIGTERM)")
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(signal.SIGHUP, self._stop, "the terminal went away")
        loop.add_signal_handler(signal.SIGCHLD, self._child_changed)
        resized = getattr(self._view, "resized", None)
        if resized is not None:
            loop.add_signal_handler(signal.SIGWINCH, resized)

    def _child_changed(self) -> None:
        self._supervisor.child_changed()
        if self._web is not None:
            self._web.child_changed()
        known = {self._supervisor.pid, self._web.pid if self._web else 0}
        while True:  # adopted processes of a killed peer, or of anybody when we are PID 1
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None or found.si_pid in known:
                return
            with contextlib.suppress(ChildProcessError):
                os.waitpid(found.si_pid, os.WNOHANG)

    def _interrupted(self) -> None:
        self._interrupts += 1
        if self._interrupts > 1:
            self._supervisor.end(signal.SIGKILL)
        else:
            self._stop("interrupted (Ctrl-C)")

    def _leash_cut(self, loop: asyncio.AbstractEventLoop, leash: int) -> None:
        loop.remove_reader(leash)
        self._stop("the program that it belongs to is gone")

    def _stop(self, reason: str) -> None:
        """Ask the Supervisor to drain; should it not end in time, end it."""
        if not self._is_stopping:
            self._is_stopping = True
            self._reason = reason
            self._supervisor.end(signal.SIGTERM)
            asyncio.get_running_loop().call_later(_STOP_LIMIT_S, self._supervisor.end, signal.SIGKILL)

    def _key_pressed(self, key: str) -> None:
        action = action_for(key)
        if action is Action.NONE or self._view.act(action):
            return
        match action:
            case Action.STOP:
                self._stop("stopped by key q")
            case Action.PAUSE:
                self._order("pause")
            case Action.RESUME:
                self._order("resume")
            case Action.INTENSITY_UP | Action.INTENSITY_DOWN:
                self._intensity = intensity_after(action, self._intensity)
                self._order("intensity", value=self._intensity, source="command line (key + or -)")
            case _:
                pass

    def _order(self, op: str, **fields: object) -> None:
        async def send() -> None:
            try:
                await asyncio.to_thread(request, self._home, op, **fields)  # type: ignore[arg-type]
            except MinerConsoleError as error:
                self._say("warning", error.sentence)

        task = asyncio.get_running_loop().create_task(send())
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    # --- what is shown ----------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Feed the view with the Supervisor's events, over its restarts."""
        while True:
            try:
                async for event in watch(self._home):
                    self._show(event)
            except (NotRunningError, OSError, ValueError):
                pass
            if self._is_stopping and not self._supervisor.pid:
                return
            await asyncio.sleep(_WATCH_RETRY_S)

    def _show(self, event: dict[str, object]) -> None:
        match event.get("event"):
            case "frame":
                self._totals.frame_seen(event)
                self._recorder.frame(event)
                self._note_payee(event.get("payee"))
                intensity = event.get("intensity")
                if isinstance(intensity, dict):
                    self._intensity = int(intensity.get("commanded", self._intensity))
            case "summary":
                self._totals.summary_seen(event)
                return  # the runner's own, over all Supervisors, comes last
            case "bye":
                return
            case _:
                self._recorder.event(event)
        self._feed(event)

    def _note_payee(self, payee: object) -> None:
        """Who asks for the lock is told for whom this miner mines now."""
        if isinstance(payee, dict) and payee != self._payee:
            self._payee = payee
            self._lock.note(payee=str(payee.get("address_masked", "")))

    def _say(self, level: str, sentence: str) -> None:
        self._feed({"event": "log", "level": level, "sentence": sentence})

    def _say_from_thread(self, loop: asyncio.AbstractEventLoop, level: str, sentence: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody reads it any more
            loop.call_soon_threadsafe(self._say, level, sentence)

    def _feed(self, event: dict[str, object]) -> None:
        try:
            self._view.event(event)
        except OutputClosedError as error:
            self._stop(error.sentence)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                self._view.tick(time.monotonic())
            except OutputClosedError as error:
                self._stop(error.sentence)

    def _close(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGWINCH):
            loop.remove_signal_handler(number)
        if self._keys is not None:
            self._keys.stop()
        summary = self._totals.summary(self._reason)
        self._feed(summary)
        with contextlib.suppress(OutputClosedError):
            self._view.close(summary)
