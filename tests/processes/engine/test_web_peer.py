"""Supervisor and web page are peers: the death of one does not stop the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.support.mine import MineRun, mining
from tests.support.process_facts import connections_of, free_port, until


def pid_of_web(run: MineRun) -> int:
    return next((process.pid for process in run.processes() if "minerconsole: web" in process.title), 0)


def is_served(run: MineRun) -> Callable[[], bool]:
    return lambda: any(connection.is_listening for connection in connections_of([pid_of_web(run)]))


def test_each_peer_outlives_the_other_and_is_started_again(tmp_path: Path, self_tested_home: Path) -> None:
    options = ("--offline", "--light", "--difficulty", "6", "--listen", f"127.0.0.1:{free_port()}")
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        run.wait_mining()
        until(is_served(run), 60, "the page is served")
        web, supervisor = pid_of_web(run), run.pid_titled("supervisor")
        os.kill(web, signal.SIGKILL)
        until(lambda: pid_of_web(run) not in (0, web), 60, lambda: f"a new web process; {run.story()}")
        until(is_served(run), 60, "the page is served again")
        assert run.pid_titled("supervisor") == supervisor
        run.wait_event("share", since=run.mark)
        web, mark = pid_of_web(run), run.mark
        os.kill(supervisor, signal.SIGKILL)
        run.wait_event("start", since=mark)  # a share of the Supervisor before may be told late
        run.wait_event("share", since=run.mark)
        assert pid_of_web(run) == web, "the page stayed"
