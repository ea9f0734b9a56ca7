"""Run `manage.py mine …` as a person would, in a home of its own, and hold what must hold at the end of every run.

Every process of a run has the run's folder as its working directory: that is how leftovers are found.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mining.engine.control import request
from mining.errors import MinerConsoleError
from tests.support.counter_view import CounterView
from tests.support.prepared_home import copy_prepared
from tests.support.process_facts import Process, is_running, processes_in, until

REPOSITORY = Path(__file__).resolve().parents[2]
START_S = 90.0
WAIT_S = 60.0  # generous: no limit of the product; other tests take the processors meanwhile
END_S = 15.0

Event = dict[str, Any]


def command_of(*words: str) -> list[str]:
    """The command line of `manage.py` with `words`."""
    return [sys.executable, str(REPOSITORY / "manage.py"), *words]


def clean_environment(**changes: str) -> dict[str, str]:
    """This environment without settings of the product, and with `changes`."""
    ours = ("MINERCONSOLE_", "DJANGO_")  # the tests' own settings keep their rows elsewhere
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if kept.get("TESTS_WITHOUT_HUGE_PAGES"):  # tests beside these count them
        kept["MINERCONSOLE_HUGE_PAGES"] = "off"
    return {**kept, **changes}


def _as_from_a_terminal(prepare: Callable[[], None] | None) -> Callable[[], None]:
    """What a child does before it starts: hear SIGHUP, also when the tests run under nohup; then `prepare`."""

    def run() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        if prepare is not None:
            prepare()

    return run


class MineRun:
    """One `mine --json` (or another `verb`). `folder` gets the home, and is the working directory of its processes."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        wrapper: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        prepare: Callable[[], None] | None = None,
        verb: str = "mine",
    ) -> None:
        self.folder, self.home = folder, folder / "home"
        self.events: list[Event] = []
        self.was_cut_off = False
        self._news = threading.Condition()
        self._errors = (folder / "stderr").open("wb")
        words = command_of(verb, "--json", "--home", str(self.home), *options)
        self.process = subprocess.Popen(
            [*wrapper, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment or clean_environment(),
            start_new_session=True,
            preexec_fn=_as_from_a_terminal(prepare),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                with self._news:
                    self.events.append(event)
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()

    # --- what it says -----------------------------------------------------------------------------------------

    @property
    def mark(self) -> int:
        """A place in the stream of events, for `wait_for(..., since=mark)`."""
        return len(self.events)

    def wait_for(
        self, is_it: Callable[[Event], bool], *, since: int = 0, timeout_s: float = WAIT_S, what: str = "event"
    ) -> Event:
        """Return the first event from `since` on that `is_it`; fail with the last events at the deadline."""
        deadline, at = time.monotonic() + timeout_s, since
        with self._news:
            while True:
                for event in self.events[at:]:
                    if is_it(event):
                        return event
                at = len(self.events)
                left = deadline - time.monotonic()
                if left <= 0 or (not self._reader.is_alive() and at == len(self.events)):
                    raise AssertionError(f"no {what} within {timeout_s:g} s; {self.story()}")
                self._news.wait(min(left, 0.5))

    def wait_event(self, kind: str, *, since: int = 0, timeout_s: float = WAIT_S, **fields: object) -> Event:
        """Wait for an event of `kind` whose fields have these values."""
        return self.wait_for(
            lambda event: event["event"] == kind and all(event.get(name) == fields[name] for name in fields),
            since=since,
            timeout_s=timeout_s,
            what=f"{kind} {fields}",
        )

    def wait_frame(
        self, is_it: Callable[[Event], bool], *, since: int | None = None, timeout_s: float = WAIT_S
    ) -> Event:
        """Wait for a frame, by default a new one."""
        start = self.mark if since is None else since
        return self.wait_for(
            lambda event: event["event"] == "frame" and is_it(event), since=start, timeout_s=timeout_s, what="frame"
        )

    def wait_mining(self, timeout_s: float = START_S) -> None:
        """Wait until the frame says that it mines."""
        self.wait_frame(lambda frame: frame["state"] == "mining", since=0, timeout_s=timeout_s)

    def of_kind(self, kind: str, since: int = 0) -> list[Event]:
        """All events of `kind` so far."""
        return [event for event in self.events[since:] if event["event"] == kind]

    @property
    def frame(self) -> Event:
        """The newest frame."""
        return self.of_kind("frame")[-1]

    @property
    def summary(self) -> Event:
        """The summary of an ended run, which is the last line."""
        assert self.events and self.events[-1]["event"] == "summary", self.story()
        return self.events[-1]

    @property
    def errors(self) -> str:
        """Standard error so far."""
        return (self.folder / "stderr").read_text(errors="replace")

    def story(self) -> str:
        """What a failure should show: the last events without frames, and standard error."""
        lines = [json.dumps(event)[:300] for event in self.events if event["event"] != "frame"][-12:]
        frames = [json.dumps(frame)[:300] for frame in self.of_kind("frame")[-1:]]
        return "\n".join(["last events:", *lines, *frames, "stderr:", self.errors])

    # --- who they are -----------------------------------------------------------------------------------------

    def ask(self, op: str, **fields: object) -> Event:
        """One control request."""
        return request(self.home, op, **fields)  # type: ignore[arg-type]

    def processes(self) -> list[Process]:
        """All living processes of the run."""
        return processes_in(self.folder)

    def titles(self) -> list[str]:
        """Their titles."""
        return sorted(process.title for process in self.processes())

    def pid_titled(self, what: str) -> int:
        """The process `minerconsole: what`; 0 when there is none."""
        wanted = f"minerconsole: {what}"
        return next((process.pid for process in self.processes() if process.title == wanted), 0)

    def wait_pid(self, what: str, *, other_than: int = 0, timeout_s: float = WAIT_S) -> int:
        """Wait for a process `minerconsole: what` that is not `other_than`."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [pid for pid in [self.pid_titled(what)] if pid and pid != other_than]
            return bool(found)

        until(is_there, timeout_s, lambda: f"a process {what} other than {other_than}; {self.story()}")
        return found[0]

    def counters(self) -> CounterView:
        """The counter board of the running Supervisor."""
        return CounterView(self.pid_titled("supervisor"))

    # --- its end ----------------------------------------------------------------------------------------------

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Signal the runner's process group, as a terminal does on Ctrl-C."""
        os.killpg(self.process.pid, number)

    def wait_end(self, timeout_s: float = END_S) -> int:
        """Wait for the runner's exit and return its code."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {timeout_s:g} s; {self.story()}") from None
        self._reader.join(5.0)
        return code

    def wait_gone(self, timeout_s: float) -> None:
        """Wait until no process of the run is left."""
        until(lambda: not self.processes(), timeout_s, lambda: f"still there: {self.processes()}")

    def stop(self) -> Event:
        """Stop it in order if it still runs, and return the summary."""
        if self.process.poll() is None:
            with contextlib.suppress(MinerConsoleError):
                self.ask("stop")
                self.wait_end()
        if self.process.poll() is None:  # its Supervisor does not answer: it is starting, or gone
            self.interrupt(signal.SIGTERM)
        assert self.wait_end() == 0, self.story()
        return self.summary

    def clean_up(self) -> None:
        """End whatever is left, by process id."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        if is_running(self.process.pid):
            self.process.kill()
        self.process.wait()
        self._reader.join(5.0)
        self._errors.close()


@contextlib.contextmanager
def mining(folder: Path, *options: str, self_test: Path | None = None, **more: Any) -> Iterator[MineRun]:
    """A run that is stopped and checked at the end of the block. `self_test`: a prepared home, to be copied."""
    if self_test is not None:
        copy_prepared(folder / "home", prepared=self_test)
    run = MineRun(folder, *options, **more)
    try:
        yield run
        if not run.was_cut_off:
            run.stop()
        run.wait_gone(3.0)
        check_run(run)
    finally:
        run.clean_up()


def check_run(run: MineRun) -> None:
    """Hold the laws of an ended run."""
    assert "Traceback" not in run.errors, run.errors
    log = run.home / "log/errors.log"
    assert not log.exists() or "Traceback" not in log.read_text(), log.read_text()
    assert not (run.home / "run/huge_pages.json").exists(), "the huge pages were not given back"
    for frame in run.of_kind("frame"):
        check_shares(frame["shares"], frame["shares"]["in_flight"])
    check_unique(run.events)
    if run.was_cut_off:
        return
    summary = run.summary
    assert len(run.of_kind("summary")) == 1
    check_shares(summary, 0)
    assert summary["candidates"] == summary["invalid"] + summary["stale_before_check"] + summary["found"], summary
    assert summary["invalid"] == 0, "a hash was computed wrong"
    if not summary["supervisor_restarts"]:
        assert len(run.of_kind("share")) == summary["found"], "each share has one outcome"
    assert not (run.home / "run/control.sock").exists()
    assert not (run.home / "run/running.json").exists()


def check_shares(shares: Event, in_flight: int) -> None:
    """found = accepted + rejected + stale + lost + in flight."""
    ended = shares["accepted"] + shares["rejected"] + shares["stale"] + shares["lost"]
    assert shares["found"] == ended + in_flight, shares


def check_unique(events: Sequence[Event]) -> None:
    """No nonce of a generation is reported twice. Generations begin anew with each log-in of the source."""
    stretch, seen = 0, set()
    for event in events:
        if event["event"] == "session" and event["link"] == "ready":
            stretch += 1
        elif event["event"] == "share":
            key = (stretch, event["generation"], event["nonce"])
            assert key not in seen, f"reported twice: {key}"
            seen.add(key)
