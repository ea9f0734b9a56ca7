"""Monero blocks as bytes: the block that a real monerod accepted, and properties of the parts."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.algorithms.keccak import keccak256
from mining.solo.monero_block import (
    BlockFormatError,
    algorithm_of,
    block_id,
    extra_nonce_put,
    hashing_blob,
    miner_tx_hash,
    nonce_put,
    seed_height,
    template_parse,
    tree_branch,
    tree_root,
    varint_decode,
    varint_encode,
)

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "monero_block_regtest_3.json").read_text())
BLOB = bytes.fromhex(VECTOR["block_blob"])


def tree_hash_reference(leaves: list[bytes]) -> bytes:
    """CNS003 written down again, the other way round: split the leaves at the left half of the full tree."""
    if len(leaves) == 1:
        return leaves[0]
    if len(leaves) == 2:
        return keccak256(leaves[0] + leaves[1])
    width = 1
    while width * 2 < len(leaves):
        width *= 2
    row = list(leaves)
    while len(row) > width:
        at = 2 * width - len(leaves) + (len(leaves) - len(row))
        row[at : at + 2] = [keccak256(row[at] + row[at + 1])]
    return keccak256(tree_hash_reference(row[: width // 2]) + tree_hash_reference(row[width // 2 :]))


def test_the_known_block_gives_its_miner_transaction_hash() -> None:
    assert miner_tx_hash(template_parse(BLOB)).hex() == VECTOR["miner_tx_hash"]


def test_the_known_block_gives_its_hashing_blob() -> None:
    assert hashing_blob(template_parse(BLOB), ()).hex() == VECTOR["hashing_blob"]


def test_the_known_block_gives_its_block_id() -> None:
    assert block_id(bytes.fromhex(VECTOR["hashing_blob"])).hex() == VECTOR["block_id"]


def test_writing_extra_nonce_and_nonce_gives_the_known_block_again() -> None:
    blank = extra_nonce_put(template_parse(BLOB), VECTOR["reserved_offset"], bytes(8))
    blank = template_parse(nonce_put(blank, 0))
    assert blank.blob != BLOB
    filled = extra_nonce_put(blank, VECTOR["reserved_offset"], bytes.fromhex(VECTOR["extra_nonce"]))
    assert nonce_put(filled, VECTOR["nonce"]) == BLOB


def test_the_nonce_of_the_known_block_lies_at_byte_39() -> None:
    template = template_parse(BLOB)
    assert (template.nonce_offset, template.miner_tx_start, template.miner_tx_height) == (39, 43, VECTOR["height"])


def test_a_template_cut_anywhere_is_refused() -> None:
    for cut in range(len(BLOB)):
        with pytest.raises(BlockFormatError):
            template_parse(BLOB[:cut])


def test_bytes_after_the_template_are_refused() -> None:
    with pytest.raises(BlockFormatError, match="names 0 transactions and has 1 bytes"):
        template_parse(BLOB + b"\x00")


@pytest.mark.parametrize("offset", [-1, 0, 39, 43, 132, 10**30])
def test_a_reserved_offset_outside_the_extra_field_is_refused(offset: int) -> None:
    with pytest.raises(BlockFormatError, match="outside its extra field"):
        extra_nonce_put(template_parse(BLOB), offset, bytes(8))


def test_more_transactions_than_any_block_has_are_refused_at_once() -> None:
    with pytest.raises(BlockFormatError, match="names 268435455 transactions"):
        template_parse(BLOB[:-1] + varint_encode(0x0FFFFFFF))


@given(st.binary(max_size=300))
def test_random_bytes_are_parsed_or_refused_by_name(data: bytes) -> None:
    with suppress(BlockFormatError):
        template_parse(data)


@given(st.integers(0, len(BLOB) - 1), st.integers(0, 255))
def test_a_template_with_one_wrong_byte_is_parsed_or_refused_by_name(position: int, value: int) -> None:
    damaged = bytearray(BLOB)
    damaged[position] = value
    with suppress(BlockFormatError):
        assert template_parse(bytes(damaged)).blob == damaged


@given(st.integers(0, 2**64 - 1))
def test_a_varint_decodes_to_what_was_encoded(value: int) -> None:
    encoded = varint_encode(value)
    assert varint_decode(encoded) == (value, len(encoded))
    assert len(encoded) <= 10


@pytest.mark.parametrize("data", ["", "80", "8000", "ffffffffffffffffff02", "ff" * 20])
def test_an_unfinished_oversized_or_padded_varint_is_refused(data: str) -> None:
    with pytest.raises(BlockFormatError):
        varint_decode(bytes.fromhex(data))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 33))
def test_the_tree_branch_gives_the_same_root_as_the_plain_tree_hash(count: int) -> None:
    leaves = [bytes([number]) * 32 for number in range(count)]
    assert tree_root(leaves[0], tree_branch(tuple(leaves[1:]))) == tree_hash_reference(leaves)


@pytest.mark.parametrize(
    ("height", "expected"),
    [(0, 0), (2048, 0), (2112, 0), (2113, 2048), (4160, 2048), (4161, 4096), (3_000_000, 2_998_272)],
)
def test_the_seed_height_changes_64_blocks_after_each_epoch(height: int, expected: int) -> None:
    assert seed_height(height) == expected


@pytest.mark.parametrize(("height", "expected"), [(12, 0), (13, 8), (20, 8), (21, 16)])
def test_the_seed_height_follows_a_short_epoch_as_monerod_does(height: int, expected: int) -> None:
    assert seed_height(height, epoch_blocks=8, lag=4) == expected


@pytest.mark.parametrize(("major_version", "algorithm"), [(12, "rx/0"), (16, "rx/0"), (17, "rx/2"), (18, "rx/2")])
def test_the_block_version_gives_the_algorithm(major_version: int, algorithm: str) -> None:
    assert algorithm_of(major_version) == algorithm


def test_a_block_version_from_before_randomx_is_refused() -> None:
    with pytest.raises(BlockFormatError, match="block version 11"):
        algorithm_of(11)
