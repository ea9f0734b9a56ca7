"""One Core worker of Scrypt without a process: as `worker_bench.py`, with a machine that hashes headers by SHA-256.

The machine scans as HashlibMachine does; a `Killer` ends the worker before or after any hash, and before each store
that the worker itself makes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from mining.engine.boards import BoardJob, Probe
from mining.engine.jobs import target_from_difficulty
from mining.engine.scrypt_worker import ScryptParts, ScryptWorker, probe_header
from mining.engine.worker import WorkerContext
from mining.native.scrypt_hashlib import HashlibMachine
from mining.native.scrypt_kernel import HEADER_BYTES, KNOWN_HASH, KNOWN_HEADER, KNOWN_N, NONCE_OFFSET
from tests.unit.engine.worker_bench import EPOCH, Killed, Row, WorkerBench

SCRYPT = 3
_LIMIT = 1 << 20


def header_of(generation: int, nonce: int = 0) -> bytes:
    """A header that tells its generation and nonce."""
    return generation.to_bytes(8, "little").ljust(NONCE_OFFSET, b"\x07") + nonce.to_bytes(4, "little")


def hash_of(header: bytes) -> bytes:
    """The hash of this world, in which only Litecoin's genesis block has its own."""
    return KNOWN_HASH if header == KNOWN_HEADER else hashlib.sha256(header).digest()


class BenchMachine(HashlibMachine):
    """The machine of hashlib's place."""

    def __init__(self, bench: ScryptBench) -> None:
        super().__init__(KNOWN_N)
        self._bench = bench
        self.is_destroyed = False

    def hash(self, header: bytes, lane: int = 0) -> bytes:
        return self._bench.hashed(header, self)

    def destroy(self) -> None:
        self.is_destroyed = True


class OwnMachine(BenchMachine):
    """The machine of our kernel, in a bench that `has_kernel`."""

    scratchpad_at = 0
    scratchpad_bytes = 0

    def __init__(self, kernel: ScryptBench, n: int, **options: object) -> None:
        if kernel.is_kernel_refused:
            raise MemoryError("refused")
        super().__init__(kernel)
        self.options = {"n": n, **options}
        kernel.made.append(self)


class ScryptBench(WorkerBench):
    """`kernel_hash` and `library_hash` compute the hashes of our kernel and of what stands in its place."""

    def __init__(self, **options: Any) -> None:
        self.made: list[OwnMachine] = []
        self.used: list[type[BenchMachine]] = []
        super().__init__(**options)
        self.kernel_hash: Callable[[bytes], bytes] = hash_of
        self.library_hash: Callable[[bytes], bytes] = hash_of

    def probe(self, epoch: int) -> None:
        data = bytes(range(32))
        self.crew.work.write_probes([Probe(epoch, data, hash_of(probe_header(data)))])

    def job(self, generation: int) -> BoardJob:
        target = target_from_difficulty(self.difficulty)
        return BoardJob(generation, SCRYPT, self.epoch, header_of(generation), NONCE_OFFSET, 4, target)

    def hashed(self, header: bytes, machine: BenchMachine) -> bytes:
        """One hash, with a step before and after it when it is of a job."""
        compute = self.kernel_hash if isinstance(machine, OwnMachine) else self.library_hash
        if header[8:9] != b"\x07" or header == probe_header(bytes(range(32))):
            return compute(header)
        self.killer.step()
        self.started.append((int.from_bytes(header[:8], "little"), int.from_bytes(header[NONCE_OFFSET:], "little")))
        self.used.append(type(machine))
        result = compute(header)
        self.finished.append(result)
        self.clock.work(self.hash_ns)
        self.on_hash()
        self.killer.step()
        return result

    @contextmanager
    def scrypt_context(self) -> Iterator[tuple[WorkerContext, ScryptParts]]:
        """What a Host would hand to its workers; what they see of the machine is this bench's while the block runs."""
        words = self.crew.counters.row(0)
        row = Row(words, self._before_store)
        counters = SimpleNamespace(row=lambda slot: row, address=self.crew.counters.address)
        context = WorkerContext(
            work=self.crew.work, counters=cast(Any, counters), algorithm=SCRYPT, epoch=EPOCH, priority="low"
        )
        kernel = cast(Any, self) if self.has_kernel else None
        with ExitStack() as patches:
            patches.callback(words.release)
            patches.enter_context(patch("mining.engine.worker.time", self.clock))
            patches.enter_context(patch("mining.native.scrypt_hashlib.time", self.clock))
            patches.enter_context(patch("mining.engine.scrypt_worker.ScryptMachine", OwnMachine))
            patches.enter_context(patch("mining.engine.scrypt_worker.plain_machine", self._plain_machine))
            yield context, ScryptParts(KNOWN_N, kernel, _LIMIT, 0, wants_huge_pages=False)

    def _plain_machine(self, n: int, kernel: object, *, memory_bytes: int | None = None) -> BenchMachine:
        if not self.has_memory:
            raise MemoryError("no scratchpad")
        return BenchMachine(self)

    def run(self) -> None:
        self.exits.clear()
        with self.scrypt_context() as (context, parts):
            while not self.exits:
                try:
                    self.exits.append(ScryptWorker(context, parts, 0, self._write_fd).run())
                except Killed:
                    continue


assert len(header_of(1)) == HEADER_BYTES
