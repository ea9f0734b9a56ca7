"""A block with its nonce, of whatever coin. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """What is submitted, and the id it must have in the chain."""

    blob: bytes
    block_id: str
    height: int
