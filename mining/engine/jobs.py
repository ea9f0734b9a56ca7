"""Job, Share and Outcome: the values that travel between a job source, the dispatcher and the counters. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HASH_SPACE = 1 << 256


def target_from_difficulty(difficulty: int) -> int:
    """Return the largest hash, read as a 256-bit little-endian integer, that meets `difficulty`.

    A hash meets a difficulty when hash x difficulty < 2^256 (Monero, check_hash).
    """
    if difficulty < 1:
        raise ValueError(f"difficulty {difficulty} is below 1")
    return (HASH_SPACE - 1) // difficulty


@dataclass(frozen=True, slots=True)
class Job:
    """Work as received from a source.

    `blob` is what is hashed, with `nonce_size` little-endian nonce bytes at `nonce_offset`; nonces may be taken from
    [nonce_first, nonce_first + nonce_count). A hash counts when it is <= `target` as a 256-bit little-endian integer.
    `seed` is the RandomX key (b"" for algorithms without one). `is_clean`: all older jobs of the source are dead.
    `session`: the generation of the pool session that gave it, 0 for other sources.
    `difficulty` is the expected number of hashes a share, for every statistic; `pool_difficulty` is the number in the
    pool's own words, for display only (None: it speaks of hashes itself). `extranonce2`: our part of the coinbase that
    `blob` was built with (Stratum V1; one Job for each value), b"" elsewhere.
    """

    job_id: str
    algorithm: str
    blob: bytes
    target: int
    difficulty: int
    nonce_offset: int = 39
    nonce_size: int = 4
    nonce_first: int = 0
    nonce_count: int = 1 << 32
    height: int | None = None
    seed: bytes = b""
    next_seed: bytes | None = None
    is_clean: bool = True
    session: int = 0
    extranonce2: bytes = b""
    pool_difficulty: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A nonce that passed our own re-hash (found). `hash` is the 32-byte PoW result, `generation` the engine's serial
    number of the job; `found_at` is when the worker had it, monotonic seconds; `check_s` is how long the
    re-hash took, with the wait for its turn."""

    generation: int
    job: Job
    nonce: int
    hash: bytes
    core: int
    found_at: float
    raw_hash: bytes = b""
    check_s: float = 0.0


class OutcomeKind(StrEnum):
    """How a share ended: exactly one of these."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    STALE = "stale"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one share, with the reason in the source's words (`reason` is a stable key, `detail` free text)."""

    kind: OutcomeKind
    reason: str = ""
    detail: str = ""
    rtt_ms: float | None = None


class Link(StrEnum):
    """State of the connection to a job source (contract: link state)."""

    DOWN = "down"
    CONNECTING = "connecting"
    LOGIN = "login"
    READY = "ready"
    STANDBY = "standby"
