"""ScryptMemory: a Host of Scrypt holds no memory but our kernel's code; each worker has a scratchpad of its own.

So it is ready at once, and every epoch is the same. Probes come from hashlib, which is another implementation.
"""

from __future__ import annotations

from collections.abc import Callable

from mining.engine.host_memory import PROBES, loaded
from mining.engine.host_messages import HostConfig, Order
from mining.engine.scrypt_judge import ScryptJudge, plain_machine
from mining.engine.scrypt_worker import ScryptParts, ScryptWorker, probe_header
from mining.engine.worker import WorkerContext
from mining.native.scrypt_kernel import ScryptKernel


class ScryptMemory:
    """Our kernel where it can be loaded; it is tried by each worker, never here."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._kernel = loaded(ScryptKernel, config.kernel)

    def prepare(self, order: Order, progress: Callable[[float], bool]) -> list[tuple[bytes, bytes]] | None:
        """Return probes. Raises RuntimeError for an N that nothing here computes."""
        try:
            machine = plain_machine(self._config.scrypt_n, self._kernel)
        except ValueError as error:
            raise RuntimeError(str(error)) from None
        probes = []
        for index in range(PROBES):
            data = b"minerconsole probe".ljust(24, b"\0") + (order.epoch * PROBES + index).to_bytes(8, "little")
            probes.append((data, machine.hash(probe_header(data))))
        machine.destroy()
        return probes

    def make_worker(self, context: WorkerContext, slot: int, candidate_fd: int) -> ScryptWorker:
        """A worker with a scratchpad of its own."""
        config = self._config
        parts = ScryptParts(
            config.scrypt_n, self._kernel, config.scratchpad_limit, config.most_lanes, config.wants_huge_pages
        )
        return ScryptWorker(context, parts, slot, candidate_fd)

    def make_judge(self) -> ScryptJudge:
        """hashlib where it has this N."""
        return ScryptJudge(plain_machine(self._config.scrypt_n, self._kernel))
