"""Which nonces a session may use, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.cryptonote.nonces import NonceRange, nonce_from_hex, nonce_hex, nonce_range
from mining.stratum.errors import MessageError, UseError


def blob(nonce: str) -> bytes:
    return bytes(39) + bytes.fromhex(nonce) + bytes(33)


def test_all_nonces_are_free_when_the_blob_came_with_zeros() -> None:
    assert nonce_range(blob("00000000")) == NonceRange(0, 1 << 32)
    assert nonce_range(blob("00000000"), extensions={"algo", "keepalive"}) == NonceRange(0, 1 << 32)


@pytest.mark.parametrize(
    ("nonce", "first"), [("000000ff", 0xFF000000), ("00000001", 0x01000000), ("01000000", 0), ("d0030040", 0x40000000)]
)
def test_a_nonce_that_came_filled_keeps_its_top_byte(nonce: str, first: int) -> None:
    assert nonce_range(blob(nonce)) == NonceRange(first, 1 << 24)


def test_the_extension_or_the_operator_fixes_the_top_byte() -> None:
    assert nonce_range(blob("00000000"), extensions=["nicehash"]) == NonceRange(0, 1 << 24)
    assert nonce_range(blob("00000000"), is_forced=True) == NonceRange(0, 1 << 24)


@given(st.binary(min_size=4, max_size=4), st.booleans(), st.data())
def test_no_nonce_of_a_nicehash_range_changes_byte_42(sent: bytes, is_forced: bool, data: st.DataObject) -> None:
    nonces = nonce_range(blob(sent.hex()), extensions=["nicehash"], is_forced=is_forced)
    nonce = data.draw(st.integers(nonces.first, nonces.first + nonces.count - 1))
    assert bytes.fromhex(nonce_hex(nonce))[3] == sent[3]
    assert nonce in nonces and nonces.first + nonces.count not in nonces


def test_a_nonce_is_written_as_its_blob_bytes() -> None:
    assert nonce_hex(77) == "4d000000" and nonce_from_hex("d0030040") == 0x400003D0


@given(st.integers(0, (1 << 32) - 1))
def test_a_written_nonce_reads_back(nonce: int) -> None:
    assert nonce_from_hex(nonce_hex(nonce)) == nonce


@pytest.mark.parametrize("text", ["", "4D000000", "4d00000", "4d0000000", "4d00000g", "0x4d0000", 77, "4d000000\n"])
def test_a_submitted_nonce_in_another_form_is_refused(text: object) -> None:
    with pytest.raises(MessageError):
        nonce_from_hex(text)


@pytest.mark.parametrize("nonce", [-1, 1 << 32])
def test_a_nonce_over_four_bytes_is_not_written(nonce: int) -> None:
    with pytest.raises(UseError):
        nonce_hex(nonce)
