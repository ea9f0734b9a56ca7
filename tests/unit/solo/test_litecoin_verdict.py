"""Each word of litecoind ends a share in one way, and the main chain stands above the words."""

from __future__ import annotations

import pytest

from mining.engine.jobs import OutcomeKind
from mining.solo.block import Block
from mining.solo.litecoin_verdict import REJECTED_WORDS, STALE_WORDS, outcome_of

BLOCK = Block(b"", "ab" * 32, 433)
ACCEPTED, REJECTED, STALE = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.STALE


@pytest.mark.parametrize("word", [None, "duplicate", "inconclusive", "high-hash"])
def test_a_block_of_the_main_chain_is_accepted_whatever_was_said(word: str | None) -> None:
    outcome = outcome_of(BLOCK, word, is_in_chain=True, rtt_ms=1.5)
    assert (outcome.kind, outcome.reason, outcome.rtt_ms) == (ACCEPTED, "", 1.5)
    assert outcome.detail == f"block {BLOCK.block_id} at height 433"


@pytest.mark.parametrize(
    ("word", "kind", "reason"),
    [
        (None, REJECTED, "orphaned"),
        ("inconclusive", STALE, "inconclusive"),
        ("duplicate-inconclusive", STALE, "duplicate-inconclusive"),
        ("prev-blk-not-found", STALE, "prev-blk-not-found"),
        ("duplicate", STALE, "duplicate"),
        ("high-hash", REJECTED, "high-hash"),
        ("bad-cb-amount", REJECTED, "bad-cb-amount"),
        ("mweb-missing", REJECTED, "mweb-missing"),
        ("block decode failed", REJECTED, "block decode failed"),
        ("bad-new-rule", REJECTED, "bad-new-rule"),
    ],
)
def test_a_block_outside_the_main_chain_ends_by_its_word(word: str | None, kind: OutcomeKind, reason: str) -> None:
    outcome = outcome_of(BLOCK, word, is_in_chain=False, rtt_ms=0.0)
    assert (outcome.kind, outcome.reason) == (kind, reason) and BLOCK.block_id in outcome.detail


def test_no_word_is_both_stale_and_rejected() -> None:
    assert not STALE_WORDS.keys() & REJECTED_WORDS.keys()
