"""From a job and an extranonce2 to the 80 bytes that are hashed, and the fields of a submit. Pure.

Source: docs/PROTOCOLS.md, Stratum V1, header assembly; vectors in tests/vectors/stratum_v1.json.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

from mining.engine.jobs import HASH_SPACE, Job
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.errors import UseError, shown

HEADER_SIZE = 80
NONCE_OFFSET = 76
NONCE_SIZE = 4
ALL_NONCES = 1 << 32
_ALL_BITS = (1 << 32) - 1


def sha256d(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def coinbase(job: V1Job, extranonce2: bytes) -> bytes:
    """Return the coinbase transaction without witness. Raises UseError for another length than the session's."""
    if len(extranonce2) != job.extranonce.second_size:
        raise UseError(f"The extranonce2 has {len(extranonce2)} bytes, not {job.extranonce.second_size}")
    return job.coinbase1 + job.extranonce.first + extranonce2 + job.coinbase2


def merkle_root(leaf: bytes, branches: Iterable[bytes]) -> bytes:
    """Return the root over the coinbase's hash `leaf`, in the byte order of the header."""
    for branch in branches:
        leaf = sha256d(leaf + branch)
    return leaf


def header_version(version: int, *, version_bits: int = 0, version_mask: int = 0) -> int:
    """Return the version of the header: the bits under the mask are the miner's (BIP 310).

    Raises UseError for bits outside the mask.
    """
    if version_bits & ~version_mask or not 0 <= version_mask <= _ALL_BITS:
        raise UseError(f"The version bits {version_bits:#x} are outside the mask {version_mask:#x}")
    return (version & ~version_mask) | version_bits


def header(
    job: V1Job,
    extranonce2: bytes,
    *,
    nonce: int = 0,
    ntime: int | None = None,
    version_bits: int = 0,
    version_mask: int = 0,
) -> bytes:
    """Return the 80 bytes to hash, with the nonce little-endian at 76.

    `ntime` defaults to the job's. Without a mask the job's version stands. Raises UseError for an extranonce2 of a
    wrong length, or numbers that do not fit.
    """
    _check_word("nonce", nonce)
    ntime = job.ntime if ntime is None else _check_word("ntime", ntime)
    version = header_version(job.version, version_bits=version_bits, version_mask=version_mask)
    root = merkle_root(sha256d(coinbase(job, extranonce2)), job.branches)
    return b"".join(
        (
            struct.pack("<I", version),
            with_reversed_words(job.previous_hash),
            root,
            struct.pack("<III", ntime, job.nbits, nonce),
        )
    )


def with_reversed_words(data: bytes) -> bytes:
    """Reverse the bytes of each 4-byte word and keep the order of the words."""
    count = len(data) // 4
    return struct.pack(f">{count}I", *struct.unpack(f"<{count}I", data))


def block_id(header_bytes: bytes) -> str:
    """Return the id by which nodes and explorers know the block of a header."""
    return sha256d(header_bytes)[::-1].hex()


def word_hex(value: int) -> str:
    """Write ntime, nonce or version bits for a submit: the number as 8 lowercase hex characters, big-endian.

    Vector: the header's nonce bytes 00de6659 are "5966de00". Raises UseError outside 0..2^32-1.
    """
    return f"{_check_word('number', value):08x}"


def engine_job(job: V1Job, extranonce2: bytes, *, algorithm: str = "scrypt") -> Job:
    """Return the work of one extranonce2 as the engine's value; all 2^32 nonces are free.

    `difficulty` is on the engine's scale, the hashes that a share takes on average: about 65537 times the pool's.
    """
    return Job(
        job_id=str(job.job_id),
        algorithm=algorithm,
        blob=header(job, extranonce2),
        target=job.target,
        difficulty=max((HASH_SPACE - 1) // job.target, 1),
        nonce_offset=NONCE_OFFSET,
        nonce_size=NONCE_SIZE,
        nonce_first=0,
        nonce_count=ALL_NONCES,
        height=height_of(job),
        is_clean=job.is_clean,
        extranonce2=extranonce2,
        pool_difficulty=float(job.difficulty),
    )


def height_of(job: V1Job) -> int | None:
    """Return the height of the block from its coinbase (BIP 34), for people only; None where it cannot be read.

    After version, input count and the empty previous output come the script's length and, pushed first, the height:
    1 to 16 as an opcode, else little-endian in 1 to 4 bytes. Vector: Litecoin block 396506.
    """
    script = job.coinbase1[42:]
    if job.coinbase1[4:5] != b"\x01" or not script:
        return None
    size = script[0]
    if 0x51 <= size <= 0x60:
        return size - 0x50
    pushed = script[1 : 1 + size]
    if not 1 <= size <= 4 or len(pushed) != size or pushed[-1] & 0x80:
        return None
    return int.from_bytes(pushed, "little")


def _check_word(name: str, value: int) -> int:
    if not 0 <= value <= _ALL_BITS:
        raise UseError(f"The {name} {shown(value)} is not in 0..2^32-1")
    return value
