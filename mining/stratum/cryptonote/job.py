"""The job object of the CryptoNote dialect, in all the shapes that pools send, as one frozen value.

Pure decoding: what to do with a job is the session's business. Shapes: `algo`, `height` or `next_seed_hash` missing,
`job_id` a number, the job nested in `params.job`, an empty job.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mining.engine.jobs import Job
from mining.stratum.cryptonote.nonces import NONCE_OFFSET, NONCE_SIZE, NonceRange, nonce_range
from mining.stratum.cryptonote.targets import Target, engine_target, target_from_compact
from mining.stratum.errors import JobError, shown
from mining.stratum.json_lines import wire_id

SHORTEST_BLOB = NONCE_OFFSET + NONCE_SIZE
LONGEST_BLOB = 407
_ALIASES = {"rx": "rx/0", "randomx": "rx/0", "randomx/0": "rx/0", "randomx/2": "rx/2"}
_ALGORITHM = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,31}")
_HEX = re.compile(r"[0-9a-fA-F]*")
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_MODES = {
    "blocktemplate_blob": "block templates (proxy mode)",
    "pool_wallet": "self-select jobs (the miner builds the block)",
    "sig_key": "jobs that each miner must sign (Wownero)",
}


@dataclass(frozen=True, slots=True)
class PoolJob:
    """Work from a pool.

    `job_id` and `session_id` keep their JSON type: they are echoed as they came. `algorithm` is our name of it,
    `wire_algorithm` the pool's (None: the job had none). `named_session` is the session id the job itself carried.
    """

    job_id: str | int
    session_id: str | int | None
    blob: bytes
    target: Target
    algorithm: str
    nonces: NonceRange
    wire_algorithm: str | None = None
    height: int | None = None
    seed: bytes = b""
    next_seed: bytes | None = None
    named_session: str | int | None = None


@dataclass(frozen=True, slots=True)
class EmptyJob:
    """A job without work: the pool has nothing new, the current job goes on."""


def decode_job(
    params: object,
    *,
    session_id: str | int | None,
    extensions: Collection[str] = (),
    algorithm: str = "rx/0",
    is_nicehash_forced: bool = False,
) -> PoolJob | EmptyJob:
    """Read the `params` of a push, or the `job` of a login reply.

    `algorithm` is what a job without `algo` is taken for. Raises JobError or TargetError with the field and its value.
    """
    fields, named_session = _fields(params)
    if not any(fields.get(name) for name in ("blob", "job_id", "target", *_MODES)):
        return EmptyJob()
    _refuse_modes(fields)
    job_id = wire_id(fields.get("job_id"))
    if job_id is None:
        raise _refused("job_id", fields.get("job_id"), "is not a number or a text of 1 to 256 bytes")
    blob = _blob(fields.get("blob"))
    wire_algorithm = _wire_algorithm(fields.get("algo"))
    name = algorithm if wire_algorithm is None else _ALIASES.get(wire_algorithm.lower(), wire_algorithm.lower())
    seed = _seed(fields.get("seed_hash"), is_needed=name.startswith("rx/"))
    next_seed = _hash(fields.get("next_seed_hash"))
    return PoolJob(
        job_id=job_id,
        session_id=session_id,
        blob=blob,
        target=target_from_compact(fields.get("target")),
        algorithm=name,
        nonces=nonce_range(blob, extensions=extensions, is_forced=is_nicehash_forced),
        wire_algorithm=wire_algorithm,
        height=_height(fields.get("height")),
        seed=seed,
        next_seed=next_seed if next_seed != seed else None,
        named_session=named_session,
    )


def is_same_work(one: PoolJob, other: PoolJob) -> bool:
    """Whether a job repeats another: same session, id, blob, target, algorithm and seed."""
    return (one.job_id, one.blob, one.target.t64, one.algorithm, one.seed, one.session_id) == (
        other.job_id,
        other.blob,
        other.target.t64,
        other.algorithm,
        other.seed,
        other.session_id,
    )


def shares_nonces(one: PoolJob, other: PoolJob) -> bool:
    """Whether nonces tried for one job must not be tried again for the other: same job id, or the same bytes to hash.

    True for a job that comes again with another target.
    """
    return one.session_id == other.session_id and (one.job_id == other.job_id or one.blob == other.blob)


def engine_job(job: PoolJob, *, is_clean: bool = True) -> Job:
    """Return a pool's job as the engine's value; `is_clean`: all older jobs of the pool are dead."""
    return Job(
        job_id=str(job.job_id),
        algorithm=job.algorithm,
        blob=job.blob,
        target=engine_target(job.target.t64),
        difficulty=job.target.difficulty,
        nonce_offset=NONCE_OFFSET,
        nonce_size=NONCE_SIZE,
        nonce_first=job.nonces.first,
        nonce_count=job.nonces.count,
        height=job.height,
        seed=job.seed,
        next_seed=job.next_seed,
        is_clean=is_clean,
    )


def _fields(params: object) -> tuple[dict[str, object], str | int | None]:
    """The job's own fields, also out of a nested `job`, and the session id beside them."""
    if params is None:
        return {}, None
    if not isinstance(params, dict):
        raise JobError(f"The job {shown(params)} is not a JSON object", next_step="Report it to the pool.")
    named = wire_id(params.get("id"))
    inner = params.get("job")
    if isinstance(inner, dict):
        return inner, wire_id(inner.get("id")) or named
    return params, named


def _refused(field: str, value: object, problem: str) -> JobError:
    return JobError(f"The {field} {shown(value)} of the job {problem}", next_step="Use another pool, or report it.")


def _refuse_modes(fields: dict[str, object]) -> None:
    for field, mode in _MODES.items():
        if fields.get(field) and (field == "sig_key" or not fields.get("blob")):
            raise JobError(
                f"The pool sends {mode}: field {field}", next_step="Use a port of the pool for plain miners."
            )


def _blob(value: object) -> bytes:
    if not isinstance(value, str) or len(value) % 2 or not _HEX.fullmatch(value):
        raise _refused("blob", value, "is not hex")
    if not SHORTEST_BLOB <= len(value) // 2 <= LONGEST_BLOB:
        raise _refused("blob", value, f"has {len(value) // 2} bytes, not {SHORTEST_BLOB} to {LONGEST_BLOB}")
    return bytes.fromhex(value)


def _wire_algorithm(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _ALGORITHM.fullmatch(value):
        raise _refused("algo", value, "is not the name of an algorithm")
    return value


def _seed(value: object, *, is_needed: bool) -> bytes:
    seed = _hash(value)
    if seed is None and is_needed:
        raise _refused("seed_hash", value, "is not 64 hex characters, and RandomX needs it")
    return seed or b""


def _hash(value: object) -> bytes | None:
    if isinstance(value, str) and _HASH.fullmatch(value):
        return bytes.fromhex(value)
    return None


def _height(value: object) -> int | None:
    """A height is for people and for telling jobs apart; a strange one does no harm and counts as absent."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    return None
