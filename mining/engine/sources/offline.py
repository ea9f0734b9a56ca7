"""The offline source: self-made jobs, checked locally. Nothing is earned; accepted = verified by our own re-hash.

RandomX hashes a blob of 76 bytes under a key of 32 zero bytes, as in xmrig's benchmark, so that the dataset is the
same for every offline run. Scrypt hashes a block header of 80 bytes and has no key.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from mining.algorithms.registry import algorithm_named
from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share, target_from_difficulty
from mining.engine.sources.base import SessionFacts, SourceSink

SEED = bytes(32)
SHARE_SECONDS = 10
FIRST_JOB_S = 15.0
JOB_S = 60.0
_NONCE_BYTES = 4


@dataclass(frozen=True, slots=True)
class WorkShape:
    """What a family of algorithms hashes: `size` bytes that begin with `start`, with a nonce at `nonce_offset`."""

    size: int
    nonce_offset: int
    start: bytes = b""
    seed: bytes = b""


SHAPES: dict[str, WorkShape] = {
    "randomx": WorkShape(76, 39, b"\x10\x10", SEED),
    "scrypt": WorkShape(80, 76),
}
"""By the family of the algorithm."""


class OfflineSource:
    """Jobs with a difficulty for about one share in ten seconds, or with the one that is set."""

    kind = "offline"
    endpoint = "offline"

    def __init__(
        self,
        *,
        algorithm: str,
        difficulty: int,
        rate_hps: Callable[[], float | None],
        guess_hps: float,
        nonce_count: int = 1 << 32,
        job_s: float = JOB_S,
    ) -> None:
        self._algorithm = algorithm
        self._shape = SHAPES[algorithm_named(algorithm).family]
        self._difficulty = difficulty
        self._rate_hps = rate_hps
        self._guess_hps = guess_hps
        self._nonce_count = nonce_count
        self._job_s = job_s
        self._number = 0
        self._fresh = asyncio.Event()

    async def run(self, sink: SourceSink) -> None:
        """Deliver a job now and then; the first one soon again, with the difficulty of the measured rate."""
        sink.link_changed(Link.READY, endpoint=self.endpoint)
        while True:
            sink.job_received(self._make_job())
            pause = FIRST_JOB_S if self._number == 1 and not self._difficulty else self._job_s
            try:
                async with asyncio.timeout(pause):
                    await self._fresh.wait()
            except TimeoutError:
                continue
            self._fresh.clear()

    def _make_job(self) -> Job:
        self._number += 1
        difficulty = self._difficulty or max(1, round((self._rate_hps() or self._guess_hps) * SHARE_SECONDS))
        shape = self._shape
        blob = bytearray(os.urandom(shape.size))
        blob[: len(shape.start)] = shape.start
        blob[shape.nonce_offset : shape.nonce_offset + _NONCE_BYTES] = bytes(_NONCE_BYTES)
        return Job(
            job_id=f"offline-{self._number}",
            algorithm=self._algorithm,
            blob=bytes(blob),
            target=target_from_difficulty(difficulty),
            difficulty=difficulty,
            nonce_offset=shape.nonce_offset,
            nonce_count=self._nonce_count,
            seed=shape.seed,
            is_clean=False,
        )

    def is_stale(self, job: Job) -> bool:
        """An offline job stays good."""
        return False

    async def submit(self, share: Share) -> Outcome:
        """Accept: the re-hash that made it a share is the check."""
        return Outcome(OutcomeKind.ACCEPTED, "verified", "checked by our own re-hash; nothing is earned offline", 0.0)

    def request_fresh_job(self) -> None:
        """Deliver the next job now."""
        self._fresh.set()

    @property
    def facts(self) -> SessionFacts | None:
        """There is no session."""
        return None

    def notice(self) -> str | None:
        """Nothing can go wrong offline."""
        return None

    async def close(self) -> None:
        """Nothing to release."""
