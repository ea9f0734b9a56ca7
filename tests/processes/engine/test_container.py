"""A container-like start: PID 1 of a new PID namespace, with a CPU quota of one and a half."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mine import MineRun, mining
from tests.support.process_facts import fields_of, processes_in, until, zombies_under

UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc")
PERIOD_US, QUOTA_US = 100_000, 150_000


@pytest.fixture
def quota_group() -> Iterator[Path]:
    """A control group with a CPU quota of 1.5; the test is skipped where none can be made."""
    v1 = Path("/sys/fs/cgroup/cpu")
    is_v1 = (v1 / "cpu.cfs_quota_us").exists()
    folder = (v1 if is_v1 else Path("/sys/fs/cgroup")) / f"minerconsole-test-{os.getpid()}"
    try:
        folder.mkdir()
        if is_v1:
            (folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (folder / "cpu.cfs_quota_us").write_text(str(QUOTA_US))
        else:
            (folder / "cpu.max").write_text(f"{QUOTA_US} {PERIOD_US}")
    except OSError as error:
        if folder.exists():
            folder.rmdir()
        pytest.skip(f"no CPU control group can be made here ({error.strerror})")
    yield folder
    folder.rmdir()


@pytest.fixture
def pid_namespace() -> tuple[str, ...]:
    """The command that opens a PID namespace; the test is skipped where that is not allowed."""
    try:
        done = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare (util-linux) is not installed")
    if done.returncode:
        pytest.skip(f"no PID namespace can be made here ({done.stderr.strip()})")
    return UNSHARE


def runner_of(run: MineRun) -> int:
    """The process that is PID 1 inside, by its number outside."""
    children = [process for process in processes_in(run.folder) if process.parent == run.process.pid]
    return children[0].pid if children else 0


def test_pid_one_with_a_quota_starts_one_core_reaps_and_stops_cleanly(
    tmp_path: Path, self_tested_home: Path, quota_group: Path, pid_namespace: tuple[str, ...]
) -> None:
    def join_group() -> None:
        (quota_group / "cgroup.procs").write_text(str(os.getpid()))

    options = ("--offline", "--light", "--no-web", "--difficulty", "4")
    with mining(tmp_path, *options, self_test=self_tested_home, wrapper=pid_namespace, prepare=join_group) as run:
        run.wait_mining()
        cores = [row["core"] for row in run.frame["cores"]]
        assert len(cores) == 1, "floor of the quota, at least one"
        runner = runner_of(run)
        assert _number_inside(runner) == 1
        check_reaping(run, runner)
        os.kill(runner, signal.SIGTERM)
        assert run.wait_end() == 0, run.story()
        assert "SIGTERM" in run.summary["reason"]
        assert run.errors == ""


def check_reaping(run: MineRun, runner: int) -> None:
    """Kill the Host (its children become orphans), then the Supervisor; PID 1 collects what nobody else does."""
    host = run.pid_titled("host randomx")
    os.kill(host, signal.SIGKILL)
    assert run.wait_pid("host randomx", other_than=host)
    run.wait_event("share", since=run.mark)
    supervisor, mark = run.pid_titled("supervisor"), run.mark
    os.kill(supervisor, signal.SIGKILL)
    run.wait_event("start", since=mark)  # a share of the Supervisor before may be told late
    run.wait_event("share", since=run.mark)
    until(
        lambda: not zombies_under([runner, run.pid_titled("supervisor")]),
        30,
        lambda: f"no zombie is left: {zombies_under([runner])} {[fields_of(pid) for pid in zombies_under([runner])]}",
    )


def _number_inside(pid: int) -> int:
    """The process number in its innermost PID namespace."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    return 0
