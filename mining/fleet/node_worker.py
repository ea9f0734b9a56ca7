"""`node run`: the Node's worker, `python -m mining.fleet.node_worker HOME [options of console …]`. No Django.

Signals are Celery's: SIGTERM and Ctrl-C end it warmly, so that the miner submits what it found.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning
from celery.signals import setup_logging

from mining.engine.processes import set_title
from mining.errors import ExitCode, MinerConsoleError
from mining.fleet.beats import Beats
from mining.fleet.chores import Chores
from mining.fleet.membership import Membership, membership_of
from mining.fleet.miner import Miner
from mining.fleet.node_app import node_app
from mining.fleet.node_lock import hold_node_lock
from mining.fleet.tasks import NodeTasks

log = logging.getLogger("minerconsole.node")


class NodeServices:
    """What runs in a Node's worker beside its tasks: the miner, the beats, chores, and what is sent to the console."""

    def __init__(self, home: Path, membership: Membership, words: Sequence[str]) -> None:
        self.miner = Miner(home, words)
        self.beats = Beats(membership)
        self.chores = Chores(home, self.beats.answer, leave=self._leave)

    def start(self) -> None:
        """The miner first: it needs nobody."""
        self.miner.start()
        self.beats.start()

    def stop(self) -> None:
        """The miner last of all: what it says while it drains is still sent."""
        self.chores.stop()
        self.miner.stop()
        self.beats.stop()

    def _leave(self) -> None:
        """The console let this Node go: end, and stop mining for it."""
        os.kill(os.getpid(), signal.SIGTERM)


def run_node(home: Path, words: Sequence[str]) -> int:
    """Run the worker until it is asked to end; returns the exit code. Raises MinerConsoleError."""
    membership = membership_of(home)
    lock = hold_node_lock(home)
    _start_log(home)
    set_title("node")
    services = NodeServices(home, membership, words)
    tasks = NodeTasks(
        home,
        membership.ulid,
        now=services.beats.now,
        wake=services.miner.wake,
        begin=services.chores.begin,
        answer=services.beats.answer,
    )
    app = node_app(membership.ulid, membership.broker, tasks.do, services)
    worker = app.Worker(
        hostname=f"node@{membership.ulid}",
        pool="solo",
        concurrency=1,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
        loglevel="WARNING",
    )
    log.info("%s belongs to the fleet of %s (%s)", membership.node_name, membership.owner, membership.console_url)
    worker.start()
    lock.close()
    return int(worker.exitcode or 0)


def _start_log(home: Path) -> None:
    """To standard error, for whoever started it. Celery's own lines hold no secret of ours: documents are arguments."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for name in ("celery", "kombu", "redis"):
        logging.getLogger(name).setLevel(logging.ERROR)
    setup_logging.connect(_keep_log, weak=False)
    warnings.filterwarnings("ignore", category=SecurityWarning)  # about pickle, of which nothing is accepted
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)  # about tasks that a lost connection ends
    threading.excepthook = _thread_failed


def _keep_log(**_: object) -> None:
    """Somebody listens: so Celery does not set up logging of its own."""


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    """A thread that fails is a bug; the miner goes on, and the log names it."""
    name = failure.thread.name if failure.thread is not None else "a thread"
    error = failure.exc_value
    assert error is not None
    log.error("%s failed: %s", name, error, exc_info=(type(error), error, failure.exc_traceback))


def main(arguments: Sequence[str]) -> int:
    """Entry of the process."""
    for name in ("DJANGO_SETTINGS_MODULE", "DJANGO_LAYER"):  # of the verb that became this process
        os.environ.pop(name, None)
    try:
        return run_node(Path(arguments[0]), arguments[1:])
    except MinerConsoleError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED_TWICE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
