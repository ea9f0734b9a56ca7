"""Work at the difficulty of regtest, where every second hash is good."""

from __future__ import annotations

import hashlib
from itertools import count

from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import Job, Share
from tests.support.source_watch import share_of


def scrypt(header: bytes) -> bytes:
    """The proof of work of a header."""
    return hashlib.scrypt(header, salt=header, n=1024, r=1, p=1, dklen=32)


def solved(job: Job, *, first: int = 0) -> Share:
    """A share whose hash is good, with the lowest nonce from `first` on."""
    return next(share_of(job, nonce) for nonce in count(first) if is_good(job, nonce))


def unsolved(job: Job) -> Share:
    """A share whose hash is not good."""
    return next(share_of(job, nonce) for nonce in count() if not is_good(job, nonce))


def is_good(job: Job, nonce: int) -> bool:
    """Whether a nonce meets the target."""
    return int.from_bytes(scrypt(with_nonce(job, nonce)), "little") <= job.target
