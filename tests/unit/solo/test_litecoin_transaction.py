"""What hash and id of a transaction cover. Vectors: BIP 143, and blocks that litecoind accepted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.solo.litecoin_block import id_bytes, sha256d
from mining.solo.litecoin_transaction import TransactionFormError, hashed_bytes, identified_bytes, is_hogex
from tests.unit.solo.litecoin_vectors import BIP_143, BIP_143_HASH, BIP_143_ID, BLOCKS

ROWS: list[dict[str, str]] = BLOCKS["mweb"]["template"]["transactions"]


def id_of(data: bytes) -> str:
    """An id as nodes write it."""
    return sha256d(data)[::-1].hex()


def test_a_transaction_with_a_witness_has_an_id_without_it() -> None:
    assert id_of(hashed_bytes(BIP_143)) == BIP_143_HASH
    assert id_of(identified_bytes(BIP_143)) == BIP_143_ID


@pytest.mark.parametrize("name", BLOCKS)
def test_the_id_of_a_coinbase_that_litecoind_accepted_is_found_again(name: str) -> None:
    coinbase = bytes.fromhex(BLOCKS[name]["coinbase"])
    assert id_of(identified_bytes(coinbase)) == BLOCKS[name]["coinbase_id"]


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_ids_and_hashes_of_a_real_block_with_mweb_are_found_again(number: int) -> None:
    data, row = bytes.fromhex(ROWS[number]["data"]), ROWS[number]
    assert sha256d(identified_bytes(data)) == id_bytes(row["txid"])
    assert sha256d(hashed_bytes(data)) == id_bytes(row["hash"])


@pytest.mark.parametrize("flags", [0x02, 0x03, 0x09, 0x18, 0x80])
def test_flags_that_nobody_has_yet_leave_the_id_unproven(flags: int) -> None:
    strange = BIP_143[:5] + bytes([flags]) + BIP_143[6:]
    assert identified_bytes(strange) == b"" and is_hogex(strange) is bool(flags & 8)


@pytest.mark.parametrize("length", [10, 11, 60, 150, 250, len(BIP_143) - 1])
def test_a_witness_that_ends_too_early_is_refused(length: int) -> None:
    with pytest.raises(TransactionFormError, match="ends too early"):
        identified_bytes(BIP_143[:length])


def test_bytes_behind_a_transaction_are_refused() -> None:
    with pytest.raises(TransactionFormError, match="2 bytes too many"):
        identified_bytes(BIP_143 + bytes(2))


@given(st.binary(max_size=80), st.sampled_from([b"", b"\1\0\0\0\0\1", b"\1\0\0\0\0\1\xff"]))
def test_whatever_the_bytes_they_are_read_or_refused(data: bytes, start: bytes) -> None:
    try:
        hashed_bytes(start + data)
        identified_bytes(start + data)
    except TransactionFormError as error:
        assert str(error)
