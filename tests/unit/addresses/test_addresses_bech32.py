"""Bech32 and Bech32m: every vector of BIP 173 and BIP 350, and what the checksum promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mining.addresses import AddressProblem, bech32

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "addresses_bech32.json").read_text(encoding="utf-8"))
ADDRESS = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"


@pytest.mark.parametrize("row", VECTORS["valid_texts"], ids=lambda row: row["text"][:12])
def test_a_right_text_is_decoded_in_its_encoding_and_encoded_again(row: dict[str, str]) -> None:
    decoded = bech32.decode(row["text"])

    assert decoded.encoding.name.lower() == row["encoding"]
    assert bech32.encode(decoded) == row["text"].lower()


@pytest.mark.parametrize("row", VECTORS["wrong_texts"], ids=lambda row: ascii(row["text"][:12]))
def test_a_wrong_text_is_refused_for_what_is_wrong(row: dict[str, str]) -> None:
    with pytest.raises(AddressProblem) as caught:
        bech32.decode(row["text"])

    assert caught.value.code == row["code"], row["reason"]


@pytest.mark.parametrize("row", VECTORS["valid_programs"], ids=lambda row: row["address"])
def test_a_segwit_address_gives_its_output_script_and_comes_back(row: dict[str, str]) -> None:
    witness = bech32.decode_witness(row["address"])

    assert witness.script.hex() == row["script"]
    assert bech32.encode_witness(witness) == row["address"].lower()


@pytest.mark.parametrize("row", VECTORS["other_prefixes"], ids=lambda row: row["address"])
def test_the_prefix_is_left_to_the_caller(row: dict[str, str]) -> None:
    assert bech32.decode_witness(row["address"]).prefix == row["prefix"]


@pytest.mark.parametrize("row", VECTORS["wrong_programs"], ids=lambda row: f"{row['source']} {row['address']}")
def test_a_wrong_segwit_address_is_refused_for_what_is_wrong(row: dict[str, str]) -> None:
    with pytest.raises(AddressProblem) as caught:
        bech32.decode_witness(row["address"])

    assert caught.value.code == row["code"], row["reason"]


@settings(max_examples=60, deadline=None)
@given(
    positions=st.lists(st.integers(4, len(ADDRESS) - 1), min_size=1, max_size=4, unique=True),
    letters=st.lists(st.sampled_from(bech32.CHARACTERS), min_size=4, max_size=4),
)
def test_up_to_four_mistyped_characters_are_always_noticed(positions: list[int], letters: list[str]) -> None:
    characters = list(ADDRESS)
    for position, letter in zip(positions, letters, strict=False):
        characters[position] = letter
    mistyped = "".join(characters)
    assume(mistyped != ADDRESS)

    with pytest.raises(AddressProblem):
        bech32.decode_witness(mistyped)


@settings(max_examples=60, deadline=None)
@given(version=st.integers(1, 16), program=st.binary(min_size=2, max_size=40))
def test_every_version_and_program_comes_back(version: int, program: bytes) -> None:
    witness = bech32.WitnessProgram("rltc", version, program)

    assert bech32.decode_witness(bech32.encode_witness(witness)) == witness
