"""`console`: an idle Supervisor that is set up, started and stopped from outside, and that outlives what goes wrong."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.processes.stratum.raw_client import WALLET
from tests.support.mine import Event, MineRun, mining
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.signing_console import TestConsole

CORE = str(min(os.sched_getaffinity(0)))
WORDS = ("--light", "--no-web")
START_S = 90.0


def wait_state(run: MineRun, state: str) -> Event:
    return run.wait_frame(lambda frame: frame["state"] == state, timeout_s=START_S)


def test_a_console_is_idle_until_it_is_started_and_again_after_a_stop(tmp_path: Path, self_tested_home: Path) -> None:
    with mining(tmp_path, *WORDS, self_test=self_tested_home, verb="console") as run:
        run.wait_frame(lambda frame: frame["state"] == "idle", since=0, timeout_s=START_S)
        assert run.ask("status")["processes"] == {}, "nothing hashes"
        run.ask("start_mining")
        wait_state(run, "mining")
        run.ask("stop_mining")
        wait_state(run, "idle")
        assert run.ask("status")["processes"] == {}


@pytest.mark.soak
def test_a_start_that_fails_leaves_the_node_failed_until_a_plan_or_a_start_that_works(
    tmp_path: Path, self_tested_home: Path
) -> None:
    with (
        TestPool.start(presets.JTGRASSIE.but(difficulty=8, largest_difficulty=8)) as pool,
        mining(tmp_path, *WORDS, self_test=self_tested_home, verb="console") as run,
    ):
        run.wait_frame(lambda frame: frame["state"] == "idle", since=0, timeout_s=START_S)
        console = TestConsole(run)
        values = {"POOL_1": pool.url, "POOL_1_PROFILE": "jtgrassie", "WALLET": WALLET, "CORES": CORE}
        pool.inject(FaultKind.REFUSE_LOGIN, seconds=600.0, text="Invalid payment address provided")
        console.apply(values)
        console.wait("verified")  # it is followed, in the state that is wanted: stopped
        run.ask("start_mining")
        frame = wait_state(run, "failed")
        assert "refused the login" in str(frame["state_reason"]) and run.process.poll() is None
        pool.heal()
        console.apply(values)
        console.wait("verified")
        frame = wait_state(run, "mining")
        assert [row["code"] for row in frame["alerts"]] == ["light_mode"], "what is over is shown no more"
        check_crash_goes_on_with_the_plan(run, pool, console)


def check_crash_goes_on_with_the_plan(run: MineRun, pool: TestPool, console: TestConsole) -> None:
    """The command line knows nothing of that pool: the plan itself outlives a crash of the Supervisor."""
    supervisor = run.pid_titled("supervisor")
    os.kill(supervisor, signal.SIGKILL)
    run.wait_pid("supervisor", other_than=supervisor, timeout_s=START_S)
    frame = run.wait_frame(lambda frame: frame["state"] == "mining", timeout_s=START_S)
    assert frame["session"]["endpoint"] == f"127.0.0.1:{pool.port}"
    assert frame["plan_version"] == console.version
    assert run.ask("status")["plan"]["state"] == "verified"
