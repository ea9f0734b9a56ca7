"""What solo mining needs of a daemon, whatever its coin: the port between `DaemonSource` and one program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from mining.engine.jobs import Job, Outcome
from mining.errors import SourceUnavailableError
from mining.solo.block import Block

ORPHANED = "orphaned"
"""The reason of a block that was good, but whose height is another block's."""


class ChainWork(Protocol):
    """A block template that was found sound."""

    @property
    def height(self) -> int:
        """The height of the block to be."""

    @property
    def prev_hash(self) -> str:
        """Id of the block that it builds on, as `Tip.block_id` names it."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The last block of the main chain."""

    block_id: str
    height: int


W = TypeVar("W", bound=ChainWork)


class SoloDaemon(Protocol[W]):
    """One daemon. Every call raises SourceUnavailableError for trouble that can pass, LoginRefusedError for a login,
    wallet or chain that will not do."""

    label: str
    """host:port, never with a password."""

    async def tip(self) -> Tip:
        """Ask for the tip of the main chain."""

    async def ready_check(self) -> None:
        """Fail while blocks of the daemon would be worth nothing; asked first and after each trouble."""

    async def work(self) -> W:
        """Ask for a template and check it."""

    def job(self, work: W, *, job_id: str, extra_nonce: int, is_clean: bool) -> Job:
        """The engine's job of `work` with an extra nonce of 64 bits and all nonces."""

    def block(self, work: W, *, extra_nonce: int, nonce: int) -> Block:
        """The block that a found nonce completes."""

    async def submit(self, block: Block) -> Outcome:
        """Submit once, on a connection of its own, and prove how it ended."""

    async def is_in_chain(self, *, height: int, block_id: str) -> bool:
        """Whether the main chain has this block at this height."""

    def watch(self, work: W, ring: Callable[[], None]) -> None:
        """Call `ring` when there is something newer than `work`, where the daemon can tell; returns at once."""

    def watch_failed(self, error: SourceUnavailableError) -> None:
        """Another call failed: what waits for the daemon may be why."""

    async def close(self) -> None:
        """Release sockets and tasks."""
