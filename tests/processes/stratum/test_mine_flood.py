"""A pool that never ends a line costs the Supervisor no memory to speak of, and mining goes on in a new session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.processes.stratum.pool_runs import START_S, words_for
from tests.support.mine import mining
from tests.support.pools import presets
from tests.support.pools.faults import FLOOD_BYTES, FaultKind
from tests.support.pools.pool import TestPool

MOST_GROWTH_KIB = 20 << 10
RESET_PEAK = "5"  # proc(5), clear_refs
BACK_S = 40.0


def peak_kib(pid: int) -> int:
    """The most resident memory of a process since its start, or since the peak was reset."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def test_a_flood_without_a_line_end_ends_the_session_and_fills_no_memory(
    tmp_path: Path, self_tested_home: Path, measured: Callable[[str], None]
) -> None:
    with TestPool.start(presets.SNIPA.but(difficulty=8, largest_difficulty=8)) as pool:
        options = words_for(pool.url, profile="snipa")
        with mining(tmp_path, *options, self_test=self_tested_home) as run:
            run.wait_event("share", outcome="accepted", timeout_s=START_S)
            pid, mark = run.pid_titled("supervisor"), run.mark
            Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)
            before_kib = peak_kib(pid)
            pool.inject(FaultKind.FLOOD, number=FLOOD_BYTES)
            down = run.wait_event("session", since=mark, link="down", timeout_s=BACK_S)
            run.wait_event("session", since=mark, link="ready", timeout_s=BACK_S)
            pool.wait_for(lambda pool: pool.shares[-1].connection == pool.connections[-1].number != 1, BACK_S)
            growth_kib, flooded = peak_kib(pid) - before_kib, pool.connections[0].flooded_bytes
            measured(f"the Supervisor grew by {growth_kib} KiB; {flooded / 1e6:.1f} MB came before the link was cut")
            assert growth_kib <= MOST_GROWTH_KIB
            assert f"127.0.0.1:{pool.port}" in down["cause"] and "line" in down["cause"]
            mark = run.mark
            run.wait_event("share", since=mark, outcome="accepted", timeout_s=BACK_S)
            run.wait_frame(lambda frame: frame["session"]["last_cause"] == down["cause"])
            assert run.pid_titled("supervisor") == pid, "it is still the same process"
        assert pool.violations == [] and len(pool.logins) == 2, pool.story()
    assert run.summary["reauths"] == 1
