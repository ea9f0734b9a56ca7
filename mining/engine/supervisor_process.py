"""The Supervisor's process: `python -m mining.engine.supervisor_process HOME RUNNER_PID`, the Plan as JSON on stdin.

Signals only queue here. SIGTERM drains; SIGINT is the runner's business; the runner's death drains too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from mining.engine.plan import plan_from_json
from mining.engine.plan_slate import PlanSlate
from mining.engine.processes import become_subreaper, die_with_parent, set_title
from mining.engine.supervisor import Supervisor, make_identity
from mining.errors import ExitCode
from mining.telemetry.journal import ALERT, Journal, JournalAlerts

_JOURNAL_S = 3.0


async def _serve(supervisor: Supervisor, epoch: str) -> None:
    """Run to the end and leave at once: a thread that looks up a name or tests a library must not hold up a stop."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, supervisor.request_stop, "asked to end (SIGTERM)")
    loop.add_signal_handler(signal.SIGCHLD, supervisor.reap)
    journal = _start_journal(supervisor, epoch, loop)
    code = await supervisor.run()
    unwritten = journal.close(_JOURNAL_S)
    if unwritten:
        sys.stderr.write(f"{unwritten} events could not be written to the journal and are lost.\n")
    state, reason = supervisor.state
    if code and state == "failed":  # it may have failed before anybody watched: the runner reads this line
        sys.stderr.write(f"{reason}\n")
    sys.stderr.flush()
    os._exit(code)


def _start_journal(supervisor: Supervisor, epoch: str, loop: asyncio.AbstractEventLoop) -> Journal:
    """Have a thread keep every event, and its trouble shown among the alerts."""
    alerts = supervisor.alerts
    journal = Journal(
        supervisor.home,
        epoch,
        JournalAlerts(
            raise_=lambda sentence: _later(loop, alerts.raise_, ALERT, "warning", sentence),
            lower=lambda: _later(loop, alerts.lower, ALERT),
        ),
    )
    supervisor.hub.subscribe(journal.add)
    journal.start()
    return journal


def _later(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: str) -> None:
    """From a thread: call in the loop, if that still runs."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *arguments)


def main() -> int:
    """Entry of the process."""
    home, runner_pid = Path(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    become_subreaper()
    plan = plan_from_json(sys.stdin.buffer.read())
    if not die_with_parent(runner_pid, signal.SIGTERM):
        return int(ExitCode.DONE)
    set_title("supervisor")
    with contextlib.suppress(OSError):
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
    slate = PlanSlate(int(sys.argv[3])) if len(sys.argv) > 3 else None
    identity = make_identity(home)
    asyncio.run(_serve(Supervisor(plan, home, identity, slate=slate), identity.epoch))
    return int(ExitCode.FAILED)  # not reached: _serve leaves by itself


if __name__ == "__main__":
    sys.exit(main())
