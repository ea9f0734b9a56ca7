"""Base58Check: text to bytes and back, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.addresses import base58, base58check

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"  # the payee of Bitcoin's genesis block
GENESIS_HASH = "62e907b15cbf27d5425399ebf6f0fb50ebb88f18"


def test_a_published_address_is_decoded_and_encoded() -> None:
    assert base58check.decode(GENESIS).hex() == "00" + GENESIS_HASH
    assert base58check.encode(bytes.fromhex("00" + GENESIS_HASH)) == GENESIS


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=82))
def test_decoding_gives_back_what_was_encoded_with_its_leading_zeros(payload: bytes) -> None:
    assert base58check.decode(base58check.encode(payload)) == payload
    assert base58check.decode(base58check.encode(b"\0\0" + payload)) == b"\0\0" + payload


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, len(GENESIS) - 1), character=st.sampled_from(base58.ALPHABET))
def test_one_mistyped_character_is_noticed(position: int, character: str) -> None:
    mistyped = GENESIS[:position] + character + GENESIS[position + 1 :]
    if mistyped == GENESIS:
        return
    with pytest.raises(ValueError):
        base58check.decode(mistyped)


@pytest.mark.parametrize(
    "text", ["", "1", "1111", GENESIS[:-1], "1" + GENESIS, GENESIS[1:], GENESIS.replace("z", "0"), "2" * 129]
)
def test_what_is_not_base58check_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        base58check.decode(text)
