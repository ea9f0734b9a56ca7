"""Fifty open pages, one of which never reads, beside a real miner: what they cost it, and who pays.

The miner hashes on one core (another is free for the pages), or on all: then every second of the web process is taken
from hashing, for it runs at the ordinary priority and the workers at a lower one (`--priority low`: nice 10).

Other users of the computer move a rate by a tenth for minutes. So halves are short and many, what their median says is
told with its interval, and where all cores mine, what the pages take from them is counted in processor time besides.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.ratio.statistics import median_interval
from tests.support.homes import log_in, make_login_link
from tests.support.mine import MineRun, mining
from tests.support.open_pages import OpenPages, open_pages
from tests.support.paired_rates import paired_ratios
from tests.support.process_facts import cpu_seconds, free_port, resident_mib, until
from tests.support.web_peer import answers

CORE = str(min(os.sched_getaffinity(0)))
FRAMES = 4
START_S = 120.0
GROWTH_MIB = 8.0
LATER_GROWTH_MIB = 2.0  # after a few hundred sockets what is kept for reuse is there
SOAK_S, SOAK_PAIRS = 5.0, 48  # eleven minutes with the opening of the pages
TIMEOUT_S = 1500
CLOSING_S = 1.5  # daphne looks each second for what has ended; the half without pages shall not pay for it
ALONE_S, WIDEST = 40.0, 0.15
WORST_RATIO = 0.99
CPU_OF_PAGES = 0.04
"""Seconds of CPU in a second that Supervisor and web process may take for fifty pages."""
CPU_ROOM = 0.01
"""Seconds of CPU in a second that the Supervisor may cost more with pages than without."""


@dataclass
class Watched:
    """A miner with its page. `with_pages`: what a second cost in seconds of CPU, of Supervisor, web process, pages."""

    run: MineRun
    port: int
    cookie: str
    with_pages: list[tuple[float, float, float]] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)

    @property
    def pids(self) -> tuple[int, int]:
        """Of Supervisor and web process."""
        return self.run.wait_pid("supervisor"), self.run.wait_pid("web")

    @contextmanager
    def pages(self) -> Iterator[OpenPages]:
        """Fifty pages, and what they cost while they were open."""
        with open_pages(self.port, self.cookie) as pages:
            shown = max(pages.seqs)
            began, before = time.monotonic(), [cpu_seconds(pid) for pid in self.pids]
            yield pages
            seconds = time.monotonic() - began
            spent = [cpu_seconds(pid) - cost for pid, cost in zip(self.pids, before, strict=True)]
            self.memory_mib.append(resident_mib(self.pids[1]))
            assert pages.closed_readers == 0
            assert min(pages.seqs) > shown, "each page is shown Frames"
        time.sleep(CLOSING_S)
        self.with_pages.append((spent[0] / seconds, spent[1] / seconds, pages.cpu_s / seconds))


@contextmanager
def watched(folder: Path, self_tested: Path, *options: str) -> Iterator[Watched]:
    """Mine in light mode with a page that somebody is logged in to."""
    port = free_port()
    words = ("--offline", "--light", "--difficulty", "20", "--listen", f"127.0.0.1:{port}", *options)
    with mining(folder, *words, self_test=self_tested) as run:
        run.wait_mining(START_S)
        until(lambda: answers(port), 60.0, "the page is served")
        yield Watched(run, port, log_in(make_login_link(run.home)))


def test_fifty_pages_of_a_real_miner_are_one_reader_to_its_supervisor(tmp_path: Path, self_tested_home: Path) -> None:
    with watched(tmp_path, self_tested_home, "--cores", CORE) as here:
        supervisor, web = here.pids
        with open_pages(here.port, here.cookie, readers=1, deaf=0) as page:
            until(lambda: page.seqs[0] > 0, 60.0, "the web process hears the miner")
        sockets = sockets_of(supervisor)
        with open_pages(here.port, here.cookie) as pages:
            first = here.run.wait_frame(lambda frame: True)["seq"]
            until(lambda: min(pages.seqs) >= first, 60.0, lambda: f"each page is shown Frame {first}: {pages.seqs}")
            memory_mib = resident_mib(web)
            last = here.run.wait_frame(lambda frame: frame["seq"] >= first + FRAMES)["seq"]
            until(lambda: min(pages.seqs) >= last, 60.0, lambda: f"each page is shown Frame {last}: {pages.seqs}")
            until(lambda: sockets_of(supervisor) == sockets, 30.0, "no reader more than before")
            assert resident_mib(web) - memory_mib < GROWTH_MIB
            assert pages.closed_readers == 0


def sockets_of(pid: int) -> int:
    """How many sockets a process holds."""
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")
    return count


def check_cost(here: Watched, measured: Callable[[str], None], where: str) -> float:
    """Tell what fifty pages cost, and hold the limits; returns the seconds of processor time they take in a second."""
    first = here.run.wait_frame(lambda frame: True)["at"]
    began, before = time.monotonic(), [cpu_seconds(pid) for pid in here.pids]
    here.run.wait_frame(lambda frame: frame["at"] > first + ALONE_S, timeout_s=ALONE_S + 60)
    spent = [cpu_seconds(pid) - cost for pid, cost in zip(here.pids, before, strict=True)]
    alone, web_alone = (seconds / (time.monotonic() - began) for seconds in spent)
    ratios = paired_ratios(here.run, here.pages, seconds=SOAK_S, pairs=SOAK_PAIRS)
    told, web, readers = (statistics.mean(column) for column in zip(*here.with_pages, strict=True))
    memory_mib, interval = here.memory_mib, median_interval(ratios)
    assert interval is not None
    measured(
        f"{where}: hash rate with 50 pages {statistics.median(ratios):.4f} of the rate without ({len(ratios)} pairs, "
        f"95 %: {interval.low:.4f} to {interval.high:.4f}); of one core the Supervisor takes {100 * told:.2f} % "
        f"({100 * alone:.2f} % without pages), the web process {100 * web:.2f} % ({100 * web_alone:.2f} %), the pages "
        f"of the test {100 * readers:.2f} %; memory of the web process {memory_mib[0]:.1f} MiB first, "
        f"{memory_mib[len(memory_mib) // 2]:.1f} MiB half way, {memory_mib[-1]:.1f} MiB last"
    )
    assert memory_mib[-1] - memory_mib[0] < GROWTH_MIB
    assert memory_mib[-1] - memory_mib[len(memory_mib) // 2] < LATER_GROWTH_MIB
    assert told - alone < CPU_ROOM
    assert interval.high - interval.low < WIDEST, "the computer is too busy to tell anything"
    assert statistics.median(ratios) >= WORST_RATIO
    return float(told - alone + web - web_alone)


@pytest.mark.soak
@pytest.mark.timeout(TIMEOUT_S)
def test_fifty_pages_cost_a_miner_that_leaves_a_core_free_no_hash_rate(
    tmp_path: Path, self_tested_home: Path, measured: Callable[[str], None]
) -> None:
    with watched(tmp_path, self_tested_home, "--cores", CORE) as here:
        assert check_cost(here, measured, "one core of the computer mines") < CPU_OF_PAGES


@pytest.mark.soak
@pytest.mark.timeout(TIMEOUT_S)
def test_fifty_pages_cost_a_miner_on_all_cores_only_what_the_web_process_takes(
    tmp_path: Path, self_tested_home: Path, measured: Callable[[str], None]
) -> None:
    cores = sorted(os.sched_getaffinity(0))
    with watched(tmp_path, self_tested_home, "--cores", ",".join(map(str, cores))) as here:
        taken = check_cost(here, measured, "all cores mine")
    assert taken < CPU_OF_PAGES and 1 - taken / len(cores) >= WORST_RATIO
