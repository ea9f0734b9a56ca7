"""The job of `mining.notify`, with the difficulty and the extranonce that apply to it, as one frozen value. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mining.stratum.bitcoin.difficulty import Difficulty, target_from_difficulty, target_from_nbits
from mining.stratum.errors import JobError, shown
from mining.stratum.json_lines import wire_id

MOST_BRANCHES = 64
LARGEST_COINBASE_PART = 1 << 17  # bytes; coinbases that pay hundreds of miners have some tens of thousands
LARGEST_EXTRANONCE = 100  # bytes: more does not fit into the script of a coinbase
_HEX = re.compile(r"[0-9a-fA-F]*")
_WORD = re.compile(r"[0-9a-fA-F]{8}")
_HASH = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Extranonce:
    """What a session may write into a coinbase: the server's bytes `first`, then `second_size` bytes of our own."""

    first: bytes
    second_size: int


@dataclass(frozen=True, slots=True)
class V1Job:
    """Work from a pool.

    `job_id` keeps its JSON type. `previous_hash` are the 32 bytes as sent (each 4-byte word reversed against the
    header); `version`, `nbits`, `ntime` are numbers. `is_clean`: all older jobs are dead. `target` is that of
    `difficulty`, the last one set before the notify, 1 without any.
    """

    job_id: str | int
    previous_hash: bytes
    coinbase1: bytes
    coinbase2: bytes
    branches: tuple[bytes, ...]
    version: int
    nbits: int
    ntime: int
    is_clean: bool
    extranonce: Extranonce
    difficulty: Difficulty
    target: int


def decode_job(params: object, *, extranonce: Extranonce, difficulty: Difficulty = 1) -> V1Job:
    """Read the `params` of `mining.notify`; what stands after the ninth is ignored.

    Raises JobError with the field and its value, and TargetError for a difficulty or nbits that are no target.
    """
    if not isinstance(params, list) or len(params) < 9:
        count = f"{len(params)} parameters" if isinstance(params, list) else shown(params)
        raise JobError(f"The job has {count}, not the 9 of mining.notify", next_step="Report it to the pool.")
    job_id = wire_id(params[0])
    if job_id is None:
        raise _refused("job id", params[0], "is not a number or a text of 1 to 256 bytes")
    nbits = _word("nbits", params[6])
    target_from_nbits(nbits)
    return V1Job(
        job_id=job_id,
        previous_hash=_hash("previous hash", params[1]),
        coinbase1=_coinbase_part("first coinbase part", params[2]),
        coinbase2=_coinbase_part("second coinbase part", params[3]),
        branches=_branches(params[4]),
        version=_word("version", params[5]),
        nbits=nbits,
        ntime=_word("ntime", params[7]),
        is_clean=_flag("clean_jobs", params[8]),
        extranonce=extranonce,
        difficulty=difficulty,
        target=target_from_difficulty(difficulty),
    )


def decode_extranonce(first: object, second_size: object) -> Extranonce:
    """Read extranonce1 (hex, 1 to 100 bytes) and the size of extranonce2 (1 to 100). Raises JobError."""
    if not isinstance(first, str) or not 2 <= len(first) <= 2 * LARGEST_EXTRANONCE or len(first) % 2:
        raise _bad_extranonce("extranonce1", first, f"is not the hex of 1 to {LARGEST_EXTRANONCE} bytes")
    if not _HEX.fullmatch(first):
        raise _bad_extranonce("extranonce1", first, "is not hex")
    if isinstance(second_size, bool) or not isinstance(second_size, int) or not 1 <= second_size <= LARGEST_EXTRANONCE:
        raise _bad_extranonce("extranonce2 size", second_size, f"is not 1 to {LARGEST_EXTRANONCE}")
    return Extranonce(bytes.fromhex(first), second_size)


def is_same_work(one: V1Job, other: V1Job) -> bool:
    """Whether a job repeats another: same id, header, target and extranonce. `is_clean` may differ."""
    return (
        one.job_id == other.job_id
        and one.ntime == other.ntime
        and one.target == other.target
        and work_bytes(one) == work_bytes(other)
    )


def shares_extranonces(one: V1Job, other: V1Job) -> bool:
    """Whether extranonce2 values used for one job must not be used again for the other: same job id, or the same bytes
    to hash. True for a job that comes again with another difficulty or time."""
    return one.extranonce == other.extranonce and (one.job_id == other.job_id or work_bytes(one) == work_bytes(other))


def work_bytes(job: V1Job) -> tuple[object, ...]:
    """All of the job that goes into a header, but its time."""
    return (
        job.previous_hash,
        job.coinbase1,
        job.extranonce,
        job.coinbase2,
        job.branches,
        job.version,
        job.nbits,
    )


def _refused(field: str, value: object, problem: str) -> JobError:
    return JobError(f"The {field} {shown(value)} of the job {problem}", next_step="Use another pool, or report it.")


def _bad_extranonce(field: str, value: object, problem: str) -> JobError:
    return JobError(f"The {field} {shown(value)} of the pool {problem}", next_step="Use another pool, or report it.")


def _hash(field: str, value: object) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise _refused(field, value, "is not 64 hex characters")
    return bytes.fromhex(value)


def _word(field: str, value: object) -> int:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise _refused(field, value, "is not 8 hex characters")
    return int(value, 16)


def _coinbase_part(field: str, value: object) -> bytes:
    if not isinstance(value, str) or len(value) % 2:
        raise _refused(field, value, "is not hex")
    if not 1 <= len(value) // 2 <= LARGEST_COINBASE_PART:
        raise _refused(field, value, f"has {len(value) // 2} bytes, not 1 to {LARGEST_COINBASE_PART}")
    if not _HEX.fullmatch(value):
        raise _refused(field, value, "is not hex")
    return bytes.fromhex(value)


def _branches(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MOST_BRANCHES:
        size = f"list of {len(value)}" if isinstance(value, list) else value
        raise _refused("merkle branches", size, f"are not a list of at most {MOST_BRANCHES}")
    return tuple(_hash("merkle branch", branch) for branch in value)


def _flag(field: str, value: object) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise _refused(field, value, "is not true or false")
