"""What litecoind's word for a submitted block, and its place in the chain, make of a share. Pure.

Source: BIP 22 and Litecoin Core 0.21, src/rpc/mining.cpp (submitblock, BIP22ValidationResult) and src/validation.cpp.
"""

from __future__ import annotations

from mining.engine.jobs import Outcome, OutcomeKind
from mining.solo.block import Block
from mining.solo.solo_daemon import ORPHANED

STALE_WORDS = {
    "inconclusive": "a good block, but another one came first",
    "duplicate": "known already, and not in the main chain",
    "duplicate-inconclusive": "known already, and not in the main chain",
    "inconclusive-not-best-prevblk": "it builds on a block that is not the tip",
    "prev-blk-not-found": "the daemon no longer has the block that it builds on",
    "stale-prevblk": "it builds on a block that is not the tip",
    "stale-work": "its template is too old",
}
"""Words for a block that came too late. Every other word is a fault of the block.

`duplicate` is what the second attempt is told when the answer to the first, `inconclusive`, was lost.
"""
REJECTED_WORDS = {
    "high-hash": "its hash is not below the target",
    "duplicate-invalid": "known already as invalid",
    "bad-txnmrklroot": "its header does not commit to its transactions",
    "bad-cb-amount": "its coinbase pays too much",
    "bad-cb-height": "its coinbase does not begin with its height",
    "bad-witness-merkle-match": "its coinbase does not commit to its witnesses",
    "mweb-missing": "its MWEB part is missing",
    "time-too-new": "its time is too far in the future: set the clock of both computers",
    "time-too-old": "its time is not after that of the blocks before it",
    "bad-version": "its version is refused",
    "rejected": "no reason is given",
}
"""What the usual faults mean, for people."""


def outcome_of(block: Block, word: str | None, *, is_in_chain: bool, rtt_ms: float) -> Outcome:
    """How a submitted block ended. A block of the main chain is accepted, whatever was said (it was sent twice)."""
    if is_in_chain:
        return Outcome(OutcomeKind.ACCEPTED, "", f"block {block.block_id} at height {block.height}", rtt_ms)
    named = f"block {block.block_id} at height {block.height}"
    if word is None:
        return Outcome(OutcomeKind.REJECTED, ORPHANED, f"{named} has left the main chain", rtt_ms)
    if word in STALE_WORDS:
        return Outcome(OutcomeKind.STALE, word, f"{named}: {STALE_WORDS[word]}", rtt_ms)
    meaning = REJECTED_WORDS.get(word, "refused by litecoind")
    return Outcome(OutcomeKind.REJECTED, word, f"{named}: {meaning}", rtt_ms)
