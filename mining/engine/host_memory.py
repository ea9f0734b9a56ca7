"""HostMemory: what a Host keeps for one algorithm, and what its children hash with. One class per family has it.

The Host itself forks, reaps and talks; it knows no algorithm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from mining.engine.host_messages import Order
from mining.engine.verifier import Judge
from mining.engine.worker import Worker, WorkerContext

PROBES = 4
_Loaded = TypeVar("_Loaded")


class HostMemory(Protocol):
    """Made once per Host, while it has one thread."""

    def prepare(self, order: Order, progress: Callable[[float], bool]) -> list[tuple[bytes, bytes]] | None:
        """Get ready for the seed of `order` and return pairs (probe data of 32 bytes, hash), or None when cancelled.

        `progress` is told the share done and answers whether to go on. Raises MemoryError or RuntimeError with a
        sentence.
        """

    def make_worker(self, context: WorkerContext, slot: int, candidate_fd: int) -> Worker:
        """In a freshly forked child: its Worker. Raises MemoryError."""

    def make_judge(self) -> Judge:
        """In a freshly forked child: what re-hashes candidates."""


def loaded(kind: Callable[[str], _Loaded], path: str) -> _Loaded | None:
    """Return the shared object of ours at `path`; None without a path, or where the file cannot be loaded any more."""
    try:
        return kind(path) if path else None
    except (OSError, AttributeError):
        return None
