"""Self-made work: templates by height, and jobs with blobs of their own (no chain behind them)."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field

from mining.stratum.cryptonote.nonces import FIXED_BYTE_OFFSET
from mining.stratum.cryptonote.server_messages import JobOffer, target_text
from mining.stratum.cryptonote.targets import accepted_t64

SEED = bytes(32)  # that of the offline source: processes of one test can share what they know of it
FIRST_HEIGHT = 3_000_000
_VERSIONS = b"\x10\x10"
_TIMESTAMP_BYTES = 5
_TRANSACTIONS = b"\x17"


@dataclass(frozen=True, slots=True)
class Template:
    """What all jobs of a height have in common. `replaced_at` of the older ones is in the ring of `TemplateRing`."""

    height: int
    prev_id: bytes
    seed: bytes
    next_seed: bytes
    algorithm: str


@dataclass(slots=True)
class ServedJob:
    """A job as a session got it. `nonces` were submitted for it already (texts, in lower case)."""

    job_id: str
    template: Template
    blob: bytes
    difficulty: int
    target: str
    session_id: str
    algorithm: str
    nonces: set[str] = field(default_factory=set)

    @property
    def t64(self) -> int:
        """What a hash must be below, with the rounding that the client has."""
        return accepted_t64(self.target)

    @property
    def fixed_byte(self) -> int:
        """The top byte of the nonce, which in NiceHash mode belongs to the pool."""
        return self.blob[FIXED_BYTE_OFFSET]

    def offer(self) -> JobOffer:
        """The job for the wire."""
        return JobOffer(
            self.job_id,
            self.blob,
            self.target,
            self.algorithm,
            self.template.height,
            self.template.seed,
            self.template.next_seed,
            self.session_id,
        )


class TemplateRing:
    """The templates of the newest heights, and since when each is no longer the current one."""

    def __init__(self, algorithm: str, seed: bytes) -> None:
        self._algorithm = algorithm
        self.current = Template(FIRST_HEIGHT, os.urandom(32), seed, b"", algorithm)
        self._replaced_at: dict[int, float] = {}

    def next_block(self, *, seed: bytes | None = None, next_seed: bytes = b"") -> None:
        """Go one height up, perhaps with another seed."""
        old = self.current
        self._replaced_at[old.height] = time.monotonic()
        self.current = Template(old.height + 1, os.urandom(32), seed or old.seed, next_seed, self._algorithm)

    def age_of(self, template: Template) -> int:
        """How many heights ago the template was current."""
        return self.current.height - template.height

    def late_by_s(self, template: Template) -> float:
        """For how long the template has not been the current one."""
        replaced = self._replaced_at.get(template.height)
        return 0.0 if replaced is None else time.monotonic() - replaced


def make_blob(template: Template, unique: bytes, *, fixed_byte: int | None = None) -> bytes:
    """A hashing blob of 76 bytes: header of 43 with the nonce at 39, tree root (from `unique`), transaction count."""
    timestamp = b"\xb4" * (_TIMESTAMP_BYTES - 1) + b"\x06"
    nonce = bytes(4) if fixed_byte is None else bytes([0, 0, 0, fixed_byte])
    root = hashlib.sha256(template.prev_id + unique).digest()
    return _VERSIONS + timestamp + template.prev_id + nonce + root + _TRANSACTIONS


def make_job(
    template: Template,
    *,
    job_id: str,
    session_id: str,
    difficulty: int,
    target_bytes: int | None,
    fixed_byte: int | None,
    blob: bytes | None = None,
) -> ServedJob:
    """A job of a session, with a blob that nobody else has, or with the given one."""
    made = blob if blob is not None else make_blob(template, os.urandom(16), fixed_byte=fixed_byte)
    target = target_text(difficulty, target_bytes=target_bytes)
    return ServedJob(job_id, template, made, difficulty, target, session_id, template.algorithm)
