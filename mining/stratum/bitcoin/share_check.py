"""Judges a submitted share as a Stratum V1 server: rebuild the header, hash it, compare. Pure.

Whether the job is current, the worker authorized and the share new is known to the caller only; `share_key` helps with
the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mining.stratum.bitcoin.difficulty import meets, share_difficulty, target_from_nbits
from mining.stratum.bitcoin.header import block_id, header
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.server import Submit

_WORD = re.compile(r"[0-9a-fA-F]{8}")
_HEX = re.compile(r"[0-9a-fA-F]*")
LONGEST_NTIME_ROLL_S = 7200  # node-stratum-pool


class ShareFault(StrEnum):
    """What is wrong with a share, in the words of node-stratum-pool."""

    EXTRANONCE2 = "incorrect size of extranonce2"
    NTIME = "incorrect size of ntime"
    NTIME_RANGE = "ntime out of range"
    NONCE = "incorrect size of nonce"
    VERSION_BITS = "rolling-version mask violation"
    LOW_DIFFICULTY = "low difficulty share"


@dataclass(frozen=True, slots=True)
class CheckedShare:
    """A judged share; without a fault it counts.

    `header` and `hash` are empty when the texts could not be read. `difficulty` is what the hash meets. `is_block`: it
    meets the network's target too; `block_id` as nodes show it.
    """

    fault: ShareFault | None
    header: bytes = b""
    hash: bytes = b""
    difficulty: float = 0.0
    is_block: bool = False
    block_id: str = ""


def check_share(
    submit: Submit,
    job: V1Job,
    proof_of_work: Callable[[bytes], bytes],
    *,
    version_mask: int = 0,
    ntime_roll_s: int = LONGEST_NTIME_ROLL_S,
) -> CheckedShare:
    """Judge a share of `job`, whose target and extranonce are those of this client.

    `proof_of_work`: 80 header bytes → 32 hash bytes. `ntime_roll_s`: how far the time may be ahead of the job's.
    """
    fault = _fault(submit, job, version_mask, ntime_roll_s)
    if fault is not None:
        return CheckedShare(fault)
    data = header(
        job,
        bytes.fromhex(submit.extranonce2),
        nonce=int(submit.nonce, 16),
        ntime=int(submit.ntime, 16),
        version_bits=int(submit.version_bits or "0", 16),
        version_mask=version_mask if submit.version_bits is not None else 0,
    )
    hash_ = proof_of_work(data)
    return CheckedShare(
        fault=None if meets(hash_, job.target) else ShareFault.LOW_DIFFICULTY,
        header=data,
        hash=hash_,
        difficulty=share_difficulty(hash_),
        is_block=meets(hash_, target_from_nbits(job.nbits)),
        block_id=block_id(data),
    )


def share_key(submit: Submit) -> tuple[str, ...]:
    """Return what tells a share of one client from its others: equal keys are duplicates."""
    bits = submit.version_bits or ""
    return (
        submit.job_id,
        submit.extranonce2.lower(),
        submit.ntime.lower(),
        submit.nonce.lower(),
        bits.lower(),
    )


def _fault(submit: Submit, job: V1Job, version_mask: int, ntime_roll_s: int) -> ShareFault | None:
    if len(submit.extranonce2) != 2 * job.extranonce.second_size or not _HEX.fullmatch(submit.extranonce2):
        return ShareFault.EXTRANONCE2
    if not _WORD.fullmatch(submit.ntime):
        return ShareFault.NTIME
    if not job.ntime <= int(submit.ntime, 16) <= job.ntime + ntime_roll_s:
        return ShareFault.NTIME_RANGE
    if not _WORD.fullmatch(submit.nonce):
        return ShareFault.NONCE
    bits = submit.version_bits
    if bits is not None and (not _WORD.fullmatch(bits) or int(bits, 16) & ~version_mask):
        return ShareFault.VERSION_BITS
    return None
