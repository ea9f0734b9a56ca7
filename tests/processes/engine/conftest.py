"""Miners that tests share, and the figures that they measured.

A shared miner is paused while no test uses it, so that it takes no time from the others. Its end is checked like any
other's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.figures import FIGURES
from tests.support.mine import WAIT_S, MineRun, mining
from tests.support.process_facts import huge_pages_in_use, until

FAST_START_S = 250.0
GONE_S = 3.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever is the first to use the fast miner waits for its dataset."""
    for item in items:
        if "fast_miner" in getattr(item, "fixturenames", ()) or item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture
def mine(tmp_path: Path, self_tested_home: Path) -> Callable[..., object]:
    """`with mine(*options) as run:` an offline miner of one's own, without the web page."""

    def start(*options: str, **more: object) -> object:
        words = options if "--pool" in options else ("--offline", *options)
        return mining(tmp_path, "--no-web", *words, self_test=self_tested_home, **more)

    return start


@pytest.fixture(scope="session")
def _fast_run(
    tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path, pytestconfig: pytest.Config
) -> Iterator[MineRun]:
    folder = tmp_path_factory.mktemp("fast")
    with mining(folder, "--no-web", "--offline", "--difficulty", "60", self_test=self_tested_home) as run:
        run.wait_mining(FAST_START_S)
        assert run.frame["memory"]["mode"] == "fast"
        yield run
        seconds = _end_fast(run)
    pytestconfig.stash.setdefault(FIGURES, []).append(f"the fast miner was gone {seconds:.2f} s after its stop")


def _end_fast(run: MineRun) -> float:
    """Stop it while it mines, and hold that its processes and huge pages are gone within 3 s."""
    run.ask("resume")
    wait_all_hashing(run)
    pages = run.frame["memory"]["huge_pages"]
    expected = huge_pages_in_use() - (pages["got"] if pages["kind"] == "hugetlb" else 0)
    began = time.monotonic()
    run.stop()
    run.wait_gone(GONE_S - (time.monotonic() - began))
    until(lambda: huge_pages_in_use() <= expected, GONE_S - (time.monotonic() - began), "the huge pages are free")
    return time.monotonic() - began


@pytest.fixture(scope="session")
def _light_run(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path) -> Iterator[MineRun]:
    folder = tmp_path_factory.mktemp("light")
    options = ("--no-web", "--offline", "--light", "--difficulty", "6")
    with mining(folder, *options, self_test=self_tested_home) as run:
        run.wait_mining()
        yield run


@pytest.fixture
def fast_miner(_fast_run: MineRun) -> Iterator[MineRun]:
    """The one miner in fast mode."""
    yield from _lent(_fast_run)


@pytest.fixture
def light_miner(_light_run: MineRun) -> Iterator[MineRun]:
    """A miner in light mode, which a test may disturb but not end."""
    yield from _lent(_light_run)


def _lent(run: MineRun) -> Iterator[MineRun]:
    run.ask("resume")
    wait_all_hashing(run)
    first = next(frame for frame in run.of_kind("frame") if frame["cores"])  # whatever the test before has left
    cores = ",".join(str(row["core"]) for row in first["cores"])
    yield run
    run.ask("intensity", value=100)
    run.ask("cores", value=cores)
    run.ask("pause")


def wait_all_hashing(run: MineRun, timeout_s: float = WAIT_S) -> None:
    """Wait until every chosen core has counted a new hash."""
    with run.counters() as counters:
        cores = [row["core"] for row in run.frame["cores"]]
        before = {core: counters.hashes(core) for core in cores}
        until(
            lambda: all(counters.hashes(core) > before[core] for core in cores),
            timeout_s,
            lambda: f"all of the cores {cores} hash; {run.story()}",
        )
