"""A dataset on the Host's own huge pages, which an ordinary user gets: a new seed is computed into the same memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mining.engine.memory import DATASET_PAGES, thp_modes
from mining.hardware.pages import read_pool
from tests.support.daemon_thread import daemon_in_thread, solo_on
from tests.support.mine import MineRun, clean_environment, mining

NOBODY = 65534
AS_NOBODY = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search", "--bounding-set=-all,+dac_read_search",
)  # fmt: skip
BUILD_S = 250.0
POOL = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
HOST = "host randomx"
DATASET_MIB = 2080


@pytest.fixture
def ordinary_user() -> tuple[str, ...]:
    """The command that gives up all of root's rights but to read, which the Python of some machines asks for; empty
    for somebody else, who has none. Skips where the kernel would give the dataset other memory."""
    anonymous, shared = thp_modes()
    if anonymous not in ("always", "madvise") or shared not in ("never", "deny"):
        pytest.skip(f"transparent huge pages here: anonymous {anonymous}, shared {shared}")
    pool = read_pool(POOL)
    if pool is not None and pool.usable >= DATASET_PAGES:
        pytest.skip("reserved huge pages are free here, and they would be used")
    return () if os.geteuid() else AS_NOBODY


@pytest.fixture
def folder(ordinary_user: tuple[str, ...]) -> Iterator[Path]:
    """A folder of that user. Skips where there cannot be such a user."""
    made = Path(tempfile.mkdtemp(prefix="minerconsole-nobody-"))
    try:
        if ordinary_user:
            os.chown(made, NOBODY, NOBODY)
            trouble = _trouble_as(ordinary_user)
            if trouble:
                pytest.skip(f"no process of another user can be arranged here ({trouble})")
        yield made
    finally:
        shutil.rmtree(made)


def _trouble_as(user: tuple[str, ...]) -> str:
    """Why Python cannot run as `user`, "" if it can."""
    try:
        done = subprocess.run([*user, sys.executable, "-c", "pass"], capture_output=True, text=True, timeout=30)
    except FileNotFoundError:
        return "setpriv (util-linux) is not installed"
    return done.stderr.strip() if done.returncode else ""


@pytest.mark.soak
def test_a_new_seed_is_computed_into_the_memory_of_the_same_host(
    folder: Path, ordinary_user: tuple[str, ...], measured: Callable[[str], None]
) -> None:
    environment = clean_environment(HOME=str(folder))
    with daemon_in_thread() as daemon:
        daemon.difficulty = 1500
        with mining(folder, *solo_on(daemon), "--no-web", wrapper=ordinary_user, environment=environment) as run:
            first = until_ready(run, 0)
            run.wait_event("share", outcome="accepted", timeout_s=60)
            host, mark = run.pid_titled(HOST), run.mark
            assert "anon_thp" in first and run.frame["memory"]["huge_pages"]["kind"] == "thp", (first, run.frame)
            daemon.seed = "5e" * 32  # of the template that follows our next block
            changed = until_ready(run, mark)
            check_after(run, host)
            pages = run.frame["memory"]["huge_pages"]["got"]
            measured(f"{first}; {changed}; {memory_mib(run):.0f} MiB in all, {pages} transparent huge pages")
    assert run.summary["restarts"] == 0


def until_ready(run: MineRun, mark: int) -> str:
    """Wait for a dataset and return what was said about it."""

    def is_it(event: dict[str, object]) -> bool:
        return str(event.get("sentence", "")).startswith("seed ready")

    return str(run.wait_for(is_it, since=mark, timeout_s=BUILD_S, what="dataset")["sentence"])


def memory_mib(run: MineRun) -> float:
    """Memory of all processes of the run; what several of them share is counted once (Pss)."""
    total = 0
    for process in run.processes():
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def check_after(run: MineRun, host: int) -> None:
    """The same Host holds one dataset, and what is found through it is right."""
    run.wait_event("share", since=run.mark, outcome="accepted", timeout_s=60)
    frame = run.wait_frame(lambda frame: bool(frame["state"] == "mining"))
    assert run.pid_titled(HOST) == host, "the Host was started anew"
    assert frame["candidates"]["invalid"] == 0 and frame["memory"]["workers_restarted"] == 0
    assert [event for event in run.of_kind("worker") if event["state"] == "failed"] == []
    assert DATASET_MIB < memory_mib(run) < 1.5 * DATASET_MIB, "one dataset is in memory, not two"
