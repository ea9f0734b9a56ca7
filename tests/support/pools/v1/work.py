"""Self-made work of a Stratum V1 pool: random coinbases and branches by height (no chain behind them)."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import time
from dataclasses import dataclass

from mining.stratum.bitcoin.difficulty import Difficulty, target_from_difficulty
from mining.stratum.bitcoin.job import Extranonce, V1Job

FIRST_HEIGHT = 2_600_000
NBITS = 0x1B47C7EA  # no share of a test is a block
VERSION = 0x20000000
_INPUT = "0100000001" + "00" * 32 + "ffffffff"
_SEQUENCE_AND_OUTPUTS = "ffffffff01a0a92d2a010000001976a914" + "3b" * 20 + "88ac00000000"


def scrypt(header: bytes) -> bytes:
    """The Scrypt hash of Litecoin and Dogecoin: 32 bytes, to be read little-endian; about 0.25 ms."""
    return hashlib.scrypt(header, salt=header, n=1024, r=1, p=1, dklen=32)


@dataclass(frozen=True, slots=True)
class V1Work:
    """A job before it is anybody's: what all clients get alike."""

    job_id: str
    height: int
    previous_hash: bytes
    coinbase1: bytes
    coinbase2: bytes
    branches: tuple[bytes, ...]
    ntime: int

    def job_for(self, extranonce: Extranonce, difficulty: Difficulty, *, is_clean: bool) -> V1Job:
        """The job as one client gets it."""
        return V1Job(
            job_id=self.job_id,
            previous_hash=self.previous_hash,
            coinbase1=self.coinbase1,
            coinbase2=self.coinbase2,
            branches=self.branches,
            version=VERSION,
            nbits=NBITS,
            ntime=self.ntime,
            is_clean=is_clean,
            extranonce=extranonce,
            difficulty=difficulty,
            target=target_from_difficulty(difficulty),
        )


class WorkRing:
    """The newest jobs of the pool; `current` is the last one made. No job id comes twice."""

    def __init__(self, *, kept: int, branches: int) -> None:
        self._kept = kept
        self._branches = branches
        self._dice = random.Random(os.urandom(8))
        self._ids = itertools.count(int.from_bytes(os.urandom(2), "little") + 0x1000)
        self._height = FIRST_HEIGHT
        self._previous_hash = os.urandom(32)
        self._works: dict[str, V1Work] = {}
        self.current = self.next_job()

    def next_job(self) -> V1Work:
        """Make another job of the same height."""
        made = self.current = V1Work(
            job_id=f"{next(self._ids):x}",
            height=self._height,
            previous_hash=self._previous_hash,
            coinbase1=_coinbase1(self._height),
            coinbase2=os.urandom(8) + bytes.fromhex(_SEQUENCE_AND_OUTPUTS),
            branches=tuple(os.urandom(32) for _ in range(self._dice.randint(0, self._branches))),
            ntime=int(time.time()),
        )
        self._works[made.job_id] = made
        return made

    def next_block(self) -> V1Work:
        """Go one height up and make its first job."""
        self._height += 1
        self._previous_hash = os.urandom(32)
        return self.next_job()

    def find(self, job_id: str) -> V1Work | None:
        """A job that was ever made."""
        return self._works.get(job_id)

    def is_valid(self, work: V1Work) -> bool:
        """Whether shares of a job count: of the current height, and one of its newest jobs."""
        same = [each for each in reversed(self._works.values()) if each.height == self._height]
        return work in same[: self._kept]


def _coinbase1(height: int) -> bytes:
    script = b"\x03" + height.to_bytes(3, "little") + os.urandom(6)
    return bytes.fromhex(_INPUT) + bytes([len(script) + 16]) + script
