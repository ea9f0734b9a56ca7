"""The Stratum V1 test pool as tests use it: in a thread of its own, with the controls of the cryptonote `TestPool`.

with V1TestPool.start(presets.NSP.but(difficulty=0.001), job_s=1.0, block_s=3.0) as pool:
    run_the_miner(pool.url)
    pool.wait_for(lambda pool: len(pool.credited) >= 3, 20.0)
    pool.inject(FaultKind.FORGET, seconds=0.0)
assert pool.violations == []
"""

from __future__ import annotations

from collections.abc import Sequence

from mining.stratum.bitcoin.difficulty import Difficulty
from tests.support.pools.certificates import Certificate
from tests.support.pools.faults import ScheduledFault
from tests.support.pools.running import RunningPool
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.mischief import V1Mischief
from tests.support.pools.v1.server import V1Server
from tests.support.pools.v1.state import V1State


class V1TestPool(RunningPool[V1Server]):
    """A Stratum V1 pool for Scrypt."""

    __test__ = False

    def __init__(
        self,
        behaviour: V1Behaviour,
        *,
        block_s: float | None = None,
        job_s: float | None = None,
        certificate: Certificate | None = None,
        schedule: Sequence[ScheduledFault] = (),
    ) -> None:
        self._state = V1State(behaviour)
        server = V1Server(self._state, block_s=block_s, job_s=job_s)
        super().__init__(self._state, server, V1Mischief(server), certificate=certificate, schedule=schedule)

    @property
    def behaviour(self) -> V1Behaviour:
        """Its type and settings."""
        return self._state.behaviour

    @property
    def credited_difficulty(self) -> float:
        """The sum of what the credited shares are worth."""
        return sum(share.difficulty for share in self.credited)

    def new_block(self) -> None:
        """Go one height up and push clean jobs."""
        self.call(self._make_work(is_block=True))

    def new_job(self) -> None:
        """Push a new job of the same height to every session."""
        self.call(self._make_work(is_block=False))

    def set_difficulty(self, difficulty: Difficulty) -> None:
        """Give every session another difficulty, told with its next job."""
        self.call(self._set_difficulty(difficulty))

    async def _make_work(self, *, is_block: bool) -> None:
        self.server.make_work(is_block=is_block)

    async def _set_difficulty(self, difficulty: Difficulty) -> None:
        for session in self._state.sessions.values():
            session.set_difficulty(difficulty)
