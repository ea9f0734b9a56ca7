"""Solo on a real monerod: real RandomX work, real blocks, judged by the daemon's chain."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.garbage import GarbageServer
from tests.support.mine import MineRun, clean_environment, command_of, mining
from tests.support.monerod import SUB_ADDRESS, WALLET, Monerod, start_monerod
from tests.support.process_facts import cpu_seconds
from tests.support.solo_blocks import blocks_of

Options = Callable[[Monerod], tuple[str, ...]]
EPOCH = (8, 4)
GAP = re.compile(r"hashing paused for ([\d.]+) s")


class _Stopping:
    """A daemon that is stopped at the end of a `with`."""

    def __init__(self, daemon: Monerod) -> None:
        self.daemon = daemon

    def close(self) -> None:
        self.daemon.stop()


def check_blocks(run: MineRun, daemon: Monerod, *, at_least: int) -> None:
    """Every accepted block is in the daemon's chain by its hash, and none of ours is beside it."""
    blocks = blocks_of(run)
    assert len(blocks) >= at_least
    for height, block_id in blocks.items():
        assert daemon.block_hash(height) == block_id, f"height {height}"
    alternatives: dict[str, Any] = daemon.ask("get_alternate_chains")
    assert not alternatives.get("chains"), alternatives
    assert run.summary["rejected"] == run.summary["lost"] == 0


def seed_gaps(run: MineRun) -> list[float]:
    """The measured gaps of the seed changes."""
    return [float(match[1]) for event in run.of_kind("log") if (match := GAP.search(event["sentence"]))]


@pytest.mark.parametrize(("blocks", "changes"), [(15, 1), pytest.param(31, 3, marks=pytest.mark.soak)])
def test_blocks_and_seed_changes_are_in_the_chain_of_a_real_daemon(
    tmp_path: Path,
    run_folder: Path,
    solo_options: Options,
    measured: Callable[[str], None],
    blocks: int,
    changes: int,
) -> None:
    """Seeds change at heights 13, 21 and 29; hashing goes on without a restart."""
    daemon = start_monerod(tmp_path, difficulty=12, seed_epoch=EPOCH)
    with closing(_Stopping(daemon)):
        with mining(run_folder, *solo_options(daemon), "--shares", str(blocks)) as run:
            assert run.wait_end(200) == 0, run.story()
        check_seed_changes(run, daemon, blocks=blocks, changes=changes)
        measured(f"solo, light mode: {len(blocks_of(run))} blocks in the chain, seed gaps {seed_gaps(run)} s")


@pytest.mark.soak
@pytest.mark.timeout(1600)
def test_in_fast_mode_three_seed_changes_follow_twenty_blocks(
    tmp_path: Path, run_folder: Path, measured: Callable[[str], None]
) -> None:
    """Seeds change at height 13, and after twenty blocks at 21, 29 and 37; each costs a new dataset, no restart."""
    daemon = start_monerod(tmp_path, difficulty=500, seed_epoch=EPOCH)
    with closing(_Stopping(daemon)):
        with mining(run_folder, "--pool", daemon.url, "--wallet", WALLET, "--no-web", "--shares", "38") as run:
            run.wait_mining(300)
            assert run.frame["memory"]["mode"] == "fast"
            assert run.wait_end(1200) == 0, run.story()
        check_seed_changes(run, daemon, blocks=38, changes=4)
        gaps = zip((13, 21, 29, 37), seed_gaps(run), strict=True)
        shown = ", ".join(f"{gap:g} s at height {height}" for height, gap in gaps)
        measured(f"solo, fast mode: {len(blocks_of(run))} blocks in the chain, seed gaps {shown}")


def check_seed_changes(run: MineRun, daemon: Monerod, *, blocks: int, changes: int) -> None:
    """Every block is in the chain, and hashing went on over each change of the seed with no process started anew."""
    check_blocks(run, daemon, at_least=blocks)
    seeds = {frame["job"]["seed"] for frame in run.of_kind("frame") if frame["job"]}
    assert len(seeds) == changes + 1, seeds
    assert len(seed_gaps(run)) == changes, seed_gaps(run)
    assert run.summary["restarts"] == run.summary["supervisor_restarts"] == 0
    assert [event for event in run.of_kind("worker") if event["state"] == "failed"] == []


@pytest.mark.soak
def test_a_daemon_that_goes_away_is_named_and_mining_resumes_by_itself(
    tmp_path: Path, run_folder: Path, solo_options: Options
) -> None:
    outage_of(4.0, tmp_path, run_folder, solo_options)


@pytest.mark.soak
def test_a_daemon_that_is_away_for_half_a_minute_is_waited_for(
    tmp_path: Path, run_folder: Path, solo_options: Options, measured: Callable[[str], None]
) -> None:
    cpu_share = outage_of(30.0, tmp_path, run_folder, solo_options)
    measured(f"daemon away for 30 s: Supervisor used {cpu_share:.2%} of one core meanwhile")


def outage_of(seconds: float, tmp_path: Path, run_folder: Path, solo_options: Options) -> float:
    """Stop the daemon for at least `seconds`; return the Supervisor's CPU share while it was away."""
    daemon = start_monerod(tmp_path, difficulty=25, options=("--keep-fakechain",))
    with closing(_Stopping(daemon)), mining(run_folder, *solo_options(daemon)) as run:
        run.wait_event("share", outcome="accepted", timeout_s=60)
        height_before = daemon.height()
        mark = run.mark
        daemon.stop()
        down = run.wait_event("session", link="down", since=mark, timeout_s=10)
        assert str(daemon.rpc_port) in down["cause"]
        used = seconds_away(run, seconds)
        daemon.start()
        run.wait_event("session", link="ready", since=mark, timeout_s=40)
        run.wait_event("share", outcome="accepted", since=run.mark, timeout_s=60)
        assert daemon.height() > height_before, run.of_kind("share")
        run.stop()
        check_blocks(run, daemon, at_least=2)
        return used


def seconds_away(run: MineRun, seconds: float) -> float:
    """Let `seconds` pass by the run's own frames; return the Supervisor's share of a core. It must not spin."""
    pid = run.pid_titled("supervisor")
    first = run.wait_frame(lambda frame: True)
    before = cpu_seconds(pid)
    last = run.wait_frame(lambda frame: frame["at"] - first["at"] >= seconds, timeout_s=seconds + 10)
    share: float = (cpu_seconds(pid) - before) / (last["at"] - first["at"])
    assert share < 0.05, f"the Supervisor used {share:.1%} of a core while the daemon was away"
    if seconds > 15:  # longer than hashing goes on without a daemon
        assert last["state"] == "preparing" and str(last["state_reason"]), last
    return share


@pytest.mark.soak
def test_a_daemon_that_answers_garbage_is_named_and_replaced_by_a_good_one(
    tmp_path: Path, run_folder: Path, solo_options: Options
) -> None:
    daemon = start_monerod(tmp_path, difficulty=25, options=("--keep-fakechain",))
    daemon.stop()
    garbage = GarbageServer(daemon.rpc_port)
    with closing(_Stopping(daemon)), closing(garbage), mining(run_folder, *solo_options(daemon)) as run:
        cause = run.wait_event("session", link="down", timeout_s=20)["cause"]
        assert str(daemon.rpc_port) in cause, cause
        frame = run.wait_frame(lambda frame: bool(frame["state_reason"]))
        assert frame["state"] == "preparing"
        first = run.wait_frame(lambda frame: True)
        asked = garbage.requests
        run.wait_frame(lambda frame: frame["at"] - first["at"] >= 3.0)
        assert garbage.requests - asked < 12, "a daemon that answers nonsense must not be asked in a busy loop"
        mark = run.mark
        garbage.close()
        daemon.start()
        run.wait_event("session", link="ready", since=mark, timeout_s=40)
        run.wait_event("share", outcome="accepted", since=mark, timeout_s=60)


def test_a_sub_address_is_refused_before_anything_starts(
    tmp_path: Path, run_folder: Path, solo_options: Options
) -> None:
    done = subprocess.run(
        command_of("mine", "--pool", "daemon+http://127.0.0.1:1", "--wallet", SUB_ADDRESS, "--home", str(run_folder)),
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
    )
    assert done.returncode == 2
    assert "sub" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_a_check_of_the_login_asks_the_daemon_and_mines_nothing(tmp_path: Path, run_folder: Path) -> None:
    daemon = start_monerod(tmp_path, difficulty=25, options=("--keep-fakechain",))
    with closing(_Stopping(daemon)):
        done = subprocess.run(
            command_of("mine", "--check-login", "--pool", daemon.url, "--wallet", WALLET, "--home", str(run_folder)),
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment(),
        )
        assert done.returncode == 0, done.stderr
        assert "difficulty 25" in done.stdout and WALLET not in done.stdout
        assert daemon.height() == 0
