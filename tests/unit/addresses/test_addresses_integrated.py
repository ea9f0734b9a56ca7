"""Integrated addresses: a main address and a short payment id in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mining.addresses import AddressKind, AddressProblem, integrated_address, parse_monero_address
from mining.addresses.monero import encode_monero_address

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "addresses_monero.json").read_text(encoding="utf-8"))
BY_NAME = {row["name"]: row["address"] for row in VECTORS["valid"]}
PUBLISHED = BY_NAME["integrated"]
PAYMENT_ID = "8a125052fe6f3877"


def test_a_published_integrated_address_is_made_from_its_parts() -> None:
    parts = parse_monero_address(PUBLISHED)
    main = encode_monero_address(18, parts.spend_key + parts.view_key)

    assert integrated_address(main, parts.payment_id.hex()) == PUBLISHED


@pytest.mark.parametrize("network", ["", "stagenet ", "testnet "])
def test_network_keys_and_payment_id_are_kept(network: str) -> None:
    main = parse_monero_address(BY_NAME[f"{network}main"])
    merged = parse_monero_address(integrated_address(BY_NAME[f"{network}main"], PAYMENT_ID.upper()))

    assert (merged.network, merged.kind, merged.payment_id.hex()) == (main.network, AddressKind.INTEGRATED, PAYMENT_ID)
    assert (merged.spend_key, merged.view_key) == (main.spend_key, main.view_key)


def test_the_payment_id_that_is_there_already_changes_nothing() -> None:
    assert integrated_address(PUBLISHED, PAYMENT_ID) == PUBLISHED


@pytest.mark.parametrize(
    ("address", "payment_id", "code", "words"),
    [
        (PUBLISHED, "00" * 8, "payment_id_unusable", "other than its own"),
        (BY_NAME["sub"], PAYMENT_ID, "payment_id_unusable", "sub-address"),
        (BY_NAME["main"], "0f" * 32, "payment_id_invalid", "dead since 2019"),
        (BY_NAME["main"], "", "payment_id_invalid", "16 hexadecimal"),
        (BY_NAME["main"], "8a125052fe6f387g", "payment_id_invalid", "16 hexadecimal"),
        (BY_NAME["main"][:-1], PAYMENT_ID, "wallet_length", "94 characters"),
    ],
)
def test_what_cannot_be_merged_is_named(address: str, payment_id: str, code: str, words: str) -> None:
    with pytest.raises(AddressProblem) as caught:
        integrated_address(address, payment_id)

    assert caught.value.code == code
    assert words in str(caught.value)
    assert address not in str(caught.value)
