"""A Crew without processes: real boards, a seed that is ready and a Verifier that answers when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from mining.engine.boards import BoardJob, Counter, CounterBoard, WorkBoard
from mining.engine.crew import Crew, Slot
from mining.engine.verifier import VerifyAnswer

Judge = Callable[["Request"], VerifyAnswer | None]


@dataclass(frozen=True, slots=True)
class Request:
    """One re-hash that was asked for."""

    epoch: int
    algorithm: int
    core: int
    claimed: bytes
    blob: bytes
    future: asyncio.Future[VerifyAnswer | None]


def agreeing(request: Request) -> VerifyAnswer:
    """The re-hash gives what was claimed."""
    return VerifyAnswer(1, True, request.claimed, request.claimed)


def disagreeing(request: Request) -> VerifyAnswer:
    """The re-hash gives something else."""
    return VerifyAnswer(1, False, bytes(32), bytes(32))


class FakeVerifier:
    """Keeps requests; `judge` answers them at once, without one the test does."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.judge: Judge | None = None

    def verify(
        self, epoch: int, *, algorithm: int, core: int, claimed: bytes, blob: bytes
    ) -> asyncio.Future[VerifyAnswer | None]:
        future: asyncio.Future[VerifyAnswer | None] = asyncio.get_running_loop().create_future()
        request = Request(epoch, algorithm, core, claimed, blob, future)
        self.requests.append(request)
        if self.judge is not None:
            future.set_result(self.judge(request))
        return future


class FakeCrew:
    """What the dispatcher and the lease grants use of a Crew."""

    def __init__(self, cores: int) -> None:
        self.work = WorkBoard.create(cores)
        self.counters = CounterBoard.create(cores)
        self.slots = [Slot(index, core=10 + index, is_wanted=True) for index in range(cores)]
        self.verifier = FakeVerifier()
        self.seed: bytes | None = None
        self.epoch = 0
        self.is_seed_ready = False
        self.seeds: list[bytes] = []
        self.forced: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.published: list[BoardJob] = []
        self.wrong_cores: list[int] = []

    @property
    def wanted(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.is_wanted]

    @property
    def hashes(self) -> int:
        return sum(self.counters.read(slot.slot, Counter.HASHES) for slot in self.slots)

    def publish(self, job: BoardJob) -> None:
        self.published.append(job)
        self.work.publish(job)

    async def prepare(self, seed: bytes, *, is_forced: bool = False) -> None:
        """Ready at once, or when the test opens the gate."""
        if is_forced:
            self.forced.append(seed)
        self.seed, self.is_seed_ready = seed, False
        self.epoch += 1
        self.seeds.append(seed)
        await self.gate.wait()
        self.is_seed_ready = True

    def wrong_hash(self, core: int) -> None:
        self.wrong_cores.append(core)

    def as_crew(self) -> Crew:
        """The same object under the type that callers expect."""
        return cast(Crew, self)

    def close(self) -> None:
        self.work.close()
        self.counters.close()
