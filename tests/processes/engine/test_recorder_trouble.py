"""A miner whose database is locked, deleted, or on a full disk: it hashes on, and afterwards no share is missing."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.console_rows import catch_up, locked, recorded_shares
from tests.support.mine import Event, MineRun, mining
from tests.support.paired_rates import paired_ratios
from tests.support.prepared_home import DATABASE
from tests.support.process_facts import until

CORE = str(min(os.sched_getaffinity(0)))
MANY_SHARES = ("--light", "--difficulty", "2", "--cores", CORE)
WAIT_S = 240.0
TMPFS_BYTES = 12 << 20
SOAK_S = 60.0
SOAK_PAIRS = 4
WORST_RATIO = 0.99


def told_shares(run: MineRun) -> list[tuple[int, int, str]]:
    """What `--json` said of shares."""
    return [(event["generation"], event["nonce"], event["outcome"]) for event in run.of_kind("share")]


def wait_recorded(run: MineRun) -> None:
    """Wait until everything that has been told by now is in rows."""
    told = set(told_shares(run))
    until(lambda: told <= set(recorded_shares(run.home)), WAIT_S, lambda: f"{len(told)} shares in rows; {run.story()}")


def check_nothing_missing(run: MineRun) -> None:
    """End the run: its shares are in rows, each once."""
    run.stop()
    catch_up(run.home)
    assert sorted(recorded_shares(run.home)) == sorted(told_shares(run))
    assert told_shares(run)


def said(words: str) -> Callable[[Event], bool]:
    return lambda event: event["event"] == "log" and words in event["sentence"]


def paired_ratio(run: MineRun, seconds: float, pairs: int) -> float:
    """Hash rate while the database is locked over the rate while it is not."""
    return statistics.median(paired_ratios(run, lambda: locked(run.home), seconds=seconds, pairs=pairs))


def test_a_locked_database_is_said_and_no_share_is_missing_afterwards(mine: Callable[..., Any]) -> None:
    with mine(*MANY_SHARES) as run:
        run.wait_mining()
        with locked(run.home):
            before, mark = len(recorded_shares(run.home)), run.mark
            run.wait_for(said("is locked by another program"), since=mark, timeout_s=WAIT_S, what="sentence")
            run.wait_event("share", since=run.mark, timeout_s=WAIT_S)
            assert len(recorded_shares(run.home)) == before
        run.wait_for(said("takes rows again"), since=mark, timeout_s=WAIT_S, what="sentence")
        wait_recorded(run)
        check_nothing_missing(run)


@pytest.mark.soak
def test_a_database_that_is_deleted_while_mining_comes_back_with_every_share(mine: Callable[..., Any]) -> None:
    with mine(*MANY_SHARES) as run:
        run.wait_mining()
        run.wait_event("share", timeout_s=WAIT_S)
        wait_recorded(run)
        for leftover in run.home.glob(f"{DATABASE}*"):
            leftover.unlink(missing_ok=True)  # SQLite removes its own
        run.wait_event("share", since=run.mark, timeout_s=WAIT_S)
        run.wait_for(said("was deleted"), timeout_s=WAIT_S, what="sentence")
        wait_recorded(run)
        check_nothing_missing(run)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder whose `home` is a file system of its own, of a few megabytes."""
    home = tmp_path / "home"
    home.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES},mode=700", "tmpfs", str(home)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("needs root and the right to mount a small file system")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(home)], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 16, 1 << 12, 1 << 8, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


def test_a_full_disk_is_an_alert_and_no_share_is_missing_afterwards(small_disk: Path, self_tested_home: Path) -> None:
    with _mining_on(small_disk, self_tested_home) as run:
        run.wait_mining()
        run.wait_event("share", timeout_s=WAIT_S)
        fill(run.home / "filler")
        frame = run.wait_frame(lambda frame: _journal_alert(frame) != "", timeout_s=WAIT_S)
        assert "No space left" in _journal_alert(frame) and "not lost" in _journal_alert(frame)
        run.wait_event("share", since=run.mark, timeout_s=WAIT_S)
        (run.home / "filler").unlink()
        run.wait_frame(lambda frame: _journal_alert(frame) == "", timeout_s=WAIT_S)
        wait_recorded(run)
        check_nothing_missing(run)


@contextlib.contextmanager
def _mining_on(folder: Path, self_tested_home: Path) -> Iterator[MineRun]:
    for name in ("cache", DATABASE):
        subprocess.run(["cp", "-r", str(self_tested_home / name), str(folder / "home")], check=True)
    with mining(folder, "--no-web", "--offline", *MANY_SHARES) as run:
        yield run


def _journal_alert(frame: Event) -> str:
    return next((alert["sentence"] for alert in frame["alerts"] if alert["code"] == "journal"), "")


@pytest.mark.soak
def test_a_database_that_is_locked_for_a_minute_costs_no_hash_rate(
    mine: Callable[..., Any], measured: Callable[[str], None]
) -> None:
    with mine(*MANY_SHARES) as run:
        run.wait_mining()
        ratio = paired_ratio(run, SOAK_S, SOAK_PAIRS)
        measured(f"hash rate with a database that is locked for {SOAK_S:g} s: {ratio:.4f} of the rate without")
        wait_recorded(run)
        check_nothing_missing(run)
        assert ratio >= WORST_RATIO
