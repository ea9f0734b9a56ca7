"""From a daemon's template answer to jobs, and from a found nonce to the block. Pure; refuses what is not sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mining.engine.jobs import Job, target_from_difficulty
from mining.solo.block import Block
from mining.solo.monero_block import (
    EXTRA_NONCE_BYTES,
    HASH_BYTES,
    NONCE_BYTES,
    BlockFormatError,
    BlockTemplate,
    algorithm_of,
    block_id,
    extra_nonce_put,
    hashing_blob,
    nonce_put,
    reserved_check,
    template_parse,
    tree_branch,
)

if TYPE_CHECKING:
    from mining.solo.monerod_rpc import TemplateAnswer

EXTRA_NONCES = 1 << (8 * EXTRA_NONCE_BYTES)
MAX_DIFFICULTY = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Work:
    """A sound template with all that does not depend on nonce and extra nonce worked out."""

    template: BlockTemplate
    branch: tuple[bytes, ...]
    reserved_offset: int
    algorithm: str
    height: int
    difficulty: int
    seed: bytes
    next_seed: bytes | None

    @property
    def prev_hash(self) -> str:
        """Id of the block this work builds on, as the daemon writes it."""
        return self.template.prev_hash.hex()


def work_from_answer(answer: TemplateAnswer) -> Work:
    """Check a template answer against itself and prepare it.

    Raises BlockFormatError (its text completes "a block template that …"). Our reading of the blob is proven on each
    template: with its own extra nonce it must give the daemon's hashing blob.
    """
    template = template_parse(_hex_read(answer.blocktemplate_blob, "blob"))
    reserved_check(template, answer.reserved_offset)
    if template.prev_hash != _hash_read(answer.prev_hash, "previous block id"):
        raise BlockFormatError("names another previous block than its blob")
    if template.miner_tx_height != answer.height:
        raise BlockFormatError(f"is for height {answer.height} but pays for height {template.miner_tx_height}")
    branch = tree_branch(template.transactions)
    if hashing_blob(template, branch) != _hex_read(answer.blockhashing_blob, "hashing blob"):
        raise BlockFormatError("does not hash to its own hashing blob (another coin, or a newer block format?)")
    return Work(
        template=template,
        branch=branch,
        reserved_offset=answer.reserved_offset,
        algorithm=algorithm_of(template.major_version),
        height=answer.height,
        difficulty=_difficulty_read(answer),
        seed=_hash_read(answer.seed_hash, "seed"),
        next_seed=_hash_read(answer.next_seed_hash, "next seed") if answer.next_seed_hash else None,
    )


def job_from_work(work: Work, *, job_id: str, extra_nonce: int, is_clean: bool) -> Job:
    """The job of `work` with this extra nonce (taken modulo 2^64) and the full range of nonces."""
    template = _with_extra_nonce(work, extra_nonce)
    return Job(
        job_id=job_id,
        algorithm=work.algorithm,
        blob=hashing_blob(template, work.branch),
        target=target_from_difficulty(work.difficulty),
        difficulty=work.difficulty,
        nonce_offset=template.nonce_offset,
        nonce_size=NONCE_BYTES,
        height=work.height,
        seed=work.seed,
        next_seed=work.next_seed,
        is_clean=is_clean,
    )


def block_from_nonce(work: Work, *, extra_nonce: int, nonce: int) -> Block:
    """The block that a found nonce completes."""
    template = _with_extra_nonce(work, extra_nonce)
    blob = nonce_put(template, nonce)
    at = template.nonce_offset
    hashed = hashing_blob(template, work.branch)
    hashed = hashed[:at] + blob[at : at + NONCE_BYTES] + hashed[at + NONCE_BYTES :]
    return Block(blob, block_id(hashed).hex(), work.height)


def _with_extra_nonce(work: Work, extra_nonce: int) -> BlockTemplate:
    piece = (extra_nonce % EXTRA_NONCES).to_bytes(EXTRA_NONCE_BYTES, "little")
    return extra_nonce_put(work.template, work.reserved_offset, piece)


def _difficulty_read(answer: TemplateAnswer) -> int:
    """The difficulty; the wide form counts when there is one, because the plain one is cut to 64 bits."""
    difficulty = answer.difficulty
    if answer.wide_difficulty:
        try:
            difficulty = int(answer.wide_difficulty[:64], 16)
        except ValueError:
            raise BlockFormatError("has a wide difficulty that is not a hexadecimal number") from None
    if not 1 <= difficulty <= MAX_DIFFICULTY:
        raise BlockFormatError(f"has a difficulty out of range ({str(difficulty)[:45]})")
    return difficulty


def _hash_read(text: str, what: str) -> bytes:
    value = _hex_read(text, what)
    if len(value) != HASH_BYTES:
        raise BlockFormatError(f"has a {what} of {len(value)} bytes, not {HASH_BYTES}")
    return value


def _hex_read(text: str, what: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BlockFormatError(f"has a {what} that is not hexadecimal") from None
