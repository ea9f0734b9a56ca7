"""The ledger of our own blocks: which height is being submitted, which were won, which must be looked at again. Pure.

The rule it holds: we never race ourselves. While one of our blocks for a height is under way, and after one was
accepted, everything else we find for that height or below is stale.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WonBlock:
    """A block of ours that the daemon had in its main chain."""

    height: int
    block_id: str


class WonBlocks:
    """Heights taken by our own blocks. `orphaned` lists blocks that were accepted and left the chain afterwards."""

    def __init__(self, recheck_depth: int = 10) -> None:
        self.orphaned: list[WonBlock] = []
        self.last_height = -1
        self.serial = 0
        """Grows with every accepted block: tells a template that was asked for before from one asked for after."""
        self._recheck_depth = recheck_depth
        self._under_way: set[int] = set()
        self._unchecked: list[WonBlock] = []

    def is_taken(self, height: int) -> bool:
        """Whether a share for `height` could only race against ourselves."""
        return height <= self.last_height or height in self._under_way

    def submission_begins(self, height: int) -> None:
        """Close `height` for other shares."""
        self._under_way.add(height)

    def submission_ends(self, height: int) -> None:
        """Open `height` again, unless it was won meanwhile."""
        self._under_way.discard(height)

    def accepted(self, block: WonBlock) -> None:
        """Note an accepted block; its height stays closed."""
        self.serial += 1
        self.last_height = max(self.last_height, block.height)
        self._unchecked.append(block)

    def chain_restarts_at(self, height: int) -> None:
        """The daemon builds `height` anew: our blocks from there on are out of the chain, their heights open again."""
        if height > self.last_height:
            return
        self.orphaned += [block for block in self._unchecked if block.height >= height]
        self._unchecked = [block for block in self._unchecked if block.height < height]
        self.last_height = height - 1

    def due(self, tip_height: int) -> tuple[WonBlock, ...]:
        """Blocks deep enough below `tip_height` to be looked at for the last time."""
        return tuple(block for block in self._unchecked if block.height + self._recheck_depth <= tip_height)

    def rechecked(self, block: WonBlock, *, is_in_chain: bool) -> None:
        """Settle a due block (it may have left the chain while the daemon was asked)."""
        if block not in self._unchecked:
            return
        self._unchecked.remove(block)
        if not is_in_chain:
            self.orphaned.append(block)
