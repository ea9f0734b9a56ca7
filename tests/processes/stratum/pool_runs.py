"""Real runs of `mine` at test pools, several at a time: how they are started, and what their pools know of them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.processes.stratum.raw_client import WALLET
from tests.support.mine import MineRun, clean_environment, command_of, mining
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool

MineAt = Callable[..., AbstractContextManager[MineRun]]
START_S = 60.0
COMMAND_S = 60.0


@dataclass(frozen=True, slots=True)
class PoolRun:
    """One miner at one pool of its own."""

    pool: TestPool
    run: MineRun

    @property
    def story(self) -> str:
        """Both sides, for a failed test."""
        return f"{self.pool.story()}\n{self.run.story()}"


def words_for(*urls: str, profile: str, core: int = 0) -> tuple[str, ...]:
    """The options of a run in light mode on one core."""
    pools = [word for url in urls for word in ("--pool", url)]
    who = ("--wallet", WALLET, "--worker", "rig1", "--pool-profile", profile)
    return (*pools, *who, "--light", "--no-web", "--cores", str(core))


@contextlib.contextmanager
def each_at_its_pool(
    behaviours: Sequence[Behaviour], folder: Path, home: Path, *options: str, **pool_settings: object
) -> Iterator[list[PoolRun]]:
    """Start a pool of each behaviour and a miner for it, spread over the cores."""
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        both = []
        for number, behaviour in enumerate(behaviours):
            pool = stack.enter_context(TestPool.start(behaviour, **pool_settings))
            own = folder / behaviour.name
            own.mkdir()
            words = words_for(pool.url, profile=behaviour.name, core=cores[number % len(cores)])
            both.append(PoolRun(pool, stack.enter_context(mining(own, *words, *options, self_test=home))))
        yield both


def said(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `mine` with `words` to its end, without a terminal, and return what it said."""
    return subprocess.run(
        command_of("mine", "--home", str(folder / "home"), *words),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        stdin=subprocess.DEVNULL,
        env=clean_environment(**environment),
        cwd=folder,
        check=False,
    )
