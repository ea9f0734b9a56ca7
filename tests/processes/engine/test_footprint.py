"""What mining costs beside hashing: memory of each process, and the time of those that do not hash."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mining.engine.boards import Counter, Kernel
from mining.engine.control import request
from mining.errors import MinerConsoleError
from mining.native.randomx_kernel import SCRATCHPADS
from tests.support.mine import MineRun, clean_environment, command_of
from tests.support.process_facts import cpu_seconds, private_mib, processes_in, resident_mib, until

SCRATCHPAD_MIB = 2.0
WORKER_MIB = 8.0
SUPERVISOR_MIB = 140.0
COST_S = 120.0
SHARE_S = 40


def check_workers(run: MineRun, measured: Callable[[str], None]) -> None:
    """Hold the private memory of each worker beside its scratchpads (two where our kernel hashes)."""
    with run.counters() as counters:
        for row in run.frame["cores"]:
            core = row["core"]
            ordinary, huge = private_mib(counters.worker(core))
            is_huge = bool(counters.read(core, Counter.HUGE_SCRATCHPAD))
            pads = SCRATCHPADS if counters.read(core, Counter.KERNEL) == Kernel.OWN else 1
            own = ordinary - (0.0 if is_huge else pads * SCRATCHPAD_MIB)
            measured(f"core {core}: {own:.1f} MiB private beside {pads} scratchpad(s) ({huge:.0f} MiB on huge pages)")
            assert own <= WORKER_MIB
            assert huge <= pads * SCRATCHPAD_MIB


def check_supervisor(run: MineRun, measured: Callable[[str], None]) -> None:
    """Hold the Supervisor's resident memory."""
    mib = resident_mib(run.pid_titled("supervisor"))
    measured(f"Supervisor {mib:.0f} MiB, runner {resident_mib(run.process.pid):.0f} MiB resident")
    assert mib <= SUPERVISOR_MIB


def test_a_fast_miner_keeps_to_its_memory(fast_miner: MineRun, measured: Callable[[str], None]) -> None:
    check_workers(fast_miner, measured)
    check_supervisor(fast_miner, measured)


def test_a_light_miner_keeps_to_its_memory(light_miner: MineRun, measured: Callable[[str], None]) -> None:
    check_workers(light_miner, measured)
    check_supervisor(light_miner, measured)


@contextmanager
def on_a_terminal(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """`mine` with its live view on a terminal of 80 columns and 24 rows that somebody reads."""
    ours, theirs = pty.openpty()
    environment = clean_environment(TERM="xterm-256color", COLUMNS="80", LINES="24")
    words = command_of("mine", "--home", str(folder / "home"), *options)
    process = subprocess.Popen(
        words, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    reader = threading.Thread(target=_swallow, args=(ours,), daemon=True)
    reader.start()
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        os.close(ours)


def _swallow(fd: int) -> None:
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        return  # EIO: the other end is closed


@pytest.mark.soak
def test_what_does_not_hash_costs_at_most_a_hundredth_of_a_core(
    tmp_path: Path, measured: Callable[[str], None]
) -> None:
    difficulty = 400 * SHARE_S
    with on_a_terminal(tmp_path, "--offline", "--no-web", "--difficulty", str(difficulty)) as process:
        home = tmp_path / "home"
        until(lambda: _state(home) == "mining", 250, "it mines")
        until(lambda: _age(home) > 20.0, 60, "the start is over")
        pids = {p.title: p.pid for p in processes_in(tmp_path) if "core" not in p.title and "verifier" not in p.title}
        assert process.pid in pids.values() and len(pids) == 3, pids
        before, began = {title: cpu_seconds(pid) for title, pid in pids.items()}, time.monotonic()
        until(lambda: time.monotonic() - began >= COST_S, COST_S + 5, "time passes")
        elapsed = time.monotonic() - began
        percents = {title: (cpu_seconds(pid) - before[title]) / elapsed * 100 for title, pid in pids.items()}
        found = _frame(home)["shares"]["found"]  # type: ignore[index]
    total = sum(percents.values())
    detail = ", ".join(f"{title} {percent:.2f} %" for title, percent in percents.items())
    measured(f"{total:.2f} % of one core over {elapsed:.0f} s ({detail}); {found} shares since the start")
    assert total <= 1.0


def _frame(home: Path) -> dict[str, object]:
    try:
        frame = request(home, "status")["frame"]
    except MinerConsoleError:  # it is still starting
        return {}
    return frame if isinstance(frame, dict) else {}


def _state(home: Path) -> str:
    return str(_frame(home).get("state", ""))


def _age(home: Path) -> float:
    system = _frame(home).get("system")
    return float(system["uptime_s"]) if isinstance(system, dict) else 0.0
