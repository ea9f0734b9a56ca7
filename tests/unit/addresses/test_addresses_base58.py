"""CryptoNote base58: text to bytes and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.addresses import base58

# Monero tests/unit_tests/base58.cpp: blocks of each length.
BLOCKS = {
    "00": "11",
    "39": "1z",
    "ff": "5Q",
    "0000": "111",
    "0100": "15R",
    "ffff": "LUv",
    "000000": "11111",
    "ffffff": "2UzHL",
    "ffffffff": "7YXq9G",
    "ffffffffff": "VtB5VXc",
    "ffffffffffff": "3CUsUpv9t",
    "ffffffffffffff": "Ahg1opVcGW",
    "ffffffffffffffff": "jpXCZedGfVQ",
    "06156013762879f7": "22222222222",
}


@pytest.mark.parametrize("data", BLOCKS)
def test_a_block_is_encoded_and_decoded_as_published(data: str) -> None:
    assert base58.encode(bytes.fromhex(data)) == BLOCKS[data]
    assert base58.decode(BLOCKS[data]).hex() == data


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=80))
def test_decoding_gives_back_what_was_encoded(data: bytes) -> None:
    assert base58.decode(base58.encode(data)) == data


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=base58.ALPHABET, max_size=40))
def test_what_can_be_decoded_has_only_one_text(text: str) -> None:
    try:
        data = base58.decode(text)
    except ValueError:
        return
    assert base58.encode(data) == text


@pytest.mark.parametrize("text", ["1", "1111", "11111111", "5R", "jpXCZedGfVR", "zzzzzzzzzzz", "10", "1l"])
def test_what_no_bytes_encode_to_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        base58.decode(text)
