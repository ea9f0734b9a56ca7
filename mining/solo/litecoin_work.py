"""From a template answer to jobs, and from a found nonce to the block. Pure; refuses what is not sound."""

from __future__ import annotations

from dataclasses import dataclass

from mining.engine.jobs import HASH_SPACE, Job
from mining.solo import litecoin_block
from mining.solo.block import Block
from mining.solo.litecoin_template import BlockTemplate, TemplateAnswer, template_from_answer
from mining.stratum.bitcoin.header import block_id

ALGORITHM = "scrypt"
_NODE_DIFFICULTY_ONE = 0xFFFF << 208


@dataclass(frozen=True, slots=True)
class LitecoinWork:
    """A sound template, the output script that is paid, and the part of the merkle tree that stays as it is."""

    template: BlockTemplate
    script: bytes
    branch: tuple[bytes, ...]

    @property
    def height(self) -> int:
        """The height of the block to be."""
        return self.template.height

    @property
    def prev_hash(self) -> str:
        """Id of the block this work builds on, as the daemon writes it."""
        return self.template.previous_id


def work_from_answer(answer: TemplateAnswer, script: bytes) -> LitecoinWork:
    """Check a template and prepare it to pay to `script`. Raises TemplateError."""
    template = template_from_answer(answer)
    return LitecoinWork(template, script, litecoin_block.merkle_branch(template.txids))


def job_from_work(work: LitecoinWork, *, job_id: str, extra_nonce: int, is_clean: bool) -> Job:
    """The job of `work` with this extra nonce (64 bits) and the full range of nonces.

    `pool_difficulty` is the number that litecoind gives, where 1 stands for 2^32 hashes.
    """
    target = work.template.target
    return Job(
        job_id=job_id,
        algorithm=ALGORITHM,
        blob=_header(work, extra_nonce),
        target=target,
        difficulty=HASH_SPACE // (target + 1),
        nonce_offset=litecoin_block.NONCE_OFFSET,
        nonce_size=litecoin_block.NONCE_SIZE,
        nonce_count=litecoin_block.ALL_NONCES,
        height=work.height,
        is_clean=is_clean,
        extranonce2=_piece(extra_nonce),
        pool_difficulty=_NODE_DIFFICULTY_ONE / target,
    )


def block_from_nonce(work: LitecoinWork, *, extra_nonce: int, nonce: int) -> Block:
    """The block that a found nonce completes."""
    header = _header(work, extra_nonce, nonce)
    coinbase = _coinbase(work, extra_nonce, with_witness=True)
    blob = litecoin_block.block_bytes(header, coinbase, work.template.transactions, work.template.mweb)
    return Block(blob, block_id(header), work.height)


def _header(work: LitecoinWork, extra_nonce: int, nonce: int = 0) -> bytes:
    template = work.template
    leaf = litecoin_block.coinbase_id(_coinbase(work, extra_nonce, with_witness=False))
    return litecoin_block.header_bytes(
        version=template.version,
        previous_id=template.previous_id,
        root=litecoin_block.merkle_root(leaf, work.branch),
        time=template.time,
        bits=template.bits,
        nonce=nonce,
    )


def _coinbase(work: LitecoinWork, extra_nonce: int, *, with_witness: bool) -> bytes:
    template = work.template
    return litecoin_block.coinbase_bytes(
        height=template.height,
        extra_nonce=_piece(extra_nonce),
        value=template.coinbase_value,
        script=work.script,
        commitment=template.commitment,
        with_witness=with_witness,
    )


def _piece(extra_nonce: int) -> bytes:
    return extra_nonce.to_bytes(litecoin_block.EXTRA_NONCE_BYTES, "little")
