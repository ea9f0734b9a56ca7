"""Targets and difficulties on the CryptoNote wire. Pure arithmetic.

A pool writes its target as 4 or 8 little-endian bytes in hex. Both ends work with T64: a hash counts when the
little-endian uint64 of its bytes 24..31 is below T64, strictly (the rule of xmrig and p2pool).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mining.stratum.errors import TargetError, shown

MAX_32 = (1 << 32) - 1
MAX_64 = (1 << 64) - 1
# Above it, 4 bytes round the difficulty by more than 0.1 % (p2pool draws the line at 4 000 001).
LARGEST_4_BYTE_DIFFICULTY = 4_000_000

_COMPACT = re.compile(r"(?:[0-9a-fA-F]{8}){1,2}")


@dataclass(frozen=True, slots=True)
class Target:
    """A target as a client reads it: the text, T64, and the difficulty that it amounts to."""

    compact: str
    t64: int
    difficulty: int


def target_from_compact(compact: object) -> Target:
    """Read the `target` of a job: 8 hex characters (32 bits) or 16 (64 bits), little-endian.

    With 4 bytes T64 = floor((2^64-1) / floor((2^32-1) / t32)); with 8 it is the number itself. Vectors: 37894100 is
    difficulty 1000, c5a70000 reads back as 100001, ffffffff is 1. Raises TargetError for anything else, also for zero
    (pools that overflow send 00000000).
    """
    if not isinstance(compact, str) or not _COMPACT.fullmatch(compact):
        raise TargetError(
            f"The target {shown(compact)} of the job is not 8 or 16 hex characters",
            next_step="Use another port or pool, and report it to the pool.",
        )
    value = int.from_bytes(bytes.fromhex(compact), "little")
    if value == 0:
        raise TargetError(
            f"The target {compact} of the job is zero, which no hash can meet",
            next_step="The difficulty is too high for this pool's format; ask for a lower one.",
        )
    t64 = MAX_64 // (MAX_32 // value) if len(compact) == 8 else value
    return Target(compact, t64, difficulty_of(t64))


def difficulty_of(t64: int) -> int:
    """Return floor((2^64-1) / T64), the difficulty that a miner shows. Raises TargetError outside 1..2^64-1."""
    if not 1 <= t64 <= MAX_64:
        raise TargetError(f"The 64-bit target {shown(t64)} is not in 1..2^64-1")
    return MAX_64 // t64


def compact_from_difficulty(difficulty: int) -> str:
    """Write a difficulty as a server sends it: 4 bytes up to 4 000 000, 8 bytes above.

    The 4 bytes, floor((2^32-1) / difficulty), are the top ones of floor((2^256-1) / difficulty), as the nodejs pools
    compute them. Raises TargetError outside 1..2^64-1.
    """
    if not 1 <= difficulty <= MAX_64:
        raise TargetError(f"The difficulty {shown(difficulty)} is not in 1..2^64-1")
    if difficulty <= LARGEST_4_BYTE_DIFFICULTY:
        return (MAX_32 // difficulty).to_bytes(4, "little").hex()
    return (MAX_64 // difficulty).to_bytes(8, "little").hex()


def accepted_t64(compact: str) -> int:
    """Return the T64 that a server must accept for the target it sent.

    It is the client's reading of the same text: judged by the unrounded difficulty, good shares of a client that knows
    only the rounded one would be refused.
    """
    return target_from_compact(compact).t64


def engine_target(t64: int) -> int:
    """Return the same rule for the engine, which asks `hash <= target` of the whole hash as a 256-bit number.

    Let h be the hash as a 256-bit little-endian integer. Its bytes 24..31 are floor(h / 2^192), and
    floor(h / 2^192) < T64  <=>  h / 2^192 < T64 (T64 is an integer)  <=>  h < T64 * 2^192  <=>  h <= T64 * 2^192 - 1.
    """
    return (t64 << 192) - 1


def meets(hash_: bytes, t64: int) -> bool:
    """Whether a 32-byte hash counts: little-endian uint64 of bytes 24..31 below T64."""
    return int.from_bytes(hash_[24:32], "little") < t64
