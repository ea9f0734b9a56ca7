"""Litecoin blocks as bytes: heights, lists, merkle trees, and the parts of real blocks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.solo import litecoin_block
from mining.solo.litecoin_block import compact_size, height_push, merkle_branch, merkle_root, sha256d
from mining.stratum.bitcoin.header import block_id


@pytest.mark.parametrize(
    ("height", "pushed"),
    [
        (1, "51"), (16, "60"), (17, "0111"), (127, "017f"), (128, "028000"), (255, "02ff00"), (256, "020001"),
        (32767, "02ff7f"), (32768, "03008000"), (396506, "03da0c06"), (8388607, "03ffff7f"), (8388608, "0400008000"),
    ],
)  # fmt: skip
def test_a_height_is_pushed_as_bip_34_asks(height: int, pushed: str) -> None:
    assert height_push(height).hex() == pushed


def test_a_coinbase_of_height_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="height 0"):
        height_push(0)


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "00"), (252, "fc"), (253, "fdfd00"), (65535, "fdffff"), (65536, "fe00000100"), (2**32, "ff0000000001000000")],
)  # fmt: skip
def test_the_number_before_a_list_has_its_four_sizes(count: int, written: str) -> None:
    assert compact_size(count).hex() == written


def _root_of_all(leaves: list[bytes]) -> bytes:
    """The root computed over whole levels, as Litecoin Core does."""
    while len(leaves) > 1:
        leaves = [*leaves, leaves[-1]] if len(leaves) % 2 else leaves
        leaves = [sha256d(leaves[at] + leaves[at + 1]) for at in range(0, len(leaves), 2)]
    return leaves[0]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
def test_the_branch_of_the_first_leaf_leads_to_the_root_of_all(leaves: list[bytes]) -> None:
    assert merkle_root(leaves[0], merkle_branch(leaves[1:])) == _root_of_all(list(leaves))


def test_the_header_of_litecoins_first_block_is_built_from_its_parts() -> None:
    header = litecoin_block.header_bytes(
        version=1,
        previous_id="00" * 32,
        root=bytes.fromhex("d9ced4ed1130f7b7faad9be25323ffafa33232a17c3edf6cfd97bee6bafbdd97"),
        time=1317972665,
        bits=0x1E0FFFF0,
        nonce=2084524493,
    )
    assert header.hex() == (
        "010000000000000000000000000000000000000000000000000000000000000000000000d9ced4ed1130f7b7faad9be25323ffafa33232a1"
        "7c3edf6cfd97bee6bafbdd97b9aa8e4ef0ff0f1ecd513f7c"
    )
    assert block_id(header) == "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2"


def test_a_later_block_of_litecoin_is_built_from_its_parts() -> None:
    """Block 396506, vector 1 of litecoin src/test/scrypt_tests.cpp; its coinbase and branches are known (PROTOCOLS)."""
    coinbase = bytes.fromhex("6260ccdde371af5c552abe7c3bf2ebd118028b243879b29a0f7984b1b372deff")
    branch = [
        "d293682c5ecffc8e4b2bb15642abd41b4d4bc4ebfc26457c614aa43364d82ac1",
        "a425ebf4292c5a60c1dcee7ac6c3f253d6710896e6e9a9dfa7072cf9bf93bb47",
        "7b7861903c8c18377a39540dd1edb9aacd2e365b96083babb621ce2871cc7b3e",
        "869e7ecb14b63ae8425f512abdad8da30b8f6b552e46edf85a02a0352ee35c00",
        "e8c731d1aa67bd7a9f11f10e384d4bb479bd2f390492525256af22749de08002",
    ]
    header = litecoin_block.header_bytes(
        version=2,
        previous_id="391e4170f227b00db87b381b351d9371794aa629b092732298717111c271124c",
        root=merkle_root(coinbase, (bytes.fromhex(each) for each in branch)),
        time=0x51F4D267,
        bits=0x1B47C7EA,
        nonce=0x5966DE00,
    )
    assert block_id(header) == "760061a184ff1958706bf1b07e45ab1b7db9f602fe097abf87de2ec2f7618a8b"


def test_the_coinbase_says_height_extra_nonce_and_who_made_it() -> None:
    parts: dict[str, Any] = {
        "height": 3_000_000, "extra_nonce": bytes(range(8)), "value": 625_000_001,
        "script": b"\x51", "commitment": b"\x6a",
    }  # fmt: skip
    bare = litecoin_block.coinbase_bytes(**parts, with_witness=False)
    whole = litecoin_block.coinbase_bytes(**parts, with_witness=True)
    script = bytes.fromhex("03c0c62d") + b"\x08" + bytes(range(8)) + b"\x0cMinerConsole"
    assert bare == (
        bytes.fromhex("01000000" + "01" + "00" * 32 + "ffffffff") + bytes([len(script)]) + script
        + bytes.fromhex("ffffffff" + "02" + "41be402500000000" + "0151" + "0000000000000000" + "016a" + "00000000")
    )  # fmt: skip
    assert whole == bare[:4] + b"\0\1" + bare[4:-4] + b"\1\x20" + bytes(32) + bare[-4:]
    assert 2 <= len(script) <= 100


def test_the_mweb_part_stands_behind_a_one_and_is_left_out_before_its_activation() -> None:
    assert litecoin_block.block_bytes(b"H" * 80, b"C", (b"T", b"U"), b"M") == b"H" * 80 + b"\3CTU\1M"
    assert litecoin_block.block_bytes(b"H" * 80, b"C", (), b"") == b"H" * 80 + b"\1C"
