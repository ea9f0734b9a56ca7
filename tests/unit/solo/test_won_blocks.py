"""The ledger that keeps us from racing ourselves."""

from __future__ import annotations

from mining.solo.won_blocks import WonBlock, WonBlocks


def test_a_height_is_taken_while_a_block_for_it_is_under_way_and_open_after_a_rejection() -> None:
    won = WonBlocks()
    assert not won.is_taken(7)
    won.submission_begins(7)
    assert won.is_taken(7) and not won.is_taken(8)
    won.submission_ends(7)
    assert not won.is_taken(7)


def test_a_won_height_and_all_below_stay_taken() -> None:
    won = WonBlocks()
    won.submission_begins(7)
    won.accepted(WonBlock(7, "a"))
    won.submission_ends(7)
    assert won.is_taken(7) and won.is_taken(6) and not won.is_taken(8)


def test_a_won_block_is_looked_at_again_once_when_ten_blocks_lie_on_top() -> None:
    won = WonBlocks()
    block = WonBlock(7, "a")
    won.accepted(block)
    assert won.due(16) == ()
    assert won.due(17) == (block,)
    won.rechecked(block, is_in_chain=True)
    assert won.due(100) == () and won.orphaned == []


def test_a_won_block_that_left_the_chain_is_listed_as_orphaned() -> None:
    won = WonBlocks()
    won.accepted(WonBlock(7, "a"))
    won.rechecked(WonBlock(7, "a"), is_in_chain=False)
    won.rechecked(WonBlock(7, "a"), is_in_chain=False)
    assert won.orphaned == [WonBlock(7, "a")]


def test_a_daemon_that_lost_our_blocks_opens_their_heights_again() -> None:
    won = WonBlocks()
    for height in (5, 6, 7):
        won.accepted(WonBlock(height, f"b{height}"))
    won.chain_restarts_at(8)
    assert won.orphaned == [] and won.is_taken(7)
    won.chain_restarts_at(6)
    assert [block.height for block in won.orphaned] == [6, 7]
    assert won.is_taken(5) and not won.is_taken(6)
