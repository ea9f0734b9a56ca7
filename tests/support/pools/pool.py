"""The cryptonote test pool as tests use it: in a thread of its own, with thread-safe controls.

with TestPool.start(presets.SNIPA.but(idle_s=2.0), block_s=5.0) as pool:
    run_the_miner(pool.url)
    pool.wait_for(lambda pool: pool.accepted >= 3, 20.0)
    pool.inject(FaultKind.FORGET, seconds=0.0)
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.pools.behaviour import Behaviour
from tests.support.pools.certificates import Certificate
from tests.support.pools.faults import ScheduledFault
from tests.support.pools.hashing import share_hasher
from tests.support.pools.mischief import Mischief
from tests.support.pools.running import RunningPool
from tests.support.pools.server import PoolServer
from tests.support.pools.state import PoolState
from tests.support.pools.work import SEED


class TestPool(RunningPool[PoolServer]):
    """A cryptonote pool; `algorithm` and `seed` are those of its jobs."""

    __test__ = False

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        algorithm: str = "rx/0",
        seed: bytes = SEED,
        block_s: float | None = None,
        job_s: float | None = None,
        certificate: Certificate | None = None,
        schedule: Sequence[ScheduledFault] = (),
    ) -> None:
        self._state = PoolState(behaviour, algorithm=algorithm, seed=seed)
        self._hasher = share_hasher(algorithm)
        self._hasher.prepare(algorithm, seed)
        server = PoolServer(self._state, self._hasher, block_s=block_s, job_s=job_s)
        super().__init__(self._state, server, Mischief(server), certificate=certificate, schedule=schedule)

    @property
    def behaviour(self) -> Behaviour:
        """Its type and settings."""
        return self._state.behaviour

    def rest(self) -> None:
        self._hasher.rest()

    def new_block(self, *, seed: bytes | None = None, next_seed: bytes = b"") -> None:
        """Go one height up, perhaps with another seed, and push jobs."""
        self.call(self._new_work(is_block=True, seed=seed, next_seed=next_seed))

    def new_job(self) -> None:
        """Push a new job of the same height to every session."""
        self.call(self._new_work(is_block=False, seed=None, next_seed=b""))

    async def _new_work(self, *, is_block: bool, seed: bytes | None, next_seed: bytes) -> None:
        self.server.new_work(is_block=is_block, seed=seed, next_seed=next_seed)
