"""The miner without an engine for Stratum V1: the real pool source, Scrypt by hashlib, in one event loop of its own."""

from __future__ import annotations

import asyncio

from mining.configuration.endpoints import parse_endpoint
from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import Job
from mining.engine.plan import Plan
from tests.support.pools.hashing import Hashed
from tests.support.pools.v1.work import scrypt
from tests.support.session_miner import FAST_TIMERS, SessionMiner

WALLET = "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA"  # Litecoin Core src/test/data/key_io_valid.json


def v1_plan_for(*urls: str, profile: str) -> Plan:
    """A plan for Stratum V1 pools on loopback."""
    return Plan(
        kind="pool", coin="LTC", algorithm="scrypt", cores=(0,), pool_profile=profile, worker="rig1", wallet=WALLET,
        endpoints=tuple(parse_endpoint(url) for url in urls),
    )  # fmt: skip


class V1SessionMiner(SessionMiner):
    """Asks for another extranonce2 after `nonces_each` hashes of one, as an engine with few nonces would."""

    def __init__(self, plan: Plan, *, nonces_each: int = 400) -> None:
        super().__init__(plan, timers=FAST_TIMERS)
        self._nonces_each = nonces_each

    async def hashed(self, job: Job, nonce: int) -> Hashed:
        """Hash one nonce, and let others run."""
        await asyncio.sleep(0)
        if nonce - job.nonce_first == self._nonces_each:
            self.source.request_fresh_job()
        result = scrypt(with_nonce(job, nonce))
        return Hashed(result, result)
