"""Monero addresses, right and wrong in each way (vectors with their sources)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.addresses import AddressProblem, base58, parse_monero_address
from mining.addresses.monero import PREFIXES, AddressKind, encode_monero_address

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "addresses_monero.json").read_text(encoding="utf-8"))
FUND = VECTORS["valid"][0]["address"]


@pytest.mark.parametrize("row", VECTORS["valid"], ids=lambda row: row["name"])
def test_a_right_address_tells_network_kind_and_payment_id(row: dict[str, str]) -> None:
    address = parse_monero_address(row["address"])

    assert (address.network, address.kind, address.payment_id.hex()) == (row["network"], row["kind"], row["payment_id"])


@pytest.mark.parametrize("row", VECTORS["wrong"], ids=lambda row: row["name"])
def test_a_wrong_address_is_named_for_what_is_wrong(row: dict[str, str]) -> None:
    with pytest.raises(AddressProblem) as caught:
        parse_monero_address(row["address"])

    assert caught.value.code == row["code"]
    assert row["words"] in caught.value.why
    assert caught.value.next_step


def test_every_vector_names_its_source() -> None:
    assert all(row["source"] for row in VECTORS["valid"] + VECTORS["wrong"])


def test_a_problem_never_repeats_the_address() -> None:
    for row in VECTORS["wrong"]:
        with pytest.raises(AddressProblem) as caught:
            parse_monero_address(row["address"])
        assert not row["address"] or row["address"] not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(position=st.integers(0, len(FUND) - 1), character=st.sampled_from(base58.ALPHABET))
def test_one_mistyped_character_is_always_noticed(position: int, character: str) -> None:
    mistyped = FUND[:position] + character + FUND[position + 1 :]
    if mistyped == FUND:
        return
    with pytest.raises(AddressProblem):
        parse_monero_address(mistyped)


@settings(max_examples=30, deadline=None)
@given(prefix=st.sampled_from(sorted(PREFIXES)), keys=st.binary(min_size=64, max_size=64))
def test_every_prefix_gives_its_network_and_kind_back(prefix: int, keys: bytes) -> None:
    network, kind = PREFIXES[prefix]
    payment_id = b"\x01" * 8 if kind is AddressKind.INTEGRATED else b""

    address = parse_monero_address(encode_monero_address(prefix, keys + payment_id))

    assert (address.network, address.kind) == (network, kind)
    assert address.spend_key + address.view_key + address.payment_id == keys + payment_id


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_no_text_makes_the_parser_fail_in_another_way(text: str) -> None:
    with pytest.raises(AddressProblem):
        parse_monero_address(text)
