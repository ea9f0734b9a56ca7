"""Another algorithm while it mines: nothing leaks or is lost, and how long nothing was hashed is told each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any

import pytest

from mining.errors import MinerConsoleError
from tests.support.mine import Event, MineRun
from tests.support.process_facts import proportional_mib, until, zombies_under

SWITCH_S = 60.0
EASY = "150"
SHARE_S = 240.0  # a machine that is busy with other things hashes few RandomX hashes a second in light mode
LEVEL_MIB = 24.0
"""How far the memory of all processes may be from its level. Two measurements of the same state differ by a few MiB in
each of the six Python processes (allocator arenas, pages of libraries that are shared with programs that come and go);
what must not stay is far larger: a Host with its cache has 256 MiB, and a worker that stays is found by its name."""


def switch(run: MineRun, algorithm: str) -> float:
    """Change to `algorithm`, wait until it is verified and has found a share, and return the gap in seconds."""
    before, mark = run.frame["algorithm"], run.mark
    run.ask("algorithm", value=algorithm)
    told = run.wait_event("algorithm", since=mark, timeout_s=SWITCH_S, to=algorithm)
    assert told["from"] == before and told["gap_s"] > 0, told
    run.wait_event("log", since=mark, timeout_s=SWITCH_S, sentence="the new plan holds")
    run.wait_frame(lambda frame: frame["state"] == "mining" and frame["algorithm"] == algorithm, timeout_s=SWITCH_S)
    return float(told["gap_s"])


def wait_share(run: MineRun) -> None:
    run.wait_event("share", since=run.mark, timeout_s=SHARE_S, outcome="accepted")


def names(run: MineRun) -> list[str]:
    """The processes of the run by name, once the Verifier and every worker are there and have their names."""
    wanted = {"minerconsole: verifier", *(f"minerconsole: core {row['core']}" for row in run.frame["cores"])}
    until(lambda: wanted <= set(run.titles()), SWITCH_S, lambda: f"{wanted} among {run.titles()}")
    return run.titles()


def check_no_zombies(run: MineRun) -> None:
    """Hold that who ends is collected, which takes a moment."""
    until(lambda: not zombies_under(process.pid for process in run.processes()), SWITCH_S, "no zombie is left")


def memory_mib(run: MineRun) -> float:
    return sum(proportional_mib(process.pid) for process in run.processes())


def check_whole(run: MineRun, algorithms: Sequence[str]) -> None:
    """Hold what must hold after all switches: no share lost, laws exact, rates of each algorithm apart."""
    summary = run.stop()
    assert summary["lost"] == 0 and summary["stale"] == 0 and summary["rejected"] == 0, summary
    assert summary["accepted"] == summary["found"] > 0
    assert summary["restarts"] == 0, "no worker died"
    assert set(summary["by_algorithm"]) == set(algorithms) and summary["hashrate_hps"] is None
    rates = [row["hashrate_hps"] for row in summary["by_algorithm"].values()]
    assert all(rate > 0 for rate in rates), summary
    assert sum(row["hashes"] for row in summary["by_algorithm"].values()) == summary["hashes"]


def check_frames(frames: list[Event]) -> None:
    """While nothing is hashed no rate is shown, and counts never go back."""
    found = [frame["shares"]["found"] for frame in frames]
    assert found == sorted(found)
    assert all(frame["hashrate_hps"]["s10"] is None for frame in frames if frame["state"] == "preparing")


def test_rx_0_and_scrypt_change_places_while_mining(mine: Callable[..., Any], measured: Callable[[str], None]) -> None:
    with mine("--light", "--difficulty", EASY) as run:
        run.wait_mining(SWITCH_S)
        processes = names(run)
        gaps = [switch(run, "scrypt")]
        wait_share(run)
        gaps.append(switch(run, "rx/0"))
        assert names(run) == processes
        check_no_zombies(run)
        check_frames(run.of_kind("frame"))
        check_whole(run, ("rx/0", "scrypt"))
    measured(f"rx/0 → scrypt: {gaps[0]:.2f} s without a hash; scrypt → rx/0 (light): {gaps[1]:.2f} s")


@pytest.mark.soak
def test_ten_switches_leave_memory_and_processes_as_they_were(
    mine: Callable[..., Any], measured: Callable[[str], None]
) -> None:
    gaps, levels = [], []
    with mine("--light", "--difficulty", EASY) as run:
        run.wait_mining(SWITCH_S)
        wait_share(run)
        processes = names(run)
        for algorithm in islice(cycle(("scrypt", "rx/0")), 10):
            gaps.append(switch(run, algorithm))
            if algorithm == "scrypt":
                wait_share(run)
            else:
                assert names(run) == processes
                levels.append(memory_mib(run))
            check_no_zombies(run)
        wait_share(run)
        assert max(abs(level - levels[0]) for level in levels) < LEVEL_MIB, levels
        check_whole(run, ("rx/0", "scrypt"))
    measured(f"ten switches, seconds without a hash: {', '.join(f'{gap:.2f}' for gap in gaps)}")
    measured(f"memory after each pair of switches: {', '.join(f'{level:.0f}' for level in levels)} MiB")


def test_an_algorithm_that_is_none_changes_nothing(light_miner: MineRun) -> None:
    mark = light_miner.mark
    with pytest.raises(MinerConsoleError, match="rx/9"):
        light_miner.ask("algorithm", value="rx/9")
    with pytest.raises(MinerConsoleError, match="XMR is mined with rx/0"):
        light_miner.ask("algorithm", value="scrypt", coin="XMR")
    light_miner.ask("algorithm", value="rx/0")
    frame = light_miner.wait_frame(lambda frame: True)
    assert (frame["algorithm"], frame["state"]) == ("rx/0", "mining")
    assert light_miner.of_kind("algorithm", since=mark) == []
