"""A Crew of Scrypt inside the test, with jobs of the test's own choice: every hash can be a candidate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from mining.algorithms.registry import algorithm_named
from mining.engine.boards import BoardJob
from mining.engine.crew import Crew, CrewEvents, CrewSettings
from mining.engine.lease_grants import LeaseGrants
from mining.engine.leases import NonceLedger
from mining.native.scrypt_kernel import HEADER_BYTES, NONCE_OFFSET
from tests.support.crew import EVERY_HASH, LightCrew

SCRATCHPAD_LIMIT = 64 << 20


class ScryptCrew(LightCrew):
    """`candidates` are (core, generation, nonce, hash) in the order of their arrival; `told` is what it logged."""

    def give_job(self, *, chunk: int = 64, count: int = 1 << 32, target: int = EVERY_HASH) -> None:
        """Publish a new generation, by default one in which every hash is a candidate; leases of `chunk` nonces."""
        self.generation += 1
        cores = max(1, len(self.crew.wanted))
        self.grants = LeaseGrants(self.crew, self.generation, NonceLedger(0, count, chunk=chunk, cores=cores))
        self.grants.top_up()
        number, header = self.crew.settings.algorithm.number, header_of(self.generation)
        self.crew.publish(BoardJob(self.generation, number, self.crew.epoch, header, NONCE_OFFSET, 4, target))


def header_of(generation: int, nonce: int = 0) -> bytes:
    """The header of a job, with a nonce."""
    return generation.to_bytes(NONCE_OFFSET, "little") + nonce.to_bytes(HEADER_BYTES - NONCE_OFFSET, "little")


@asynccontextmanager
async def scrypt_crew(cores: tuple[int, ...], kernel: Path | None, **settings: object) -> AsyncIterator[ScryptCrew]:
    """A Crew that is ready to hash on `cores`, N = 1024; ended with the block."""
    base = CrewSettings(
        algorithm=algorithm_named("scrypt"),
        huge_pages="auto",
        priority="normal",
        kernel=kernel,
        scratchpad_limit=SCRATCHPAD_LIMIT,
    )
    made = ScryptCrew(None)  # type: ignore[arg-type]  # the Crew needs the lists that stand in it
    events = CrewEvents(
        candidate=lambda core, generation, nonce, result, _: made.candidates.append((core, generation, nonce, result)),
        worker=lambda core, state, exit_text, restarts: made.changes.append((core, state, exit_text)),
        log=lambda level, sentence: made.told.append(f"{level}: {sentence}"),
        failed=made.failures.append,
    )
    made.crew = Crew(replace(base, **settings), events, cpus=cores)  # type: ignore[arg-type]
    try:
        made.crew.set_intensity(100)
        made.crew.set_cores(cores)
        made.crew.start()
        await made.crew.prepare(b"")
        await made.until_staffed()
        yield made
        assert made.failures == []
    finally:
        await made.crew.stop()
